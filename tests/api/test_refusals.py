"""What becomes of requests that nobody should send: a clear refusal, soon, and never a fault."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server_process import ServerProcess

from penstock.domain import errors
from penstock.domain.errors import InvalidInput, PenstockError
from penstock.server.http.bodies import MAX_DEPTH, check_depth
from penstock.server.http.errors import BadVersion, MethodNotAllowed, failure, headers_of, refusal, status_of


def test_a_body_that_does_not_fit_is_refused_as_the_reference_does(server):
    refused = server.ask("POST", "/variables/", {"name": "a", "value": 1, "tgas": []})
    assert refused.status == 422
    assert refused.json["exception_message"] == "Invalid request received."
    assert refused.json["exception_detail"] == [
        {"type": "extra_forbidden", "loc": ["body", "tgas"], "msg": "Extra inputs are not permitted"}
    ]
    assert refused.json["request_body"] == {"name": "a", "value": 1, "tgas": []}
    assert "tgas" in refused.json["detail"]


def test_a_rule_that_is_broken_is_told_in_detail(server):
    server.ask("POST", "/variables/", {"name": "twice", "value": 1})
    refused = server.ask("POST", "/variables/", {"name": "twice", "value": 1})
    assert refused.status == 409
    assert refused.json.keys() == {"code", "detail", "hint"}


def test_paths_and_methods_that_do_not_exist(server):
    assert server.ask("GET", "/nothing").json["code"] == "not-found"
    refused = server.ask("PUT", "/variables/")
    assert (refused.status, refused.headers["allow"]) == (405, "POST")
    assert server.ask("GET", "/variables/not-an-id").status == 422
    assert server.ask("GET", "/variables/name/%FF").status == 404
    assert server.ask("HEAD", "/health").status == 200


def test_every_answer_has_a_request_id_and_a_version(server):
    answer = server.ask("GET", "/nothing", X_Request_ID="abc-123")
    assert answer.headers["x-request-id"] == "abc-123"
    assert answer.headers["x-penstock-version"]
    made_up = server.ask("GET", "/health", X_Request_ID="a b<c>")
    assert len(made_up.headers["x-request-id"]) == 16


@pytest.mark.parametrize(
    ("said", "status"),
    [("0.8.4", 200), ("3.9.1", 200), ("99.0.0", 200), ("", 200), ("0.7.9", 400), ("new", 400), ("1.2", 400)],
)
def test_clients_of_the_reference_that_are_too_old_are_refused(server, said, status):
    assert server.ask("GET", "/version", X_Prefect_Api_Version=said).status == status


def test_a_page_that_looks_at_the_runs_of_a_queue_does_not_make_it_ready(server):
    server.ask("POST", "/work_pools/", {"name": "looked at", "type": "process"})
    queue = server.ask("GET", "/work_pools/looked%20at/queues/default").json

    def last_polled():
        return server.ask("GET", f"/work_queues/{queue['id']}").json["last_polled"]

    for is_page in ("true", "false"):
        assert last_polled() is None
        asked = server.ask("POST", f"/work_queues/{queue['id']}/get_runs", {}, X_Prefect_UI=is_page)
        assert asked.status == 200
    assert last_polled() is not None


def test_a_lease_must_be_an_id(server):
    assert server.ask("GET", "/version", X_Penstock_Lease="mine").json["field"] == "X-Penstock-Lease"


BAD_JSON = [
    b"{",
    b"nul",
    b"NaN",
    b'{"name": "n", "value": Infinity}',
    b"\xff\xfe",
    b'{"name": "\xff", "value": 1}',
    b'{"name": "n", "value": 1e400}',
    b'{"name": "\\ud800", "value": 1}',
    b"[" * 10_000 + b"]" * 10_000,
    b'{"name": "n", "value": ' + b"[" * 101 + b"]" * 101 + b"}",
    b'{"a":' * 100_000,
]


@pytest.mark.parametrize("body", BAD_JSON, ids=lambda body: repr(body[:24]))
def test_what_is_not_json_or_too_deep_is_refused_at_once(server, body):
    refused = server.ask("POST", "/variables/", raw=body)
    assert refused.status == 422
    assert refused.json["code"] == "invalid-input"
    assert server.ask("GET", "/variables/name/n").status == 404


def test_what_is_just_not_too_deep_comes_back_as_it_was(server):
    nested: list = []
    for _ in range(MAX_DEPTH - 2):
        nested = [nested]
    assert server.ask("POST", "/variables/", {"name": "deep", "value": nested}).status == 201
    assert server.ask("GET", "/variables/name/deep").json["value"] == nested


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda s: st.lists(s) | st.dictionaries(st.text(), s))
)
def test_no_document_of_ordinary_depth_is_refused(value):
    check_depth(json.dumps(value).encode())
    check_depth(json.dumps(value, ensure_ascii=False).encode("utf-8"))


@given(st.integers(0, 3 * MAX_DEPTH), st.sampled_from(['"[{"', '"\\"["', '"\\\\"', "1"]))
def test_depth_is_counted_outside_of_texts(depth, inside):
    body = b'{"k":[' * (depth // 2) + inside.encode() + b"]}" * (depth // 2)
    if depth // 2 * 2 <= MAX_DEPTH:
        check_depth(body)
    else:
        with pytest.raises(InvalidInput):
            check_depth(body)


@pytest.mark.parametrize(
    "body", [b'"' + b'\\"' * 500_000, b'"' * 1_000_000, b"[" * 1_000_000, b"\\" * 1_000_000]
)
def test_looking_for_depth_takes_time_by_length_only(body):
    began = time.process_time()
    with suppress(InvalidInput):
        check_depth(body + b"[" * 200)
    assert time.process_time() - began < 1.0


def test_a_body_that_is_too_large_is_refused_by_the_limits_name(tmp_path):
    with ServerProcess(tmp_path, PENSTOCK_SERVER_API_MAX_BODY_SIZE="1000") as server:
        body = {"name": "large", "value": "x" * 1000}
        refused = server.ask("POST", "/variables/", body)
        assert refused.status == 413
        assert refused.json["data"] == {"limit": 1000, "setting": "server.api.max_body_size"}

        connection = server.connect()
        chunks = (b'{"name": "large", "value": "', *[b"x" * 100] * 20, b'"}')
        connection.request("POST", "/api/variables/", body=iter(chunks), encode_chunked=True)
        assert connection.getresponse().status == 413
        connection.close()
        assert server.ask("GET", "/variables/name/large").status == 404
        assert server.ask("POST", "/variables/", {"name": "small", "value": 1}).status == 201


def test_parameters_that_are_too_large_create_nothing(server):
    flow = server.ask("POST", "/flows/", {"name": "of large runs"}).json
    fits = {"flow_id": flow["id"], "parameters": {"x": "x" * 500_000}}
    assert server.ask("POST", "/flow_runs/", fits).status == 201
    refused = server.ask("POST", "/flow_runs/", {"flow_id": flow["id"], "parameters": {"x": "x" * 600_000}})
    assert refused.status == 413
    assert refused.json["data"]["limit"] == 524_288
    of_flow = {"flows": {"id": {"any_": [flow["id"]]}}}
    assert server.ask("POST", "/flow_runs/count", of_flow).json == 1


def kinds(base: type[PenstockError]) -> list[type[PenstockError]]:
    return [base, *(kind for each in base.__subclasses__() for kind in kinds(each))]


def test_every_error_of_the_vocabulary_has_a_status_and_a_body():
    statuses = {
        kind: status_of(kind("m")) for kind in kinds(PenstockError) if kind.__module__ == errors.__name__
    }
    assert statuses[errors.Fenced] == 409
    assert statuses[errors.ServerUnreachable] == 503
    assert set(statuses.values()) == {500, 422, 404, 409, 401, 403, 400, 410, 413, 423, 429, 503}
    assert status_of(MethodNotAllowed("m", ["GET"])) == 405
    assert status_of(BadVersion("m")) == 400
    told = json.loads(refusal(errors.NotFound("Gone.", hint="Look elsewhere.")))
    assert told == {"code": "not-found", "detail": "Gone.", "hint": "Look elsewhere."}


def test_who_must_try_again_is_told_when():
    assert headers_of(errors.Unavailable("m", retry_after=0.2)) == [(b"retry-after", b"1")]
    assert headers_of(errors.Unavailable("m", retry_after=7.4)) == [(b"retry-after", b"7")]


def test_a_fault_of_ours_names_its_request_and_nothing_else():
    assert json.loads(failure("abc"))["detail"].endswith("under the id abc.")


def test_long_or_odd_requests_are_not_sent_back():
    malformed = InvalidInput("m", detail=[{"loc": ["body"]}])
    assert json.loads(refusal(malformed, b'"' + b"x" * 5000 + b'"'))["request_body"] is None
    assert json.loads(refusal(malformed, b"{"))["request_body"] is None
    assert "request_body" not in json.loads(refusal(InvalidInput("m"), b"{}"))
