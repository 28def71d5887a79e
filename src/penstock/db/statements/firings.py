"""The firing log: when automations fired, with what, and which actions followed."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Insert, Select, bindparam

from penstock.db.event_tables import automation_actions, automation_firings, event_outbox, events

_MOST_COUNTED = 10_000


def of_automation(automation_id: UUID, limit: int, before: tuple[Any, UUID] | None) -> Select[Any]:
    """The firings of an automation, newest first; those before a moment and id."""
    firing = automation_firings.c
    found = sa.select(automation_firings).where(firing.automation_id == automation_id)
    if before is not None:
        fired, id = before
        found = found.where(
            sa.or_(firing.fired < fired, sa.and_(firing.fired == fired, firing.id < id)),
            firing.fired <= fired,
        )
    return found.order_by(firing.fired.desc(), firing.id.desc()).limit(limit)


@cache
def by_id() -> Select[Any]:
    """The firing `row_id`."""
    return sa.select(automation_firings).where(automation_firings.c.id == bindparam("row_id"))


def actions_of(firing_ids: Sequence[UUID]) -> Select[Any]:
    """The actions of firings, in their order."""
    action = automation_actions.c
    return (
        sa.select(automation_actions)
        .where(action.firing_id.in_(firing_ids))
        .order_by(action.firing_id, action.position)
    )


@cache
def lately() -> Select[Any]:
    """How often the automation `of_automation` fired since `since`, and when last."""
    firing = automation_firings.c
    triggered = (firing.automation_id == bindparam("of_automation"), firing.state == "Triggered")
    last = sa.select(sa.func.max(firing.fired)).where(*triggered).scalar_subquery()
    count = sa.select(sa.func.count()).where(*triggered, firing.fired >= bindparam("since"))
    return sa.select(
        count.scalar_subquery().label("firings"), sa.type_coerce(last, firing.fired.type).label("last_fired")
    )


@cache
def by_caused_events() -> Select[Any]:
    """By which events that other firings led to the automation `of_automation` fired since `since`."""
    firing = automation_firings.c
    return (
        sa.select(events.c.related)
        .select_from(automation_firings.join(events, events.c.id == firing.event_id))
        .where(
            firing.automation_id == bindparam("of_automation"),
            firing.fired >= bindparam("since"),
            firing.depth > 0,
        )
        .order_by(firing.fired.desc())
        .limit(bindparam("at_most"))
    )


@cache
def add() -> Insert:
    """Insert a firing."""
    return automation_firings.insert()


@cache
def add_action() -> Insert:
    """Insert an action that is to be done."""
    return automation_actions.insert()


@cache
def pending_actions() -> Select[Any]:
    """How many actions of the automation `of_automation` have not ended."""
    action = automation_actions.c
    return sa.select(sa.func.count()).where(
        action.automation_id == bindparam("of_automation"), action.ended.is_(None)
    )


@cache
def oldest_undone() -> Select[Any]:
    """When the event came that waits longest to be looked at, and since when an action is due."""
    received = (
        sa.select(events.c.received)
        .select_from(event_outbox.join(events, events.c.id == event_outbox.c.event_id))
        .order_by(event_outbox.c.position)
        .limit(1)
        .scalar_subquery()
    )
    due = sa.select(sa.func.min(automation_actions.c.due)).where(automation_actions.c.ended.is_(None))
    return sa.select(
        sa.type_coerce(received, events.c.received.type).label("event"),
        sa.type_coerce(due.scalar_subquery(), automation_actions.c.due.type).label("action"),
    )


@cache
def waiting_events() -> Select[Any]:
    """How many events wait to be looked at; no more than 10,000 are counted."""
    some = sa.select(event_outbox.c.position).limit(_MOST_COUNTED).subquery()
    return sa.select(sa.func.count()).select_from(some)
