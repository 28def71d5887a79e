"""How many statements an op needs: counted, as times would depend on the machine."""

from typing import Any

from tests.ops.world import World

from penstock.server.ops import OPERATIONS


class CountingTransaction:
    """A transaction that counts what it is asked."""

    def __init__(self, tx: Any) -> None:
        self._tx, self.statements = tx, 0

    def __getattr__(self, name: str) -> Any:
        if name in {"fetch_all", "fetch_one", "fetch_value", "execute", "execute_many"}:
            self.statements += 1
        return getattr(self._tx, name)


def statements_of(world: World, name: str, /, **arguments: Any) -> int:
    """How many statements a reading op runs."""

    async def body(tx: Any) -> int:
        counting = CountingTransaction(tx)
        await OPERATIONS[name].function(counting, world.me, **arguments)
        return counting.statements

    return world.store.read(body)
