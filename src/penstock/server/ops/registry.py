"""The ops by name: which function answers which endpoint, and what it takes from the database."""

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

from msgspec import Struct

from penstock.contract.endpoint import Endpoint
from penstock.contract.registry import ENDPOINTS
from penstock.db.port import Database, Transaction
from penstock.server.auditing import is_audited, note
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.scopes import check_reach

Access = Literal[
    "read",
    "write",
    "poll",
    "stream",
    "download",
    "database",
    "process",
    "probe",
    "session",
    "request",
    "none",
]
LASTING = frozenset({"poll", "stream"})
"""What goes on until something happens, and is ended when its client or the server goes away."""
OVER_HTTP = LASTING | {"process", "session", "request"}
"""What makes sense only where a server and its clients are two."""
Function = TypeVar("Function", bound=Callable[..., Awaitable[Any]])


class Operation(Struct, frozen=True, eq=False):
    """The function that answers one endpoint.

    It is called as `function(tx, caller, **arguments)` inside a transaction, or, by its `access`:

    - `poll`: as `function(db, bus, caller, **arguments)`: it waits, and takes its transactions itself.
    - `stream`: in the same way; it returns an async iterator of the pieces of an answer without an end.
    - `download`: as `function(db, caller, **arguments)`; it returns a `Download`, whose pieces take their
      transactions themselves.
    - `database`: as `function(db, caller, **arguments)`: it takes its transactions itself.
    - `process`: as `function(bus, caller, **arguments)`: it is about the server process that answers.
    - `session`: as `function(db, sessions, caller, **arguments)`: it is about who asks, and takes its
      transactions itself.
    - `request`: as `function(db, incoming, caller, **arguments)`: it looks at the request itself, and takes
      its transactions itself.
    - `probe`: as `function(db, bus, caller, **arguments)`: it does not wait, and takes its transactions
      itself.
    - `none`: as `function(caller, **arguments)`: it asks nobody.

    The arguments are the endpoint's path and query parameters and its `body`.
    """

    name: str
    access: Access
    function: Callable[..., Awaitable[Any]]


OPERATIONS: dict[str, Operation] = {}
"""Every op by the name of its endpoint. Complete once `penstock.server.ops` is imported."""


def operation(name: str, *, access: Access) -> Callable[[Function], Function]:
    """Let the decorated coroutine function answer the endpoint `name`; a second one is a `ValueError`."""

    def register(function: Function) -> Function:
        if name in OPERATIONS:
            message = f"{name} has two ops"
            raise ValueError(message)
        OPERATIONS[name] = Operation(name, access, function)
        return function

    return register


async def perform(op: Operation, db: Database, bus: Bus, caller: Caller, arguments: dict[str, Any]) -> Any:
    """Call an op with what its access takes, and return its answer.

    What the caller may reach is looked at first, and what is to be audited is audited, both in the
    transaction of the op where it has one.

    Raises:
        PermissionDenied: It is about something that the caller does not reach.
    """
    endpoint = ENDPOINTS[op.name]
    if op.access == "write":
        return await db.write(lambda tx: _written(tx, op, endpoint, caller, arguments))
    if caller.is_bounded:
        await db.read(lambda tx: check_reach(tx, caller, endpoint, arguments, is_read=op.access == "read"))
    answer = await _answered(op, db, bus, caller, arguments)
    if is_audited(endpoint, caller, arguments, answer):
        await db.write(lambda tx: note(tx, caller, endpoint, arguments, answer))
    return answer


async def _written(
    tx: Transaction, op: Operation, endpoint: Endpoint[..., Any], caller: Caller, arguments: dict[str, Any]
) -> Any:
    if caller.is_bounded:
        await check_reach(tx, caller, endpoint, arguments, is_read=False)
    answer = await op.function(tx, caller, **arguments)
    await note(tx, caller, endpoint, arguments, answer)
    return answer


async def _answered(op: Operation, db: Database, bus: Bus, caller: Caller, arguments: dict[str, Any]) -> Any:
    if op.access in LASTING or op.access == "probe":
        return await op.function(db, bus, caller, **arguments)
    if op.access in ("database", "download"):
        return await op.function(db, caller, **arguments)
    if op.access == "process":
        return await op.function(bus, caller, **arguments)
    if op.access == "none":
        return await op.function(caller, **arguments)

    async def body(tx: Transaction) -> Any:
        return await op.function(tx, caller, **arguments)

    return await db.read(body)
