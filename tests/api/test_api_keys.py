"""API keys: what each may do, for how long, and that nothing but a key is one."""

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import dial, ending, opened, say
from tests.engine.flow_process import eventually
from tests.server_process import ServerProcess

from penstock.contract.permissions import ROLES_BY_ACTION, Role
from penstock.contract.registry import ENDPOINTS
from penstock.server.api_keys import hash_of, key_text, new_secret, read_key

ADMIN = {"Authorization": f"Bearer {AUTH_STRING}"}
ROLES = ("viewer", "operator", "author", "admin", "worker")


def make(server, role="viewer", **given):
    """A new key, as it is answered."""
    body = {"name": f"key-{uuid4().hex}", "role": role, **given}
    answer = server.ask("POST", "/api_keys/", body, **ADMIN)
    assert answer.status == 201, answer
    return answer.json


def bearer(key):
    """The header that shows a key."""
    return {"Authorization": f"Bearer {key['key'] if isinstance(key, dict) else key}"}


def test_a_key_reads_as_it_was_written_and_nothing_else_does():
    id, secret = uuid4(), new_secret()
    shown = read_key(key_text(id, secret))
    assert (shown.id, shown.secret) == (id, secret)
    assert shown.is_of(hash_of(secret)) and not shown.is_of(hash_of(secret + "x"))
    for text in (
        "",
        "psk_",
        f"psk_{id}_{secret}",
        key_text(id, secret) + "x",
        key_text(id, secret[:-1]),
        "a:b",
    ):
        assert read_key(text) is None


def test_a_key_shows_who_asks(guarded):
    key = make(guarded, "operator")
    expected = {"principal": key["name"], "role": "operator", "auth": True}
    basic = base64.b64encode(f"whoever:{key['key']}".encode()).decode()
    assert guarded.ask("GET", "/session", **bearer(key)).json == expected
    assert guarded.ask("GET", "/session", Authorization=f"Basic {basic}").json == expected


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_the_table_says(guarded, role):
    key = make(guarded, role)
    for name, path in (
        ("read_flow", "/flows/x"),
        ("delete_variable", "/variables/x"),
        ("read_api_keys", "/api_keys/filter"),
    ):
        declared = ENDPOINTS[name]
        answer = guarded.ask(declared.method, path, {} if declared.body else None, **bearer(key))
        may = Role(role) in ROLES_BY_ACTION[declared.action]
        assert (answer.status != 403) == may, (name, answer)


def test_the_secret_is_told_once_and_kept_nowhere(guarded):
    key = make(guarded)
    listed = guarded.ask("POST", "/api_keys/filter", {}, **ADMIN)
    assert key["key"].split("_", 2)[2] not in listed.body.decode()
    secret = key["key"].split("_", 2)[2]
    files = [path for path in guarded.home.rglob("*") if path.is_file()]
    assert files and not [path for path in files if secret.encode() in path.read_bytes()]


def test_a_deleted_key_is_soon_good_for_nothing(guarded):
    key = make(guarded)
    assert guarded.ask("GET", "/hello", **bearer(key)).status == 200
    assert guarded.ask("DELETE", f"/api_keys/{key['id']}", **ADMIN).status == 204
    eventually(lambda: guarded.ask("GET", "/hello", **bearer(key)).status == 401, "it is refused")
    assert guarded.ask("DELETE", f"/api_keys/{key['id']}", **ADMIN).status == 404


def test_a_key_is_good_until_it_expires(guarded):
    soon = datetime.now(UTC) + timedelta(seconds=1)
    key = make(guarded, expires=soon.isoformat())
    eventually(lambda: guarded.ask("GET", "/hello", **bearer(key)).status == 401, "it is refused")
    assert datetime.now(UTC) >= soon
    [listed] = [each for each in _listed(guarded) if each["id"] == key["id"]]
    assert listed["is_expired"]


def _listed(server):
    return server.ask("POST", "/api_keys/filter", {}, **ADMIN).json


