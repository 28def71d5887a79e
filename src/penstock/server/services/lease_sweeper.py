"""Finds runs whose owner fell silent, and says so: nothing stays "running" that nobody runs."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from penstock.db.port import Transaction
from penstock.db.statements import leases as statements
from penstock.db.statements import rows
from penstock.db.tables import leases
from penstock.domain.leases import LeaseKind, on_expiry
from penstock.server import runs
from penstock.server.services.base import Round, Service

_BATCH = 100


class LeaseSweeper(Service):
    """Ends expired leases, each with the change of state that follows from it."""

    name: ClassVar[str] = "lease-sweeper"

    async def prepare(self) -> None:
        """Give every owner a full term: if nobody could renew, that was this server's own absence."""
        await self.db.write(self._grant_grace)

    async def _grant_grace(self, tx: Transaction) -> None:
        until = tx.now + timedelta(seconds=self.limits.leases.run)
        await tx.execute(statements.grant_grace(), {"until": until})

    async def run_once(self) -> Round:
        """Sweep one batch; at once again while there may be more."""
        swept = await self.db.write(self._sweep)
        return Round(
            done=len(swept), again_in=0.0 if len(swept) == _BATCH else self.limits.leases.sweep_every
        )

    async def _sweep(self, tx: Transaction) -> Sequence[UUID]:
        expired = await tx.fetch_all(statements.expired(), {"now": tx.now, "at_most": _BATCH})
        run_ids = sorted(row["flow_run_id"] for row in expired)
        return [run_id for run_id in run_ids if await self._end(tx, run_id)]

    async def _end(self, tx: Transaction, run_id: UUID) -> bool:
        known = await runs.load(tx, run_id)
        lease = known.lease
        if lease is None or lease.kind is LeaseKind.SLOT or lease.is_live(tx.now):
            return False  # renewed, or given back, since it was found
        state = on_expiry(lease, known.run, tx.now)
        if state is None:
            return bool(await tx.execute(rows.delete_by_id(leases), {"row_id": lease.id}))
        return await runs.enter(tx, known, state, self.caller) is not None
