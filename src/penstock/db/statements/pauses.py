"""Flow runs whose pauses run out."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, bindparam

from penstock.db.tables import flow_runs

run = flow_runs.c


@cache
def expired() -> Select[Any]:
    """The runs whose pauses have run out `now`, those first that did so first."""
    return (
        sa.select(run.id)
        .where(run.pause_expires <= bindparam("now"))
        .order_by(run.pause_expires, run.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def next_expiry() -> Select[Any]:
    """When the next pause runs out."""
    return sa.select(sa.func.min(run.pause_expires)).where(run.pause_expires.is_not(None))
