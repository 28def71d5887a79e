"""Who may open a websocket: each of them, by every credential, name and page."""

import contextlib
import socket as sockets
import time

import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import dial, ending, hear, opened, refusal, say
from tests.server_process import ServerProcess
from websockets.exceptions import ConnectionClosed

from penstock.contract.permissions import ROLES_BY_ACTION, Role, may
from penstock.contract.sockets import SOCKETS
from penstock.domain.errors import PermissionDenied, Unauthenticated
from penstock.server.http.auth import Principal, authorize
from penstock.server.sockets.registry import SERVES

PATHS = [socket.path for socket in SOCKETS]
every_path = pytest.mark.parametrize("path", PATHS)


def test_every_declared_socket_is_served_and_no_other():
    assert sorted(PATHS) == sorted(SERVES)
    assert {socket.action for socket in SOCKETS} <= set(ROLES_BY_ACTION)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("socket", SOCKETS, ids=PATHS)
def test_a_role_opens_what_its_action_allows(socket, role):
    allowed = {
        "/events/in": {Role.OPERATOR, Role.AUTHOR, Role.ADMIN, Role.WORKER, Role.RUN},
        "/events/out": {Role.VIEWER, Role.OPERATOR, Role.AUTHOR, Role.ADMIN, Role.WORKER, Role.RUN},
        "/logs/out": {Role.VIEWER, Role.OPERATOR, Role.AUTHOR, Role.ADMIN, Role.WORKER, Role.RUN},
        "/task_runs/subscriptions/scheduled": {Role.OPERATOR, Role.AUTHOR, Role.ADMIN, Role.WORKER},
        "/work_pools/{work_pool_name}/workers/connect": {Role.ADMIN, Role.WORKER},
    }
    assert may(role, socket.action) == (role in allowed[socket.path])
    if role not in allowed[socket.path]:
        with pytest.raises((PermissionDenied, Unauthenticated)):
            authorize(Principal("x", role), socket.action)


# CVE-2026-7723: a websocket that took events from everybody.
@every_path
@pytest.mark.parametrize(
    "first",
    [
        {"type": "auth", "token": "someone:else"},
        {"type": "auth", "token": ""},
        {"type": "auth", "token": None},
        {"type": "auth"},
        {"type": "auth", "token": AUTH_STRING + " "},
        {"type": "auth", "token": ["someone:pass:word"]},
        {"type": "auth_success"},
        {"type": "filter", "filter": {}},
        {},
        [],
        None,
    ],
    ids=str,
)
@pytest.mark.cve
def test_f63_whoever_shows_no_known_token_is_shown_out(guarded, path, first):
    with dial(guarded, path) as socket:
        say(socket, first)
        assert ending(socket)[0] == 1008


@every_path
def test_what_is_no_json_is_no_token(guarded, path):
    for raw in ("", "{", "\x00", "[" * 500, b"\xff\xfe"):
        with dial(guarded, path) as socket:
            socket.send(raw)
            assert ending(socket)[0] == 1008


@every_path
@pytest.mark.cve
def test_headers_are_no_token_for_a_socket(guarded, path):
    with dial(guarded, path, additional_headers={"Authorization": "Bearer x"}) as socket:
        say(socket, {"type": "auth", "token": None})
        assert ending(socket)[0] == 1008


@every_path
def test_the_token_opens(guarded, path):
    with opened(guarded, path, AUTH_STRING) as socket:
        assert socket.subprotocol == "prefect"
        assert socket.ping().wait(30)


@every_path
def test_without_the_subprotocol_nobody_can_say_who_they_are(guarded, path):
    for options in ({"subprotocols": None}, {"subprotocols": ["graphql-ws"]}):
        with dial(guarded, path, **options) as socket:
            code, reason = ending(socket)
            assert code == 1002 and "prefect" in reason


@every_path
def test_an_open_server_takes_any_token_and_none(server, path):
    for token in (None, "anything:at:all"):
        with opened(server, path, token) as socket:
            assert socket.ping().wait(30)
    with dial(server, path, subprotocols=None) as socket:
        assert socket.subprotocol is None
        assert socket.ping().wait(30)


@every_path
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "file://", "http://127.0.0.1:1", ""])
@pytest.mark.cve
def test_pages_of_others_open_nothing(server, guarded, path, origin):
    for each in (server, guarded):
        status, body = refusal(each, path, origin=origin)
        assert status == 403
        assert body["code"] == "permission-denied"


@every_path
def test_our_own_pages_do(server, path):
    with opened(server, path, origin=f"http://127.0.0.1:{server.port}") as socket:
        assert socket.ping().wait(30)


def handshake(server, path, **headers):
    """The first line that answers a request for a websocket with exactly these headers."""
    lines = [f"GET /api{path} HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade"]
    lines += ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    with sockets.create_connection(("127.0.0.1", server.port), timeout=30) as raw:
        raw.sendall("\r\n".join([*lines, "", ""]).encode())
        return raw.recv(4096).decode().partition("\r\n")[0]


