"""`run_deployment`: make a run of a deployment, and wait until it has ended."""

import logging
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from penstock import tracing
from penstock.client.client import Client
from penstock.contract.deployments import (
    DeploymentFlowRunCreate,
    DeploymentResponse,
    create_flow_run_from_deployment,
    read_deployment,
    read_deployment_by_name,
)
from penstock.contract.flow_runs import FlowRunResponse, read_flow_run
from penstock.contract.flows import read_flow
from penstock.domain.errors import InvalidInput
from penstock.domain.states import State as DomainState
from penstock.domain.states import StateCreate, StateDetails, StateType
from penstock.sdk.caller_colour import caller_colour, finished
from penstock.sdk.context import FlowRunContext, current_tags
from penstock.sdk.deployments.json_parameters import to_json_parameters
from penstock.sdk.deployments.server_client import served
from penstock.sdk.engine.colours import SUSPENDING, Colour
from penstock.sdk.engine.session import current_session
from penstock.sdk.engine.subflow import ParentTaskRun
from penstock.sdk.engine.upstream import inputs_from, resolve, wait_for_futures
from penstock.sdk.states import State, from_server

_logger = logging.getLogger("penstock.deployments")
_SHORTEST_PAUSE = 0.05
_SHARE = 0.1
"""The pause between two looks at a run, as a share of how long it has been waited for."""


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is asked for; see `run_deployment`."""

    parameters: Mapping[str, Any] | None = None
    scheduled_time: datetime | None = None
    flow_run_name: str | None = None
    timeout: float | None = None
    poll_interval: float | None = 5.0
    tags: Iterable[str] | None = None
    idempotency_key: str | None = None
    work_queue_name: str | None = None
    as_subflow: bool | None = True
    job_variables: Mapping[str, Any] | None = None


def run_deployment(
    name: str | UUID,
    client: Client | None = None,
    parameters: Mapping[str, Any] | None = None,
    scheduled_time: datetime | None = None,
    flow_run_name: str | None = None,
    timeout: float | None = None,
    poll_interval: float | None = 5.0,
    tags: Iterable[str] | None = None,
    idempotency_key: str | None = None,
    work_queue_name: str | None = None,
    as_subflow: bool | None = True,
    job_variables: Mapping[str, Any] | None = None,
) -> FlowRunResponse:
    """Make a run of a deployment, and wait until it has ended. In a coroutine, await it.

    Args:
        name: `flow/deployment`, or the deployment's id.
        client: Another one than that of this process.
        parameters: Over those of the deployment. Futures and states are replaced by their results.
        scheduled_time: When it shall start: now.
        flow_run_name: Two friendly words.
        timeout: How many seconds to wait for its end; None is without limit, 0 is not at all. The run goes on
            either way.
        poll_interval: The most seconds between two looks at the run; the first ones are shorter.
        tags: Beside those of the deployment, and those in force here.
        idempotency_key: A second run that is made with it is the first one.
        work_queue_name: Another queue of the deployment's pool.
        as_subflow: Whether it is shown as a child of the flow run that this is called in.
        job_variables: Over those of the deployment: `env` by its keys, others whole.

    Returns:
        The run, as it was when it was last looked at; `.state.result()` is its result.

    Raises:
        NotFound: There is no such deployment.
        ParameterInvalid, JobVariablesInvalid: Values do not fit. No run was made.
        ServerUnreachable: No server answers.
    """
    request = RunRequest(
        parameters=parameters,
        scheduled_time=scheduled_time,
        flow_run_name=flow_run_name,
        timeout=timeout,
        poll_interval=poll_interval,
        tags=tags,
        idempotency_key=idempotency_key,
        work_queue_name=work_queue_name,
        as_subflow=as_subflow,
        job_variables=job_variables,
    )
    colour = caller_colour()
    return finished(_run(name, request, colour, client), colour)


async def arun_deployment(name: str | UUID, client: Client | None = None, **request: Any) -> FlowRunResponse:
    """`run_deployment` that is always awaited; takes the same arguments."""
    return await _run(name, RunRequest(**request), SUSPENDING, client)


async def _run(
    name: str | UUID, request: RunRequest, colour: Colour, client: Client | None
) -> FlowRunResponse:
    client = client or served(current_session().client(colour))
    deployment = await _find(name, client)
    given = request.parameters or {}
    await wait_for_futures(list(given.values()), colour)
    context = FlowRunContext.get()
    parent = await _parent(context, deployment, given, client) if context and request.as_subflow else None
    body = DeploymentFlowRunCreate(
        state=StateCreate(type=StateType.SCHEDULED, state_details=_due(request.scheduled_time)),
        name=request.flow_run_name,
        parameters=to_json_parameters(deployment.name, {key: resolve(value) for key, value in given.items()}),
        tags=sorted({*current_tags(), *(request.tags or ())}),
        labels=tracing.labels() or None,
        idempotency_key=request.idempotency_key,
        parent_task_run_id=parent.id if parent else None,
        parent_flow_run_id=context.flow_run.id if context else None,
        work_queue_name=request.work_queue_name,
        job_variables=dict(request.job_variables) if request.job_variables else None,
    )
    run = await client.call(create_flow_run_from_deployment, deployment.id, body)
    warnings = run.job_variable_warnings
    for problem in warnings or ():
        _logger.warning("%s: %s", deployment.name, problem)
    run = await _watch(run, parent, request, colour, client)
    run.job_variable_warnings = warnings
    if run.state is not None:
        run.state = from_server(run.state)
    return run


async def _find(name: str | UUID, client: Client) -> DeploymentResponse:
    if isinstance(name, UUID):
        return await client.call(read_deployment, name)
    flow_name, slash, own = name.partition("/")
    if slash and flow_name and own:
        return await client.call(read_deployment_by_name, flow_name, own)
    try:
        return await client.call(read_deployment, UUID(name))
    except ValueError:
        raise InvalidInput(
            f"{name!r} is neither the name nor the id of a deployment.",
            field="name",
            hint="Write flow/deployment.",
        ) from None


async def _parent(
    context: FlowRunContext, deployment: DeploymentResponse, parameters: Mapping[str, Any], client: Client
) -> ParentTaskRun:
    flow = await client.call(read_flow, deployment.flow_id)
    key = f"{flow.name}/{deployment.name}"
    return ParentTaskRun(context, flow.name, key, inputs_from(parameters))


def _due(moment: datetime | None) -> StateDetails:
    return StateDetails(scheduled_time=(moment or datetime.now(UTC)).astimezone(UTC))


async def _watch(
    run: FlowRunResponse,
    parent: ParentTaskRun | None,
    request: RunRequest,
    colour: Colour,
    client: Client,
) -> FlowRunResponse:
    """Wait for the run's end, and let the parent's record show it."""
    if parent is None:
        return await _await_end(run, request, colour, client)
    parent.begin(run.id)
    try:
        run = await _await_end(run, request, colour, client)
    finally:
        parent.end(_end_for_parent(run))
    return run


async def _await_end(
    run: FlowRunResponse, request: RunRequest, colour: Colour, client: Client
) -> FlowRunResponse:
    """Look at the run until it has ended, ever less often, as long as the request wants to wait."""
    begun, patient = time.monotonic(), client.patient()
    longest = max(request.poll_interval or 0.0, _SHORTEST_PAUSE)
    while run.state is None or not run.state.is_terminal:
        waited = time.monotonic() - begun
        left = float("inf") if request.timeout is None else request.timeout - waited
        if left <= 0:
            break
        await colour.sleep(min(max(waited * _SHARE, _SHORTEST_PAUSE), longest, left))
        run = await patient.call(read_flow_run, run.id)
    return run


def _end_for_parent(run: FlowRunResponse) -> DomainState:
    """How the run ended, or, where it was not waited for so long, that it was made."""
    if run.state is not None and run.state.is_terminal:
        return run.state
    message = f"The run {run.name!r} was made; its end was not waited for."
    return State(type=StateType.COMPLETED, message=message)
