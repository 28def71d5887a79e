"""Events counted: by name, by resource, by day, by spans of time."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from penstock.contract.events import (
    Countable,
    EventCount,
    EventCountQuery,
    EventFilter,
    EventResourceFilter,
    TimeUnit,
)
from penstock.db.port import Row, Transaction
from penstock.db.statements import stored_events as statements
from penstock.db.statements.stored_events import Stretch
from penstock.domain.errors import InvalidInput
from penstock.domain.events import NAME, Event, resource_id
from penstock.server import event_reading
from penstock.server.event_plans import Plan, Source, plan
from penstock.server.event_sources.task_runs import PREFIX

MAX_SPANS = 1_000
_MAX_LOOKED_AT = 50_000
_MOST_ROWS = 200
_NAMED = 50
_ORIGIN = datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday, from which spans are counted."""
_COUNTED_ONE_BY_ONE = 100
"""So many spans, or names, are counted each by itself: that is faster than to sort all events into groups."""
_MOST_CONDITIONS = 1_000
"""So many conditions all of them may have together: a statement with more takes longer than it saves."""
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_LONGEST_SPAN = timedelta(days=3_650)
_MICROSECOND = timedelta(microseconds=1)
_UNITS = {
    TimeUnit.WEEK: timedelta(weeks=1),
    TimeUnit.DAY: timedelta(days=1),
    TimeUnit.HOUR: timedelta(hours=1),
    TimeUnit.MINUTE: timedelta(minutes=1),
    TimeUnit.SECOND: timedelta(seconds=1),
}


class Group(Struct, kw_only=True):
    """Events that are counted together."""

    count: int
    first: datetime
    last: datetime

    def add(self, count: int, first: datetime, last: datetime) -> None:
        """Count some more."""
        self.count += count
        self.first, self.last = min(self.first, first), max(self.last, last)


async def count(tx: Transaction, countable: Countable, body: EventCountQuery) -> list[EventCount]:
    """How many events the filter means, by what is asked.

    Raises:
        InvalidInput: There would be too many spans, or too many events to look at one by one.
    """
    if countable in (Countable.EVENT, Countable.RESOURCE):
        return await _by_kind(tx, countable, body.filter)
    is_time = countable is Countable.TIME
    span = _span(body) if is_time else _UNITS[TimeUnit.DAY]
    groups = await _grouped(tx, countable, body.filter, span)
    numbers = sorted(groups)
    if is_time and (bounds := _bounds(body.filter, numbers, span)):
        numbers = _range(*bounds)
    return [_of_span(number, groups.get(number), span) for number in numbers]


def _span(body: EventCountQuery) -> timedelta:
    unit = _UNITS[body.time_unit]
    if body.time_interval > _LONGEST_SPAN / unit:
        message = f"A span is at most {_LONGEST_SPAN.days:,} days long."
        raise InvalidInput(message, field="time_interval")
    return unit * body.time_interval


async def _by_kind(tx: Transaction, countable: Countable, filter: EventFilter) -> list[EventCount]:
    """By name or resource, the most frequent first."""
    groups = await _grouped(tx, countable, filter, timedelta(days=1))
    ordered = sorted(groups.items(), key=lambda item: (-item[1].count, item[0]))[:_MOST_ROWS]
    values = [value for value, _ in ordered[:_NAMED]] if countable is Countable.RESOURCE else []
    labels = {value: await _name(tx, filter, value) for value in values}
    return [
        EventCount(
            value=value,
            label=labels.get(value) or value,
            count=group.count,
            start_time=group.first,
            end_time=group.last,
        )
        for value, group in ordered
    ]


async def _name(tx: Transaction, filter: EventFilter, resource: str) -> str | None:
    """What a resource is called by its last event."""
    asked = EventFilter(occurred=filter.occurred, resource=EventResourceFilter(id=[resource]))
    found = await event_reading.find(tx, asked, 1)
    return found.events[0].resource.get(NAME) if found.events else None


def _of_span(number: int, group: Group | None, span: timedelta) -> EventCount:
    start, end = _moment(number * span), _moment((number + 1) * span)
    text = start.isoformat()
    counted = group.count if group else 0
    return EventCount(value=text, label=text, count=counted, start_time=start, end_time=end)


def _moment(since_origin: timedelta) -> datetime:
    """Spans at the ends of time reach beyond what can be written."""
    try:
        return _ORIGIN + since_origin
    except OverflowError:
        return _LATEST if since_origin > timedelta(0) else _EARLIEST


def _bounds(filter: EventFilter, numbers: Sequence[int], span: timedelta) -> tuple[int, int] | None:
    """The first and the last span to show, empty ones included."""
    since, until = filter.occurred.since, filter.occurred.until
    first = (since - _ORIGIN) // span if since else min(numbers, default=None)
    last = (until - _ORIGIN) // span if until else max(numbers, default=first)
    return None if first is None or last is None else (first, last)


def _range(first: int, last: int) -> list[int]:
    if last - first >= MAX_SPANS:
        message = f"There would be {last - first + 1:,} spans, and one answer has {MAX_SPANS:,} at most."
        raise InvalidInput(message, field="time_interval", hint="Take longer spans, or a shorter time.")
    return [*range(first, last + 1)]


