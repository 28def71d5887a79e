"""Browsers sign in, stay signed in and sign out; and nobody signs in for them."""

import contextlib
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any

import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import dial, ending, say
from tests.engine.flow_process import eventually
from tests.server_process import Answer, ServerProcess

from penstock.contract.permissions import Role
from penstock.domain.errors import Conflict, PermissionDenied, TooManyRequests, Unauthenticated
from penstock.server.credentials import ATTEMPTS, SECONDS_EACH, Credential
from penstock.server.http.auth import ANONYMOUS, LOCAL, Gate
from penstock.server.http.cookies import set_cookie
from penstock.server.refusals import AT_MOST_EVERY, Refused
from penstock.server.sessions import LASTS_SECONDS, Sessions, Ticket

PAGE = {"X_Penstock_Origin": "ui"}


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sessions_of(auth_string: str | None, clock: Clock) -> Sessions:
    return Sessions(Credential(auth_string, clock), clock)


def header(ticket: Ticket) -> str:
    return f"{ticket.name}={ticket.value}"


def test_a_session_lasts_for_half_a_day_and_longer_than_the_server(clock):
    ticket = sessions_of("a:b", clock).open("a:b")
    again = sessions_of("a:b", clock)
    assert ticket.seconds == LASTS_SECONDS == 43_200
    for cookies in (header(ticket), f"x=1; {header(ticket)}; y=2", f" {header(ticket)}"):
        assert again.holds(cookies)
    clock.now += LASTS_SECONDS - 1
    assert again.holds(header(ticket))
    clock.now += 1
    assert not again.holds(header(ticket))


def test_a_changed_credential_ends_all_sessions(clock):
    ticket = sessions_of("a:b", clock).open("a:b")
    for other in ("a:c", "b:b", None):
        sessions = sessions_of(other, clock)
        assert not sessions.holds(header(ticket))
        if other:
            assert sessions.open(other).name != ticket.name
            assert not sessions.holds(f"{sessions.open(other).name}={ticket.value}")


def test_a_session_cannot_be_made_up(clock):
    sessions = sessions_of("a:b", clock)
    ticket = sessions.open("a:b")
    ends, signature = ticket.value.split(".")
    for value in (
        "",
        ends,
        f"{int(ends) + 1}.{signature}",
        f"{ends}.{signature[:-1]}",
        f"{ends}.{signature}x",
        f"{ends}.",
        f".{signature}",
        f"-1.{signature}",
        f"²{ends}.{signature}",
        f"{'9' * 5000}.{signature}",
        f"{ends}.ü",
        f"{ends}.{sessions._signed(ends.encode()).hex()}",
    ):
        assert not sessions.holds(f"{ticket.name}={value}"), value
    assert not sessions.holds(f"penstock_session={ticket.value}")
    assert not sessions.holds(";;=;penstock_")


