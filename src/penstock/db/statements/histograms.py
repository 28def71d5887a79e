"""How many flow runs were expected when, by the types of their states."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam

from penstock.db.dialect import Timestamp
from penstock.db.tables import flow_runs
from penstock.domain.states import StateType

run = flow_runs.c
_EXPECTED = sa.type_coerce(run.expected_start_time, sa.BigInteger)


@cache
def by_index() -> Select[Any]:
    """For each of `slices` slices of `width` from `start` on, a column for each state type; all before `end`.

    Each number is a stretch of an index. That takes a tenth of the time that groups would take, as no row
    is looked at, and nothing is sorted.
    """
    start, width = bindparam("start", type_=sa.BigInteger), bindparam("width", type_=sa.BigInteger)
    zero = sa.cast(sa.literal_column("0"), sa.BigInteger)
    first = sa.select(zero.label("number")).cte("slices", recursive=True)
    following = sa.select(first.c.number + 1).where(
        first.c.number + 1 < bindparam("slices", type_=sa.BigInteger)
    )
    slices = first.union_all(following)
    since = start + slices.c.number * width
    within = (
        since <= _EXPECTED,
        since + width > _EXPECTED,
        run.expected_start_time < bindparam("end", type_=Timestamp()),
    )
    counts = [
        sa.select(sa.func.count())
        .select_from(flow_runs)
        .where(run.state_type == sa.literal_column(f"'{each}'"), *within)
        .correlate(slices)
        .scalar_subquery()
        .label(each.value)
        for each in StateType
    ]
    return sa.select(slices.c.number.label("slice"), *counts)


def by_groups(conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The same of the runs that meet conditions: one row for each slice and state type that there is."""
    start, width = bindparam("start", type_=sa.BigInteger), bindparam("width", type_=sa.BigInteger)
    key = (((_EXPECTED - start) // width).label("slice"), run.state_type)
    found = (
        sa.select(*key)
        .where(
            *conditions,
            start <= _EXPECTED,
            run.expected_start_time < bindparam("end", type_=Timestamp()),
            run.state_type.is_not(None),
        )
        .subquery()
    )
    return sa.select(found.c.slice, found.c.state_type, sa.func.count().label("count")).group_by(
        found.c.slice, found.c.state_type
    )
