"""`penstock server services` and what `penstock server status` says of them."""

import json
import signal
import subprocess
import sys

import pytest
from tests.db.conftest import (  # noqa: F401 - fixtures
    postgres_server,
    postgres_template,
    postgres_url,
)
from tests.faults.processes import eventually
from tests.server_process import ServerProcess

from penstock.cli.exits import ExitCode
from penstock.settings.running import running_services

NAMES = {"lease-sweeper", "scheduler", "late-runs", "triggers", "actions", "retention", "readiness"}


def test_the_loops_and_their_switches_are_listed(penstock):
    rows = json.loads(penstock("server", "services", "ls", "-o", "json").stdout)
    assert {row["name"] for row in rows} >= NAMES
    assert all(row["enabled"] and row["description"] for row in rows)
    off = penstock("server", "services", "list", "--json", PENSTOCK_SERVER_SERVICES_SCHEDULER_ENABLED="false")
    scheduler = next(row for row in json.loads(off.stdout) if row["name"] == "scheduler")
    assert (scheduler["enabled"], scheduler["setting"]) == (False, "server.services.scheduler.enabled")
    assert "server.services.late_runs.enabled" in penstock("server", "services", "ls").stdout


def test_a_status_has_each_loop_of_the_server(tmp_path, penstock):
    with ServerProcess(tmp_path / "home"):
        status = json.loads(penstock("server", "status", "--wait", "--json").stdout)
        assert status["status"] == "healthy"
        assert {each["name"] for each in status["services"]} >= NAMES
        assert all(each["state"] in ("resting", "running") for each in status["services"])
        table = penstock("server", "status").stdout
        assert "lease-sweeper" in table and "LAST RUN" in table
    assert penstock("server", "status", code=ExitCode.UNREACHABLE).stdout.startswith("Status: unreachable")


def test_a_status_without_a_credential_says_that_it_lives_and_no_more(tmp_path, penstock):
    secret = {"PENSTOCK_SERVER_API_AUTH_STRING": "ada:battery"}
    with ServerProcess(tmp_path / "home", **secret):
        status = json.loads(penstock("server", "status", "--json").stdout)
        assert (status["status"], status["services"]) == ("healthy", [])
        known = penstock("server", "status", "--json", PENSTOCK_API_AUTH_STRING="ada:battery")
        assert len(json.loads(known.stdout)["services"]) >= len(NAMES)


def services_known_to(server):
    return {each["name"]: each for each in server.ask("GET", "/admin/services").json}


def test_services_run_beside_an_api_on_one_postgresql(tmp_path, penstock, postgres_url, environ):  # noqa: F811
    # The API alone; then loops in a process of their own, of which it hears; then they end, and say so.
    where = {"PENSTOCK_SERVER_DATABASE_CONNECTION_URL": postgres_url}
    home = tmp_path / "home"
    with ServerProcess(home, "--no-services", **where) as api:
        assert services_known_to(api) == {}
        assert api.ask("GET", "/ready").status == 200
        started = penstock("server", "services", "start", "--background", **where)
        assert "The services run" in started.stdout
        process = running_services(home)
        try:
            refused = penstock("server", "services", "start", code=ExitCode.CONFLICT, **where)
            assert "run already" in refused.stderr
            eventually(lambda: set(services_known_to(api)) >= NAMES, "the API hears of them")
            assert all(
                each["process"].endswith(f":{process.pid}") for each in services_known_to(api).values()
            )
            flow = api.ask("POST", "/flows/", {"name": "etl"}).json["id"]
            made = {
                "name": "often",
                "flow_id": flow,
                "schedules": [{"schedule": {"interval": 3600}, "active": True}],
            }
            assert api.ask("POST", "/deployments/", made).status == 201
            eventually(
                lambda: api.ask("POST", "/flow_runs/count", {}).json > 0,
                "the scheduler of the other makes runs",
            )
        finally:
            stopped = penstock("server", "services", "stop", **where)
        assert f"Stopped the services (process {process.pid})" in stopped.stdout
        eventually(lambda: services_known_to(api) == {}, "the API hears that they have ended")
    assert not (home / "services.json").exists()
    assert "No services run" in penstock("server", "services", "stop").stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_them_with_success(tmp_path, environ, number):
    home = tmp_path / "home"
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock.cli.main", "server", "services", "manager"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    eventually(lambda: running_services(home), "they run")
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "notice late" in err and "have stopped" in err
