"""Variables."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Insert, Select, bindparam

from penstock.contract.filters import NamedSort
from penstock.db import dialect
from penstock.db.statements.orders import named_order
from penstock.db.tables import variables


@cache
def add() -> Insert:
    """Insert a variable unless its name is taken."""
    return dialect.upsert(variables, key=("name",), update=())


@cache
def by_id() -> Select[Any]:
    """The variable `row_id`."""
    return sa.select(variables).where(variables.c.id == bindparam("row_id"))


@cache
def by_name() -> Select[Any]:
    """The variable called `name`."""
    return sa.select(variables).where(variables.c.name == bindparam("name"))


@cache
def by_names() -> Select[Any]:
    """The variables that are called `names`."""
    return sa.select(variables).where(variables.c.name.in_(bindparam("names", expanding=True)))


def page(conditions: Sequence[ColumnElement[bool]], sort: NamedSort, limit: int, offset: int) -> Select[Any]:
    """Some variables."""
    order = named_order(variables, sort)
    return sa.select(variables).where(*conditions).order_by(*order).limit(limit).offset(offset)
