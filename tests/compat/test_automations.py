"""Automations and events: made, changed, emitted and followed by the reference's client."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import yaml
from tests.compat.conftest import PEER
from tests.engine.flow_process import eventually

LIFE_OF_AN_AUTOMATION = """
import datetime
from prefect.automations import Automation
from prefect.events import EventTrigger
from prefect.events.actions import CancelFlowRun, DoNothing, PauseWorkPool
from prefect.events.schemas.automations import CompoundTrigger, Posture, SequenceTrigger

trigger = EventTrigger(
    match={"prefect.resource.id": "file.*"},
    expect={"file.arrived", "file.changed"},
    for_each={"prefect.resource.id"},
    posture=Posture.Proactive,
    threshold=2,
    within=datetime.timedelta(minutes=5),
)
made = Automation(
    name="life", trigger=trigger, actions=[DoNothing(), CancelFlowRun(), PauseWorkPool(source="inferred")]
).create()
read = Automation.read(name="life")
assert read.trigger == trigger, read.trigger
assert read.actions == made.actions
assert Automation.read(id=made.id) == read
read.description = "changed"
read.update()
assert Automation.read(id=made.id).description == "changed"
read.disable()
assert not Automation.read(id=made.id).enabled
read.enable()
assert Automation.read(id=made.id).enabled
inner = SequenceTrigger(
    triggers=[EventTrigger(expect={"b"}), EventTrigger(expect={"c"})], within=datetime.timedelta(minutes=5)
)
outer = CompoundTrigger(
    triggers=[EventTrigger(expect={"a"}), inner], require="all", within=datetime.timedelta(hours=1)
)
both = Automation(name="both", trigger=outer, actions=[DoNothing()]).create()
assert Automation.read(id=both.id).trigger == outer, Automation.read(id=both.id).trigger
assert read.delete() and both.delete()
try:
    Automation.read(name="life")
except ValueError:
    print("gone")
"""

EMIT_AND_FOLLOW = """
import asyncio
from prefect.events import emit_event, get_events_subscriber
from prefect.events.filters import EventFilter, EventNameFilter

async def main():
    wanted = EventFilter(event=EventNameFilter(prefix=["followed."]))
    async with get_events_subscriber(filter=wanted) as subscriber:
        first = emit_event(
            "followed.first",
            resource={"prefect.resource.id": "compat.1", "prefect.resource.name": "One"},
            related=[{"prefect.resource.id": "compat.2", "prefect.resource.role": "other"}],
            payload={"n": 1},
        )
        emit_event("another.kind", resource={"prefect.resource.id": "compat.1"})
        second = emit_event("followed.second", resource={"prefect.resource.id": "compat.1"}, follows=first)
        found = []
        async with asyncio.timeout(60):
            async for event in subscriber:
                found.append(event)
                if len(found) == 2:
                    break
    assert [event.id for event in found] == [first.id, second.id], found
    assert (found[0].payload, found[0].related) == (first.payload, first.related)
    print("followed")

asyncio.run(main())
"""

FLOWS = """
import datetime
import os
from prefect import flow
from prefect.events import DeploymentCompoundTrigger, DeploymentEventTrigger, EventTrigger

@flow(log_prints=True)
def work(path: str = "", count: int = 0):
    print(path, count, os.environ["MY_NEW_ENV_VAR"])

if __name__ == "__main__":
    on_file = DeploymentEventTrigger(
        expect={"compat.file"},
        parameters={
            "path": "{{ event.resource.id }}",
            "count": {
                "__prefect_kind": "json",
                "value": {"__prefect_kind": "jinja", "template": "{{ event.payload.count | tojson }}"},
            },
        },
        job_variables={"env": {"MY_NEW_ENV_VAR": "{{ event.payload.the_meaning_of_life }}"}},
    )
    both = DeploymentCompoundTrigger(
        name="both",
        enabled=False,
        triggers=[EventTrigger(expect={"x"}), EventTrigger(expect={"y"})],
        require="all",
        within=datetime.timedelta(minutes=1),
    )
    work.from_source(".", "flows.py:work").deploy(
        "compat", work_pool_name="compat", triggers=[on_file, both], print_next_steps=False
    )
