"""Calls against a real HTTP server: what is sent, what is made of answers, and of the lack of one."""

import base64
import json
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from tests.client import scripted_server as does
from tests.client.scripted_server import scripted_server, unused_port

from penstock.client.client import Client
from penstock.client.connections import parse_api_url
from penstock.client.errors import AnswerLost, NotTrusted, ServerError
from penstock.client.http import HttpTransport
from penstock.client.retries import BRIEF
from penstock.colourless import run_sync
from penstock.contract.admin import health
from penstock.contract.claims import ClaimRequest, claim_flow_runs
from penstock.contract.flow_runs import (
    FlowRunCreate,
    SetFlowRunState,
    create_flow_run,
    download_logs,
    set_flow_run_state,
)
from penstock.contract.flows import (
    FlowQuery,
    FlowUpdate,
    read_flow,
    read_flow_by_name,
    read_flows,
    update_flow,
)
from penstock.contract.states import StateCreate, StateType, read_flow_run_states
from penstock.domain.errors import (
    Fenced,
    InvalidInput,
    NotFound,
    PermissionDenied,
    ServerUnreachable,
    Unauthenticated,
    Unavailable,
)
from penstock.domain.states import StateDetails
from penstock.settings import Secret
from penstock.settings.tree import ApiSettings, ClientSettings

CERTIFICATE = Path(__file__).parent / "certificate.pem"
ID = UUID("0190f0e0-0000-7000-8000-000000000007")
CLAIM = ClaimRequest(worker_name="w", worker_id=ID)
FLOW = {
    "id": str(ID),
    "created": "2024-01-01T00:00:00Z",
    "updated": "2024-01-01T00:00:00Z",
    "name": "etl",
    "tags": ["a"],
    "labels": {},
}


def test_a_call_becomes_a_request_and_its_answer_a_value(server, client):
    server.then(does.answers(FLOW))
    flow = run_sync(client.call(read_flow, ID))
    (seen,) = server.seen
    assert (seen.method, seen.path, seen.body) == ("GET", f"/api/flows/{ID}", b"")
    assert (flow.id, flow.name, flow.created) == (ID, "etl", datetime(2024, 1, 1, tzinfo=UTC))


def test_a_body_holds_what_is_not_a_default(server, client):
    server.then(does.answers([FLOW]))
    assert run_sync(client.call(read_flows, FlowQuery(limit=3)))[0].name == "etl"
    (seen,) = server.seen
    assert seen.json == {"limit": 3}
    assert seen.headers["Content-Type"] == "application/json"


def test_names_in_paths_are_escaped_and_queries_follow(server, client):
    server.then(does.answers(FLOW), does.answers([]))
    run_sync(client.call(read_flow_by_name, "a b/c?d=é"))
    run_sync(client.call(read_flow_run_states, flow_run_id=ID))
    assert [seen.path for seen in server.seen] == [
        "/api/flows/name/a%20b%2Fc%3Fd%3D%C3%A9",
        f"/api/flow_run_states/?flow_run_id={ID}",
    ]


def test_no_content_is_none_and_raw_content_is_bytes(server, client):
    server.then(does.says(b"", 204), does.says(b"time,level\n", 200, Content_Type="text/csv"))
    assert run_sync(client.call(update_flow, ID, FlowUpdate(tags=[]))) is None
    assert run_sync(client.call(download_logs, ID)) == b"time,level\n"


def test_either_success_status_of_an_upsert_is_a_success(server, client):
    run = {
        "id": str(ID),
        "created": FLOW["created"],
        "updated": FLOW["created"],
        "name": "r",
        "flow_id": str(ID),
    }
    run["empirical_policy"] = {}
    server.then(does.answers(run, 201), does.answers(run, 200))
    for _ in range(2):
        assert run_sync(client.call(create_flow_run, FlowRunCreate(flow_id=ID))).id == ID


def test_who_calls_and_under_which_lease_is_said(server, client):
    server.then(does.answers(True))
    run_sync(client.holding(ID).call(health))
    run_sync(client.call(health))
    held, plain = (seen.headers for seen in server.seen)
    assert held["X-Penstock-Lease"] == str(ID)
    assert "X-Penstock-Lease" not in plain
    assert plain["X-Penstock-Origin"] == "sdk"
    assert plain["User-Agent"].startswith("penstock/")


