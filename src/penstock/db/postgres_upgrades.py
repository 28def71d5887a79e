"""Changes of the schema of PostgreSQL, of which one happens at a time, while servers are at work."""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from penstock.db import migrations
from penstock.db.errors import Contention
from penstock.db.transaction import BaseTransaction
from penstock.db.troubles import Troubles

Connect = Callable[[], AbstractAsyncContextManager[BaseTransaction]]
"""Opens a connection of its own, whose statements may take their time."""

MOST_ATTEMPTS = 10
"""Many, as others wait for what it holds while it works, and each may be in its way."""

_logger = logging.getLogger(__name__)

_LOCK = "SELECT pg_advisory_xact_lock(7237104391)"
_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(7237104391)"


async def bring_up_to_date(connect: Connect, troubles: Troubles) -> None:
    """Migrate if need be; of several servers one does, the others wait for it.

    Servers of the version before may be at work, and a deadlock with them may end this and not them: then
    nothing was changed, and it is begun anew.

    Raises:
        Contention: That happened again and again.
    """
    for _ in range(1, MOST_ATTEMPTS):
        try:
            return await _migrate(connect)
        except Contention as error:
            _logger.warning("The schema is changed again from the beginning. %s", error.message)
            troubles.retried(error)
        await asyncio.sleep(random.uniform(0.1, 1.0))  # noqa: S311 - not in step with who is in the way
    return await _migrate(connect)


async def _migrate(connect: Connect) -> None:
    async with connect() as tx:
        if not await migrations.needs_migration(tx, "postgresql"):
            return
        await tx.command("BEGIN")
        await _take_lock(tx)
        await migrations.migrate(tx, "postgresql", tx.now)
        await tx.command("COMMIT")


async def start_over(connect: Connect) -> None:
    """Drop every table, and make the schema anew."""
    async with connect() as tx:
        await tx.command("BEGIN")
        await _take_lock(tx)
        await migrations.start_over(tx, "postgresql", tx.now)
        await tx.command("COMMIT")


async def _take_lock(tx: BaseTransaction) -> None:
    ((is_ours,),) = await tx.query(_TRY_LOCK)
    if not is_ours:
        _logger.warning("Another process changes the schema of the database; waiting for it.")
        await tx.query(_LOCK)
