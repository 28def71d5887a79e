"""Tables as a whole, row by row as they are stored: for exports and imports."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Insert, Select, Table, bindparam

from penstock.db.dialect import Uuid, stored


def key_of(table: Table) -> list[str]:
    """The columns by which the rows of a table are told apart, and ordered."""
    return [str(column.name) for column in table.primary_key.columns]


def given(table: Table) -> list[str]:
    """The columns whose values we give; numbers that the database gives are not among them."""
    return [str(column.name) for column in table.columns if column.identity is None]


@cache
def page(table: Table, *, is_first: bool) -> Select[Any]:
    """The first rows by their key, or those after one: `after_` and the name of each column of the key."""
    twin = _stored(table)
    key = [twin.c[name] for name in key_of(table)]
    found = sa.select(twin).order_by(*key).limit(bindparam("at_most", type_=sa.Integer))
    if is_first:
        return found
    after = [bindparam(f"after_{column.name}", type_=column.type) for column in key]
    return found.where(sa.tuple_(*key) > sa.tuple_(*after))


@cache
def insert(table: Table) -> Insert:
    """Add a row of stored values."""
    return _stored(table).insert()


@cache
def count(table: Table) -> Select[Any]:
    """How many rows a table has."""
    return sa.select(sa.func.count().label("rows")).select_from(table)


@cache
def has_rows(table: Table) -> Select[Any]:
    """Whether it has any."""
    return sa.select(sa.literal(1).label("one")).select_from(table).limit(1)


@cache
def _stored(table: Table) -> Table:
    return stored(table)


def uuid_columns(table: Table) -> Sequence[str]:
    """The columns whose values are ids."""
    return [str(column.name) for column in table.columns if isinstance(column.type, Uuid)]
