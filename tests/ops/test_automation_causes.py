"""Runs that a run starts know which automation is behind it, so that a loop through them is seen."""

from uuid import UUID, uuid4

import pytest
from tests.ops.acting import Actor, automation, events_about, firings, run_id

from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.events import Event
from penstock.contract.flow_runs import FlowRunCreate
from penstock.contract.task_runs import RecordTaskRuns, TaskRunRecord
from penstock.domain.automations import EventTrigger, RunDeployment
from penstock.domain.events import ID, NAME, ROLE, resource_id

DEPTH = "penstock.automation.depth"


@pytest.fixture
def world(served_world):
    """Actions are done by a server."""
    return served_world


@pytest.fixture
def actor(world):
    return Actor(world)


def child_of(world, run, deployment=None, **given):
    """What the code of a run starts: a flow, or a run of a deployment."""
    if deployment is not None:
        body = DeploymentFlowRunCreate(parent_flow_run_id=run.id, **given)
        return world.call("create_flow_run_from_deployment", id=deployment.id, body=body).value
    body = FlowRunCreate(flow_id=world.flow("child").id, parent_flow_run_id=run.id, **given)
    return world.call("create_flow_run", body=body).value


def causes_of(world, run):
    """The automations that the events of a run name."""
    found = [each for each in events_about(world, "prefect.flow-run.") if each.resource[NAME] == run.name]
    assert found
    return [part for each in found for part in each.related if DEPTH in part]


def made_by(world, actor):
    """A run that an automation makes, and how its descendants name that."""
    world.pool()
    (done,) = actor.fire(RunDeployment(deployment_id=world.deployment().id), name="night shift")
    run = world.run(run_id(done))
    labels = {NAME: "night shift", ROLE: "cause", DEPTH: "1"}
    return run, {ID: resource_id("automation", run.created_by.id), **labels}


def test_what_a_run_starts_has_the_same_automation_behind_it(world, actor):
    run, cause = made_by(world, actor)
    child = child_of(world, run)
    grandchild = child_of(world, child, world.deployment("other"))
    for each in (child, grandchild):
        assert causes_of(world, each) == [cause]
        assert world.run(each.id).created_by.type == "REST"
    assert causes_of(world, run) == [cause | {ROLE: "creator"}]


def test_a_parent_may_be_known_by_its_task_run_alone(world, actor):
    """As clients that are not ours name it."""
    run, cause = made_by(world, actor)
    stands_for = TaskRunRecord(id=uuid4(), flow_run_id=run.id, name="t", task_key="t", dynamic_key="0")
    world.call("record_task_runs", body=RecordTaskRuns(recorder=uuid4(), sequence=1, records=[stands_for]))
    body = FlowRunCreate(flow_id=world.flow("child").id, parent_task_run_id=stands_for.id)
    child = world.call("create_flow_run", body=body).value
    assert causes_of(world, child) == [cause]


def test_what_such_a_run_tells_has_it_behind_it_too(world, actor):
    run, cause = made_by(world, actor)
    child = child_of(world, run)
    related = [{ID: resource_id("flow-run", child.id), ROLE: "flow-run"}]
    sent = Event(id=uuid4(), event="sold", occurred=world.now, resource={ID: "shop.1"}, related=related)
    world.call("create_events", body=[sent])
    assert world.call("read_event", id=sent.id).related == [*related, cause]


def test_where_no_automation_is_behind_it_nothing_is_named(world):
    world.pool()
    automation(world)
    run = world.run_of(world.deployment())
    assert causes_of(world, child_of(world, run)) == []
    assert causes_of(world, child_of(world, run, parent_task_run_id=uuid4())) == []
    unknown = FlowRunCreate(flow_id=world.flow().id, parent_flow_run_id=uuid4())
    assert causes_of(world, world.call("create_flow_run", body=unknown).value) == []


def test_a_loop_through_the_runs_of_runs_is_stopped(world, actor):
    world.pool()
    outer, inner = world.deployment("outer"), world.deployment("inner")
    match = {ROLE: "deployment", ID: resource_id("deployment", inner.id)}
    trigger = EventTrigger(expect=["prefect.flow-run.Scheduled"], match_related=match)
    made = automation(world, trigger=trigger, actions=[RunDeployment(deployment_id=outer.id)])
    world.run_of(inner)
    for _ in range(20):
        actor.evaluator.turn()
        world.clock.advance(seconds=0.001)
        actor.turn()
        (fired,) = firings(world, made, limit=1)
        # What the code of the run does that the automation made last.
        child_of(world, world.run(UUID(str(fired.actions[0].flow_run_id))), inner)
    now = world.call("read_automation", id=made.id)
    assert now.stopped.startswith("It feeds itself: 11 firings in a row")
    assert [firing.depth for firing in firings(world, made)] == [*range(11)]
