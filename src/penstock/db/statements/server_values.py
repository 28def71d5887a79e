"""What all servers on a database agree on: a value under each name."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Delete, Insert, Select, bindparam

from penstock.db import dialect
from penstock.db.server_tables import server_values


@cache
def put() -> Insert:
    """Keep a value under a name, whatever was there."""
    return dialect.upsert(server_values, key=("name",), update=("updated", "value"))


@cache
def get() -> Select[Any]:
    """The value under the name `of`."""
    return sa.select(server_values.c.value).where(server_values.c.name == bindparam("of"))


@cache
def forget() -> Delete:
    """Keep no value under the name `of`."""
    return server_values.delete().where(server_values.c.name == bindparam("of"))
