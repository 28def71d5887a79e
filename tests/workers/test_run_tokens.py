"""Jobs show the tokens of their runs: with a real server that asks for credentials, and a real worker."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from tests.postgres_server import empty_postgres_url, postgres_server  # noqa: F401 - fixtures
from tests.server_process import ServerProcess, clean_environ

AUTH_STRING = "boss:pass:word"
BOSS = {"Authorization": f"Bearer {AUTH_STRING}"}
PATIENCE = 60.0


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server that asks for credentials."""
    home = tmp_path_factory.mktemp("guarded")
    with ServerProcess(home, PENSTOCK_SERVER_API_AUTH_STRING=AUTH_STRING) as server:
        yield server


class Site:
    """A pool of a server, and a worker that has a key for it and nothing else."""

    def __init__(self, server, folder, **pool):
        self.server, self.folder = server, folder
        self.pool = f"pool-{uuid4().hex[:8]}"
        self.template = pool
        self.ask("POST", "/work_pools/", {"name": self.pool, "type": "process"})
        if pool:
            template = self.ask("GET", f"/work_pools/{self.pool}")["base_job_template"] | pool
            self.ask("PATCH", f"/work_pools/{self.pool}", {"base_job_template": template})
        body = {"name": f"worker-{self.pool}", "role": "worker", "work_pools": [self.pool]}
        self.key = self.ask("POST", "/api_keys/", body)["key"]

    def ask(self, method, path, body=None):
        answer = self.server.ask(method, path, body, **BOSS)
        assert answer.status < 300, (method, path, answer)
        return answer.json if answer.body else None

    def deploy(self, flow):
        flow_id = self.ask("POST", "/flows/", {"name": flow})["id"]
        body = {"flow_id": flow_id, "work_pool_name": self.pool, "name": self.pool}
        body |= {"entrypoint": f"token_jobs.py:{flow}", "path": str(Path(__file__).parent)}
        return self.ask("POST", "/deployments/", body)["id"]

    def run(self, flow="wide", **parameters):
        if flow == "wide":
            parameters = {"folder": str(self.folder), **parameters}
        path = f"/deployments/{self.deploy(flow)}/create_flow_run"
        return self.ask("POST", path, {"parameters": parameters})["id"]

    def read(self, run):
        return self.ask("GET", f"/flow_runs/{run}")

    def ended(self, run, *types):
        return until(lambda: (found := self.read(run))["state_type"] in types and found)

    def told(self, attempt=1):
        """What an attempt has told of its process."""
        path = self.folder / f"told-{attempt}"
        until(path.exists)
        return json.loads(path.read_text())

    @contextmanager
    def worker(self):
        home = self.folder / "worker"
        home.mkdir(exist_ok=True)
        environ = clean_environ(home, PENSTOCK_API_URL=self.server.url, PENSTOCK_API_KEY=self.key)
        environ |= {"PREFECT_SERVER_API_AUTH_STRING": "not:ours", "PENSTOCK_SERVER_ENCRYPTION_KEY": "x" * 40}
        command = [sys.executable, "-m", "penstock.cli.main", "worker", "start", "--pool", self.pool]
        with (self.folder / "worker-output").open("ab") as output:
            process = subprocess.Popen(command, env=environ, cwd=home, stdout=output, stderr=output)
        try:
            yield
        finally:
            process.terminate()
            process.wait(PATIENCE)


