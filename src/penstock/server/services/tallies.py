"""Adds up the parts of tallies that writers left beside each other, so that counts stay quick.

Each writer on PostgreSQL adds a row of its own for a run that ended, as all would wait for one row. On
SQLite, where they write one after the other, there is nothing to add up.
"""

from typing import ClassVar

from penstock.db.port import Transaction
from penstock.db.statements import tallies as statements
from penstock.server.services.base import Round, Service

AT_MOST = 20_000
"""Parts in one transaction."""
_EVERY, _NEVER = 5.0, 86_400.0
"""Seconds."""


class Tallies(Service):
    """Many parts of an hour → one."""

    name: ClassVar[str] = "tallies"

    async def run_once(self) -> Round:
        """Add up a batch; at once again while there is more."""
        if self.db.dialect == "sqlite":
            return Round(again_in=_NEVER)
        done = await self.db.write(_add_up)
        return Round(done=done, again_in=0.0 if done == AT_MOST else _EVERY)


async def _add_up(tx: Transaction) -> int:
    return int(await tx.fetch_value(statements.add_up(), {"at_most": AT_MOST}))
