"""Flow runs that ended long ago are taken away with all that belongs to them, a part at a time."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from tests.ops.world import World

from penstock.contract.flow_runs import FlowRunCreate, FlowRunQuery
from penstock.contract.logs import LogCreate
from penstock.contract.states import StateCreate
from penstock.contract.task_runs import TaskRunCreate
from penstock.db.schema import metadata
from penstock.domain.states import StateType
from penstock.server.services import retention
from penstock.server.services.retention import Retention

KEPT = timedelta(days=90)


@pytest.fixture
def world(store):
    world = World(store)
    world.limits = replace(world.limits, vacuums=frozenset({"flow_runs"}))
    return world


def run(world, name, state=StateType.COMPLETED, parent=None, lines=0, tasks=0):
    """A run that is in a state since now."""
    body = FlowRunCreate(
        flow_id=world.flow().id, name=name, parent_task_run_id=parent, state=StateCreate(type=state)
    )
    made = world.call("create_flow_run", body=body).value
    for number in range(tasks):
        body = TaskRunCreate(flow_run_id=made.id, task_key="add", dynamic_key=str(number), name="add")
        made_task = world.call("create_task_run", body=body).value
    written = [
        LogCreate(name="x", level=20, message=f"{number}", timestamp=world.now, flow_run_id=made.id)
        for number in range(lines)
    ]
    if written:
        world.call("create_logs", body=written)
    return made_task.id if tasks else made.id


def names(world):
    return sorted(each.name for each in world.call("read_flow_runs", body=FlowRunQuery()))


def rows(world, *tables):
    async def count(tx):
        counts = [sa.select(sa.func.count()).select_from(metadata.tables[name]) for name in tables]
        return [await tx.fetch_value(each) for each in counts]

    return world.store.read(count)


def retire(world, limits=None):
    """Rounds until nothing is left to do; what each did."""
    service, done = Retention(world.db, limits or world.limits), []
    while not done or done[-1]:
        done.append(world.store.run(service.run_once()).done)
    return done


def test_only_runs_that_ended_long_ago_go(world):
    run(world, "old")
    run(world, "goes on", StateType.RUNNING)
    run(world, "waits", StateType.PENDING)
    world.clock.advance(days=1)
    run(world, "young", StateType.FAILED)
    world.clock.now += KEPT - timedelta(hours=12)
    retire(world)
    assert names(world) == ["goes on", "waits", "young"]


def test_all_that_belongs_to_a_run_goes_with_it_a_part_at_a_time(world, monkeypatch):
    monkeypatch.setattr(retention, "_ROWS", 4)
    run(world, "old", lines=10, tasks=5)
    run(world, "older", lines=3)
    world.clock.now += KEPT + timedelta(days=1)
    run(world, "young", lines=1, tasks=1)
    assert retire(world) == [4, 4, 4, 4, 2, 0]
    assert names(world) == ["young"]
    left = ("flow_runs", "flow_run_states", "task_runs", "logs")
    assert rows(world, *left) == [1, 1, 1, 1]


def test_a_run_goes_before_those_that_it_started(world):
    parent = run(world, "parent", tasks=1)
    run(world, "child", parent=parent)
    world.clock.advance(days=1)
    late = run(world, "late parent", tasks=1)
    world.clock.advance(days=-1)
    run(world, "its child", parent=late)
    world.clock.now += KEPT + timedelta(hours=1)
    retire(world)
    assert names(world) == ["its child", "late parent"]


def test_they_are_kept_where_nothing_else_is_said(world):
    run(world, "old")
    world.clock.now += 2 * KEPT
    assert retire(world, replace(world.limits, vacuums=frozenset({"events"})))[-1] == 0
    assert names(world) == ["old"]
