"""What becomes of the websockets of this server process."""

from penstock.contract.sockets import SocketStatus
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation


@operation("read_socket_status", access="process")
async def read_socket_status(bus: Bus, caller: Caller) -> SocketStatus:
    """What was counted since this process began."""
    counts = bus.sockets
    return SocketStatus(
        open=counts.open,
        refused=counts.refused,
        received=counts.received,
        dropped=counts.dropped,
        last_dropped=counts.last_dropped,
        last_reason=counts.last_reason,
    )
