"""How many lines of which level and logger a log has. What has settled is counted once, and kept.

To look at each of a million lines takes a second or two: too much for each look at the list of levels, and
for each time that a log has grown.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from penstock.db.port import Transaction
from penstock.db.statements import log_windows as statements
from penstock.server.kept import Kept

_SETTLING = timedelta(minutes=1)
"""By then most lines have come. Where others come later, all are counted anew."""
_GOOD_FOR = timedelta(seconds=10)
"""After so long it is seen whether there are as many lines as were counted: another server may have taken
lines that came later, or some may have been deleted."""
_MOST_LOGGERS = 1_000
"""A log with more of them is counted each time."""


class Facets(NamedTuple):
    """Numbers of lines by their level, and by their logger: of the loggers those with the most lines."""

    levels: Counter[int]
    loggers: Counter[str]


class _Settled(NamedTuple):
    facets: Facets
    before: datetime
    """Lines with earlier times are counted."""
    checked: datetime
    """When there were as many."""


_settled: Kept[UUID, _Settled] = Kept(64)
"""By run."""


async def count(tx: Transaction, run_id: UUID) -> Facets:
    """What there is to filter a run's log by."""
    before = tx.now - _SETTLING
    settled = await _still_settled(tx, run_id)
    if settled is None:
        settled = _Settled(await _counted(tx, run_id, before=before), before, checked=tx.now)
    elif before - settled.before > _SETTLING:
        more = await _counted(tx, run_id, since=settled.before, before=before)
        settled = _Settled(_sum(settled.facets, more), before, settled.checked)
    if len(settled.facets.loggers) > _MOST_LOGGERS:
        return await _counted(tx, run_id)
    _settled.put(run_id, settled)
    return _sum(settled.facets, await _counted(tx, run_id, since=settled.before))


async def _still_settled(tx: Transaction, run_id: UUID) -> _Settled | None:
    """What was counted before, if it still holds."""
    settled = _settled.get(run_id)
    if settled is None or settled.before > tx.now - _SETTLING:
        return None
    if timedelta(0) <= tx.now - settled.checked < _GOOD_FOR:
        return settled
    conditions = statements.of_run(run_id, None)
    lines = await tx.fetch_value(statements.count(conditions, before=settled.before))
    return settled._replace(checked=tx.now) if lines == settled.facets.levels.total() else None


async def _counted(
    tx: Transaction, run_id: UUID, *, since: datetime | None = None, before: datetime | None = None
) -> Facets:
    conditions = [*statements.of_run(run_id, None), *statements.of_time(since=since, before=before)]
    levels = await tx.fetch_all(statements.levels(conditions))
    loggers = await tx.fetch_all(statements.loggers(conditions, _MOST_LOGGERS + 1))
    return Facets(
        Counter({row["level"]: row["lines"] for row in levels}),
        Counter({row["name"]: row["lines"] for row in loggers}),
    )


def _sum(one: Facets, other: Facets) -> Facets:
    return Facets(one.levels + other.levels, one.loggers + other.loggers)


def came(tx: Transaction, lines: Iterable[tuple[UUID | None, datetime]]) -> None:
    """This transaction keeps lines of these runs and times: some may be among those that are counted."""
    late = {
        run_id
        for run_id, time in lines
        if run_id is not None and (settled := _settled.get(run_id)) and time < settled.before
    }
    if late:
        tx.after_commit(lambda: _settled.forget(late))
