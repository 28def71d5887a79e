"""Events in the order of when they occurred, by whatever index leads to them.

There are two stores: `events`, and the histories of task runs, each row of which is an event.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import ColumnElement, CompoundSelect, Select, Subquery, bindparam

from penstock.db import dialect
from penstock.db.dialect import EPOCH
from penstock.db.event_tables import event_resources, events
from penstock.db.place_tables import flows
from penstock.db.tables import HAS_RARE_NAME, flow_runs, task_run_states, task_runs

Conditions: TypeAlias = list[ColumnElement[bool]]
event, part, state = events.c, event_resources.c, task_run_states.c

USUAL_NAMES = frozenset({"Completed", "Pending", "Running"})
"""Names of states that every task run has; the others have an index of their own."""


class Stretch(Struct, frozen=True, kw_only=True):
    """Which part of the order of events: between two moments, and behind a place."""

    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, UUID] | None = None
    descending: bool = True

    def conditions(self, occurred: ColumnElement[Any], id: ColumnElement[Any]) -> Conditions:
        """That an event lies in this part."""
        found: Conditions = []
        if self.since is not None:
            found.append(occurred >= self.since)
        if self.until is not None:
            found.append(occurred <= self.until)
        if self.after is not None:
            time, last = self.after
            place = sa.tuple_(sa.literal(time, occurred.type), sa.literal(last, id.type))
            behind = sa.tuple_(occurred, id) < place if self.descending else sa.tuple_(occurred, id) > place
            # The first half again by itself: an index may have only the time.
            found += [behind, occurred <= time if self.descending else occurred >= time]
        return found

    def order(self, *columns: ColumnElement[Any]) -> list[ColumnElement[Any]]:
        """The order, from these columns."""
        return [column.desc() if self.descending else column.asc() for column in columns]


def begins_with(column: ColumnElement[Any], beginnings: Collection[str]) -> ColumnElement[bool]:
    """Whether a text begins with one of these. Not LIKE, which on SQLite doesn't mind case."""
    return sa.or_(
        sa.false(),
        *(sa.func.substr(column, 1, len(text)) == sa.literal(text, column.type) for text in beginnings),
    )


def by_time(stretch: Stretch, conditions: Conditions) -> Select[Any]:
    """Events that meet some conditions."""
    places = stretch.conditions(event.occurred, event.id)
    return sa.select(events).where(*places, *conditions).order_by(*stretch.order(event.occurred, event.id))


def by_beginning(stretch: Stretch, among: ColumnElement[bool], conditions: Conditions) -> Select[Any]:
    """Events that are reached by how something of theirs begins, and not by their time."""
    # As a sum, so that no index of the time looks as if it would do.
    moment = sa.type_coerce(sa.type_coerce(event.occurred, sa.BigInteger) + 0, event.occurred.type)
    places = stretch.conditions(moment, event.id)
    found = sa.select(events).where(among, *places, *conditions)
    return found.order_by(*stretch.order(moment, event.id))


def that_are(condition: ColumnElement[bool]) -> Select[Any]:
    """Events that meet a condition, in no order."""
    return sa.select(events).where(condition)


def any_of_beginnings(column: ColumnElement[Any], beginnings: Collection[str]) -> ColumnElement[bool]:
    """Whether a text begins with one of these, by the index of the column."""
    return sa.or_(sa.false(), *(dialect.begins_with(column, text) for text in beginnings))


def by_resource(stretch: Stretch, number: int, conditions: Conditions) -> Select[Any]:
    """Events in which the resource with this number has part."""
    places = stretch.conditions(part.occurred, part.event_id)
    return (
        sa.select(events)
        .join(event_resources, part.event_id == event.id)
        .where(part.resource_hash == number, *places, *conditions)
        .order_by(*stretch.order(part.occurred, part.event_id))
    )


def states_by_time(stretch: Stretch, conditions: Conditions) -> Select[Any]:
    """Rows of histories of task runs."""
    places = stretch.conditions(state.timestamp, state.id)
    found = sa.select(task_run_states).where(*places, *conditions)
    return found.order_by(*stretch.order(state.timestamp, state.id))


def states_of(stretch: Stretch, runs: Any, conditions: Conditions) -> Select[Any]:
    """Rows of the histories of some task runs, which are reached by these and not by their time."""
    places = stretch.conditions(state.timestamp, state.id)
    found = sa.select(task_run_states).where(state.task_run_id.in_(runs), *places, *conditions)
    # As a sum, so that no index of the time looks as if it would do.
    return found.order_by(*stretch.order(sa.type_coerce(state.timestamp, sa.BigInteger) + 0, state.id))


