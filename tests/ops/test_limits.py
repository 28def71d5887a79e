"""Concurrency limits: slots are taken under leases, given back, and never more than there are."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from penstock.contract.flow_runs import SetRunState
from penstock.contract.global_limits import (
    AcquireSlots,
    ConcurrencyLeaseHolder,
    ConcurrencyLimitV2Create,
    ConcurrencyLimitV2Update,
    DecrementSlots,
    DecrementSlotsWithLease,
    IncrementSlots,
    IncrementSlotsWithLease,
    LimitQuery,
    RenewAcquiredSlots,
    RenewSlotLease,
)
from penstock.contract.states import StateCreate
from penstock.contract.tag_limits import TagLimitCreate, TagLimitReset, TaskRunSlots
from penstock.contract.task_runs import TaskRunCreate
from penstock.db.event_tables import events
from penstock.db.limit_tables import concurrency_slots
from penstock.domain.errors import AlreadyExists, Fenced, Gone, InvalidInput, NotFound, SlotsTaken
from penstock.domain.limits import SlotMode
from penstock.domain.states import StateType
from penstock.server.services.lease_sweeper import LeaseSweeper


def made(world, name="db", limit=1, **given):
    return world.call("create_global_limit", body=ConcurrencyLimitV2Create(name=name, limit=limit, **given))


def limit_of(world, name="db"):
    return world.call("read_global_limit", id_or_name=name)


def active(world, name="db"):
    return limit_of(world, name).active_slots


def take(world, *names, slots=1, caller=None, **given):
    body = IncrementSlotsWithLease(slots=slots, names=list(names or ("db",)), **given)
    return world.call("increment_slots_with_lease", caller, body=body)


def giving(lease_id):
    return DecrementSlotsWithLease(lease_id=lease_id)


def give_back(world, lease):
    world.call("decrement_slots_with_lease", body=giving(lease.lease_id))


def update(world, which="db", /, **given):
    world.call("update_global_limit", id_or_name=which, body=ConcurrencyLimitV2Update(**given))


def sweep(world):
    return world.store.run(LeaseSweeper(world.db, world.limits).run_once())


def rows(world):
    return world.store.read(lambda tx: tx.fetch_all(sa.select(concurrency_slots)))


def task_run(world, *tags, flow_run_id=None):
    body = TaskRunCreate(task_key="t", dynamic_key=str(uuid4()), tags=list(tags), flow_run_id=flow_run_id)
    return world.call("create_task_run", body=body).value


def propose(world, run, type, *, force=False):
    body = SetRunState(state=StateCreate(type=StateType(type)), force=force)
    return world.call("set_task_run_state", id=run.id, body=body)


def tag_limit(world, tag="gpu", limit=1):
    return world.call("create_tag_limit", body=TagLimitCreate(tag=tag, concurrency_limit=limit)).value


def tag_slots(world, tag="gpu"):
    return world.call("read_tag_limit_by_tag", tag=tag).active_slots


def test_a_limit_is_made_read_changed_and_deleted(world):
    made_ = made(world, limit=2, active_slots=1, slot_decay_per_second=0)
    assert (made_.name, made_.limit, made_.active_slots, made_.active) == ("db", 2, 1, True)
    assert limit_of(world).active_slots == limit_of(world, str(made_.id)).active_slots == 1
    with pytest.raises(AlreadyExists):
        made(world)
    made(world, "api")
    update(world, limit=5, active=False)
    found = limit_of(world)
    assert (found.limit, found.active, found.active_slots) == (5, False, 1)
    with pytest.raises(AlreadyExists):
        update(world, name="api")
    update(world, name="warehouse")
    names = [each.name for each in world.call("read_global_limits", body=LimitQuery())]
    assert names == ["api", "warehouse"]
    assert [each.name for each in world.call("read_global_limits", body=LimitQuery(offset=1))] == names[1:]
    world.call("delete_global_limit", id_or_name="warehouse")
    with pytest.raises(NotFound, match="warehouse"):
        limit_of(world, "warehouse")
    for call in ("delete_global_limit", "read_global_limit"):
        with pytest.raises(NotFound):
            world.call(call, id_or_name=str(uuid4()))
    with pytest.raises(NotFound):
        update(world, "warehouse", limit=1)


def test_slots_are_taken_of_all_limits_or_of_none(world):
    made(world, "a", 2)
    made(world, "b", 1)
    lease = take(world, "a", "b", "nobody knows")
    assert [limit.name for limit in lease.limits] == ["a", "b"]
    with pytest.raises(SlotsTaken, match="'b' has no room for 1 more: 1 of 1 slots are taken") as refused:
        take(world, "a", "b")
    assert refused.value.retry_after >= 1
    assert (active(world, "a"), active(world, "b")) == (1, 1)
    give_back(world, lease)
    give_back(world, lease)
    assert (active(world, "a"), active(world, "b")) == (0, 0)
    take(world, "a", "b")


def test_more_slots_than_there_are_is_refused_for_good_unless_the_limit_is_closed(world):
    made(world, limit=2)
    with pytest.raises(InvalidInput, match="3 slots are more than the concurrency limit 'db' has: 2"):
        take(world, slots=3)
    made(world, "closed", 0)
    with pytest.raises(SlotsTaken):
        take(world, "closed")


def test_a_limit_that_is_switched_off_takes_no_notice(world):
    made(world, limit=1, active=False)
    leases = [take(world) for _ in range(3)]
    assert [limit.name for limit in leases[0].limits] == ["db"]
    assert active(world) == 0
    world.call("renew_slot_lease", lease_id=leases[0].lease_id, body=RenewSlotLease())


def test_slots_without_a_lease_are_given_back_by_their_number(world):
    made(world, limit=5)
    for slots in (2, 1, 2):
        world.call("increment_slots", body=IncrementSlots(slots=slots, names=["db"]))
    with pytest.raises(SlotsTaken):
        world.call("increment_slots", body=IncrementSlots(slots=1, names=["db"]))
    world.call("decrement_slots", body=DecrementSlots(slots=4, names=["db", "?"], occupancy_seconds=3.0))
    assert active(world) == 1
    answer = world.call("decrement_slots", body=DecrementSlots(slots=9, names=["db"]))
    assert [limit.name for limit in answer] == ["db"]
    assert active(world) == 0
    assert rows(world) == []


def test_slots_under_a_lease_are_not_given_back_by_others(world):
    made(world, limit=2)
    take(world)
    world.call("decrement_slots", body=DecrementSlots(slots=1, names=["db"]))
    assert active(world) == 1


def test_a_rate_limit_needs_a_decay_and_fills_like_a_bucket(world):
    made(world, "steady", 2)
    rated = IncrementSlots(slots=1, names=["steady"], mode=SlotMode.RATE_LIMIT)
    with pytest.raises(InvalidInput, match="is no rate limit"):
        world.call("increment_slots", body=rated)
    made(world, "api", 2, slot_decay_per_second=0.5)
    body = IncrementSlots(slots=2, names=["api"], mode=SlotMode.RATE_LIMIT)
    world.call("increment_slots", body=body)
    with pytest.raises(SlotsTaken) as refused:
        world.call("increment_slots", body=body)
    assert refused.value.retry_after == pytest.approx(4)
    world.clock.advance(seconds=2)
    assert active(world, "api") == 1
    world.call("increment_slots", body=IncrementSlots(slots=1, names=["api"], mode=SlotMode.RATE_LIMIT))
    world.clock.advance(seconds=4)
    world.call("increment_slots", body=body)
    assert rows(world) == []


def test_slots_that_decay_come_back_early_only_as_far_as_they_are_left(world):
    made(world, "api", 4, slot_decay_per_second=1)
    first, _second = take(world, "api", slots=2), take(world, "api", slots=2)
    world.clock.advance(seconds=1)
    give_back(world, first)
    assert active(world, "api") == 2
    update(world, "api", slot_decay_per_second=0)
    assert active(world, "api") == 2
    update(world, "api", slot_decay_per_second=0.5)
    world.clock.advance(seconds=4)
    assert active(world, "api") == 0


def test_leases_end_with_their_holders_silence(world):
    made(world)
    lease = take(world, lease_duration=60)
    sweeper = LeaseSweeper(world.db, world.limits)
    world.store.run(sweeper.run_once())
    world.clock.advance(seconds=59)
    world.call("renew_slot_lease", lease_id=lease.lease_id, body=RenewSlotLease(lease_duration=100))
    world.clock.advance(seconds=99)
    sweep(world)
    assert active(world) == 1
    world.clock.advance(seconds=1)
    sweep(world)
    assert active(world) == 0
    for renewal in (("renew_slot_lease", RenewSlotLease()), ("hold_slots", RenewAcquiredSlots())):
        with pytest.raises(Gone, match="holds no slots any more"):
            world.call(renewal[0], lease_id=lease.lease_id, body=renewal[1])


def test_where_no_sweeper_runs_whoever_finds_no_room_looks_for_forgotten_leases(world):
    made(world)
    take(world, lease_duration=60)
    world.clock.advance(seconds=61)
    with pytest.raises(SlotsTaken):  # it may be about to be renewed
        take(world)
    world.clock.advance(seconds=10)
    take(world)
    assert active(world) == 1


def test_after_its_own_absence_the_server_gives_every_lease_time(world):
    made(world)
    lease = take(world, lease_duration=60)
    world.clock.advance(hours=1)
    world.store.run(LeaseSweeper(world.db, world.limits).prepare())
    sweep(world)
    assert active(world) == 1
    world.call("renew_slot_lease", lease_id=lease.lease_id, body=RenewSlotLease())


def test_fewer_slots_take_nothing_from_those_who_hold_some(world):
    made(world, limit=5)
    leases = [take(world) for _ in range(5)]
    for limit in (2, 0):
        update(world, limit=limit)
        assert (active(world), limit_of(world).limit) == (5, limit)
        with pytest.raises(SlotsTaken):
            take(world)
    for lease in leases:
        world.call("renew_slot_lease", lease_id=lease.lease_id, body=RenewSlotLease())
        give_back(world, lease)
    with pytest.raises(SlotsTaken):
        take(world)
    update(world, limit=10)
    for _ in range(10):
        take(world)


def test_a_limit_that_is_deleted_ends_nobodys_lease(world):
    made(world)
    lease = take(world)
    world.call("delete_global_limit", id_or_name="db")
    world.call("renew_slot_lease", lease_id=lease.lease_id, body=RenewSlotLease())
    made(world)
    take(world)
    give_back(world, lease)
    assert active(world) == 1


def test_the_number_of_slots_that_are_taken_can_be_set(world):
    made(world, limit=5)
    lease = take(world, slots=3)
    update(world, active_slots=4)
    assert active(world) == 4
    update(world, active_slots=3)
    assert active(world) == 3
    update(world, active_slots=0)
    assert active(world) == 0
    world.call("renew_slot_lease", lease_id=lease.lease_id, body=RenewSlotLease())
    give_back(world, lease)
    made(world, "api", 5, slot_decay_per_second=1)
    update(world, "api", active_slots=4)
    world.clock.advance(seconds=1)
    assert active(world, "api") == 3


def test_slots_end_with_the_flow_run_that_holds_them(world):
    made(world, limit=3)
    run = world.own_run()
    holder = ConcurrencyLeaseHolder(type="flow_run", id=run.id)
    take(world, holder=holder)
    mine = task_run(world, flow_run_id=run.id)
    take(world, holder=ConcurrencyLeaseHolder(type="task_run", id=mine.id))
    caller = world.holding(run.lease)
    unrecorded = ConcurrencyLeaseHolder(type="task_run", id=uuid4())
    take(world, caller=caller, holder=unrecorded)
    assert active(world) == 3
    world.set_state(run, "RUNNING", lease=run.lease)
    assert active(world) == 3
    world.clock.advance(seconds=61)
    sweep(world)
    assert world.run(run).state_type is StateType.CRASHED
    assert active(world) == 0
    with pytest.raises(Fenced):
        take(world, caller=caller, holder=holder)


def test_slots_of_a_flow_run_that_is_deleted_are_free_after_a_sweep(world):
    tag_limit(world)
    run = world.own_run()
    mine = task_run(world, "gpu", flow_run_id=run.id)
    propose(world, mine, "RUNNING")
    assert tag_slots(world) == [mine.id]
    world.call("delete_flow_run", id=run.id)
    sweep(world)
    assert tag_slots(world) == []


def acquire(world, *names, caller=None, lease_id=None, **given):
    body = AcquireSlots(lease_id=lease_id or uuid4(), names=list(names or ("db",)), **given)
    return world.acall("acquire_slots", caller or world.me, body=body)


def test_who_asks_twice_under_one_id_gets_the_slots_once(served_world):
    world = served_world
    made(world, limit=2)
    lease_id = uuid4()
    for _ in range(2):
        assert world.store.run(acquire(world, lease_id=lease_id)).granted
    assert active(world) == 1


def test_who_waits_is_told_why_and_keeps_its_place(served_world):
    world = served_world
    made(world)
    take(world)
    found = world.store.run(acquire(world))
    assert not found.granted
    assert found.reason.startswith("The concurrency limit 'db' has no room")
    assert found.waiting_since == world.now
    assert found.retry_after >= 1


async def waiting(world, count):
    """Once so many stand in line."""
    async with asyncio.timeout(30):
        while sum(len(line) for line in world.bus.lines._lines.values()) < count:  # noqa: ASYNC110 - ours to watch
            await asyncio.sleep(0)


@pytest.mark.parametrize("waiters", [20, pytest.param(1_000, marks=pytest.mark.slow)])
def test_those_who_wait_are_served_in_their_order(listening, waiters):
    world = listening
    made(world)
    lease = take(world)
    served = []

    async def waiter(number):
        lease_id = uuid4()
        answer = await acquire(world, lease_id=lease_id, wait_seconds=60)
        assert answer.granted
        served.append(number)
        body = DecrementSlotsWithLease(lease_id=lease_id)
        await world.acall("decrement_slots_with_lease", body=body)

    async def scenario():
        async with asyncio.TaskGroup() as group:
            for number in range(waiters):
                group.create_task(waiter(number))
                await waiting(world, number + 1)
            body = DecrementSlotsWithLease(lease_id=lease.lease_id)
            await world.acall("decrement_slots_with_lease", body=body)

    world.store.run(scenario())
    assert served == list(range(waiters))
    assert active(world) == 0


def test_who_asks_again_stands_where_it_stood(listening):
    world = listening
    made(world)
    lease = take(world)
    served = []

    async def waiter(name, since):
        answer = await acquire(world, wait_seconds=60, waiting_since=since, lease_id=UUID(int=len(name)))
        served.append(name)
        assert answer.granted
        await world.acall(
            "decrement_slots_with_lease", body=DecrementSlotsWithLease(lease_id=UUID(int=len(name)))
        )

    async def scenario():
        async with asyncio.TaskGroup() as group:
            group.create_task(waiter("new", world.now))
            await waiting(world, 1)
            group.create_task(waiter("older", world.now - timedelta(seconds=1)))
            await waiting(world, 2)
            await world.acall(
                "decrement_slots_with_lease", body=DecrementSlotsWithLease(lease_id=lease.lease_id)
            )

    world.store.run(scenario())
    assert served == ["older", "new"]


def test_a_waiter_that_hangs_up_holds_nobody_up(listening):
    world = listening
    made(world)
    lease = take(world)

    async def scenario():
        gone = asyncio.create_task(acquire(world, wait_seconds=60))
        await waiting(world, 1)
        second = asyncio.create_task(acquire(world, wait_seconds=60))
        await waiting(world, 2)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        await world.acall("decrement_slots_with_lease", body=giving(lease.lease_id))
        return await second

    assert world.store.run(scenario()).granted
    assert active(world) == 1


@pytest.mark.parametrize("change", ["limit", "active", "delete", "active_slots"])
def test_waiters_are_woken_by_a_change_of_the_limit(listening, change):
    world = listening
    made(world)
    take(world)

    async def changed():
        if change == "delete":
            await world.acall("delete_global_limit", id_or_name="db")
            return
        given = {"limit": 2, "active": False, "active_slots": 0}[change]
        body = ConcurrencyLimitV2Update(**{change: given})
        await world.acall("update_global_limit", id_or_name="db", body=body)

    async def scenario():
        waiter = asyncio.create_task(acquire(world, wait_seconds=60))
        await waiting(world, 1)
        await changed()
        return await waiter

    assert world.store.run(scenario()).granted


def test_who_waits_for_a_bucket_is_served_when_it_has_run_off(served_world):
    world = served_world
    made(world, "api", 1, slot_decay_per_second=20)
    rated = {"mode": SlotMode.RATE_LIMIT, "wait_seconds": 60}
    assert world.store.run(acquire(world, "api", **rated)).granted

    async def scenario():
        waiter = asyncio.create_task(acquire(world, "api", **rated))
        await waiting(world, 1)
        world.clock.advance(seconds=0.05)
        return await waiter

    assert world.store.run(scenario()).granted


def test_a_task_run_takes_a_slot_of_each_of_its_tags_to_run(world):
    tag_limit(world, "gpu")
    tag_limit(world, "big", 2)
    first, second = task_run(world, "gpu", "big", "free"), task_run(world, "gpu", "big")
    assert propose(world, first, "RUNNING").status == "ACCEPT"
    assert tag_slots(world, "gpu") == tag_slots(world, "big") == [first.id]
    refused = propose(world, second, "RUNNING")
    assert (refused.status, refused.details.delay_seconds) == ("WAIT", 10)
    assert (
        refused.details.reason == "The concurrency limit of the tag 'gpu' is reached: 1 of 1 slots are taken."
    )
    assert tag_slots(world, "big") == [first.id]
    propose(world, first, "COMPLETED")
    assert tag_slots(world, "gpu") == []
    assert propose(world, second, "RUNNING").status == "ACCEPT"
    assert propose(world, second, "RUNNING").status == "ACCEPT"
    assert tag_slots(world, "gpu") == tag_slots(world, "big") == [second.id]


def test_slots_that_a_client_takes_for_its_task_run_count_with_the_others(world):
    tag_limit(world)
    first, second = task_run(world, "gpu"), task_run(world, "gpu")
    answer = world.call("increment_tag_slots", body=TaskRunSlots(names=["gpu", "?"], task_run_id=first.id))
    assert [limit.name for limit in answer] == ["gpu"]
    world.call("increment_tag_slots", body=TaskRunSlots(names=["gpu"], task_run_id=first.id))
    assert tag_slots(world) == [first.id]
    assert propose(world, first, "RUNNING").status == "ACCEPT"
    assert tag_slots(world) == [first.id]
    with pytest.raises(SlotsTaken):
        world.call("increment_tag_slots", body=TaskRunSlots(names=["gpu"], task_run_id=second.id))
    with pytest.raises(SlotsTaken):
        take(world, "tag:gpu")
    assert propose(world, second, "RUNNING").status == "WAIT"
    world.call("decrement_tag_slots", body=TaskRunSlots(names=["gpu"], task_run_id=first.id))
    lease = take(world, "tag:gpu", holder=ConcurrencyLeaseHolder(type="task_run", id=second.id))
    assert propose(world, second, "RUNNING").status == "ACCEPT"
    assert propose(world, second, "COMPLETED").status == "ACCEPT"
    assert tag_slots(world) == [second.id]  # its client gives its own lease back
    give_back(world, lease)
    assert tag_slots(world) == []


def test_a_limit_of_a_tag_is_set_reset_and_deleted(world):
    limit = tag_limit(world, "gpu", 2)
    assert (
        world.call("create_tag_limit", body=TagLimitCreate(tag="gpu", concurrency_limit=3)).created is False
    )
    found = world.call("read_tag_limit", id=limit.id)
    assert (found.tag, found.concurrency_limit) == ("gpu", 3)
    first, second = uuid4(), uuid4()
    world.call("increment_tag_slots", body=TaskRunSlots(names=["gpu"], task_run_id=first))
    world.call("reset_tag_limit", tag="gpu", body=TagLimitReset(slot_override=[second]))
    assert tag_slots(world) == [second]
    world.call("reset_tag_limit", tag="gpu", body=TagLimitReset())
    assert tag_slots(world) == []
    made(world)
    assert [each.tag for each in world.call("read_tag_limits", body=LimitQuery())] == ["gpu"]
    with pytest.raises(NotFound):
        world.call("read_tag_limit", id=limit_of(world).id)
    world.call("delete_tag_limit_by_tag", tag="gpu")
    tag_limit(world, "gpu")
    world.call("delete_tag_limit", id=world.call("read_tag_limit_by_tag", tag="gpu").id)
    for call in ("read_tag_limit_by_tag", "delete_tag_limit_by_tag"):
        with pytest.raises(NotFound, match="of the tag 'gpu'"):
            world.call(call, tag="gpu")
    with pytest.raises(NotFound):
        world.call("reset_tag_limit", tag="gpu", body=TagLimitReset())
    with pytest.raises(NotFound):
        world.call("read_tag_limit", id=uuid4())


def test_limits_of_deployments_are_shown_among_the_others(world):
    world.pool()
    made(world, "z")
    limited = world.deployment("limited", concurrency_limit=2)
    world.deployment("free")
    world.run_of(limited, world.now)
    assert len(world.claim().runs) == 1
    name = f"deployment:{limited.id}"
    found = world.call("read_global_limits", body=LimitQuery())
    assert [(each.name, each.limit, each.active_slots) for each in found] == [("z", 1, 0), (name, 2, 1)]
    for offset in (1, 2):
        query = LimitQuery(offset=offset, limit=1)
        assert world.call("read_global_limits", body=query) == found[offset:]
    assert limit_of(world, name) == limit_of(world, str(limited.id)) == found[1]
    with pytest.raises(NotFound, match="is a deployment's own"):
        update(world, name, limit=5)


def test_limits_tell_what_happens_to_them(world):
    made(world)
    world.clock.advance(seconds=1)
    update(world, limit=2)
    world.clock.advance(seconds=1)
    world.call("delete_global_limit", id_or_name="db")
    told = world.store.read(lambda tx: tx.fetch_all(sa.select(events).order_by(events.c.received)))
    assert [each["event"] for each in told] == [
        f"prefect.concurrency-limit.{change}" for change in ("created", "updated", "deleted")
    ]
    assert told[1]["payload"] == {"name": "db", "limit": 2, "active": True, "slot_decay_per_second": 0.0}
