"""Flows: known by their names."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Insert, Select, bindparam

from penstock.contract.filters import NamedSort
from penstock.db import dialect
from penstock.db.place_tables import flows
from penstock.db.statements.orders import named_order


@cache
def register() -> Insert:
    """Insert a flow unless its name is taken."""
    return dialect.upsert(flows, key=("name",), update=())


@cache
def by_id() -> Select[Any]:
    """The flow `row_id`."""
    return sa.select(flows).where(flows.c.id == bindparam("row_id"))


@cache
def by_name() -> Select[Any]:
    """The flow called `name`."""
    return sa.select(flows).where(flows.c.name == bindparam("name"))


def page(conditions: Sequence[ColumnElement[bool]], sort: NamedSort, limit: int, offset: int) -> Select[Any]:
    """Some flows."""
    return sa.select(flows).where(*conditions).order_by(*named_order(flows, sort)).limit(limit).offset(offset)
