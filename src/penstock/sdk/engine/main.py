"""The process of one run: `python -m penstock.engine [FLOW_RUN_ID]`, or a fork that a claim is handed to.

Exit codes: 0 the run completed or was suspended, or nothing was to be done; 1 it ended otherwise; 2 it was
asked for wrongly; 4 no server answers, or none took the run's last state. A process that is ended by a signal
says how its run ended, and ends by that signal.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from penstock import tracing
from penstock.colourless import run_sync
from penstock.contract.claims import ClaimedRun
from penstock.contract.deployments import DeploymentResponse, read_deployment
from penstock.contract.flow_runs import FlowRunResponse, read_flow_run
from penstock.contract.leases import LeaseGrant
from penstock.domain.errors import Fenced, PenstockError, Unavailable
from penstock.domain.states import StateType
from penstock.sdk.engine import user_code
from penstock.sdk.engine.batches import clean
from penstock.sdk.engine.colours import BLOCKING, SUSPENDING, Colour
from penstock.sdk.engine.flow_run import PATIENCE_AFTER_SIGNAL, FlowRun, run_flow
from penstock.sdk.engine.heartbeat import Hold
from penstock.sdk.engine.interrupts import accept_interrupts
from penstock.sdk.engine.loading import load_flow
from penstock.sdk.engine.proposals import PATIENCE, PATIENCE_AT_START, patiently, propose_end
from penstock.sdk.engine.session import Session, close_session, current_session
from penstock.sdk.engine.settlement import MAX_MESSAGE, describe, state_of_exception
from penstock.sdk.engine.signals import ending_by_signal
from penstock.sdk.exceptions import Abort, PenstockSignal, RunFenced
from penstock.sdk.flows import Flow
from penstock.sdk.logging import flow_run_logger
from penstock.sdk.states import State

COMPLETED, ENDED_OTHERWISE, ASKED_WRONGLY, UNREACHABLE = 0, 1, 2, 4


class Assignment(msgspec.Struct, frozen=True):
    """A run that this process is to run."""

    run: FlowRunResponse
    entrypoint: str | None
    path: str | None
    pull_steps: list[dict[str, Any]] | None
    lease: LeaseGrant | None = None
    token: UUID | None = None
    """Of the lease, where that is all that is known of it."""


def main(arguments: list[str] | None = None) -> int:
    """Run the flow run that the argument, or the environment, names. Returns the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    text = given[0] if given else _from_environment("FLOW_RUN_ID")
    lease = _from_environment("LEASE")
    try:
        run_id, token = UUID(text or ""), UUID(lease) if lease else None
    except ValueError:
        hint = "Give it as the argument, or set PENSTOCK__FLOW_RUN_ID."
        return _say(f"{text!r} is not the id of a flow run. {hint}", ASKED_WRONGLY)
    return _perform(lambda session: _fetch(session, run_id, token))


def run_claimed(claim: ClaimedRun) -> int:
    """Run what a worker has claimed, without asking for anything again. Returns the exit code."""
    deployment = claim.deployment
    assignment = Assignment(
        run=claim.flow_run,
        entrypoint=deployment.entrypoint if deployment else None,
        path=deployment.path if deployment else None,
        pull_steps=deployment.pull_steps if deployment else None,
        lease=claim.lease,
        token=claim.lease.id,
    )
    return _perform(lambda _: assignment)


def run_from(run_id: UUID, entrypoint: str) -> int:
    """Run a flow run here and now with code of this machine, whatever its deployment says of its code.

    Returns the exit code. Takes the run's parameters as they were recorded.
    """
    here = {"entrypoint": entrypoint, "path": None, "pull_steps": None}
    return _perform(lambda session: msgspec.structs.replace(_fetch(session, run_id, None), **here))


def run_claim_document(document: bytes) -> int:
    """`run_claimed`, for a `ClaimedRun` as JSON."""
    return run_claimed(msgspec.json.decode(document, type=ClaimedRun))


def warm_up() -> None:
    """Import and make ready what a run needs, in a process that is going to be forked for each."""
    import asyncio  # asynchronous flows need it

    asyncio.new_event_loop().close()
    msgspec.json.Decoder(ClaimedRun)