def test_guessing_is_slow_and_a_while_later_the_right_one_is_heard_again(clock):
    sessions = sessions_of("a:b", clock)
    for number in range(ATTEMPTS):
        with pytest.raises(Unauthenticated):
            sessions.open(f"a:{number}", "10.0.0.1")
    for credential in ("a:x", "a:b"):
        with pytest.raises(TooManyRequests) as refused:
            sessions.open(credential, "10.0.0.1")
        assert 0 < refused.value.retry_after <= SECONDS_EACH
    assert sessions.holds(header(sessions.open("a:b", "10.0.0.2"))), "others are heard"
    clock.now += SECONDS_EACH
    assert sessions.holds(header(sessions.open("a:b", "10.0.0.1")))
    with pytest.raises(Unauthenticated):
        sessions.open("a:x", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        sessions.open("a:x", "10.0.0.1")
    clock.now += 86_400
    for number in range(ATTEMPTS):
        with pytest.raises(Unauthenticated):
            sessions.open(f"a:again {number}", "10.0.0.1")
    with pytest.raises(TooManyRequests):
        sessions.open("a:b", "10.0.0.1")


def test_an_open_server_has_no_sessions(clock):
    sessions = sessions_of(None, clock)
    with pytest.raises(Conflict):
        sessions.open("a:b")
    assert not sessions.holds("penstock_=1.x")
    assert Gate(None, "127.0.0.1").identify(None, b"penstock_00000000=1.x", is_ours=False) == LOCAL


def test_the_gate_takes_a_session_only_from_our_own_pages():
    gate = Gate("ada:b", "127.0.0.1")
    cookies = header(gate.sessions.open("ada:b")).encode()
    assert gate.identify(None, cookies).name == "ada"
    assert gate.identify(None, cookies).role is Role.ADMIN
    with pytest.raises(PermissionDenied, match="X-Penstock-Origin"):
        gate.identify(None, cookies, is_ours=False)
    assert gate.identify(None, b"penstock_00000000=1.x", is_ours=False) == ANONYMOUS
    with pytest.raises(Unauthenticated):
        gate.identify(b"Bearer wrong", cookies)


@pytest.mark.parametrize(
    ("base_path", "scheme", "headers", "path", "secure"),
    [
        ("", "http", {}, "/", False),
        ("/penstock", "http", {}, "/penstock", False),
        ("", "http", {b"x-forwarded-prefix": b"/a/b/"}, "/a/b", False),
        ("", "http", {b"x-forwarded-prefix": b"/a;Domain=x"}, "/", False),
        ("", "https", {}, "/", True),
        ("", "http", {b"x-forwarded-proto": b"https"}, "/", True),
        ("", "http", {b"x-forwarded-proto": b"HTTPS, http"}, "/", True),
        ("", "http", {b"x-forwarded-proto": b"http"}, "/", False),
    ],
)
def test_a_cookie_goes_where_the_server_is_and_nowhere_else(base_path, scheme, headers, path, secure):
    name, value = set_cookie(Ticket("penstock_x", "1.y", 60), {"scheme": scheme}, headers, base_path)
    cookie = SimpleCookie(value.decode())["penstock_x"]
    assert name == b"set-cookie"
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("1.y", "60", path)
    assert (cookie["httponly"], cookie["samesite"], bool(cookie["secure"])) == (True, "Strict", secure)
    assert not cookie["domain"]


# Over HTTP.


def sign_in(server: ServerProcess, credential: str = AUTH_STRING, **headers: str) -> Answer:
    return server.ask("POST", "/session", {"credential": credential}, **PAGE, **headers)


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def test_a_browser_signs_in_works_and_signs_out(guarded):
    assert guarded.ask("GET", "/session").json == {
        "principal": "anonymous",
        "role": "anonymous",
        "auth": True,
    }
    answer = sign_in(guarded)
    assert (answer.status, answer.body) == (204, b"")
    cookie = cookie_of(answer)
    assert guarded.ask("GET", "/session", Cookie=cookie).json == {
        "principal": "someone",
        "role": "admin",
        "auth": True,
    }
    assert guarded.ask("GET", "/flows/x", Cookie=cookie).status == 422
    assert guarded.ask("HEAD", "/hello", Cookie=cookie).status == 200
    body = {"name": "by_session", "value": 1}
    assert guarded.ask("POST", "/variables/", body, Cookie=cookie, **PAGE).status == 201
    out = guarded.ask("DELETE", "/session", Cookie=cookie, **PAGE)
    assert out.status == 204
    gone = SimpleCookie(out.headers["set-cookie"])
    assert [(name, one.value, one["max-age"]) for name, one in gone.items()] == [
        (cookie.partition("=")[0], "", "0")
    ]


def test_a_session_alone_changes_nothing(guarded):
    cookie = cookie_of(sign_in(guarded))
    body = {"name": "forged", "value": 1}
    for method, path in (("POST", "/variables/"), ("DELETE", "/session"), ("POST", "/flows/filter")):
        refused = guarded.ask(method, path, body, Cookie=cookie, Content_Type="text/plain")
        assert (refused.status, refused.json["code"]) == (403, "permission-denied")
    # What a page of another site sends says where it comes from, and can't add the header.
    evil = guarded.ask("POST", "/variables/", body, Cookie=cookie, Origin="https://evil.example", **PAGE)
    assert evil.status == 403
    assert guarded.ask("GET", "/variables/name/forged", Cookie=cookie).status == 404
    assert guarded.ask("GET", "/hello", Cookie=cookie, Host="rebound.example").status == 403


def test_a_wrong_credential_is_refused_and_sets_nothing(guarded):
    answer = sign_in(guarded, "someone:else")
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
    assert "set-cookie" not in answer.headers
    assert AUTH_STRING not in answer.body.decode()
    assert sign_in(guarded, Origin="https://evil.example").status == 403


def test_a_page_is_not_answered_by_the_browsers_own_dialog(guarded):
    assert "www-authenticate" in guarded.ask("GET", "/hello").headers
    assert "www-authenticate" in guarded.ask("GET", "/hello", X_Penstock_Origin="cli").headers
    assert "www-authenticate" in guarded.ask("GET", "/openapi.json", Sec_Fetch_Mode="navigate").headers
    for page in (PAGE, {"Sec_Fetch_Mode": "cors"}, {"Sec_Fetch_Mode": "same-origin"}):
        answer = guarded.ask("GET", "/live", **page)
        assert (answer.status, "www-authenticate" in answer.headers) == (401, False)


def test_a_session_outlives_a_restart_and_ends_with_its_credential(tmp_path):
    secret = "PENSTOCK_SERVER_API_AUTH_STRING"
    with ServerProcess(tmp_path / "home", **{secret: "a:b"}) as server:
        cookie = cookie_of(sign_in(server, "a:b", X_Forwarded_Proto="https"))
    with ServerProcess(tmp_path / "home", **{secret: "a:b"}) as server:
        assert server.ask("GET", "/hello", Cookie=cookie).status == 200
        for number in range(ATTEMPTS):
            assert sign_in(server, f"a:wrong {number}").status == 401
        refused = sign_in(server, "a:b")
        assert (refused.status, refused.json["code"]) == (429, "too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= SECONDS_EACH
        assert server.ask("GET", "/hello", Cookie=cookie).status == 200, "who is signed in goes on"
    with ServerProcess(tmp_path / "home", **{secret: "a:changed"}) as server:
        assert server.ask("GET", "/hello", Cookie=cookie).status == 401


# What is told of it.


def told(server: ServerProcess, **headers: str) -> list[dict[str, Any]]:
    """The events about sessions, oldest first."""
    wanted = {"filter": {"event": {"prefix": ["penstock.session."]}, "order": "ASC"}, "limit": 50}
    found: list[dict[str, Any]] = server.ask("POST", "/events/filter", wanted, **headers).json["events"]
    return found


def test_who_signs_in_and_out_is_told(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_AUTH_STRING="ada:b") as server:
        right = {"Authorization": "Bearer ada:b"}
        cookie = cookie_of(sign_in(server, "ada:b"))
        assert server.ask("DELETE", "/session", Cookie=cookie, **PAGE).status == 204
        assert server.ask("DELETE", "/session", **PAGE).status == 204, "nobody signs out"
        events = told(server, **right)
    assert [each["event"] for each in events] == ["penstock.session.opened", "penstock.session.closed"]
    for each in events:
        assert each["resource"] == {
            "prefect.resource.id": "penstock.principal.ada",
            "prefect.resource.name": "ada",
        }
        assert each["payload"] == {"address": "127.0.0.1", "entrance": "ui"}


def test_wrong_credentials_of_every_entrance_are_told_together(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_AUTH_STRING="ada:b") as server:
        inside = {"Cookie": cookie_of(sign_in(server, "ada:b")), **PAGE}
        assert sign_in(server, "a-password").status == 401
        for number in range(ATTEMPTS + 5):
            server.ask("GET", "/flows/x", Authorization=f"Bearer ada:{number}")
        [opened, refused] = eventually(lambda: told(server, **inside)[1:] and told(server, **inside), "told")
    assert (opened["event"], refused["event"]) == ("penstock.session.opened", "penstock.session.refused")
    assert refused["resource"]["prefect.resource.id"] == "penstock.principal.anonymous"
    payload = refused["payload"]
    assert (payload["attempts"], payload["unheard"], payload["addresses"]) == (1, 0, ["127.0.0.1"])
    assert datetime.fromisoformat(payload["since"]) <= datetime.fromisoformat(refused["occurred"])
    assert "a-password" not in str(refused)


def test_what_is_refused_is_told_at_most_every_ten_seconds(clock):
    credential = Credential("a:b", clock)
    assert credential.refused() is None
    for number in range(ATTEMPTS):
        credential.is_shown(b"%d" % number, f"10.0.0.{number}")
    first = credential.refused()
    assert first == Refused(
        attempts=10, unheard=0, seconds=0.0, addresses=tuple(f"10.0.0.{n}" for n in range(10))
    )
    for number in range(2 * ATTEMPTS):
        clock.now += 0.1
        with contextlib.suppress(TooManyRequests):
            credential.is_shown(b"%d" % number, "10.0.0.99")
    assert credential.refused() is None
    clock.now += AT_MOST_EVERY
    second = credential.refused()
    assert (second.attempts, second.unheard, second.addresses) == (20, 10, ("10.0.0.99",))
    assert second.seconds == pytest.approx(AT_MOST_EVERY + 1.9)
    clock.now += AT_MOST_EVERY
    assert credential.refused() is None


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "", True),
        ("no:address", "no:address", True),
    ],
)
def test_an_address_is_told_from_another_one(clock, one, other, are_same):
    credential = Credential("a:b", clock)
    for number in range(ATTEMPTS):
        assert not credential.is_shown(b"%d" % number, one)
    if are_same:
        with pytest.raises(TooManyRequests):
            credential.is_shown(b"a:b", other)
    else:
        assert credential.is_shown(b"a:b", other)


