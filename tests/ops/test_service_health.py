"""How loops say that they are well, and when they count as stuck."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from tests.ops.world import World

from penstock.contract.permissions import Role
from penstock.db.migrations import HISTORY
from penstock.domain.errors import Unavailable
from penstock.server.bus import Bus
from penstock.server.caller import Caller
from penstock.server.service_health import SERVICES, Health, ServiceBoard
from penstock.server.services.base import Round, Service, running

NOW = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_round_that_takes_too_long_is_stuck():
    health = Health()
    health.begin(NOW)
    assert health.problem(NOW + 119 * SECOND) is None
    assert health.problem(NOW + 121 * SECOND) == "a round is under way since 2026-03-29T01:00:00+00:00"
    health.succeed(NOW + 122 * SECOND, 3)
    assert health.problem(NOW + 900 * SECOND) is None
    assert (health.done, health.last_success) == (3, NOW + 122 * SECOND)


def test_one_that_fails_for_a_minute_is_stuck_until_it_succeeds():
    health = Health()
    for seconds in (0, 5, 61):
        health.begin(NOW + seconds * SECOND)
        health.fail(NOW + seconds * SECOND, "e" * 1000)
    assert health.problem(NOW + 60 * SECOND) is None
    assert health.problem(NOW + 61 * SECOND) == "it fails since 2026-03-29T01:00:00+00:00"
    assert (health.errors, len(health.last_error)) == (3, 200)
    health.begin(NOW + 62 * SECOND)
    health.succeed(NOW + 62 * SECOND, 0)
    assert health.problem(NOW + 600 * SECOND) is None


def test_one_whose_loop_has_ended_is_stuck():
    assert Health(has_ended=True).problem(NOW) == "its loop has ended"


def board(process, **own):
    made = ServiceBoard()
    made.process = process
    made.put_up(own)
    return made


def test_processes_hear_of_each_other():
    here, there = board("a:1", scheduler=Health()), board("b:2", sweeper=Health(lag=1.5))
    here.hear(there.notice(NOW), NOW)
    here.hear(here.notice(NOW), NOW)
    assert [(each.process, each.name, each.state, each.lag) for each in here.all(NOW)] == [
        ("a:1", "scheduler", "resting", 0.0),
        ("b:2", "sweeper", "resting", 1.5),
    ]
    assert [each.state for each in here.all(NOW + 60 * SECOND)] == ["resting", "silent"]
    assert [each.process for each in here.all(NOW + 700 * SECOND)] == ["a:1"]


def test_who_says_goodbye_is_forgotten_at_once():
    here, there = board("a:1"), board("b:2", sweeper=Health())
    here.hear(there.notice(NOW), NOW)
    here.hear(there.goodbye(), NOW)
    assert here.all(NOW) == []


@pytest.mark.parametrize("notice", ["", "{}", "[1]", '{"process": "x", "services": [{"name": 1}]}'])
def test_what_another_version_says_in_another_form_is_passed_over(notice):
    here = board("a:1")
    here.hear(notice, NOW)
    assert here.all(NOW) == []


def test_a_notice_is_short_enough_for_the_database():
    long = Health(last_error="🦉" * 50, rounds=2**40, last_run=NOW, last_success=NOW, next_due=NOW)
    assert (
        len(
            board("a-host-with-a-long-name:123456", **{f"service-{n}": long for n in range(12)})
            .notice(NOW)
            .encode()
        )
        < 7999
    )


class Stubborn(Service):
    """Does what the test says."""

    name = "stubborn"

    def __init__(self, db, limits):
        super().__init__(db, limits)
        self.rounds, self.entered = asyncio.Queue(), asyncio.Queue()

    async def run_once(self):
        self.entered.put_nowait(None)
        outcome = await self.rounds.get()
        if isinstance(outcome, BaseException):
            raise outcome
        return Round(done=outcome, again_in=0.0)


def test_a_loop_tells_what_it_does_and_what_went_wrong(served_world: World):
    async def story():
        bus, service = Bus(), Stubborn(served_world.db, served_world.limits)
        async with running([service], bus, served_world.db):
            await service.entered.get()
            service.rounds.put_nowait(7)
            await service.entered.get()
            busy = bus.services.own(datetime.now(UTC))[0]
            service.rounds.put_nowait(ValueError("no"))
            bus.ring("service:stubborn")  # else it would wait for a while before it tries again
            await service.entered.get()
            failed = bus.services.own(datetime.now(UTC))[0]
            service.rounds.put_nowait(0)
            return busy, failed

    busy, failed = served_world.store.run(story())
    assert (busy.name, busy.rounds, busy.done, busy.state) == ("stubborn", 2, 7, "running")
    assert (failed.errors, failed.last_error, failed.state) == (1, "ValueError: no", "failing")
    assert failed.last_run >= failed.last_success


def test_other_servers_on_postgresql_hear_of_it(postgres_world: World):
    async def story():
        bus, heard = Bus(), Bus()
        heard.services.process = "other:1"
        arrived = asyncio.Event()

        def on_notice(channel, payload):
            heard.on_notice(channel, payload)
            if channel == SERVICES:
                arrived.set()

        end = await postgres_world.db.listen(on_notice)
        service = Stubborn(postgres_world.db, postgres_world.limits)
        async with running([service], bus, postgres_world.db):
            await arrived.wait()
            known = [each.name for each in heard.services.all(datetime.now(UTC))]
            service.rounds.put_nowait(0)
        arrived.clear()
        if heard.services.all(datetime.now(UTC)):
            await arrived.wait()
        await end()
        return known, heard.services.all(datetime.now(UTC))

    assert postgres_world.store.run(story()) == (["stubborn"], [])


def test_a_server_is_ready_where_all_is_well(world):
    assert world.call("ready").message == "OK"


def anonymous(world):
    return Caller(principal="anonymous", role=Role.ANONYMOUS, limits=world.limits)


def test_a_stuck_service_makes_it_unready_and_the_reason_is_for_those_who_may_know(world):
    world.bus.services.put_up({"scheduler": Health(has_ended=True)})
    with pytest.raises(Unavailable, match="the service scheduler: its loop has ended") as refused:
        world.call("ready")
    assert refused.value.detail == {"reasons": ["the service scheduler: its loop has ended"]}
    with pytest.raises(Unavailable) as refused:
        world.call("ready", anonymous(world))
    assert refused.value.detail == {"reasons": ["the service scheduler is not well"]}


def test_a_schema_that_a_newer_server_made_makes_it_unready(world):
    async def newer(tx):
        await tx.execute(text(f"INSERT INTO {HISTORY} (version, name, applied) VALUES (900, 'future', 0)"))

    world.store.write(newer)
    with pytest.raises(Unavailable, match="schema version 900; this Penstock knows versions up to"):
        world.call("ready")