def test_when_a_key_was_used_is_known(guarded):
    key = make(guarded)
    guarded.ask("GET", "/hello", **bearer(key))
    [listed] = [each for each in _listed(guarded) if each["id"] == key["id"]]
    assert datetime.fromisoformat(listed["last_used"]) >= datetime.fromisoformat(listed["created"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"role": "owner"}, "role"),
        ({"work_pools": ["a"]}, "work_pools"),
        ({"role": "worker", "work_pools": []}, "work_pools"),
        ({"expires": "2020-01-01T00:00:00Z"}, "expires"),
        ({"name": ""}, "name"),
    ],
    ids=["role", "pools", "no pool", "past", "name"],
)
def test_a_key_that_makes_no_sense_is_refused(guarded, given, field):
    body = {"name": f"key-{uuid4().hex}", "role": "viewer"} | given
    answer = guarded.ask("POST", "/api_keys/", body, **ADMIN)
    assert answer.status == 422, answer
    assert field in answer.body.decode()


def test_a_name_is_taken_once(guarded):
    key = make(guarded)
    answer = guarded.ask("POST", "/api_keys/", {"name": key["name"], "role": "viewer"}, **ADMIN)
    assert answer.status == 409


def test_a_browser_signs_in_by_a_key_until_it_is_taken_back(guarded):
    key = make(guarded, "author")
    page = {"X_Penstock_Origin": "ui"}
    signed_in = guarded.ask("POST", "/session", {"credential": key["key"]}, **page)
    assert signed_in.status == 204, signed_in
    cookie = signed_in.headers["set-cookie"].partition(";")[0]
    assert key["key"] not in cookie
    assert guarded.ask("GET", "/session", Cookie=cookie).json["principal"] == key["name"]
    body = {"name": f"v_{uuid4().hex}", "value": 1}
    assert guarded.ask("POST", "/variables/", body, Cookie=cookie).status == 403
    assert guarded.ask("POST", "/variables/", body, Cookie=cookie, **page).status == 201
    for wrong in (cookie + "x", cookie.replace(".", ".0", 1), "penstock_key=1.x.y", "penstock_key="):
        assert guarded.ask("GET", "/session", Cookie=wrong).json["role"] == "anonymous"
    out = guarded.ask("DELETE", "/session", Cookie=cookie, **page)
    assert "penstock_key=;" in out.headers["set-cookie"]
    guarded.ask("DELETE", f"/api_keys/{key['id']}", **ADMIN)
    eventually(lambda: guarded.ask("GET", "/hello", Cookie=cookie).status == 401, "the session is over")


def test_websockets_take_keys(guarded):
    key = make(guarded, "viewer")
    with opened(guarded, "/events/out", key["key"]) as socket:
        say(socket, {"type": "filter", "filter": {}, "marks": True})
    with dial(guarded, "/events/in") as socket:
        say(socket, {"type": "auth", "token": key["key"]})
        assert ending(socket)[0] == 1008


def test_who_makes_up_keys_is_not_heard_for_long(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_AUTH_STRING=AUTH_STRING) as server:
        good = bearer(make(server))
        assert server.ask("GET", "/hello", **good).status == 200
        statuses = [
            server.ask("GET", "/hello", **bearer(key_text(uuid4(), new_secret()))).status for _ in range(15)
        ]
        assert statuses[:10] == [401] * 10
        assert statuses[-1] == 429


def test_a_server_may_ask_for_keys_alone_and_the_first_is_made_beside_it(tmp_path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_REQUIRE_AUTH="true") as server:
        assert server.ask("GET", "/flows/x").status == 401
        for nothing in ("", ":", "a:b"):
            assert server.ask("GET", "/flows/x", Authorization=f"Bearer {nothing}").status == 401
        assert server.ask("POST", "/session", {"credential": ""}, X_Penstock_Origin="ui").status == 401
        command = ["api-key", "create", "root", "--role", "admin", "--offline", "--json"]
        made = subprocess.check_output(
            [sys.executable, "-m", "penstock.cli.main", *command], env=server.environ, timeout=60
        )
        assert server.ask("GET", "/flows/x", **bearer(json.loads(made))).status == 422
