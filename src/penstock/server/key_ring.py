"""Knows whose an API key is that is shown: looked up in the database, and remembered for a moment.

So each server asks once in two seconds for each key in use, and a key that was taken back is good for no
longer than that.
"""

import contextlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from penstock.contract.permissions import Role
from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import api_keys as statements
from penstock.domain.errors import PenstockError
from penstock.server.api_keys import ShownKey, hash_of
from penstock.server.kept import Kept
from penstock.server.principals import Principal

REMEMBERED_SECONDS: Final = 2.0
_KEYS: Final = 4_096
_USED_EVERY: Final = timedelta(minutes=1)
_NOBODYS: Final = hash_of("nobody's")


class KnownKey(Struct, frozen=True):
    """A key as the database has it."""

    principal: Principal
    hash: str
    looked: float


class KeyRing:
    """The keys of one server.

    Args:
        clock: Tells seconds; nobody sets it back.
    """

    def __init__(self, db: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._db, self._clock = db, clock
        self._known: Kept[UUID, KnownKey] = Kept(_KEYS)

    def remembered(self, shown: ShownKey) -> Principal | None:
        """Whose key it is, where it was looked up a moment ago."""
        known = self._fresh(shown.id)
        return known.principal if known is not None and shown.is_of(known.hash) else None

    async def holder(self, shown: ShownKey) -> Principal | None:
        """Whose key it is; None where it is nobody's, or over."""
        known = await self.known(shown.id)
        is_right = shown.is_of(known.hash if known is not None else _NOBODYS)
        return known.principal if known is not None and is_right else None

    async def known(self, id: UUID) -> KnownKey | None:
        """The key with this id, unless it is over."""
        known = self._fresh(id)
        if known is None:
            known = await self._look(id)
            if known is not None:
                self._known.put(id, known)
        return known

    def _fresh(self, id: UUID) -> KnownKey | None:
        known = self._known.get(id)
        return known if known is not None and self._clock() - known.looked < REMEMBERED_SECONDS else None

    async def _look(self, id: UUID) -> KnownKey | None:
        async def body(tx: Transaction) -> tuple[Row | None, bool]:
            row = await tx.fetch_one(statements.by_id(), {"row_id": id})
            if row is None or (row["expires"] is not None and row["expires"] <= tx.now):
                return None, False
            return row, row["last_used"] is None or tx.now - row["last_used"] > _USED_EVERY

        row, is_to_be_noted = await self._db.read(body)
        if row is None:
            return None
        if is_to_be_noted:
            await self._note_use(id)
        pools = row["work_pools"]
        principal = Principal(
            row["name"], Role(row["role"]), key=id, work_pools=None if pools is None else frozenset(pools)
        )
        return KnownKey(principal, row["hash"], self._clock())

    async def _note_use(self, id: UUID) -> None:
        async def body(tx: Transaction) -> None:
            await tx.execute(statements.note_use(), {"row_id": id, "at": tx.now})

        # A database that can't be written now is no reason to keep somebody out who only reads.
        with contextlib.suppress(PenstockError):
            await self._db.write(body)
