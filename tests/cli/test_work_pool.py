"""`penstock work-pool` against a real server."""

import json

import pytest

from penstock.cli.exits import ExitCode
from penstock.domain.default_templates import process_template


def test_a_pool_is_created_listed_inspected_and_deleted(command, unique):
    name = unique("pool")
    made = command("work-pool", "create", name, "--type", "process", "--description", "for tests", "-cl", 3)
    assert made.out == f"Created the work pool {name!r} of type 'process'.\n"
    assert f"penstock worker start --pool {name}" in made.err

    listed = {pool["name"]: pool for pool in command("work-pool", "ls", "--json").json}
    assert listed[name]["concurrency_limit"] == 3
    assert name in command("work-pools", "ls").out
    assert listed[name]["id"] in command("work-pool", "ls", "-v").out

    shown = command("work-pool", "inspect", name)
    assert "description:       for tests" in shown.out
    assert "env" in shown.out.partition("JOB VARIABLE")[2]
    document = command("work-pool", "inspect", name, "-o", "json").json
    assert document["base_job_template"] == process_template()

    assert command("work-pool", "delete", name).out == f"Deleted the work pool {name!r}.\n"
    command("work-pool", "inspect", name, code=ExitCode.NOT_FOUND)


def test_an_unknown_pool_is_answered_with_the_nearest_name(command, make_pool):
    name = make_pool()
    for verb in ("inspect", "pause", "resume", "delete", "slots", "preview", "clear-concurrency-limit"):
        refused = command("work-pool", verb, name[:-1] + "_", code=ExitCode.NOT_FOUND)
        assert refused.err == (
            f"Error: There is no work pool {name[:-1] + '_'!r}. Did you mean {name!r}?\n"
            "  `penstock work-pool ls` lists them.\n"
        )


def test_an_unknown_type_is_refused_unless_it_brings_its_template(command, unique):
    name = unique("pool")
    refused = command("work-pool", "create", name, "-t", "proces", code=ExitCode.USAGE)
    assert "'proces'. Did you mean 'process'?" in refused.err
    missing = command("work-pool", "create", name, code=ExitCode.USAGE)
    assert "--type" in missing.err and "process" in missing.err

    template = {"job_configuration": {"env": "{{ env }}"}, "variables": {"properties": {"env": {}}}}
    made = command(
        "work-pool", "create", name, "-t", "mainframe", "--base-job-template", json.dumps(template), "--json"
    )
    assert made.json["type"] == "mainframe" and made.json["base_job_template"] == template


def test_an_existing_pool_is_changed_only_where_that_is_said(command, make_pool, tmp_path):
    name = make_pool(A="1")
    refused = command("work-pool", "create", name, "-t", "process", code=ExitCode.CONFLICT)
    assert "--overwrite" in refused.err

    template = process_template()
    template["variables"]["properties"]["env"]["default"] = {"A": "2"}
    (tmp_path / "template.json").write_text(json.dumps(template))
    changed = command(
        *("work-pool", "create", name, "-t", "process", "--overwrite", "--paused"),
        *("--base-job-template", "template.json"),
    )
    assert changed.out.startswith("Changed the work pool")
    document = command("work-pool", "inspect", name, "--json").json
    assert document["base_job_template"] == template and document["is_paused"]

    kept = command("work-pool", "create", name, "-t", "process", "--overwrite", "--json").json
    assert kept["base_job_template"] == template
    other = command("work-pool", "create", name, "-t", "other", "--overwrite", code=ExitCode.USAGE)
    assert "other" in other.err


def test_doubtful_and_impossible_templates_are_told(command, unique):
    name = unique("pool")
    unused = {
        "job_configuration": {"env": "{{ env }}"},
        "variables": {"properties": {"env": {}, "image": {"type": "string"}}},
    }
    made = command("work-pool", "create", name, "-t", "process", "--base-job-template", json.dumps(unused))
    assert "Warning: image (pool): no placeholder" in made.err

    undeclared = {
        "job_configuration": {"command": "{{ comand }}"},
        "variables": {"properties": {"command": {}}},
    }
    refused = command(
        *("work-pool", "create", unique("pool"), "-t", "process"),
        *("--base-job-template", json.dumps(undeclared)),
        code=ExitCode.USAGE,
    )
    assert "Did you mean 'command'?" in refused.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{not json", "is not JSON"),
        ("absent.json", "There is no file absent.json"),
        ("list.yaml", "holds array, where an object must be"),
        ("broken.yaml", "broken.yaml:3:1: "),
    ],
)
def test_a_template_that_cannot_be_read_is_refused(command, unique, tmp_path, given, said):
    (tmp_path / "list.yaml").write_text("- 1\n")
    (tmp_path / "broken.yaml").write_text("a: 1\nb: [1\n")
    code = ExitCode.NOT_FOUND if given == "absent.json" else ExitCode.USAGE
    arguments = ("work-pool", "create", unique("pool"), "-t", "process", "--base-job-template", given)
    assert said in command(*arguments, code=code).err


