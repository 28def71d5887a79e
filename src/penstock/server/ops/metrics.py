"""Numbers for whoever watches over the server."""

from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from penstock.db.port import Database
from penstock.domain.errors import NotFound
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.metrics import counted
from penstock.server.metrics.readings import Readings
from penstock.server.ops.registry import operation

_readings: WeakKeyDictionary[Bus, Readings] = WeakKeyDictionary()
"""Of each server that this process is: one, but for tests."""


@operation("read_metrics", access="probe")
async def read_metrics(db: Database, bus: Bus, caller: Caller) -> bytes:
    """What was counted, and what is read now.

    Raises:
        NotFound: The setting is off.
    """
    if not caller.limits.metrics:
        message = "This server tells no metrics."
        raise NotFound(message, hint="That is the setting server.metrics_enabled.")
    readings = _readings.setdefault(bus, Readings())
    lines = [*counted.lines(), *await readings.lines(db, bus, datetime.now(UTC))]
    return "\n".join([*lines, ""]).encode()
