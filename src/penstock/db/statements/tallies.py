"""Runs are counted by the tallies of those that have ended, so that a million of them cost no look at each.

A tally knows whole hours. What is asked of a time that begins or ends within an hour is looked for among the
runs of that hour, and runs that have not ended, which are few, among themselves. What all of these *pieces*
have is added up.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import ColumnElement, Select, Table

from penstock.contract.operators import Operator
from penstock.db import dialect
from penstock.db.dialect import EPOCH
from penstock.db.statements import filters
from penstock.db.statements.history import lateness, run_time
from penstock.db.statements.pages import Condition, looked_at
from penstock.db.tally_tables import TALLIED_FROM_SECONDS, run_tallies
from penstock.domain.states import TERMINAL_TYPES, StateType

_MICROSECOND = timedelta(microseconds=1)
_HOUR = 3_600_000_000
_YEAR_1 = -1_000_000 * TALLIED_FROM_SECONDS
SHORTEST_SLICE = timedelta(hours=2)
"""A shorter one may have no whole hour in it."""

tally = run_tallies.c


class Tallied(Struct, frozen=True, eq=False):
    """Runs of which tallies know all that is asked: their states, when they were expected, and for whom."""

    runs: Table
    state: Any = None
    """A filter by state."""
    has_parent: bool | None = None
    """Whether a flow run is another's, or a task run that of a flow run; None: either."""
    since: int | None = None
    """The first moment at which they were expected, in microseconds since 1970."""
    until: int | None = None
    """The first that is too late."""

    def expected(self, start: datetime, end: datetime) -> "Tallied":
        """Of these, those that were expected from `start` until before `end`."""
        since, until = (_number(moment) for moment in (start, end))
        return replace(
            self,
            since=since if self.since is None else max(since, self.since),
            until=until if self.until is None else min(until, self.until),
        )


_KNOWN = {"operator", "state", "expected_start_time"}
_PARENTS = {"flow_runs": "parent_task_run_id", "task_runs": "flow_run_id"}


def tallied(runs: Table, form: Struct) -> Tallied | None:
    """What a criteria form asks for, if tallies know all about it."""
    if filters.criteria(runs, replace(form, **{runs.name: None})):
        return None
    by = getattr(form, runs.name)
    return Tallied(runs) if by is None else _tallied(runs, by)


def _tallied(runs: Table, by: Any) -> Tallied | None:
    parent, state, expected = getattr(by, _PARENTS[runs.name]), by.state, by.expected_start_time
    said = {name for name, value in asdict(by).items() if value is not None}
    if said - _KNOWN - {_PARENTS[runs.name]} or (parent is not None and parent.any_ is not None):
        return None
    if by.operator is not Operator.AND or (state is not None and state.operator is not Operator.AND):
        return None
    is_null = parent.is_null_ if parent is not None else None
    after, before = (expected.after_, expected.before_) if expected is not None else (None, None)
    return Tallied(
        runs,
        state,
        None if is_null is None else not is_null,
        None if after is None else _number(after),
        None if before is None else _number(before) + 1,
    )


def count(of: Tallied, now: datetime) -> Select[Any]:
    """How many runs there are."""
    found = _together(of, now)
    return sa.select(_sum(found.c.number))


def by_state_type(of: Tallied, now: datetime) -> Select[Any]:
    """How many runs are in states of which type."""
    found = _together(of, now)
    type_: ColumnElement[Any] = found.c.state_type
    counted: Select[Any] = sa.select(type_, _sum(found.c.number).label("count"))
    return counted.where(type_.is_not(None)).group_by(type_)


def mean_lateness(of: Tallied, now: datetime) -> Select[Any]:
    """The lateness of the runs, `late` in sum, and their `count`."""
    found = _together(of, now)
    sums: list[ColumnElement[Any]] = [_sum(found.c.late).label("late"), _sum(found.c.number).label("count")]
    return sa.select(*sums)