@pytest.mark.parametrize(
    ("api", "header"),
    [
        (ApiSettings(key=Secret("pnk_1_x")), "Bearer pnk_1_x"),
        (
            ApiSettings(auth_string=Secret("ann:é:1")),
            "Basic YW5uOsOpOjE=",
        ),
        (ApiSettings(key=Secret("k"), auth_string=Secret("a:b")), "Bearer k"),
    ],
)
def test_the_credential_is_sent(server, connect, settings, api, header):
    server.then(does.answers(True))
    run_sync(connect(server.url, settings=msgspec.structs.replace(settings, api=api)).call(health))
    assert server.seen[0].headers["Authorization"] == header


def test_further_headers_are_sent(server, connect, settings):
    server.then(does.answers(True))
    custom = msgspec.structs.replace(settings, client=ClientSettings(custom_headers={"X-Tenant": "a"}))
    run_sync(connect(server.url, settings=custom).call(health))
    assert server.seen[0].headers["X-Tenant"] == "a"


def test_a_connection_is_used_again(server, client):
    server.then(does.answers(True))
    for _ in range(5):
        run_sync(client.call(health))
    assert len({seen.connection for seen in server.seen}) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again(server, client, naps):
    server.then(does.closes_after(True))
    for _ in range(3):
        run_sync(client.call(health))
    assert len({seen.connection for seen in server.seen}) == 3
    assert naps.taken == []


def test_a_connection_that_closes_while_it_is_used_again_is_replaced(server, client, naps):
    server.then(does.answers(True), does.cuts, does.answers(True))
    run_sync(client.call(health))
    assert run_sync(client.call(health)) is True
    assert len(server.seen) == 3
    assert naps.taken == []


def test_a_connection_that_is_to_be_closed_is(server, client):
    server.then(does.answers(True, Connection="close"))
    for _ in range(2):
        run_sync(client.call(health))
    assert len({seen.connection for seen in server.seen}) == 2


@pytest.mark.parametrize("failure", [does.cuts, does.truncates])
def test_what_may_be_repeated_is_asked_again_after_a_lost_answer(server, client, naps, failure):
    server.then(failure, failure, does.answers(True))
    assert run_sync(client.call(health)) is True
    assert naps.taken == [1.0, 2.0]


@pytest.mark.parametrize("failure", [does.cuts, does.truncates])
def test_what_may_not_be_repeated_is_not(server, client, failure):
    server.then(failure)
    with pytest.raises(AnswerLost, match="may have done"):
        run_sync(client.call(claim_flow_runs, "local", CLAIM))
    assert len(server.seen) == 1


def test_what_may_not_be_repeated_is_not_on_a_connection_that_was_used_before(server, client):
    server.then(does.answers(True), does.cuts)
    run_sync(client.call(health))
    with pytest.raises(AnswerLost):
        run_sync(client.call(claim_flow_runs, "local", CLAIM))
    assert len(server.seen) == 2


def test_what_can_carry_a_key_carries_one_and_the_same_each_time(server, client):
    server.then(does.cuts, does.answers({}, 404))
    body = FlowRunCreate(flow_id=ID)
    with pytest.raises(NotFound):
        run_sync(client.call(create_flow_run, body))
    first, second = (json.loads(seen.body)["idempotency_key"] for seen in server.seen)
    assert first == second
    assert body.idempotency_key is None


def test_a_proposal_carries_an_id_and_the_same_each_time(server, client):
    result = {"state": None, "status": "ACCEPT", "details": {"type": "accept_details"}}
    server.then(does.cuts, does.answers(result), does.answers(result))
    proposal = SetFlowRunState(state=StateCreate(type=StateType.RUNNING))
    for _ in range(2):
        run_sync(client.call(set_flow_run_state, ID, proposal))
    sent = [json.loads(seen.body)["state"]["state_details"]["transition_id"] for seen in server.seen]
    assert sent[0] == sent[1] != sent[2]


def test_a_key_makes_a_call_repeatable(server, client):
    server.then(does.cuts, does.answers({}, 404))
    with pytest.raises(NotFound):
        run_sync(client.call(create_flow_run, FlowRunCreate(flow_id=ID, idempotency_key="k")))
    assert len(server.seen) == 2


