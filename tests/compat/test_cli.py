"""The reference's command line: each command that talks to a server, in the order of their use."""

import json
import re
from uuid import uuid4

import pytest

FLOWS = """
from prefect import flow, task

@task
def load(n):
    return n

@flow(log_prints=True)
def etl(n: int = 1):
    print(f"n is {n}")
    return load(n)

if __name__ == "__main__":
    etl()
"""

pytestmark = pytest.mark.timeout(900)
"""Each command is a process of some seconds, and there are dozens."""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@pytest.fixture
def asked(prefect):
    """What a command prints with `--output json`."""

    def ask(*arguments):
        printed = prefect(*arguments, "--output", "json")
        return json.loads(printed[min(at for at in (printed.find("["), printed.find("{")) if at >= 0) :])

    return ask


@pytest.fixture
def name():
    """A name that no other test has."""
    return f"compat-{uuid4().hex[:12]}"


@pytest.fixture
def deployed(prefect, tmp_path, name):
    """A deployment to a process pool: its full name."""
    (tmp_path / "flows.py").write_text(FLOWS)
    prefect("work-pool", "create", name, "--type", "process")
    prefect(
        "--no-prompt",
        "deploy",
        "flows.py:etl",
        "-n",
        name,
        "-p",
        name,
        "--cron",
        "0 3 * * *",
        "-t",
        "nightly",
    )
    return f"etl/{name}"


def test_work_pools_and_queues(prefect, asked, name):
    prefect("work-pool", "create", name, "--type", "process")
    assert name in prefect("work-pool", "ls")
    assert asked("work-pool", "inspect", name)["type"] == "process"
    prefect("work-pool", "pause", name)
    assert asked("work-pool", "inspect", name)["is_paused"]
    prefect("work-pool", "resume", name)
    prefect("work-pool", "set-concurrency-limit", name, "3")
    assert asked("work-pool", "inspect", name)["concurrency_limit"] == 3
    prefect("work-pool", "clear-concurrency-limit", name)
    prefect("work-pool", "update", name, "--description", "of compat")
    assert asked("work-pool", "inspect", name)["description"] == "of compat"
    prefect("work-pool", "slots", name)
    prefect("work-pool", "preview", name)
    prefect("work-pool", "get-default-base-job-template", "--type", "process")
    prefect("work-pool", "storage", "inspect", name)
    prefect("work-queue", "create", "fast", "-p", name, "-l", "2", "-q", "1")
    assert asked("work-queue", "inspect", "fast", "-p", name)["concurrency_limit"] == 2
    prefect("work-queue", "set-concurrency-limit", "fast", "5", "-p", name)
    prefect("work-queue", "clear-concurrency-limit", "fast", "-p", name)
    prefect("work-queue", "pause", "fast", "-p", name)
    assert asked("work-queue", "inspect", "fast", "-p", name)["is_paused"]
    prefect("work-queue", "resume", "fast", "-p", name)
    prefect("work-queue", "slots", "fast", "-p", name)
    prefect("work-queue", "preview", "fast", "-p", name)
    prefect("work-queue", "read-runs", "fast", "-p", name)
    assert "fast" in prefect("work-queue", "ls", "-p", name)
    prefect("work-queue", "delete", "fast", "-p", name)
    prefect("--no-prompt", "work-pool", "delete", name)
    assert name not in prefect("work-pool", "ls")


def test_deployments_and_their_schedules(prefect, asked, deployed, name):
    assert name in prefect("deployment", "ls")
    assert asked("deployment", "inspect", deployed)["tags"] == ["nightly"]
    [schedule] = asked("deployment", "schedule", "ls", deployed)
    prefect("deployment", "schedule", "pause", deployed, schedule["id"])
    assert not asked("deployment", "schedule", "ls", deployed)[0]["active"]
    prefect("deployment", "schedule", "resume", deployed, schedule["id"])
    prefect("deployment", "schedule", "create", deployed, "--interval", "3600")
    assert len(asked("deployment", "schedule", "ls", deployed)) == 2
    prefect("deployment", "schedule", "delete", deployed, schedule["id"], "-y")
    prefect("deployment", "schedule", "clear", deployed, "-y")
    assert asked("deployment", "schedule", "ls", deployed) == []
    prefect("--no-prompt", "deployment", "delete", deployed)
    assert name not in prefect("deployment", "ls")


