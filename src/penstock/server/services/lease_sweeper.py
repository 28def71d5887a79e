"""Ends what nobody holds any more: a lease that ran out becomes an explicit change of state.

When this server itself was away (stopped, asleep, cut off from its database), silence says nothing about the
runs: they could not be heard. Then every lease gets a full term before anything is swept.
"""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from penstock.db.port import Database, Transaction
from penstock.db.statements import leases as statements
from penstock.db.statements import limits as slot_statements
from penstock.db.statements import rows
from penstock.db.tables import leases
from penstock.domain.leases import LeaseKind, on_expiry
from penstock.domain.states import StateType, new_state
from penstock.server import runs, slots
from penstock.server.limits import Limits
from penstock.server.services.base import Round, Service

_BATCH = 100


class LeaseSweeper(Service):
    """Ends expired leases, and cancellations that nobody carries out, each by a change of state."""

    name: ClassVar[str] = "lease-sweeper"

    def __init__(self, db: Database, limits: Limits) -> None:
        super().__init__(db, limits)
        self._last_look: datetime | None = None
        self._away_after = timedelta(seconds=max(4 * limits.leases.sweep_every, limits.leases.run / 2))

    async def prepare(self) -> None:
        """Give every owner a full term: if nobody could renew, that was this server's own absence."""
        self._last_look = await self.db.write(self._give_grace)

    async def _give_grace(self, tx: Transaction) -> datetime:
        for kind in (LeaseKind.CLAIM, LeaseKind.RUN):
            until = tx.now + self.limits.leases.duration(kind)
            await tx.execute(statements.give_grace(), {"of_kind": kind, "until": until})
        until = tx.now + self.limits.leases.duration(LeaseKind.RUN)
        await tx.execute(slot_statements.give_grace(), {"until": until})
        return tx.now

    async def run_once(self) -> Round:
        """Sweep one batch; at once again while there may be more."""
        now = await self.db.read(_now)
        if self._last_look is not None and now - self._last_look > self._away_after:
            self._last_look = await self.db.write(self._give_grace)
            return Round(again_in=self.limits.leases.sweep_every)
        swept = await self.db.write(self._sweep)
        swept += await self.db.write(self._end_cancellations)
        swept += await self.db.write(self._end_slots)
        # Not before: while nothing can be written, nobody can renew either.
        self._last_look = now
        return Round(done=swept, again_in=0.0 if swept >= _BATCH else self.limits.leases.sweep_every)

    async def _sweep(self, tx: Transaction) -> int:
        expired = await tx.fetch_all(statements.expired(), {"now": tx.now, "at_most": _BATCH})
        run_ids = sorted(row["flow_run_id"] for row in expired)
        return sum([await self._end(tx, run_id) for run_id in run_ids])

    async def _end(self, tx: Transaction, run_id: UUID) -> bool:
        known = await runs.load(tx, run_id)
        lease = known.lease
        if lease is None or lease.is_live(tx.now):
            return False  # renewed, or given back, since it was found
        state = on_expiry(lease, known.run, tx.now)
        if state is None:
            return bool(await tx.execute(rows.delete_by_id(leases), {"row_id": lease.id}))
        return await runs.enter(tx, known, state, self.caller) is not None

    async def _end_slots(self, tx: Transaction) -> int:
        """Slots whose holders are silent, and those that nobody holds any more, are free."""
        expired = await tx.fetch_all(slot_statements.expired(), {"now": tx.now, "at_most": _BATCH})
        left = await tx.fetch_all(slot_statements.left_over(), {"at_most": _BATCH})
        return await slots.end(tx, expired, expired_by=tx.now) + await slots.end(tx, left)

    async def _end_cancellations(self, tx: Transaction) -> int:
        since = tx.now - self.limits.cancelling_at_most
        stuck = await tx.fetch_all(statements.stuck_cancelling(), {"since": since, "at_most": _BATCH})
        return sum([await self._cancel(tx, row["id"]) for row in stuck])

    async def _cancel(self, tx: Transaction, run_id: UUID) -> bool:
        message = "It was cancelled, and nobody said that it had stopped."
        state = new_state(StateType.CANCELLED, tx.now, message=message)
        return await runs.enter(tx, await runs.load(tx, run_id), state, self.caller) is not None


async def _now(tx: Transaction) -> datetime:
    return tx.now