@every_path
def test_a_name_that_is_not_ours_opens_nothing(server, path):
    assert " 403 " in handshake(server, path, Host="rebound.example")
    assert " 101 " in handshake(server, path, Host=f"localhost:{server.port}")


@pytest.mark.parametrize(
    "path", ["/events/in/", "/events/in/x", "/events", "/", "/health", "/events/filter", ""]
)
def test_there_are_no_others(server, guarded, path):
    assert refusal(server, path)[0] == 404
    assert refusal(guarded, path)[0] == 401


def session_of(server):
    """The cookie of somebody who has signed in."""
    answer = server.ask("POST", "/session", {"credential": AUTH_STRING})
    assert answer.status == 204, answer
    return answer.headers["set-cookie"].partition(";")[0]


@every_path
def test_a_session_opens_from_our_pages_and_from_nowhere_else(guarded, path):
    headers = {"Cookie": session_of(guarded)}
    with opened(
        guarded, path, origin=f"http://127.0.0.1:{guarded.port}", additional_headers=headers
    ) as socket:
        assert socket.ping().wait(30)
    with dial(guarded, path, additional_headers=headers) as socket:
        say(socket, {"type": "auth", "token": None})
        assert ending(socket)[0] == 1008
    assert refusal(guarded, path, origin="http://evil.example", additional_headers=headers)[0] == 403


@pytest.mark.parametrize("path", ["/events/out", "/logs/out"])
@pytest.mark.parametrize(
    "asked",
    [
        {"type": "auth", "token": None},
        {"filter": {}},
        {"type": "filter"},
        {"type": "filter", "filter": {"no": "such"}},
        {"type": "filter", "filter": []},
        {"type": "filter", "filter": {"text": {"query": "a" * 201}}},
        "filter",
    ],
    ids=str,
)
def test_what_is_no_filter_is_a_protocol_error(server, path, asked):
    with opened(server, path) as socket:
        say(socket, asked)
        assert ending(socket)[0] == 1002


@pytest.mark.parametrize("path", ["/events/out", "/logs/out"])
def test_nothing_is_expected_after_the_filter(server, path):
    with opened(server, path) as socket:
        for _ in range(2):
            say(socket, {"type": "filter", "filter": {}})
        assert ending(socket)[0] == 1002


@every_path
def test_a_message_that_is_too_large_ends_its_socket(server, path):
    with opened(server, path) as socket:
        # It is closed while there is more to come, so that the reason may not reach who is still sending.
        with contextlib.suppress(ConnectionClosed):
            socket.send("x" * 5_000_000)
        assert ending(socket)[0] in (1009, None)


def test_sockets_below_a_base_path(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_BASE_PATH="/penstock") as server:
        assert server.url.endswith("/penstock/api")
        for path in PATHS:
            with opened(server, path) as socket:
                assert socket.ping().wait(30)
        server.url = server.url.replace("/penstock", "")
        assert refusal(server, "/events/in")[0] == 404


def test_more_than_the_most_are_refused_and_room_comes_back(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_WEBSOCKET_MAX_CONNECTIONS="2") as server:
        with opened(server, "/events/in"), opened(server, "/events/out"):
            status, body = refusal(server, "/logs/out")
            assert status == 503
            assert "websocket_max_connections" in body["hint"]
        deadline = time.monotonic() + 30
        while open_sockets(server) and time.monotonic() < deadline:
            time.sleep(0.01)
        with opened(server, "/logs/out") as socket:
            assert socket.ping().wait(30)


def open_sockets(server):
    """How many websockets a server has open, by its own account."""
    return server.ask("GET", "/admin/sockets").json["open"]


def test_what_is_switched_off_is_not_there(tmp_path):
    off = {
        "PENSTOCK_SERVER_EVENTS_STREAM_OUT_ENABLED": "false",
        "PENSTOCK_SERVER_LOGS_STREAM_OUT_ENABLED": "false",
    }
    with ServerProcess(tmp_path / "home", **off) as server:
        for path in ("/events/out", "/logs/out"):
            status, body = refusal(server, path)
            assert status == 404 and "stream_out_enabled" in body["hint"]
        with opened(server, "/events/in") as socket:
            assert socket.ping().wait(30)


def test_the_end_of_the_server_is_told_at_once(tmp_path):
    server = ServerProcess(tmp_path / "home").start()
    with (
        opened(server, "/events/in") as one,
        opened(server, "/events/out") as two,
        dial(server, "/logs/out") as three,
    ):
        say(two, {"type": "filter", "filter": {}, "backfill": False, "marks": True})
        assert hear(two)["type"] == "mark"
        assert server.stop() == 0
        for socket in (one, two, three):
            assert ending(socket)[0] in (1001, 1012)
    assert "Traceback" not in server.output
