"""Slots and states change together or not at all, whichever thing that is said to the database fails."""

from uuid import uuid4

import pytest
import sqlalchemy as sa
from tests.ops.test_limits import active, made, propose, tag_limit, tag_slots, task_run
from tests.ops.test_nth_failure import Faults, FaultyDatabase, Injected, InjectedLoss

from penstock.contract.global_limits import AcquireSlots, DecrementSlotsWithLease
from penstock.db.limit_tables import concurrency_slots
from penstock.domain.states import StateType
from penstock.server.services.lease_sweeper import LeaseSweeper

SAID = 80
"""More than the story says to its database."""


class Story:
    """A task run of a limited tag, slots under a lease, and a flow run that is lost with what it held."""

    def __init__(self, world):
        self.world = world
        tag_limit(world)
        made(world)
        self.flow_run = world.own_run()
        self.first = task_run(world, "gpu", flow_run_id=self.flow_run.id)
        self.second = task_run(world, "gpu", flow_run_id=self.flow_run.id)
        world.set_state(self.flow_run, "RUNNING", lease=self.flow_run.lease)
        self.sane = world.db
        self.failures = 0

    def under(self, faults):
        """Let the database fail."""
        self.world.db = self.world.store.db = FaultyDatabase(self.sane, faults)
        self.sweeper = LeaseSweeper(self.world.db, self.world.limits)

    def persist(self, step, *args, **kwargs):
        """Do a step until it answers; after each failure all is as it was before, or as it is after."""
        for _ in range(3):
            try:
                return step(*args, **kwargs)
            except (Injected, InjectedLoss):
                self.failures += 1
                self.check()
        raise AssertionError("the story hangs")

    def tell(self):
        self.persist(propose, self.world, self.first, "RUNNING")
        assert self.persist(propose, self.world, self.second, "RUNNING").status == "WAIT"
        self.persist(propose, self.world, self.first, "COMPLETED")
        self.persist(propose, self.world, self.second, "RUNNING")
        lease_id = uuid4()
        self.persist(self.acquire, lease_id)
        self.persist(self.release, lease_id)
        self.persist(self.acquire, uuid4())
        self.world.clock.advance(seconds=61)
        self.persist(lambda: self.world.store.run(self.sweeper.run_once()))

    def acquire(self, lease_id):
        body = AcquireSlots(lease_id=lease_id, names=["db"])
        caller = self.world.holding(self.flow_run.lease)
        assert self.world.store.run(self.world.acall("acquire_slots", caller, body=body)).granted

    def release(self, lease_id):
        self.world.call("decrement_slots_with_lease", body=DecrementSlotsWithLease(lease_id=lease_id))

    def check(self):
        """A slot is held by the task run that runs, and by nobody else."""
        faulty, self.world.db = self.world.db, self.sane
        self.world.store.db = self.sane
        runs = [self.world.call("read_task_run", id=run.id) for run in (self.first, self.second)]
        ended = self.world.run(self.flow_run).state_type is StateType.CRASHED
        running = [run.id for run in runs if run.state_type is StateType.RUNNING and not ended]
        assert tag_slots(self.world) == running
        assert active(self.world) <= (0 if ended else 1)
        self.world.db = self.world.store.db = faulty


@pytest.mark.parametrize("when", ["before", pytest.param("after", marks=pytest.mark.slow), "committed"])
def test_slots_and_states_change_together(served_world, when):
    world = served_world
    story = Story(world)
    for at in range(1, SAID + 1):
        faults = Faults(at, when)
        story.under(faults)
        story.tell()
        story.under(Faults())
        story.check()
        world.db = world.store.db = story.sane
        held = world.store.read(lambda tx: tx.fetch_all(sa.select(concurrency_slots)))
        assert held == []
        assert world.run(story.flow_run).state_type is StateType.CRASHED
        if not story.failures:
            break
        story = _again(world)
    else:
        raise AssertionError("the story says more than that")


def _again(world):
    world.call("delete_tag_limit_by_tag", tag="gpu")
    world.call("delete_global_limit", id_or_name="db")
    return Story(world)
