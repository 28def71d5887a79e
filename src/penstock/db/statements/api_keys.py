"""API keys."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, Update, bindparam

from penstock.db.security_tables import api_keys

key = api_keys.c


@cache
def by_id() -> Select[Any]:
    """The key `row_id`."""
    return sa.select(api_keys).where(key.id == bindparam("row_id"))


def page(limit: int, offset: int) -> Select[Any]:
    """Some keys, by name."""
    return sa.select(api_keys).order_by(key.name).limit(limit).offset(offset)


@cache
def note_use() -> Update:
    """The key `row_id` was used at `at`."""
    return api_keys.update().where(key.id == bindparam("row_id")).values(last_used=bindparam("at"))
