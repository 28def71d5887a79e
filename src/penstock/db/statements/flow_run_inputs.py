"""What was said to flow runs."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Delete, Insert, Select, bindparam

from penstock.db import dialect
from penstock.db.tables import flow_run_inputs

said = flow_run_inputs.c


@cache
def add() -> Insert:
    """Keep a value unless its key is taken."""
    return dialect.upsert(flow_run_inputs, key=("flow_run_id", "key"), update=())


@cache
def put() -> Insert:
    """Keep a value in the place of what its key had."""
    return dialect.upsert(flow_run_inputs, key=("flow_run_id", "key"), update=("updated", "value", "sender"))


@cache
def by_key() -> Select[Any]:
    """What was said to the run `run_id` under `key`."""
    return sa.select(flow_run_inputs).where(
        said.flow_run_id == bindparam("run_id"), said.key == bindparam("key")
    )


@cache
def delete() -> Delete:
    """Take it back."""
    return flow_run_inputs.delete().where(
        said.flow_run_id == bindparam("run_id"), said.key == bindparam("key")
    )


def beginning_with(run_id: UUID, prefix: str, without: Sequence[str], limit: int) -> Select[Any]:
    """What was said under keys that begin with `prefix`, oldest first."""
    # Not by LIKE, which takes no heed of case on SQLite.
    begins = sa.func.substr(said.key, 1, len(prefix)) == prefix
    conditions = [said.flow_run_id == run_id, begins]
    if without:
        conditions.append(said.key.not_in(without))
    found = sa.select(flow_run_inputs).where(*conditions)
    return found.order_by(said.created, said.id).limit(limit)
