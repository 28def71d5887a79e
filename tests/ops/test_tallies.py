"""Counts that are added up from tallies are those that a look at each run would find."""

from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from msgspec import convert
from msgspec.json import encode
from tests.db.rows import add_flow

from penstock.contract import filters as f
from penstock.contract import operators as o
from penstock.contract.flow_runs import FlowRunCriteria, FlowRunHistoryQuery, HistoryQuery
from penstock.contract.task_runs import TaskRunCriteria
from penstock.db.statements import tallies
from penstock.db.tables import flow_runs, task_runs
from penstock.db.tally_tables import run_tallies
from penstock.domain.states import TERMINAL_TYPES, StateType
from penstock.server import histories
from penstock.server.services.tallies import Tallies

MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
ODD_TIMES = [None, datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, 23, 59, tzinfo=UTC), MIDNIGHT]
STATES = [
    (None, None),
    *((type_, type_.capitalize()) for type_ in StateType),
    (StateType.COMPLETED, "Cached"),
    (StateType.FAILED, "TimedOut"),
]
SINCE = (None, MIDNIGHT, MIDNIGHT + timedelta(hours=1, minutes=20), MIDNIGHT + timedelta(hours=1, minutes=50))
WINDOWS = [o.Between(after_=after, before_=before) for after, before in product(SINCE, SINCE)]
BY_STATE = [
    None,
    {"type": {"any_": [StateType.COMPLETED]}},
    {"type": {"any_": [StateType.RUNNING, StateType.FAILED]}},
    {"name": {"any_": ["Cached", "Running"]}},
    {"name": {"any_": ["nowhere"]}},
]


def columns_of(dice: Random) -> dict:
    """What a run may become."""
    expected = (
        dice.choice(ODD_TIMES) if dice.random() < 0.1 else MIDNIGHT + dice.random() * timedelta(hours=5)
    )
    start = (
        None
        if dice.random() < 0.2 or expected is None
        else expected + timedelta(seconds=dice.randrange(-9, 99))
    )
    type_, name = dice.choice(STATES)
    has_ended = type_ in TERMINAL_TYPES
    return {
        "state_id": uuid4() if type_ else None,
        "state_type": type_,
        "state_name": name,
        "state_timestamp": MIDNIGHT if type_ else None,
        "state_sequence": 1 if type_ else 0,
        "expected_start_time": expected,
        "next_scheduled_start_time": MIDNIGHT if type_ is StateType.SCHEDULED else None,
        "start_time": start,
        "end_time": MIDNIGHT + timedelta(hours=5) if has_ended else None,
        "total_run_time": timedelta(days=3_000 if dice.random() < 0.02 else 0, seconds=dice.randrange(100)),
    }


async def write(tx, dice: Random, flow_id: UUID, flow_run_ids: list[UUID], task_run_ids: list[UUID]) -> None:
    """Make, change and delete some runs."""
    dated = {"created": tx.now, "updated": tx.now}
    for number in range(40):
        parent = uuid4() if dice.random() < 0.3 else None
        row = {"id": uuid4(), **dated, "flow_id": flow_id, "name": "quick-fox", "parent_task_run_id": parent}
        await tx.execute(flow_runs.insert(), row | columns_of(dice))
        flow_run_ids.append(row["id"])
        of = dice.choice([None, *flow_run_ids])
        row = {"id": uuid4(), **dated, "flow_run_id": of, "name": "add", "task_key": "add"}
        row |= {"dynamic_key": f"{number} {row['id']}"}
        await tx.execute(task_runs.insert(), row | columns_of(dice))
        task_run_ids.append(row["id"])
    for table, ids in ((flow_runs, flow_run_ids), (task_runs, task_run_ids)):
        for id_ in dice.sample(ids, 20):
            await tx.execute(table.update().where(table.c.id == id_), columns_of(dice))
    gone = set(dice.sample(flow_run_ids, 8))
    # With their task runs.
    await tx.execute(flow_runs.delete().where(flow_runs.c.id.in_(gone)))
    flow_run_ids[:] = [each for each in flow_run_ids if each not in gone]


@pytest.fixture
def written(world):
    """Runs that were changed in several transactions; on PostgreSQL, not all was added up since."""
    dice, flow_run_ids, task_run_ids = Random(world.db.dialect), [], []
    world.clock.now = MIDNIGHT + timedelta(hours=3)
    flow_id = world.store.write(lambda tx: add_flow(tx, "etl"))
    service = Tallies(world.db, world.limits)
    for round_ in range(3):
        world.store.write(lambda tx: write(tx, dice, flow_id, flow_run_ids, task_run_ids))
        if round_ < 2:
            world.store.run(service.run_once())
    return world


