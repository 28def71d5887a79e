"""What becomes of requests that nobody should send, asked of every endpoint by somebody who may ask it.

Whatever is sent: no answer is a fault of the server's, none tells of its insides, a refusal is JSON. The same
of its loops: nothing that was stored makes one of them fail.
"""

import base64
from collections.abc import Iterator
from random import Random
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.api.conftest import AUTH_STRING
from tests.api.nonsense import NAMES, Nonsense
from tests.server_process import Answer, ServerProcess

from penstock.contract.registry import ENDPOINTS

BASIC = "Basic " + base64.b64encode(AUTH_STRING.encode()).decode()
ELSEWHERE = {"live", "create_session"}
"""What has no end, and what is heard seldom after wrong credentials: see test_live.py, test_sessions.py."""
TELLING = {"/settings/effective", "/admin/settings"}
"""They tell where the server has its files, to who may know."""

HOSTILE = [
    "\x00",
    "a\x00b",
    "\ud800",
    "x\udfffy",
    "\u202egpj.exe",
    "😀",
    "a" * 10_000,
    "../",
    "..%2f..%2fetc",
    "?x=1",
    "#",
    "two\nlines",
    "\r\nSet-Cookie: a=b",
    "{{ 7 * 7 }}",
    "'; DROP TABLE flows; --",
    "<script>alert(1)</script>",
]
DEEP = 10_000
BAD_JSON = {
    "depth": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "lists": b"[" * DEEP + b"]" * DEEP,
    "unclosed": b'{"a":' * DEEP,
    "nan": b'{"name": NaN}',
    "infinity": b'{"a": [-Infinity]}',
    "surrogate": b'{"name": "\\ud800"}',
    "half": b'{"name": "a',
    "bom": b"\xef\xbb\xbf{}",
    "text": b"name=a&value=1",
    "another-type": b"[[1]]",
}
WITH_BODY = [
    name
    for name, endpoint in ENDPOINTS.items()
    if endpoint.body is not None and endpoint.body.type is not bytes and name not in ELSEWHERE
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that asks for a credential, of which nothing may have failed when all is over."""
    home = tmp_path_factory.mktemp("fuzzed")
    with ServerProcess(home, PENSTOCK_SERVER_API_AUTH_STRING=AUTH_STRING) as server:
        yield server
        assert server.ask("GET", "/ready", Authorization=BASIC).status == 200
    assert "Traceback" not in server.output, server.output[-10_000:]


def ask(server, method, path, body=None, **given) -> Answer:
    """Ask as somebody who may, and see that the answer is one."""
    answer = server.ask(method, path, body, Authorization=BASIC, **given)
    asked = (method, path[:500], str(body)[:2000])
    assert answer.status < 500, (asked, answer)
    insides = [b"Traceback", b'File "', b".py", b"site-packages", b"sqlalchemy"]
    if path not in TELLING:
        insides.append(str(server.home).encode())
    assert [inside for inside in insides if inside in answer.body] == [], (asked, answer)
    if answer.status >= 400:
        assert answer.headers["content-type"] == "application/json", (asked, answer)
        assert isinstance(answer.json, dict), (asked, answer)
    return answer


OF_RUNS = ("flow_runs", "leases", "claims", "graphs", "timelines", "run_details", "flow_run_inputs")
"""Nouns whose endpoints have the id of a flow run in their paths."""


def made(server) -> dict[str, list[str]]:
    """Makes some of everything, unless it is there, and tells the ids by noun."""

    def post(path, body):
        return ask(server, "POST", path, body).json.get("id")

    flow = post("/flows/", {"name": "n0"})
    post("/work_pools/", {"name": "n1", "type": "process"})
    pool = ask(server, "GET", "/work_pools/n1").json
    deployments = [
        post("/deployments/", {"name": name, "flow_id": flow, "work_pool_name": "n1"}) for name in NAMES
    ]
    runs = [post(f"/deployments/{id}/create_flow_run", {}) for id in deployments]
    task = {"flow_run_id": runs[0], "task_key": "t", "dynamic_key": uuid4().hex}
    tasks = [post("/task_runs/", task)]
    artifacts = [post("/artifacts/", {"key": "n0", "data": 1, "flow_run_id": runs[0]})]
    variables = [post("/variables/", {"name": uuid4().hex, "value": 1})]
    return {
        **dict.fromkeys(OF_RUNS, runs),
        **dict.fromkeys(("deployments", "schedules"), deployments),
        "flows": [flow],
        "task_runs": tasks,
        "artifacts": artifacts,
        "variables": variables,
        "work_queues": [pool["default_queue_id"]],
    }


@pytest.fixture(scope="module")
def ids(server) -> dict[str, list[str]]:
    """Ids of some of everything, by noun."""
    return made(server)


@pytest.fixture
def known(server, ids, name) -> dict[str, list[str]]:
    """Ids of what is there still: what deletes needs things of its own."""
    return made(server) if "delete" in name else ids


EVERY = pytest.mark.parametrize("name", [name for name in ENDPOINTS if name not in ELSEWHERE])


@EVERY
@settings(max_examples=8, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=False))
def test_no_request_makes_an_endpoint_fail(server, known, name, random):
    endpoint, nonsense = ENDPOINTS[name], Nonsense(random, known)
    ask(server, endpoint.method, nonsense.path(endpoint), nonsense.body(endpoint))


@EVERY
def test_f51_hostile_texts_are_no_fault_anywhere(server, known, name):
    """In the texts of the path, the query and the body, in all of them or in some by chance."""
    for number, text in enumerate(HOSTILE):
        texts = [text] if number % 2 else [*NAMES, text]
        nonsense = Nonsense(Random(f"{name} {number}"), known, texts=texts, wrong=0.0)
        endpoint = ENDPOINTS[name]
        ask(server, endpoint.method, nonsense.path(endpoint), nonsense.body(endpoint))


@pytest.mark.parametrize("name", WITH_BODY)
def test_f52_what_is_no_json_or_too_deep_or_too_large_a_number_is_refused(server, ids, name):
    endpoint, nonsense = ENDPOINTS[name], Nonsense(Random(name), ids, wrong=0.0)
    path = nonsense.path(endpoint)
    for kind, raw in BAD_JSON.items():
        answer = ask(server, endpoint.method, path, raw=raw)
        assert answer.status == 422, (kind, answer)
        assert answer.json["exception_message"] == "Invalid request received.", kind
        assert "request_body" in answer.json, kind
        assert answer.json["exception_detail"][0].keys() == {"type", "loc", "msg"}, kind
    huge = Nonsense(Random(name), ids, integers=[10**400, -(10**400), 2**63, -(2**63) - 1], wrong=0.0)
    for _ in range(3):
        ask(server, endpoint.method, huge.path(endpoint), huge.body(endpoint))
    for raw in (b'{"name": "a", "name": "b", "limit": 1, "limit": -1}', b'{"a": 1e400}', b'{"name": "\xff"}'):
        ask(server, endpoint.method, path, raw=raw)


def test_f51_who_signs_in_with_nonsense_is_refused(tmp_path):
    """At a server of its own: who was wrong too often is not heard for a while."""
    endpoint = ENDPOINTS["create_session"]
    with ServerProcess(tmp_path, PENSTOCK_SERVER_API_AUTH_STRING=AUTH_STRING) as server:
        for number, text in enumerate(HOSTILE):
            nonsense = Nonsense(Random(number), {}, texts=[text], wrong=0.2)
            answer = server.ask("POST", "/session", nonsense.body(endpoint))
            assert answer.status in (401, 422, 429), (text, answer)
            assert answer.headers["content-type"] == "application/json"
        for raw in BAD_JSON.values():
            assert server.ask("POST", "/session", raw=raw).status in (422, 429)
    assert "Traceback" not in server.output
