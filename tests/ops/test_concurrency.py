"""Limits, who occupies them and who waits: told by the leases, as a claim counts them."""

import pytest
from tests.ops.counting import statements_of

from penstock.contract.codec import encode
from penstock.contract.noun_lists import WorkerListQuery
from penstock.contract.run_lists import FlowRunListQuery
from penstock.contract.work_queues import WorkQueueUpdate

MOST_STATEMENTS = 9


def limits(world):
    return world.call("list_concurrency_limits")


def test_without_limits_there_is_nothing_to_tell(world):
    world.pool(), world.deployment()
    assert limits(world) == []


@pytest.fixture
def full(world):
    """A pool of three places, two of them for its queue, one of these for a deployment."""
    world.pool(concurrency_limit=3)
    two = WorkQueueUpdate(concurrency_limit=2)
    world.call("update_work_queue", work_pool_name="local", name="default", body=two)
    daily, other = world.deployment(concurrency_limit=1), world.deployment("other")
    runs = {}
    for number, deployment in enumerate((daily, daily, other, other, daily)):
        runs[f"r{number}"] = world.run_of(deployment, name=f"r{number}")
        world.clock.advance(seconds=1)
    world.run_of(other, due=world.later(hours=1), name="not due")
    world.claim(limit=10)
    return runs


def test_the_fullest_come_first_with_holders_and_waiters(world, full):
    told = [
        (
            limit.kind,
            limit.subject.name,
            f"{limit.active}/{limit.limit}",
            [holder.run.name for holder in limit.holders],
            [waiter.run.name for waiter in limit.waiters],
            limit.waiting,
        )
        for limit in limits(world)
    ]
    assert told == [
        ("work_queue", "default", "2/2", ["r0", "r2"], ["r1", "r3", "r4"], 3),
        ("deployment", "daily", "1/1", ["r0"], ["r1", "r4"], 2),
        ("work_pool", "local", "2/3", ["r0", "r2"], ["r1", "r3", "r4"], 3),
    ]
    assert statements_of(world, "list_concurrency_limits") <= MOST_STATEMENTS


def test_a_holder_says_since_when_and_until_when(world, full):
    holder = limits(world)[0].holders[0]
    assert (holder.holder, holder.since) == ("worker w1", world.now)
    assert holder.expires == world.later(seconds=120)
    assert holder.run.id == full["r0"].id


def test_a_limit_of_none_is_full(world):
    world.pool(concurrency_limit=0)
    (limit,) = limits(world)
    assert (limit.limit, limit.active, limit.holders) == (0, 0, [])


def test_nobody_is_told_the_right_to_anothers_run(world):
    world.pool(concurrency_limit=1)
    run = world.run_of(world.deployment())
    (claim,) = world.claim().runs
    answers = [
        limits(world),
        world.call("read_overview"),
        world.call("list_workers", body=WorkerListQuery()),
        world.call("list_flow_runs", body=FlowRunListQuery()),
        *(world.call(name, id=run.id) for name in ("read_flow_run", "read_flow_run_detail", "read_job_spec")),
    ]
    told = [encode(answer).decode() for answer in answers]
    assert str(run.id) in told[0]
    assert [text for text in told if str(claim.lease.id) in text] == []
