"""The queue of task runs that were deferred: given to one process at a time, and never lost with it."""

from uuid import uuid4

import pytest

from penstock.contract.flow_runs import SetRunState
from penstock.contract.states import StateCreate
from penstock.contract.task_runs import RecordedState, RecordTaskRuns, TaskRun, TaskRunCreate, TaskRunRecord
from penstock.domain.ids import new_id
from penstock.domain.states import StateDetails, StateType
from penstock.server import deferred_tasks
from penstock.server.deferred_tasks import SILENCE

KEY = "etl.load"


def defer(world, key=KEY, after=0.0):
    due = world.later(seconds=after)
    state = StateCreate(
        type=StateType.SCHEDULED, state_details=StateDetails(deferred=True, scheduled_time=due)
    )
    body = TaskRunCreate(task_key=key, dynamic_key=uuid4().hex, state=state)
    return world.call("create_task_run", body=body).value


def attend(world, client="one", *keys):
    return world.store.write(lambda tx: deferred_tasks.attend(tx, client, list(keys) or [KEY]))


def take(world, attendant):
    return world.store.write(lambda tx: deferred_tasks.take(tx, attendant))


def acknowledge(world, attendant, run):
    world.store.write(lambda tx: deferred_tasks.acknowledge(tx, attendant, run.id))


def leave(world, attendant):
    world.store.write(lambda tx: deferred_tasks.leave(tx, attendant))


def sweep(world):
    return world.store.write(deferred_tasks.sweep)


def is_empty(world, attendant):
    return not isinstance(take(world, attendant), TaskRun)


def test_the_one_that_waits_longest_is_given_first_and_once(world):
    late, early, other = defer(world, after=-1), defer(world, after=-2), defer(world, "etl.other", -3)
    one, two = attend(world), attend(world, "two", KEY, "etl.other")
    assert [take(world, who).id for who in (one, one, two)] == [early.id, late.id, other.id]
    assert is_empty(world, two)


def test_one_that_is_not_due_says_when_it_will_be(world):
    run = defer(world, after=10)
    one = attend(world)
    assert take(world, one) == 10.0
    world.clock.now = world.later(seconds=10)
    assert take(world, one).id == run.id


def test_a_process_that_fell_silent_loses_what_it_has_not_begun(world):
    begun, kept = defer(world, after=-2), defer(world, after=-1)
    dead = attend(world, "dead")
    for _ in (begun, kept):
        acknowledge(world, dead, take(world, dead))
    for type in (StateType.PENDING, StateType.RUNNING):
        world.call("set_task_run_state", id=begun.id, body=SetRunState(state=StateCreate(type=type)))
    world.clock.now = world.later(seconds=SILENCE.total_seconds() - 1)
    alive = attend(world, "alive")
    assert (sweep(world), is_empty(world, alive)) == (0, True)
    world.clock.now = world.later(seconds=2)
    assert sweep(world) == 1
    assert take(world, alive).id == kept.id
    assert is_empty(world, alive)


def test_a_process_that_is_heard_of_keeps_what_it_has(world):
    defer(world)
    one = attend(world)
    acknowledge(world, one, take(world, one))
    for _ in range(3):
        world.clock.now = world.later(seconds=SILENCE.total_seconds() - 1)
        world.store.write(lambda tx: deferred_tasks.hear_of(tx, one))
        assert sweep(world) == 0
    assert is_empty(world, attend(world, "two"))


def test_a_process_that_left_has_until_it_is_taken_for_gone_to_come_back(world):
    kept, given = defer(world, after=-2), defer(world, after=-1)
    one = attend(world)
    acknowledge(world, one, take(world, one))
    assert take(world, one).id == given.id
    leave(world, one)
    two = attend(world, "two")
    assert take(world, two).id == given.id
    again = attend(world)
    world.clock.now = world.later(seconds=SILENCE.total_seconds() + 1)
    world.store.write(lambda tx: deferred_tasks.hear_of(tx, again))
    assert sweep(world) == 1  # the other
    assert take(world, again).id == given.id
    leave(world, again)
    world.clock.now = world.later(seconds=SILENCE.total_seconds() + 1)
    sweep(world)
    third = attend(world, "three")
    assert {take(world, third).id, take(world, third).id} == {kept.id, given.id}


@pytest.mark.parametrize("how", ["recorded", "cancelled", "deleted"])
def test_what_is_no_longer_scheduled_is_given_to_nobody(world, how):
    run = defer(world)
    if how == "recorded":
        states = [RecordedState(id=new_id(world.now), type=StateType.RUNNING, timestamp=world.now)]
        record = TaskRunRecord(
            id=run.id, name=run.name, task_key=KEY, dynamic_key=run.dynamic_key, states=states
        )
        body = RecordTaskRuns(recorder=uuid4(), sequence=1, records=[record])
        world.call("record_task_runs", body=body)
    elif how == "cancelled":
        state = SetRunState(state=StateCreate(type=StateType.CANCELLED), force=True)
        world.call("set_task_run_state", id=run.id, body=state)
    else:
        world.call("delete_task_run", id=run.id)
    assert is_empty(world, attend(world))
