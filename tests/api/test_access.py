"""Who gets in: every route by every credential, and the requests by which others were once let in."""

import base64
import re
from http.client import HTTPConnection
from uuid import UUID

import pytest
from tests.api.conftest import AUTH_STRING

from penstock.contract.permissions import ROLES_BY_ACTION, Role
from penstock.contract.registry import ENDPOINTS
from penstock.domain.errors import PermissionDenied, Unauthenticated
from penstock.server.http.auth import Gate, Principal, authorize
from penstock.server.ops.registry import OPERATIONS

BASIC = "Basic " + base64.b64encode(AUTH_STRING.encode()).decode()
BEARER = f"Bearer {AUTH_STRING}"
PUBLIC = {"health", "ready", "create_session", "read_session", "delete_session", "receive_webhook"}


def path_of(endpoint) -> str:
    """The endpoint's path, with something in the place of each parameter."""
    values = {
        p.name: "00000000-0000-0000-0000-000000000001" if p.type is UUID else "x"
        for p in endpoint.path_params
    }
    return re.sub(r"{(\w+)}", lambda match: values[match[1]], endpoint.path)


def test_every_endpoint_has_its_op_and_every_op_its_endpoint():
    assert sorted(OPERATIONS) == sorted(ENDPOINTS)


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.cve
def test_f63_a_route_answers_who_shows_the_credential_and_nobody_else(guarded, name):
    endpoint = ENDPOINTS[name]
    path = path_of(endpoint)
    for wrong in (
        {},
        {"Authorization": "Basic " + base64.b64encode(b"someone:else").decode()},
        {"Authorization": "Bearer someone"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic !!"},
        {"Authorization": f"Digest {AUTH_STRING}"},
        {"Authorization": AUTH_STRING},
        {"Cookie": f"token={AUTH_STRING}"},
        {"X-Forwarded-For": "127.0.0.1", "X-Original-URL": "/api/health"},
    ):
        answer = guarded.ask(
            endpoint.method, path, **{key.replace("-", "_"): text for key, text in wrong.items()}
        )
        # A credential that nobody issued is refused even where none is asked for.
        is_let_in = name in PUBLIC and not any(key == "Authorization" for key in wrong)
        assert (answer.status in (200, 204, 404, 422)) == is_let_in, (wrong, answer)
        if not is_let_in:
            assert answer.status == 401
            assert answer.headers["www-authenticate"].startswith("Basic ")
            assert answer.json["code"] == "unauthenticated"
    for right in (BASIC, BEARER) if name != "live" else ():  # which has no end: see test_live.py
        answer = guarded.ask(endpoint.method, path, raw=b"[]", Authorization=right)
        assert answer.status not in (401, 403, 405), answer
        assert answer.status < 500, answer


# CVE-2026-3514, -7722 and -53576: paths that end like a public one, or that are normalized into one.
DISGUISED = [
    "/variables/name/health",
    "/variables/name/ready",
    "/variables/name/x%2Fhealth",
    "/variables/name/..%2F..%2Fhealth",
    "/variables/name/health/",
    "/variables/name/health?x=/health",
    "/flows/name/ready",
    "/work_pools/health",
    "/anything/health",
    "/configs",
    "/variables/..;/health",
    "/health/../variables/name/x",
    "/health;/../variables/name/x",
    "/health%2f..%2fvariables%2fname%2fx",
    "/%68ealth/x",
    "//health/x",
    "/openapi.json",
    "/health.json",
    "/HEALTH/",
    "",
    "/",
]


BESIDE = [
    "/health",
    "/ready",
    "/docs",
    "/redoc",
    "/openapi.json",
    "/apiX/health",
    "/API/health",
    "/.env",
    "/static/../api/flows/",
    "/assets/../../penstock.db",
]


@pytest.mark.parametrize("path", DISGUISED)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "TRACE"])
@pytest.mark.cve
def test_f64_no_path_is_public_for_how_it_looks(guarded, method, path):
    assert guarded.ask(method, path).status == 401


