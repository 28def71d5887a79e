"""Waiting in a coroutine for the end of a flow run that somebody else runs."""

import logging
import time
from datetime import timedelta
from uuid import UUID

from penstock.client.client import Client
from penstock.contract.flow_runs import FlowRunResponse, read_flow_run
from penstock.sdk.engine.colours import SUSPENDING
from penstock.sdk.engine.session import current_session
from penstock.sdk.exceptions import FlowRunWaitTimeout
from penstock.sdk.states import from_server

_logger = logging.getLogger("penstock.flow_runs")
_SHORTEST_PAUSE = 0.05
_LONGEST_PAUSE = 5.0
_SHARE = 0.1
"""The pause between two looks, as a share of how long the run has been waited for."""


async def wait_for_flow_run(
    flow_run_id: UUID,
    timeout: float | None = 10800,  # noqa: ASYNC109 - its name where flows come from
    poll_interval: float | None = None,
    client: Client | None = None,
    log_states: bool = False,
) -> FlowRunResponse:
    """Wait until a flow run has ended, whoever runs it. A server that is away meanwhile is waited for too.

    Args:
        flow_run_id: Of the run.
        timeout: Seconds after which it is given up; None waits without limit.
        poll_interval: The most seconds between two looks at the run: 5. The first ones are shorter.
        client: Another one than that of this process, for coroutines.
        log_states: Whether each new state that is seen is logged.

    Returns:
        The run as it ended; `.state.result()` is its result.

    Raises:
        FlowRunWaitTimeout: It has not ended in that time. It goes on.
        NotFound: There is no such run.
        ServerUnreachable: No server answers.
    """
    client, begun = client or current_session().client(SUSPENDING), time.monotonic()
    longest = max(_LONGEST_PAUSE if poll_interval is None else poll_interval, _SHORTEST_PAUSE)
    run, seen = await client.call(read_flow_run, flow_run_id), None
    while True:
        if log_states and run.state is not None and run.state.id != seen:
            seen = run.state.id
            _logger.info("Flow run %r is in state %s", run.name, run.state.name)
        if run.state is not None and run.state.is_terminal:
            run.state = from_server(run.state)
            return run
        waited = time.monotonic() - begun
        left = float("inf") if timeout is None else timeout - waited
        if left <= 0:
            raise _over(run, timeout or 0.0)
        await SUSPENDING.sleep(min(max(waited * _SHARE, _SHORTEST_PAUSE), longest, left))
        run = await client.patient().call(read_flow_run, flow_run_id)


def _over(run: FlowRunResponse, seconds: float) -> FlowRunWaitTimeout:
    name = run.state.name if run.state else "new"
    message = f"The flow run {run.name!r} has not ended within {timedelta(seconds=seconds)}: it is {name}."
    return FlowRunWaitTimeout(message)
