"""`penstock automation` against a real server."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from tests.engine.flow_process import eventually
from tests.server_process import ServerProcess


@pytest.fixture
def arrived(unique):
    """The name of an event that no other test knows."""
    return unique("file")


@pytest.fixture
def document(unique, arrived, deploy):
    """An automation as it would stand in a file, with one action that runs a deployment."""

    def made(name=None, **fields):
        trigger = {"type": "event", "expect": [arrived], "for_each": ["prefect.resource.id"], "threshold": 2}
        action = {
            "type": "run-deployment",
            "deployment_id": deploy(parameters={"count": 1}).id,
            "parameters": {"path": "{{ event.resource.id }}"},
            "job_variables": {"env": {"A": "{{ event.payload.n }}"}},
        }
        return {"name": name or unique("automation"), "trigger": trigger, "actions": [action], **fields}

    return made


def nothing(name, **trigger):
    """An automation that only notes that it fired."""
    return {"name": name, "trigger": trigger or {"expect": ["x"]}, "actions": [{"type": "do-nothing"}]}


@pytest.fixture
def create(command):
    """Create an automation by the command, and return it."""

    def made(document):
        [answer] = command("automation", "create", "-j", json.dumps(document), "--json").json
        return answer

    return made


@pytest.fixture
def emit(server, arrived):
    """Emit events of the name `arrived`, one after the other."""

    def emitted(*payloads, resource="file.1", ago=timedelta(0)):
        for payload in payloads:
            event = {
                "id": str(uuid4()),
                "occurred": (datetime.now(UTC) - ago).isoformat(),
                "event": arrived,
                "resource": {"prefect.resource.id": resource},
                "payload": payload,
            }
            assert server.ask("POST", "/events", [event]).status == 204

    return emitted


def stored(server, id):
    return server.ask("GET", f"/automations/{id}").json


def said(automation):
    """What an automation says, without what the server gives."""
    given = ("id", "created", "updated")
    return {name: value for name, value in automation.items() if name not in given}


# Creating.


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda one, two: ([one, two], "yaml"),
        lambda one, two: ({"automations": [one, two]}, "yaml"),
        lambda one, two: ([one, two], "json"),
    ],
)
def test_a_file_has_one_or_several(command, server, tmp_path, unique, wrapped):
    names = [unique("a"), unique("b")]
    value, kind = wrapped(*map(nothing, names))
    text = yaml.safe_dump(value) if kind == "yaml" else json.dumps(value)
    (tmp_path / f"automations.{kind}").write_text(text)
    done = command("automation", "create", "-f", f"automations.{kind}")
    assert [f"Created the automation '{name}' (" in done.out for name in names] == [True, True]
    query = {"automations": {"name": {"any_": names}}}
    assert server.ask("POST", "/automations/count", query).json == 2


def test_one_of_a_file_is_linked_to(command, server, tmp_path, document):
    wanted = document(description="Runs.", tags=["a"])
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(wanted))
    done = command("automations", "create", "--from-file", "a.yaml")
    id = done.out.rpartition("(")[2].rstrip(").\n")
    assert f"/automations/{id}" in done.err
    found = stored(server, id)
    assert (found["name"], found["description"], found["tags"]) == (wanted["name"], "Runs.", ["a"])
    assert found["actions"][0]["job_variables"] == {"env": {"A": "{{ event.payload.n }}"}}


def test_json_says_it_too_and_kinds_are_told_by_fields(create, unique):
    made = create(nothing(unique("a"), triggers=[{"expect": "x"}, {"expect": "y"}], within="PT1M"))
    assert (made["trigger"]["type"], made["trigger"]["within"]) == ("sequence", 60.0)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"trigger": {"expect": ["x"], "threshold": 0}}, "trigger.threshold: A threshold is from 1"),
        ({"trigger": {"expect": ["x"], "within": "soon"}}, "trigger.within: 'soon' is no span of time"),
        ({"trigger": {"expectt": ["x"]}}, "expectt"),
        ({"trigger": {"posture": "Proactive", "within": 5}}, "at least 10 seconds"),
        ({"actions": [{"type": "no-such"}]}, "no-such"),
        ({"actions": [{"type": "run-deployment"}]}, "actions.0.deployment_id"),
        ({"actions": [{"type": "run-deployment", "deployment_id": "x"}]}, "actions.0.deployment_id"),
        ({"name": " "}, "name: An automation has a name"),
        ({"actionz": []}, "There is no field 'actionz'. Did you mean 'actions'?"),
    ],
)
def test_what_is_wrong_is_told_with_its_field_and_place(command, server, tmp_path, unique, wrong, told):
    name = unique("good")
    (tmp_path / "a.yaml").write_text(yaml.safe_dump([nothing(name), nothing(unique("bad")) | wrong]))
    refused = command("automation", "create", "-f", "a.yaml", code=2)
    assert "a.yaml:" in refused.err
    assert told in " ".join(refused.err.split())
    assert "there is no automation" in command("automation", "inspect", name, code=3).err.lower(), (
        "none is made"
    )


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "--from-file"),
        (["-f", "a.yaml", "-j", "{}"], 2, "one of them"),
        (["-f", "no-such.yaml"], 3, "no-such.yaml"),
        (["-j", "{nonsense"], 2, "not JSON"),
        (["-j", '"text"'], 2, "where an automation must be"),
        (["-j", "[1]"], 2, "An automation is an object"),
        (["-j", "{}"], 2, "the automation: name: It has none"),
    ],
)
def test_a_source_that_is_none(command, arguments, code, told):
    assert told in command("automation", "create", *arguments, code=code).err


def test_what_the_server_refuses_is_told_with_the_name_and_none_is_made(command, server, unique, document):
    good, bad = nothing(unique("good")), document()
    bad["actions"][0]["deployment_id"] = str(uuid4())
    refused = command("automation", "create", "-j", json.dumps([good, bad]), code=2)
    assert f"The automation '{bad['name']}'" in refused.err
    assert "None of the 2 was created." in refused.err
    query = {"automations": {"name": {"any_": [good["name"], bad["name"]]}}}
    assert server.ask("POST", "/automations/count", query).json == 0


def test_one_that_the_server_refuses_is_told_with_its_name(command, document):
    bad = document()
    bad["actions"][0]["deployment_id"] = str(uuid4())
    refused = command("automation", "create", "-j", json.dumps(bad), code=2)
    assert f"The automation '{bad['name']}'" in refused.err


# Looking.


def test_what_is_shown_as_yaml_is_taken_again(command, server, tmp_path, create, document):
    first = create(document(description="Text with {{ braces }}: and colons.", tags=["x", "y"]))
    shown = command("automation", "inspect", first["name"], "--yaml").out
    (tmp_path / "again.yaml").write_text(shown)
    [second] = command("automation", "create", "-f", "again.yaml", "--json").json
    assert second["id"] != first["id"]
    assert said(second) == said(first)
    assert (
        command("automation", "inspect", "--id", second["id"], "-o", "yaml").out.splitlines()[3:]
        == (shown.splitlines()[3:])
    )


def test_what_is_shown_as_json_is_what_the_server_has(command, server, create, unique):
    made = create(nothing(unique("a")))
    for option in (["--json"], ["-o", "json"]):
        assert command("automation", "inspect", made["name"], *option).json == stored(server, made["id"])


def test_people_see_the_fields_and_the_yaml(command, create, unique):
    made = create(nothing(unique("a")) | {"description": "Watches."})
    shown = command("automation", "inspect", made["name"])
    assert f"id:          {made['id']}" in shown.out
    assert "description: Watches." in shown.out
    assert "- type: do-nothing" in shown.out
    assert f"/automations/{made['id']}" in shown.err


def test_all_are_listed_with_their_states(command, create, unique):
    on, off = create(nothing(unique("on"))), create(nothing(unique("off")) | {"enabled": False})
    listed = command("automation", "ls").out
    rows = {line.split()[0]: line.split()[1] for line in listed.splitlines()}
    assert (rows[on["name"]], rows[off["name"]]) == ("enabled", "paused")
    known = {row["automation"]["id"] for row in command("automation", "ls", "--json").json}
    assert {on["id"], off["id"]} <= known


def test_a_name_that_two_have_asks_for_the_id(command, create, unique):
    name = unique("twice")
    first, second = create(nothing(name)), create(nothing(name))
    for verb in ("inspect", "pause", "delete", "explain", "firings"):
        refused = command("automation", verb, name, code=6)
        assert first["id"] in refused.err
        assert second["id"] in refused.err
        assert "Say which one by --id." in refused.err
    assert command("automation", "inspect", "--id", first["id"], "--json").json["id"] == first["id"]
    assert command("automation", "inspect", first["id"], "--json").json["id"] == first["id"]


def test_what_is_not_there_is_answered_with_the_nearest(command, create, unique):
    made = create(nothing(unique("lonesome")))
    refused = command("automation", "inspect", made["name"][:-1], code=3)
    assert f"Did you mean '{made['name']}'?" in refused.err
    command("automation", "inspect", "--id", uuid4(), code=3)


@pytest.mark.parametrize("verb", ["inspect", "pause", "resume", "delete", "explain", "firings"])
def test_one_of_name_and_id_is_needed(command, verb):
    assert "NAME or --id" in command("automation", verb, code=2).err
    assert "NAME or --id" in command("automation", verb, "x", "--id", uuid4(), code=2).err


# Changing.


@pytest.mark.parametrize(("off", "on"), [("pause", "resume"), ("disable", "enable")])
def test_it_is_paused_and_resumed(command, server, create, unique, off, on):
    made = create(nothing(unique("a")))
    assert command("automation", off, made["name"]).out == f"Paused the automation '{made['name']}'.\n"
    assert stored(server, made["id"])["enabled"] is False
    command("automation", on, "--id", made["id"])
    assert stored(server, made["id"])["enabled"] is True


def test_it_is_replaced_by_what_a_file_says(command, server, tmp_path, create, unique):
    made = create(nothing(unique("a")))
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(nothing(made["name"]) | {"description": "New."}))
    command("automation", "update", "--id", made["id"], "-f", "a.yaml")
    found = stored(server, made["id"])
    assert (found["description"], found["trigger"]) == ("New.", made["trigger"])
    command("automation", "update", "--id", uuid4(), "-f", "a.yaml", code=3)
    two = json.dumps([nothing("a"), nothing("b")])
    assert "where one is meant" in command("automation", "update", "--id", made["id"], "-j", two, code=2).err


def test_it_is_deleted(command, server, create, unique):
    made = create(nothing(unique("a")))
    assert command("automation", "delete", made["name"]).out == f"Deleted the automation '{made['name']}'.\n"
    assert server.ask("GET", f"/automations/{made['id']}").status == 404


def test_all_are_deleted_only_where_all_is_said(penstock, tmp_path):
    """On a server of its own: the tests beside it have automations too."""
    with ServerProcess(tmp_path / "other") as server:
        at = {"PENSTOCK_API_URL": server.url}
        penstock("automation", "create", "-j", json.dumps([nothing("a"), nothing("b")]), **at)
        assert "--all means every" in penstock("automation", "delete", "a", "--all", code=2, **at).stderr
        assert penstock("automation", "delete", "--all", **at).stdout == "Deleted all 2 automations.\n"
        assert "There are no automations" in penstock("automation", "ls", **at).stderr


# Seeing.


def test_it_is_explained(command, create, document, emit):
    made = create(document())
    emit({"n": 1})
    told = command("automation", "explain", made["name"])
    assert "event trigger: " in told.out
    assert "Automation:" in told.out
    assert f"/automations/{made['id']}" in told.err
    explained = command("automation", "explain", made["name"], "--json").json
    assert explained["automation"]["id"] == made["id"]
    assert explained["triggers"][0]["id"] == made["trigger"]["id"]


def test_the_past_is_shown_to_a_draft(command, server, tmp_path, document, emit):
    emit({"n": 1}, {"n": 2}, {"n": 3})
    wanted = document()
    (tmp_path / "draft.yaml").write_text(yaml.safe_dump(wanted))
    shown = command("automation", "test", "draft.yaml", "--since", "1h")
    assert "run-deployment" in shown.out
    assert "path=file.1" in shown.out
    assert "env.A=2" in shown.out
    assert "PROBLEMS" not in shown.out
    assert f"'{wanted['name']}' would have fired once" in shown.err
    assert "Nothing was done." in shown.err
    assert "there is no automation" in command("automation", "inspect", wanted["name"], code=3).err.lower()
    result = command("automation", "test", "draft.yaml", "--since", "1h", "--json").json
    assert (result["firing_count"], len(result["firings"])) == (1, 1)
    assert result["firings"][0]["actions"][0]["target"]["kind"] == "deployment"


def test_job_variables_that_do_not_fit_are_told(command, tmp_path, document, emit):
    emit({"n": 1}, {"n": 2})
    wanted = document()
    wanted["actions"][0]["job_variables"] = {"working_dir": {"__prefect_kind": "json", "value": "7"}}
    (tmp_path / "draft.yaml").write_text(yaml.safe_dump(wanted))
    [firing] = command("automation", "test", "draft.yaml", "--json").json["firings"]
    assert "working_dir" in firing["actions"][0]["problems"][0]["path"]
    assert "working_dir" in command("automation", "test", "draft.yaml").out


def test_one_of_the_server_is_tested_by_its_name(command, create, document, emit):
    emit({"n": 1}, {"n": 2}, resource="file.a")
    emit({"n": 1}, {"n": 2}, resource="file.b")
    made = create(document())
    shown = command("automation", "test", "--name", made["name"], "--since", "1h", "--limit", "1")
    assert "would have fired 2 times" in shown.err
    assert "The first 1 are shown; more by --limit." in shown.err
    early = command("automation", "test", "--name", made["name"], "--since", "2h", "--until", "1h")
    assert "would not have fired between" in early.err


def test_several_of_a_file_are_tested_one_by_one(command, tmp_path, unique):
    names = [unique("a"), unique("b")]
    (tmp_path / "two.yaml").write_text(yaml.safe_dump([nothing(name, expect=["never"]) for name in names]))
    assert [line for line in command("automation", "test", "two.yaml").out.splitlines() if line] == [
        f"{name}:" for name in names
    ]
    assert len(command("automation", "test", "two.yaml", "--json").json) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 2, "FILE or --name NAME"),
        (["a.yaml", "--name", "x"], 2, "FILE or --name NAME"),
        (["no-such.yaml"], 3, "no-such.yaml"),
        (["--name", "no such automation"], 3, "There is no automation"),
        (["--name", "x", "--since", "yesterday"], 2, "--since: 'yesterday' is not a moment"),
        (["--name", "x", "--until", "2026-01-01"], 2, "--until: '2026-01-01' does not say"),
        (["--name", "x", "--since", "9999999999d"], 2, "--since"),
    ],
)
def test_a_test_of_nothing(command, arguments, code, told):
    assert told in command("automation", "test", *arguments, code=code).err


def test_what_it_did_is_listed(command, server, create, document, emit):
    made = create(document())
    assert "has not fired" in command("automation", "firings", made["name"]).err
    emit({"n": 1}, {"n": 2})
    eventually(lambda: done_actions(server, made), "an action that is done")
    shown = command("automation", "firings", made["name"]).out
    assert "run-deployment" in shown
    assert "done" in shown
    [firing] = command("automation", "firings", made["name"], "--json").json
    run = firing["actions"][0]["flow_run_id"]
    assert run in shown
    assert server.ask("GET", f"/flow_runs/{run}").json["parameters"]["path"] == "file.1"
    [row] = [
        row for row in command("automation", "ls", "--json").json if row["automation"]["id"] == made["id"]
    ]
    assert row["firings_24h"] == 1


def test_what_it_does_is_followed(server, create, document, emit):
    made = create(document())
    emit({"n": 1}, {"n": 2})
    eventually(lambda: done_actions(server, made), "an action that is done")
    program = Path(sys.executable).with_name("penstock")
    following = subprocess.Popen(
        [program, "automation", "firings", made["name"], "--follow"],
        env=server.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = following.stdout.readline()
    finally:
        following.send_signal(signal.SIGINT)
        code = following.wait(30)
        following.stdout.close()
    assert "→ run-deployment done run" in line
    assert code == 130


def done_actions(server, automation):
    log = server.ask("POST", f"/automations/{automation['id']}/firings", {}).json
    return [action for firing in log for action in firing["actions"] if action["status"] == "done"]


def test_following_prints_lines_and_no_document(command, create, unique):
    made = create(nothing(unique("a")))
    assert (
        "give one of them" in command("automation", "firings", made["name"], "--follow", "--json", code=2).err
    )
