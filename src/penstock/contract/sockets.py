"""The websockets: where they are, who may open them, and what is said over them.

Each message is one JSON text. Whoever opens one offers the subprotocol `prefect`, says who it is by `Auth`,
and is answered `AuthSuccess`; a server that asks for no credentials can also be talked to without.
"""

from typing import Final

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.events import EventFilter, ReceivedEvent
from penstock.contract.filters import LogFilter
from penstock.contract.logs import Log
from penstock.domain.moments import Moment

SUBPROTOCOL: Final = "prefect"


class Socket(Struct, frozen=True):
    """Where a websocket is, below `/api`, and what it takes to open it."""

    path: str
    action: str


EVENTS_IN: Final = Socket("/events/in", "events:create")
"""Events are sent in, each as one message; nothing is answered."""
EVENTS_OUT: Final = Socket("/events/out", "events:read")
"""Asked by an `EventStream`, answers `EventMessage`s for as long as it is open."""
LOGS_OUT: Final = Socket("/logs/out", "logs:read")
"""Asked by a `LogStream`, answers `LogMessage`s for as long as it is open."""
TASK_RUNS_SCHEDULED: Final = Socket("/task_runs/subscriptions/scheduled", "task_runs:serve")
"""Asked by a `Subscription`, answers task runs one by one, each after the last was acknowledged."""
WORKER_CHANNEL: Final = Socket("/work_pools/{work_pool_name}/workers/connect", "workers:heartbeat")
"""A worker says that it is there and hears of its pool: see `worker_channel`."""

SOCKETS: Final = (EVENTS_IN, EVENTS_OUT, LOGS_OUT, TASK_RUNS_SCHEDULED, WORKER_CHANNEL)


class Auth(Struct, tag="auth"):
    """Who opens it."""

    token: str | None = None
    """`user:password`, or a token. None: a session, or nobody in particular."""


class AuthSuccess(Struct, tag="auth_success"):
    """Whoever it is may go on."""


class EventStream(Struct, tag="filter", kw_only=True, omit_defaults=True):
    """What to tell of."""

    filter: EventFilter
    backfill: bool = True
    """Whether to begin with what happened before: that of the last 15 minutes, as the settings say."""
    after: Moment | None = None
    """Begin with what was received a little before this, whenever it occurred. For those who come back."""
    marks: bool = False
    """Whether to say now and then, by a `StreamMark`, what to come back with."""


class EventMessage(Struct, tag="event"):
    """Something that happened."""

    event: ReceivedEvent


class StreamMark(Struct, tag="mark"):
    """All was told that was received before this, but for what is still being written."""

    received: Moment


class LogStream(Struct, tag="filter", kw_only=True, omit_defaults=True):
    """Which log lines to tell."""

    filter: LogFilter
    after: Moment | None = None
    """Begin with what was received a little before this. For those who come back."""
    marks: bool = False
    """Whether to say now and then, by a `StreamMark`, what to come back with."""


class LogMessage(Struct, tag="log"):
    """A log line of a run."""

    log: Log


class Subscription(Struct, tag="subscribe"):
    """Which tasks a process runs."""

    keys: list[str]
    client_id: str
    """Its name, under which it is known again when it comes back."""


class Acknowledgement(Struct, tag="ack"):
    """The process has the task run."""


class Quit(Struct, tag="quit"):
    """The process wants no more."""


class Policy:
    """Why a websocket was closed, in the numbers of RFC 6455."""

    DONE: Final = 1000
    GOING_AWAY: Final = 1001
    PROTOCOL_ERROR: Final = 1002
    """It was not asked in the way that it answers to."""
    REFUSED: Final = 1008
    """Whoever opened it may not, or did not say who it is."""
    TOO_BIG: Final = 1009
    FAILED: Final = 1011
    """By a fault of the server."""
    RESTARTING: Final = 1012
    """The server ends. Whoever comes back finds another."""
    TRY_AGAIN_LATER: Final = 1013
    """More came than could be taken, by one of the two."""
    NOT_UNDERSTOOD: Final = 4001
    """The reference's number, where task runs are handed over."""


class SocketStatus(Struct, kw_only=True):
    """What became of the websockets of the server process that answers, since it began."""

    open: int
    """How many are open now."""
    refused: int
    """How many were refused because too many were open."""
    received: int
    """Events that came in over them and are kept; those that were there already are among them."""
    dropped: int
    """Events that came in over them and could not be kept."""
    last_dropped: Moment | None
    last_reason: str | None
    """Why the last one could not be."""


@endpoint("GET", "/admin/sockets", action="server:read", ours=True)
def read_socket_status() -> SocketStatus:
    """What becomes of the websockets of the server that answers."""