def test_runs(prefect, asked, worker, deployed, name):
    printed = prefect("deployment", "run", deployed, "-p", "n=7", "-jv", 'env={"A": "b"}', "--tag", "mine")
    id = UUID.search(printed)[0]
    with worker(name):
        prefect("flow-run", "watch", id, "--timeout", "120")
    run = asked("flow-run", "inspect", id)
    assert (run["state"]["type"], run["parameters"], run["job_variables"]) == (
        "COMPLETED",
        {"n": 7},
        {"env": {"A": "b"}},
    )
    assert "n is 7" in prefect("flow-run", "logs", id)
    assert id in prefect("flow-run", "ls", "--flow-name", "etl")
    assert any(task["flow_run_id"] == id for task in asked("task-run", "ls", "--limit", "200"))
    task = next(task for task in asked("task-run", "ls", "--limit", "200") if task["flow_run_id"] == id)
    assert asked("task-run", "inspect", task["id"])["state"]["type"] == "COMPLETED"
    prefect("task-run", "logs", task["id"])
    assert "etl" in prefect("flow", "ls")
    other = UUID.search(prefect("deployment", "run", deployed))[0]
    prefect("flow-run", "cancel", other)
    assert asked("flow-run", "inspect", other)["state"]["type"] in ("CANCELLED", "CANCELLING")
    prefect("--no-prompt", "flow-run", "delete", id)
    assert id not in prefect("flow-run", "ls", "--limit", "200")


def test_a_run_is_executed_and_retried(prefect, asked, deployed):
    id = UUID.search(prefect("deployment", "run", deployed))[0]
    prefect("flow-run", "execute", id)
    assert asked("flow-run", "inspect", id)["state"]["type"] == "COMPLETED"


def test_variables(prefect, asked):
    name = f"v_{uuid4().hex}"
    prefect("variable", "set", name, "7", "--tag", "x")
    assert asked("variable", "inspect", name)["name"] == name
    assert "7" in prefect("variable", "get", name)
    prefect("variable", "set", name, "8", "--overwrite")
    assert name in prefect("variable", "ls")
    prefect("--no-prompt", "variable", "unset", name)
    prefect("variable", "set", name, "9")
    prefect("--no-prompt", "variable", "delete", name)
    assert name not in prefect("variable", "ls")


def test_blocks(prefect, asked, tmp_path, name):
    block = "from prefect.blocks.core import Block\nclass CompatThing(Block):\n    a: int\n"
    (tmp_path / "blocks.py").write_text(block)
    prefect("block", "register", "--file", "blocks.py")
    assert "compatthing" in prefect("block", "type", "ls").lower()
    prefect("block", "type", "inspect", "compatthing")
    saved = block + f"CompatThing(a=1).save({name!r})\n"
    (tmp_path / "save.py").write_text(saved)
    prefect("block", "ls")
    prefect("block", "create", "compatthing")
    prefect("--no-prompt", "block", "type", "delete", "compatthing")


def test_limits(prefect, asked, name):
    prefect("concurrency-limit", "create", name, "3")
    assert name in prefect("concurrency-limit", "ls")
    prefect("concurrency-limit", "inspect", name)
    prefect("concurrency-limit", "reset", name)
    prefect("--no-prompt", "concurrency-limit", "delete", name)
    prefect("gcl", "create", name, "--limit", "2", "--slot-decay-per-second", "0.5")
    assert asked("gcl", "inspect", name)["limit"] == 2
    prefect("gcl", "update", name, "--limit", "5")
    prefect("gcl", "disable", name)
    assert not asked("gcl", "inspect", name)["active"]
    prefect("gcl", "enable", name)
    assert name in prefect("gcl", "ls")
    prefect("--no-prompt", "gcl", "delete", name)


def test_artifacts(program, prefect, asked):
    key = f"k-{uuid4().hex}"
    program(f"from prefect import artifacts\nartifacts.create_markdown_artifact('# x', key={key!r})\n")
    assert key in prefect("artifact", "ls")
    prefect("artifact", "inspect", key)
    prefect("--no-prompt", "artifact", "delete", key)
    assert key not in prefect("artifact", "ls")


def test_automations_and_events(prefect, asked, tmp_path, name):
    draft = {
        "name": name,
        "trigger": {"type": "event", "expect": ["compat.cli"], "match": {}, "posture": "Reactive"},
        "actions": [{"type": "do-nothing"}],
    }
    (tmp_path / "automation.json").write_text(json.dumps(draft))
    prefect("automation", "create", "--from-file", "automation.json")
    assert name in prefect("automation", "ls")
    prefect("automation", "inspect", name)
    prefect("automation", "pause", name)
    prefect("automation", "resume", name)
    [found] = asked("automation", "inspect", name)
    id = found["id"]
    prefect("automation", "update", "--id", id, "--from-file", "automation.json")
    prefect("--no-prompt", "automation", "delete", name)
    prefect("event", "emit", "compat.cli", "--resource-id", "compat.thing")


def test_the_server(prefect):
    prefect("server", "status", "--wait", "--timeout", "30")
    prefect("version")
    assert "true" in prefect("api", "GET", "/health").lower()
    prefect("api", "POST", "/flows/filter", "--data", '{"limit": 1}')
    prefect("experimental", "result-storage", "inspect")
    prefect("config", "view")
    prefect("profile", "ls")


def test_a_command_is_run_as_a_flow(prefect):
    assert "compat shell" in prefect("shell", "watch", "echo compat shell", "--flow-name", "compat-shell")


def test_a_client_is_made_from_the_deployments(prefect, deployed, tmp_path):
    prefect("sdk", "generate", "--output", "client.py")
    assert "etl" in (tmp_path / "client.py").read_text()
