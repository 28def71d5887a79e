"""Events as they are followed: each once, in order, from the past into the present, and over crashes."""

import asyncio
import os
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import psutil
import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import (
    ago,
    an_event,
    confirmed,
    ending,
    following,
    hear,
    next_events,
    opened,
    say,
)
from tests.postgres_server import (  # noqa: F401 - fixtures
    connection,
    postgres_server,
    postgres_template,
    postgres_url,
)
from tests.server_process import ServerProcess

from penstock.client.event_feed import EventFeed
from penstock.colourless import run_each
from penstock.contract.events import EventFilter, EventNameFilter
from penstock.settings import load_settings

MICROSECOND = timedelta(microseconds=1)


def send(server, *events, **headers):
    """Have a server take events."""
    answer = server.ask("POST", "/events", list(events), **headers)
    assert answer.status == 204, answer


def named(*prefixes):
    """A filter of events by how their names begin."""
    return {"event": {"prefix": list(prefixes)}}


def numbers_of(events):
    return [event["payload"]["n"] for event in events]


def some(name, count, begin=0):
    """Events with numbers."""
    return [an_event(name, payload={"n": number}) for number in range(begin, begin + count)]


def test_an_event_is_told_as_it_was_sent(server):
    event = an_event(
        "out.whole",
        related=[{"prefect.resource.id": "a.b", "prefect.resource.role": "friend", "size": "12"}],
        payload={"deep": [{"er": None}], "n": 1.5},
        follows=str(uuid4()),
    )
    with following(server, named("out.whole")) as socket:
        send(server, event)
        told = next_events(socket, 1)[0]
    assert told.pop("received")
    assert set(told) == set(event)
    assert all(told[name] == event[name] for name in event if name != "occurred")


def test_events_are_told_in_the_order_in_which_they_come(server):
    with following(server, named("out.order")) as socket:
        for begin in range(0, 300, 50):
            send(server, *some("out.order", 50, begin))
        assert sorted(numbers_of(next_events(socket, 300))) == list(range(300))


def test_one_event_after_another_is_told_in_order(server):
    with following(server, named("out.single")) as socket, opened(server, "/events/in") as sender:
        for number in range(40):
            say(sender, an_event("out.single", payload={"n": number}))
            confirmed(sender)
        assert numbers_of(next_events(socket, 40)) == list(range(40))


def test_an_old_event_that_comes_now_is_told_now(server):
    with following(server, named("out.late")) as socket:
        send(server, an_event("out.late", occurred=ago(days=2), payload={"n": 1}))
        assert numbers_of(next_events(socket, 1)) == [1]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ({"event": {"name": ["out.f.a", "out.f.c"]}}, "ac"),
        ({"event": {"prefix": ["out.f."], "exclude_name": ["out.f.a"]}}, "bc"),
        ({"event": {"prefix": ["out.f."], "exclude_prefix": ["out.f.b", "out.f.c"]}}, "a"),
        ({"event": {"prefix": ["out.f."]}, "resource": {"id": ["f.a", "f.b"]}}, "ab"),
        (
            {
                "event": {"prefix": ["out.f."]},
                "resource": {"id_prefix": ["f."], "labels": {"kind": ["x", "y"]}},
            },
            "ab",
        ),
        ({"event": {"prefix": ["out.f."]}, "related": {"role": ["owner"]}}, "c"),
        ({"event": {"prefix": ["out.f."]}, "related": [{"id": ["o.1"], "labels": {"kind": "!x"}}]}, "c"),
        ({"event": {"prefix": ["out.f."]}, "related": {"resources_in_roles": [["o.1", "owner"]]}}, "c"),
        ({"event": {"prefix": ["out.f."]}, "any_resource": {"id": ["o.1", "f.b"]}}, "bc"),
        ({"event": {"prefix": ["out.f."]}, "any_resource": {"id_prefix": ["o."]}}, "c"),
        ({"event": {"prefix": ["out.f."]}, "text": {"query": "apple -pear"}}, "a"),
        ({"event": {"prefix": ["out.f."]}, "occurred": {"until": "2020-01-01T00:00:00Z"}}, ""),
    ],
    ids=str,
)
def test_a_filter_means_the_same_in_the_past_and_in_the_present(server, asked, meant):
    def all_three():
        owner = {"prefect.resource.id": "o.1", "prefect.resource.role": "owner", "kind": "z"}
        return [
            an_event("out.f.a", resource={"prefect.resource.id": "f.a", "kind": "x"}, payload={"t": "apple"}),
            an_event(
                "out.f.b", resource={"prefect.resource.id": "f.b", "kind": "y"}, payload={"t": "apple pear"}
            ),
            an_event("out.f.c", resource={"prefect.resource.id": "f.c"}, related=[owner]),
        ]

    past, mark = all_three(), an_event("out.mark")
    send(server, *past)
    asked = {**asked, "occurred": {"since": past[0]["occurred"], **asked.get("occurred", {})}}
    with following(server, asked, backfill=True) as socket, following(server, named("out.mark")) as other:
        assert [event["event"][-1] for event in socket.told] == list(meant)
        send(server, *all_three(), mark)
        assert sorted(event["event"][-1] for event in next_events(socket, len(meant))) == list(meant)
        next_events(other, 1)


