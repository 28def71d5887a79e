"""Creating deployments: all of them are checked first, and only then is anything created.

    checked = await check(deployments, client)
    for each in checked:
        published = await publish(each, client)

So a pool that does not exist, a parameter or a job variable that does not fit leaves nothing behind, not even
a flow.
"""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

import msgspec

from penstock.client.client import Client
from penstock.contract.deployments import create_deployment
from penstock.contract.flows import FlowCreate, create_flow
from penstock.contract.job_variables import ResolveWorkPool, resolve_work_pool
from penstock.contract.work_pools import WorkPoolResponse, read_work_pool
from penstock.domain.deployment_triggers import DeploymentTrigger, names_of
from penstock.domain.env_scan import compare_environment
from penstock.domain.environment_variables import ENV
from penstock.domain.job_spec import Explanation
from penstock.domain.json_values import Json
from penstock.domain.problems import JobVariablesInvalid, Problem
from penstock.sdk.deployments.deployment_plan import DeploymentPlan
from penstock.sdk.deployments.flow_deployment import FlowDeployment, pulls_code
from penstock.sdk.deployments.gathering import Gathering
from penstock.sdk.deployments.triggers import deployment_triggers_from
from penstock.sdk.deployments.version_info import version_info
from penstock.sdk.plain_data import field_told

_LOCAL_POOL = "process"


class Checked(msgspec.Struct, frozen=True):
    """A deployment that the server would accept, and what is doubtful about it."""

    deployment: FlowDeployment
    explanation: Explanation | None
    """What its job variables make of the pool's template; None where it is served."""
    version_info: dict[str, Json] | None
    warnings: tuple[str, ...]
    triggers: list[DeploymentTrigger] = []
    """The automations beside it; those that it had before and are not among them go away."""


class Published(msgspec.Struct, frozen=True):
    """A deployment that was created, or updated."""

    id: UUID
    name: str
    """`flow/deployment`."""
    created: bool
    """Whether it is new."""
    work_pool_name: str | None
    warnings: tuple[str, ...] = ()

    @property
    def next_steps(self) -> tuple[str, ...]:
        """The commands that come next."""
        start = (f"penstock worker start --pool {self.work_pool_name}",) if self.work_pool_name else ()
        return *start, f"penstock deployment run {self.name}"


async def check(deployments: Sequence[FlowDeployment], client: Client) -> list[Checked]:
    """Find out, without creating anything, whether the server would accept the deployments.

    Raises:
        NotFound: There is no such work pool; with the nearest name.
        JobVariablesInvalid, ParameterInvalid: Values do not fit; each is named.
        DeploymentsInvalid: More than one deployment cannot be created.
        Unavailable: The server does not answer.
    """
    pools, gathering, checked = _Pools(client), Gathering(), []
    for deployment in deployments:
        with gathering.about(deployment.full_name):
            checked.append(await _check(deployment, pools))
    gathering.raise_problems(alone=len(deployments) == 1)
    return checked


async def publish(checked: Checked, client: Client) -> Published:
    """Create a deployment, or replace the one of its name.

    Raises:
        PenstockError: The server refuses it, or does not answer.
    """
    deployment = checked.deployment
    flow = await client.call(create_flow, FlowCreate(name=deployment.flow_name))
    body = deployment.plan.to_create(flow.id, deployment.parameter_schema, checked.version_info)
    body.version = checked.version_info["version"] if checked.version_info else deployment.version
    body.description = deployment.description
    body.triggers = checked.triggers
    answer = await client.call(create_deployment, body)
    told = _unsaid(deployment.plan, answer.job_variable_warnings or ())
    return Published(
        id=answer.id,
        name=deployment.full_name,
        created=answer.created == answer.updated,
        work_pool_name=answer.work_pool_name,
        warnings=_distinct([*checked.warnings, *told]),
    )


class _Pools:
    """Work pools, and what job variables make of them; each pool is asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, WorkPoolResponse] = {}

    async def get(self, name: str) -> WorkPoolResponse:
        if name not in self._known:
            self._known[name] = await self._client.call(read_work_pool, name)
        return self._known[name]

    async def explain(self, deployment: FlowDeployment, name: str) -> Explanation:
        body = ResolveWorkPool(deployment=deployment.plan.job_variables)
        return await self._client.call(resolve_work_pool, name, body)


async def _check(deployment: FlowDeployment, pools: _Pools) -> Checked:
    plan = deployment.plan
    deployment.check_parameters()
    info = version_info(plan.version_type, plan.version, plan.directory)
    told = [str(diagnostic) for diagnostic in plan.warnings]
    with field_told():
        triggers = deployment_triggers_from(plan.triggers)
        names_of(triggers, plan.name)
    if plan.work_pool_name is None:
        return Checked(deployment, None, info, _distinct(told), triggers)
    pool = await pools.get(plan.work_pool_name)
    explanation = await pools.explain(deployment, pool.name)
    if explanation.errors:
        raise JobVariablesInvalid(explanation.errors)
    told += _unsaid(plan, explanation.job.warnings)
    told += _about_place(deployment, pool)
    told += _about_environment(deployment, [*explanation.job.environment, *_set_by(triggers)])
    return Checked(deployment, explanation, info, _distinct(told), triggers)


def _unsaid(plan: DeploymentPlan, problems: Iterable[Problem]) -> list[str]:
    """Problems of which the plan does not warn by itself."""
    said = {diagnostic.path for diagnostic in plan.warnings} - plan.job_variables.keys()
    return [str(problem) for problem in problems if problem.path not in said]


def _about_place(deployment: FlowDeployment, pool: WorkPoolResponse) -> Iterator[str]:
    if pool.type != _LOCAL_POOL and not pulls_code(deployment.plan.pull_steps):
        yield (
            f"pull: its runs go to a pool of type {pool.type!r} and look for the code in a directory of "
            "this machine. Take it from a repository, or have it in the image."
        )


def _about_environment(deployment: FlowDeployment, names: Iterable[str]) -> Iterator[str]:
    return map(str, compare_environment(deployment.environment_reads(), names))


def _set_by(triggers: Iterable[DeploymentTrigger]) -> Iterator[str]:
    """Names in the environment that the runs get which triggers start."""
    for trigger in triggers:
        for name, value in (trigger.job_variables or {}).items():
            if name == ENV and isinstance(value, dict):
                yield from value
            elif name.startswith(f"{ENV}."):
                yield name.removeprefix(f"{ENV}.")


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
