"""Create a run of a deployment, by what creates runs at every other entrance."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.endpoint import Upserted
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.run_checks import RunCheck
from penstock.domain.automations import RunDeployment
from penstock.domain.environment_variables import ENV, launch_text
from penstock.domain.events import related, resource_id
from penstock.domain.problems import JobVariablesInvalid, Problem, join_path
from penstock.domain.states import StateCreate, StateDetails, StateType
from penstock.server.action_kinds import ActionFailed, Check, Doing, Kind, Outcome

_RULES_OF_TYPES = frozenset({"type", "anyOf", "oneOf"})


def _templates(action: RunDeployment) -> dict[str, Any]:
    given = {
        "parameters": action.parameters,
        "job_variables": action.job_variables,
        "name": action.name,
        "tags": action.tags,
        "work_queue_name": action.work_queue_name,
        "idempotency_key": action.idempotency_key,
    }
    return {name: value for name, value in given.items() if value}


async def _do(doing: Doing) -> Outcome:
    body = _body(doing)
    try:
        return _outcome(await _made(doing, body))
    except JobVariablesInvalid as error:
        fitting = _fitting(body, error.problems)
        if fitting is None:
            raise
    return _outcome(await _made(doing, fitting))


async def _made(doing: Doing, body: DeploymentFlowRunCreate) -> Upserted[FlowRunResponse]:
    made: Upserted[FlowRunResponse] = await doing.use(
        "create_flow_run_from_deployment", id=doing.target, body=body
    )
    return made


def _outcome(made: Upserted[FlowRunResponse]) -> Outcome:
    run = made.value
    detail: dict[str, Any] = {"flow_run_id": str(run.id), "flow_run_name": run.name}
    if not made.created:
        detail["existing"] = True
    if warnings := run.job_variable_warnings:
        detail["warnings"] = [str(warning) for warning in warnings]
    return Outcome(
        status_code=201 if made.created else 200,
        detail=detail,
        related=[related(resource_id("flow-run", run.id), "flow-run", run.name)],
    )


def _body(doing: Doing) -> DeploymentFlowRunCreate:
    action: RunDeployment = doing.action
    rendered = doing.rendered
    key = _text(rendered.get("idempotency_key")) or f"{doing.occasion.firing_id}:{doing.action_id}"
    return DeploymentFlowRunCreate(
        state=_state(action, doing.tx.now),
        name=_text(rendered.get("name")),
        parameters=_map(rendered, "parameters") or {},
        job_variables=_map(rendered, "job_variables"),
        tags=[str(tag) for tag in rendered.get("tags", [])],
        work_queue_name=_text(rendered.get("work_queue_name")),
        idempotency_key=key,
    )


def _state(action: RunDeployment, now: datetime) -> StateCreate | None:
    if not action.schedule_after:
        return None
    at = now + timedelta(seconds=action.schedule_after)
    return StateCreate(type=StateType.SCHEDULED, state_details=StateDetails(scheduled_time=at))


def _text(value: Any) -> str | None:
    """What a template became, where a text is wanted: 42 is a name too, and nothing is none."""
    return None if value is None or value == "" else str(value)


def _map(rendered: Any, name: str) -> dict[str, Any] | None:
    value = rendered.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise ActionFailed(f"The {name.replace('_', ' ')} became {type(value).__name__}, and are to be a map.")


def _fitting(body: DeploymentFlowRunCreate, problems: Iterable[Problem]) -> DeploymentFlowRunCreate | None:
    """The body with text for what a template became in the environment, where the pool takes text alone.

    None where that is not what is wrong.
    """
    refused = {problem.path for problem in problems if problem.rule in _RULES_OF_TYPES}
    given = body.job_variables or {}
    texts = {name: _as_text(name, value, refused) for name, value in given.items()}
    return None if texts == given else replace(body, job_variables=texts)


def _as_text(path: str, value: Any, refused: Collection[str]) -> Any:
    """A job variable, with text for what was refused of the environment, be it nested or dotted."""
    if path == ENV and isinstance(value, dict):
        return {name: _as_text(join_path((ENV, name)), each, refused) for name, each in value.items()}
    is_of_env = path.startswith((f"{ENV}.", f"{ENV}["))
    return launch_text(value) if is_of_env and path in refused and value is not None else value


async def _check(doing: Doing) -> Check:
    body = _body(doing)
    run: RunCheck = await doing.use("check_run", id=doing.target, body=body)
    if (fitting := _fitting(body, run.explanation.errors)) is not None:
        run = await doing.use("check_run", id=doing.target, body=fitting)
    return Check(problems=list(_problems(run)), run=run)


def _problems(run: RunCheck) -> Iterator[Problem]:
    """What creating the run would be refused with, with paths that begin with the action's fields."""
    yield from run.problems
    yield from _within("parameters", run.parameter_problems)
    yield from _within("job_variables", run.explanation.errors)


def _within(field: str, problems: Any) -> Iterator[Problem]:
    for problem in problems:
        path = problem.path
        yield replace(problem, path=field if not path else f"{field}{'' if path[0] == '[' else '.'}{path}")


KIND = Kind(
    type=RunDeployment,
    target="deployment",
    field="deployment_id",
    templates=_templates,
    late=frozenset({"job_variables"}),
    do=_do,
    check=_check,
)