def test_the_past_is_told_in_the_order_in_which_it_occurred_and_no_further_back(server):
    times = [20, 10, 14, 1, 5, 16]
    send(server, *(an_event("out.past", occurred=ago(minutes=each), payload={"n": each}) for each in times))
    with following(server, named("out.past"), backfill=True) as socket:
        assert numbers_of(socket.told) == [14, 10, 5, 1]
    since = {**named("out.past"), "occurred": {"since": ago(minutes=7)}}
    with following(server, since, backfill=True) as socket:
        assert numbers_of(socket.told) == [5, 1]


def test_the_past_of_a_server_goes_as_far_back_as_its_settings_say(tmp_path):
    short = {
        "PENSTOCK_SERVER_EVENTS_MAXIMUM_WEBSOCKET_BACKFILL": "120",
        "PENSTOCK_SERVER_EVENTS_WEBSOCKET_BACKFILL_PAGE_SIZE": "2",
        "PENSTOCK_SERVER_API_BASE_PATH": "/below",
        "PENSTOCK_SERVER_API_AUTH_STRING": AUTH_STRING,
    }
    with ServerProcess(tmp_path / "home", **short) as server:
        with opened(server, "/events/in", AUTH_STRING) as sender:
            for seconds in (300, 100, 80, 60, 40, 20):
                say(sender, an_event("out.short", occurred=ago(seconds=seconds), payload={"n": seconds}))
            confirmed(sender)
        with following(server, named("out.short"), AUTH_STRING, backfill=True) as socket:
            assert numbers_of(socket.told) == [100, 80, 60, 40, 20]


def test_a_filter_without_a_word_about_the_past_begins_with_it(server):
    send(server, *some("out.default", 3))
    with opened(server, "/events/out") as socket:
        say(socket, {"type": "filter", "filter": named("out.default")})
        assert numbers_of(next_events(socket, 3)) == [0, 1, 2]


def test_one_who_does_not_ask_for_marks_gets_none(server):
    with opened(server, "/events/out") as socket:
        say(socket, {"type": "filter", "filter": named("out.plain"), "backfill": True})
        with following(server, named("out.plain")) as other:
            for number in range(3):
                send(server, an_event("out.plain", payload={"n": number}))
                next_events(other, 1)
        assert [hear(socket)["type"] for _ in range(3)] == ["event"] * 3


