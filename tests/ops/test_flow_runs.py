"""The course of a flow run, as its owner, its worker and people bring it about."""

from uuid import uuid4

import pytest
from msgspec import UNSET

from penstock.contract.filters import FlowRunFilter, FlowRunStateFilter
from penstock.contract.flow_runs import FlowRunBulkSetState
from penstock.contract.leases import LeaseRenew
from penstock.contract.operators import StateTypeInOrNot
from penstock.contract.states import SetStateStatus, StateCreate, StateWaitDetails
from penstock.domain.errors import Fenced, NotFound
from penstock.domain.runs import RunPolicy
from penstock.domain.states import StateType

ACCEPT, REJECT, ABORT, WAIT = SetStateStatus


def test_a_process_runs_its_own_flow(world):
    run = world.own_run()
    assert (run.state_name, run.run_count) == ("Pending", 0)
    lease = run.lease
    world.clock.advance(seconds=1)
    started = world.set_state(run, "RUNNING", lease=lease)
    assert (started.status, started.state.name) == (ACCEPT, "Running")
    assert started.state.state_details.flow_run_id == run.id
    world.clock.advance(seconds=5)
    ended = world.set_state(run, "COMPLETED", lease=lease, message="All done", data={"rows": 3})
    assert ended.status is ACCEPT
    run = world.run(run)
    assert (run.state.message, run.state.data, run.state.state_details.flow_run_id) == (
        "All done",
        {"rows": 3},
        run.id,
    )
    assert (run.run_count, run.total_run_time, run.estimated_run_time) == (1, 5.0, 5.0)
    assert run.end_time - run.start_time == world.now - run.start_time
    assert world.names(run) == ["Pending", "Running", "Completed"]


def test_what_lasts_is_counted_up_to_now(world):
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    world.clock.advance(seconds=7)
    run = world.run(run)
    assert (run.total_run_time, run.estimated_run_time) == (0.0, 7.0)


def test_an_unknown_run_is_said_to_be_unknown(world):
    with pytest.raises(NotFound, match="no such flow run"):
        world.set_state(uuid4(), "RUNNING")


def test_the_lease_is_renewed_and_ends_with_the_run(world):
    run = world.own_run()
    world.clock.advance(seconds=50)
    renewed = world.call("renew_lease", id=run.id, body=LeaseRenew(lease_id=run.lease.id))
    assert renewed.lease.expires == world.later(seconds=60)
    assert not renewed.cancelling
    world.set_state(run, "RUNNING", lease=run.lease)
    world.set_state(run, "COMPLETED", lease=run.lease)
    with pytest.raises(Fenced, match="given back or expired"):
        world.call("renew_lease", id=run.id, body=LeaseRenew(lease_id=run.lease.id))


def test_who_lost_the_run_can_change_nothing_about_it(world):
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    for stranger in (uuid4(), run.id):
        with pytest.raises(Fenced):
            world.set_state(run, "COMPLETED", lease=stranger)
    assert world.run(run).state_name == "Running"


def test_another_process_cannot_start_what_is_owned(world):
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    second = world.set_state(run, "RUNNING")
    assert (second.status, second.details.reason) == (ABORT, "Another process owns this run.")


def test_an_answer_that_was_lost_is_given_again(world):
    run, transition = world.own_run(), uuid4()
    world.set_state(run, "RUNNING", lease=run.lease)
    first = world.set_state(run, "COMPLETED", lease=run.lease, transition_id=transition)
    # The lease is gone with the run; who repeats is answered all the same, and nothing happens twice.
    again = world.set_state(run, "COMPLETED", lease=run.lease, transition_id=transition)
    assert (again.status, again.state.id) == (first.status, first.state.id)
    assert world.names(run) == ["Pending", "Running", "Completed"]


