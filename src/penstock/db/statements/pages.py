"""Pages of many rows: which rows first, from the table alone, then what is shown of them.

The rows of a page are found in time however few of a million meet the conditions. First the rows at the
beginning of the order are *looked through*, up to a *bound*: that gives the page where many rows meet the
conditions. Otherwise rows that meet them are *sought* without the order, by the index that knows most about
the conditions; where that finds few, these are put into order. More, up to a share of all, are *gathered* and
put into order by the database: they may stand together, far from the beginning.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import ColumnElement, FromClause, Select, Table

from penstock.db import dialect

Condition = ColumnElement[bool]


class Order(Struct, frozen=True, eq=False):
    """An order of rows: by one value, then by the id. Rows without the value come last.

    Both stand in the same direction: only so an index of both has the rows in order.
    """

    key: ColumnElement[Any]
    is_descending: bool
    may_be_null: bool = True

    @property
    def is_by_id(self) -> bool:
        """Whether there is nothing to order by but the id."""
        return self.key.key == "id"

    def of_places(self, place: ColumnElement[Any], id: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        """The order of rows of which the value is known as `place`."""
        last = [place.is_(None)] if self.may_be_null else []
        return [*last, *self.of_values(place, id)]

    def of_values(self, value: ColumnElement[Any], id: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        """The same where all have a value."""
        by = [value] if self.is_by_id else [value, id]
        return [directed(column, self.is_descending) for column in by]


def directed(column: ColumnElement[Any], is_descending: bool) -> ColumnElement[Any]:
    """A column in a direction."""
    return column.desc() if is_descending else column.asc()


def bound(order: Order, rows: int) -> Select[Any]:
    """The value of the last of so many rows at the beginning of an order; nothing where there are fewer."""
    key = order.key
    by = directed(key, order.is_descending)
    return sa.select(key).where(key.is_not(None)).order_by(by).limit(1).offset(rows - 1)


def within(order: Order, first: Any, last: Any) -> Condition:
    """That a row stands in the order from the first value to the last.

    Both are said, as databases take a stretch with two ends for a short one.
    """
    ends = [sa.literal(value, order.key.type) for value in (first, last)]
    return order.key.between(*(reversed(ends) if order.is_descending else ends))


def looked_at(conditions: Sequence[Condition]) -> list[Condition]:
    """The same conditions, for which no index is used: the rows are known by their place in the order."""
    return [condition.is_(sa.true()) for condition in conditions]


def looked_through(
    table: Table, conditions: Sequence[Condition], order: Order, limit: int, offset: int
) -> Select[Any]:
    """The ids of some rows that meet the conditions, in order, each with its `place` in it."""
    found = sa.select(table.c.id, order.key.label("place")).where(*conditions)
    if not order.may_be_null:
        return found.order_by(*order.of_values(order.key, table.c.id)).limit(limit).offset(offset)
    # Each part has an index of its own; one order with both has none on PostgreSQL, and sorts all rows.
    last = offset + limit
    valued = found.where(order.key.is_not(None)).order_by(*order.of_values(order.key, table.c.id)).limit(last)
    by_id = directed(table.c.id, order.is_descending)
    others = found.where(order.key.is_(None)).order_by(by_id).limit(last)
    every = sa.union_all(sa.select(valued.subquery()), sa.select(others.subquery())).subquery()
    return sa.select(every).order_by(*order.of_places(every.c.place, every.c.id)).limit(limit).offset(offset)


def sought(
    table: Table, conditions: Sequence[Condition], at_most: int, among: FromClause | None = None
) -> Select[Any]:
    """The ids of at most so many rows that meet the conditions, in no order.

    Args:
        among: Rows of the table, and what they are found by; None: all.
    """
    return _those(table, among, conditions, table.c.id).limit(at_most)


def gathered(
    table: Table,
    conditions: Sequence[Condition],
    order: Order,
    at_most: int,
    limit: int,
    offset: int,
    among: FromClause | None = None,
) -> Select[Any]:
    """The ids of a page among at most so many rows that meet the conditions, and their `number`.

    Where that is `at_most`, there may be others that come before them. `among` is as that of `sought`.
    """
    those = _those(table, among, conditions, table.c.id, order.key.label("place"))
    some = those.limit(at_most).cte("some")
    number = sa.select(sa.func.count()).select_from(some).scalar_subquery().label("number")
    by = order.of_places(some.c.place, some.c.id)
    return sa.select(some.c.id, number).order_by(*by).limit(limit).offset(offset)


def _those(
    table: Table, among: FromClause | None, conditions: Sequence[Condition], *columns: ColumnElement[Any]
) -> Select[Any]:
    if among is None or among is table:
        return sa.select(*columns).where(*dialect.among_lists(conditions))
    return sa.select(*columns).select_from(among).where(*conditions)
