"""Which module serves which websocket."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from penstock.contract.sockets import (
    EVENTS_IN,
    EVENTS_OUT,
    LOGS_OUT,
    TASK_RUNS_SCHEDULED,
    WORKER_CHANNEL,
)
from penstock.server.sockets import events_in, events_out, logs_out, task_runs_scheduled, worker_channel
from penstock.server.sockets.connection import Connection
from penstock.server.sockets.site import Site

SERVES: Final[Mapping[str, Callable[[Connection, Site], Awaitable[None]]]] = {
    EVENTS_IN.path: events_in.serve,
    EVENTS_OUT.path: events_out.serve,
    LOGS_OUT.path: logs_out.serve,
    TASK_RUNS_SCHEDULED.path: task_runs_scheduled.serve,
    WORKER_CHANNEL.path: worker_channel.serve,
}
"""By path. Each returns, or raises `Closed`, when its websocket is to end."""