def test_pausing_and_limits(command, make_pool):
    name = make_pool()

    def state():
        document = command("work-pool", "inspect", name, "--json").json
        return document["is_paused"], document["concurrency_limit"]

    command("work-pool", "pause", name)
    assert state() == (True, None)
    command("work-pool", "resume", name)
    command("work-pool", "set-concurrency-limit", name, 7)
    assert state() == (False, 7)
    command("work-pool", "set-concurrency-limit", name, "-cl", 8)
    assert state() == (False, 8)
    assert "of 8" in command("work-pool", "slots", name).out
    assert command("work-pool", "slots", name, "--json").json["concurrency_limit"] == 8
    command("work-pool", "clear-concurrency-limit", name)
    assert state() == (False, None)
    command("work-pool", "set-concurrency-limit", name, "-1", code=ExitCode.USAGE)
    command("work-pool", "set-concurrency-limit", name, "many", code=ExitCode.USAGE)


def test_an_update_tells_which_deployments_it_changes(command, make_pool, deploy):
    pool = make_pool(LEVEL="INFO", REGION="eu")
    first = deploy(work_pool_name=pool)
    second = deploy(work_pool_name=pool, job_variables={"env": {"LEVEL": "DEBUG"}})
    template = process_template()
    template["variables"]["properties"]["env"]["default"] = {"LEVEL": "TRACE", "REGION": "eu"}
    text = json.dumps(template)

    tried = command("work-pool", "update", pool, "--base-job-template", text, "--dry-run")
    assert "env.LEVEL" in tried.out and "INFO" in tried.out and "TRACE" in tried.out
    assert "overrides env.LEVEL" in tried.err and "Nothing was changed." in tried.err
    document = command("work-pool", "update", pool, "--base-job-template", text, "--dry-run", "--json").json
    assert {impact["id"] for impact in document} == {first.id, second.id}
    before = command("work-pool", "inspect", pool, "--json").json
    assert before["base_job_template"] != template

    done = command("work-pool", "update", pool, "--base-job-template", text, "--description", "new")
    assert f"Changed the work pool {pool!r}." in done.err
    after = command("work-pool", "inspect", pool, "--json").json
    assert after["base_job_template"] == template and after["description"] == "new"

    nothing = command("work-pool", "update", pool, code=ExitCode.USAGE)
    assert "nothing to change" in nothing.err


def test_the_default_template_needs_no_server(penstock, tmp_path):
    printed = json.loads(penstock("work-pool", "get-default-base-job-template", "-t", "process").stdout)
    assert printed == process_template()
    penstock("work-pool", "get-default-base-job-template", "-f", "template.json")
    assert json.loads((tmp_path / "template.json").read_text()) == process_template()
    unknown = penstock("work-pool", "get-default-base-job-template", "-t", "dockr", code=ExitCode.USAGE)
    assert "'dockr'" in unknown.stderr


def test_a_pool_can_be_made_the_default_one(command, unique, server):
    name = unique("pool")
    told = command("work-pool", "create", name, "-t", "process", "--set-as-default")
    assert f"use {name!r} now" in told.err
    settings = command("config", "view", "--json").json["settings"]
    assert settings["PENSTOCK_DEPLOYMENTS_DEFAULT_WORK_POOL_NAME"] == name
    command("config", "unset", "PENSTOCK_DEPLOYMENTS_DEFAULT_WORK_POOL_NAME", "-y")


def test_preview_shows_what_will_be_due(command, deploy):
    deployed = deploy()
    soon = command("deployment", "run", deployed.name, "--start-in", "30 minutes", "--json").json
    late = command("deployment", "run", deployed.name, "--start-in", "90 minutes", "--json").json
    shown = command("work-pool", "preview", deployed.pool, "-o", "json").json
    assert [each["flow_run"]["id"] for each in shown] == [soon["id"]]
    assert late["name"] in command("work-pool", "preview", deployed.pool, "-h", 2).out
    everywhere = command("work-pool", "preview", "--hours", 3, "--json").json
    assert {soon["id"], late["id"]} <= {each["flow_run"]["id"] for each in everywhere}
