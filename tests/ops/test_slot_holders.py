"""Limits with a name and of tags, as their page shows them; and slots that are taken from who holds them."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from tests.ops.counting import statements_of
from tests.ops.test_limits import (
    acquire,
    active,
    give_back,
    made,
    propose,
    rows,
    sweep,
    tag_limit,
    take,
    task_run,
    update,
    waiting,
)

from penstock.contract.audit import AuditQuery
from penstock.contract.concurrency import MAX_SHOWN
from penstock.contract.deployments import DeploymentUpdate
from penstock.contract.global_limits import (
    ConcurrencyLeaseHolder,
    IncrementSlots,
    RenewSlotLease,
)
from penstock.db.event_tables import events
from penstock.domain.errors import Gone, NotFound, SlotsTaken
from penstock.domain.limits import SlotMode

MOST_STATEMENTS = 7


def shown(world, name="db"):
    """A limit as the page has it, and as it is read alone."""
    (found,) = (
        each for each in world.call("list_concurrency_limits") if each.subject.name == name.split(":")[-1]
    )
    assert found == world.call("read_limit_holders", id_or_name=name)
    return found


def release(world, name, holder, caller=None):
    return world.call("release_slot_holder", caller, id_or_name=name, id=holder.id)


def by(type, id):
    return ConcurrencyLeaseHolder(type=type, id=id)


def test_a_holder_says_what_it_is_how_many_slots_it_has_and_until_when(world):
    made(world, limit=9)
    world.pool()
    run = world.own_run(name="r")
    began, task = world.now, task_run(world, flow_run_id=run.id)
    deployment = world.deployment()
    take(world, holder=by("flow_run", run.id), slots=2, lease_duration=60)
    world.clock.advance(seconds=1)
    take(world, holder=by("task_run", task.id))
    world.clock.advance(seconds=1)
    take(world, holder=by("deployment", deployment.id))
    world.clock.advance(seconds=1)
    unrecorded = uuid4()
    take(world, caller=world.holding(run.lease), holder=by("task_run", unrecorded))
    world.clock.advance(seconds=1)
    take(world)
    world.clock.advance(seconds=1)
    world.call("increment_slots", body=IncrementSlots(slots=1, names=["db"]))
    limit = shown(world)
    assert (limit.kind, limit.limit, limit.active, limit.holding) == ("global", 9, 7, 6)
    assert (limit.is_on, limit.bucket, limit.waiting, limit.waiters) == (True, None, 0, [])
    first, second, third, fourth, *nobody = limit.holders
    assert (first.run.id, first.run.name, first.task_run, first.slots) == (run.id, "r", None, 2)
    assert (first.holder, first.since, first.expires) == (
        "process 1 on a",
        began,
        began + timedelta(minutes=1),
    )
    assert (second.run.id, second.task_run.id, second.task_run.name) == (run.id, task.id, task.name)
    assert (third.deployment.name, third.deployment.within, third.run) == ("daily", "etl", None)
    assert (fourth.run.id, fourth.task_run, fourth.slots) == (run.id, None, 1)
    assert [(each.run, each.task_run, each.deployment, each.holder) for each in nobody] == [(None,) * 4] * 2
    assert [each.expires is None for each in nobody] == [False, True]


def test_a_holder_that_nobody_has_recorded_is_told_by_its_id(world):
    made(world)
    unknown = uuid4()
    take(world, holder=by("task_run", unknown))
    assert shown(world).holders[0].holder == f"task run {unknown}"


def test_slots_that_decay_are_told_as_a_bucket(world):
    made(world, "api", 5, slot_decay_per_second=0.5)
    body = IncrementSlots(slots=3, names=["api"], mode=SlotMode.RATE_LIMIT)
    world.call("increment_slots", body=body)
    world.clock.advance(seconds=1)
    limit = shown(world, "api")
    assert (limit.active, limit.bucket.level, limit.bucket.decay) == (3, pytest.approx(2.5), 0.5)
    assert limit.holders == []


def test_one_that_is_switched_off_says_so_and_comes_last(world):
    made(world, "off", 1, active=False)
    made(world, "on", 1)
    told = [(each.subject.name, each.is_on) for each in world.call("list_concurrency_limits")]
    assert told == [("on", True), ("off", False)]


def test_of_many_holders_the_first_are_named_and_all_are_counted(world):
    made(world, limit=100)
    leases = [take(world) for _ in range(MAX_SHOWN + 2)]
    give_back(world, leases[0])
    limit = shown(world)
    assert (limit.active, limit.holding, len(limit.holders)) == (MAX_SHOWN + 1, MAX_SHOWN + 1, MAX_SHOWN)


def test_task_runs_wait_for_a_tag_while_it_is_full_those_first_that_are_pending_longest(world):
    tag_limit(world)
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    first, second, third = (task_run(world, "gpu", "x", flow_run_id=run.id) for _ in range(3))
    for each in (third, second, first):
        propose(world, each, "PENDING")
        world.clock.advance(seconds=1)
    other = task_run(world, "cpu", flow_run_id=run.id)
    propose(world, other, "PENDING")
    limit = shown(world, "tag:gpu")
    assert (limit.kind, limit.subject.name, limit.waiting, limit.waiters) == ("tag", "gpu", 0, [])
    propose(world, second, "RUNNING")
    limit = shown(world, "tag:gpu")
    assert [(each.task_run.id, each.run.id, each.expires) for each in limit.holders] == [
        (second.id, run.id, None)
    ]
    assert [each.task_run.id for each in limit.waiters] == [third.id, first.id]
    assert limit.waiting == 2
    assert limit.waiters[0].since == world.later(seconds=-3)
    assert statements_of(world, "list_concurrency_limits") <= MOST_STATEMENTS


def test_a_task_run_that_holds_its_slot_already_or_whose_flow_run_is_over_does_not_wait(world):
    tag_limit(world)
    ended, run = world.own_run(), world.own_run()
    forgotten = task_run(world, "gpu", flow_run_id=ended.id)
    starting = task_run(world, "gpu", flow_run_id=run.id)
    alone = task_run(world, "gpu")
    for each in (forgotten, starting, alone):
        propose(world, each, "PENDING")
    world.set_state(ended, "CANCELLED", lease=ended.lease)
    world.set_state(run, "RUNNING", lease=run.lease)
    take(world, "tag:gpu", holder=by("task_run", starting.id))
    assert [(each.task_run.id, each.run) for each in shown(world, "tag:gpu").waiters] == [(alone.id, None)]


def test_runs_of_deployments_that_share_a_limit_hold_its_slots_and_wait_for_them(world):
    limit = made(world)
    world.pool()
    deployments = [world.deployment(name, global_concurrency_limit_id=limit.id) for name in ("a", "b")]
    first, second = (
        world.run_of(each, due=world.later(seconds=-at), name=each.name)
        for each, at in zip(deployments, (2, 1), strict=True)
    )
    world.claim(limit=5)
    found = shown(world)
    assert [(each.run.name, each.holder, each.expires) for each in found.holders] == [
        ("a", "worker w1", None)
    ]
    assert found.holders[0].run.id == first.id
    assert [each.run.id for each in found.waiters] == [second.id]
    assert found.waiting == 1


def test_slots_are_taken_from_who_holds_them_and_it_hears_of_it(world):
    made(world)
    lease = take(world)
    answer = release(world, "db", shown(world).holders[0])
    assert (answer.limit.name, answer.slots) == ("db", 1)
    assert "it hears that the slots are lost" in answer.text
    assert active(world) == 0
    with pytest.raises(Gone):
        world.call("renew_slot_lease", lease_id=lease.lease_id, body=RenewSlotLease())
    take(world)
    give_back(world, lease)
    assert active(world) == 1


def test_who_holds_slots_of_other_limits_too_keeps_those(world):
    made(world, "a"), made(world, "b")
    lease = take(world, "a", "b")
    answer = release(world, "a", shown(world, "a").holders[0])
    assert "neither stopped nor told, as its lease holds slots of other limits" in answer.text
    assert (active(world, "a"), active(world, "b")) == (0, 1)
    world.call("renew_slot_lease", lease_id=lease.lease_id, body=RenewSlotLease())


def test_a_task_run_that_renews_nothing_goes_on_beside_the_next(world):
    tag_limit(world)
    first, second = task_run(world, "gpu"), task_run(world, "gpu")
    propose(world, first, "RUNNING")
    answer = release(world, "tag:gpu", shown(world, "tag:gpu").holders[0])
    assert answer.limit.name == "gpu"
    assert answer.text.startswith("What held them is neither stopped nor told.")
    propose(world, second, "RUNNING")
    propose(world, first, "COMPLETED")
    assert [each.task_run.id for each in shown(world, "tag:gpu").holders] == [second.id]


def test_slots_that_decay_come_back_as_far_as_they_are_left(world):
    made(world, "api", 4, slot_decay_per_second=1)
    take(world, "api", slots=3)
    world.clock.advance(seconds=1)
    release(world, "api", shown(world, "api").holders[0])
    assert shown(world, "api").bucket.level == pytest.approx(0)


def test_who_is_not_there_any_more_cannot_be_released(world):
    made(world)
    world.call("increment_slots", body=IncrementSlots(slots=1, names=["db"]))
    (holder,) = shown(world).holders
    made(world, "other")
    for name in ("other", "nowhere"):
        with pytest.raises(NotFound):
            release(world, name, holder)
    assert "Whoever took them without a lease" in release(world, "db", holder).text
    with pytest.raises(NotFound, match="Nobody holds the slots") as refused:
        release(world, "db", holder)
    assert "given back a moment ago" in refused.value.hint
    assert rows(world) == []


def test_a_release_says_nothing_of_how_long_slots_are_usually_held(world):
    made(world)
    take(world, lease_duration=86_400)
    world.clock.advance(hours=20)
    release(world, "db", shown(world).holders[0])
    take(world)
    with pytest.raises(SlotsTaken) as refused:
        take(world)
    assert refused.value.retry_after == pytest.approx(2)


def test_a_release_is_audited_and_told_as_an_event(world):
    made(world)
    run = world.own_run()
    take(world, holder=by("flow_run", run.id))
    (holder,) = shown(world).holders
    world.clock.advance(seconds=1)
    release(world, "db", holder)
    row = world.call("read_audit_log", body=AuditQuery(action="concurrency_limits:release")).rows[0]
    assert (row.principal, row.operation) == ("ada", "release_slot_holder")
    assert row.subject == {"id_or_name": "db", "id": str(holder.id)}
    told = world.store.read(lambda tx: tx.fetch_all(sa.select(events).order_by(events.c.received)))[-1]
    assert told["event"] == "penstock.concurrency-limit.slots-released"
    assert told["payload"] == {"slots": 1, "since": holder.since.isoformat(), "by": "ada"}
    assert told["related"][0]["prefect.resource.id"] == f"prefect.flow-run.{run.id}"


def test_a_release_wakes_who_waits(listening):
    world = listening
    made(world)
    take(world)
    (holder,) = shown(world).holders

    async def story():
        waiter = asyncio.ensure_future(acquire(world, wait_seconds=60))
        await waiting(world, 1)
        await world.acall("release_slot_holder", id_or_name="db", id=holder.id)
        return await waiter

    assert world.store.run(story()).granted


def test_a_change_of_a_shared_limit_is_heard_by_who_looks_for_runs(world):
    limit = made(world, limit=0)
    world.pool()
    deployment = world.deployment()
    body = DeploymentUpdate(global_concurrency_limit_id=limit.id)
    world.call("update_deployment", id=deployment.id, body=body)
    world.run_of(deployment)
    assert world.claim().runs == []
    update(world, limit=1)
    assert len(world.claim().runs) == 1
    sweep(world)
