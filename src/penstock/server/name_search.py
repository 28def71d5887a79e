"""Where runs are looked for that have a text in their names."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from penstock.db.port import Transaction
from penstock.db.statements import filters
from penstock.db.statements import run_names as statements
from penstock.db.statements.pages import Condition
from penstock.db.statements.run_names import Beginnings


class Sought(Struct, frozen=True, eq=False):
    """Runs that are sought."""

    among: Any
    """What to select them from: all of them, or those whose names begin as they must."""
    conditions: Sequence[Condition]
    """What is to be asked of these."""


async def sought(tx: Transaction, runs: Any, form: Struct, *, are_all: bool = False) -> Sought:
    """Where runs that meet a criteria form are found.

    Args:
        are_all: Whether all of them are wanted; else the first that are found.
    """
    text = statements.looked_for(runs, form)
    found = await beginnings(tx, runs, text) if text is not None else None
    if found is None:
        return Sought(runs, filters.criteria(runs, form))
    rest = statements.without_name(runs, form) if found.is_all else form
    begin_so = statements.begin_so(runs, found) if are_all else None
    if begin_so is not None:
        return Sought(runs, [begin_so, *filters.criteria(runs, rest)])
    return Sought(statements.named(runs, found), filters.criteria(runs, rest))


async def beginnings(tx: Transaction, runs: Any, text: str) -> Beginnings | None:
    """What the names begin with that have a text in them; None where that does not help to find them."""
    if not statements.is_found(text):
        return None
    return statements.beginnings(text, await tx.fetch_all(statements.stems(runs, text)))