def runs_of(flow_run_ids: Collection[UUID]) -> Select[Any]:
    """The ids of the task runs of flow runs."""
    return sa.select(task_runs.c.id).where(task_runs.c.flow_run_id.in_(list(flow_run_ids)))


def is_of_flow_run(flow_run_ids: Collection[UUID]) -> ColumnElement[bool]:
    """Whether a state is one of a task run of these flow runs; asked of each that the time leads to."""
    of_state = task_runs.c.id == state.task_run_id
    return sa.exists().where(of_state, task_runs.c.flow_run_id.in_(list(flow_run_ids)))


def named(names: Collection[str]) -> ColumnElement[bool]:
    """Whether a state has one of these names."""
    found = state.name.in_(sorted(names))
    return found if set(names) & USUAL_NAMES else sa.and_(HAS_RARE_NAME, found)


def with_runs(page: Select[Any], stretch: Stretch) -> Select[Any]:
    """Rows of histories with all that the events which they are say of task run and flow run."""
    return _with_runs(page.subquery("page"), stretch)


def _with_runs(page: Subquery, stretch: Stretch) -> Select[Any]:
    before = task_run_states.alias("before")
    is_before = sa.and_(before.c.task_run_id == page.c.task_run_id, before.c.sequence == page.c.sequence - 1)
    around = (
        page.join(task_runs, task_runs.c.id == page.c.task_run_id)
        .outerjoin(before, is_before)
        .outerjoin(flow_runs, flow_runs.c.id == task_runs.c.flow_run_id)
        .outerjoin(flows, flows.c.id == flow_runs.c.flow_id)
    )
    columns = [
        *(column.label(f"state_{column.name}") for column in page.c),
        *(before.c[name].label(f"before_{name}") for name in _SAID_OF_BEFORE),
        *(task_runs.c[name].label(f"run_{name}") for name in _SAID_OF_RUN),
        _starts(page).label("starts"),
        task_runs.c.flow_run_id,
        flow_runs.c.name.label("flow_run_name"),
        flow_runs.c.created_by.label("flow_run_created_by"),
        flow_runs.c.flow_id,
        flows.c.name.label("flow_name"),
    ]
    order = stretch.order(page.c.timestamp, page.c.id)
    return sa.select(*columns).select_from(around).order_by(*order)


_SAID_OF_BEFORE = ("id", "type", "name", "timestamp", "message", "details")
_SAID_OF_RUN = (
    "name",
    "task_key",
    "dynamic_key",
    "cache_key",
    "cache_expiration",
    "task_version",
    "empirical_policy",
    "tags",
    "labels",
    "task_inputs",
    "flow_run_run_count",
    "expected_start_time",
    "start_time",
    "end_time",
    "total_run_time",
)


def _starts(page: Subquery) -> Any:
    """How often the task run had started when it entered the state."""
    others = task_run_states.alias("others")
    return (
        sa.select(sa.func.count())
        .where(
            others.c.task_run_id == page.c.task_run_id,
            others.c.sequence <= page.c.sequence,
            others.c.type == sa.literal_column("'RUNNING'"),
        )
        .scalar_subquery()
    )


def names(at_most: int, beginning: str = "") -> Select[Any]:
    """The names of events in `events` that begin so, no more than that; without looking at each event."""

    def first(*conditions: ColumnElement[bool]) -> Any:
        some = sa.select(event.event).where(*conditions).order_by(dialect.in_order(event.event)).limit(1)
        return some.scalar_subquery()

    among = dialect.begins_with(event.event, beginning)
    start = sa.select(first(among).label("name"), sa.literal(1).label("number"))
    found = start.cte("found", recursive=True)
    # With one bound: of two that are lower, SQLite might look from the lowest on each time.
    following = first(dialect.comes_after(event.event, found.c.name))
    step = sa.select(following, found.c.number + 1)
    found = found.union_all(step.where(begins_with(found.c.name, [beginning]), found.c.number < at_most))
    return sa.select(found.c.name).where(begins_with(found.c.name, [beginning]))


def counted(found: Select[Any], at_most: int) -> Select[Any]:
    """How many rows there are, if they are not more than that."""
    some = found.with_only_columns(sa.literal(1).label("one"), maintain_column_froms=True)
    return sa.select(sa.func.count()).select_from(some.order_by(None).limit(at_most).subquery())


def with_ids(ids: Sequence[UUID]) -> Select[Any]:
    """Events of `events` by their ids."""
    return sa.select(events).where(event.id.in_(ids))


