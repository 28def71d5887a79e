"""What people do to runs from the outside: cancel, retry, force. They show no lease and are no owner."""

from collections import Counter
from uuid import uuid4

import pytest
from tests.ops.test_task_runs import record

from penstock.contract.states import SetStateStatus
from penstock.contract.task_runs import RecordTaskRuns
from penstock.domain.errors import Fenced
from penstock.domain.leases import LeaseTerms
from penstock.domain.runs import RunPolicy

ACCEPT, REJECT, ABORT, WAIT = SetStateStatus


@pytest.fixture
def deployment(world):
    world.pool()
    return world.deployment()


def finished(world, deployment, state="FAILED"):
    """A run that a worker took and that has ended."""
    run = world.run_of(deployment)
    (claimed,) = world.claim().runs
    world.set_state(run, "RUNNING", lease=claimed.lease)
    world.set_state(run, state, lease=claimed.lease)
    return run


def test_what_has_not_started_is_cancelled_at_once(world, deployment):
    run = world.run_of(deployment, due=world.later(hours=1))
    answer = world.set_state(run, "CANCELLING", message="Not today")
    assert (answer.status, answer.state.name, answer.state.message) == (REJECT, "Cancelled", "Not today")
    assert world.run(run).state_name == "Cancelled"


def test_what_a_worker_has_is_cancelled_by_the_worker(world, deployment):
    run = world.run_of(deployment)
    (claimed,) = world.claim().runs
    assert world.set_state(run, "CANCELLING").status is ACCEPT
    assert world.claim(running=[run.id]).cancelling == [run.id]
    again = world.set_state(run, "CANCELLING")
    assert (again.status, again.state) == (REJECT, again.state)
    ended = world.set_state(run, "CRASHED", lease=claimed.lease)
    assert (ended.status, ended.state.name) == (REJECT, "Cancelled")


def test_what_runs_is_asked_to_stop(world, deployment):
    run = world.run_of(deployment)
    (claimed,) = world.claim().runs
    world.set_state(run, "RUNNING", lease=claimed.lease)
    answer = world.set_state(run, "CANCELLING")
    assert (answer.status, answer.state.name) == (ACCEPT, "Cancelling")


def test_what_nobody_stops_can_be_forced(world, deployment):
    run = world.run_of(deployment)
    world.claim()
    world.set_state(run, "CANCELLING")
    assert world.set_state(run, "CANCELLED", force=True).status is ACCEPT
    assert world.names(run) == ["Scheduled", "Pending", "Cancelling", "Cancelled"]


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED", "CRASHED"])
def test_what_has_ended_is_not_cancelled(world, deployment, state):
    run = finished(world, deployment, state)
    answer = world.set_state(run, "CANCELLING")
    assert (answer.status, answer.state.type) == (ABORT, state)
    assert answer.details.reason == f"This run has already ended as {answer.state.name}."


@pytest.mark.parametrize("state", ["FAILED", "CRASHED", "COMPLETED", "CANCELLED"])
@pytest.mark.parametrize("name", [None, "AwaitingRetry"])
def test_a_run_of_a_deployment_is_retried_as_itself(world, deployment, state, name):
    run = finished(world, deployment, state)
    world.clock.advance(minutes=5)
    answer = world.set_state(run, "SCHEDULED", name=name, message="Once more")
    assert (answer.status, answer.state.type) == (ACCEPT, "SCHEDULED")
    waiting = world.run(run)
    assert (waiting.next_scheduled_start_time, waiting.end_time, waiting.run_count) == (world.now, None, 1)
    (claimed,) = world.claim().runs
    assert claimed.flow_run.id == run.id
    world.set_state(run, "RUNNING", lease=claimed.lease)
    assert world.set_state(run, "COMPLETED", lease=claimed.lease).status is ACCEPT
    assert (world.run(run).run_count, world.run(run).state_name) == (2, "Completed")


def test_a_retried_run_has_no_more_retries_than_it_had(world, deployment):
    run = world.run_of(deployment, empirical_policy=RunPolicy(retries=0))
    (claimed,) = world.claim().runs
    world.set_state(run, "RUNNING", lease=claimed.lease)
    world.set_state(run, "FAILED", lease=claimed.lease)
    world.set_state(run, "SCHEDULED")
    (claimed,) = world.claim().runs
    world.set_state(run, "RUNNING", lease=claimed.lease)
    assert world.set_state(run, "FAILED", lease=claimed.lease).state.name == "Failed"


def test_a_run_of_no_deployment_cannot_be_retried(world):
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    world.set_state(run, "FAILED", lease=run.lease)
    answer = world.set_state(run, "SCHEDULED")
    assert (answer.status, answer.details.reason) == (
        ABORT,
        "A run without a deployment cannot be scheduled again.",
    )


def test_a_run_that_is_under_way_is_taken_from_its_owner(world, deployment):
    run = world.run_of(deployment)
    (claimed,) = world.claim().runs
    world.set_state(run, "RUNNING", lease=claimed.lease)
    assert world.set_state(run, "SCHEDULED").status is ACCEPT
    (again,) = world.claim(worker="w2").runs
    assert again.flow_run.id == run.id
    with pytest.raises(Fenced):
        world.set_state(run, "COMPLETED", lease=claimed.lease)


def test_the_cancellation_of_a_silent_owner_ends_by_itself(world, deployment):
    run = world.run_of(deployment)
    world.claim()
    world.set_state(run, "CANCELLING")
    why = world.call("read_flow_run_detail", id=run.id).why
    assert why.text == "Being cancelled for 0 s: worker w1 is to stop it."
    world.clock.advance(seconds=2 * LeaseTerms().claim)
    assert world.run(run).state_name == "Cancelling"  # until it is swept


def children(world, deployment, parent, count):
    """Runs of a deployment that the tasks of a run have started."""
    tasks = [record(world, parent, f"t{number}") for number in range(count)]
    body = RecordTaskRuns(recorder=uuid4(), sequence=1, records=tasks)
    world.call("record_task_runs", body=body)
    return [world.run_of(deployment, parent_task_run_id=task.id) for task in tasks]


def test_with_a_parent_its_children_are_cancelled_and_theirs(world, deployment):
    """F41: a hundred of them, whatever each is about; what has ended stays as it is."""
    parent = world.own_run()
    world.set_state(parent, "RUNNING", lease=parent.lease)
    runs = children(world, deployment, parent, 100)
    claims = {claim.flow_run.id: claim for claim in world.claim(limit=3).runs}
    other = world.run_of(deployment)
    running, ended, prepared = (run for run in runs if run.id in claims)
    for run in (running, ended):
        world.set_state(run, "RUNNING", lease=claims[run.id].lease)
    world.set_state(ended, "COMPLETED", lease=claims[ended.id].lease)
    (grandchild,) = children(world, deployment, running, 1)
    answer = world.set_state(parent, "CANCELLING", lease=parent.lease)
    assert (answer.status, answer.state.name) == (ACCEPT, "Cancelling")
    for run in (running, prepared):
        assert world.run(run).state_name == "Cancelling"
        assert world.run(run).state.message == "Its parent was cancelled."
        world.set_state(run, "CANCELLED", lease=claims[run.id].lease)
    world.set_state(parent, "CANCELLED", lease=parent.lease)
    names = Counter(world.run(run).state_name for run in (parent, *runs, grandchild, other))
    assert names == {"Cancelled": 101, "Completed": 1, "Scheduled": 1}
    assert [claim.flow_run.id for claim in world.claim(limit=200).runs] == [other.id]
