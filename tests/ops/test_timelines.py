"""The picture of a run: its tasks in time, what they are called and what depends on what."""

from datetime import timedelta
from uuid import uuid4

import pytest

from penstock.contract.flow_runs import FlowRunCreate, SetRunState
from penstock.contract.task_runs import (
    ConstantInput,
    FlowRunResult,
    ParameterInput,
    TaskRunCreate,
    TaskRunResult,
)
from penstock.domain.errors import NotFound
from penstock.domain.states import StateCreate, StateType


def read(world, run, limit=50_000):
    return world.call("read_timeline", id=run.id, limit=limit)


def task_of(world, run, key="flows.load", number="0", name=None, states=(), **given):
    """A task run that passes some states, a second each."""
    body = TaskRunCreate(
        flow_run_id=run.id,
        task_key=key,
        dynamic_key=number,
        name=name or f"{key.rpartition('.')[2]}-{number}",
        **given,
    )
    made = world.call("create_task_run", body=body).value
    for state in states:
        world.clock.advance(seconds=1)
        entered = SetRunState(state=StateCreate(type=StateType(state)))
        world.call("set_task_run_state", id=made.id, body=entered)
    return made


def test_columns_tell_what_each_task_did_and_when(world):
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    start = world.now
    first = task_of(world, run, states=("RUNNING", "COMPLETED"))
    second = task_of(
        world,
        run,
        "flows.send",
        states=("RUNNING", "FAILED"),
        task_inputs={"x": [TaskRunResult(id=first.id)]},
    )
    third = task_of(world, run, number="1", task_inputs={"x": [ConstantInput(type="int")]})
    told = read(world, run)
    assert (told.origin, told.now, told.end, told.total) == (start, world.now, None, 3)
    assert told.ids == [first.id, second.id, third.id]
    assert told.labels == ["load-0", "send-0", "load-1"]
    assert [told.task_names[each] for each in told.task] == ["load", "send", "load"]
    shown = [(told.state_names[each], told.state_types[each]) for each in told.state]
    assert shown == [("Completed", "COMPLETED"), ("Failed", "FAILED"), ("Pending", "PENDING")]
    assert (told.started, told.ended) == ([1000, 3000, -1], [2000, 4000, -1])
    assert told.attempts == [1, 1, 0]
    assert (told.parents, told.children) == ([[], [0], []], {})
    world.set_state(run, "COMPLETED", lease=run.lease)
    assert read(world, run).end == world.now


def test_results_of_child_runs_come_from_the_tasks_that_stand_for_them(world):
    run = world.own_run()
    stands = task_of(world, run, "flows.child")
    body = FlowRunCreate(flow_id=world.flow().id, parent_task_run_id=stands.id, parent_flow_run_id=run.id)
    before = world.call("create_flow_run", body=body).value
    world.clock.advance(seconds=1)
    child = world.call("create_flow_run", body=body).value
    inputs = {
        "a": [FlowRunResult(id=child.id), TaskRunResult(id=stands.id), TaskRunResult(id=uuid4())],
        "b": [ParameterInput(name="p")],
    }
    world.clock.advance(seconds=1)
    task_of(world, run, "flows.use", task_inputs=inputs, states=("RUNNING",))
    again = {"a": [FlowRunResult(id=before.id)]}
    task_of(world, run, "flows.use", "1", task_inputs=again, states=("RUNNING",))
    told = read(world, run)
    assert told.children == {told.ids.index(stands.id): child.id}
    use = told.labels.index("use-0")
    assert told.parents[use] == told.parents[told.labels.index("use-1")] == [told.ids.index(stands.id)]


def test_tasks_whose_runs_have_names_of_their_own_are_called_after_their_function(world):
    run = world.own_run()
    task_of(world, run, "flows.Etl.load", name="load of Tuesday")
    task_of(world, run, "flows.send", name="mail")
    task_of(world, run, "flows.send", number="1")
    told = read(world, run)
    names = dict(zip(told.labels, (told.task_names[each] for each in told.task), strict=True))
    assert names == {"load of Tuesday": "load", "mail": "send", "send-1": "send"}


def test_waits_between_attempts_are_told(world):
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    task_of(world, run, states=("RUNNING", "COMPLETED"))
    task_of(world, run, number="1", states=("SCHEDULED", "RUNNING", "SCHEDULED", "RUNNING", "COMPLETED"))
    task_of(world, run, number="2", states=("RUNNING", "SCHEDULED"))
    told = read(world, run)
    again, waiting = told.labels.index("load-1"), told.labels.index("load-2")
    assert told.waits == {again: [5000, 6000], waiting: [9000, -1]}


def test_too_many_tasks_are_counted_and_not_told(world):
    run = world.own_run()
    for number in range(4):
        task_of(world, run, number=str(number), states=("RUNNING",))
    told = read(world, run, limit=3)
    assert (told.total, told.labels) == (4, ["load-0", "load-1", "load-2"])
    assert read(world, run, limit=4).total == 4


def test_a_run_that_is_tried_again_shows_what_it_did_before(world):
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    first = world.now
    task_of(world, run, states=("RUNNING", "FAILED"))
    world.clock.advance(hours=1)
    task_of(world, run, number="1", states=("RUNNING",))
    told = read(world, run)
    assert told.origin == first
    assert told.started == [1000, 3_603_000]
    assert min(told.expected) >= 0


def test_a_run_without_tasks_has_an_empty_picture(world):
    world.pool()
    waits = world.run_of(world.deployment(), due=world.later(hours=1))
    told = read(world, waits)
    assert (told.origin, told.end, told.total, told.ids) == (world.now + timedelta(hours=1), None, 0, [])
    with pytest.raises(NotFound):
        world.call("read_timeline", id=uuid4(), limit=1)
