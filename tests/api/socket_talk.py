"""Websockets for tests: opened as the reference's clients open them, by the `websockets` library."""

import itertools
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

_number = itertools.count()


def ws_url(server, path):
    """Where a websocket of a server is."""
    return server.url.replace("http", "ws", 1) + path


def dial(server, path, **options):
    """A websocket as it is opened, before anybody says who they are."""
    options.setdefault("subprotocols", ["prefect"])
    return connect(ws_url(server, path), open_timeout=30, close_timeout=5, **options)


@contextmanager
def opened(server, path, token=None, **options):
    """A websocket on which the server knows who talks."""
    with dial(server, path, **options) as socket:
        say(socket, {"type": "auth", "token": token})
        assert hear(socket) == {"type": "auth_success"}
        yield socket


@contextmanager
def following(server, filter_=None, token=None, **more):
    """A follower of events: of those from now on, unless it asks for a backfill."""
    with opened(server, "/events/out", token) as socket:
        say(socket, {"type": "filter", "filter": filter_ or {}, "backfill": False, "marks": True, **more})
        mark = hear(socket)
        told = []
        while mark["type"] != "mark":
            told.append(mark["event"])
            mark = hear(socket)
        socket.told = told
        yield socket


def say(socket, message):
    """Send a message."""
    socket.send(json.dumps(message))


def hear(socket, timeout=30):
    """The next message."""
    return json.loads(socket.recv(timeout))


def next_events(socket, number):
    """The next events; marks are passed over."""
    found = []
    while len(found) < number:
        message = hear(socket)
        if message["type"] == "event":
            found.append(message["event"])
    return found


def ending(socket, timeout=30):
    """The code and the reason with which the server closes a websocket, whatever it says before.

    Both are None where the connection breaks.
    """
    with pytest.raises(ConnectionClosed) as closed:
        _hear_out(socket, timeout)
    received = closed.value.rcvd
    return (received.code, received.reason) if received is not None else (None, None)


def _hear_out(socket, timeout):
    while True:
        socket.recv(timeout)


def refusal(server, path, **options):
    """The status and the body with which the server refuses to open a websocket."""
    try:
        dial(server, path, **options).close()
    except InvalidStatus as error:
        return error.response.status_code, json.loads(error.response.body or b"null")
    raise AssertionError("it was opened")


def confirmed(socket):
    """Wait until the server has dealt with all that was sent."""
    assert socket.ping().wait(30)


def an_event(name="my.event", **fields):
    """An event that nobody has sent yet."""
    return {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": name,
        "resource": {"prefect.resource.id": f"my.thing.{next(_number)}"},
        "related": [],
        "payload": {},
        **fields,
    }


def ago(**lengths):
    """A moment so long ago."""
    return (datetime.now(UTC) - timedelta(**lengths)).isoformat()