"""

WRITTEN = {
    "name": "by-command",
    "trigger": {"type": "event", "expect": ["x.y"], "posture": "Reactive", "threshold": 1, "within": 0},
    "actions": [{"type": "do-nothing"}],
}


def named(server, *names):
    """The automations of the server that have one of the names."""
    query = {"automations": {"name": {"any_": list(names)}}}
    return server.ask("POST", "/automations/filter", query).json


def test_an_automation_is_created_read_changed_and_deleted(program):
    assert program(LIFE_OF_AN_AUTOMATION).strip().endswith("gone")


def test_events_are_emitted_and_followed(program):
    assert "followed" in program(EMIT_AND_FOLLOW)


def test_a_flow_is_deployed_with_triggers_that_run_it(server, program, prefect, worker):
    prefect("work-pool", "create", "compat", "--type", "process")
    for _ in range(2):  # the second time they are replaced
        program(FLOWS, "flows.py")
        automatic, both = sorted(named(server, "compat__automation_1", "both"), key=lambda a: a["enabled"])[
            ::-1
        ]
        assert (automatic["name"], both["trigger"]["type"]) == ("compat__automation_1", "compound")
    prefect(
        "event", "emit", "compat.file", "--resource-id", "file.1",
        "--payload", json.dumps({"count": 7, "the_meaning_of_life": 42}),
    )  # fmt: skip

    def runs():
        return server.ask("POST", "/flow_runs/filter", {"flows": {"name": {"any_": ["work"]}}}).json

    [run] = eventually(runs, "a run of the deployment")
    assert run["parameters"] == {"path": "file.1", "count": 7}
    assert run["job_variables"] == {"env": {"MY_NEW_ENV_VAR": "42"}}
    with worker("compat"):
        eventually(lambda: "file.1 7 42" in messages(server, run), "the run's answer", seconds=90)


def messages(server, run):
    query = {"logs": {"flow_run_id": {"any_": [run["id"]]}}}
    return [log["message"] for log in server.ask("POST", "/logs/filter", query).json]


def test_commands_about_automations(server, prefect, tmp_path):
    (tmp_path / "automation.yaml").write_text(yaml.safe_dump(WRITTEN))
    prefect("automation", "create", "-f", "automation.yaml")
    [made] = named(server, "by-command")
    assert made["id"] in prefect("automation", "ls")
    shown = yaml.safe_load(prefect("automation", "inspect", "by-command", "--yaml"))
    assert shown[0]["trigger"]["expect"] == ["x.y"]
    prefect("automation", "pause", "by-command")
    assert named(server, "by-command")[0]["enabled"] is False
    prefect("automation", "resume", "by-command")
    assert named(server, "by-command")[0]["enabled"] is True
    (tmp_path / "again.yaml").write_text(yaml.safe_dump(WRITTEN | {"description": "New."}))
    prefect("automation", "update", "--id", made["id"], "-f", "again.yaml")
    assert named(server, "by-command")[0]["description"] == "New."
    prefect("automation", "delete", "by-command")
    assert named(server, "by-command") == []


def test_what_it_shows_as_yaml_is_taken_by_ours(server, prefect, tmp_path):
    (tmp_path / "automation.yaml").write_text(yaml.safe_dump(WRITTEN | {"name": "moves-over"}))
    prefect("automation", "create", "-f", "automation.yaml")
    (tmp_path / "shown.yaml").write_text(prefect("automation", "inspect", "moves-over", "--yaml"))
    ours = Path(sys.executable).with_name("penstock")
    command = [ours, "automation", "create", "-f", "shown.yaml"]
    subprocess.run(command, cwd=tmp_path, env=server.environ, check=True, capture_output=True)
    first, second = named(server, "moves-over")
    assert (first["trigger"], first["actions"]) == (second["trigger"], second["actions"])


def test_events_are_streamed_by_the_command(server, peer_environ, tmp_path):
    streamed = tmp_path / "streamed"
    with streamed.open("w") as output:
        streaming = subprocess.Popen(
            [str(Path(PEER or "") / "prefect"), "event", "stream"],
            env=peer_environ | {"PYTHONUNBUFFERED": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            eventually(lambda: "Subscribing" in streamed.read_text(), "a stream", seconds=90)
            # It does not tell when the server has heard of it: until then there may be events before it.
            eventually(lambda: emit(server) and "compat.streamed" in streamed.read_text(), "an event", 60)
        finally:
            streaming.terminate()
            streaming.wait(60)
    assert '"prefect.resource.id":"compat.1"' in streamed.read_text()


def emit(server):
    event = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "compat.streamed",
        "resource": {"prefect.resource.id": "compat.1"},
    }
    return server.ask("POST", "/events", [event]).status == 204
