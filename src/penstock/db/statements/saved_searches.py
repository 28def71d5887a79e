"""Saved searches."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Insert, Select, bindparam

from penstock.db import dialect
from penstock.db.server_tables import saved_searches


@cache
def save() -> Insert:
    """Insert a search, or replace the filters of the one that has its name."""
    return dialect.upsert(saved_searches, key=("name",), update=("updated", "filters"))


@cache
def by_id() -> Select[Any]:
    """The search `row_id`."""
    return sa.select(saved_searches).where(saved_searches.c.id == bindparam("row_id"))


@cache
def by_name() -> Select[Any]:
    """The search called `name`."""
    return sa.select(saved_searches).where(saved_searches.c.name == bindparam("name"))


def page(limit: int, offset: int) -> Select[Any]:
    """Some searches, by name."""
    return sa.select(saved_searches).order_by(saved_searches.c.name).limit(limit).offset(offset)
