"""A run of a deployment as it would be made: what it would get, and all that stands in its way.

Who makes a run refuses with the first obstacle; who only checks one shows them all. Both look at the same
draft, so that they cannot disagree.
"""

from typing import Any
from uuid import UUID

from msgspec import Struct

from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments
from penstock.domain.base_job_templates import BaseJobTemplate
from penstock.domain.errors import InvalidInput, NotFound, PenstockError, TooLarge
from penstock.domain.job_variable_layers import Layer
from penstock.domain.names import check_name
from penstock.domain.parameters import parameter_problems, parameters_invalid
from penstock.domain.problems import JobVariablesInvalid, Problem
from penstock.domain.states import State, StateCreate, StateType, from_proposal
from penstock.server import named, resolution
from penstock.server.caller import Caller
from penstock.server.new_runs import Destination, NewRun
from penstock.server.parameters import check_size
from penstock.server.resolution import Accepted


class Draft(Struct, kw_only=True):
    """A run that may be made if `obstacles` is empty."""

    new: NewRun
    template: BaseJobTemplate | None
    """None: there is no work pool."""
    said: tuple[Layer, ...]
    """The layers of its job variables."""
    warnings: tuple[Problem, ...]
    """What is doubtful about its job variables."""
    parameter_problems: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    """Of everything else but job variables; the path is the field."""
    obstacles: tuple[PenstockError, ...]
    """What creating it is refused with; the first one counts."""


class _Obstacles:
    """Gathers what is in the way, in the order in which it is met."""

    def __init__(self) -> None:
        self.errors: list[PenstockError] = []
        self.problems: list[Problem] = []

    def add(self, field: str, error: PenstockError) -> None:
        self.errors.append(error)
        self.problems.append(Problem(field, error.code, error.message, hint=error.hint))


async def draft(tx: Transaction, caller: Caller, id: UUID, body: DeploymentFlowRunCreate) -> Draft:
    """The run of a deployment that `body` asks for.

    Raises:
        NotFound: There is no such deployment.
    """
    row = await tx.fetch_one(deployments.for_new_runs(), {"row_id": id})
    deployment = named.found(row, "deployment", id)
    found = _Obstacles()
    parameters = {**deployment["parameters"], **body.parameters}
    wrong = _parameter_problems(deployment, body, parameters, found)
    to = await _place_of(tx, deployment, body.work_queue_name, found)
    template = None
    if deployment["work_pool_id"] is not None:
        template = await resolution.template_of(
            tx, deployment["work_pool_id"], deployment["template_version"]
        )
    said = resolution.layers(deployment["job_variables"], body.job_variables, caller.origin)
    accepted = _accept(template, said, found)
    new = NewRun(
        flow_id=deployment["flow_id"],
        state=first_state(body.state, StateType.SCHEDULED, tx),
        name=_name(body.name, found),
        deployment_id=id,
        deployment_version=deployment["version"],
        to=to,
        parent_task_run_id=body.parent_task_run_id,
        parent_flow_run_id=body.parent_flow_run_id,
        parameters=parameters,
        context=body.context,
        empirical_policy=body.empirical_policy,
        tags=list(dict.fromkeys([*deployment["tags"], *body.tags])),
        labels={**deployment["labels"], **(body.labels or {})},
        idempotency_key=body.idempotency_key,
        job_variables=accepted.job_variables,
        infrastructure_document_id=body.infrastructure_document_id,
    )
    _check_size(parameters, caller, found)
    return Draft(
        new=new,
        template=template,
        said=said,
        warnings=accepted.warnings,
        parameter_problems=wrong,
        problems=tuple(found.problems),
        obstacles=tuple(found.errors),
    )


def first_state(proposal: StateCreate | None, otherwise: StateType, tx: Transaction) -> State:
    """The state that a new run begins with."""
    return from_proposal(proposal or StateCreate(type=otherwise), tx.now)


def run_name(name: str | None) -> str | None:
    """The name that was given, if one was. Raises `InvalidInput`."""
    return check_name(name, "flow run name") if name else None


def destination_of(row: Row) -> Destination:
    """Where a run goes, from a row that names queue and pool."""
    return Destination(
        work_queue_id=row["work_queue_id"],
        work_queue_name=row["work_queue_name"],
        work_pool_id=row["work_pool_id"],
        work_pool_name=row["work_pool_name"],
    )


def _parameter_problems(
    deployment: Row, body: DeploymentFlowRunCreate, parameters: dict[str, Any], found: _Obstacles
) -> tuple[Problem, ...]:
    enforced = body.enforce_parameter_schema
    if not (deployment["enforce_parameter_schema"] if enforced is None else enforced):
        return ()
    try:
        wrong = parameter_problems(deployment["parameter_openapi_schema"], parameters, complete=True)
    except InvalidInput as error:  # the flow's schema itself is none
        found.add("parameters", error)
        return ()
    if wrong:
        found.errors.append(parameters_invalid(wrong))
    return wrong


async def _place_of(
    tx: Transaction, deployment: Row, queue_name: str | None, found: _Obstacles
) -> Destination | None:
    """Where the run goes: to the deployment's queue, or to another one of its pool."""
    if deployment["work_queue_id"] is None:
        return None
    if queue_name is None or queue_name == deployment["work_queue_name"]:
        return destination_of(deployment)
    try:
        return destination_of(await named.destination(tx, deployment["work_pool_name"], queue_name))
    except NotFound as error:
        found.add("work_queue_name", error)
        return destination_of(deployment)


def _accept(template: BaseJobTemplate | None, said: tuple[Layer, ...], found: _Obstacles) -> Accepted:
    try:
        return resolution.accept(template, said, complete=True)
    except JobVariablesInvalid as error:
        found.errors.append(error)
        return Accepted(None, ())


def _name(name: str | None, found: _Obstacles) -> str | None:
    try:
        return run_name(name)
    except InvalidInput as error:
        found.add("name", error)
        return None


def _check_size(parameters: dict[str, Any], caller: Caller, found: _Obstacles) -> None:
    try:
        check_size(parameters, caller.limits.parameter_bytes)
    except TooLarge as error:
        found.add("parameters", error)
