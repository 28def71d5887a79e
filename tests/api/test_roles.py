"""Every route and every websocket by every role: what the table of permissions says is what happens."""

import pytest
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import dial, ending, opened, say
from tests.api.test_access import path_of

from penstock.contract.permissions import ROLES_BY_ACTION, Role, may
from penstock.contract.registry import ENDPOINTS
from penstock.contract.sockets import SOCKETS

# Of people and programs; a run has no key of its own.
ROLES = [Role.VIEWER, Role.OPERATOR, Role.AUTHOR, Role.ADMIN, Role.WORKER]


@pytest.fixture(scope="module")
def keys(guarded):
    """A key of each role, as headers show it."""
    made = {}
    for role in ROLES:
        body = {"name": f"matrix {role}", "role": role}
        answer = guarded.ask("POST", "/api_keys/", body, Authorization=f"Bearer {AUTH_STRING}")
        assert answer.status == 201, answer
        made[role] = answer.json["key"]
    return made


# What follows the server's state has no end: see test_live.py.
@pytest.mark.parametrize("name", [name for name in ENDPOINTS if name != "live"])
def test_a_route_answers_the_roles_that_hold_its_action(guarded, keys, name):
    """With a body that fits nothing: whoever may ask is told so, or gets what takes none."""
    endpoint = ENDPOINTS[name]
    for role, key in keys.items():
        answer = guarded.ask(endpoint.method, path_of(endpoint), raw=b"[]", Authorization=f"Bearer {key}")
        assert answer.status < 500, (role, answer)
        assert answer.status != 401, (role, answer)
        if role in ROLES_BY_ACTION[endpoint.action]:
            assert answer.status != 403, (role, answer)
        else:
            assert (answer.status, answer.json["code"]) == (403, "permission-denied"), (role, answer)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("socket", SOCKETS, ids=lambda socket: socket.path)
def test_a_websocket_opens_for_the_roles_that_hold_its_action(guarded, keys, socket, role):
    if may(role, socket.action):
        with opened(guarded, socket.path, keys[role]) as talk:
            assert talk.ping().wait(30)
        return
    with dial(guarded, socket.path) as talk:
        say(talk, {"type": "auth", "token": keys[role]})
        assert ending(talk)[0] == 1008


@pytest.mark.parametrize("path", ["/openapi.json", "/nothing", "/flows/x/y/z"])
def test_what_is_no_endpoint_answers_every_role_the_same(guarded, keys, path):
    expected = 200 if path == "/openapi.json" else 404
    for key in keys.values():
        assert guarded.ask("GET", path, Authorization=f"Bearer {key}").status == expected
