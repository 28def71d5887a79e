"""What happens is told: each event has the shape of the reference's, and comes and goes with its cause."""

import json
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from tests.ops.world import World

from penstock.contract.claims import LaunchReport
from penstock.contract.deployments import DeploymentFlowRunCreate, DeploymentUpdate
from penstock.contract.events import (
    Event,
    EventFilter,
    EventNameFilter,
    EventOrder,
    EventQuery,
    EventResourceFilter,
)
from penstock.contract.flows import FlowUpdate
from penstock.contract.states import StateType
from penstock.contract.task_runs import RecordedState, RecordTaskRuns, TaskRunRecord
from penstock.contract.variables import VariableCreate, VariableUpdate
from penstock.contract.work_pools import WorkPoolUpdate
from penstock.contract.work_queues import WorkQueueUpdate
from penstock.contract.workers import WorkerHeartbeat
from penstock.db.event_tables import event_outbox, event_resources, events
from penstock.db.statements import rows
from penstock.domain.events import NewEvent
from penstock.domain.worker_events import submitted_id
from penstock.server.emitting import emit
from penstock.server.services.late_runs import LateRuns
from penstock.server.services.readiness import Readiness
from penstock.server.services.retention import Retention

SHAPES = json.loads((Path(__file__).parent / "event_shapes.json").read_text())
"""Of the reference: labels of the resource and of each related role, keys of the payload."""

ID, ROLE, NAME = "prefect.resource.id", "prefect.resource.role", "prefect.resource.name"


@pytest.fixture
def world(store):
    """A world in which no two calls happen at the same time."""
    world = World(store)
    call, claim = world.call, world.claim

    def later(function, *args, **given):
        world.clock.advance(seconds=1)
        return function(*args, **given)

    world.call, world.claim = partial(later, call), partial(later, claim)
    return world


def told(world, **filter):
    """All events, oldest first."""
    asked = EventFilter(order=EventOrder.ASC, **filter)
    return world.call("read_events", body=EventQuery(filter=asked)).events


def about(world, kind, id):
    return told(world, resource=EventResourceFilter(id=[f"prefect.{kind}.{id}"]))


def words(found):
    return [each.event.rpartition(".")[2] for each in found]


def turn(world, kind):
    world.store.run(kind(world.db, world.limits).run_once())


def check_shape(event):
    """What the reference's event has, ours has too, and no labels beside."""
    shape = SHAPES[event.event]
    assert set(event.resource) == set(shape["resource"]), event.event
    assert set(event.payload) >= set(shape["payload"]), event.event
    roles = {each[ROLE]: set(each) for each in event.related}
    for role, labels in shape["related"].items():
        if role in roles:
            assert roles[role] == set(labels), (event.event, role)


def test_runs_that_are_claimed_together_are_told_of_one_after_the_other(world):
    world.pool()
    deployment = world.deployment(tags=["red"])
    for _ in range(12):
        world.run_of(deployment, world.now)
    claimed = [claim.flow_run.id for claim in world.claim(limit=12).runs]
    pending = told(world, event=EventNameFilter(name=["prefect.flow-run.Pending"]))
    in_order = sorted(pending, key=lambda event: event.received)
    assert [event.resource[ID] for event in in_order] == [f"prefect.flow-run.{id}" for id in claimed]
    assert len({event.received for event in pending}) == 12
    for id, event in zip(claimed, in_order, strict=True):
        before, known = about(world, "flow-run", id)
        check_shape(event)
        assert (known.id, known.follows) == (event.id, before.id)
        assert event.id == world.run(id).state_id


def test_many_that_become_ready_at_once_are_each_told_once(world):
    world.pool()
    flow = world.flow()
    for number in range(120):
        world.deployment(str(number), flow)
    world.claim()
    turn(world, Readiness)
    turn(world, Readiness)
    is_ready = events.c.event == "prefect.deployment.ready"
    ready = world.store.read(lambda tx: tx.fetch_all(events.select().where(is_ready)))
    assert len({row["resource_id"] for row in ready}) == len(ready) == 120


def test_a_run_of_a_deployment_tells_each_of_its_states(world):
    world.pool()
    deployment = world.deployment(tags=["red"])
    run = world.run_of(deployment)
    world.claim()
    world.set_state(run, StateType.RUNNING)
    world.set_state(run, StateType.FAILED, message="It broke.")
    found = about(world, "flow-run", run.id)
    assert words(found) == ["Scheduled", "Pending", "Running", "Failed"]
    for before, event in zip([None, *found], found, strict=False):
        check_shape(event)
        assert event.follows == (before.id if before else None)
        assert event.payload["intended"]["from"] == (before.payload["intended"]["to"] if before else None)
    last = found[-1]
    assert last.resource["prefect.state-message"] == "It broke."
    assert last.resource["prefect.run-count"] == "1"
    assert last.payload["initial_state"] == {"type": "RUNNING", "name": "Running"}
    assert last.payload["validated_state"] == {"type": "FAILED", "name": "Failed", "message": "It broke."}
    assert {each[ROLE]: each.get(NAME) for each in last.related if each[ROLE] != "creator"} == {
        "flow": "etl",
        "deployment": "daily",
        "work-queue": "default",
        "work-pool": "local",
        "tag": None,
    }
    assert f"prefect.flow-run.{run.id}" == last.resource[ID]
    assert [each.id for each in found] == [state.id for state in world.history(run)]


