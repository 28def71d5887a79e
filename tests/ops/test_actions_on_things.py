"""What automations do to runs, deployments, pools, queues and automations, and how they find which."""

from uuid import uuid4

import pytest
from tests.ops.acting import Actor, automation, event, firings, happen
from tests.ops.world import World

from penstock.contract.deployments import DeploymentUpdate
from penstock.contract.flow_runs import FlowRunCriteria, FlowRunQuery
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.domain.automations import (
    CancelFlowRun,
    ChangeFlowRunState,
    DeleteFlowRun,
    DoNothing,
    EventTrigger,
    PauseAutomation,
    PauseDeployment,
    PauseWorkPool,
    PauseWorkQueue,
    Posture,
    ResumeAutomation,
    ResumeDeployment,
    ResumeFlowRun,
    ResumeWorkPool,
    ResumeWorkQueue,
    SuspendFlowRun,
)
from penstock.domain.events import related, resource_id
from penstock.domain.states import StateType


@pytest.fixture
def world(served_world):
    served_world.pool()
    return served_world


@pytest.fixture
def actor(world):
    return Actor(world)


def about_run(run, **given):
    return event(resource=resource_id("flow-run", run.id), **given)


def running(world: World):
    run = world.run_of(world.deployment())
    claim = world.claim().runs[0]
    world.set_state(run, "RUNNING", lease=claim.lease)
    return run


def test_doing_nothing_is_noted(actor):
    (done,) = actor.fire(DoNothing())
    assert (done.status, done.outcome, done.attempts) == ("done", {"status_code": 200}, 1)


def test_a_run_that_waits_is_cancelled_at_once(world, actor):
    run = world.run_of(world.deployment())
    (done,) = actor.fire(CancelFlowRun(), name="guard", about=about_run(run))
    now = world.run(run)
    assert (now.state_name, now.state.message) == ("Cancelled", "Cancelled by the automation 'guard'.")
    assert done.outcome == {
        "status_code": 200,
        "flow_run_id": str(run.id),
        "state": "Cancelled",
        "state_type": "CANCELLED",
    }


def test_a_run_that_runs_is_told_to_stop(world, actor):
    run = running(world)
    actor.fire(CancelFlowRun(), about=about_run(run))
    assert world.run(run).state_name == "Cancelling"


def test_a_run_that_has_ended_is_not_cancelled_and_the_log_says_why(world, actor):
    run = world.run_of(world.deployment())
    world.set_state(run, "COMPLETED", force=True)
    (done,) = actor.fire(CancelFlowRun(), about=about_run(run))
    assert (done.status, done.reason) == ("failed", "This run has already ended as Completed.")


def test_a_run_is_suspended_and_resumed(world, actor):
    run = running(world)
    actor.fire(SuspendFlowRun(), about=about_run(run))
    suspended = world.run(run).state
    assert (suspended.type, suspended.name) == (StateType.PAUSED, "Suspended")
    actor.fire(ResumeFlowRun(), name="again", about=about_run(run))
    assert world.run(run).state_name == "Resuming"
    (done,) = actor.fire(ResumeFlowRun(), name="third", about=about_run(run))
    assert done.reason == "The flow run is Resuming: only one that is paused is resumed."


def test_a_run_whose_process_waits_goes_on(world, actor):
    run = running(world)
    world.set_state(run, "PAUSED")
    (done,) = actor.fire(ResumeFlowRun(), about=about_run(run))
    assert (done.status, world.run(run).state_name) == ("done", "Running")


def test_a_run_is_put_into_a_state(world, actor):
    run = world.run_of(world.deployment())
    action = ChangeFlowRunState(
        state=StateType.FAILED, name="Rejected", message="because of {{ event.payload.why }}", force=True
    )
    actor.fire(action, about=about_run(run, payload={"why": "rain"}))
    state = world.run(run).state
    assert (state.type, state.name, state.message) == (StateType.FAILED, "Rejected", "because of rain")


def test_a_run_is_deleted(world, actor):
    run = world.run_of(world.deployment())
    (done,) = actor.fire(DeleteFlowRun(), about=about_run(run))
    assert done.outcome["status_code"] == 204
    assert world.call("count_flow_runs", body=FlowRunCriteria()) == 0
    (done,) = actor.fire(DeleteFlowRun(), name="again", about=about_run(run))
    assert done.status == "failed" and "There is no flow run" in done.reason


def test_a_deployment_is_paused_and_its_waiting_runs_go(world, actor):
    deployment = world.deployment()
    schedule = DeploymentScheduleCreate(schedule={"interval": 3600})
    world.call("update_deployment", id=deployment.id, body=DeploymentUpdate(schedules=[schedule]))
    assert world.call("read_flow_runs", body=FlowRunQuery())
    actor.fire(PauseDeployment(deployment_id=deployment.id))
    assert world.call("read_deployment", id=deployment.id).paused
    assert world.call("read_flow_runs", body=FlowRunQuery()) == []
    actor.fire(ResumeDeployment(deployment_id=deployment.id), name="again")
    assert not world.call("read_deployment", id=deployment.id).paused
    assert world.call("read_flow_runs", body=FlowRunQuery())