def until(condition):
    """What is true at last."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)
    return found


def by(token):
    """The header that shows a token."""
    return {"Authorization": f"Bearer {token}"}


SECRET_NAMES = [
    f"{prefix}_{name}"
    for prefix in ("PENSTOCK", "PREFECT")
    for name in (
        "API_AUTH_STRING",
        "SERVER_API_AUTH_STRING",
        "SERVER_ENCRYPTION_KEY",
        "SERVER_DATABASE_CONNECTION_URL",
    )
]


def test_a_job_shows_the_token_of_its_run_and_has_no_other_credential(guarded, tmp_path):
    site = Site(guarded, tmp_path)
    quick = site.deploy("quick")
    with site.worker():
        run = site.run(other=quick)
        told = site.told()
        token = told["env"]["PENSTOCK_API_KEY"]
        assert token.startswith("psr_") and told["env"]["PREFECT_API_KEY"] == token
        for name in SECRET_NAMES:
            assert told["env"].get(name) in (None, token), name
        everything = json.dumps(told)
        assert site.key not in everything and AUTH_STRING not in everything
        assert "not:ours" not in everything and "x" * 40 not in everything
        check_reach_of(site, run, token)
        (tmp_path / "go-on").touch()
        found = site.ended(run, "COMPLETED", "FAILED", "CRASHED")
        assert found["state_type"] == "COMPLETED", (found["state"], (tmp_path / "worker-output").read_text())
        until(lambda: is_useless(guarded, token))
        check_what_is_kept(site, run)
        started = site.ask("POST", "/deployments/filter", {"deployments": {"id": {"any_": [quick]}}})
        assert started[0]["id"] == quick
        until(lambda: state_of_child(site, quick) == "COMPLETED")


def state_of_child(site, deployment):
    found = site.ask("POST", "/flow_runs/filter", {"deployments": {"id": {"any_": [deployment]}}})
    return found[0]["state_type"] if found else None


def check_reach_of(site, run, token):
    """While it runs, its token is for it and for nothing else."""
    ask = site.server.ask
    assert ask("GET", "/session", **by(token)).json["role"] == "run"
    assert ask("GET", f"/flow_runs/{run}", **by(token)).status == 200
    strange = {"flow_id": site.read(run)["flow_id"], "state": {"type": "PENDING"}}
    stranger = site.ask("POST", "/flow_runs/", strange)["id"]
    moved = {"state": {"type": "CANCELLED"}, "force": True}
    refused = ask("POST", f"/flow_runs/{stranger}/set_state", moved, **by(token))
    assert refused.status == 403 and stranger in refused.body.decode()
    for method, path, body in (
        ("POST", "/block_types/", {"name": "B", "slug": "b"}),
        ("POST", "/api_keys/", {"name": "mine", "role": "admin"}),
        ("POST", "/flow_runs/bulk_set_state", {"state": {"type": "CANCELLED"}}),
        ("POST", f"/work_pools/{site.pool}/claim", {"worker_name": "w", "worker_id": run}),
        ("POST", f"/work_pools/{site.pool}/get_scheduled_flow_runs", {}),
        ("POST", "/audit/filter", {}),
        ("DELETE", f"/flow_runs/{run}", None),
    ):
        assert ask(method, path, body, **by(token)).status == 403, path
    line = {"name": "x", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z"}
    assert ask("POST", "/logs/", [line | {"flow_run_id": stranger}], **by(token)).status == 403
    assert ask("POST", "/logs/", [line | {"flow_run_id": run}], **by(token)).status == 201
    last = token[:-1] + ("a" if token[-1] != "a" else "b")
    assert ask("GET", f"/flow_runs/{run}", **by(last)).status == 401


def is_useless(server, token):
    return server.ask("GET", "/flow_runs/count", **by(token)).status in (401, 409)


def check_what_is_kept(site, run):
    """All that the run had to say has arrived."""
    only = {"flow_runs": {"id": {"any_": [run]}}}
    tasks = site.ask("POST", "/task_runs/filter", only)
    assert [each["state_type"] for each in tasks] == ["COMPLETED"] * len(tasks) and len(tasks) >= 4
    lines = site.ask("POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}})
    messages = [line["message"] for line in lines]
    assert "it begins" in messages and "doubling 1" in messages
    assert any("Completed" in message for message in messages), messages
    children = site.ask("POST", "/flow_runs/filter", {"flow_runs": {"parent_flow_run_id": {"any_": [run]}}})
    below = [each for each in children if each["parent_task_run_id"] and not each["deployment_id"]]
    assert [each["state_type"] for each in below] == ["COMPLETED"]
    inner = site.ask("POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [below[0]["id"]]}}})
    assert "below" in [line["message"] for line in inner]
    assert site.ask("GET", "/artifacts/kept/latest")["flow_run_id"] == run
    assert site.ask("GET", "/artifacts/last-words/latest")["data"] == "last words"


def test_a_new_attempt_gets_a_new_token_and_the_old_one_is_refused(guarded, tmp_path):
    site = Site(guarded, tmp_path)
    (tmp_path / "go-on").touch()
    with site.worker():
        run = site.run(fail_first=True)
        first = site.told(1)["env"]["PENSTOCK_API_KEY"]
        assert site.ended(run, "COMPLETED", "FAILED", "CRASHED")["state_type"] == "FAILED"
        until(lambda: is_useless(guarded, first))
        site.ask("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "SCHEDULED"}, "force": True})
        second = site.told(2)["env"]["PENSTOCK_API_KEY"]
        assert second != first and second[:36] == first[:36]
        assert guarded.ask("GET", f"/flow_runs/{run}", **by(first)).status == 401
        assert site.ended(run, "COMPLETED", "CRASHED")["state_type"] == "COMPLETED"


def test_a_token_is_fenced_with_its_lease(guarded, tmp_path):
    site = Site(guarded, tmp_path)
    with site.worker():
        run = site.run()
        token = site.told()["env"]["PENSTOCK_API_KEY"]
        ended = {"state": {"type": "COMPLETED", "message": "It was enough."}, "force": True}
        site.ask("POST", f"/flow_runs/{run}/set_state", ended)
        for method, path, body in (
            ("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "FAILED"}, "force": True}),
            ("GET", f"/flow_runs/{run}", None),
            ("POST", "/logs/", []),
        ):
            refused = guarded.ask(method, path, body, **by(token))
            assert refused.status in (401, 409), refused
        (tmp_path / "go-on").touch()
    assert site.read(run)["state"]["message"] == "It was enough."


def test_a_pool_may_leave_its_jobs_the_credential_of_their_worker(guarded, tmp_path):
    site = Site(guarded, tmp_path, run_tokens=False)
    (tmp_path / "go-on").touch()
    with site.worker():
        site.run()
        told = site.told()
    assert told["env"]["PENSTOCK_API_KEY"] == site.key
    assert "PREFECT_API_KEY" not in told["env"]
    assert site.key not in json.dumps([told["born"], told["parent"]]), "who forks jobs knows no key"


def test_an_open_server_gives_no_tokens(tmp_path):
    with ServerProcess(tmp_path / "server") as server:
        made = server.ask("POST", "/work_pools/", {"name": "p", "type": "process"})
        assert made.status == 201
        flow = server.ask("POST", "/flows/", {"name": "quick"}).json["id"]
        body = {"flow_id": flow, "work_pool_name": "p", "name": "d"}
        deployment = server.ask("POST", "/deployments/", body).json["id"]
        assert server.ask("POST", f"/deployments/{deployment}/create_flow_run", {}).status == 201
        asked = {"worker_name": "w", "worker_id": str(uuid4()), "wait_seconds": 5}
        claimed = server.ask("POST", "/work_pools/p/claim", asked).json["runs"]
        assert [each.get("token") for each in claimed] == [None]
    assert os.environ.get("PENSTOCK_API_KEY") is None
