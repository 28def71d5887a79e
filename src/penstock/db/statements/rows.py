"""Statements that read the same for every table."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Delete, FromClause, Insert, Select, Table, Update, bindparam

from penstock.db import dialect


@cache
def insert(table: Table) -> Insert:
    """Insert one row; its columns are those that are given."""
    return table.insert()


@cache
def update_by_id(table: Table) -> Update:
    """Set the columns that are given of the row with the id `row_id`."""
    return table.update().where(table.c.id == bindparam("row_id"))


@cache
def delete_by_id(table: Table) -> Delete:
    """Delete the row with the id `row_id`."""
    return table.delete().where(table.c.id == bindparam("row_id"))


@cache
def id_exists(table: Table) -> Select[Any]:
    """The `row_id`, if a row has it."""
    return sa.select(table.c.id).where(table.c.id == bindparam("row_id"))


def count(among: FromClause, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """How many rows, of a table or of some that are found by something else, meet the conditions."""
    asked = dialect.among_lists(conditions) if isinstance(among, Table) else conditions
    return sa.select(sa.func.count()).select_from(among).where(*asked)


def ids(table: Table, conditions: Iterable[ColumnElement[bool]], limit: int) -> Select[Any]:
    """The ids of at most so many rows that meet the conditions, oldest first."""
    return sa.select(table.c.id).where(*conditions).order_by(table.c.id).limit(limit)
