"""How much there is of what a server is watched by."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select

from penstock.db.event_tables import event_outbox
from penstock.db.tables import leases


@cache
def leases_by_kind() -> Select[Any]:
    """How many leases there are of each kind."""
    return sa.select(leases.c.kind, sa.func.count().label("number")).group_by(leases.c.kind)


@cache
def outbox() -> Select[Any]:
    """How many events automations have not seen yet."""
    return sa.select(sa.func.count().label("number")).select_from(event_outbox)
