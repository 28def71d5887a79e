"""What is too old is found by its age, and deleted."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Delete, Select, bindparam

from penstock.db.event_tables import automation_actions, automation_firings, event_resources, events

part, firing = event_resources.c, automation_firings.c


@cache
def old_events() -> Select[Any]:
    """The oldest events that occurred and were received before a moment."""
    before = bindparam("before", type_=events.c.occurred.type)
    return (
        sa.select(events.c.id, events.c.occurred, events.c.resource, events.c.related)
        .where(events.c.occurred < before, events.c.received < before)
        .order_by(events.c.occurred, events.c.id)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def delete_part() -> Delete:
    """Forget that a resource had part in an event."""
    return event_resources.delete().where(
        part.resource_hash == bindparam("of_resource"),
        part.occurred == bindparam("at_moment"),
        part.event_id == bindparam("of_event"),
    )


def delete_events(ids: Sequence[UUID]) -> Delete:
    """Delete these events."""
    return events.delete().where(events.c.id.in_(ids))


@cache
def old_firings() -> Select[Any]:
    """The oldest firings before a moment whose actions have all come to an end."""
    action = automation_actions.c
    is_open = sa.exists().where(action.firing_id == firing.id, action.ended.is_(None))
    return (
        sa.select(firing.id)
        .where(firing.fired < bindparam("before", type_=firing.fired.type), ~is_open)
        .order_by(firing.fired)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


def delete_firings(ids: Sequence[UUID]) -> Delete:
    """Delete these firings with their actions."""
    return automation_firings.delete().where(firing.id.in_(ids))