def test_the_public_routes_are_those_that_are_declared_so():
    assert {name for name, e in ENDPOINTS.items() if Role.ANONYMOUS in ROLES_BY_ACTION[e.action]} == PUBLIC


@pytest.mark.cve
def test_f63_what_lies_beside_the_api_gives_nothing_away(guarded):
    """Without a credential there are pages, which are the same for everybody, and nothing else."""
    connection = guarded.connect()
    for path in BESIDE:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 404, path
        assert answer.read() == f"There is nothing at {path}.\n".encode()
    connection.close()


@pytest.mark.parametrize(
    "path", ["/api/openapi.json", "/api/metrics", "/metrics", "/api/docs", "/api/nothing"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_f63_what_is_no_endpoint_is_told_to_nobody_in_particular_either(guarded, method, path):
    connection = guarded.connect()
    connection.request(method, path)
    answer = connection.getresponse()
    assert answer.status in (401, 404, 405)
    assert b"# HELP" not in answer.read() and answer.getheader("content-type") != "text/html"
    connection.close()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:9", 200),
        ("localhost:4200", 200),
        ("LOCALHOST", 200),
        ("[::1]:4200", 200),
        ("rebound.example", 403),
        ("127.0.0.1.rebound.example", 403),
        ("localhost.rebound.example:4200", 403),
        ("", 403),
    ],
)
def test_a_server_on_loopback_answers_to_its_own_names_only(server, host, status):
    assert server.ask("GET", "/health", Host=host).status == status


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:3000", "http://127.0.0.1"]
)
def test_pages_of_other_sites_may_not_use_an_open_server(server, origin):
    body = {"name": "planted", "value": 1}
    refused = server.ask("POST", "/variables/", body, Origin=origin, Content_Type="text/plain")
    assert (refused.status, refused.json["code"]) == (403, "permission-denied")
    assert server.ask("GET", "/variables/name/planted").status == 404
    own = f"http://127.0.0.1:{server.port}"
    assert server.ask("GET", "/health", Origin=own).status == 200


def test_a_server_that_others_reach_is_called_by_any_name_or_those_it_is_told():
    for gate, refused in [
        (Gate("a:b", "0.0.0.0"), []),
        (Gate("a:b", "10.0.0.1", ["x.org"]), [b"y.org", b"localhost"]),
    ]:
        gate.check_host(b"x.org:80")
        for host in refused:
            with pytest.raises(PermissionDenied):
                gate.check_host(host)
    Gate(None, "127.0.0.1", ["*"]).check_host(None)
    Gate(None, "127.0.0.1", ["ui.example"]).check_origin(b"https://ui.example", b"127.0.0.1:1")


@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_the_table_says(role):
    for action, roles in ROLES_BY_ACTION.items():
        principal = Principal("p", role)
        if role in roles:
            authorize(principal, action)
            continue
        with pytest.raises(Unauthenticated if role is Role.ANONYMOUS else PermissionDenied):
            authorize(principal, action)


def test_many_connections_from_one_client_are_served(server):
    connections = [HTTPConnection("127.0.0.1", server.port, timeout=30) for _ in range(50)]
    for connection in connections:
        connection.request("GET", "/api/health")
    for connection in connections:
        assert connection.getresponse().read() == b"true"
        connection.close()


@pytest.mark.parametrize(
    ("said", "kept"),
    [("ui", "UI"), ("my-tool:2", "MY-TOOL:2"), ("x" * 5_000, "REST"), ("<b>", "REST"), ("", "REST")],
)
def test_an_entrance_is_a_word(server, said, kept):
    """It is kept with all that is made, and shown."""
    flow = server.ask("POST", "/flows/", {"name": "etl"}).json["id"]
    run = server.ask("POST", "/flow_runs/", {"flow_id": flow}, X_Penstock_Origin=said)
    assert run.json["created_by"]["type"] == kept
