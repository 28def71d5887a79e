"""Actions of automations that fired: found when they are due, taken by one server, and marked."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Select, Update, bindparam

from penstock.db import dialect
from penstock.db.dialect import Timestamp
from penstock.db.event_tables import automation_actions, automation_firings, automations, events

PAUSED = "paused"
"""Code in the outcome of an action that was not done, since its automation was paused before."""

action, firing, automation, event = automation_actions.c, automation_firings.c, automations.c, events.c

_NOT_ENDED = action.ended.is_(None)
_NOW = bindparam("now", type_=Timestamp())

_OCCASION = (
    action.id,
    action.position,
    action.action,
    action.status,
    action.attempts,
    action.rendered,
    action.firing_id,
    firing.trigger_id,
    firing.state,
    firing.fired,
    firing.event_id,
    firing.labels,
    firing.events,
    firing.depth,
    automation.id.label("automation_id"),
    automation.name,
    automation.description,
    automation.tags,
    automation.trigger,
    event.id.label("of_event"),
    event.occurred,
    event.received,
    event.event,
    event.resource,
    event.related,
    event.payload,
    event.follows,
)


def _due() -> Select[Any]:
    return (
        sa.select(*_OCCASION)
        .select_from(
            automation_actions.join(automation_firings, firing.id == action.firing_id)
            .join(automations, automation.id == action.automation_id)
            .outerjoin(events, event.id == firing.event_id)
        )
        .where(_NOT_ENDED, action.due <= _NOW)
        .order_by(action.due, action.firing_id, action.position)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def due() -> Select[Any]:
    """At most `at_most` actions that are due at `now`, oldest first."""
    return _due()


@cache
def due_except() -> Select[Any]:
    """The same without those of one of `types`."""
    is_left_out = dialect.json_text(action.action, "type").in_(bindparam("types", expanding=True))
    return _due().where(sa.not_(is_left_out))


@cache
def next_due() -> Select[Any]:
    """When the next action becomes due after `now`."""
    return sa.select(sa.func.min(action.due)).where(_NOT_ENDED, action.due > _NOW)


@cache
def take() -> Select[Any]:
    """Those of the actions `row_ids` that are still to be done at `now`, locked to the transaction's end.

    Those that another server has locked are passed over.
    """
    return (
        sa.select(action.id)
        .where(action.id.in_(bindparam("row_ids", expanding=True)), _NOT_ENDED, action.due <= _NOW)
        .order_by(action.id)
        .with_for_update(skip_locked=True)
    )


@cache
def open_of() -> Select[Any]:
    """The actions of the automation `of_automation` that have not ended, locked to the transaction's end.

    Those that another server has locked are being done, and passed over.
    """
    return (
        sa.select(action.id, action.status)
        .where(action.automation_id == bindparam("of_automation"), _NOT_ENDED)
        .order_by(action.id)
        .with_for_update(skip_locked=True)
    )


@cache
def give_up() -> Update:
    """Let the action `row_id` be done by nobody any more, and say why."""
    told = {
        "status": "failed",
        "ended": bindparam("at"),
        "reason": bindparam("why"),
        "outcome": bindparam("told"),
    }
    return automation_actions.update().where(action.id == bindparam("row_id"), _NOT_ENDED).values(told)


@cache
def be_last() -> Update:
    """Say why the action `row_id`, which is being done, is not to be tried again."""
    return automation_actions.update().where(action.id == bindparam("row_id")).values(reason=bindparam("why"))


@cache
def reason() -> Select[Any]:
    """What is said of the action `row_id`."""
    return sa.select(action.reason).where(action.id == bindparam("row_id"))


@cache
def mark() -> Update:
    """Set the columns that are given of the action `row_id`, as long as it was tried `attempt` times."""
    is_mine = (action.id == bindparam("row_id"), action.attempts == bindparam("attempt"), _NOT_ENDED)
    return automation_actions.update().where(*is_mine)
