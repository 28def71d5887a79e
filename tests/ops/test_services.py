"""The sweeper and the marker of late runs: what becomes of runs whose people and processes are gone."""

from datetime import timedelta

import pytest
from tests.ops.world import World

from penstock.contract.flow_runs import FlowRunQuery
from penstock.contract.leases import LeaseRenew
from penstock.db.errors import DatabaseBusy
from penstock.domain.errors import Fenced
from penstock.domain.runs import RunPolicy
from penstock.domain.states import StateType
from penstock.server.services.late_runs import LateRuns
from penstock.server.services.lease_sweeper import LeaseSweeper

SECOND = timedelta(seconds=1)


class Server:
    """A server's loops, turned by hand. Making one is the start of a server."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sweeper = LeaseSweeper(world.db, world.limits)
        self.late_runs = LateRuns(world.db, world.limits)
        world.store.run(self.sweeper.prepare())

    def pass_time(self, seconds: float) -> int:
        """Let time pass in steps of the sweeper; how many runs it ended or queued again."""
        swept = 0
        for _ in range(int(seconds // 5)):
            self.world.clock.advance(seconds=5)
            swept += self.world.store.run(self.sweeper.run_once()).done
        return swept

    def mark_late(self) -> int:
        return self.world.store.run(self.late_runs.run_once()).done


def claim_one(world, **given):
    world.pool()
    run = world.run_of(world.deployment(), world.now - 60 * SECOND, **given)
    return run, world.claim().runs[0]


def test_a_worker_that_died_before_it_started_the_run_gives_it_back_by_dying(world):
    # F02: killed after the claim, before the process starts.
    world.pool(concurrency_limit=1)
    run = world.run_of(world.deployment(), world.now - 60 * SECOND)
    server, claim = Server(world), world.claim().runs[0]
    assert server.pass_time(115) == 0
    assert world.claim().runs == []
    assert server.pass_time(10) == 1
    now = world.run(run)
    assert (now.state_name, now.run_count) == ("Scheduled", 0)
    assert now.next_scheduled_start_time == run.next_scheduled_start_time
    assert "worker w1" in now.state.message
    again = world.claim(worker="w2").runs[0]
    assert (again.flow_run.id, again.flow_run.run_count) == (run.id, 0)
    with pytest.raises(Fenced, match="worker w2 owns it now"):
        world.set_state(run, "RUNNING", lease=claim.lease)
    assert world.set_state(run, "RUNNING", lease=again.lease).status == "ACCEPT"


def test_a_host_that_is_lost_ends_its_runs_within_a_lease_and_a_sweep(world):
    # F06: worker and flow are gone.
    world.pool(concurrency_limit=1)
    deployment = world.deployment()
    run, following = (world.run_of(deployment, world.now - n * SECOND) for n in (2, 1))
    server, claim = Server(world), world.claim().runs[0]
    world.set_state(run, "RUNNING", lease=claim.lease)
    assert server.pass_time(55) == 0
    assert server.pass_time(10) == 1
    state = world.run(run).state
    assert (state.name, world.run(run).end_time) == ("Crashed", world.now - 5 * SECOND)
    assert state.message.startswith("Its owner was lost: nothing was heard from worker w1")
    assert [c.flow_run.id for c in world.claim().runs] == [following.id]


def test_a_process_that_comes_back_too_late_is_told_to_stop(world):
    # F14: stopped for twice its lease, then continued.
    run, claim = claim_one(world)
    server = Server(world)
    world.set_state(run, "RUNNING", lease=claim.lease)
    server.pass_time(120)
    for name, body in (("renew_lease", LeaseRenew(lease_id=claim.lease.id)),):
        with pytest.raises(Fenced):
            world.call(name, id=run.id, body=body)
    with pytest.raises(Fenced):
        world.set_state(run, "COMPLETED", lease=claim.lease)
    assert world.run(run).state_name == "Crashed"


def test_a_process_that_renews_lives(world):
    run, claim = claim_one(world)
    server = Server(world)
    world.set_state(run, "RUNNING", lease=claim.lease)
    for _ in range(20):
        assert server.pass_time(45) == 0
        world.call("renew_lease", id=run.id, body=LeaseRenew(lease_id=claim.lease.id))
    assert world.run(run).state_name == "Running"


class Locked:
    """A database that another process keeps from being written."""

    def __init__(self, db) -> None:
        self.read = db.read

    async def write(self, body):
        raise DatabaseBusy("locked")


def test_while_nothing_can_be_written_nobody_is_lost(world):
    # F16: locked for longer than a lease. Rounds fail meanwhile, and renewals too.
    run, claim = claim_one(world)
    server = Server(world)
    world.set_state(run, "RUNNING", lease=claim.lease)
    unlocked, server.sweeper.db = server.sweeper.db, Locked(server.sweeper.db)
    for _ in range(8):
        world.clock.advance(seconds=15)
        with pytest.raises(DatabaseBusy):
            world.store.run(server.sweeper.run_once())
    server.sweeper.db = unlocked
    assert server.pass_time(15) == 0
    world.call("renew_lease", id=run.id, body=LeaseRenew(lease_id=claim.lease.id))
    assert world.run(run).state_name == "Running"


def test_after_a_restart_everybody_has_a_full_lease_to_be_heard(world):
    # F11, F12: the server was away; its own absence crashes nobody.
    world.pool()
    deployment = world.deployment()
    for _ in range(6):
        world.run_of(deployment)
    claims = world.claim(limit=6).runs
    for claim in claims[:3]:
        world.set_state(claim.flow_run, "RUNNING", lease=claim.lease)
    world.clock.advance(minutes=30)
    server = Server(world)
    assert server.pass_time(55) == 0
    for claim in claims[:2]:
        body = LeaseRenew(lease_id=claim.lease.id)
        assert world.call("renew_lease", id=claim.flow_run.id, body=body).lease.id == claim.lease.id
    assert server.pass_time(70) == 1 + 3 + 2
    names = sorted(run.state_name for run in world.call("read_flow_runs", body=FlowRunQuery()))
    assert names == ["Crashed"] * 3 + ["Scheduled"] * 3
    assert len(world.claim(limit=9).runs) == 3


def test_a_server_that_slept_does_not_take_its_own_sleep_for_silence(world):
    # F27, F30: the clock jumps, or the machine was suspended.
    run, claim = claim_one(world)
    server = Server(world)
    world.set_state(run, "RUNNING", lease=claim.lease)
    server.pass_time(20)
    world.clock.advance(hours=8)
    assert server.pass_time(50) == 0
    assert server.pass_time(30) == 1


def test_a_clock_that_goes_back_ends_nobody(world):
    run, claim = claim_one(world)
    server = Server(world)
    world.set_state(run, "RUNNING", lease=claim.lease)
    world.clock.advance(hours=-1)
    assert server.pass_time(60) == 0
    assert world.run(run).state_name == "Running"


def test_a_cancelled_run_whose_owner_is_lost_ends_as_cancelled(world):
    run, claim = claim_one(world)
    server = Server(world)
    world.set_state(run, "RUNNING", lease=claim.lease)
    world.set_state(run, "CANCELLING")
    assert server.pass_time(65) == 1
    assert world.run(run).state_name == "Cancelled"


def test_a_cancellation_that_nobody_carries_out_ends_by_itself(world):
    run = world.own_run(holder=None)
    world.set_state(run, "RUNNING")
    server = Server(world)
    assert world.set_state(run, "CANCELLING").state.name == "Cancelling"
    assert server.pass_time(295) == 0
    assert server.pass_time(10) == 1
    assert world.run(run).state_name == "Cancelled"


def test_a_client_without_leases_is_never_given_up(world):
    world.pool()
    run = world.run_of(world.deployment())
    server = Server(world)
    for state in ("PENDING", "RUNNING"):
        world.set_state(run, state)
    assert server.pass_time(600) == 0
    assert world.run(run).state_name == "Running"


def test_a_run_that_was_lost_while_it_waited_to_try_again_is_queued_if_others_may_run_it(world):
    policy = RunPolicy(retries=3, retry_delay=3600)
    world.pool()
    served = world.run_of(world.deployment(), empirical_policy=policy)
    own = world.own_run(empirical_policy=policy)
    claim = world.claim().runs[0]
    for run, lease in ((served, claim.lease), (own, own.lease)):
        world.set_state(run, "RUNNING", lease=lease)
        assert world.set_state(run, "FAILED", lease=lease).state.name == "AwaitingRetry"
    assert world.claim().runs == []
    assert Server(world).pass_time(65) == 2
    assert world.run(own).state_name == "Crashed"
    queued = world.run(served)
    assert (queued.state_name, queued.run_count) == ("Scheduled", 1)
    assert queued.next_scheduled_start_time == world.now + timedelta(seconds=3535)


def test_runs_that_nobody_took_in_time_are_late_once(world):
    world.pool()
    deployment = world.deployment()
    due, later = world.run_of(deployment, name="due"), world.run_of(deployment, world.later(seconds=10))
    server = Server(world)
    world.clock.advance(seconds=14)
    assert server.mark_late() == 0
    world.clock.advance(seconds=2)
    assert [server.mark_late(), server.mark_late()] == [1, 0]
    assert world.names(due) == ["Scheduled", "Late"]
    late = world.run(due)
    assert late.next_scheduled_start_time == due.next_scheduled_start_time
    assert late.estimated_start_time_delta == 16.0
    assert world.run(later).state_name == "Scheduled"
    assert [claim.flow_run.id for claim in world.claim(limit=1).runs] == [due.id]


def test_thousands_of_late_runs_are_marked_in_batches(sqlite_world):
    world = sqlite_world
    world.pool()
    deployment = world.deployment()
    for _ in range(450):
        world.run_of(deployment)
    server = Server(world)
    world.clock.advance(minutes=1)
    rounds = [world.store.run(server.late_runs.run_once()) for _ in range(3)]
    assert [(each.done, each.again_in) for each in rounds] == [(200, 0.0), (200, 0.0), (50, 5.0)]


def test_hundreds_of_lost_runs_are_swept_in_batches(sqlite_world):
    world = sqlite_world
    for _ in range(120):
        run = world.own_run()
        world.set_state(run, StateType.RUNNING, lease=run.lease)
    server = Server(world)
    world.clock.advance(seconds=20)
    world.store.run(server.sweeper.run_once())
    server.pass_time(35)
    world.clock.advance(seconds=10)
    rounds = [world.store.run(server.sweeper.run_once()) for _ in range(2)]
    assert [(each.done, each.again_in) for each in rounds] == [(100, 0.0), (20, 5.0)]
