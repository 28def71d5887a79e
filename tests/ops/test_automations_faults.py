"""Whatever fails, and however many servers evaluate: each event counts once, and in its order."""

import asyncio
from collections import Counter

import pytest
from tests.ops.automations import DOOR, automation, event, firings, happen
from tests.ops.test_nth_failure import Faults, FaultyDatabase, Injected, InjectedLoss
from tests.ops.world import World
from tests.postgres_server import connection

from penstock.contract.automation_log import FiringQuery
from penstock.contract.events import EventQuery
from penstock.db.errors import DatabaseError
from penstock.domain.automations import EventTrigger, Posture, SequenceTrigger
from penstock.domain.events import ID
from penstock.server.emitting import emit
from penstock.server.evaluation.topics import EVALUATION_LOCK
from penstock.server.services.base import Round
from penstock.server.services.triggers import Triggers

PAIRS = EventTrigger(expect=["door.opened"], threshold=2, for_each=[ID])
SILENCE = EventTrigger(posture=Posture.PROACTIVE, expect=["beat"], within=60)


class Story:
    """Events of several kinds, and an evaluator that fails once."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.made = [automation(world, name=str(n), trigger=t) for n, t in enumerate((DOOR, PAIRS, SILENCE))]
        happen(world, *(event(resource=f"door.{n % 3}") for n in range(7)))
        world.clock.advance(seconds=61)
        self.service = Triggers(FaultyDatabase(world.db, faults), world.limits)

    def tell(self) -> int:
        """Evaluate to the end, over all failures; how many there were."""
        failures = 0
        for _ in range(20):
            try:
                done = self.world.store.run(self.service.run_once())
            except (Injected, InjectedLoss, DatabaseError):
                failures += 1
            else:
                if not done.done:
                    return failures
        raise AssertionError("it does not come to an end")

    def outcome(self) -> list[Counter[str]]:
        return [
            Counter(f.event.resource[ID] if f.event else "silence" for f in firings(self.world, made))
            for made in self.made
        ]


EXPECTED = [
    Counter({"door.0": 3, "door.1": 2, "door.2": 2}),
    Counter({"door.0": 1, "door.1": 1, "door.2": 1}),
    Counter({"silence": 1}),
]
MORE_THAN_IS_SAID = 300


@pytest.mark.parametrize("when", ["before", "after", "committed"])
@pytest.mark.parametrize("at", [*range(1, 20), *range(20, 80, 9), MORE_THAN_IS_SAID])
def test_whatever_fails_each_event_counts_once(sqlite_world, at, when):
    faults = Faults(at, when)
    story = Story(sqlite_world, faults)
    failures = story.tell()
    assert story.outcome() == EXPECTED
    assert failures == (at <= faults.said)
    assert faults.said < MORE_THAN_IS_SAID
    told = sqlite_world.call("read_events", body=EventQuery(limit=500)).events
    fired = [each for each in told if each.event == "prefect.automation.triggered"]
    assert len(fired) == sum(map(Counter.total, EXPECTED))


@pytest.mark.parametrize("at", range(1, 24, 4))
def test_on_postgres_too(served_world, at):
    story = Story(served_world, Faults(at, "after"))
    story.tell()
    assert story.outcome() == EXPECTED


STEPS = SequenceTrigger(
    triggers=[EventTrigger(expect=[name]) for name in ("one", "two", "three")],
)


def test_two_servers_show_each_event_once_and_in_order(postgres):
    world = World(postgres)
    made, steps = automation(world), automation(world, trigger=STEPS)
    rounds, doors = 40, 25

    async def scenario() -> list[int]:
        second = world.store.open()
        await second.start()
        services = [Triggers(db, world.limits) for db in (world.db, second)]
        writing = asyncio.Event()
        try:
            turns = asyncio.gather(*(evaluate(service, writing) for service in services))
            for n in range(rounds):
                names = ["one", "two", "three"]
                db = (world.db, second)[n % 2]
                doors_now = [event(resource=f"door.{n}.{m}") for m in range(doors)]
                await db.write(lambda tx, es=doors_now: emit(tx, None, *es))
                await world.db.write(lambda tx, ns=names: emit(tx, None, *map(event, ns)))
            writing.set()
            return await turns
        finally:
            await second.close()

    async def evaluate(service: Triggers, written: asyncio.Event) -> int:
        done = 0
        while True:
            is_last = written.is_set()
            turn = await service.run_once()
            done += turn.done
            if is_last and not turn.done and turn.again_in > 1:
                return done

    shares = world.store.run(scenario())
    assert all(shares), "both take part"
    found: list[str] = []
    before = None
    while page := world.call("read_firings", id=made.id, body=FiringQuery(limit=200, before=before)):
        found += [firing.event.resource[ID] for firing in page]
        before = page[-1].id
    assert Counter(found) == Counter(f"door.{n}.{m}" for n in range(rounds) for m in range(doors))
    assert len(firings(world, steps, limit=200)) == rounds


def test_what_a_dying_server_was_about_to_evaluate_is_evaluated_soon(postgres):
    world = World(postgres)
    made, service = automation(world), Triggers(world.db, world.limits)
    happen(world, event())

    async def scenario() -> tuple[Round, Round]:
        async with connection(postgres.url) as dying:
            await dying.execute("BEGIN")
            await dying.execute(f"SELECT pg_advisory_xact_lock({EVALUATION_LOCK})")
            meanwhile = await service.run_once()
        return meanwhile, await service.run_once()

    meanwhile, after = world.store.run(scenario())
    assert (meanwhile.done, meanwhile.again_in) == (0, 0.25)
    assert after.done > 0
    assert len(firings(world, made)) == 1
