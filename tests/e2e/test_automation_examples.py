"""What stands in `examples/automations` is taken, and does what it says."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "automations"


@pytest.fixture
def folder(tmp_path, server):
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    if server.ask("GET", "/work_pools/local").status == 404:
        server.ask("POST", "/work_pools/", {"name": "local", "type": "process"})
    return tmp_path


def test_the_file_of_automations_is_tested_and_made(command, folder):
    tested = command("automation", "test", "automations.yaml", "--since", "7d", "--json").json
    assert [each["firing_count"] for each in tested] == [0, 0, 0]
    made = command("automation", "create", "-f", "automations.yaml").out.splitlines()
    assert len(made) == 3


def test_the_deployment_runs_when_a_question_is_asked(command, folder, sdk):
    command("deploy")
    command("event", "emit", "question.asked", "--resource-id", "ada", "-p", '{"the_meaning_of_life": 42}')
    told = command("automation", "test", "--name", "answer-questions", "--since", "1h", "--json").json
    [action] = told["firings"][0]["actions"]
    assert (action["problems"], action["rendered"]["parameters"]) == ([], {"who": "ada"})
    for _ in range(2):
        command("event", "emit", "question.asked", "--resource-id", "ada", "-p", "{}")
    told = command("automation", "test", "--name", "answer-the-impatient", "--since", "1h", "--json").json
    [action] = told["firings"][0]["actions"]
    assert action["rendered"]["parameters"] == {"who": "ada, who asked 3 times"}


def test_the_program_makes_an_automation_and_deletes_it(server, folder):
    done = subprocess.run(
        [sys.executable, "in_python.py"],
        cwd=folder,
        env=server.environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "after-opening is paused.\n", done.stderr
    query = {"automations": {"name": {"any_": ["from-python", "after-opening"]}}}
    [left] = server.ask("POST", "/automations/filter", query).json
    assert left["actions"][0]["schedule_after"] == 5.0
