"""`penstock deployment` against a real server; `run` and `schedule` have files of their own."""

import msgspec
import pytest

from penstock.cli.exits import ExitCode
from penstock.domain.job_spec import Explanation


def test_deployments_are_listed_and_inspected(command, deploy):
    deployed = deploy(tags=["x"], entrypoint="flows.py:flow", job_variables={"env": {"A": "1"}})
    listed = {each["id"]: each for each in command("deployment", "ls", "--json").json}
    assert listed[deployed.id]["flow_name"] == deployed.flow
    assert deployed.name in command("deployments", "ls").out
    of_flow = command("deployment", "ls", deployed.flow, "--by-created", "--json").json
    assert [each["id"] for each in of_flow] == [deployed.id]

    by_name = command("deployment", "inspect", deployed.name, "-o", "json").json
    assert by_name == command("deployment", "inspect", "--id", deployed.id, "--json").json
    assert by_name["job_variables"] == {"env": {"A": "1"}}
    shown = command("deployment", "inspect", deployed.id).out
    assert f"flow:                     {deployed.flow}" in shown and "flows.py:flow" in shown


def test_an_unknown_deployment_is_answered_with_the_nearest_name(command, deploy):
    deployed = deploy()
    for arguments in (["inspect"], ["run"], ["explain"], ["delete"], ["pause"], ["schedule", "ls"]):
        refused = command("deployment", *arguments, deployed.name + "x", code=ExitCode.NOT_FOUND)
        assert refused.err == (
            f"Error: There is no deployment {deployed.name + 'x'!r}. Did you mean {deployed.name!r}?\n"
            "  `penstock deployment ls` lists them.\n"
        )
    without_flow = command("deployment", "inspect", "no-such-thing", code=ExitCode.NOT_FOUND)
    assert "Write FLOW/DEPLOYMENT." in without_flow.err
    flow = command("deployment", "ls", deployed.flow + "x", code=ExitCode.NOT_FOUND)
    assert f"Did you mean {deployed.flow!r}?" in flow.err
    unknown_id = "00000000-0000-7000-8000-000000000000"
    assert unknown_id in command("deployment", "inspect", unknown_id, code=ExitCode.NOT_FOUND).err


def test_a_plain_deployment_name_is_answered_with_its_full_name(command, deploy, unique):
    plain = unique("only")
    deployed = deploy(name=plain)
    refused = command("deployment", "run", plain, code=ExitCode.NOT_FOUND)
    assert f"Did you mean {deployed.name!r}?" in refused.err


@pytest.mark.parametrize("arguments", [[], ["x/y", "--id", "00000000-0000-7000-8000-000000000000"]])
def test_name_or_id_but_not_both(command, arguments):
    for verb in ("inspect", "explain", "run", "pause", "resume", "delete"):
        refused = command("deployment", verb, *arguments, code=ExitCode.USAGE)
        assert "Say which deployment" in refused.err
    command("deployment", "inspect", "--id", "not-an-id", code=ExitCode.USAGE)


def test_pausing_resuming_and_deleting(command, deploy):
    deployed = deploy()

    def is_paused():
        return command("deployment", "inspect", deployed.name, "--json").json["paused"]

    command("deployment", "pause", deployed.name)
    assert is_paused()
    assert "PAUSED" in command("deployment", "ls", deployed.flow).out
    command("deployment", "resume", "--id", deployed.id)
    assert not is_paused()
    assert command("deployment", "delete", deployed.name).out == f"Deleted the deployment {deployed.name}.\n"
    command("deployment", "inspect", deployed.id, code=ExitCode.NOT_FOUND)
    both = command("deployment", "delete", "x/y", "--all", code=ExitCode.USAGE)
    assert "Either --all" in both.err


def test_explain_shows_who_set_what(command, deploy, make_pool):
    pool = make_pool(LEVEL="INFO", REGION="eu")
    deployed = deploy(work_pool_name=pool, job_variables={"env": {"LEVEL": "DEBUG", "OLD": "1"}})
    shown = command(
        *("deployment", "explain", deployed.name),
        *("-jv", "env.LEVEL=TRACE", "-jv", '{"env": {"OLD": null}}'),
    ).out
    lines = {line.split()[0]: " ".join(line.split()) for line in shown.splitlines() if line.strip()}
    assert lines["env.LEVEL"] == "env.LEVEL INFO DEBUG TRACE ← TRACE run (by key)"
    assert lines["env.REGION"] == "env.REGION eu ← · · eu pool (by key)"
    assert lines["env.OLD"] == 'env.OLD · "1" ✕ unset ← (removed) run (by key)'
    assert "LEVEL=TRACE" in shown and "Hash:" in shown

    document = command("deployment", "explain", deployed.name, "--json")
    explanation = msgspec.json.decode(document.out, type=Explanation)
    assert explanation.job.environment == {"LEVEL": "DEBUG", "OLD": "1", "REGION": "eu"}


def test_explain_tells_what_is_wrong_and_suggests(command, deploy):
    deployed = deploy()
    refused = command(
        "deployment",
        "explain",
        deployed.name,
        "-jv",
        "stream_output=lots",
        "-jv",
        "LEVEL=x",
        code=ExitCode.USAGE,
    )
    assert "stream_output (run): must be boolean, not string." in refused.out
    assert "For an environment variable write env.LEVEL." in refused.out
    unwritten = command("deployment", "explain", deployed.name, "-jv", "env", code=ExitCode.USAGE)
    assert unwritten.err == "Error: --job-variable env has no '='. Write env=VALUE.\n"


def test_explain_as_if_in_another_pool(command, deploy, make_pool):
    deployed, other = deploy(), make_pool(HERE="other")
    assert "HERE=other" in command("deployment", "explain", deployed.name, "--pool", other).out
    command("deployment", "explain", deployed.name, "--pool", other + "x", code=ExitCode.NOT_FOUND)
