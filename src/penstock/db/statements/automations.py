"""Automations as people keep them."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, ScalarSelect, Select, Update, bindparam

from penstock.contract.filters import NamedSort
from penstock.db import dialect
from penstock.db.event_tables import automation_actions, automation_firings, automations
from penstock.db.statements.actions import PAUSED
from penstock.db.statements.orders import named_order

_RECENT_FIRINGS = 5
"""Among the actions of so many last firings the last failure is looked for."""
_WAS_TRIED = sa.func.coalesce(dialect.json_text(automation_actions.c.outcome, "code"), "") != PAUSED
"""What was left undone, since somebody paused the automation, is no failure."""


@cache
def by_id() -> Select[Any]:
    """The automation `row_id`."""
    return sa.select(automations).where(automations.c.id == bindparam("row_id"))


@cache
def owned_by() -> Select[Any]:
    """The automations that belong to `resource`."""
    return (
        sa.select(automations)
        .where(automations.c.owner_resource == bindparam("resource"))
        .order_by(automations.c.id)
    )


@cache
def mentioning() -> Select[Any]:
    """Automations that belong to `resource`, or in whose trigger or actions `pattern` stands somewhere.

    Whoever asks looks whether it stands there as what it means.
    """
    table = automations.c
    texts = [sa.cast(column, sa.Text) for column in (table.trigger, table.actions)]
    texts += [sa.cast(column, sa.Text) for column in (table.actions_on_trigger, table.actions_on_resolve)]
    said = [text.like(bindparam("pattern"), escape="/") for text in texts]
    return (
        sa.select(automations)
        .where(sa.or_(table.owner_resource == bindparam("resource"), *said))
        .order_by(table.name, table.id)
    )


@cache
def versions() -> Select[Any]:
    """Which automations may fire, and when each was changed last: who has seen this has seen them all."""
    return (
        sa.select(automations.c.id, automations.c.updated)
        .where(automations.c.enabled)
        .order_by(automations.c.id)
    )


def by_ids(ids: Sequence[Any]) -> Select[Any]:
    """These automations."""
    return sa.select(automations).where(automations.c.id.in_(ids)).order_by(automations.c.id)


@cache
def stop() -> Update:
    """Let the automation `row_id` fire no more, and say why."""
    return (
        automations.update()
        .where(automations.c.id == bindparam("row_id"), automations.c.enabled)
        .values(enabled=False, stopped=bindparam("why"), updated=bindparam("at"))
    )


def page(conditions: Sequence[ColumnElement[bool]], sort: NamedSort, limit: int, offset: int) -> Select[Any]:
    """Some automations."""
    order = named_order(automations, sort)
    return sa.select(automations).where(*conditions).order_by(*order).limit(limit).offset(offset)


@cache
def overview() -> Select[Any]:
    """All automations with what became of them since `day_ago`."""
    firing, action = automation_firings.c, automation_actions.c
    triggered = (firing.automation_id == automations.c.id, firing.state == "Triggered")
    last_fired = sa.select(sa.func.max(firing.fired)).where(*triggered).scalar_subquery()
    lately = sa.select(sa.func.count()).where(*triggered, firing.fired >= bindparam("day_ago"))
    failed = (
        sa.select(sa.func.count())
        .select_from(automation_firings.join(automation_actions, action.firing_id == firing.id))
        .where(firing.automation_id == automations.c.id, firing.fired >= bindparam("day_ago"))
        .where(action.status == "failed", _WAS_TRIED)
    )
    return sa.select(
        automations,
        sa.type_coerce(last_fired, automation_firings.c.fired.type).label("last_fired"),
        lately.scalar_subquery().label("firings_24h"),
        failed.scalar_subquery().label("failed_24h"),
        sa.type_coerce(_last_ended(), automation_actions.c.id.type).label("last_action"),
    ).order_by(automations.c.name, automations.c.id)


def _last_ended() -> ScalarSelect[Any]:
    """The action that ended last, among those of the last firings."""
    firing, action = automation_firings.c, automation_actions.c
    recent = (
        sa.select(firing.id)
        .where(firing.automation_id == automations.c.id)
        .order_by(firing.fired.desc())
        .limit(_RECENT_FIRINGS)
        .correlate(automations)
    )
    return (
        sa.select(action.id)
        .where(action.firing_id.in_(recent), action.ended.is_not(None), _WAS_TRIED)
        .order_by(action.ended.desc(), action.id.desc())
        .limit(1)
        .correlate(automations)
        .scalar_subquery()
    )


@cache
def failures() -> Select[Any]:
    """Those of the actions `row_ids` that failed."""
    action = automation_actions.c
    wanted = action.id.in_(bindparam("row_ids", expanding=True))
    return sa.select(action.id, action.reason, action.ended).where(wanted, action.status == "failed")
