"""What a server tells to whoever watches over it: numbers, and lines of its log."""

import json
import re

import pytest
from tests.server_process import Answer, ServerProcess

SECRET = "ada:battery"
ON = {"PENSTOCK_SERVER_METRICS_ENABLED": "true"}
LINE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.e]+')


def numbers(answer):
    """The numbers of an answer by what stands before them; each line has the form of Prometheus."""
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = answer.body.decode()
    assert text.endswith("\n")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    series = [line.rpartition(" ")[0] for line in lines]
    assert len(series) == len(set(series))
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_it_tells_none_unless_it_is_told_to(tmp_path):
    with ServerProcess(tmp_path / "home") as server:
        refused = server.ask("GET", "/metrics")
        assert refused.status == 404
        assert "server.metrics_enabled" in refused.json["hint"]
        assert outside(server, "/metrics").status in (200, 404)  # a page, where there are pages
        assert b"penstock_" not in outside(server, "/metrics").body


def outside(server, path, **headers):
    """What stands beside the API."""
    connection = server.connect()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = Answer(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
    connection.close()
    return found


def test_it_counts_requests_runs_claims_and_loops(tmp_path):
    with ServerProcess(tmp_path / "home", **ON) as server:
        flow = server.ask("POST", "/flows/", {"name": "etl"}).json["id"]
        for number in range(3):
            assert server.ask("GET", f"/flows/name/no-such-{number}").status == 404
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": "2026-01-01T00:00:00Z"}}
        run = server.ask("POST", "/flow_runs/", {"flow_id": flow, "state": state}).json["id"]
        for type_ in ("PENDING", "RUNNING", "COMPLETED"):
            moved = server.ask("POST", f"/flow_runs/{run}/set_state", {"state": {"type": type_}})
            assert moved.json["status"] == "ACCEPT"
        assert server.ask("PROPFIND", "/flows/").status == 405
        event = {
            "occurred": "2026-01-01T00:00:00Z",
            "event": "a.b",
            "resource": {"prefect.resource.id": "x"},
            "id": "0197a4c0-0000-7000-8000-000000000001",
        }
        assert server.ask("POST", "/events", [event]).status == 204
        found = numbers(server.ask("GET", "/metrics"))
        by_name = 'method="GET",route="/flows/name/{name}"'
        assert found[f'penstock_http_requests_total{{{by_name},status="404"}}'] == 3
        assert found['penstock_http_requests_total{method="other",route="none",status="405"}'] == 1
        assert found[f"penstock_http_request_seconds_count{{{by_name}}}"] == 3
        assert found['penstock_flow_run_states_total{type="COMPLETED"}'] == 1
        assert found["penstock_claims_total"] == 1
        assert found['penstock_flow_run_lateness_seconds_bucket{le="600"}'] == 0
        assert found["penstock_flow_run_lateness_seconds_count"] == 1
        assert found['penstock_events_total{outcome="accepted"}'] == 1
        assert found['penstock_flow_runs{type="COMPLETED"}'] == 1
        assert found["penstock_event_outbox"] >= 0
        assert found["penstock_database_up"] == 1
        assert found["penstock_database_wait_seconds_count"] > 5
        assert found['penstock_service_rounds_total{service="lease-sweeper",where="here"}'] >= 1
        assert found['penstock_service_stuck{service="scheduler",where="here"}'] == 0
        assert found["process_resident_memory_bytes"] > 2**24
        beside = numbers(outside(server, "/metrics"))
        assert beside.keys() >= found.keys()


def test_names_that_callers_make_up_are_no_labels(tmp_path):
    with ServerProcess(tmp_path / "home", **ON) as server:
        for number in range(40):
            server.ask("GET", f"/nothing/{number}")
            server.ask("GET", f"/variables/name/made-up-{number}")
        text = server.ask("GET", "/metrics").body
        assert b"made-up" not in text and b"/nothing" not in text
        assert b'route="none",status="404"} 40' in text


@pytest.mark.parametrize("path", ["/api/metrics", "/metrics"])
def test_they_are_for_those_who_may_read(tmp_path, path):
    with ServerProcess(tmp_path / "home", PENSTOCK_SERVER_API_AUTH_STRING=SECRET, **ON) as server:
        assert outside(server, path).status == 401
        assert outside(server, path, Authorization="Bearer wrong").status == 401
        assert numbers(outside(server, path, Authorization=f"Bearer {SECRET}"))
        assert server.ask("GET", "/version").status == 401


@pytest.mark.parametrize("path", ["/api/metrics", "/metrics"])
def test_a_setting_of_its_own_opens_them_to_all_and_nothing_else(tmp_path, path):
    environ = ON | {"PENSTOCK_SERVER_API_AUTH_STRING": SECRET, "PENSTOCK_SERVER_METRICS_PUBLIC": "true"}
    with ServerProcess(tmp_path / "home", **environ) as server:
        assert numbers(outside(server, path))
        for other in ("/version", "/admin/services", "/variables/name/metrics", "/metricss"):
            assert server.ask("GET", other).status in (401, 404)
            assert b"penstock_" not in server.ask("GET", other).body


def test_a_log_of_json_has_a_line_for_each_request_and_no_secret(tmp_path):
    environ = {
        "PENSTOCK_SERVER_LOGGING_FORMAT": "json",
        "PENSTOCK_SERVER_LOGGING_LEVEL": "INFO",
        "PENSTOCK_SERVER_API_AUTH_STRING": SECRET,
    }
    with ServerProcess(tmp_path / "home", **environ) as server:
        known = {"Authorization": f"Bearer {SECRET}", "X_Request_Id": "abc-1"}
        server.ask("GET", "/variables/name/s3cret?token=s3cret", **known)
        server.ask(
            "POST", "/variables/", {"name": "s3cret", "value": "s3cret"}, Authorization="Bearer s3cret"
        )
    lines = [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]
    requests = {line["route"]: line for line in lines if line["logger"] == "penstock.server.requests"}
    known = requests["/variables/name/{name}"]
    assert (known["request_id"], known["principal"], known["status"]) == ("abc-1", "ada", 404)
    assert (known["method"], known["level"]) == ("GET", "INFO")
    assert known["milliseconds"] > 0
    assert "none" in requests  # whose caller is not known is told by no route
    assert requests["none"]["status"] == 401
    assert "s3cret" not in server.output and "battery" not in server.output


def test_a_fault_is_an_object_with_its_traceback(tmp_path):
    environ = {"PENSTOCK_SERVER_LOGGING_FORMAT": "json"}
    with ServerProcess(tmp_path / "home", **environ) as server:
        (tmp_path / "home" / "penstock.db").rename(tmp_path / "elsewhere")
        assert server.ask("GET", "/health").status == 200
    for line in server.output.splitlines():
        if line.startswith("{"):
            assert json.loads(line)["level"] in ("WARNING", "ERROR")