def test_a_pool_is_paused_and_resumed(world, actor):
    pool = world.call("read_work_pool", name="local")
    actor.fire(PauseWorkPool(work_pool_id=pool.id))
    assert world.call("read_work_pool", name="local").is_paused
    about = event(resource=resource_id("work-pool", pool.id))
    actor.fire(ResumeWorkPool(source="inferred"), name="again", about=about)
    assert not world.call("read_work_pool", name="local").is_paused
    (done,) = actor.fire(PauseWorkPool(work_pool_id=uuid4()), name="third")
    assert "There is no work pool" in done.reason


def test_a_queue_is_paused_and_resumed(world, actor):
    queue = world.queue("fast")
    actor.fire(PauseWorkQueue(work_queue_id=queue.id))
    assert world.call("read_work_queue_by_id", id=queue.id).is_paused
    actor.fire(ResumeWorkQueue(work_queue_id=queue.id), name="again")
    assert not world.call("read_work_queue_by_id", id=queue.id).is_paused


def test_an_automation_is_paused_and_resumed(world, actor):
    other = automation(world, name="other", trigger=EventTrigger(expect=["never"]))
    actor.fire(PauseAutomation(automation_id=other.id))
    assert not world.call("read_automation", id=other.id).enabled
    actor.fire(ResumeAutomation(automation_id=other.id), name="again")
    assert world.call("read_automation", id=other.id).enabled


# Which one is meant.


def test_nothing_to_infer_is_a_reason(actor):
    (done,) = actor.fire(CancelFlowRun())
    assert done.status == "failed"
    assert done.reason == "The event 'door.opened' has to do with no flow run, so there is none to infer."


def test_several_to_choose_from_are_a_reason(world, actor):
    deployment = world.deployment()
    runs = [world.run_of(deployment) for _ in range(2)]
    about = event(related=[related(resource_id("flow-run", run.id), "flow-run") for run in runs])
    (done,) = actor.fire(CancelFlowRun(), about=about)
    assert done.status == "failed"
    assert "has to do with 2 flow runs" in done.reason
    assert [world.run(run).state_name for run in runs] == ["Scheduled", "Scheduled"]


def test_what_the_event_is_about_is_meant_before_what_has_a_part_in_it(world, actor):
    deployment = world.deployment()
    mine, other = (world.run_of(deployment) for _ in range(2))
    actor.fire(
        CancelFlowRun(),
        about=about_run(mine, related=[related(resource_id("flow-run", other.id), "flow-run")]),
    )
    assert [world.run(run).state_name for run in (mine, other)] == ["Cancelled", "Scheduled"]


def test_a_role_is_meant_before_any_part(world, actor):
    deployment = world.deployment()
    mine, parent = (world.run_of(deployment) for _ in range(2))
    parts = [
        related(resource_id("flow-run", parent.id), "parent"),
        related(resource_id("flow-run", mine.id), "flow-run"),
        related("prefect.flow-run.no-id-at-all", "flow-run"),
    ]
    actor.fire(CancelFlowRun(), about=event(related=parts))
    assert [world.run(run).state_name for run in (mine, parent)] == ["Cancelled", "Scheduled"]


def test_a_silence_is_about_what_it_was_counted_by(world, actor):
    run = world.run_of(world.deployment())
    trigger = EventTrigger(
        posture=Posture.PROACTIVE,
        after=["begun"],
        expect=["ended"],
        for_each=["prefect.resource.id"],
        within=60,
    )
    made = automation(world, trigger=trigger, actions=[CancelFlowRun()])

    happen(world, event("begun", resource_id("flow-run", run.id)))
    actor.evaluator.turn()
    world.clock.advance(seconds=61)
    actor.evaluator.turn()
    world.clock.advance(seconds=0.001)
    actor.turn()
    (firing,) = firings(world, made)
    assert [done.status for done in firing.actions] == ["done"], firing.actions
    assert world.run(run).state_name == "Cancelled"


def test_the_actions_of_a_firing_are_done_in_their_order(world, actor):
    run = world.run_of(world.deployment())
    states = [
        ChangeFlowRunState(state=StateType.SCHEDULED, name=f"s{number}", force=True) for number in range(6)
    ]
    actor.fire(*states, about=about_run(run))
    assert world.names(run) == ["Scheduled", "s0", "s1", "s2", "s3", "s4", "s5"]


def test_one_that_fails_is_in_nobodys_way(world, actor):
    run = world.run_of(world.deployment())
    gone = PauseDeployment(deployment_id=uuid4())
    first, second, third = actor.fire(gone, CancelFlowRun(), gone, about=about_run(run))
    assert [first.status, second.status, third.status] == ["failed", "done", "failed"]
    assert world.run(run).state_name == "Cancelled"