def test_a_transition_with_an_id_is_repeatable(server, client):
    result = {"state": None, "status": "ACCEPT", "details": {"type": "accept_details"}}
    server.then(does.cuts, does.answers(result))
    details = StateDetails(transition_id=ID)
    proposal = SetFlowRunState(state=StateCreate(type=StateType.RUNNING, state_details=details))
    assert run_sync(client.call(set_flow_run_state, ID, proposal)).status == "ACCEPT"


@pytest.mark.parametrize("status", [408, 429, 503])
def test_a_server_that_cannot_now_is_asked_again_whatever_the_call(server, client, naps, status):
    server.then(does.answers({"detail": "later"}, status), does.answers({}, 404))
    with pytest.raises(NotFound):
        run_sync(client.call(create_flow_run, FlowRunCreate(flow_id=ID)))
    assert naps.taken == [1.0]


def test_retry_after_is_honoured(server, client, naps):
    soon = does.answers({}, 503, Retry_After="7")
    server.then(soon, does.answers({}, 429, Retry_After="0"), does.answers(True))
    run_sync(client.call(health))
    assert naps.taken == [7.0, 2.0]


def test_who_is_told_to_come_back_after_the_budget_does_not_wait(server, client, naps):
    server.then(does.answers({}, 503, Retry_After="3600"))
    with pytest.raises(Unavailable) as refused:
        run_sync(client.call(health))
    assert refused.value.retry_after == 3600.0
    assert naps.taken == []


def test_the_budget_ends_it(server, client, naps):
    server.then(does.answers({}, 503))
    with pytest.raises(Unavailable):
        run_sync(client.call(health))
    assert sum(naps.taken) <= 60.0 < sum(naps.taken) + 5.0


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, {"detail": "Flow not found"}, NotFound),
        (409, {"code": "fenced", "detail": "Not yours."}, Fenced),
        (422, {"exception_message": "Invalid request received.", "exception_detail": []}, InvalidInput),
        (401, {"detail": "Unauthorized"}, Unauthenticated),
        (403, {"code": "permission-denied", "detail": "No."}, PermissionDenied),
        (500, {"detail": "oops"}, ServerError),
        (302, {}, ServerError),
    ],
)
def test_a_refusal_is_an_error_of_its_kind_and_final(server, client, status, body, kind):
    server.then(does.answers(body, status))
    with pytest.raises(kind) as refused:
        run_sync(client.call(health))
    assert type(refused.value) is kind
    assert refused.value.message == body.get("detail", refused.value.message)
    assert len(server.seen) == 1


def test_a_proxy_that_answers_in_html_is_told_by_its_status(server, client):
    server.then(does.says(b"<html>Forbidden</html>", 403))
    with pytest.raises(PermissionDenied, match="answered with status 403"):
        run_sync(client.call(health))


def test_further_statuses_can_be_retried(server, connect, settings, naps):
    custom = msgspec.structs.replace(settings, client=ClientSettings(retry_extra_codes=(418,)))
    server.then(does.answers({}, 418), does.answers(True))
    assert run_sync(connect(server.url, settings=custom).call(health)) is True
    assert naps.taken == [1.0]


@pytest.mark.parametrize("body", [b'"no"', b"<html>", b""])
def test_an_answer_that_is_none_is_a_fault_of_the_server(server, client, body):
    server.then(does.says(body))
    with pytest.raises(ServerError, match="PENSTOCK_API_URL"):
        run_sync(client.call(health))


def test_something_that_does_not_speak_http_is_a_fault_of_the_server(server, client):
    server.then(does.talks_nonsense)
    with pytest.raises(ServerError, match="not HTTP"):
        run_sync(client.call(health))


def test_nobody_there_is_told_in_one_line_with_the_next_step(connect):
    url = f"http://127.0.0.1:{unused_port()}/api"
    with pytest.raises(ServerUnreachable) as refused:
        run_sync(connect(url, retries=BRIEF).call(health))
    text = str(refused.value)
    assert url in text
    assert "refused" in text
    assert "penstock server start" in text
    assert "PENSTOCK_API_URL" in text
    assert "\n" not in text


def test_the_patient_wait_for_a_server_to_come(connect, naps):
    with pytest.raises(ServerUnreachable):
        run_sync(connect(f"http://127.0.0.1:{unused_port()}/api").patient().call(health))
    assert 295.0 <= sum(naps.taken) <= 300.0


