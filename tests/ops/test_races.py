"""Many at once: two claimers and one run, claimers and limits, and proposals that cross."""

import asyncio
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import sqlalchemy as sa
from tests.db.conftest import postgres  # noqa: F401 - a fixture
from tests.ops.world import ENV_TEMPLATE, World

from penstock.contract.claims import ClaimRequest
from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.flow_runs import FlowRunUpdate, SetFlowRunState
from penstock.contract.global_limits import ConcurrencyLimitV2Create
from penstock.contract.states import SetStateStatus, StateCreate
from penstock.contract.work_pools import WorkPoolUpdate
from penstock.db.connect import open_database
from penstock.db.place_tables import work_pools
from penstock.db.statements import rows
from penstock.db.tables import flow_runs, leases
from penstock.domain.errors import Conflict
from penstock.domain.states import StateType
from penstock.server import claiming
from penstock.server.ops import OPERATIONS


def request(worker, limit=1):
    return ClaimRequest(worker_name=worker, worker_id=uuid4(), limit=limit)


class Claimer(threading.Thread):
    """A worker in a thread and an event loop of its own, and on PostgreSQL with connections of its own."""

    def __init__(self, world: World, name: str, races: int, barrier: threading.Barrier) -> None:
        super().__init__()
        self.world, self.worker, self.races, self.barrier = world, name, races, barrier
        self.won: list[tuple[int, object]] = []
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            asyncio.run(self._race())
        except BaseException as error:
            self.failure = error
            self.barrier.abort()

    async def _race(self) -> None:
        db = self.world.db
        if db.dialect == "postgresql":
            db = open_database(self.world.store.url, self.world.clock)
            await db.start()
        for race in range(self.races):
            self.barrier.wait(60)
            answer = await db.write(
                lambda tx: claiming.look(tx, self.world.me, "local", request(self.worker))
            )
            self.won += [(race, claim.flow_run.id) for claim in answer.answer.runs]
        if db is not self.world.db:
            await db.close()


def race(world: World, races: int) -> None:
    """Let two workers race for one run at a time; the main thread puts it there just before."""
    world.pool()
    deployment = world.deployment()
    go = threading.Barrier(3)
    claimers = [Claimer(world, f"w{number}", races, go) for number in (1, 2)]
    for claimer in claimers:
        claimer.start()
    made = []
    for _ in range(races):
        made.append(world.run_of(deployment).id)
        go.wait(60)
    for claimer in claimers:
        claimer.join(60)
        assert claimer.failure is None, claimer.failure
    left = [claim.flow_run.id for claim in world.claim(limit=100).runs]
    won = Counter(run_id for claimer in claimers for _, run_id in claimer.won)
    assert set(won.values()) == {1}
    assert won.keys() | set(left) == set(made)
    assert all(claimer.won for claimer in claimers)


@pytest.mark.slow
def test_of_two_workers_that_race_for_a_run_one_gets_it_ten_thousand_times(sqlite_world):
    race(sqlite_world, 10_000)


def test_of_two_workers_that_race_for_a_run_one_gets_it(served_world):
    race(served_world, 300)


async def places(tx):
    return await tx.fetch_value(rows.count(leases, []))


async def unfinished(tx):
    return await tx.fetch_value(rows.count(flow_runs, [flow_runs.c.state_type != "COMPLETED"]))


async def work_until_done(world, db, name):
    """Claim and run what there is; the most places that were ever seen taken."""
    most = 0
    while await db.read(unfinished):
        look = await db.write(lambda tx: claiming.look(tx, world.me, "local", request(name, 2)))
        most = max(most, await db.read(places))
        for claim in look.answer.runs:
            for state in (StateType.RUNNING, StateType.COMPLETED):
                body = SetFlowRunState(state=StateCreate(type=state))
                caller = world.holding(claim.lease)
                await world.acall("set_flow_run_state", caller, id=claim.flow_run.id, body=body)
    return most


def test_many_claimers_never_pass_a_limit(served_world):
    world, limit = served_world, 3
    world.pool(concurrency_limit=limit)
    deployment = world.deployment()
    for _ in range(40):
        world.run_of(deployment)

    async def story():
        other = world.store.open() if world.db.dialect == "postgresql" else world.db
        if other is not world.db:
            await other.start()
        async with asyncio.timeout(60):
            work = [work_until_done(world, (world.db, other)[n % 2], f"w{n}") for n in range(6)]
            most = max(await asyncio.gather(*work))
        if other is not world.db:
            await other.close()
        return most

    assert 1 <= world.store.run(story()) <= limit


async def claim_all(world, db, name, at_most):
    """Claim so many at once until there is nothing; the runs."""
    mine = []
    while (
        look := await db.write(lambda tx: claiming.look(tx, world.me, "local", request(name, at_most)))
    ).answer.runs:
        mine += [(claim.flow_run.id, claim.flow_run.deployment_id) for claim in look.answer.runs]
    return mine


