"""Job variables explained: what a run would be launched with, what it got, and what an edit would change."""

from typing import Any
from uuid import UUID

from msgspec import convert

from penstock.contract.claims import LaunchReport
from penstock.contract.job_variables import (
    ResolveDeployment,
    ResolveWorkPool,
    RunJob,
    WorkPoolEdit,
)
from penstock.db.port import Row, Transaction
from penstock.db.statements import claims, deployments, job_specs, leases
from penstock.domain.base_job_templates import check_template
from penstock.domain.job_spec import Explanation
from penstock.domain.job_variable_layers import Layer
from penstock.domain.job_variables import resolve
from penstock.domain.launches import launch_differences
from penstock.domain.provenance import DEPLOYMENT, RUN
from penstock.domain.states import StateType
from penstock.domain.template_changes import Impact
from penstock.domain.template_impact import DeploymentVariables, template_impact
from penstock.server import named, resolution
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.job_specs import job_spec_of
from penstock.server.views.leases import lease_of
from penstock.server.views.run_facts import run_facts


@operation("resolve_deployment", access="read")
async def resolve_deployment(
    tx: Transaction, caller: Caller, *, id: UUID, body: ResolveDeployment
) -> Explanation:
    """What a run of the deployment would be launched with, and which layer each value comes from."""
    row = await tx.fetch_one(deployments.for_new_runs(), {"row_id": id})
    deployment = named.found(row, "deployment", id)
    pool_id = deployment["work_pool_id"]
    if body.work_pool_name is not None:
        pool_id = (await named.work_pool(tx, body.work_pool_name))["id"]
    said = resolution.layers(deployment["job_variables"], body.job_variables, caller.origin)
    return await _explain(tx, pool_id, said)


async def _explain(
    tx: Transaction, pool_id: UUID | None, said: tuple[Layer, ...], facts: dict[str, Any] | None = None
) -> Explanation:
    """What layers make of a pool's template; without a pool there is nothing that they could be part of."""
    if pool_id is None:
        return resolution.explain(None, said, complete=True)
    template = await resolution.current_template(tx, pool_id)
    return resolve(template, said, complete=True, context=facts).explain()


@operation("resolve_work_pool", access="read")
async def resolve_work_pool(
    tx: Transaction, caller: Caller, *, name: str, body: ResolveWorkPool
) -> Explanation:
    """What layers that are not saved would make of a pool's template."""
    pool = await named.work_pool(tx, name)
    template = pool["base_job_template"] if body.base_job_template is None else body.base_job_template
    said = [Layer(DEPLOYMENT, body.deployment)]
    if body.run is not None:
        said.append(Layer(RUN, body.run, caller.origin))
    return resolve(template, said, complete=body.run is not None).explain()


@operation("preview_work_pool_edit", access="read")
async def preview_work_pool_edit(
    tx: Transaction, caller: Caller, *, name: str, body: WorkPoolEdit
) -> list[Impact]:
    """Which deployments of the pool another template would change, and which it would make invalid.

    Raises:
        NotFound: There is no such pool.
        BaseJobTemplateInvalid: The template makes no sense by itself.
    """
    pool = await named.work_pool(tx, name)
    new = check_template(body.base_job_template)
    found = await tx.fetch_all(deployments.of_pool(), {"row_id": pool["id"]})
    affected = [
        DeploymentVariables(row["id"], f"{row['flow_name']}/{row['name']}", row["job_variables"])
        for row in found
    ]
    return list(template_impact(pool["base_job_template"], new, affected))


@operation("read_job_spec", access="read")
async def read_job_spec(tx: Transaction, caller: Caller, *, id: UUID) -> RunJob:
    """The job of a run, with the layer that each value comes from."""
    run = named.found(await tx.fetch_one(claims.run_with_layers(), {"id": id}), "flow run", id)
    frozen = await tx.fetch_one(job_specs.of_run(), {"flow_run_id": id})
    if frozen is not None and not await _waits_again(tx, id):
        return _frozen(frozen)
    said = resolution.layers(
        run["deployment_job_variables"], run["job_variables"], run["job_variables_origin"]
    )
    explanation = await _explain(tx, run["work_pool_id"], said, run_facts(run))
    return RunJob(frozen=False, explanation=explanation)


async def _waits_again(tx: Transaction, id: UUID) -> bool:
    """Whether a run that had a job is queued once more, so that its next claim will freeze another one."""
    row = await tx.fetch_one(leases.of_run(), {"run_id": id})
    return row is not None and row["state_type"] == StateType.SCHEDULED and lease_of(row) is None


def _frozen(row: Row) -> RunJob:
    spec = job_spec_of(row)
    answer = RunJob(
        frozen=True,
        frozen_at=row["updated"],
        explanation=Explanation(errors=(), complete=True, job=spec),
    )
    if row["launched"] is not None:
        answer.launch = convert(row["launched"], LaunchReport)
        answer.differences = launch_differences(spec, answer.launch.started_as)
    return answer
