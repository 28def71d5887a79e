"""Events sent and followed from Python, on a real server, over crashes of it too."""

import asyncio
import os
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from tests.server_process import ServerProcess

from penstock.contract.logs import Log
from penstock.domain.errors import InvalidInput, NotFound, ServerUnreachable
from penstock.events import (
    Event,
    FlowRunSubscriber,
    ReceivedEvent,
    emit_event,
    get_events_client,
    get_events_subscriber,
)
from penstock.events.filters import EventFilter, EventNameFilter
from penstock.sdk.engine.session import close_session

PATIENCE = 60


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def home(tmp_path):
    """Where the server of `here` lives; a test that stops its server has one of its own."""
    return tmp_path / "home"


@pytest.fixture
def here(monkeypatch):
    """Python code of this process means the server in a home."""
    for name in [name for name in os.environ if name.startswith(("PENSTOCK", "PREFECT"))]:
        monkeypatch.delenv(name)
    yield lambda home: monkeypatch.setenv("PENSTOCK_HOME", str(home))
    close_session()


@pytest.fixture
def name():
    """Of an event that no other test knows."""
    return f"test.{uuid4().hex[:8]}"


def named(name):
    return EventFilter(event=EventNameFilter(prefix=[name]))


def about(name, number=0):
    return Event(event=name, resource={"prefect.resource.id": "shop.1"}, payload={"n": number})


async def numbers(subscriber, count):
    async with asyncio.timeout(PATIENCE):
        return [(await anext(subscriber)).payload["n"] for _ in range(count)]


def test_what_is_sent_is_there_and_is_told_to_who_follows(server, here, name):
    here(server.home)

    async def story():
        async with get_events_client() as client, get_events_subscriber(named(name)) as subscriber:
            first = about(name, 1)
            await client.emit(first)
            assert server.ask("GET", f"/events/{first.id}").status == 200
            await client.emit(first)  # is kept once
            await client.emit_many([about(name, 2), about(f"{name}.more", 3)])
            return [await anext(subscriber) for _ in range(3)]

    told = asyncio.run(asyncio.wait_for(story(), PATIENCE))
    assert [each.payload["n"] for each in told] == [1, 2, 3]
    assert all(isinstance(each, ReceivedEvent) and isinstance(each, Event) for each in told)
    assert told[0].resource_id == "shop.1"
    assert told[0].received.tzinfo is not None


def test_what_happened_a_moment_ago_is_told_too_and_waiting_may_be_given_up(server, here, name):
    here(server.home)

    async def story():
        emit_event(name, {"prefect.resource.id": "shop.1"}, payload={"n": 1})
        async with get_events_subscriber(named(name)) as subscriber:
            assert await numbers(subscriber, 1) == [1]
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(subscriber), 0.05)
            emit_event(name, {"prefect.resource.id": "shop.1"}, payload={"n": 2})
            assert await numbers(subscriber, 1) == [2]

    asyncio.run(asyncio.wait_for(story(), PATIENCE))


def test_nothing_is_missed_or_told_twice_when_the_server_crashes(home, here, name):
    server = ServerProcess(home).start()
    port = server.port
    here(home)

    async def story(server):
        async with get_events_client() as client, get_events_subscriber(named(name), 50) as subscriber:
            await client.emit_many([about(name, n) for n in range(10)])
            told = await numbers(subscriber, 5)
            server.kill()
            server = await asyncio.to_thread(ServerProcess(home, port=port).start)
            await client.emit_many([about(name, n) for n in range(10, 20)])
            told += await numbers(subscriber, 15)
            return server, told

    server, told = asyncio.run(asyncio.wait_for(story(server), 2 * PATIENCE))
    server.stop()
    assert sorted(told) == list(range(20))


@pytest.mark.parametrize("goes_on", [False, True])
def test_a_server_that_is_stopped_ends_it_unless_it_is_to_go_on(home, here, name, goes_on):
    server = ServerProcess(home).start()
    here(home)

    async def story():
        async with get_events_subscriber(named(name), 0, reconnect_on_clean_close=goes_on) as subscriber:
            assert await asyncio.to_thread(server.stop) == 0
            async with asyncio.timeout(PATIENCE):
                return [each async for each in subscriber]

    if goes_on:
        with pytest.raises(ServerUnreachable):
            asyncio.run(story())
    else:
        assert asyncio.run(story()) == []


def test_without_a_server_there_is_nobody_to_follow_but_events_are_kept(home, here, name):
    here(home)

    async def follow():
        async with get_events_subscriber():
            raise AssertionError("nobody is there")

    async def send(event):
        async with get_events_client() as client:
            await client.emit(event)

    with pytest.raises(ServerUnreachable, match="nobody tells of events"):
        asyncio.run(follow())
    asyncio.run(send(about(name)))
    close_session()
    with pytest.raises(InvalidInput, match=r"prefect\.resource\.id"):
        asyncio.run(send(Event(event=name, resource={})))
    close_session()
    with ServerProcess(home) as server:
        wanted = {"filter": {"event": {"name": [name]}}}
        assert server.ask("POST", "/events/filter", wanted).json["total"] == 1


# What a run tells.


def a_run(server):
    flow_id = server.ask("POST", "/flows/", {"name": f"told-{uuid4().hex[:8]}"}).json["id"]
    return server.ask("POST", "/flow_runs/", {"flow_id": flow_id, "state": {"type": "PENDING"}}).json["id"]


def enter(server, run, type):
    answer = server.ask("POST", f"/flow_runs/{run}/set_state", {"state": {"type": type}, "force": True})
    assert answer.status < 300, answer


def write(server, run, *messages):
    lines = [
        {
            "name": "test",
            "level": 20,
            "message": message,
            "timestamp": datetime.now(UTC).isoformat(),
            "flow_run_id": run,
        }
        for message in messages
    ]
    assert server.ask("POST", "/logs/", lines).status == 201


def words(told):
    return [each.message if isinstance(each, Log) else each.event.rpartition(".")[2] for each in told]


def test_a_run_tells_its_lines_and_states_and_the_stream_ends_with_it(server, here):
    here(server.home)
    run, other = a_run(server), a_run(server)
    write(server, run, "before")

    async def story():
        told = []
        async with FlowRunSubscriber(run, straggler_timeout=2) as subscriber:
            await asyncio.to_thread(enter, server, run, "RUNNING")
            await asyncio.to_thread(write, server, run, "one", "two")
            await asyncio.to_thread(write, server, other, "of another")
            async for each in subscriber:
                told.append(each)
                if words([each]) == ["two"]:
                    await asyncio.to_thread(enter, server, run, "COMPLETED")
                if words([each]) == ["Completed"]:
                    await asyncio.to_thread(write, server, run, "a straggler")
        return words(told)

    told = asyncio.run(asyncio.wait_for(story(), PATIENCE))
    assert sorted(told) == sorted(["Pending", "before", "Running", "one", "two", "Completed", "a straggler"])
    assert told[-1] == "a straggler"


def test_a_run_that_is_over_tells_its_last_minute_and_one_that_is_none_is_missed(server, here):
    here(server.home)
    run = a_run(server)
    enter(server, run, "FAILED")

    async def story(run):
        async with FlowRunSubscriber(run, straggler_timeout=1) as subscriber:
            return words([each async for each in subscriber])

    assert asyncio.run(asyncio.wait_for(story(run), PATIENCE)) == ["Pending", "Failed"]
    with pytest.raises(NotFound):
        asyncio.run(story(uuid4()))