def questions():
    """Name, arguments and, for histories, times of all that is asked."""
    for by_state, window, parent in product(BY_STATE, WINDOWS, (None, True, False)):
        flow_run = f.FlowRunFilter(
            state=None if by_state is None else convert(by_state, f.FlowRunStateFilter),
            expected_start_time=window,
            parent_task_run_id=None if parent is None else o.IdInOrNull(is_null_=parent),
        )
        task_run = f.TaskRunFilter(
            state=None if by_state is None else convert(by_state, f.TaskRunStateFilter),
            expected_start_time=window,
            flow_run_id=None if parent is None else f.FlowRunOfTaskFilter(is_null_=parent),
        )
        yield "count_flow_runs", FlowRunCriteria(flow_runs=flow_run)
        yield "average_flow_run_lateness", FlowRunCriteria(flow_runs=flow_run)
        yield "count_task_runs", TaskRunCriteria(task_runs=task_run)
        yield "count_task_runs_by_state", TaskRunCriteria(task_runs=task_run)
    for start, hours, width in product(SINCE[1:], (3, 4.7, 0.5), (7_200, 7_201.5, 86_400)):
        times = {
            "history_start": start,
            "history_end": start + timedelta(hours=hours),
            "history_interval_seconds": width,
        }
        yield "flow_run_history", FlowRunHistoryQuery(**times)
        yield (
            "task_run_history",
            HistoryQuery(**times, task_runs=f.TaskRunFilter(expected_start_time=WINDOWS[6])),
        )


def test_they_are_what_a_look_at_each_run_would_find(written, monkeypatch):
    asked = list(questions())
    quick = [written.call(name, body=body) for name, body in asked]
    monkeypatch.setattr(tallies, "tallied", lambda *_: None)
    slow = [written.call(name, body=body) for name, body in asked]
    for (name, body), one, other in zip(asked, quick, slow, strict=True):
        assert one == (pytest.approx(other) if isinstance(one, float) else other), (name, encode(body))
    assert len({repr(answer) for answer in quick}) > 100


@pytest.mark.parametrize("seconds", [1_800, 3_000.5, 5_400])
def test_short_slices_are_what_runs_in_groups_would_give(written, monkeypatch, seconds):
    times = {"history_start": SINCE[1], "history_end": SINCE[1] + timedelta(hours=4.3)}
    asked = [
        ("flow_run_history", FlowRunHistoryQuery(**times, history_interval_seconds=seconds)),
        ("task_run_history", HistoryQuery(**times, history_interval_seconds=seconds)),
    ]
    alone = [written.call(name, body=body) for name, body in asked]
    monkeypatch.setattr(histories, "FEW_SLICES", 0)
    assert alone == [written.call(name, body=body) for name, body in asked]
    assert all(sum(len(each.states) for each in answer) > 3 for answer in alone)


def test_nothing_is_left_of_runs_that_are_deleted(written):
    async def delete(tx):
        await tx.execute(task_runs.delete())
        await tx.execute(flow_runs.delete())

    async def sums(tx):
        columns = [sa.func.sum(run_tallies.c[name]) for name in ("number", "run_time", "late")]
        return list((await tx.fetch_one(sa.select(*columns))).values())

    assert sum(map(abs, written.store.read(sums))) > 0
    written.store.write(delete)
    assert written.store.read(sums) == [0, 0, 0]


def test_no_run_counts_with_more_than_ten_years(world):
    """So that no sum grows too large for a number, whatever times clients tell."""
    world.clock.now = MIDNIGHT
    flow_id = world.store.write(lambda tx: add_flow(tx, "etl"))

    async def add(tx):
        row = columns_of(Random(1)) | {"state_id": uuid4(), "state_type": "FAILED", "state_name": "Failed"}
        row |= {"state_timestamp": MIDNIGHT, "state_sequence": 1, "expected_start_time": MIDNIGHT}
        row |= {"end_time": MIDNIGHT, "total_run_time": timedelta(days=50_000)}
        row |= {"id": uuid4(), "created": tx.now, "updated": tx.now, "flow_id": flow_id, "name": "old"}
        await tx.execute(flow_runs.insert(), row)

    world.store.write(add)
    times = {"history_start": MIDNIGHT, "history_end": MIDNIGHT + timedelta(days=1)}
    asked = FlowRunHistoryQuery(**times, history_interval_seconds=86_400)
    (slice_,) = world.call("flow_run_history", body=asked)
    assert slice_.states[0].sum_estimated_run_time == timedelta(days=3_650).total_seconds()


def test_parts_are_added_up(postgres_world):
    world, dice = postgres_world, Random(1)
    flow_id = world.store.write(lambda tx: add_flow(tx, "etl"))
    world.store.write(lambda tx: write(tx, dice, flow_id, [], []))

    async def rows(tx):
        asked = sa.select(run_tallies).order_by(*run_tallies.primary_key)
        return [dict(row) for row in await tx.fetch_all(asked)]

    before = world.store.read(rows)
    done = world.store.run(Tallies(world.db, world.limits).run_once()).done
    after = world.store.read(rows)
    assert done == len(before) > len(after)
    assert {row["part"] for row in before if row["part"]}
    assert {row["part"] for row in after} == {0}
    assert sum(row["number"] for row in after) == sum(row["number"] for row in before)
    assert world.store.run(Tallies(world.db, world.limits).run_once()).done == 0