def states_with_ids(ids: Sequence[UUID]) -> Select[Any]:
    """Rows of histories of task runs by their ids."""
    return sa.select(task_run_states).where(state.id.in_(ids))


@cache
def event_of_id() -> Select[Any]:
    """The event `row_id` of `events`."""
    return sa.select(events).where(event.id == bindparam("row_id"))


def state_names(at_most: int) -> Select[Any]:
    """The names of states that few task runs were in, no more than that; without looking at each state."""

    def first(*conditions: ColumnElement[bool]) -> Any:
        return sa.select(sa.func.min(state.name)).where(HAS_RARE_NAME, *conditions).scalar_subquery()

    found = sa.select(first().label("name"), sa.literal(1).label("number")).cte("found", recursive=True)
    step = sa.select(first(state.name > found.c.name), found.c.number + 1)
    found = found.union_all(step.where(found.c.name.is_not(None), found.c.number < at_most))
    return sa.select(found.c.name).where(found.c.name.is_not(None))


def by_names(found: Select[Any], names: Collection[str], *, is_history: bool) -> CompoundSelect[Any]:
    """As `grouped` by name, each of these names by itself: grouped, all events would have to be sorted."""
    occurred = state.timestamp if is_history else event.occurred

    def one(name: str) -> Select[Any]:
        is_it = named([name]) if is_history else event.event == name
        counted = found.where(is_it).with_only_columns(
            sa.literal(name, state.name.type).label("value"), *_figures(occurred)
        )
        return counted.order_by(None)

    return sa.union_all(*(one(name) for name in names))


def in_spans(spans: Sequence[tuple[int, Stretch, Select[Any]]]) -> CompoundSelect[Any]:
    """How many events there are in each span of time, by its number, its ends and what is found in it."""

    def one(number: int, at: Stretch, found: Select[Any]) -> Select[Any]:
        columns = (
            sa.literal(number, sa.BigInteger).label("value"),
            sa.func.count().label("count"),
            sa.literal(at.since, event.occurred.type).label("first"),
            sa.literal(at.until, event.occurred.type).label("last"),
        )
        return found.with_only_columns(*columns, maintain_column_froms=True).order_by(None)

    return sa.union_all(*(one(*span) for span in spans))


def grouped(found: Select[Any], by: str, *, is_history: bool) -> Select[Any]:
    """How many events there are of each name or resource, and when the first and the last one occurred."""
    if by == "name":
        value: ColumnElement[Any] = state.name if is_history else event.event
    else:
        value = state.task_run_id if is_history else event.resource_id
    return _grouped(found, value, state.timestamp if is_history else event.occurred)


def grouped_by_span(found: Select[Any], origin: datetime, width: int, *, is_history: bool) -> Select[Any]:
    """How many events there are in each span of so many microseconds, by its number from `origin`."""
    occurred = state.timestamp if is_history else event.occurred
    since_origin = sa.type_coerce(occurred, sa.BigInteger) - (origin - EPOCH) // timedelta(microseconds=1)
    # Whole numbers are rounded towards 0; no event is older than the origin by a span.
    return _grouped(found, since_origin // sa.literal(width, sa.BigInteger), occurred)


def _grouped(found: Select[Any], value: ColumnElement[Any], occurred: ColumnElement[Any]) -> Select[Any]:
    return found.with_only_columns(value.label("value"), *_figures(occurred)).order_by(None).group_by(value)


def _figures(occurred: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    return (
        sa.func.count().label("count"),
        sa.func.min(occurred, type_=occurred.type).label("first"),
        sa.func.max(occurred, type_=occurred.type).label("last"),
    )


def arrived(stretch: Stretch, conditions: Conditions) -> Select[Any]:
    """Events in the order in which they were received, in which the stretch is meant too."""
    places = stretch.conditions(event.received, event.id)
    found = sa.select(events).where(*places, *conditions)
    return found.order_by(*stretch.order(event.received, event.id))


def states_arrived(stretch: Stretch, conditions: Conditions) -> Select[Any]:
    """The same of rows of histories of task runs."""
    places = stretch.conditions(state.received, state.id)
    found = sa.select(task_run_states).where(*places, *conditions)
    return found.order_by(*stretch.order(state.received, state.id))


def all_of(conditions: Conditions) -> ColumnElement[bool]:
    """Whether all of them hold."""
    return sa.and_(sa.true(), *conditions)


def one_of(conditions: Conditions) -> ColumnElement[bool]:
    """Whether at least one of them holds."""
    return sa.or_(sa.false(), *conditions)
