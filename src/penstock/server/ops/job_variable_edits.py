"""Job variables of a deployment: declared, resolved, edited path by path, and how they changed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from penstock.contract.codec import encode
from penstock.contract.job_variable_edits import (
    DeploymentJobVariables,
    EditImpact,
    EditJobVariables,
    JobVariableEdit,
    LeafHistory,
)
from penstock.contract.subjects import Subject, SubjectKind
from penstock.db.place_tables import deployments
from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments as statements
from penstock.db.statements import flows, job_specs, leases, rows, work_pools
from penstock.db.statements import waiting_runs as waiting_statements
from penstock.domain.base_job_templates import BaseJobTemplate, compile_template
from penstock.domain.errors import Conflict
from penstock.domain.job_variable_edits import Edit, Edited, apply_edits
from penstock.domain.job_variable_layers import Layer
from penstock.domain.problems import JobVariablesInvalid
from penstock.domain.provenance import DEPLOYMENT
from penstock.domain.template_impact import changes_of
from penstock.server import named, resolution, waiting_runs
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.ops.registry import operation
from penstock.server.views.declarations import declarations_of, definitions_of
from penstock.server.views.leaf_histories import LeafChanges

_MOST_RUNS = 2000
_RUNS_AT_ONCE = 200


class _Known(Struct, frozen=True):
    """A deployment, and the template that its job variables must fit."""

    deployment: Row
    raw: dict[str, Any]
    """The template, in the order of who wrote it."""
    template: BaseJobTemplate | None
    """None: there is no work pool."""


async def _known(tx: Transaction, id: UUID) -> _Known:
    deployment = named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "deployment", id)
    if deployment["work_pool_id"] is None:
        return _Known(deployment, {}, None)
    pool = await tx.fetch_one(work_pools.template(), {"row_id": deployment["work_pool_id"]})
    raw = pool["base_job_template"] if pool else {}
    return _Known(deployment, raw, compile_template(raw))


@operation("read_deployment_job_variables", access="read")
async def read_deployment_job_variables(
    tx: Transaction, caller: Caller, *, id: UUID
) -> DeploymentJobVariables:
    """A deployment's job variables, declared, overridden and resolved."""
    return await _answer(tx, await _known(tx, id))


async def _answer(tx: Transaction, known: _Known) -> DeploymentJobVariables:
    deployment, template = known.deployment, known.template
    answer = DeploymentJobVariables(
        work_pool=None,
        declarations=[],
        job_variables=deployment["job_variables"],
        updated=deployment["updated"],
        explanation=resolution.explain_deployment(template, deployment["job_variables"]),
        waiting_runs=await _count_waiting(tx, deployment["id"]),
    )
    if template is not None:
        pool_id, pool_name = deployment["work_pool_id"], deployment["work_pool_name"]
        answer.work_pool = Subject(kind=SubjectKind.WORK_POOL, id=pool_id, name=pool_name)
        answer.declarations = [*declarations_of(known.raw, template)]
        answer.definitions = definitions_of(known.raw)
        answer.undeclared = template.undeclared
    return answer


async def _count_waiting(tx: Transaction, id: UUID) -> int:
    return int(await tx.fetch_value(waiting_statements.count(waiting_runs.of_deployment(id))))


@operation("edit_deployment_job_variables", access="write")
async def edit_deployment_job_variables(
    tx: Transaction, caller: Caller, *, id: UUID, body: EditJobVariables
) -> DeploymentJobVariables:
    """Edit single paths of what a deployment says, all or none.

    Raises:
        NotFound: There is no such deployment.
        Conflict: Somebody edited it since it was `seen`.
        JobVariablesInvalid: A path cannot be edited, or the result does not fit the pool.
    """
    await tx.fetch_all(leases.lock_deployments(), {"row_ids": [id]})
    known = await _known(tx, id)
    _check_seen(known.deployment, body)
    edited = _edited(known, body.edits)
    if edited.problems:
        raise JobVariablesInvalid(edited.problems)
    before = known.deployment["job_variables"]
    layer = Layer(DEPLOYMENT, edited.variables)
    after = resolution.accept(known.template, (layer,), complete=False).job_variables
    if encode(after) != encode(before):  # for Python 1 and True are equal, and order is none of its business
        columns = {"updated": tx.now, "job_variables": after}
        await tx.execute(rows.update_by_id(deployments), {"row_id": id, **columns})
        changed(tx, "deployments", id)
        known = replace(known, deployment={**known.deployment, **columns})
    return await _answer(tx, known)


def _check_seen(deployment: Row, body: EditJobVariables) -> None:
    if body.seen and body.seen != deployment["updated"]:
        message = f"The deployment was edited at {deployment['updated'].isoformat()}, after it was read."
        detail = {"updated": deployment["updated"].isoformat()}
        raise Conflict(message, hint="Read it again, and make the edit anew.", detail=detail)


def _edited(known: _Known, edits: Sequence[JobVariableEdit]) -> Edited:
    template = known.template or resolution.NO_TEMPLATE
    asked = [Edit(tuple(edit.path), edit.value) for edit in edits]
    return apply_edits(template, known.deployment["job_variables"], asked, DEPLOYMENT)


@operation("preview_deployment_edit", access="read")
async def preview_deployment_edit(
    tx: Transaction, caller: Caller, *, id: UUID, body: EditJobVariables
) -> EditImpact:
    """What edits would change; paths that cannot be edited are among the errors."""
    known = await _known(tx, id)
    edited = _edited(known, body.edits)
    before = resolution.explain_deployment(known.template, known.deployment["job_variables"])
    after = resolution.explain_deployment(known.template, edited.variables)
    return EditImpact(
        explanation=replace(after, errors=(*edited.problems, *after.errors)),
        changes=[*changes_of(before.job.leaves, after.job.leaves)],
        waiting_runs=await _count_waiting(tx, id),
    )


@operation("read_leaf_history", access="read")
async def read_leaf_history(
    tx: Transaction, caller: Caller, *, id: UUID, path: str, limit: int
) -> LeafHistory:
    """How a value changed over the last runs of a deployment that have a frozen job."""
    deployment = named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "deployment", id)
    flow = named.found(await tx.fetch_one(flows.by_id(), {"row_id": deployment["flow_id"]}), "flow", id)
    changes = LeafChanges(path, flow["name"], limit)
    for offset in range(0, _MOST_RUNS, _RUNS_AT_ONCE):
        asked = {"deployment_id": id, "at_most": _RUNS_AT_ONCE, "offset": offset}
        found = await tx.fetch_all(job_specs.provenance_of_deployment(), asked)
        changes.tell(found)
        if changes.is_full or len(found) < _RUNS_AT_ONCE:
            break
    return LeafHistory(path=path, entries=changes.end(), runs_looked_at=changes.looked_at)
