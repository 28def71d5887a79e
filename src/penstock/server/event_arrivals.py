"""Events in the order in which they were received, which is that in which automations see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from penstock.contract.events import EventNameFilter
from penstock.db.port import Transaction
from penstock.db.statements import stored_events as statements
from penstock.db.statements.stored_events import Stretch
from penstock.domain.events import Event
from penstock.server import event_plans, event_reading
from penstock.server.event_sources import task_runs

Arrival: TypeAlias = tuple[datetime, UUID]
"""When an event was received, and its id."""


async def arrived(
    tx: Transaction,
    *,
    limit: int,
    after: Arrival | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    names: Sequence[str] | None = None,
    newest_first: bool = False,
) -> list[Event]:
    """The first events that were received behind a place and between two moments.

    Args:
        names: Patterns of which one must meet the name; one may end in `*`. None: any name.
    """
    stretch = Stretch(since=since, until=until, after=after, descending=newest_first)
    conditions, of_history = event_plans.conditions_of(_filters(names))
    page = statements.arrived(stretch, conditions).limit(limit)
    found = [event_reading.event_of(row) for row in await tx.fetch_all(page)]
    if of_history is not None:
        states = statements.states_arrived(stretch, of_history).limit(limit)
        rows = await tx.fetch_all(statements.with_runs(states, stretch))
        found += [task_runs.event_of(row) for row in rows]
    return sorted(found, key=arrival_of, reverse=newest_first)[:limit]


async def count(tx: Transaction, *, since: datetime, at_most: int, names: Sequence[str] | None = None) -> int:
    """How many events there are since a moment; no more than so many are counted."""
    stretch = Stretch(since=since)
    conditions, of_history = event_plans.conditions_of(_filters(names))
    pages = [statements.arrived(stretch, conditions)]
    if of_history is not None:
        pages.append(statements.states_arrived(stretch, of_history))
    counted = [int(await tx.fetch_value(statements.counted(page, at_most))) for page in pages]
    return min(sum(counted), at_most)


def arrival_of(event: Event) -> Arrival:
    """When an event was received, and its id."""
    return event.received or event.occurred, event.id


def _filters(names: Sequence[str] | None) -> list[EventNameFilter]:
    """One of these must be met; none: all events are meant."""
    if names is None or "*" in names:
        return []
    exact = [name for name in names if not name.endswith("*")]
    beginnings = [name[:-1] for name in names if name.endswith("*")]
    return [
        EventNameFilter(name=exact),
        *([EventNameFilter(prefix=beginnings)] if beginnings else []),
    ]