def _perform(find: Callable[[Session], Assignment]) -> int:
    """Find out what to run, run it, and leave nothing behind. Returns the exit code."""
    try:
        session = current_session()
        assignment = find(session)
        return _run(session, assignment)
    except Unavailable as error:
        return _say(str(error), UNREACHABLE)
    except Abort as refusal:
        return _say(f"The run was not started: {refusal}", COMPLETED)
    except PenstockError as error:
        return _say(str(error), ENDED_OTHERWISE)
    finally:
        close_session()
        tracing.flush()


def _fetch(session: Session, run_id: UUID, token: UUID | None) -> Assignment:
    """Ask the server for what a claim would have brought along."""
    client = session.client(BLOCKING, token)

    async def ask() -> tuple[FlowRunResponse, DeploymentResponse | None]:
        run = await client.call(read_flow_run, run_id)
        if run.deployment_id is None:
            return run, None
        return run, await client.call(read_deployment, run.deployment_id)

    run, deployment = run_sync(patiently(ask, BLOCKING, PATIENCE_AT_START))
    return Assignment(
        run=run,
        entrypoint=deployment.entrypoint if deployment else None,
        path=deployment.path if deployment else None,
        pull_steps=deployment.pull_steps if deployment else None,
        token=token,
    )


def _run(session: Session, assignment: Assignment) -> int:
    hold = Hold(assignment.run.id, assignment.lease)
    session.heartbeat.keep(hold)
    with ending_by_signal(hold):
        try:
            flow = _load(session, assignment, hold)
        except (Exception, PenstockSignal, SystemExit) as error:  # it is the user's code, or steps of theirs
            return _tell_that_it_cannot_run(session, assignment, hold, error, "The flow could not be loaded")
        colour: Colour = SUSPENDING if flow.isasync else BLOCKING
        run = FlowRun(
            flow,
            assignment.run.parameters,
            colour,
            record=assignment.run,
            lease=assignment.token,
            is_alone=True,
        )
        try:
            _run_to_its_end(run)
        except (Abort, Fenced, Unavailable):
            raise
        except (
            Exception
        ) as error:  # a name that cannot be filled in, say: what the code raises is kept in the run
            return _tell_that_it_cannot_run(session, assignment, hold, error, "The run could not begin")
    if run.is_unheard:
        return UNREACHABLE
    is_as_intended = run.state is not None and (run.state.is_completed() or run.state.is_paused())
    return COMPLETED if is_as_intended else ENDED_OTHERWISE


def _run_to_its_end(run: FlowRun) -> None:
    if not run.flow.isasync:
        run_sync(run_flow(run))
        return
    import asyncio

    asyncio.run(run_flow(run))


def _load(session: Session, assignment: Assignment, hold: Hold) -> Flow[..., Any]:
    """Get the flow's code here, and load it. A cancellation ends even that."""
    interrupt = BLOCKING.interrupt()
    accept_interrupts()
    hold.reaches(interrupt)
    log = flow_run_logger(assignment.run).info
    client = session.client(BLOCKING, assignment.token)
    args = (assignment.entrypoint, assignment.path, assignment.pull_steps, client, log)
    try:
        flow: Flow[..., Any] = run_sync(
            user_code.call(load_flow, args, {}, is_async=False, interrupt=interrupt)
        )
    finally:
        hold.reaches(None)
    return flow


def _tell_that_it_cannot_run(
    session: Session, assignment: Assignment, hold: Hold, error: BaseException, what: str
) -> int:
    logger = flow_run_logger(assignment.run)
    if isinstance(hold.ended_by, RunFenced):
        logger.warning("%s", hold.ended_by)
        return ENDED_OTHERWISE
    if hold.ended_by is not None:
        state = state_of_exception(hold.ended_by, datetime.now(UTC), run="Flow run")
    else:
        message = clean(f"{what}: {describe(error)}")
        state = State(type=StateType.CRASHED, message=message[:MAX_MESSAGE])
        logger.error("%s", message, exc_info=error.__cause__ or error)
    client = session.client(BLOCKING, assignment.token)
    patience = PATIENCE_AFTER_SIGNAL if hold.ended_by is not None else PATIENCE
    run_sync(propose_end(session, client, assignment.run.id, state, BLOCKING, patience))
    return ENDED_OTHERWISE


def _from_environment(name: str) -> str | None:
    return os.environ.get(f"PENSTOCK__{name}") or os.environ.get(f"PREFECT__{name}")


def _say(text: str, code: int) -> int:
    sys.stderr.write(f"penstock: {text}\n")
    return code