def test_a_retry_waits_in_the_process_that_failed(world):
    policy = RunPolicy(retries=1, retry_delay=30)
    run = world.own_run(empirical_policy=policy)
    world.set_state(run, "RUNNING", lease=run.lease)
    transition = uuid4()
    failed = world.set_state(run, "FAILED", lease=run.lease, message="boom", transition_id=transition)
    assert (failed.status, failed.state.name, failed.state.message) == (REJECT, "AwaitingRetry", "boom")
    again = world.set_state(run, "FAILED", lease=run.lease, message="boom", transition_id=transition)
    assert (again.status, again.state.id) == (REJECT, failed.state.id)
    assert world.run(run).next_scheduled_start_time is None
    early = world.set_state(run, "RUNNING", lease=run.lease)
    assert (early.status, early.details) == (
        WAIT,
        StateWaitDetails(delay_seconds=30, reason="The run's scheduled time is in the future."),
    )
    world.clock.advance(seconds=30)
    assert world.set_state(run, "RUNNING", lease=run.lease).status is ACCEPT
    assert world.set_state(run, "FAILED", lease=run.lease).status is ACCEPT
    assert world.run(run).run_count == 2


def test_a_run_under_way_is_asked_to_stop_and_says_when_it_has(world):
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    assert world.set_state(run, "CANCELLING", message="enough").state.name == "Cancelling"
    assert world.call("renew_lease", id=run.id, body=LeaseRenew(lease_id=run.lease.id)).cancelling
    assert world.set_state(run, "FAILED", lease=run.lease).state.name == "Cancelled"
    assert world.set_state(run, "CANCELLING").status is ABORT


def test_a_run_that_nobody_took_is_cancelled_at_once(world):
    world.pool()
    run = world.run_of(world.deployment(), due=world.later(hours=1))
    cancelled = world.set_state(run, "CANCELLING")
    assert (cancelled.status, cancelled.state.name) == (REJECT, "Cancelled")
    assert world.claim().runs == []


def test_force_asks_nobody(world):
    run = world.own_run()
    world.set_state(run, "COMPLETED", lease=run.lease)
    assert world.set_state(run, "RUNNING").status is ABORT
    assert world.set_state(run, "RUNNING", force=True).status is ACCEPT


def test_a_client_that_knows_no_leases_gets_none(world):
    run = world.own_run(holder=None)
    assert run.lease is UNSET
    assert world.set_state(run, "RUNNING").lease is UNSET
    assert world.set_state(run, "COMPLETED").status is ACCEPT


def test_a_lease_can_be_asked_for_with_a_state(world):
    run = world.own_run(holder=None)
    started = world.set_state(run, "RUNNING", holder="process 7 on b")
    assert started.lease.expires == world.later(seconds=60)
    assert world.set_state(run, "COMPLETED", lease=started.lease).status is ACCEPT


def test_several_runs_are_moved_at_once(world):
    world.pool()
    deployment = world.deployment()
    waiting = []
    for _ in range(3):
        world.clock.advance(seconds=1)
        waiting.append(world.run_of(deployment))
    ended = world.own_run()
    world.set_state(ended, "COMPLETED", lease=ended.lease)
    scheduled = FlowRunFilter(state=FlowRunStateFilter(type=StateTypeInOrNot(any_=[StateType.SCHEDULED])))
    body = FlowRunBulkSetState(flow_runs=scheduled, state=StateCreate(type=StateType.CANCELLED), limit=2)
    answers = world.call("bulk_set_flow_run_state", body=body).results
    assert [(a.flow_run_id, a.status) for a in answers] == [(run.id, ACCEPT) for run in waiting[:2]]
    assert [world.run(run).state_name for run in waiting] == ["Cancelled", "Cancelled", "Scheduled"]


def test_an_ended_run_of_a_deployment_can_be_scheduled_again(world):
    world.pool()
    run = world.run_of(world.deployment())
    claim = world.claim().runs[0]
    world.set_state(run, "RUNNING", lease=claim.lease)
    world.set_state(run, "FAILED", lease=claim.lease)
    assert world.set_state(run, "SCHEDULED", name="AwaitingRetry").status is ACCEPT
    again = world.claim().runs[0]
    assert again.flow_run.id == run.id
    assert again.lease.id != claim.lease.id