def test_a_guesser_is_not_heard_at_any_entrance_and_an_old_script_shuts_nobody_out(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_AUTH_STRING="ada:b") as server:
        old = {"Authorization": "Bearer ada:old"}
        right = {"Authorization": "Bearer ada:b"}
        statuses = {server.ask("GET", "/hello", **old).status for _ in range(3 * ATTEMPTS)}
        assert statuses == {401}
        cookie = cookie_of(sign_in(server, "ada:b"))
        for number in range(ATTEMPTS - 1):
            assert server.ask("GET", "/hello", Authorization=f"Bearer {number}").status == 401
        refused = server.ask("GET", "/hello", **right)
        assert (refused.status, refused.json["code"]) == (429, "too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= SECONDS_EACH
        assert sign_in(server, "ada:b").status == 429
        with dial(server, "/events/out") as socket:
            say(socket, {"type": "auth", "token": "ada:b"})
            code, reason = ending(socket)
        assert code == 1013 and "Try again in" in reason
        assert server.ask("GET", "/hello", Cookie=cookie).status == 200, "who is signed in goes on"
        assert server.ask("GET", "/health").status == 200


def test_wrong_tokens_of_websockets_count_too(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_AUTH_STRING="ada:b") as server:
        for number in range(ATTEMPTS):
            with dial(server, "/logs/out") as socket:
                say(socket, {"type": "auth", "token": f"ada:{number}"})
                assert ending(socket)[0] == 1008
        assert server.ask("GET", "/hello", Authorization="Bearer ada:b").status == 429


def test_an_open_server_knows_everybody(server):
    assert server.ask("GET", "/session").json == {"principal": "local", "role": "admin", "auth": False}
    answer = sign_in(server)
    assert (answer.status, answer.json["code"]) == (409, "conflict")
    assert server.ask("DELETE", "/session", **PAGE).status == 204