def slices(of: Tallied, start: datetime, width: timedelta, now: datetime) -> Select[Any]:
    """For each slice and state: how many runs, and the sums of their run times and of their lateness.

    Slices are counted from 0 at `start`, and are as wide as `SHORTEST_SLICE` at least; `of` says since when
    and until when.
    """
    grid = _Grid(_number(start), width // _MICROSECOND)
    found = _together(of, now, grid)
    key = (found.c.slice, found.c.state_type, found.c.state_name)
    sums = [_sum(found.c[name]).label(name) for name in ("run_time", "late")]
    return (
        sa.select(*key, _sum(found.c.number).label("count"), *sums)
        .where(found.c.state_type.is_not(None))
        .group_by(*key)
        .having(_sum(found.c.number) > 0)
        .order_by(*key)
    )


class _Grid(Struct, frozen=True):
    """Slices of time, in microseconds."""

    start: int
    width: int

    def place(self, moment: ColumnElement[int]) -> ColumnElement[int]:
        """In which slice a moment lies."""
        return (moment - _literal(self.start)) // _literal(self.width)


_ALL = _Grid(_YEAR_1, 12_000 * 366 * 24 * _HOUR)
"""One slice that ends after all times."""


def _together(of: Tallied, now: datetime, grid: _Grid = _ALL) -> Any:
    return sa.union_all(*_pieces(of, now, grid)).subquery("found")


def _pieces(of: Tallied, now: datetime, grid: _Grid) -> Iterator[Select[Any]]:
    yield _of_whole_hours(of, grid)
    among = looked_at([*filters.in_state(of.runs, of.state), *_of_parents(of)])
    expected = sa.type_coerce(of.runs.c.expected_start_time, sa.BigInteger)
    within = [*_within(of, expected)]
    for live in _lives(of):
        yield _of_runs(of, now, grid).where(live, *among, *within)
    if (hours := _split_hours(of, grid)) is not None:
        has_ended = of.runs.c.state_type.in_(sorted(TERMINAL_TYPES))
        # With no other bounds: of two that are lower, a database might look from the lowest on each time.
        among_these = sa.and_(expected >= hours.c.begin, expected < hours.c.end)
        yield _of_runs(of, now, grid).join(hours, among_these).where(*looked_at([has_ended]), *among)


def _of_whole_hours(of: Tallied, grid: _Grid) -> Select[Any]:
    begin = _begin(tally.hour)
    conditions: list[Condition] = [tally.runs == of.runs.name, *filters.in_state(run_tallies, of.state)]
    if of.has_parent is not None:
        conditions.append(tally.has_parent.is_(of.has_parent))
    if of.since is not None:
        conditions.append(tally.hour >= -((_YEAR_1 - of.since) // _HOUR))
    if of.until is not None:
        conditions.append(tally.hour < (of.until - _YEAR_1) // _HOUR)
        conditions.append(tally.hour >= 0)
    if grid is not _ALL:
        conditions.append(grid.place(begin) == grid.place(begin + (_HOUR - 1)))
    return sa.select(
        grid.place(begin).label("slice"),
        tally.state_type,
        tally.state_name,
        tally.number,
        tally.run_time,
        tally.late,
    ).where(*conditions)


def _of_runs(of: Tallied, now: datetime, grid: _Grid) -> Select[Any]:
    run = of.runs.c
    return sa.select(
        grid.place(sa.type_coerce(run.expected_start_time, sa.BigInteger)).label("slice"),
        run.state_type,
        run.state_name,
        sa.literal(1, sa.BigInteger).label("number"),
        run_time(of.runs, now).label("run_time"),
        lateness(of.runs, now).label("late"),
    ).select_from(of.runs)


def _lives(of: Tallied) -> Iterator[Condition]:
    """Conditions for the runs that have not ended, as an index knows them."""
    types = of.state.type if of.state is not None else None
    wanted = set(StateType) if types is None or types.any_ is None else set(types.any_)
    if live := sorted(wanted - TERMINAL_TYPES):
        yield of.runs.c.state_type.in_(live)
    if types is None or types.any_ is None:
        yield of.runs.c.state_type.is_(None)


def _of_parents(of: Tallied) -> Iterator[Condition]:
    parent = of.runs.c[_PARENTS[str(of.runs.name)]]
    if of.has_parent is not None:
        yield parent.is_not(None) if of.has_parent else parent.is_(None)


def _within(of: Tallied, expected: ColumnElement[int]) -> Iterator[Condition]:
    if of.since is not None:
        yield expected >= _literal(of.since)
    if of.until is not None:
        yield expected < _literal(of.until)


def _split_hours(of: Tallied, grid: _Grid) -> Any:
    """The hours that are not whole in one slice, as far as they are asked for; None where there are none."""
    if grid is not _ALL:
        return _clipped(of, _hours_of_grid(of, grid))
    ends = {(end - _YEAR_1) // _HOUR for end in (of.since, of.until) if end is not None and end % _HOUR}
    if not ends:
        return None
    first, *others = (sa.select(_literal(hour).label("hour")) for hour in sorted(ends))
    return _clipped(of, first.union_all(*others))


def _hours_of_grid(of: Tallied, grid: _Grid) -> Any:
    assert of.since is not None and of.until is not None, "slices have a first and a last"
    until = _literal(of.until)
    edge = sa.select(_literal(of.since).label("at")).cte("edge", recursive=True)
    following = grid.start + (grid.place(edge.c.at) + 1) * _literal(grid.width)
    edge = edge.union_all(sa.select(following).where(edge.c.at < until))
    at = sa.case((edge.c.at > until, until), else_=edge.c.at)
    return sa.select(((at - _YEAR_1) // _HOUR).label("hour")).where(at % _HOUR != 0).distinct()


def _clipped(of: Tallied, hours: Any) -> Any:
    """Rows of hours, each from its `begin` until before its `end`, without what is not asked for."""
    found = hours.subquery("hour")
    begin, end = _begin(found.c.hour), _begin(found.c.hour + 1)
    if of.since is not None:
        begin = sa.case((begin < of.since, _literal(of.since)), else_=begin)
    if of.until is not None:
        end = sa.case((end > of.until, _literal(of.until)), else_=end)
    return sa.select(begin.label("begin"), end.label("end")).subquery("hours")


def _begin(hour: ColumnElement[int]) -> ColumnElement[int]:
    return hour * _HOUR + _YEAR_1


def _number(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def _literal(number: int) -> ColumnElement[int]:
    return sa.literal(number, sa.BigInteger)


def _sum(numbers: ColumnElement[int]) -> ColumnElement[int]:
    # PostgreSQL sums whole numbers to a decimal one.
    return sa.cast(sa.func.coalesce(sa.func.sum(numbers), 0), sa.BigInteger)


@cache
def add_up() -> Select[Any]:
    """Add up to `at_most` parts of hours, the oldest first, and say how many they were.

    PostgreSQL alone has such rows, and takes this statement.
    """
    some = (
        sa.select(tally.part)
        .where(tally.part > sa.literal_column("0"))
        .order_by(tally.part)
        .limit(sa.bindparam("at_most", type_=sa.Integer))
    )
    gone = run_tallies.delete().where(tally.part.in_(some)).returning(*tally).cte("gone")
    key = [gone.c[name] for name in _KEY]
    sums = [_sum(gone.c[name]) for name in _SUMS]
    found = sa.select(*key, sa.literal_column("0"), *sums).group_by(*key).order_by(*key)
    insert = dialect.upsert(run_tallies, key=(*_KEY, "part"), add=_SUMS)
    kept = insert.from_select([*_KEY, "part", *_SUMS], found).cte("kept")
    return sa.select(sa.func.count()).select_from(gone).add_cte(kept)


def differences(runs: Table, at_most: int) -> Select[Any]:
    """The hours of which tallies say something else than the runs themselves."""
    run, expected = runs.c, sa.type_coerce(runs.c.expected_start_time, sa.BigInteger)
    seen: list[ColumnElement[Any]] = [
        sa.func.coalesce((expected - _YEAR_1) // _HOUR, -1).label("hour"),
        run.state_type,
        run.state_name,
        run[_PARENTS[str(runs.name)]].is_not(None).label("has_parent"),
        sa.literal_column("1").label("number"),
    ]
    told = [tally.hour, tally.state_type, tally.state_name, tally.has_parent, -tally.number]
    both = sa.union_all(
        sa.select(*seen).where(run.state_type.in_(sorted(TERMINAL_TYPES))),
        sa.select(*told).where(tally.runs == runs.name),
    ).subquery("both")
    key = [both.c[name] for name in _KEY[1:]]
    missing = _sum(both.c.number).label("missing")
    return sa.select(*key, missing).group_by(*key).having(missing != 0).order_by(*key).limit(at_most)


_KEY = ("runs", "hour", "state_type", "state_name", "has_parent")
_SUMS = ("number", "run_time", "late")
