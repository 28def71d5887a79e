"""Which indexes lead to the events that a filter means."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from penstock.contract.events import (
    EventAnyResourceFilter,
    EventFilter,
    EventNameFilter,
    EventResourceFilter,
)
from penstock.db.port import Transaction
from penstock.db.statements import stored_events as statements
from penstock.db.statements.events import resource_hash
from penstock.db.statements.stored_events import Conditions, Stretch
from penstock.server.event_filtering import name_tests, several
from penstock.server.event_sources.task_runs import PREFIX

_FLOW_RUN = "prefect.flow-run."
_MOST_STREAMS = 50
_MOST_NAMES = 200
_MANY_RUNS = 5_000
_MANY = 20_000
"""Events, of which so many are found sooner by looking for them among all, from the newest on."""


class Source(Struct, frozen=True, kw_only=True):
    """A statement that finds candidates in their order."""

    statement: Callable[[Stretch], Any]
    is_history: bool = False
    """Whether they are rows of histories of task runs."""
    is_along_time: bool = False
    """Whether a part of the time has its part of the candidates, and costs no more than these."""
    counting: Callable[[Stretch], Any] | None = None
    """A statement that finds the same sooner where their order is of no interest."""


class Plan(Struct, frozen=True, kw_only=True):
    """Sources that have all events between them which a filter means."""

    sources: list[Source]
    is_exact: bool
    """Whether they have no others, and none twice."""


async def plan(tx: Transaction, filter: EventFilter) -> Plan:
    """How to find what a filter means: by ids, by resources, by names, or by time."""
    if filter.id.id is not None:
        return Plan(sources=[*_by_ids(filter.id.id)], is_exact=_asks_only(filter, "id"))
    conditions, of_history = _conditions(filter.event), _history_conditions(filter.event)
    ids = _resources(filter)
    if ids is not None and len(ids) <= _MOST_STREAMS:
        sources = [*_by_resources(ids, conditions, of_history, _is_about(filter, ids))]
        if of_history is not None and not _is_about(filter, ids):
            sources += [source async for source in _of_flow_runs(tx, ids, of_history)]
        return Plan(sources=sources, is_exact=_is_all_of_resources(filter, ids))
    beginnings = filter.resource.id_prefix if filter.resource else None
    if beginnings is None:
        sources = [*await _by_names(tx, filter.event, conditions)]
        return _with_history(sources, of_history, is_exact=_asks_only(filter, "event"))
    if not any(text.startswith(PREFIX) or PREFIX.startswith(text) for text in beginnings):
        of_history = None
    sources = await _by_beginnings(tx, filter.event, conditions, beginnings)
    is_exact = _asks_only(filter, "event", "resource") and not _has_labels(filter.resource)
    return _with_history(sources, of_history, is_exact=is_exact and of_history is None)


def _with_history(sources: list[Source], of_history: Conditions | None, *, is_exact: bool) -> Plan:
    more = [] if of_history is None else [_history(of_history)]
    return Plan(sources=[*sources, *more], is_exact=is_exact)


def _asks_only(filter: EventFilter, *parts: str) -> bool:
    """Whether a filter asks of nothing but these parts, and of when events occurred."""
    asked = {
        "id": filter.id.id is not None,
        "event": filter.event is not None,
        "resource": filter.resource is not None,
        "related": bool(several(filter.related)),
        "any_resource": bool(several(filter.any_resource)),
        "text": filter.text is not None,
    }
    return not any(is_asked for part, is_asked in asked.items() if part not in parts)


def _by_ids(ids: list[UUID]) -> Iterator[Source]:
    yield Source(statement=lambda at: statements.by_time(at, [statements.event.id.in_(ids)]))
    yield Source(
        statement=lambda at: statements.states_by_time(at, [statements.state.id.in_(ids)]), is_history=True
    )


def _resources(filter: EventFilter) -> list[str] | None:
    """Ids of which one must have part in every event that the filter means; None where there are no such."""
    asked: list[Iterable[str] | None] = [filter.resource.id if filter.resource else None]
    for related in several(filter.related):
        asked.append(related.id)
        pairs = related.resources_in_roles
        asked.append(None if pairs is None else [id for id, _ in pairs])
    asked += [each.id for each in several(filter.any_resource)]
    known = [sorted(set(ids)) for ids in asked if ids is not None]
    return min(known, key=len) if known else None


def _is_about(filter: EventFilter, ids: list[str]) -> bool:
    """Whether all events that are meant are about one of these resources, and not only have it as a part."""
    return filter.resource is not None and set(filter.resource.id or ()) == set(ids)


def _is_all_of_resources(filter: EventFilter, ids: list[str]) -> bool:
    """Whether the filter asks only for events of these resources, and maybe for names."""
    if _is_about(filter, ids):
        return _asks_only(filter, "event", "resource") and not _has_more(filter.resource)
    several_any = several(filter.any_resource)
    is_one = len(several_any) == len(ids) == 1 and not _has_more(several_any[0])
    return is_one and _asks_only(filter, "event", "any_resource")


def _has_labels(asked: EventResourceFilter | None) -> bool:
    return asked is not None and asked.labels is not None


def _has_more(asked: EventResourceFilter | EventAnyResourceFilter | None) -> bool:
    return asked is not None and (asked.id_prefix is not None or asked.labels is not None)


def _by_resources(
    ids: list[str], conditions: Conditions, of_history: Conditions | None, is_about: bool
) -> Iterator[Source]:
    for id in ids:
        about = [statements.event.resource_id == id] if is_about else []
        yield Source(statement=_of_resource(resource_hash(id), [*about, *conditions]))
    if of_history is None:
        return
    if runs := [*_uuids(ids, PREFIX)]:
        yield Source(statement=lambda at: statements.states_of(at, runs, of_history), is_history=True)


async def _of_flow_runs(tx: Transaction, ids: list[str], of_history: Conditions) -> AsyncIterator[Source]:
    """What the task runs of flow runs tell: by these, or, where they are very many, by time."""
    flow_runs = [*_uuids(ids, _FLOW_RUN)]
    if not flow_runs:
        return
    many = await tx.fetch_value(statements.counted(statements.runs_of(flow_runs), _MANY_RUNS))
    if many < _MANY_RUNS:
        among = statements.runs_of(flow_runs)
        yield Source(statement=lambda at: statements.states_of(at, among, of_history), is_history=True)
        return
    conditions = [statements.is_of_flow_run(flow_runs), *of_history]
    yield Source(statement=lambda at: statements.states_by_time(at, conditions), is_history=True)


def _of_resource(number: int, conditions: Conditions) -> Callable[[Stretch], Any]:
    return lambda at: statements.by_resource(at, number, conditions)


def _uuids(ids: Iterable[str], prefix: str) -> Iterator[UUID]:
    for id in ids:
        try:
            if id.startswith(prefix):
                yield UUID(id.removeprefix(prefix))
        except ValueError:
            continue


async def _by_names(
    tx: Transaction, asked: EventNameFilter | None, conditions: Conditions, others: Sequence[Any] = ()
) -> list[Source]:
    """One stream for each name, where few of them are wanted; else all events by time.

    Args:
        others: What more is asked of each event, besides the `conditions` that are asked of names.
    """
    found = [*conditions, *others]
    by_time = Source(statement=lambda at: statements.by_time(at, found), is_along_time=True)
    if asked is None:
        return [by_time]
    known = await _known_names(tx, asked)
    wanted = [name for name in known if all(test(name) for test in name_tests(asked))]
    is_said = asked.name is not None or (asked.prefix is not None and "" not in asked.prefix)
    if len(known) < _MOST_NAMES and len(wanted) <= _MOST_STREAMS and (is_said or len(wanted) < len(known)):
        return [Source(statement=_of_name(name, others), is_along_time=True) for name in wanted]
    if asked.prefix is None:
        return [by_time]
    among = statements.any_of_beginnings(statements.event.event, asked.prefix)
    return [await _few_or_all(tx, among, found)]


async def _known_names(tx: Transaction, asked: EventNameFilter) -> list[str]:
    """Names among which all are that a filter means; at `_MOST_NAMES` there may be more."""
    if asked.name is not None:
        return sorted(set(asked.name))
    found: set[str] = set()
    for beginning in [""] if asked.prefix is None else asked.prefix:
        rows = await tx.fetch_all(statements.names(_MOST_NAMES, beginning))
        found.update(row["name"] for row in rows)
    return sorted(found)


async def _by_beginnings(
    tx: Transaction, asked: EventNameFilter | None, conditions: Conditions, beginnings: list[str]
) -> list[Source]:
    """Events about resources whose ids begin so: by these, where they are few, else by names or time."""
    column = statements.event.resource_id
    among = statements.any_of_beginnings(column, beginnings)
    is_meant = statements.begins_with(column, beginnings)
    found = await _few_or_all(tx, among, [is_meant, *conditions])
    if found.counting is None or asked is None:
        return [found]
    return await _by_names(tx, asked, conditions, [is_meant])


async def _few_or_all(tx: Transaction, among: Any, conditions: Conditions) -> Source:
    """Events that are reached by how something begins, where they are not very many; else by time."""

    def reached(at: Stretch) -> Any:
        return statements.by_beginning(at, among, conditions)

    found = await tx.fetch_value(statements.counted(statements.that_are(among), _MANY))
    if found < _MANY:
        return Source(statement=reached)
    return Source(
        statement=lambda at: statements.by_time(at, conditions), is_along_time=True, counting=reached
    )


def _of_name(name: str, others: Sequence[Any]) -> Callable[[Stretch], Any]:
    return lambda at: statements.by_time(at, [statements.event.event == name, *others])


def _history(conditions: Conditions) -> Source:
    return Source(
        statement=lambda at: statements.states_by_time(at, conditions), is_history=True, is_along_time=True
    )


def _conditions(asked: EventNameFilter | None) -> Conditions:
    """What a filter asks of names, of events in their table."""
    if asked is None:
        return []
    column, found = statements.event.event, []
    if asked.prefix is not None:
        found.append(statements.begins_with(column, asked.prefix))
    if asked.name is not None:
        found.append(column.in_(asked.name))
    if asked.exclude_prefix:
        found.append(~statements.begins_with(column, asked.exclude_prefix))
    if asked.exclude_name:
        found.append(column.not_in(asked.exclude_name))
    return found


def _history_conditions(asked: EventNameFilter | None) -> Conditions | None:
    """The same of names of states; None where no event about a task run can be meant."""
    if asked is None:
        return []
    column, found = statements.state.name, []
    if asked.prefix is not None and not any(PREFIX.startswith(text) for text in asked.prefix):
        beginnings = _rests(asked.prefix)
        if not beginnings:
            return None
        found.append(statements.begins_with(column, beginnings))
    if asked.name is not None:
        if not (names := _rests(asked.name)):
            return None
        found.append(statements.named(names))
    if asked.exclude_prefix:
        if any(PREFIX.startswith(text) for text in asked.exclude_prefix):
            return None
        if unwanted := _rests(asked.exclude_prefix):
            found.append(~statements.begins_with(column, unwanted))
    if asked.exclude_name and (others := _rests(asked.exclude_name)):
        found.append(column.not_in(others))
    return found


def _rests(texts: Iterable[str]) -> list[str]:
    """What follows after the beginning that all names of events about task runs have."""
    return [text.removeprefix(PREFIX) for text in texts if text.startswith(PREFIX)]


def conditions_of(filters: list[EventNameFilter]) -> tuple[Conditions, Conditions | None]:
    """What is asked of names where one of the filters must be met: of events, and of rows of histories."""
    if not filters:
        return [], []
    stored = statements.one_of([statements.all_of(_conditions(each)) for each in filters])
    histories = [found for each in filters if (found := _history_conditions(each)) is not None]
    if not histories:
        return [stored], None
    return [stored], [statements.one_of([statements.all_of(each) for each in histories])]
