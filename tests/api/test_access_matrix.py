"""Every route and websocket by every kind of credential, against the matrix in `access_matrix.py`."""

import base64
import json
import re
import time
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from uuid import UUID, uuid4

import pytest
from tests.api.access_matrix import ROLES, ROUTES
from tests.api.access_matrix import SOCKETS as SOCKET_ROWS
from tests.api.conftest import AUTH_STRING
from tests.api.socket_talk import dial, ending, hear, say
from tests.server_process import ServerProcess

from penstock.contract.registry import ENDPOINTS
from penstock.contract.sockets import SOCKETS
from penstock.server.ops.registry import OPERATIONS

NOTHING = "00000000-0000-0000-0000-000000000001"
ADMIN = {"Authorization": f"Bearer {AUTH_STRING}"}
EVERYBODY = {"none": "*", "bad": "", "expired": ""} | {role: letter for letter, role in ROLES.items()}
"""What is shown, by the letter that lets it in."""


class World:
    """A server with two pools, in each a worker with a key of its own and a claimed run with its token."""

    def __init__(self, server):
        self.server = server
        self.shown = {"none": None, "bad": "psk_" + "0" * 32 + "_" + "x" * 43}
        for role in ("viewer", "operator", "author", "admin"):
            self.shown[role] = self.key(role)
        self.shown["expired"] = self.key("admin", lasts=1.0)
        self.ends = time.monotonic() + 1.5
        self.shown["worker"] = self.key("worker")
        self.flow = self.ask("POST", "/flows/", {"name": "f"})["id"]
        self.own, self.other = Camp(self, "own"), Camp(self, "other")
        self.shown["run"] = self.own.token
        time.sleep(max(self.ends - time.monotonic(), 0.0))

    def key(self, role, *, lasts=None, **given):
        expires = None
        if lasts is not None:
            expires = (datetime.now(UTC) + timedelta(seconds=lasts)).isoformat()
        body = {"name": f"{role}-{uuid4().hex}", "role": role, "expires": expires, **given}
        return self.ask("POST", "/api_keys/", body)["key"]

    def ask(self, method, path, body=None):
        answer = self.server.ask(method, path, body, **ADMIN)
        assert answer.status < 300, (path, answer)
        return answer.json if answer.body else None

    def status(self, method, path, credential, body=None, raw=None):
        """The status alone: some answers have no end."""
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {} if credential is None else {"Authorization": f"Bearer {credential}"}
        sent = raw if raw is not None else None if body is None else json.dumps(body).encode()
        try:
            connection.request(method, f"/api{path}", body=sent, headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()


class Camp:
    """One pool with all that is in it."""

    def __init__(self, world, name):
        self.pool, ask = name, world.ask
        ask("POST", "/work_pools/", {"name": name, "type": "process"})
        self.queue = ask("GET", f"/work_pools/{name}")["default_queue_id"]
        self.key = world.key("worker", work_pools=[name])
        body = {"flow_id": world.flow, "work_pool_name": name, "name": name}
        self.deployment = ask("POST", "/deployments/", body)["id"]
        ask("POST", f"/deployments/{self.deployment}/create_flow_run", {})
        claim = {"worker_name": "w", "worker_id": str(uuid4()), "wait_seconds": 5}
        [claimed] = ask("POST", f"/work_pools/{name}/claim", claim)["runs"]
        self.run, self.token, self.lease = claimed["flow_run"]["id"], claimed["token"], claimed["lease"]["id"]
        task = {"flow_run_id": self.run, "task_key": "t", "dynamic_key": "0"}
        self.task = ask("POST", "/task_runs/", task)["id"]
        self.artifact = ask("POST", "/artifacts/", {"flow_run_id": self.run, "data": "x"})["id"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    home = tmp_path_factory.mktemp("matrix")
    with ServerProcess(home, PENSTOCK_SERVER_API_AUTH_STRING=AUTH_STRING) as server:
        yield World(server)


def path_of(endpoint, **given):
    """Its path, with something that does not exist where nothing is given."""
    values = {p.name: NOTHING if p.type is UUID else "x" for p in endpoint.path_params} | given
    return re.sub(r"{(\w+)}", lambda match: str(values[match[1]]), endpoint.path)


def test_every_route_and_websocket_has_its_row():
    assert sorted(ROUTES) == sorted(ENDPOINTS)
    assert sorted(SOCKET_ROWS) == sorted(socket.path for socket in SOCKETS)


@pytest.mark.parametrize("name", sorted(ENDPOINTS))
@pytest.mark.cve
def test_a_route_lets_in_whom_its_row_says(world, name):
    endpoint, row = ENDPOINTS[name], ROUTES[name]
    path = path_of(endpoint)
    for who, letter in EVERYBODY.items():
        status = world.status(endpoint.method, path, world.shown[who], raw=b"\0")
        is_let_in = (row == "*" and who not in ("bad", "expired")) or (
            letter != "*" and letter in row and letter
        )
        if is_let_in:
            is_login = name == "create_session"  # which asks for a credential of its own
            assert status not in (403, 405) and (status != 401 or is_login), (who, status)
            assert status < 500, (who, status)
        else:
            assert status == (401 if who in ("none", "bad", "expired") else 403), (who, status)


def judged():
    """The endpoints of which somebody is refused by what a call is about."""
    for name, endpoint in ENDPOINTS.items():
        access = OPERATIONS[name].access
        writes = access in ("write", "poll", "database") and not endpoint.action.endswith((":read", ":probe"))
        is_of_pool = endpoint.path.startswith("/work_pools/{")
        looks_like_a_read = access == "write" and endpoint.action.endswith(":read")
        if (writes or is_of_pool or looks_like_a_read) and set("WR") & set(ROUTES[name]):
            yield name


STATE = {"state": {"type": "PENDING"}}
LINE = {"name": "x", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}
RECORD = {"name": "t", "task_key": "t", "dynamic_key": "9"}
EVENT = {"occurred": "2026-01-01T00:00:00Z", "event": "told", "payload": {}, "id": NOTHING}
CLAIM = {"worker_name": "w", "worker_id": NOTHING, "limit": 0}


def run_path(camp):
    return {"id": camp.run}


def pool_path(camp):
    return {"name": camp.pool, "work_pool_name": camp.pool}


# What is asked about the camp `own`, by its worker, the worker of `other`, its run, and the run of `other`.
# "y": it reaches that; "n": it does not; "-": its role may not try it.
REACH = {
    "acquire_slots": ("nnyy", {}, {"lease_id": NOTHING, "names": ["none"]}),
    "bulk_create_flow_runs_from_deployment": ("--yy", lambda c: {"id": c.deployment}, []),
    "bulk_set_flow_run_state": ("nnnn", {}, STATE),
    "claim_flow_runs": ("yn--", pool_path, CLAIM),
    "claim_served_flow_runs": (
        "nn--",
        {},
        {"runner_name": "r", "runner_id": NOTHING, "deployment_ids": [], "limit": 0},
    ),
    "create_block_document": (
        "--nn",
        {},
        {"name": "b", "data": {}, "block_type_id": NOTHING, "block_schema_id": NOTHING},
    ),
    "create_block_schema": ("--nn", {}, {"fields": {}, "block_type_id": NOTHING}),
    "create_block_type": ("--nn", {}, {"name": "B", "slug": "b"}),
    "create_variable": ("--yy", {}, {"name": "v", "value": 1}),
    "delete_variable": ("--yy", {"id": NOTHING}, None),
    "delete_variable_by_name": ("--yy", {"name": "none"}, None),
    "update_block_document": ("--nn", {"id": NOTHING}, {}),
    "update_block_type": ("--nn", {"id": NOTHING}, {}),
    "update_variable": ("--yy", {"id": NOTHING}, {}),
    "update_variable_by_name": ("--yy", {"name": "none"}, {}),
    "create_artifact": ("--yn", {}, lambda c: {"flow_run_id": c.run, "data": 1}),
    "create_events": (
        "ynyn",
        {},
        lambda c: [EVENT | {"resource": {"prefect.resource.id": f"prefect.flow-run.{c.run}"}}],
    ),
    "create_flow": ("--yy", {}, {"name": "f"}),
    "create_flow_run": ("--yn", {}, lambda c: {"flow_id": c.world_flow, "parent_task_run_id": c.task}),
    "create_flow_run_from_deployment": (
        "--yn",
        lambda c: {"id": c.deployment},
        lambda c: {"parent_task_run_id": c.task},
    ),
    "create_flow_run_input": ("ynyn", run_path, {"key": "k", "value": "1"}),
    "create_logs": ("ynyn", {}, lambda c: [LINE | {"flow_run_id": c.run}]),
    "create_task_run": (
        "--yn",
        {},
        lambda c: {"flow_run_id": c.run, "task_key": "t", "dynamic_key": "0"},
    ),
    "create_work_pool": ("yn--", {}, lambda c: {"name": c.pool, "type": "process"}),
    "decrement_slots": ("nnyy", {}, {"names": ["none"], "slots": 1}),
    "decrement_slots_with_lease": ("nnyy", {}, {"lease_id": NOTHING}),
    "decrement_tag_slots": ("nnyy", {}, {"names": ["none"], "task_run_id": NOTHING}),
    "delete_flow_run_input": ("ynyn", lambda c: run_path(c) | {"key": "k"}, None),
    "end_run_token": ("yn--", lambda c: run_path(c) | {"lease_id": NOTHING}, None),
    "get_scheduled_flow_runs": ("ynnn", pool_path, {}),
    "get_scheduled_flow_runs_for_deployments": ("nnnn", {}, {"deployment_ids": []}),
    "hold_slots": ("nnyy", {}, {"lease_duration": 60}),
    "increment_slots": ("nnyy", {}, {"names": ["none"], "slots": 1}),
    "increment_slots_with_lease": ("nnyy", {}, {"names": ["none"], "slots": 1}),
    "increment_tag_slots": ("nnyy", {}, {"names": ["none"], "task_run_id": NOTHING}),
    "preview_work_pool_edit": ("ynyy", pool_path, {"base_job_template": {}}),
    "read_work_pool": ("ynyy", pool_path, None),
    "read_work_pool_concurrency_status": ("ynyy", pool_path, {}),
    "read_work_queue": ("ynyy", lambda c: {"work_pool_name": c.pool, "name": "default"}, None),
    "read_work_queue_runs": ("ynnn", lambda c: {"id": c.queue}, {}),
    "read_work_queues": ("ynyy", pool_path, {}),
    "read_workers": ("ynyy", pool_path, {}),
    "record_task_runs": (
        "--yn",
        {},
        lambda c: {
            "recorder": NOTHING,
            "sequence": 1,
            "records": [RECORD | {"id": str(uuid4()), "flow_run_id": c.run}],
        },
    ),
    "release_flow_run": ("yn--", run_path, {"lease_id": NOTHING}),
    "renew_lease": ("ynyn", run_path, {"lease_id": NOTHING}),
    "renew_slot_lease": ("nnyy", {}, {"lease_duration": 60}),
    "report_launch": ("yn--", run_path, {"identifier": "x"}),
    "resolve_work_pool": ("ynyy", pool_path, {}),
    "resume_flow_run": ("ynyn", run_path, {}),
    "set_flow_run_state": ("ynyn", run_path, STATE),
    "set_task_run_state": ("--yn", lambda c: {"id": c.task}, STATE),
    "update_artifact": ("--yn", lambda c: {"id": c.artifact}, {}),
    "update_flow_run": ("ynyn", run_path, {}),
    "update_flow_run_labels": ("ynyn", run_path, {"a": 1}),
    "update_task_run": ("--yn", lambda c: {"id": c.task}, {}),
    "update_work_pool": ("yn--", pool_path, {}),
    "worker_heartbeat": ("yn--", pool_path, {"name": "w"}),
}


def test_every_route_of_workers_and_runs_says_how_far_they_reach():
    assert sorted(REACH) == sorted(judged())


@pytest.mark.parametrize("name", sorted(REACH))
def test_a_worker_reaches_its_pools_and_a_run_its_own(world, name):
    endpoint, (row, path, body) = ENDPOINTS[name], REACH[name]
    camp = world.own
    camp.world_flow = world.flow
    callers = [camp.key, world.other.key, camp.token, world.other.token]
    for credential, letter in zip(callers, row, strict=True):
        given = path(camp) if callable(path) else path
        said = body(camp) if callable(body) else body
        status = world.status(endpoint.method, path_of(endpoint, **given), credential, said)
        if letter == "y":
            assert status not in (401, 403) and status < 500, (name, letter, status)
        else:
            assert status == 403, (name, letter, status)


def is_opened(server, path, token):
    """Whether a websocket takes somebody."""
    with dial(server, path) as socket:
        say(socket, {"type": "auth", "token": token})
        try:
            return hear(socket) == {"type": "auth_success"}
        except Exception:
            assert ending(socket)[0] == 1008
            return False


@pytest.mark.parametrize("path", ["/openapi.json", "/nothing", "/flows/x/y/z"])
def test_what_is_no_endpoint_answers_every_role_the_same(world, path):
    expected = 200 if path == "/openapi.json" else 404
    for role in ("viewer", "operator", "author", "admin", "worker", "run"):
        assert world.status("GET", path, world.shown[role]) == expected, role


@pytest.mark.parametrize("path", sorted(SOCKET_ROWS))
@pytest.mark.cve
def test_a_websocket_lets_in_whom_its_row_says(world, path):
    for who, letter in EVERYBODY.items():
        expected = letter not in ("", "*") and letter in SOCKET_ROWS[path]
        assert is_opened(world.server, path, world.shown[who]) == expected, who


def test_a_worker_with_pools_opens_what_is_for_these(world):
    place = "/work_pools/own/workers/connect"
    assert is_opened(world.server, place, world.own.key)
    assert not is_opened(world.server, place, world.other.key)
    for path, expected in (
        ("/events/in", True),
        ("/events/out", True),
        ("/logs/out", True),
        ("/task_runs/subscriptions/scheduled", False),
    ):
        assert is_opened(world.server, path, world.own.key) == expected, path


def test_a_run_tells_no_events_of_others_over_a_websocket(world):
    stranger = f"prefect.flow-run.{world.other.run}"
    id = str(uuid4())
    event = EVENT | {"id": id, "occurred": datetime.now(UTC).isoformat(), "event": "forged"}
    with dial(world.server, "/events/in") as socket:
        say(socket, {"type": "auth", "token": world.own.token})
        assert hear(socket) == {"type": "auth_success"}
        say(socket, event | {"resource": {"prefect.resource.id": stranger}})
        assert socket.ping().wait(30)
    assert world.server.ask("GET", f"/events/{id}", **ADMIN).status == 404


def test_a_run_takes_no_task_run_of_another(world):
    """Neither by recording it as its own, nor by an event that tells of it."""
    stolen = {"id": world.own.task, "flow_run_id": world.other.run, **RECORD}
    body = {"recorder": NOTHING, "sequence": 2, "records": [stolen]}
    assert world.status("POST", "/task_runs/record", world.other.token, body) == 403
    related = {
        "prefect.resource.id": f"prefect.flow-run.{world.other.run}",
        "prefect.resource.role": "flow-run",
    }
    event = EVENT | {
        "id": str(uuid4()),
        "event": "prefect.task-run.Completed",
        "resource": {"prefect.resource.id": f"prefect.task-run.{world.own.task}"},
        "related": [related],
    }
    assert world.status("POST", "/events", world.other.token, [event]) == 403
    assert world.ask("GET", f"/task_runs/{world.own.task}")["flow_run_id"] == world.own.run


def test_what_a_run_makes_is_its_child_and_what_that_makes_too(world):
    def make(token, **more):
        headers = {"Authorization": f"Bearer {token}"}
        made = world.server.ask("POST", "/flow_runs/", {"flow_id": world.flow, **more}, **headers)
        assert made.status == 201, made
        return made.json["id"]

    child = make(world.own.token)
    moved = {"state": {"type": "RUNNING"}}
    path = f"/flow_runs/{child}/set_state"
    assert world.status("POST", path, world.other.token, moved) == 403
    assert world.status("POST", path, world.own.token, moved) in (200, 201)
    in_pool = {"flow_id": world.flow, "work_pool_name": "other"}
    assert world.status("POST", "/flow_runs/", world.own.token, in_pool) == 403


def test_a_run_answers_who_has_spoken_to_it_and_nobody_else(world):
    own, other = Camp(world, f"pool-{uuid4().hex}"), Camp(world, f"pool-{uuid4().hex}")
    answer = {"key": f"k-{uuid4().hex}", "value": "1", "sender": f"prefect.flow-run.{own.run}"}
    path = f"/flow_runs/{other.run}/input"
    assert world.status("POST", path, own.token, answer) == 403
    forged = answer | {"sender": f"prefect.flow-run.{other.run}"}
    assert world.status("POST", f"/flow_runs/{own.run}/input", own.token, forged) == 403
    world.ask("POST", f"/flow_runs/{own.run}/input", forged | {"key": f"q-{uuid4().hex}"})
    assert world.status("POST", path, own.token, answer) == 201


def test_credentials_are_shown_by_basic_authentication_too(world):
    for who in ("viewer", "run"):
        basic = base64.b64encode(f"x:{world.shown[who]}".encode()).decode()
        answer = world.server.ask("GET", "/session", Authorization=f"Basic {basic}")
        assert answer.json["role"] == who


def test_a_websocket_ends_with_the_key_that_has_opened_it(world):
    made = world.ask("POST", "/api_keys/", {"name": f"short-{uuid4().hex}", "role": "viewer"})
    with dial(world.server, "/events/out") as socket:
        say(socket, {"type": "auth", "token": made["key"]})
        assert hear(socket) == {"type": "auth_success"}
        world.ask("DELETE", f"/api_keys/{made['id']}")
        assert ending(socket)[0] == 1008


def test_a_websocket_ends_with_the_run_whose_token_has_opened_it(world):
    camp = Camp(world, f"pool-{uuid4().hex}")
    with dial(world.server, "/events/in") as socket:
        say(socket, {"type": "auth", "token": camp.token})
        assert hear(socket) == {"type": "auth_success"}
        ended = {"state": {"type": "COMPLETED"}, "force": True}
        world.ask("POST", f"/flow_runs/{camp.run}/set_state", ended)
        assert ending(socket)[0] == 1008


def test_tokens_that_are_over_shut_nobody_out(world):
    """Old ones of many runs may be shown from one machine; whoever works there is heard all the same."""
    for number in range(30):
        stale = f"psr_{UUID(int=number).hex}_{'x' * 43}"
        assert world.status("GET", "/flows/count", stale) == 401
    assert world.status("GET", "/hello", AUTH_STRING) == 200
