"""Automations that are written beside a deployment: made with it, replaced with it, and gone with it."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from tests.cli.conftest import make_pool  # noqa: F401 - a fixture

from penstock.deployments import deploy
from penstock.domain.errors import InvalidInput
from penstock.events import (
    DeploymentCompoundTrigger,
    DeploymentEventTrigger,
    DeploymentSequenceTrigger,
    EventTrigger,
)
from penstock.flows import Flow
from penstock.sdk.deployments.deployment_plan import OF_THE_EVENT
from penstock.server.rendering import AUTOMATION_NAMES

FLOWS = """\
from penstock import flow

@flow(name="{flow}")
def some_work(path: str = "", count: int = 1): ...
"""
SERVING = """
if __name__ == "__main__":
    some_work.serve("served", triggers=[{"expect": ["file.arrived"]}])
"""
DEADLINE = 30.0


class Site:
    """A folder with a flow and a deployment file, and what the server has of it."""

    def __init__(self, server, folder, flow, pool):
        self.server, self.folder, self.flow, self.pool = server, folder, flow, pool
        (folder / "flows.py").write_text(FLOWS.format(flow=flow) + SERVING)

    def write(self, *triggers, name="prod", **top):
        """A deployment file with these triggers; JSON is YAML too."""
        entry = {"name": name, "entrypoint": "flows.py:some_work", "work_pool": {"name": self.pool}}
        entry |= {"triggers": list(triggers)} if triggers else {}
        (self.folder / "penstock.yaml").write_text(json.dumps({**top, "deployments": [entry]}))

    def deployment(self, name="prod"):
        return self.server.ask("GET", f"/deployments/name/{self.flow}/{name}").json

    def automations(self, name="prod"):
        """The automations that belong to the deployment, by their names."""
        owner = f"prefect.deployment.{self.deployment(name)['id']}"
        found = self.server.ask("GET", f"/automations/related-to/{owner}").json
        return {each["name"]: each for each in found if each["owner_resource"] == owner}

    def is_unknown(self):
        return self.server.ask("GET", f"/flows/name/{self.flow}").status == 404

    @property
    def loaded(self):
        return Flow.from_source(str(self.folder), "flows.py:some_work")


@pytest.fixture
def site(server, tmp_path, unique, make_pool, own_imports):  # noqa: F811
    return Site(server, tmp_path, unique("flow"), make_pool())


def is_within(seconds, condition):
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


# In files.


def test_a_trigger_of_a_file_becomes_an_automation_that_runs_the_deployment(site, command):
    site.write(
        {
            "expect": ["file.arrived"],
            "match": {"prefect.resource.id": "file.*"},
            "parameters": {"path": "{{ event.resource.id }}"},
            "job_variables": {"env": {"SIZE": "{{ event.payload.size }}"}},
            "schedule_after": "PT1M",
            "description": "New files.",
        }
    )
    command("deploy")
    [made] = site.automations().values()
    assert (made["name"], made["enabled"], made["description"]) == ("prod__automation_1", True, "New files.")
    assert (made["trigger"]["type"], made["trigger"]["expect"]) == ("event", ["file.arrived"])
    [action] = made["actions"]
    assert (action["type"], action["deployment_id"]) == ("run-deployment", site.deployment()["id"])
    assert action["parameters"] == {"path": "{{ event.resource.id }}"}
    assert action["job_variables"] == {"env": {"SIZE": "{{ event.payload.size }}"}}
    assert action["schedule_after"] == 60.0


def test_its_kind_is_told_by_its_fields(site, command):
    inner = [{"expect": ["a"]}, {"expect": ["b"]}]
    site.write(
        {"name": "all", "triggers": inner, "require": "all", "within": 60},
        {"name": "in order", "triggers": inner, "enabled": False},
        {"name": "late", "metric": {"name": "lateness", "threshold": 60, "operator": ">"}},
    )
    command("deploy")
    found = site.automations()
    kinds = {name: each["trigger"]["type"] for name, each in found.items()}
    assert kinds == {"all": "compound", "in order": "sequence", "late": "metric"}
    assert found["in order"]["enabled"] is False


def test_the_environment_is_filled_in_here_and_the_event_there(site, command, monkeypatch):
    monkeypatch.setenv("A_BUCKET", "raw")
    site.write(
        {
            "match": {"prefect.resource.id": "file.{{ $A_BUCKET }}.*"},
            "parameters": {
                "path": "{{ $A_BUCKET }}/{{ event.payload.path | default('none') }}",
                "count": "{{ event.payload.count | default(1) }}",
            },
            "job_variables": {"env": {"A": "{% if event.payload.x %}{{ $A_BUCKET }}{% endif %}"}},
        }
    )
    done = command("deploy")
    assert "stays as it is written" not in done.err
    [made] = site.automations().values()
    assert made["trigger"]["match"] == {"prefect.resource.id": "file.raw.*"}
    assert made["actions"][0]["parameters"] == {
        "path": "raw/{{ event.payload.path | default('none') }}",
        "count": "{{ event.payload.count | default(1) }}",
    }
    assert made["actions"][0]["job_variables"] == {"env": {"A": "{% if event.payload.x %}raw{% endif %}"}}


def test_outputs_of_steps_are_filled_in_by_their_id(site, command):
    says = {"penstock.deployments.steps.run_shell_script": {"id": "say", "script": "echo 3"}}
    like_the_event = {"penstock.deployments.steps.run_shell_script": {"id": "event", "script": "echo 4"}}
    site.write({"parameters": {"path": "{{ stdout }}"}}, build=[says, like_the_event])
    # What the server would take {{ stdout }} for is none of its names.
    refused = command("deploy", code=2)
    assert "stdout" in refused.err
    trigger = {
        "threshold": "{{ say.stdout }}",
        "parameters": {"path": "{{ event.payload.x }}-{{ say.stdout }}"},
    }
    site.write(trigger, build=[says, like_the_event])
    command("deploy")
    [made] = site.automations().values()
    assert made["actions"][0]["parameters"] == {"path": "{{ event.payload.x }}-3"}
    assert made["trigger"]["threshold"] == 3


def test_all_names_of_templates_are_left_to_the_server():
    assert set(AUTOMATION_NAMES) == OF_THE_EVENT


def test_deploying_again_replaces_all_and_keeps_what_is_the_same(site, command):
    same, changed, gone = {"name": "same", "expect": ["a"]}, {"name": "changed"}, {"name": "gone"}
    site.write(same, changed | {"expect": ["b"]}, gone)
    command("deploy")
    before = site.automations()
    site.write(same, changed | {"expect": ["c"]}, {"name": "new"})
    command("deploy")
    after = site.automations()
    assert sorted(after) == ["changed", "new", "same"]
    assert after["same"] == before["same"]
    assert after["changed"]["id"] == before["changed"]["id"]
    assert after["changed"]["trigger"]["expect"] == ["c"]
    site.write()
    command("deploy")
    assert site.automations() == {}


def test_what_was_seen_before_deploying_again_still_counts(site, command, server):
    arrived = f"{site.flow}.arrived"
    site.write({"expect": [arrived], "threshold": 2})
    command("deploy")
    [made] = site.automations().values()
    event = {"event": arrived, "resource": {"prefect.resource.id": "file.1"}}

    def counted():
        told = server.ask("GET", f"/automations/{made['id']}/explain").json
        return [bucket["count"] for bucket in told["triggers"][0]["buckets"]]

    server.ask("POST", "/events", [complete(event)])
    assert is_within(DEADLINE, lambda: counted() == [1])
    command("deploy")
    server.ask("POST", "/events", [complete(event)])
    fired = f"/automations/{made['id']}/firings"
    assert is_within(DEADLINE, lambda: server.ask("POST", fired, {}).json)


def test_what_others_made_about_the_deployment_stays(site, command, server):
    site.write({"expect": ["a"]})
    command("deploy")
    action = {"type": "pause-deployment", "deployment_id": site.deployment()["id"]}
    body = {"name": "by hand", "trigger": {"type": "event", "posture": "Reactive"}, "actions": [action]}
    by_hand = server.ask("POST", "/automations/", body).json["id"]
    site.write()
    command("deploy")
    assert server.ask("GET", f"/automations/{by_hand}").status == 200


def test_they_go_away_with_the_deployment(site, command, server):
    site.write({"expect": ["a"]})
    command("deploy")
    [made] = site.automations().values()
    command("deployment", "delete", f"{site.flow}/prod")
    assert server.ask("GET", f"/automations/{made['id']}").status == 404


def test_who_replaces_a_deployment_without_saying_triggers_leaves_them(site, command, server):
    site.write({"expect": ["a"]})
    command("deploy")
    known = site.deployment()
    body = {"name": "prod", "flow_id": known["flow_id"], "work_pool_name": site.pool}
    assert server.ask("POST", "/deployments/", body).status == 200
    assert len(site.automations()) == 1


@pytest.mark.parametrize(
    ("wrong", "field", "told"),
    [
        ({"expect": ["a"], "threshold": 0}, "threshold", "1 to 10000"),
        ({"posture": "Proactive", "within": 1}, "within", "at least 10 seconds"),
        ({"treshold": 2}, "treshold", "Did you mean 'threshold'?"),
        ({"triggers": [{"expect": ["a"]}], "require": 3}, "require", "requires 3 of its 1"),
        ({"within": "soon"}, "within", "span of time"),
        ({"parameters": [1]}, "parameters", "object"),
        ({"schedule_after": -1}, "schedule_after", "0"),
        ({"metric": {"name": "lateness", "threshold": 1, "operator": "~"}}, "metric.operator", "~"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place_and_leaves_nothing(site, command, wrong, field, told):
    site.write({"expect": ["fine"]}, wrong)
    refused = command("deploy", code=2)
    assert f"deployments[0].triggers[1].{field}" in refused.err
    assert "penstock.yaml:1:" in refused.err
    assert told in refused.err
    assert site.is_unknown()


def test_two_of_one_name_are_refused(site, command):
    site.write({"name": "prod__automation_2"}, {"expect": ["a"]})
    assert "is the name of two triggers" in command("deploy", code=2).err
    assert site.is_unknown()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"parameters": {"path": "{{ event.payload. }}"}}, "triggers.1: parameters.path, line 1"),
        ({"job_variables": {"env": {"A": "{{ nobody.knows }}"}}}, "nobody"),
        ({"job_variables": {"working_dir": 7}}, "triggers.1.job_variables.working_dir"),
    ],
)
def test_what_the_server_refuses_leaves_all_as_it_was(site, command, wrong, told):
    site.write({"expect": ["fine"]})
    command("deploy")
    before = site.deployment(), site.automations()
    site.write({"expect": ["other"]}, wrong)
    assert told in command("deploy", code=2).err
    assert (site.deployment(), site.automations()) == before


# On the command line.


def test_triggers_of_the_command_line_stand_in_place_of_the_files(site, command, tmp_path):
    (tmp_path / "more.yaml").write_text("triggers:\n  - name: from a file\n    expect: [b]\n")
    site.write({"name": "of the deployment file"})
    given = ["--trigger", '{"name": "from json", "expect": ["a"]}', "--trigger", "more.yaml"]
    command("deploy", *given)
    assert sorted(site.automations()) == ["from a file", "from json"]


def test_a_dry_run_shows_them_and_makes_nothing(site, command):
    site.write({"expect": ["a"]})
    assert "prod__automation_1" in command("deploy", "--dry-run").out
    [shown] = command("deploy", "--dry-run", "--json").json
    assert shown["triggers"] == [{"expect": ["a"]}]
    assert site.is_unknown()


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ("{nonsense", 2, "begins like JSON"),
        ("no-such.yaml", 3, "no-such.yaml"),
        ('{"treshold": 1}', 2, "triggers[0].treshold"),
        ('["a"]', 2, "A trigger is an object"),
    ],
)
def test_a_trigger_option_that_is_wrong(site, command, given, code, told):
    site.write()
    assert told in command("deploy", "--trigger", given, code=code).err
    assert site.is_unknown()


# In Python.


@pytest.mark.parametrize(
    ("trigger", "kind"),
    [
        (DeploymentEventTrigger(expect={"a"}, parameters={"path": "{{ event.id }}"}, name="x"), "event"),
        (DeploymentCompoundTrigger(triggers=[EventTrigger(expect=["a"])], require=1, name="x"), "compound"),
        (DeploymentSequenceTrigger(triggers=[EventTrigger(expect=["a"])], name="x"), "sequence"),
        ({"expect": ["a"], "name": "x"}, "event"),
    ],
)
def test_flow_deploy_takes_triggers(site, sdk, trigger, kind):
    site.loaded.deploy("prod", site.pool, triggers=[trigger])
    assert site.automations()["x"]["trigger"]["type"] == kind
    site.loaded.deploy("prod", site.pool)
    assert site.automations() == {}


def test_to_deployment_and_deploy_take_them_too(site, sdk):
    flow = site.loaded

    async def made():
        deployment = flow.to_deployment("later", triggers=[EventTrigger(expect=["a"])])
        return await deploy(deployment, work_pool_name=site.pool)

    asyncio.run(made())
    assert list(site.automations("later")) == ["later__automation_1"]


def test_a_trigger_in_python_that_is_wrong_is_refused_before_anything_is_made(site, sdk):
    with pytest.raises(InvalidInput, match="There is no field 'treshold'") as refused:
        site.loaded.deploy("prod", site.pool, triggers=[{"expect": ["a"]}, {"treshold": 3}])
    assert refused.value.field == "triggers.1.treshold"
    assert site.is_unknown()


def test_what_is_served_has_them(site, server):
    environ = server.environ | {"PENSTOCK_API_URL": server.url}
    serving = subprocess.Popen([sys.executable, "flows.py"], cwd=site.folder, env=environ)
    try:
        assert is_within(DEADLINE, lambda: "id" in site.deployment("served") and site.automations("served"))
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.wait(DEADLINE)
    assert list(site.automations("served")) == ["served__automation_1"]


# And then it happens.


def test_an_event_makes_a_run_with_what_the_event_says(site, command, server):
    site.write(
        {
            "expect": [f"{site.flow}.arrived"],
            "parameters": {"path": "{{ event.resource.id }}", "count": "{{ event.payload.count }}"},
            "job_variables": {"env": {"MY_NEW_ENV_VAR": "{{ event.payload.the_meaning_of_life }}"}},
        }
    )
    command("deploy")
    event = {
        "event": f"{site.flow}.arrived",
        "resource": {"prefect.resource.id": "file.1"},
        "payload": {"count": 7, "the_meaning_of_life": 42},
    }
    assert server.ask("POST", "/events", [complete(event)]).status == 204

    def runs():
        wanted = {"deployments": {"id": {"any_": [site.deployment()["id"]]}}}
        return server.ask("POST", "/flow_runs/filter", wanted).json

    assert is_within(DEADLINE, runs)
    [run] = runs()
    assert run["parameters"] == {"path": "file.1", "count": 7}
    assert run["job_variables"]["env"]["MY_NEW_ENV_VAR"] in (42, "42")


def complete(event):
    """An event with what every event has."""
    return {"id": str(uuid4()), "occurred": datetime.now(UTC).isoformat(), **event}