def test_claims_of_many_runs_at_once_take_each_once_and_pass_no_limit(served_world):
    world = served_world
    world.pool()
    shared = world.call("create_global_limit", body=ConcurrencyLimitV2Create(name="licences", limit=13)).id
    free, own = world.deployment("free"), world.deployment("own", concurrency_limit=7)
    sharing = [world.deployment(name, global_concurrency_limit_id=shared) for name in ("one", "two")]
    for _ in range(30):
        for deployment in (free, own, *sharing):
            world.run_of(deployment)

    async def story():
        other = world.store.open() if world.db.dialect == "postgresql" else world.db
        if other is not world.db:
            await other.start()
        async with asyncio.timeout(60):
            claims = [claim_all(world, (world.db, other)[n % 2], f"w{n}", 20) for n in range(6)]
            taken = await asyncio.gather(*claims)
        if other is not world.db:
            await other.close()
        return [each for some in taken for each in some]

    taken = world.store.run(story()) + world.store.run(claim_all(world, world.db, "last", 100))
    assert len({run_id for run_id, _ in taken}) == len(taken)
    of = Counter(deployment_id for _, deployment_id in taken)
    assert (of[free.id], of[own.id], sum(of[each.id] for each in sharing)) == (30, 7, 13)
    assert world.store.read(places) == len(taken)


def test_of_two_proposals_that_cross_the_first_end_wins(served_world):
    world = served_world
    ends = (StateType.COMPLETED, StateType.CANCELLED, StateType.CRASHED, StateType.FAILED)

    async def propose(run, end):
        body = SetFlowRunState(state=StateCreate(type=end))
        return await world.acall("set_flow_run_state", world.holding(run.lease), id=run.id, body=body)

    for _ in range(20):
        run = world.own_run()
        world.set_state(run, "RUNNING", lease=run.lease)

        async def cross(run=run):
            return await asyncio.gather(*(propose(run, end) for end in ends), return_exceptions=True)

        answers = world.store.run(cross())
        accepted = [a for a in answers if getattr(a, "status", None) is SetStateStatus.ACCEPT]
        assert len(accepted) == 1
        assert len(world.history(run)) == 3
        assert world.run(run).state_id == accepted[0].state.id


def test_a_key_that_is_given_at_once_by_many_makes_one_run(served_world):
    world = served_world
    world.pool()
    deployment = world.deployment()

    async def create():
        body = DeploymentFlowRunCreate(idempotency_key="once")
        return await world.acall("create_flow_run_from_deployment", id=deployment.id, body=body)

    async def many():
        return await asyncio.gather(*(create() for _ in range(12)))

    answers = world.store.run(many())
    assert len({answer.value.id for answer in answers}) == 1
    assert sum(answer.created for answer in answers) == 1


def test_a_limit_may_change_while_it_is_contended(served_world):
    world = served_world
    world.pool(concurrency_limit=5)
    deployment = world.deployment()
    for _ in range(12):
        world.run_of(deployment)
    seen = []
    for limit in (5, 2, 0, 10):
        world.call("update_work_pool", name="local", body=WorkPoolUpdate(concurrency_limit=limit))
        world.claim(limit=100)
        seen.append(world.call("read_work_pool", name="local").active_slots)
    assert seen == [5, 5, 5, 10]


class Interrupted:
    """A transaction in which somebody else acts between its first look and what comes then."""

    def __init__(self, tx, act) -> None:
        self._tx, self._act = tx, act

    def __getattr__(self, name):
        return getattr(self._tx, name)

    async def fetch_one(self, *asked):
        found, act = await self._tx.fetch_one(*asked), self._act
        if act is not None:
            self._act = None
            act()
        return found


@pytest.fixture
def postgres_world(postgres):  # noqa: F811
    """Where two transactions are under way at once."""
    return World(postgres)


def interrupted(world, act, name, /, **arguments):
    """Call an op, and have `act(db)` done by another server after its first look."""

    async def elsewhere():
        db = world.store.open()
        await db.start()
        await act(db)
        await db.close()

    def while_it_waits():
        with ThreadPoolExecutor(1) as other:
            other.submit(asyncio.run, elsewhere()).result(30)

    op = OPERATIONS[name].function
    world.store.write(lambda tx: op(Interrupted(tx, while_it_waits), world.me, **arguments))


def test_job_variables_are_not_changed_under_a_claim(postgres_world):
    world = postgres_world
    world.pool()
    run = world.run_of(world.deployment())

    async def claim(db):
        look = await db.write(lambda tx: claiming.look(tx, world.me, "local", request("w")))
        assert [claimed.flow_run.id for claimed in look.answer.runs] == [run.id]

    body = FlowRunUpdate(job_variables={"image": "late:1"})
    with pytest.raises(Conflict, match="just claimed"):
        interrupted(world, claim, "update_flow_run", id=run.id, body=body)
    assert world.run(run).job_variables == run.job_variables


def test_two_templates_never_have_one_version(postgres_world):
    world = postgres_world
    world.pool()

    def body(image):
        return WorkPoolUpdate(base_job_template=ENV_TEMPLATE | {"job_configuration": {"image": image}})

    async def other(db):
        update = OPERATIONS["update_work_pool"].function
        await db.write(lambda tx: update(tx, world.me, name="local", body=body("first:1")))

    async def version(tx):
        return await tx.fetch_value(sa.select(work_pools.c.template_version))

    before = world.store.read(version)
    interrupted(world, other, "update_work_pool", name="local", body=body("second:1"))
    assert world.store.read(version) == before + 2
