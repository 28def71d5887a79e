"""What workers get, in which order, and what happens to what they don't start."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from tests.ops.world import ENV_TEMPLATE

from penstock.contract.claims import ClaimRequest, LaunchReport
from penstock.contract.deployments import ConcurrencyOptions, DeploymentFlowRunCreate, DeploymentUpdate
from penstock.contract.flow_runs import SetFlowRunState
from penstock.contract.global_limits import ConcurrencyLimitV2Create, IncrementSlotsWithLease
from penstock.contract.leases import LeaseRelease
from penstock.contract.states import StateCreate
from penstock.contract.work_pools import WorkPoolUpdate
from penstock.contract.work_queues import WorkQueueUpdate
from penstock.contract.workers import WorkerQuery
from penstock.domain.errors import Conflict, Fenced, InvalidInput, NotFound, SlotsTaken
from penstock.domain.states import StateType
from penstock.domain.transitions import CollisionStrategy
from penstock.server import claiming
from penstock.server.services.lease_sweeper import LeaseSweeper

SECOND = timedelta(seconds=1)


def claimed(answer):
    return [claim.flow_run.name for claim in answer.runs]


def test_a_claim_hands_over_all_that_is_needed(world):
    world.pool()
    deployment = world.deployment(
        entrypoint="flows.py:etl",
        pull_steps=[{"set_working_directory": {"directory": "/src"}}],
        job_variables={"env": {"FROM": "deployment", "D": 1}},
    )
    run = world.run_of(deployment, name="mine", job_variables={"env.R": True}, parameters={"x": 1})
    (claim,) = world.claim().runs
    assert (claim.flow_run.id, claim.flow_run.state_name, claim.flow_name) == (run.id, "Pending", "etl")
    assert claim.deployment.entrypoint == "flows.py:etl"
    assert claim.deployment.pull_steps == deployment.pull_steps
    assert claim.job_spec.environment == {"FROM": "deployment", "D": "1", "R": "true"}
    assert claim.job_spec.origins == {"run": "rest"}
    assert claim.lease.expires == world.later(seconds=120)
    assert world.run(run) == claim.flow_run
    assert world.claim().runs == []


def test_what_is_due_first_goes_first_and_the_better_queue_before(world):
    world.pool()
    world.queue("fast", priority=1)
    world.call("update_work_queue", work_pool_name="local", name="default", body=WorkQueueUpdate(priority=2))
    deployment = world.deployment()
    for name, minutes, queue in [
        ("b", 2, "default"),
        ("a", 1, "default"),
        ("d", 4, "fast"),
        ("c", 3, "fast"),
    ]:
        world.run_of(deployment, world.later(minutes=minutes), name=name, work_queue_name=queue)
    assert claimed(world.claim(limit=9)) == []
    world.clock.advance(minutes=9)
    assert claimed(world.claim(limit=3)) == ["c", "d", "a"]
    assert claimed(world.claim(limit=3)) == ["b"]


def test_a_worker_may_serve_some_queues_only(world):
    world.pool()
    world.queue("fast")
    deployment = world.deployment()
    world.run_of(deployment, name="a")
    world.run_of(deployment, name="b", work_queue_name="fast")
    assert claimed(world.claim(limit=9, work_queue_names=["fast"])) == ["b"]
    with pytest.raises(NotFound, match="no queue 'fasd'") as refused:
        world.claim(work_queue_names=["fasd"])
    assert refused.value.hint == "Did you mean 'fast'?"


def test_paused_pools_and_queues_hand_out_nothing(world):
    world.pool()
    world.queue("fast")
    deployment = world.deployment()
    world.run_of(deployment, name="a")
    world.run_of(deployment, name="b", work_queue_name="fast")
    paused = WorkQueueUpdate(is_paused=True)
    world.call("update_work_queue", work_pool_name="local", name="fast", body=paused)
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(is_paused=True))
    assert claimed(world.claim(limit=9)) == []
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(is_paused=False))
    assert claimed(world.claim(limit=9)) == ["a"]


def test_a_worker_of_another_type_is_refused(world):
    world.pool(type="docker")
    with pytest.raises(InvalidInput) as refused:
        world.claim(worker_type="process")
    assert "'process'" in refused.value.message
    assert "'docker'" in refused.value.message
    assert world.claim(worker_type="docker").runs == []


def test_an_unknown_pool_is_named_with_the_nearest_one(world):
    world.pool()
    with pytest.raises(NotFound, match="no work pool 'locla'") as refused:
        world.claim("locla")
    assert refused.value.hint == "Did you mean 'local'?"


def test_a_worker_that_asks_is_online_and_its_queues_are_ready(world):
    world.pool()
    assert world.call("read_work_pool", name="local").status == "NOT_READY"
    world.claim(worker="etl-1")
    (worker,) = world.call("read_workers", work_pool_name="local", body=WorkerQuery())
    assert (worker.name, worker.status, worker.last_heartbeat_time) == ("etl-1", "ONLINE", world.now)
    assert world.call("read_work_pool", name="local").status == "READY"
    assert world.call("read_work_queue", work_pool_name="local", name="default").status == "READY"
    world.clock.advance(seconds=91)
    assert world.call("read_work_pool", name="local").status == "NOT_READY"
    assert world.call("read_work_queue", work_pool_name="local", name="default").status == "NOT_READY"


@pytest.mark.parametrize("limited", ["pool", "queue", "deployment"])
def test_no_more_are_under_way_than_a_limit_allows(world, limited):
    world.pool(concurrency_limit=2 if limited == "pool" else None)
    if limited == "queue":
        body = WorkQueueUpdate(concurrency_limit=2)
        world.call("update_work_queue", work_pool_name="local", name="default", body=body)
    deployment = world.deployment(concurrency_limit=2 if limited == "deployment" else None)
    for number in range(4):
        world.run_of(deployment, world.now - (9 - number) * SECOND, name=str(number))
    first = world.claim(limit=9).runs
    assert [claim.flow_run.name for claim in first] == ["0", "1"]
    assert world.claim(limit=9).runs == []
    world.set_state(first[0].flow_run, "RUNNING", lease=first[0].lease)
    assert world.claim(limit=9).runs == []
    world.set_state(first[0].flow_run, "COMPLETED", lease=first[0].lease)
    assert claimed(world.claim(limit=9)) == ["2"]
    world.set_state(first[1].flow_run, "CRASHED", lease=first[1].lease)
    assert claimed(world.claim(limit=9)) == ["3"]


def test_a_full_deployment_holds_nobody_else_up(world):
    world.pool()
    full, free = world.deployment("full", concurrency_limit=1), world.deployment("free")
    for number in range(5):
        world.run_of(full, world.now - (9 - number) * SECOND, name=f"full-{number}")
    world.run_of(free, name="free")
    assert claimed(world.claim(limit=2)) == ["full-0", "free"]
    assert claimed(world.claim(limit=2)) == []


def test_a_run_that_does_not_start_within_the_grace_period_gives_its_place_on(world):
    world.pool()
    options = ConcurrencyOptions(collision_strategy=CollisionStrategy.ENQUEUE, grace_period_seconds=60)
    deployment = world.deployment(concurrency_limit=1, concurrency_options=options)
    first = world.run_of(deployment, world.now - 2 * SECOND, name="first")
    world.run_of(deployment, world.now - SECOND, name="second")
    assert claimed(world.claim()) == ["first"]
    sweeper = LeaseSweeper(world.db, world.limits)
    for _ in range(6):
        world.clock.advance(seconds=10)
        world.store.run(sweeper.run_once())
    assert world.names(first) == ["Scheduled", "Pending", "Scheduled"]
    assert claimed(world.claim()) == ["first"]  # in its old place


def test_deployments_may_share_a_limit_with_a_name(world):
    world.pool()
    body = ConcurrencyLimitV2Create(name="licences", limit=2)
    limit = world.call("create_global_limit", body=body)
    first, second = (
        world.deployment(name, global_concurrency_limit_id=limit.id) for name in ("first", "second")
    )
    assert first.global_concurrency_limit.name == "licences"
    for number in range(2):
        for deployment in (first, second):
            world.run_of(deployment, world.now - SECOND, name=f"{deployment.name}-{number}")
    claims = world.claim(limit=9).runs
    assert len(claims) == 2
    taken = IncrementSlotsWithLease(names=["licences"], slots=1)
    with pytest.raises(SlotsTaken):
        world.call("increment_slots_with_lease", body=taken)
    world.set_state(claims[0].flow_run, "RUNNING", lease=claims[0].lease)
    world.set_state(claims[0].flow_run, "COMPLETED", lease=claims[0].lease)
    world.call("increment_slots_with_lease", body=taken)
    assert world.claim(limit=9).runs == []
    waiting = world.run_of(first, world.now)
    assert world.set_state(waiting, "PENDING").state.name == "AwaitingConcurrencySlot"
    assert "'licences' is reached: 2 of 2 slots" in world.run(waiting).state.message
    why = world.call("read_flow_run_detail", id=waiting.id).why
    assert "'licences' is reached: 2 of 2 slots" in why.text
    found = world.call("read_deployment", id=first.id)
    assert (found.global_concurrency_limit.active_slots, found.concurrency_limit) == (2, None)
    world.call("update_deployment", id=first.id, body=DeploymentUpdate(concurrency_limit=1))
    own = world.call("read_deployment", id=first.id)
    assert own.global_concurrency_limit.name == f"deployment:{first.id}"
    world.call("delete_global_limit", id_or_name="licences")
    assert world.call("read_deployment", id=second.id).global_concurrency_limit is None
    assert len(world.claim(limit=9).runs) >= 1
    with pytest.raises(NotFound, match="no concurrency limit"):
        world.deployment("third", global_concurrency_limit_id=limit.id)
    made = world.call("create_global_limit", body=body)
    with pytest.raises(InvalidInput, match="cannot have both"):
        world.deployment("third", global_concurrency_limit_id=made.id, concurrency_limit=1)


def test_workers_are_woken_when_a_deployment_gets_more_places(served_world):
    world = served_world
    pool = world.pool()
    deployment = world.deployment(concurrency_limit=1)
    rung = []
    stop = world.store.run(world.db.listen(lambda channel, payload: rung.append((channel, payload))))
    body = DeploymentUpdate(concurrency_limit=2)
    world.call("update_deployment", id=deployment.id, body=body)

    async def heard():
        async with asyncio.timeout(10):
            while ("pool", str(pool.id)) not in rung:  # noqa: ASYNC110 - a notice of the database
                await asyncio.sleep(0)

    world.store.run(heard())
    world.store.run(stop())


def test_a_deployment_may_drop_what_comes_while_it_is_busy(world):
    world.pool()
    options = ConcurrencyOptions(collision_strategy=CollisionStrategy.CANCEL_NEW)
    deployment = world.deployment(concurrency_limit=1, concurrency_options=options)
    first = world.run_of(deployment, world.now - 2 * SECOND, name="first")
    second = world.run_of(deployment, world.now - SECOND)
    assert claimed(world.claim(limit=5)) == ["first"]
    assert world.names(second) == ["Scheduled", "Cancelled"]
    assert "limit of the deployment 'daily' is reached" in world.run(second).state.message
    assert world.names(first) == ["Scheduled", "Pending"]


def test_a_limit_that_is_lowered_ends_nothing_and_one_that_is_raised_lets_more_in(world):
    world.pool(concurrency_limit=3)
    deployment = world.deployment()
    for _ in range(6):
        world.run_of(deployment)
    assert len(world.claim(limit=9).runs) == 3
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(concurrency_limit=0))
    assert world.claim(limit=9).runs == []
    assert world.call("read_work_pool", name="local").active_slots == 3
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(concurrency_limit=5))
    assert len(world.claim(limit=9).runs) == 2
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(concurrency_limit=None))
    assert len(world.claim(limit=9).runs) == 1


def test_a_run_keeps_the_job_that_it_was_claimed_with(world):
    world.pool()
    deployment = world.deployment(job_variables={"image": "app:1"})
    first, second = world.run_of(deployment, world.now - SECOND), world.run_of(deployment)
    assert world.call("read_job_spec", id=first.id).frozen is False
    spec = world.claim().runs[0].job_spec
    world.call("update_deployment", id=deployment.id, body=DeploymentUpdate(job_variables={"image": "app:2"}))
    frozen = world.call("read_job_spec", id=first.id)
    assert (frozen.frozen, frozen.explanation.job) == (True, spec)
    assert frozen.explanation.job.job_configuration["image"] == "app:1"
    assert world.call("read_job_spec", id=second.id).explanation.job.job_configuration["image"] == "app:2"
    assert world.claim().runs[0].job_spec.job_configuration["image"] == "app:2"


def test_facts_about_the_run_are_part_of_its_job(world):
    world.pool()
    deployment = world.deployment(job_variables={"env": {"RUN": "{{ ctx.flow_run.name }}"}})
    for name in ("one", "two"):
        world.run_of(deployment, name=name)
    claims = world.claim(limit=2).runs
    assert {claim.job_spec.facts["flow_run.name"] for claim in claims} == {"one", "two"}


def test_a_run_that_fits_its_pool_no_more_crashes_and_says_why(world):
    world.pool()
    deployment = world.deployment(job_variables={"memory": 1})
    run, other = world.run_of(deployment), world.run_of(world.deployment("other"))
    template = {
        "variables": {"type": "object", "properties": {"memory": {"type": "string"}}},
        "job_configuration": {"memory": "{{ memory }}"},
    }
    world.call("update_work_pool", name="local", body=WorkPoolUpdate(base_job_template=template))
    assert [claim.flow_run.id for claim in world.claim(limit=2).runs] == [other.id]
    state = world.run(run).state
    assert state.name == "Crashed"
    assert "memory" in state.message
    assert "must be string, not integer" in state.message


def test_what_is_given_back_is_claimed_again_in_its_old_place(world):
    world.pool(concurrency_limit=1)
    deployment = world.deployment()
    run = world.run_of(deployment, world.now - 60 * SECOND)
    world.run_of(deployment)
    claim = world.claim().runs[0]
    body = LeaseRelease(lease_id=claim.lease.id, reason="the worker stops")
    world.call("release_flow_run", id=run.id, body=body)
    assert "the worker stops" in world.run(run).state.message
    again = world.claim().runs[0]
    assert again.flow_run.id == run.id
    with pytest.raises(Fenced):
        world.call("release_flow_run", id=run.id, body=body)
    world.set_state(run, "RUNNING", lease=again.lease)
    with pytest.raises(Conflict, match="no claim to give back"):
        world.call("release_flow_run", id=run.id, body=LeaseRelease(lease_id=again.lease.id))


def test_a_worker_hears_which_of_its_runs_to_end(world):
    world.pool()
    deployment = world.deployment()
    for _ in range(3):
        world.run_of(deployment)
    claims = world.claim(limit=3).runs
    for claim in claims:
        world.set_state(claim.flow_run, "RUNNING", lease=claim.lease)
    cancelled, completed, under_way = (claim.flow_run.id for claim in claims)
    world.set_state(cancelled, "CANCELLING")
    world.set_state(completed, "COMPLETED", lease=claims[1].lease)
    deleted = uuid4()
    running = [cancelled, completed, under_way, deleted]
    assert world.claim(limit=0, running=running).cancelling == [cancelled, deleted]


def test_the_job_of_a_run_that_ended_has_time_for_its_last_things(world):
    """Hooks run after the last state. A run that was called cancelled or lost gets less time."""
    world.pool()
    deployment = world.deployment()
    for _ in range(3):
        world.run_of(deployment)
    claims = world.claim(limit=3).runs
    for claim, state in zip(claims, ["COMPLETED", "CANCELLED", "CRASHED"], strict=True):
        world.set_state(claim.flow_run, "RUNNING", lease=claim.lease)
        world.set_state(claim.flow_run, state, force=True)
    running = [claim.flow_run.id for claim in claims]

    def to_end():
        return world.claim(limit=0, running=running).cancelling

    assert to_end() == []
    world.clock.advance(seconds=60)
    assert to_end() == running[1:]
    world.clock.advance(seconds=600)
    assert to_end() == running


def test_a_look_that_ends_many_runs_lets_others_at_the_database_between(world, monkeypatch):
    monkeypatch.setattr("penstock.server.claiming.MOST_ENTERED", 4)
    world.pool()
    only_new = ConcurrencyOptions(collision_strategy=CollisionStrategy.CANCEL_NEW)
    deployment = world.deployment(concurrency_limit=1, concurrency_options=only_new)
    runs = [world.run_of(deployment) for _ in range(12)]
    request = ClaimRequest(worker_name="w1", worker_id=uuid4(), limit=2)

    def look():
        return world.store.write(lambda tx: claiming.look(tx, world.me, "local", request))

    looks = [look() for _ in range(4)]
    assert [len(look.answer.runs) for look in looks] == [1, 0, 0, 0]
    assert [look.seconds_to_next for look in looks[:2]] == [0.0, 0.0]
    assert looks[-1].seconds_to_next == float("inf")
    assert sorted(world.run(run).state_name for run in runs) == [*["Cancelled"] * 11, "Pending"]


def test_what_was_started_stands_beside_the_job(world):
    world.pool()
    run = world.run_of(world.deployment())
    claim = world.claim().runs[0]
    report = LaunchReport(identifier="host:4711", started_as={"pid": 4711, "image": "other:1"})
    world.call("report_launch", world.holding(claim.lease), id=run.id, body=report)
    assert world.run(run).infrastructure_pid == "host:4711"
    job = world.call("read_job_spec", id=run.id)
    assert job.launch == report
    assert [(d.path, d.before, d.after) for d in job.differences] == [("image", "base:1", "other:1")]
    with pytest.raises(Fenced):
        world.call("report_launch", world.holding(uuid4()), id=run.id, body=report)
    world.set_state(run, "COMPLETED", lease=claim.lease)
    world.call("report_launch", world.holding(claim.lease), id=run.id, body=report)


def test_a_polling_client_takes_a_place_too(world):
    world.pool(concurrency_limit=1)
    deployment = world.deployment()
    first, second = world.run_of(deployment), world.run_of(deployment)
    assert world.set_state(first, "PENDING").status == "ACCEPT"
    held_up = world.set_state(second, "PENDING")
    assert (held_up.status, held_up.state.name) == ("REJECT", "AwaitingConcurrencySlot")
    assert world.claim().runs == []
    world.set_state(first, "RUNNING")
    world.set_state(first, "COMPLETED")
    world.clock.advance(seconds=31)
    assert [claim.flow_run.id for claim in world.claim().runs] == [second.id]


def test_a_launched_client_that_knows_no_leases_runs_its_flow(world):
    world.pool()
    run = world.run_of(world.deployment())
    claim = world.claim().runs[0]
    assert world.set_state(run, "RUNNING").status == "ACCEPT"
    world.clock.advance(hours=9)
    # Its worker still may say that it died.
    assert world.set_state(run, "CRASHED", lease=claim.lease).status == "ACCEPT"


class TestLongPoll:
    """A poll waits for what happens, and for nothing else."""

    def poll(self, world, wait, **given):
        given.setdefault("worker_id", uuid4())
        given.setdefault("limit", 1)
        request = ClaimRequest(worker_name="w1", wait_seconds=wait, **given)
        return world.acall("claim_flow_runs", name="local", body=request)

    def story(self, world, scenario):
        """Run a scenario with the bus listening to the database, as in a server."""

        async def told():
            end = await world.db.listen(world.bus.on_notice)
            try:
                async with asyncio.timeout(20):
                    return await scenario()
            finally:
                await end()

        return world.store.run(told())

    def test_it_answers_at_once_when_it_need_not_wait(self, served_world):
        served_world.pool()
        served_world.run_of(served_world.deployment(), name="a")
        answer = self.story(served_world, lambda: self.poll(served_world, 10.0))
        assert claimed(answer) == ["a"]
        assert claimed(self.story(served_world, lambda: self.poll(served_world, 0.0))) == []

    def test_a_new_run_wakes_it(self, served_world):
        world = served_world
        world.pool()
        deployment = world.deployment()

        async def scenario():
            poll = asyncio.create_task(self.poll(world, 10.0))
            await asyncio.sleep(0.05)
            body = DeploymentFlowRunCreate(name="new")
            await world.acall("create_flow_run_from_deployment", id=deployment.id, body=body)
            return await poll

        assert claimed(self.story(world, scenario)) == ["new"]

    def test_a_run_wakes_it_at_its_due_time(self, served_world):
        world = served_world
        world.pool()
        world.run_of(world.deployment(), world.later(milliseconds=200), name="soon")

        async def scenario():
            poll = asyncio.create_task(self.poll(world, 10.0))
            await asyncio.sleep(0.05)
            world.clock.advance(milliseconds=300)
            return await poll

        assert claimed(self.story(world, scenario)) == ["soon"]

    def test_a_place_that_becomes_free_wakes_it(self, served_world):
        world = served_world
        world.pool(concurrency_limit=1)
        deployment = world.deployment()
        world.run_of(deployment, world.now - SECOND)
        world.run_of(deployment, name="next")
        held = world.claim().runs[0]

        async def scenario():
            poll = asyncio.create_task(self.poll(world, 10.0))
            await asyncio.sleep(0.05)
            body = SetFlowRunState(state=StateCreate(type=StateType.COMPLETED))
            await world.acall("set_flow_run_state", world.holding(held.lease), id=held.flow_run.id, body=body)
            return await poll

        assert claimed(self.story(world, scenario)) == ["next"]

    def test_a_cancellation_wakes_the_worker_that_has_the_run(self, served_world):
        world = served_world
        world.pool()
        run = world.run_of(world.deployment())
        claim = world.claim().runs[0]
        world.set_state(run, "RUNNING", lease=claim.lease)

        async def scenario():
            poll = asyncio.create_task(self.poll(world, 10.0, limit=0, running=[run.id]))
            await asyncio.sleep(0.05)
            body = SetFlowRunState(state=StateCreate(type=StateType.CANCELLING))
            await world.acall("set_flow_run_state", id=run.id, body=body)
            return await poll

        assert self.story(world, scenario).cancelling == [run.id]

    def test_a_newer_poll_of_the_same_worker_ends_the_older_one(self, served_world):
        world = served_world
        world.pool()

        async def scenario():
            worker = uuid4()
            older = asyncio.create_task(self.poll(world, 10.0, worker_id=worker))
            await asyncio.sleep(0.05)
            newer = asyncio.create_task(self.poll(world, 0.3, worker_id=worker))
            return await older, newer.done(), await newer

        older, was_done, newer = self.story(world, scenario)
        assert (older.runs, was_done, newer.runs) == ([], False, [])

    @pytest.mark.parametrize("delay", [0, 0.0005, 0.001, 0.002, 0.004])
    def test_what_was_claimed_for_a_worker_that_hung_up_is_given_back(self, served_world, delay):
        world = served_world
        world.pool()
        run = world.run_of(world.deployment())

        async def scenario():
            poll = asyncio.create_task(self.poll(world, 10.0))
            await asyncio.sleep(delay)
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)
            return [] if poll.cancelled() else claimed(poll.result())

        if not self.story(world, scenario):
            assert world.run(run).state_name == "Scheduled"
            assert claimed(world.claim()) == [run.name]


def test_templates_of_pools_are_not_mixed_up(world):
    other = {
        **ENV_TEMPLATE,
        "job_configuration": {"env": "{{ env }}", "what": "{{ image }}", "m": "{{ memory }}"},
    }
    world.pool("a")
    world.pool("b", base_job_template=other)
    for pool, key in (("a", "image"), ("b", "what")):
        world.run_of(world.deployment(pool, pool=pool))
        assert key in world.claim(pool).runs[0].job_spec.job_configuration
