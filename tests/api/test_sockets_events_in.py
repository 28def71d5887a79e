"""Events sent over a websocket: each once, whatever else is sent, and whatever happens to the server."""

import contextlib
import json

import psutil
import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import an_event, confirmed, dial, opened, say
from tests.server_process import ServerProcess
from websockets.exceptions import ConnectionClosed

PAGE = 50


def names_like(server, prefix, **headers):
    """The names of the events that begin with this, oldest first; each as often as it is there."""
    asked = {"filter": {"event": {"prefix": [prefix]}, "order": "ASC"}, "limit": PAGE}
    page = server.ask("POST", "/events/filter", asked, **headers).json
    found = page["events"]
    while page["next_page"]:
        page = server.ask("GET", page["next_page"].partition("/api")[2], **headers).json
        found += page["events"]
    return [event["event"] for event in found]


def status(server):
    """What a server says of its websockets."""
    return server.ask("GET", "/admin/sockets").json


def test_an_event_is_kept_as_it_was_sent(server):
    event = an_event(
        "in.whole",
        related=[{"prefect.resource.id": "a.b", "prefect.resource.role": "friend", "size": "12"}],
        payload={"deep": [{"er": None}], "text": "ü\ud7ff😀"},
        follows=an_event()["id"],
    )
    with opened(server, "/events/in") as socket:
        say(socket, event)
        confirmed(socket)
    kept = server.ask("GET", f"/events/{event['id']}").json
    assert kept["received"]
    assert {name: kept[name] for name in ("id", "event", "resource", "related", "payload", "follows")} == {
        name: event[name] for name in ("id", "event", "resource", "related", "payload", "follows")
    }


def test_what_was_confirmed_is_written(server):
    with opened(server, "/events/in") as socket:
        for number in range(2_000):
            say(socket, an_event(f"in.many.{number:04}"))
        confirmed(socket)
        assert len(names_like(server, "in.many.")) == 2_000


def test_an_event_that_is_sent_again_is_kept_once(server):
    events = [an_event(f"in.twice.{number}") for number in range(50)]
    with opened(server, "/events/in") as one, opened(server, "/events/in") as two:
        for event in events:
            for socket in (one, two, one):
                say(socket, event)
        confirmed(one)
        confirmed(two)
    assert sorted(names_like(server, "in.twice.")) == sorted(event["event"] for event in events)


BAD = [
    "",
    "nonsense",
    "null",
    "[]",
    "{}",
    "[" * 10_000,
    json.dumps({"type": "filter", "filter": {}}),
    json.dumps(an_event() | {"id": "no uuid"}),
    json.dumps(an_event() | {"event": ""}),
    json.dumps(an_event() | {"event": "x" * 2_000}),
    json.dumps(an_event() | {"resource": {}}),
    json.dumps(an_event() | {"resource": {"prefect.resource.id": 3}}),
    json.dumps(an_event() | {"related": [{"prefect.resource.id": "without.a.role"}]}),
    json.dumps(an_event() | {"related": [{"prefect.resource.id": "a", "prefect.resource.role": "b"}] * 101}),
    json.dumps(an_event() | {"occurred": "2999-01-01T00:00:00Z"}),
    json.dumps(an_event() | {"occurred": "yesterday"}),
    json.dumps(an_event() | {"payload": {"long": "x" * 1_600_000}}),
    b"\xff\xfe",
]


def test_a_bad_event_does_not_sink_the_others(server):
    before = status(server)
    with opened(server, "/events/in") as socket:
        for number, bad in enumerate(BAD):
            say(socket, an_event(f"in.good.{number:02}"))
            socket.send(bad)
        say(socket, an_event(f"in.good.{len(BAD):02}"))
        confirmed(socket)
    assert names_like(server, "in.good.") == [f"in.good.{number:02}" for number in range(len(BAD) + 1)]
    after = status(server)
    assert after["dropped"] - before["dropped"] == len(BAD)
    assert after["received"] - before["received"] == len(BAD) + 1
    assert after["last_dropped"] and after["last_reason"]
    assert "An event was dropped" in server.output
    assert "Traceback" not in server.output


def test_events_of_a_guarded_server(guarded):
    with opened(guarded, "/events/in", AUTH_STRING) as socket:
        say(socket, an_event("in.guarded"))
        confirmed(socket)
    with dial(guarded, "/events/in") as socket:
        say(socket, an_event("in.intruded"))
        with pytest.raises(ConnectionClosed):
            socket.recv(30)
    authorization = {"Authorization": f"Bearer {AUTH_STRING}"}
    assert names_like(guarded, "in.guarded", **authorization) == ["in.guarded"]
    assert names_like(guarded, "in.intruded", **authorization) == []


def test_what_is_under_way_when_the_server_ends_is_written(tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    with opened(server, "/events/in") as socket:
        for number in range(300):
            say(socket, an_event(f"in.ending.{number:03}"))
        confirmed(socket)
        for number in range(300, 320):
            say(socket, an_event(f"in.ending.{number:03}"))
        assert server.stop() == 0
    assert "Traceback" not in server.output
    with ServerProcess(tmp_path / "home") as again:
        kept = names_like(again, "in.ending.")
    assert kept == [f"in.ending.{number:03}" for number in range(len(kept))]
    assert len(kept) >= 300


def test_a_client_that_sends_again_what_was_not_confirmed_loses_nothing_to_crashes(tmp_path):
    """What the reference's client does: it keeps what it sent until a ping is answered."""
    server = ServerProcess(tmp_path / "home").start()
    events = [an_event(f"in.crash.{number:04}") for number in range(600)]
    done = crashes = 0
    try:
        while done < len(events):
            with contextlib.suppress(ConnectionClosed, OSError), opened(server, "/events/in") as socket:
                while done < len(events):
                    batch = events[done : done + 40]
                    for event in batch:
                        say(socket, event)
                    if done // 150 > crashes:
                        crashes += 1
                        server.kill()
                    confirmed(socket)
                    done += len(batch)
            if server.process.poll() is not None:
                server.start()
        kept = names_like(server, "in.crash.")
    finally:
        server.stop()
    assert crashes >= 3
    assert sorted(kept) == [event["event"] for event in events]


def test_one_who_sends_without_an_end_is_not_buffered_without_a_bound(server):
    memory_before = resident(server)
    with opened(server, "/events/in") as socket:
        for number in range(600):
            event = an_event(f"in.flood.{number:03}", payload={"filling": "x" * 100_000})
            socket.send(json.dumps(event))
        confirmed(socket)
    assert resident(server) - memory_before < 40_000_000
    assert len(names_like(server, "in.flood.")) == 600


def resident(server):
    """Memory of a server, in bytes."""
    return psutil.Process(server.process.pid).memory_info().rss