@contextmanager
def sending(server, name):
    """Somebody who sends numbered events over four connections for as long as this is entered."""
    stop, sent = threading.Event(), []

    def send_on(which):
        with opened(server, "/events/in") as socket:
            number = 0
            while not stop.is_set():
                event = an_event(name, payload={"n": f"{which}.{number}"})
                say(socket, event)
                sent.append(event["id"])
                number += 1
                if number % 20 == 0:
                    confirmed(socket)
            confirmed(socket)

    threads = [threading.Thread(target=send_on, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()

    def end():
        stop.set()
        for thread in threads:
            thread.join(60)
        return sent

    try:
        yield end, sent
    finally:
        end()


def wait_for(condition):
    """Look until something holds."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def have_come(told, number):
    """Whether so many were told."""
    return len(told) >= number


def check_the_seam(servers):
    """Followers come while events do: each hears of each event once, whenever it comes."""
    name = f"seam.{uuid4().hex[:6]}"
    with ExitStack() as stack, sending(servers[0], name) as (end, sent):
        followers = []
        for turn in range(6):
            wait_for(partial(have_come, sent, 150 * (turn + 1)))
            follower = stack.enter_context(
                following(servers[turn % len(servers)], named(name), backfill=True)
            )
            followers.append(follower)
        wait_for(partial(have_come, sent, 1_200))
        expected = sorted(end())
        for follower in followers:
            told = [event["id"] for event in follower.told]
            told += [event["id"] for event in next_events(follower, len(expected) - len(told))]
            assert sorted(told) == expected
            assert len(follower.told) > 0


def test_where_past_and_present_meet_nothing_is_left_out_or_told_twice(server):
    check_the_seam([server])


def test_on_postgresql_two_servers_tell_the_same(tmp_path, postgres_url):  # noqa: F811 - a fixture
    with ExitStack() as stack:
        servers = [
            stack.enter_context(
                ServerProcess(tmp_path / name, PENSTOCK_SERVER_DATABASE_CONNECTION_URL=postgres_url)
            )
            for name in "ab"
        ]
        check_the_seam(servers)
        with following(servers[1], named("two.")) as socket:
            send(servers[0], *some("two.x", 10))
            assert sorted(numbers_of(next_events(socket, 10))) == list(range(10))
        assert not any("Traceback" in server.output for server in servers)


async def commit_late(url, id, meanwhile):
    """Write an event that was received five seconds ago, and commit that after `meanwhile`."""
    received = (datetime.now(UTC) - timedelta(seconds=5) - datetime(1970, 1, 1, tzinfo=UTC)) // MICROSECOND
    async with connection(url) as other, other.transaction():
        await other.execute(
            "INSERT INTO events (id, occurred, received, event, resource_id, resource, payload)"
            " VALUES ($1, $2, $2, 'behind.late', 'x', '{\"prefect.resource.id\": \"x\"}', '{\"n\": 1}')",
            id,
            received,
        )
        meanwhile()


def test_what_is_committed_late_is_told_though_it_was_received_before(tmp_path, postgres_url):  # noqa: F811
    database = {"PENSTOCK_SERVER_DATABASE_CONNECTION_URL": postgres_url}
    with (
        ServerProcess(tmp_path / "home", **database) as server,
        following(server, named("behind.")) as socket,
    ):

        def meanwhile():
            send(server, an_event("behind.early", payload={"n": 0}))
            assert numbers_of(next_events(socket, 1)) == [0]

        asyncio.run(commit_late(postgres_url, uuid4(), meanwhile))
        assert numbers_of(next_events(socket, 1)) == [1]


def test_one_who_takes_nothing_is_let_go_and_the_others_go_on(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_WEBSOCKET_SEND_TIMEOUT="1") as server:
        with following(server, named("out.slow")) as good, following(server, named("out.slow")) as slow:
            # The library takes a few messages ahead and then waits for us: so the kernel's buffers fill, and
            # then the server's.
            assert slow.told == []
            before = resident(server)
            filling = "x" * 400_000
            peak = 0
            for number in range(100):
                send(server, an_event("out.slow", payload={"n": number, "filling": filling}))
                assert numbers_of(next_events(good, 1)) == [number]
                peak = max(peak, resident(server))
            wait_for(lambda: server.ask("GET", "/admin/sockets").json["open"] == 1)
            assert peak - before < 40_000_000
        assert "Traceback" not in server.output


def resident(server):
    """Memory of a server, in bytes."""
    return psutil.Process(server.process.pid).memory_info().rss


def test_events_about_task_runs_are_told(server):
    flow = server.ask("POST", "/flows/", {"name": f"flow-{uuid4().hex[:6]}"}).json
    run = server.ask("POST", "/flow_runs/", {"flow_id": flow["id"]}).json
    with following(server, named("prefect.task-run.")) as socket:
        body = {
            "flow_run_id": run["id"],
            "task_key": "t",
            "dynamic_key": "0",
            "name": "one",
            "state": {"type": "PENDING"},
        }
        made = server.ask("POST", "/task_runs/", body).json
        told = next_events(socket, 1)[0]
    assert told["event"] == "prefect.task-run.Pending"
    assert told["resource"]["prefect.resource.id"] == f"prefect.task-run.{made['id']}"


def test_a_feed_goes_on_over_crashes_without_a_gap_or_a_repetition(tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    port = server.port
    said, told = [], []
    environ = {"PENSTOCK_HOME": str(tmp_path / "home"), "PENSTOCK_API_URL": server.url}
    feed = EventFeed(load_settings(environ, cwd=tmp_path), os.environ, said.append)
    ready = threading.Event()
    wanted = 400

    def listen():
        asked = EventFilter(event=EventNameFilter(prefix=["feed."]))
        for event in run_each(feed.events(asked)):
            if event.event == "feed.ready":
                ready.set()
                continue
            told.append(str(event.id))
            if len(told) == wanted:
                return

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        while not ready.wait(0.05):
            send(server, an_event("feed.ready"))
        expected = []
        for _ in range(4):
            events = some("feed.x", wanted // 8)
            send(server, *events)
            expected += [event["id"] for event in events]
            server.kill()
            server = ServerProcess(tmp_path / "home", port=port).start()
            events = some("feed.x", wanted // 8)
            send(server, *events)
            expected += [event["id"] for event in events]
            wait_for(partial(have_come, told, len(expected)))
        listener.join(60)
    finally:
        server.stop()
    assert not listener.is_alive()
    assert sorted(told) == sorted(expected)
    assert len([line for line in said if "is back" in line]) == 4


def test_a_cursor_goes_on_where_it_was(server):
    with following(server, named("cursor.")) as socket:
        send(server, *some("cursor.x", 5))
        first = next_events(socket, 5)
    # Events that came while nobody listened: one of them had occurred long before.
    send(
        server, *some("cursor.x", 5, begin=5), an_event("cursor.x", occurred=ago(hours=3), payload={"n": 10})
    )
    after = first[-1]["received"]
    with following(server, named("cursor."), after=after) as socket:
        known = {event["id"] for event in first}
        new = [event for event in socket.told if event["id"] not in known]
        assert sorted(numbers_of(new)) == [5, 6, 7, 8, 9, 10]
        assert len({event["id"] for event in socket.told}) == len(socket.told)


def test_who_follows_when_the_server_ends_is_told(tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    with following(server) as socket:
        server.stop()
        assert ending(socket)[0] in (1001, 1012)