def test_a_run_that_nobody_takes_in_time_is_told_to_be_late(world):
    world.pool()
    run = world.run_of(world.deployment())
    world.clock.advance(minutes=1)
    turn(world, LateRuns)
    late = about(world, "flow-run", run.id)[-1]
    assert late.event == "prefect.flow-run.Late"
    check_shape(late)


def test_every_state_of_a_task_run_is_an_event(world):
    run = world.own_run()
    names = ["Pending", "Running", "AwaitingRetry", "Retrying", "Completed"]
    types = ["PENDING", "RUNNING", "SCHEDULED", "RUNNING", "COMPLETED"]
    states = [
        RecordedState(id=uuid4(), type=StateType(type), name=name, timestamp=world.later(seconds=place))
        for place, (type, name) in enumerate(zip(types, names, strict=True))
    ]
    task_run = TaskRunRecord(
        id=uuid4(),
        flow_run_id=run.id,
        name="double-0",
        task_key="double",
        dynamic_key="0",
        tags=["red"],
        states=states,
    )
    world.call("record_task_runs", body=RecordTaskRuns(recorder=uuid4(), sequence=1, records=[task_run]))
    found = about(world, "task-run", task_run.id)
    assert words(found) == names
    assert [each.id for each in found] == [state.id for state in states]
    assert [each.follows for each in found] == [None, *(state.id for state in states[:-1])]
    assert [each.resource["prefect.run-count"] for each in found] == ["0", "1", "1", "2", "2"]
    for event in found:
        check_shape(event)
        assert world.now - event.received < timedelta(minutes=1)
        assert {each[ROLE]: each.get(NAME) for each in event.related} == {
            "tag": None,
            "flow-run": run.name,
            "flow": "etl",
        }
        assert world.call("read_event", id=event.id) == event


def test_a_deployment_tells_that_it_came_changed_and_went(world):
    world.pool()
    deployment = world.deployment()
    secret = {"env": {"TOKEN": "very secret"}}
    world.call(
        "update_deployment", id=deployment.id, body=DeploymentUpdate(description="new", job_variables=secret)
    )
    world.call("update_deployment", id=deployment.id, body=DeploymentUpdate(description="new"))
    world.call("pause_deployment", id=deployment.id)
    world.call("resume_deployment", id=deployment.id)
    world.call("delete_deployment", id=deployment.id)
    found = about(world, "deployment", deployment.id)
    assert words(found) == ["created", "updated", "updated", "disabled", "updated", "deleted"]
    check_shape(found[0])
    check_shape(found[1])
    assert found[1].payload == {
        "updated_fields": ["description", "job_variables"],
        "updates": {"description": {"from": None, "to": "new"}},
    }
    assert "very secret" not in str(found)


def test_pools_and_queues_tell_that_they_came_changed_and_went(world):
    pool = world.pool()
    queue = world.queue("fast")
    world.call("update_work_queue_by_id", id=queue.id, body=WorkQueueUpdate(is_paused=True))
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(description="ours", is_paused=True))
    world.call("delete_work_pool", name="local")
    of_pool, of_queue = about(world, "work-pool", pool.id), about(world, "work-queue", queue.id)
    assert words(of_pool) == ["created", "updated", "paused", "deleted"]
    assert words(of_queue) == ["created", "updated", "paused", "deleted"]
    assert words(about(world, "work-queue", pool.default_queue_id)) == ["created", "deleted"]
    for event in (*of_pool, *of_queue):
        if event.event in SHAPES:
            check_shape(event)


def test_variables_and_flows_tell_that_they_came_changed_and_went(world):
    variable = world.call("create_variable", body=VariableCreate(name="zz", value=1))
    world.call("update_variable", id=variable.id, body=VariableUpdate(value=2))
    world.call("delete_variable_by_name", name="zz")
    flow = world.flow()
    world.call("update_flow", id=flow.id, body=FlowUpdate(tags=["red"]))
    world.call("delete_flow", id=flow.id)
    of_variable, of_flow = about(world, "variable", variable.id), about(world, "flow", flow.id)
    assert words(of_variable) == words(of_flow) == ["created", "updated", "deleted"]
    assert [each.payload["value"] for each in of_variable] == [1, 2, 2]
    assert of_flow[1].payload == {"name": "etl", "tags": ["red"], "labels": {}}
    for event in (*of_variable, of_flow[0]):
        check_shape(event)


