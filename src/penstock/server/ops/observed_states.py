"""The states that runs were seen in: what a filter by states can offer."""

from collections.abc import Iterable

from penstock.contract.observed_states import ObservedState, ObservedStateSort
from penstock.db.port import Row, Transaction
from penstock.db.statements import observed_states as statements
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation

LOOKED_AT = 2_000
"""So many of the last flow runs are looked at, and so many of the last states of task runs."""
NAMES = 500
"""Of so many names the newest and the oldest run are looked at, wherever these are."""


@operation("read_observed_states", access="read")
async def read_observed_states(
    tx: Transaction, caller: Caller, *, query: str | None, order_by: ObservedStateSort, limit: int
) -> list[ObservedState]:
    """The states that runs are in, or the last ones were seen in, whose names have `query` in them."""
    asked = {"at_most": LOOKED_AT}
    rows = await tx.fetch_all(statements.of_flow_runs(), asked)
    rows += await tx.fetch_all(statements.of_task_runs(), asked)
    for newest in (True, False):
        rows += await tx.fetch_all(statements.flow_runs_by_name(newest=newest), {"names": NAMES})
        rows += await tx.fetch_all(statements.task_runs_by_name(newest=newest), {"names": NAMES})
    wanted = (query or "").casefold()
    found = [each for each in _merged(rows) if wanted in each.state_name.casefold()]
    found.sort(key=lambda each: (each.state_name, each.state_type))
    if order_by is ObservedStateSort.LAST_SEEN_DESC:
        found.sort(key=lambda each: each.last_seen, reverse=True)
    return found[:limit]


def _merged(rows: Iterable[Row]) -> Iterable[ObservedState]:
    """One for each type and name."""
    found: dict[tuple[str, str], ObservedState] = {}
    for row in rows:
        first, last = row["first_seen"], row["last_seen"]
        if known := found.get((row["type"], row["name"])):
            first, last = min(first, known.first_seen), max(last, known.last_seen)
        found[row["type"], row["name"]] = ObservedState(
            state_type=row["type"], state_name=row["name"], first_seen=first, last_seen=last
        )
    return found.values()
