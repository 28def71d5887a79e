"""The use cases by their names, for automations: what they do is done by what answers requests."""

from typing import Any

from penstock.db.port import Transaction
from penstock.server.caller import Caller
from penstock.server.ops.registry import OPERATIONS


async def use(tx: Transaction, caller: Caller, name: str, /, **arguments: Any) -> Any:
    """Do in this transaction what a request to the endpoint `name` does, and return its answer.

    Raises:
        PenstockError: What the request would be refused with.
    """
    return await OPERATIONS[name].function(tx, caller, **arguments)
