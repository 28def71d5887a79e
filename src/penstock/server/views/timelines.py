"""Task runs as columns: what a picture of 50,000 of them needs, and nothing else of them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.contract.timelines import Timeline
from penstock.db.dialect import EPOCH
from penstock.db.port import Row
from penstock.domain.states import StateType

T = TypeVar("T", bound=Hashable)

_MICROSECOND = timedelta(microseconds=1)
_NOT_BEGUN = ("Pending", "PENDING")
"""What is shown of a task run that is known and has no state yet."""


class _Input(Struct):
    """What is needed of one input: the run whose result it is, if it is one."""

    id: UUID | None = None


_inputs = msgspec.json.Decoder(dict[str, list[_Input]])


class _Numbers(Generic[T]):
    """Gives each value that it has not met the next number."""

    def __init__(self) -> None:
        self._numbers: dict[T, int] = {}

    def of(self, value: T) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> list[T]:
        return [*self._numbers]


def timeline(
    run: Row,
    tasks: Sequence[Row],
    attempts: Iterable[Row],
    children: Iterable[Row],
    total: int,
    now: datetime,
) -> Timeline:
    """The picture of a run, from rows of `statements.timelines`.

    Places are found by the numbers of ids: to look for an id itself takes several times as long.
    """
    origin = _origin(run, tasks)
    index: dict[int, int] = {task["id"].int: place for place, task in enumerate(tasks)}
    known = [(row["id"], index.get(row["parent_task_run_id"].int)) for row in children]
    child_at = {place: child for child, place in known if place is not None}
    waits = _waits(attempts, index, origin)
    # What takes the result of a child flow run depends on the task run that stands for it.
    index |= {child.int: place for child, place in known if place is not None}
    names: _Numbers[str] = _Numbers()
    states: _Numbers[tuple[str, str]] = _Numbers()
    groups = _task_names(tasks)
    return Timeline(
        origin=EPOCH + origin * _MICROSECOND,
        now=now,
        end=run["end_time"],
        ids=[task["id"] for task in tasks],
        labels=[task["name"] for task in tasks],
        task=[names.of(groups[task["task_key"]]) for task in tasks],
        state=[states.of(_state(task)) for task in tasks],
        expected=_milliseconds(tasks, "expected_start_time", origin),
        started=_milliseconds(tasks, "start_time", origin),
        ended=_milliseconds(tasks, "end_time", origin),
        attempts=[task["run_count"] for task in tasks],
        waits=waits,
        parents=[_parents(task["task_inputs"], index) for task in tasks],
        children=child_at,
        total=total,
        task_names=names.values,
        state_names=[name for name, _ in states.values],
        state_types=[kind for _, kind in states.values],
    )


def _origin(run: Row, tasks: Sequence[Row]) -> int:
    """Where the picture begins. A run that is tried again starts again: its first tasks began before that."""
    start = run["start_time"] or run["expected_start_time"] or run["created"]
    begin: int = (start - EPOCH) // _MICROSECOND
    return min([begin, *_moments(tasks)])


def _moments(tasks: Sequence[Row]) -> Iterator[int]:
    for task in tasks:
        for name in ("expected_start_time", "start_time", "end_time"):
            if task[name] is not None:
                yield task[name]


def _milliseconds(tasks: Sequence[Row], name: str, origin: int) -> list[int]:
    return [-1 if (moment := task[name]) is None else (moment - origin) // 1000 for task in tasks]


def _waits(attempts: Iterable[Row], index: Mapping[int, int], origin: int) -> dict[int, list[int]]:
    """From the end of an attempt, which is where the wait for the next begins, to the next."""
    waits: dict[int, list[int]] = {}
    begun: set[int] = set()
    for row in attempts:
        place = index.get(row["task_run_id"].int)
        if place is None:
            continue
        runs = row["type"] == StateType.RUNNING
        moment = (row["timestamp"] - origin) // 1000
        known = waits.get(place)
        is_open = known is not None and known[-1] == -1
        if runs and is_open and known is not None:
            known[-1] = moment
        elif not runs and place in begun and not is_open:
            waits.setdefault(place, []).extend((moment, -1))
        if runs:
            begun.add(place)
    return waits


def _state(task: Row) -> tuple[str, str]:
    return (task["state_name"], task["state_type"]) if task["state_type"] else _NOT_BEGUN


def _task_names(tasks: Sequence[Row]) -> dict[str, str]:
    """The name of each task by its key: a run is called after its task, unless it was given another name."""
    names: dict[str, str] = {}
    for task in tasks:
        key, tail = task["task_key"], f"-{task['dynamic_key']}"
        if task["name"].endswith(tail):
            names[key] = task["name"].removesuffix(tail)
        else:
            names.setdefault(key, key.rpartition(".")[2])
    return names


def _parents(inputs: str, index: Mapping[int, int]) -> list[int]:
    if '"id"' not in inputs:
        return []
    found: dict[int, None] = {}
    for taken in _inputs.decode(inputs).values():
        for each in taken:
            if each.id is not None and (place := index.get(each.id.int)) is not None:
                found[place] = None
    return [*found]
