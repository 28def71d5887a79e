"""Task runs that a client tells of by events: each is recorded as if it had been recorded as a task run."""

from uuid import uuid4

import pytest

from penstock.contract.events import Event, EventFilter, EventNameFilter, EventQuery
from penstock.contract.flow_runs import SetRunState
from penstock.contract.states import StateCreate
from penstock.contract.task_runs import TaskRunCreate, TaskRunCriteria
from penstock.domain.ids import new_id
from penstock.domain.states import StateType

ID, ROLE = "prefect.resource.id", "prefect.resource.role"


def told(world, run_id, name, flow_run_id=None, *, seconds=0.0, **given):
    """An event as the reference's client sends it."""
    occurred = world.later(seconds=seconds)
    type = given.pop("type", name.upper())
    state = {"type": type, "name": name, "message": given.pop("message", ""), "state_details": {}}
    part = {
        ID: f"prefect.flow-run.{flow_run_id}",
        ROLE: "flow-run",
        "prefect.resource.name": "brisk-reservoir",
    }
    return Event(
        id=given.pop("id", None) or new_id(world.now),
        occurred=occurred,
        event=f"prefect.task-run.{given.pop('named', name)}",
        resource={
            ID: f"prefect.task-run.{run_id}",
            "prefect.resource.name": "double-9d8",
            "prefect.orchestration": given.pop("orchestration", "client"),
        },
        related=[part] if flow_run_id else [],
        payload={
            "intended": {"from": None, "to": type},
            "initial_state": None,
            "validated_state": state | {"data": given.pop("data", None)},
            "task_run": {
                "name": "double-9d8",
                "task_key": "double-0811cebf",
                "dynamic_key": given.pop("dynamic_key", "0"),
                "empirical_policy": {"retries": 1, "retry_delay": 0, "max_retries": 0},
                "tags": ["x"],
                "labels": {"team": "a"},
                "task_inputs": {"x": [{"input_type": "constant", "type": "int"}], "n": []},
                "run_count": 0,
                "flow_run_run_count": 1,
                "total_run_time": 0.0,
            },
        },
        **given,
    )


def send(world, *events):
    world.call("create_events", body=[*events])


def task_run(world, id):
    return world.call("read_task_run", id=id)


def states_of(world, id):
    return [state.name for state in world.call("read_task_run_states", task_run_id=id)]


def stored(world):
    """All events about task runs that can be found."""
    query = EventQuery(filter=EventFilter(event=EventNameFilter(prefix=["prefect.task-run."])))
    return world.call("read_events", body=query).events


def course(world, id, run):
    """A task run that fails once and is then completed."""
    return [
        told(world, id, "Pending", run.id),
        told(world, id, "Running", run.id, seconds=1),
        told(world, id, "Retrying", run.id, seconds=2, type="RUNNING", message="once"),
        told(world, id, "Completed", run.id, seconds=4, data={"type": "reference"}),
    ]


def test_what_was_told_is_recorded(world):
    run, id = world.own_run(), uuid4()
    events = course(world, id, run)
    send(world, *events[:2])
    send(world, *events[2:])
    found = task_run(world, id)
    assert (found.flow_run_id, found.name, found.task_key) == (run.id, "double-9d8", "double-0811cebf")
    assert (found.state_type, found.state_name, found.run_count) == (StateType.COMPLETED, "Completed", 2)
    assert (found.tags, found.labels, found.flow_run_run_count) == (["x"], {"team": "a"}, 1)
    assert (found.start_time, found.end_time) == (world.later(seconds=1), world.later(seconds=4))
    assert found.empirical_policy.retries == 1
    assert found.state.data == {"type": "reference"}
    assert states_of(world, id) == ["Pending", "Running", "Retrying", "Completed"]


def test_its_events_are_found_once_and_under_their_ids(world):
    run, id = world.own_run(), uuid4()
    events = course(world, id, run)
    send(world, *events)
    send(world, *events)
    assert [event.id for event in reversed(stored(world))] == [event.id for event in events]
    read = world.call("read_event", id=events[2].id)
    assert (read.event, read.resource["prefect.state-message"]) == ("prefect.task-run.Retrying", "once")
    assert {part[ID] for part in read.related} >= {f"prefect.flow-run.{run.id}", "prefect.tag.x"}


def test_a_batch_that_came_mixed_up_is_put_in_order(world):
    run, id = world.own_run(), uuid4()
    send(world, *reversed(course(world, id, run)))
    assert states_of(world, id) == ["Pending", "Running", "Retrying", "Completed"]
    assert task_run(world, id).state_name == "Completed"


def test_the_event_of_a_flow_run_that_is_gone_is_kept_and_the_others_are_recorded(world):
    run, id, orphan = world.own_run(), uuid4(), uuid4()
    gone = told(world, orphan, "Running", uuid4(), dynamic_key="gone")
    send(world, gone, *course(world, id, run))
    assert task_run(world, id).state_name == "Completed"
    assert gone.id in {event.id for event in stored(world)}


def test_a_task_run_without_a_flow_goes_on_where_it_was_made(world):
    body = TaskRunCreate(
        id=uuid4(), task_key="double-0811cebf", dynamic_key="0", state=StateCreate(type=StateType.SCHEDULED)
    )
    made = world.call("create_task_run", body=body).value
    pending = SetRunState(state=StateCreate(type=StateType.PENDING))
    world.call("set_task_run_state", id=made.id, body=pending)
    send(world, told(world, made.id, "Running", seconds=1), told(world, made.id, "Completed", seconds=2))
    assert states_of(world, made.id) == ["Scheduled", "Pending", "Running", "Completed"]


@pytest.mark.parametrize(
    "case", ["not by its client", "of another name", "without a state", "of no task run"]
)
def test_what_tells_of_no_task_run_is_an_event_like_others(world, case):
    run, id = world.own_run(), uuid4()
    event = {
        "not by its client": told(world, id, "Running", run.id, orchestration="server"),
        "of another name": told(world, id, "Running", run.id, named="Exploded"),
        "without a state": told(world, id, "Running", run.id, type="ELSEWHERE"),
        "of no task run": told(world, "mine", "Running", run.id),
    }[case]
    send(world, event)
    assert [found.id for found in stored(world)] == [event.id]
    assert world.call("count_task_runs", body=TaskRunCriteria()) == 0


def test_who_calls_a_task_run_by_another_id_means_the_one_with_its_keys(world):
    run, id = world.own_run(), uuid4()
    send(world, *course(world, id, run)[:2])
    send(world, told(world, uuid4(), "Completed", run.id, seconds=9))
    assert states_of(world, id) == ["Pending", "Running", "Completed"]
    assert world.call("count_task_runs", body=TaskRunCriteria()) == 1