def test_a_server_that_says_nothing_is_given_up(server, connect, settings):
    hurried = msgspec.structs.replace(settings, api=ApiSettings(request_timeout=0.2))
    end = threading.Event()
    server.then(does.hangs_until(end))
    with pytest.raises(AnswerLost, match=r"no answer within 0\.2 s"):
        run_sync(connect(server.url, settings=hurried).call(create_flow_run, FlowRunCreate(flow_id=ID)))
    end.set()


def test_a_long_poll_may_take_as_long_as_it_asks_for(server, connect, settings):
    hurried = msgspec.structs.replace(settings, api=ApiSettings(request_timeout=0.1))
    late = threading.Event()

    def answers_late(handler):
        late.wait(0.5)
        handler.answer(200, b"{}")

    server.then(answers_late)
    request = ClaimRequest(worker_name="w", worker_id=ID, wait_seconds=5.0)
    assert run_sync(connect(server.url, settings=hurried).call(claim_flow_runs, "pool", request)).runs == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:4200",
        "ftp://h/api",
        "http://",
        "http://h:99999/api",
        "http://u:p@h/api",
        "http://h/api?x=1",
    ],
)
def test_what_is_no_url_of_an_api_is_refused(url):
    with pytest.raises(InvalidInput, match="URL of an API"):
        parse_api_url(url)


def test_a_url_may_end_in_a_slash_and_leave_out_its_port():
    address = parse_api_url("https://example.org/penstock/api/")
    assert (address.port, address.base, address.url) == (
        443,
        "/penstock/api",
        "https://example.org/penstock/api",
    )


@pytest.fixture
def secure_server():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    with scripted_server(tls=context) as script:
        yield script.then(does.answers(True))


def test_tls_with_an_authority_of_ones_own(secure_server, connect, settings):
    trusting = msgspec.structs.replace(settings, api=ApiSettings(ssl_cert_file=CERTIFICATE))
    client = connect(secure_server.url, settings=trusting)
    assert [run_sync(client.call(health)) for _ in range(3)] == [True] * 3
    assert len({seen.connection for seen in secure_server.seen}) == 1


def test_tls_without_looking(secure_server, connect, settings):
    careless = msgspec.structs.replace(settings, api=ApiSettings(tls_insecure_skip_verify=True))
    assert run_sync(connect(secure_server.url, settings=careless).call(health)) is True


def test_a_certificate_that_is_not_trusted_is_told_and_not_tried_again(secure_server, connect, naps):
    with pytest.raises(NotTrusted, match="PENSTOCK_API_SSL_CERT_FILE"):
        run_sync(connect(secure_server.url).call(health))
    assert naps.taken == []


def test_a_proxy_gets_the_whole_url(server, connect):
    server.then(does.answers(True))
    proxy = server.url.removesuffix("/api").replace("http://", "http://ann:s%40@")
    client = connect("http://penstock.invalid:4200/api", environment={"HTTP_PROXY": proxy})
    assert run_sync(client.call(health)) is True
    (seen,) = server.seen
    assert seen.path == "http://penstock.invalid:4200/api/health"
    assert seen.headers["Host"] == "penstock.invalid:4200"
    assert base64.b64decode(seen.headers["Proxy-Authorization"].removeprefix("Basic ")) == b"ann:s@"


def test_a_proxy_is_asked_for_a_tunnel_to_what_is_secure(server, connect):
    server.then(does.answers({}, 502))
    client = connect("https://penstock.invalid/api", environment={"HTTPS_PROXY": server.url}, retries=BRIEF)
    with pytest.raises(ServerUnreachable, match="through the proxy 127"):
        run_sync(client.call(health))
    assert (server.seen[0].method, server.seen[0].path) == ("CONNECT", "penstock.invalid:443")


def test_connections_of_a_parent_process_are_not_used(server, client, monkeypatch):
    server.then(does.answers(True))
    run_sync(client.call(health))
    monkeypatch.setattr("penstock.client.connections.os.getpid", lambda: -1)
    run_sync(client.call(health))
    assert len({seen.connection for seen in server.seen}) == 2


def test_many_threads_may_share_a_client(server, settings):
    server.then(does.answers(True))
    client = Client(HttpTransport(server.url, settings, {}))
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda _: run_sync(client.call(health)), range(100)))
    assert len(server.seen) == 100
    assert len({seen.connection for seen in server.seen}) <= 100
    client.close()
