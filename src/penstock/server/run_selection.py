"""Which flow runs a list or a picture is of, and how they are found without a look at all of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from penstock.contract.run_lists import MAX_SCANNED, FlowRunSelection
from penstock.db.port import Transaction
from penstock.db.statements import run_selections as statements
from penstock.db.statements.run_lists import any_of
from penstock.db.tables import flow_runs
from penstock.server.run_pages import few_named


class Selected(Struct, frozen=True):
    """Runs, as conditions on them."""

    conditions: Sequence[Any]
    """All that must hold."""
    branches: Sequence[Any]
    """One of them must hold too, and no two do; there may be none, which means nothing."""
    since: datetime | None
    """Runs that were expected before are left out."""
    is_nothing: bool = False
    """Whether no run can be meant."""


async def select(tx: Transaction, query: FlowRunSelection, *, is_bounded: bool = False) -> Selected:
    """The runs that a selection means.

    Args:
        is_bounded: Only the newest are wanted, whatever is asked.

    Raises:
        InvalidInput: A value to look for is no text, number or truth value.
    """
    few = await _few_of_search(tx, query.search)
    if few is not None:
        query, is_bounded = replace(query, search=None), False
    conditions = [*statements.conditions(query), *([few] if few is not None else [])]
    branches = await _branches(tx, query)
    if branches is not None and not branches:
        return Selected(conditions, (), None, is_nothing=True)
    if few is not None:
        return Selected([*conditions, *any_of(branches or ())], (), None)
    since = None
    if is_bounded or statements.is_looked_for(query):
        since = await tx.fetch_value(statements.horizon(query, branches or (), MAX_SCANNED))
    if since is not None:
        conditions.append(statements.run.expected_start_time >= since)
    return Selected(conditions, branches or (), since)


async def _few_of_search(tx: Transaction, search: str | None) -> Any:
    """A condition for the runs that a search means, by their ids; None where they are many, or not known."""
    text = search.strip() if search is not None else ""
    ids = await few_named(tx, flow_runs, text) if text else None
    return None if ids is None else statements.known(text, ids)


async def _branches(tx: Transaction, query: FlowRunSelection) -> Sequence[Any] | None:
    """The branches by which to look; None where it is best done without."""
    types = statements.state_types(query)
    if types is not None and statements.passes(types):
        return statements.type_branches(types)
    for column, those in statements.owners(query):
        ids = [row["id"] for row in await tx.fetch_all(those)]
        if len(ids) <= statements.MAX_BRANCHES:
            return [column == id for id in ids]
    return None if types is None else statements.type_branches(types)
