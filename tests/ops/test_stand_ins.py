"""The task run that stands for a child flow run of a client of the reference goes where the child goes."""

from uuid import uuid4

import pytest

from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.flow_runs import FlowRunCreate, SetRunState
from penstock.contract.states import StateCreate
from penstock.contract.task_runs import TaskRunCreate
from penstock.domain.states import StateDetails, StateType
from penstock.server.services.lease_sweeper import LeaseSweeper


@pytest.fixture
def parent(world):
    return world.own_run()


@pytest.fixture
def stand_in(world, parent):
    """Made as the reference's client does, before the child."""
    body = TaskRunCreate(flow_run_id=parent.id, task_key="child", dynamic_key="0")
    return world.call("create_task_run", body=body).value


def child_of(world, task_run, type=StateType.PENDING, **given):
    body = FlowRunCreate(
        flow_id=world.flow("child").id,
        parent_task_run_id=task_run.id,
        state=StateCreate(type=type),
        **given,
    )
    return world.call("create_flow_run", body=body).value


def history(world, task_run):
    return world.call("read_task_run_states", task_run_id=task_run.id)


def now(world, task_run):
    return world.call("read_task_run", id=task_run.id)


def test_it_goes_where_the_child_goes(world, stand_in):
    child = child_of(world, stand_in)
    for type in ("RUNNING", "COMPLETED"):
        world.clock.advance(seconds=2)
        world.set_state(child, type, message=f"is {type}", data={"type": "unpersisted"})
    names = [state.name for state in history(world, stand_in)]
    assert names == ["Pending", "Pending", "Running", "Completed"]
    ended = now(world, stand_in)
    assert (ended.state_type, ended.run_count, ended.total_run_time) == ("COMPLETED", 1, 2.0)
    assert (ended.state.message, ended.state.data) == ("is COMPLETED", {"type": "unpersisted"})
    assert ended.state.id != world.run(child).state.id
    assert ended.state.timestamp == world.run(child).state.timestamp
    details = ended.state.state_details
    assert (details.child_flow_run_id, details.task_run_id) == (child.id, stand_in.id)
    assert details.flow_run_id == stand_in.flow_run_id


def test_what_the_child_may_not_become_it_does_not_become_either(world, stand_in):
    child = child_of(world, stand_in, StateType.RUNNING)
    assert world.set_state(child, "PENDING").status == "ABORT"
    assert [state.name for state in history(world, stand_in)] == ["Pending", "Running"]


def test_it_waits_with_a_child_that_is_tried_again_and_runs_again_with_it(world, stand_in):
    child = child_of(world, stand_in, StateType.RUNNING)
    world.set_state(child, "FAILED", name="Broken")
    world.set_state(child, "SCHEDULED", name="Again", scheduled_time=world.now, force=True)
    assert now(world, stand_in).state.state_details.scheduled_time == world.now
    world.set_state(child, "RUNNING", force=True)
    names = [state.name for state in history(world, stand_in)]
    assert names == ["Pending", "Running", "Broken", "Again", "Running"]
    assert now(world, stand_in).run_count == 2


def test_a_proposal_that_is_repeated_moves_it_once(world, stand_in):
    child, said = child_of(world, stand_in), uuid4()
    for _ in range(2):
        world.set_state(child, "RUNNING", transition_id=said)
    assert [state.name for state in history(world, stand_in)] == ["Pending", "Pending", "Running"]


def test_it_follows_a_run_of_a_deployment_that_a_worker_takes(world, stand_in):
    world.pool()
    deployment = world.deployment()
    due = StateCreate(type=StateType.SCHEDULED, state_details=StateDetails(scheduled_time=world.now))
    body = DeploymentFlowRunCreate(parent_task_run_id=stand_in.id, state=due)
    world.call("create_flow_run_from_deployment", id=deployment.id, body=body)
    world.claim()
    assert [state.type for state in history(world, stand_in)] == ["PENDING", "SCHEDULED", "PENDING"]


def test_it_ends_with_a_child_whose_process_is_lost(world, stand_in):
    child_of(world, stand_in, StateType.RUNNING, lease_holder="process 7 on b")
    world.clock.advance(hours=1)
    world.store.run(LeaseSweeper(world.db, world.limits).run_once())
    assert now(world, stand_in).state_type == "CRASHED"


def test_a_task_run_of_our_own_engine_is_left_to_it(world, parent, stand_in):
    child = child_of(world, stand_in, StateType.RUNNING, parent_flow_run_id=parent.id)
    world.set_state(child, "COMPLETED")
    assert [state.name for state in history(world, stand_in)] == ["Pending"]


def test_a_child_goes_on_whose_task_run_is_gone_or_never_was(world, stand_in):
    child = child_of(world, stand_in)
    world.call("delete_task_run", id=stand_in.id)
    assert world.set_state(child, "RUNNING").status == "ACCEPT"
    body = FlowRunCreate(flow_id=world.flow().id, parent_task_run_id=uuid4())
    orphan = world.call("create_flow_run", body=body).value
    assert world.set_state(orphan, "RUNNING").status == "ACCEPT"


def test_what_its_client_said_of_it_gives_way(world, stand_in):
    """As on the reference's server, which asks no rule there: the child knows better."""
    ended = SetRunState(state=StateCreate(type=StateType.COMPLETED))
    world.call("set_task_run_state", id=stand_in.id, body=ended)
    child = child_of(world, stand_in, StateType.RUNNING)
    assert now(world, stand_in).state_type == "RUNNING"
    world.set_state(child, "FAILED")
    assert now(world, stand_in).state_type == "FAILED"
