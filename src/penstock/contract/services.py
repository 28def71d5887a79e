"""The background loops of servers: how each of them does."""

from typing import Literal

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.domain.moments import Moment

ServiceState = Literal["running", "resting", "failing", "stuck", "silent"]
"""`failing` tries again; `stuck` needs somebody; `silent` is one of another process that is not heard of."""


class ServiceReport(Struct, kw_only=True):
    """How one loop of one process does."""

    name: str
    """`scheduler`, `lease-sweeper`, …"""
    process: str
    """Host and process id."""
    state: ServiceState
    rounds: int
    """How often it has looked for what is due, since the process began."""
    done: int
    """How many things it has changed."""
    errors: int
    last_error: str | None
    last_run: Moment | None
    """When its last round began."""
    last_success: Moment | None
    next_due: Moment | None
    """When it looks again, unless it is woken before; None while a round is under way."""
    lag: float
    """How much later than it wanted its last round began, in seconds."""


@endpoint("GET", "/admin/services", action="server:read", ours=True)
def read_services() -> list[ServiceReport]:
    """The loops of the server that answers, and those of others on its database that it has heard of."""
