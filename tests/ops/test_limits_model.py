"""Concurrency limits, whatever is done to them in whatever order, against a model that only counts."""

import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from tests.db.conftest import Store
from tests.ops.test_limits import active, give_back, limit_of, made, sweep, take, update
from tests.ops.world import World

from penstock.contract.global_limits import RenewSlotLease
from penstock.domain.errors import Gone, InvalidInput, NotFound, SlotsTaken

NAMES = ("a", "b")
ids = st.sampled_from(NAMES)


class Limits(RuleBasedStateMachine):
    """Leases on two limits. The model knows who holds what until when."""

    leases = Bundle("leases")

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        store = Store(f"sqlite:///{Path(self.folder.name)}/penstock.db", "embedded")
        self.started = store.started()
        self.world = World(self.started.__enter__())
        self.sizes, self.held = {}, {}
        for name in NAMES:
            self.make(name, 2)

    def teardown(self):
        self.started.__exit__(None, None, None)
        self.folder.cleanup()

    def make(self, name, size):
        made(self.world, name, size)
        self.sizes[name] = size

    def taken(self, name):
        return sum(slots for names, slots, _ in self.held.values() if name in names)

    @rule(target=leases, names=st.sets(ids, min_size=1), slots=st.integers(1, 2))
    def take(self, names, slots):
        known = {name for name in names if name in self.sizes}
        has_room = all(self.taken(name) + slots <= self.sizes[name] for name in known)
        too_many = any(0 < self.sizes[name] < slots for name in known)
        try:
            lease = take(self.world, *sorted(names), slots=slots, lease_duration=60)
        except SlotsTaken:
            assert not has_room
            return multiple()
        except InvalidInput:
            assert too_many
            return multiple()
        assert has_room
        assert not too_many
        self.held[lease.lease_id] = (known, slots, self.world.now + timedelta(seconds=60))
        return lease

    @rule(lease=consumes(leases))
    def give_back(self, lease):
        give_back(self.world, lease)
        self.held.pop(lease.lease_id, None)

    @rule(lease=leases)
    def renew(self, lease):
        body = RenewSlotLease(lease_duration=60)
        try:
            self.world.call("renew_slot_lease", lease_id=lease.lease_id, body=body)
        except Gone:
            assert lease.lease_id not in self.held
        else:
            known, slots, _ = self.held[lease.lease_id]
            self.held[lease.lease_id] = (known, slots, self.world.now + timedelta(seconds=60))

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds):
        """And nobody looks at what runs out until the sweeper does, which is never late here."""
        self.world.clock.advance(seconds=seconds)
        sweep(self.world)
        now = self.world.now
        self.held = {lease: held for lease, held in self.held.items() if held[2] > now}

    @rule(name=ids, size=st.integers(0, 4))
    def change(self, name, size):
        if name in self.sizes:
            update(self.world, name, limit=size)
            self.sizes[name] = size

    @rule(name=ids, size=st.integers(0, 4))
    def delete_or_make(self, name, size):
        """Who holds slots of a limit that is deleted holds none of another of its name."""
        if name not in self.sizes:
            self.make(name, size)
            return
        self.world.call("delete_global_limit", id_or_name=name)
        del self.sizes[name]
        self.held = {
            lease: (known - {name}, slots, until) for lease, (known, slots, until) in self.held.items()
        }

    @invariant()
    def what_is_taken_is_what_is_held(self):
        for name in NAMES:
            if name in self.sizes:
                assert active(self.world, name) == self.taken(name)
                continue
            try:
                limit_of(self.world, name)
            except NotFound:
                continue
            raise AssertionError(f"{name} is deleted")


Limits.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
test_limits_do_what_the_model_does = Limits.TestCase
