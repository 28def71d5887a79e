"""What a websocket is served with."""

from collections.abc import Mapping

from msgspec import Struct

from penstock.db.port import Database
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.sockets.arrivals import Arrivals


class SocketTerms(Struct, frozen=True, kw_only=True):
    """The bounds of websockets; times in seconds."""

    connections: int = 1_000
    """How many are open at once."""
    patience: float = 20.0
    """For a client that takes nothing."""
    backfill: float = 900.0
    """How far back a follower of events is told of what came before."""
    page: int = 250
    """Rows that are read at once."""
    events_out: bool = True
    """Whether events can be followed."""
    logs_out: bool = True
    """Whether log lines can be followed."""


class Site(Struct, frozen=True, eq=False):
    """A server, as one of its websockets sees it."""

    db: Database
    bus: Bus
    caller: Caller
    """On whose behalf the websocket is open."""
    terms: SocketTerms
    arrivals: Arrivals
    path: Mapping[str, str]
    """What stood in the path, by the names in the socket's own."""
