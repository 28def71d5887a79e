"""Fail the N-th thing that the server says to its database, for every N, and see that nothing is half done.

The story is schedule → claim → run → record → complete, told by clients that repeat what failed. Whatever
fails, before or after it reached the database or when it was committed already, the story ends alike.
"""

from collections import Counter
from uuid import uuid4

import pytest
from tests.ops.test_task_runs import record
from tests.ops.world import World

from penstock.contract.flow_runs import FlowRunQuery
from penstock.contract.logs import LogCreate, LogQuery
from penstock.contract.task_runs import RecordTaskRuns, TaskRunQuery
from penstock.db.errors import ConnectionLost, DatabaseUnavailable
from penstock.db.statements import rows
from penstock.db.tables import flow_run_states, leases, task_run_states
from penstock.domain.errors import Fenced
from penstock.domain.ids import new_id
from penstock.domain.states import StateType
from penstock.server.services.lease_sweeper import LeaseSweeper


class Injected(DatabaseUnavailable):
    """The fault, where it is known that nothing was kept."""


class InjectedLoss(ConnectionLost):
    """The fault, where everything was kept and nobody was told."""


class Faults:
    """Counts what is said to the database, and fails once."""

    def __init__(self, at: int = 0, when: str = "before") -> None:
        self.at, self.when, self.said = at, when, 0

    def now(self, when: str) -> bool:
        """Whether this is the moment. Statements are counted before they are said."""
        if when == "before":
            self.said += 1
        return self.said == self.at and when == self.when

    def spent(self) -> None:
        self.at = 0


class FaultyTransaction:
    def __init__(self, tx, faults: Faults) -> None:
        self._tx, self._faults = tx, faults
        self.now, self.tick, self.notify, self.hint, self.after_commit, self.savepoint = (
            tx.now,
            tx.tick,
            tx.notify,
            tx.hint,
            tx.after_commit,
            tx.savepoint,
        )

    def __getattr__(self, name):
        method = getattr(self._tx, name)

        async def call(*args):
            self._check("before")
            answer = await method(*args)
            self._check("after")
            return answer

        return call

    def _check(self, when: str) -> None:
        if self._faults.now(when):
            self._faults.spent()
            raise Injected("on purpose")


class FaultyDatabase:
    def __init__(self, db, faults: Faults) -> None:
        self._db, self._faults = db, faults
        self.dialect = db.dialect

    async def write(self, body):
        answer = await self._db.write(lambda tx: body(FaultyTransaction(tx, self._faults)))
        if self._faults.when == "committed" and self._faults.at and self._faults.said >= self._faults.at:
            self._faults.spent()
            raise InjectedLoss("on purpose", committed=None)
        return answer

    async def read(self, body):
        return await self._db.read(lambda tx: body(FaultyTransaction(tx, self._faults)))

    def reserved(self):
        return self


class Story:
    """One run from its creation to its end, and clients who do not give up."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        world.pool(concurrency_limit=1)
        self.deployment = world.deployment()
        self.sane = world.db
        world.db = FaultyDatabase(world.db, faults)
        world.store.db = world.db
        self.sweeper = LeaseSweeper(world.db, world.limits)
        self.failures = 0
        self.transitions = {StateType.RUNNING: uuid4(), StateType.COMPLETED: uuid4()}

    def persist(self, step, *args):
        """Do a step until it answers."""
        for _ in range(3):
            try:
                return step(*args)
            except (Injected, InjectedLoss):
                self.failures += 1
        raise AssertionError("the story hangs")

    def tell(self) -> None:
        run = self.persist(self.create)
        claim = self.claim_in_time()
        self.persist(self.move, claim, StateType.RUNNING)
        self.persist(self.record, run, claim)
        self.persist(self.log, run)
        self.persist(self.move, claim, StateType.COMPLETED)

    def create(self):
        return self.world.run_of(self.deployment, idempotency_key="once")

    def claim_in_time(self):
        """Ask for work until there is some; a claim whose answer was lost comes back when its lease ends."""
        for _ in range(40):
            if found := self.persist(self.world.claim).runs:
                return found[0]
            self.world.clock.advance(seconds=5)
            self.persist(lambda: self.world.store.run(self.sweeper.run_once()))
        raise AssertionError("the run is stuck")

    def move(self, claim, state):
        transition = self.transitions[state]
        answer = self.world.set_state(claim.flow_run, state, lease=claim.lease, transition_id=transition)
        assert answer.status == "ACCEPT"

    def record(self, run, claim):
        if not hasattr(self, "batch"):
            tasks = [record(self.world, run, f"t{number}") for number in range(3)]
            self.batch = RecordTaskRuns(recorder=uuid4(), sequence=1, records=tasks)
        self.world.call("record_task_runs", self.world.holding(claim.lease), body=self.batch)

    def log(self, run):
        if not hasattr(self, "lines"):
            now = self.world.now
            self.lines = [
                LogCreate(
                    id=new_id(now), name="n", level=20, message=str(n), timestamp=now, flow_run_id=run.id
                )
                for n in range(3)
            ]
        self.world.call("create_logs", body=self.lines)

    def check(self) -> None:
        """How it ends, whatever happened on the way."""
        world = self.world
        world.db = world.store.db = self.sane
        (run,) = world.call("read_flow_runs", body=FlowRunQuery())
        assert (run.state_name, run.run_count) == ("Completed", 1)
        names = Counter(world.names(run))
        assert names["Running"] == names["Completed"] == 1
        assert names["Pending"] == names["Scheduled"] in (1, 2)
        assert world.store.read(lambda tx: self.numbers(tx, flow_run_states)) == list(
            range(1, names.total() + 1)
        )
        tasks = world.call("read_task_runs", body=TaskRunQuery())
        assert sorted(task.name for task in tasks) == ["t0", "t1", "t2"]
        assert world.store.read(lambda tx: tx.fetch_value(rows.count(task_run_states, []))) == 9
        assert len(world.call("read_logs", body=LogQuery())) == 3
        assert world.store.read(lambda tx: tx.fetch_value(rows.count(leases, []))) == 0
        assert world.call("read_job_spec", id=run.id).frozen
        with pytest.raises(Fenced):
            world.set_state(run, "FAILED", lease=uuid4())

    async def numbers(self, tx, states):
        return sorted(row["sequence"] for row in await tx.fetch_all(states.select()))


def tell(world: World, faults: Faults) -> Story:
    story = Story(world, faults)
    story.tell()
    story.check()
    return story


SAID = 41
"""How often the story speaks to the database when nothing fails."""


def test_the_story_without_a_fault(world):
    faults = Faults()
    assert tell(world, faults).failures == 0
    assert faults.said == SAID


@pytest.mark.parametrize("when", ["before", "after", "committed"])
@pytest.mark.parametrize("at", range(1, SAID + 1))
def test_the_story_with_one_fault(sqlite_world, at, when):
    assert tell(sqlite_world, Faults(at, when)).failures == 1


@pytest.mark.parametrize("when", ["before", "after", "committed"])
@pytest.mark.parametrize("at", range(1, SAID + 1, 5))
def test_the_story_with_one_fault_on_every_database(world, at, when):
    assert tell(world, Faults(at, when)).failures == 1