async def _grouped(
    tx: Transaction, countable: Countable, filter: EventFilter, span: timedelta
) -> dict[Any, Group]:
    planned = await plan(tx, filter)
    is_distinct = filter.resource is not None and filter.resource.distinct
    if planned.is_exact and not is_distinct:
        return await _by_database(tx, countable, planned, filter, span)
    return await _one_by_one(tx, countable, filter, span)


async def _by_database(
    tx: Transaction, countable: Countable, planned: Plan, filter: EventFilter, span: timedelta
) -> dict[Any, Group]:
    groups: dict[Any, Group] = {}
    for source in planned.sources:
        for row in await tx.fetch_all(await _statement(tx, source, countable, filter, span)):
            if row["count"]:
                value = _value(source, countable, row)
                _add(groups, value, row["count"], row["first"], row["last"])
    return groups


async def _statement(
    tx: Transaction, source: Source, countable: Countable, filter: EventFilter, span: timedelta
) -> Any:
    """What counts a source's events: each group by itself where these are known and not many."""
    stretch = Stretch(since=filter.occurred.since, until=filter.occurred.until)
    by = {Countable.EVENT: "name", Countable.RESOURCE: "resource"}.get(countable)
    if by is None:
        if source.is_along_time and (spans := _spans(filter, span)):
            return statements.in_spans([(n, at, source.statement(at)) for n, at in spans])
        found, width = source.statement(stretch), span // _MICROSECOND
        return statements.grouped_by_span(found, _ORIGIN, width, is_history=source.is_history)
    found = source.statement(stretch)
    if by == "name" and source.is_along_time and filter.event is None:
        names = await _names(tx, is_history=source.is_history)
        if _may_stand_alone(filter, len(names)):
            return statements.by_names(found, names, is_history=source.is_history)
    return statements.grouped(found, by, is_history=source.is_history)


async def _names(tx: Transaction, *, is_history: bool) -> list[str]:
    """Names among which those of all events are; more than `_COUNTED_ONE_BY_ONE`, if there may be others."""
    most = _COUNTED_ONE_BY_ONE + 1
    found = await tx.fetch_all(statements.state_names(most) if is_history else statements.names(most))
    return [*(sorted(statements.USUAL_NAMES) if is_history else ()), *(row["name"] for row in found)]


def _spans(filter: EventFilter, span: timedelta) -> list[tuple[int, Stretch]]:
    """The spans between two moments, with as much of each as lies there; none where there are too many."""
    since, until = filter.occurred.since, filter.occurred.until
    if since is None or until is None:
        return []
    numbers = range((since - _ORIGIN) // span, (until - _ORIGIN) // span + 1)
    if not _may_stand_alone(filter, len(numbers)):
        return []
    starts = [since, *(_moment(number * span) for number in numbers[1:])]
    ends = [*(start - _MICROSECOND for start in starts[1:]), until]
    return [
        (number, Stretch(since=start, until=end))
        for number, start, end in zip(numbers, starts, ends, strict=True)
    ]


def _may_stand_alone(filter: EventFilter, groups: int) -> bool:
    """Whether each of so many groups may be counted by itself."""
    event, resource = filter.event, filter.resource
    said = [event.prefix, event.exclude_prefix, event.name, event.exclude_name] if event else []
    said += [resource.id_prefix] if resource else []
    conditions = 1 + sum(len(each) for each in said if each is not None)
    return 0 < groups <= _COUNTED_ONE_BY_ONE and groups * conditions <= _MOST_CONDITIONS


def _value(source: Source, countable: Countable, row: Row) -> Any:
    value = row["value"]
    if not source.is_history:
        return value
    if countable is Countable.EVENT:
        return f"{PREFIX}{value}"
    return resource_id("task-run", value) if countable is Countable.RESOURCE else value


def _add(groups: dict[Any, Group], value: Any, count: int, first: datetime, last: datetime) -> None:
    if value in groups:
        groups[value].add(count, first, last)
    else:
        groups[value] = Group(count=count, first=first, last=last)


async def _one_by_one(
    tx: Transaction, countable: Countable, filter: EventFilter, span: timedelta
) -> dict[Any, Group]:
    groups: dict[Any, Group] = {}
    value = _reader(countable, span)
    looked_at = 0
    async for event, is_meant in event_reading.scan(tx, filter, at_most=_MAX_LOOKED_AT + 1):
        looked_at += 1
        if looked_at > _MAX_LOOKED_AT:
            message = f"More than {_MAX_LOOKED_AT:,} events would have to be looked at one by one."
            raise InvalidInput(message, field="filter.occurred", hint="Ask for a shorter time.")
        if is_meant:
            _add(groups, value(event), 1, event.occurred, event.occurred)
    return groups


def _reader(countable: Countable, span: timedelta) -> Callable[[Event], Any]:
    if countable is Countable.EVENT:
        return lambda event: event.event
    if countable is Countable.RESOURCE:
        return lambda event: event.resource_id
    return lambda event: (event.occurred - _ORIGIN) // span
