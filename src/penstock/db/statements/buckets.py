"""What triggers have seen, and the events that wait to be shown to them."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Delete, Select, Subquery, Update, bindparam
from sqlalchemy.dialects.postgresql import Insert

from penstock.db import dialect
from penstock.db.event_tables import automation_buckets, automations, event_outbox, events

_BRIEF = (
    events.c.occurred,
    events.c.received,
    events.c.event,
    events.c.resource,
    events.c.related,
    events.c.follows,
    # What is measured is told by what runs' events carry; no other trigger looks at it, and it may be large.
    sa.type_coerce(
        sa.case((events.c.event.startswith("prefect.flow-run."), events.c.payload)), events.c.payload.type
    ).label("payload"),
)


@cache
def waiting() -> Select[Any]:
    """The oldest `at_most` events that wait, in their order, without what they carry.

    Where they are large, only so many that they have `at_most_characters`, and the one that goes beyond.
    `found` is how many there would be without that.
    """
    first = _first_waiting()
    before = sa.func.sum(first.c.size).over(order_by=first.c.position) - first.c.size
    sized = sa.select(
        first.c.position, first.c.event_id, before.label("before"), sa.func.count().over().label("found")
    ).subquery("sized")
    return (
        sa.select(sized.c.position, sized.c.event_id.label("id"), sized.c.found, *_BRIEF)
        .select_from(sized.outerjoin(events, events.c.id == sized.c.event_id))
        .where(sized.c.before < bindparam("at_most_characters", type_=sa.BigInteger))
        .order_by(sized.c.position)
    )


def _first_waiting() -> Subquery:
    length = sum(
        (sa.func.length(sa.cast(column, sa.Text)) for column in (events.c.resource, events.c.related)),
        sa.literal(0, sa.BigInteger),
    )
    return (
        sa.select(event_outbox.c.position, event_outbox.c.event_id, sa.func.coalesce(length, 0).label("size"))
        .select_from(event_outbox.outerjoin(events, events.c.id == event_outbox.c.event_id))
        .order_by(event_outbox.c.position)
        .limit(bindparam("at_most"))
        .subquery("first_waiting")
    )


@cache
def taken() -> Delete:
    """Take what stands at `at_position` out: it was looked at."""
    return event_outbox.delete().where(event_outbox.c.position == bindparam("at_position"))


@cache
def of_key() -> Select[Any]:
    """What the trigger `of_trigger` has seen for the value `of_key` of what it counts apart."""
    bucket = automation_buckets.c
    return sa.select(bucket["key"], bucket.state).where(
        bucket.automation_id == bindparam("of_automation"),
        bucket.trigger_id == bindparam("of_trigger"),
        bucket["key"] == bindparam("of_key"),
    )


@cache
def of_keys() -> Select[Any]:
    """The same for several values, `of_keys`."""
    bucket = automation_buckets.c
    return sa.select(bucket["key"], bucket.state).where(
        bucket.automation_id == bindparam("of_automation"),
        bucket.trigger_id == bindparam("of_trigger"),
        bucket["key"].in_(bindparam("of_keys", expanding=True)),
    )


@cache
def due() -> Select[Any]:
    """The buckets that must be looked at by `now`, those that wait longest first."""
    bucket = automation_buckets.c
    return (
        sa.select(bucket.automation_id, bucket.trigger_id, bucket["key"], bucket.state)
        .select_from(automation_buckets.join(automations, automations.c.id == bucket.automation_id))
        .where(bucket.due <= bindparam("now", type_=bucket.due.type), automations.c.enabled)
        .order_by(bucket.due, bucket.automation_id, bucket.trigger_id, bucket["key"])
        .limit(bindparam("at_most"))
    )


@cache
def next_due() -> Select[Any]:
    """When the next bucket must be looked at."""
    bucket = automation_buckets.c
    return (
        sa.select(bucket.due)
        .select_from(automation_buckets.join(automations, automations.c.id == bucket.automation_id))
        .where(bucket.due.is_not(None), automations.c.enabled)
        .order_by(bucket.due)
        .limit(1)
    )


@cache
def save() -> Insert:
    """Keep what a trigger has seen."""
    return dialect.upsert(
        automation_buckets,
        key=("automation_id", "trigger_id", "key"),
        update=("state", "updated", "due"),
    )


@cache
def forget() -> Delete:
    """Forget what the trigger `of_trigger` has seen for `of_key`."""
    bucket = automation_buckets.c
    return automation_buckets.delete().where(
        bucket.automation_id == bindparam("of_automation"),
        bucket.trigger_id == bindparam("of_trigger"),
        bucket["key"] == bindparam("of_key"),
    )


@cache
def rest() -> Update:
    """Look at what the trigger `of_trigger` has seen for `of_key` only when an event comes."""
    bucket = automation_buckets.c
    return (
        automation_buckets.update()
        .where(
            bucket.automation_id == bindparam("of_automation"),
            bucket.trigger_id == bindparam("of_trigger"),
            bucket["key"] == bindparam("of_key"),
        )
        .values(due=None)
    )


@cache
def rest_all() -> Update:
    """The same of all that the automation `of_automation` has seen."""
    bucket = automation_buckets.c
    theirs = (bucket.automation_id == bindparam("of_automation"), bucket.due.is_not(None))
    return automation_buckets.update().where(*theirs).values(due=None)


@cache
def forget_all() -> Delete:
    """Forget all that the automation `of_automation` has seen."""
    return automation_buckets.delete().where(automation_buckets.c.automation_id == bindparam("of_automation"))


def forget_others(automation_id: UUID, trigger_ids: Sequence[UUID]) -> Delete:
    """Forget what triggers have seen that the automation does not have any more."""
    bucket = automation_buckets.c
    return automation_buckets.delete().where(
        bucket.automation_id == automation_id, bucket.trigger_id.not_in(trigger_ids)
    )


def of_trigger(automation_id: UUID, trigger_id: UUID, limit: int) -> Select[Any]:
    """The buckets of a trigger that changed last."""
    bucket = automation_buckets.c
    return (
        sa.select(automation_buckets)
        .where(bucket.automation_id == automation_id, bucket.trigger_id == trigger_id)
        .order_by(bucket.updated.desc())
        .limit(limit)
    )


@cache
def counts() -> Select[Any]:
    """How many buckets each trigger of the automation `of_automation` has."""
    bucket = automation_buckets.c
    return (
        sa.select(bucket.trigger_id, sa.func.count().label("buckets"))
        .where(bucket.automation_id == bindparam("of_automation"))
        .group_by(bucket.trigger_id)
    )
