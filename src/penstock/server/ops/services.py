"""How the background loops do."""

from datetime import UTC, datetime

from penstock.contract.services import ServiceReport
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation


@operation("read_services", access="process")
async def read_services(bus: Bus, caller: Caller) -> list[ServiceReport]:
    """Those of this process, and those of others that it has heard of."""
    return bus.services.all(datetime.now(UTC))