def test_who_is_heard_of_is_ready_and_who_is_not_any_more_is_not(world):
    pool = world.pool()
    deployment = world.deployment()
    readiness = Readiness(world.db, world.limits)

    def look():
        return world.store.run(readiness.run_once()).done

    assert look() == 0
    world.call("worker_heartbeat", work_pool_name="local", body=WorkerHeartbeat(name="W 1"))
    world.claim(worker="w2")
    assert look() == 4  # the claim's worker among them; the other one told of itself
    assert look() == 0
    turn(world, Readiness)  # another server's
    world.clock.advance(minutes=10)
    assert look() == 5
    world.call("worker_heartbeat", work_pool_name="local", body=WorkerHeartbeat(name="W 1"))
    for kind, id in (
        ("work-pool", pool.id),
        ("work-queue", pool.default_queue_id),
        ("deployment", deployment.id),
    ):
        found = [each for each in about(world, kind, id) if "ready" in each.event]
        assert words(found) == ["ready", "not-ready"]
        for event in found:
            check_shape(event)
    found = about(world, "worker", "process.w-1")
    assert words(found) == ["started", "stopped", "started"]
    check_shape(found[0])


def test_what_is_undone_is_not_told(world):
    async def fails(tx):
        await emit(tx, world.me, NewEvent(event="x", resource={ID: "x"}))
        raise KeyError

    with pytest.raises(KeyError):
        world.store.write(fails)
    assert told(world) == []
    for table in (events, event_resources, event_outbox):
        assert (
            world.store.run(world.db.read(lambda tx, table=table: tx.fetch_value(rows.count(table, [])))) == 0
        )


def test_old_events_go_with_what_finds_them_and_young_ones_stay(world):
    world.flow("old")
    world.clock.advance(days=8)
    young = world.flow("young")
    turn(world, Retention)
    assert [each.resource[ID] for each in told(world)] == [f"prefect.flow.{young.id}"]
    left = world.store.run(world.db.read(lambda tx: tx.fetch_all(event_resources.select())))
    assert len(left) == 1


def test_what_an_automation_brings_about_says_so(world):
    automation = uuid4()
    caller = type(world.me)(
        principal="automation", role=world.me.role, automation_id=automation, depth=3, limits=world.limits
    )
    world.call("create_variable", caller, body=VariableCreate(name="v", value=1))
    (event,) = told(world, event=EventNameFilter(prefix=["prefect.variable"]))
    assert event.related == [
        {ID: f"prefect.automation.{automation}", ROLE: "creator", "penstock.automation.depth": "3"}
    ]


def test_all_that_a_run_tells_names_the_automation_that_started_it(world):
    world.pool()
    automation = uuid4()
    caller = type(world.me)(
        principal="automation",
        role=world.me.role,
        origin="automation:night shift",
        automation_id=automation,
        depth=2,
        limits=world.limits,
    )
    deployment = world.deployment()
    body = DeploymentFlowRunCreate()
    run = world.call("create_flow_run_from_deployment", caller, id=deployment.id, body=body).value
    assert (run.created_by.id, run.created_by.type) == (automation, "AUTOMATION")
    world.claim()
    state = RecordedState(id=uuid4(), type=StateType.RUNNING, timestamp=world.now)
    task_run = TaskRunRecord(
        id=uuid4(), flow_run_id=run.id, name="t", task_key="t", dynamic_key="0", states=[state]
    )
    world.call("record_task_runs", body=RecordTaskRuns(recorder=uuid4(), sequence=1, records=[task_run]))
    own = Event(
        id=uuid4(),
        event="sold",
        occurred=world.now,
        resource={ID: "shop.1"},
        related=[{ID: f"prefect.flow-run.{run.id}", ROLE: "flow-run"}],
    )
    world.call("create_events", body=[own])
    cause = {
        ID: f"prefect.automation.{automation}",
        ROLE: "creator",
        NAME: "night shift",
        "penstock.automation.depth": "2",
    }
    found = [*about(world, "flow-run", run.id), *about(world, "task-run", task_run.id)]
    assert words(found) == ["Scheduled", "Pending", "Running"]
    for event in (*found, world.call("read_event", id=own.id)):
        assert cause in event.related


def test_a_worker_that_has_started_a_job_tells_so(world):
    world.pool()
    deployment = world.deployment()
    run = world.run_of(deployment)
    (claim,) = world.claim(worker="w1").runs
    report = LaunchReport(identifier="host:4711")
    for _ in range(2):  # the first answer was lost
        world.call("report_launch", world.holding(claim.lease), id=run.id, body=report)
    (submitted,) = told(world, event=EventNameFilter(prefix=["prefect.worker.submitted"]))
    check_shape(submitted)
    assert [each[ROLE] for each in submitted.related] == ["deployment", "flow", "flow-run", "work-pool"]
    assert submitted.resource[ID] == "prefect.worker.process.w1"
    assert submitted.id == submitted_id(claim.lease.id)


def test_a_job_whose_run_has_ended_before_its_launch_was_reported_is_told_of_too(world):
    world.pool()
    run = world.run_of(world.deployment())
    (claim,) = world.claim(worker="w1").runs
    world.set_state(run, StateType.RUNNING, lease=claim.lease)
    world.set_state(run, StateType.COMPLETED, lease=claim.lease)
    report = LaunchReport(identifier="host:4711", worker_name="w1")
    world.call("report_launch", world.holding(claim.lease), id=run.id, body=report)
    (submitted,) = told(world, event=EventNameFilter(prefix=["prefect.worker.submitted"]))
    assert submitted.resource[ID] == "prefect.worker.process.w1"
