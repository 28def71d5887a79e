"""Takes away events that are older than events are kept, what automations did as long ago, and rows of the
audit log that are older than those are kept; and flow runs that ended long ago, where that is wanted.

It deletes a few rows at a time, so that nobody who writes waits for it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from penstock.db.port import Database, Transaction
from penstock.db.statements import audit, run_retention
from penstock.db.statements import event_retention as statements
from penstock.db.statements import flow_runs as flow_run_statements
from penstock.db.statements.events import resource_hash
from penstock.domain.events import ID
from penstock.server import artifacts
from penstock.server.changes import changed
from penstock.server.limits import Limits
from penstock.server.services.base import Round, Service


class Retention(Service):
    """Old events → nothing."""

    name: ClassVar[str] = "retention"

    def __init__(self, db: Database, limits: Limits) -> None:
        super().__init__(db, limits)
        self._most = limits.vacuum_batch

    async def run_once(self) -> Round:
        """Take one batch of each away; soon again while there may be more."""
        wanted = self.limits.vacuums
        events = await self.db.write(self._events) if "events" in wanted else 0
        firings = await self.db.write(self._firings) if "events" in wanted else 0
        runs = await self.db.write(self._runs) if "flow_runs" in wanted else 0
        audited = await self.db.write(self._audit)
        # Of runs there may be more whatever went: one that has gone may have started others.
        is_full = self._most in (events, firings, audited) or runs > 0
        return Round(
            done=events + firings + runs + audited,
            again_in=_BREATH if is_full else self.limits.vacuum_every,
        )

    async def _runs(self, tx: Transaction) -> int:
        """A part of the oldest runs, their lines and task runs first; how many rows went."""
        asked = {"before": tx.now - self.limits.run_retention, "at_most": self._most}
        ids = [row["id"] for row in await tx.fetch_all(run_retention.old_runs(), asked)]
        if not ids:
            return 0
        for delete_some in (run_retention.delete_some_logs, run_retention.delete_some_task_runs):
            if (gone := await tx.execute(delete_some(ids, _ROWS))) == _ROWS:
                return gone
        await artifacts.delete_of_flow_runs(tx, ids)
        changed(tx, "flow_runs", *ids)
        return await tx.execute(flow_run_statements.delete(ids))

    async def _events(self, tx: Transaction) -> int:
        oldest = tx.now - self.limits.event_retention
        found = await tx.fetch_all(statements.old_events(), {"before": oldest, "at_most": self._most})
        if not found:
            return 0
        parts = [part for row in found for part in _parts(row["occurred"], row)]
        await tx.execute_many(statements.delete_part(), parts)
        await tx.execute(statements.delete_events([row["id"] for row in found]))
        return len(found)

    async def _firings(self, tx: Transaction) -> int:
        oldest = tx.now - self.limits.event_retention
        found = await tx.fetch_all(statements.old_firings(), {"before": oldest, "at_most": self._most})
        if found:
            await tx.execute(statements.delete_firings([row["id"] for row in found]))
        return len(found)

    async def _audit(self, tx: Transaction) -> int:
        """Rows go from the beginning, and the last one's hash is kept: the others are checked by it."""
        oldest = tx.now - self.limits.audit_retention
        found = await tx.fetch_all(audit.old(), {"before": oldest, "at_most": self._most})
        if not found:
            return 0
        last = found[-1]
        await tx.fetch_one(audit.lock_head())
        await tx.execute(audit.delete_until(), {"until": last["sequence"]})
        removed = {"removed_sequence": last["sequence"], "removed_hash": last["hash"]}
        await tx.execute(audit.forget(), removed)
        return len(found)


_ROWS = 2_000
"""Lines, or task runs, that are deleted in one transaction."""
_BREATH = 0.05
"""Seconds between two batches, in which others write."""


def _parts(occurred: datetime, row: dict[str, object]) -> Sequence[dict[str, object]]:
    """The rows that say which resources have part in an event."""
    resources = [row["resource"], *_listed(row["related"])]
    ids = {each[ID] for each in resources if isinstance(each, dict)}
    place = {"of_event": row["id"], "at_moment": occurred}
    return [{"of_resource": resource_hash(id), **place} for id in sorted(ids)]


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
