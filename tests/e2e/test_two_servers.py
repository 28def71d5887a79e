"""Two servers on one PostgreSQL, each with a home and a worker of its own: one system for all who use it."""

import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from tests.cli.worker_process import PROGRAM, WorkerProcess
from tests.e2e.runs import ended, job_of, log_of, says
from tests.server_process import ServerProcess

RUNS = 40
FLOWS = """
import os, time
from pathlib import Path
from penstock import flow, task

@task
def note(what):
    with Path(os.environ["SIDE_LOG"]).open("a") as log:
        log.write(what + "\\n")

@flow(log_prints=True)
def work(seconds: float = 0.0):
    note(os.environ["PENSTOCK__FLOW_RUN_ID"])
    print("level", os.environ.get("LEVEL"))
    time.sleep(seconds)
"""


class Pair:
    """Two servers that started together on an empty database, a pool, and a worker at each."""

    def __init__(self, stack, database, folder):
        self.side_log, self.folder = folder / "side-log", folder
        homes = [
            ServerProcess(folder / name, PENSTOCK_SERVER_DATABASE_CONNECTION_URL=database) for name in "ab"
        ]
        with ThreadPoolExecutor(2) as pool:
            self.servers = [*pool.map(stack.enter_context, homes)]
        self.first, self.second = self.servers
        assert self.first.ask("POST", "/work_pools/", {"name": "p", "type": "process"}).status == 201
        (folder / "flows.py").write_text(FLOWS)
        flow_id = self.second.ask("POST", "/flows/", {"name": "work"}).json["id"]
        env = {"SIDE_LOG": str(self.side_log), "LEVEL": "deployment"}
        body = {"name": "d", "flow_id": flow_id, "work_pool_name": "p", "job_variables": {"env": env}}
        body |= {"entrypoint": "flows.py:work", "path": str(folder)}
        self.deployment = self.first.ask("POST", "/deployments/", body).json["id"]
        self.workers = []
        for server in self.servers:
            worker = WorkerProcess(server, "p", server.home, "--limit", "4")
            self.workers.append(stack.enter_context(worker))

    def run(self, server, **fields):
        return server.ask("POST", f"/deployments/{self.deployment}/create_flow_run", fields).json["id"]


@pytest.fixture(scope="module")
def pair(postgres_server, tmp_path_factory):
    with ExitStack() as stack:
        database = stack.enter_context(postgres_server.database("template0"))
        yield Pair(stack, database, tmp_path_factory.mktemp("pair"))


def test_each_run_is_run_once_by_whichever_worker_is_first(pair):
    def create(server):
        body = [{} for _ in range(RUNS // 2)]
        path = f"/deployments/{pair.deployment}/create_flow_run/bulk"
        return [made["flow_run_id"] for made in server.ask("POST", path, body).json["results"]]

    with ThreadPoolExecutor(2) as pool:
        runs = [run for made in pool.map(create, pair.servers) for run in made]
    # Asked at the other server than the one that made it.
    states = Counter(ended(pair.servers[i < RUNS // 2], run)["state_type"] for i, run in enumerate(runs))
    assert states == {"COMPLETED": RUNS}
    executed = Counter(pair.side_log.read_text().split())
    assert {run: executed[run] for run in runs} == dict.fromkeys(runs, 1)
    assert all(worker.output.count("Started run") for worker in pair.workers), "both took their share"


@pytest.mark.parametrize("asked", [0, 1])
def test_what_is_asked_of_one_server_reaches_the_worker_of_the_other(pair, asked):
    """A run waits for no poll, and what was said at one server is read, explained and ended at the other."""
    here, there = pair.servers[asked], pair.servers[1 - asked]
    run = pair.run(here, job_variables={"env.LEVEL": "run"}, parameters={"seconds": 60})
    says(there, run, "level run")
    job = job_of(there, run)
    leaf = next(leaf for leaf in job["explanation"]["job"]["leaves"] if leaf["path"] == "env.LEVEL")
    assert (job["frozen"], leaf["value"], leaf["layer"]) == (True, "run", "run")
    cancel = [PROGRAM, "flow-run", "cancel", run]
    subprocess.run(cancel, env=there.environ, check=True, capture_output=True, timeout=60)
    assert ended(here, run)["state_type"] == "CANCELLED"
    assert log_of(here, run) == log_of(there, run)


def test_one_server_may_go_and_its_runs_go_on_at_the_other(pair):
    """With its worker; nothing else knows that there ever were two."""
    assert pair.workers[0].stop() == 0
    assert pair.first.stop() == 0
    run = pair.run(pair.second)
    assert ended(pair.second, run)["state_type"] == "COMPLETED"
    pair.first.start()
    pair.workers[0].start()
    assert ended(pair.first, pair.run(pair.first))["state_type"] == "COMPLETED"
