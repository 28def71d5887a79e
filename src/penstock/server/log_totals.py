"""How many lines a log has. What stands in it for a while is counted once, and only what is newer each time.

Counting a million lines takes a twentieth of a second of a processor: too much for each look at a log that
somebody scrolls in, or that grows while it is looked at.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from penstock.contract.codec import encode
from penstock.contract.log_windows import LogLineFilter
from penstock.db.port import Transaction
from penstock.db.statements import log_windows as statements
from penstock.server.kept import Kept

_SETTLING = timedelta(minutes=1)
"""By then most lines have come. Those that come later are counted anew with all others."""
_GOOD_FOR = timedelta(seconds=10)
"""Another server may have taken lines that came later, or some may have been deleted."""


class _Settled(NamedTuple):
    lines: int
    before: datetime
    """Lines with earlier times are counted."""


_settled: Kept[UUID, dict[bytes, _Settled]] = Kept(256)
"""By run and filter."""


async def count(
    tx: Transaction, run_id: UUID, filter_: LogLineFilter | None, conditions: Sequence[statements.Condition]
) -> int:
    """How many lines there are of a run that a filter finds; `conditions` are those of both."""
    key = encode(filter_)
    of_run = _settled.get(run_id) or _settled.put(run_id, {})
    settled = of_run.get(key)
    if settled is None or not _SETTLING <= tx.now - settled.before < _SETTLING + _GOOD_FOR:
        before = tx.now - _SETTLING
        old = await tx.fetch_value(statements.count(conditions, before=before))
        settled = of_run[key] = _Settled(int(old), before)
    new = await tx.fetch_value(statements.count(conditions, since=settled.before))
    return settled.lines + int(new)


def came(tx: Transaction, lines: Iterable[tuple[UUID | None, datetime]]) -> None:
    """This transaction keeps lines of these runs and times: some may be among those that are counted."""
    late = {run_id for run_id, time in lines if run_id is not None and time < tx.now - _SETTLING}
    if late:
        tx.after_commit(lambda: _settled.forget(late))
