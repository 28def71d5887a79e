"""`penstock deploy` against a real server: what is created, what is warned of, what leaves nothing behind."""

import json
import subprocess
import sys

import pytest
from tests.sdk.deployments.conftest import own_imports  # noqa: F401 - a fixture
from tests.sdk.deployments.git_server import GitServer
from tests.server_process import clean_environ

pytestmark = pytest.mark.usefixtures("own_imports")

FLOWS = """\
import os
from penstock import flow

@flow(name="{flow}")
def some_work(count: int = 1, audience: str = "world"):
    \"\"\"Greets.

    In some detail.\"\"\"
    return os.environ["EXECUTION_ENVIRONMENT"]
"""


class Project:
    """A directory with a flow of its own, and a deployment file."""

    def __init__(self, directory, flow, pool):
        self.directory, self.flow, self.pool = directory, flow, pool
        self.write("flows.py", FLOWS.format(flow=flow))

    def write(self, name, text):
        (self.directory / name).write_text(text)

    def file(self, *deployments, name="penstock.yaml", **top):
        """Write a deployment file; JSON is YAML too."""
        self.write(name, json.dumps({**top, "deployments": deployments}))

    def deployment(self, name="prod", **fields):
        env = {"EXECUTION_ENVIRONMENT": "prod"}
        pool = {"name": self.pool, "job_variables": {"env": env}}
        return {"name": name, "entrypoint": "flows.py:some_work", "work_pool": pool, **fields}


@pytest.fixture
def project(tmp_path, unique, make_pool):
    return Project(tmp_path, unique("flow"), make_pool())


@pytest.fixture
def read(server, project):
    """Read a deployment of the project's flow."""

    def found(name="prod", status=200):
        answer = server.ask("GET", f"/deployments/name/{project.flow}/{name}")
        assert answer.status == status
        return answer.json

    return found


@pytest.fixture
def is_unknown(server, project):
    """Whether the server has never heard of the project's flow."""
    return lambda: server.ask("GET", f"/flows/name/{project.flow}").status == 404


# What is created.


def test_the_only_deployment_of_a_file_is_created(command, project, read):
    project.file(project.deployment())
    done = command("deploy")
    made = read()
    assert done.out == f"Created {project.flow}/prod ({made['id']})\n"
    assert f"penstock worker start --pool {project.pool}" in done.err
    assert f"penstock deployment run {project.flow}/prod" in done.err
    assert made["entrypoint"] == "flows.py:some_work"
    assert made["job_variables"] == {"env": {"EXECUTION_ENVIRONMENT": "prod"}}
    assert made["description"] == "Greets.\n\nIn some detail."
    assert made["version"]
    assert list(made["parameter_openapi_schema"]["properties"]) == ["count", "audience"]


def test_without_pull_steps_workers_go_to_the_directory_of_the_file(command, project, read):
    project.file(project.deployment())
    command("deploy")
    step = {"penstock.deployments.steps.set_working_directory": {"directory": str(project.directory)}}
    assert read()["pull_steps"] == [step]


def test_deploying_again_replaces(command, project, read):
    project.file(project.deployment(tags=["a"], schedule={"cron": "0 9 * * *"}))
    command("deploy")
    before = read()
    project.file(project.deployment(tags=["b"]))
    done = command("deploy")
    assert done.out == f"Updated {project.flow}/prod ({before['id']})\n"
    after = read()
    assert (after["id"], after["tags"], after["schedules"]) == (before["id"], ["b"], [])


def test_prefect_yaml_is_read_too(command, project, read):
    project.file(project.deployment(), name="prefect.yaml")
    command("deploy")
    assert read()["name"] == "prod"


@pytest.mark.parametrize(
    ("chosen", "made"),
    [
        (["--all"], {"a-prod", "b-prod", "c-test"}),
        (["-n", "a-prod", "-n", "c-test"], {"a-prod", "c-test"}),
        (["-n", "*-prod"], {"a-prod", "b-prod"}),
    ],
)
def test_names_patterns_and_all(command, project, chosen, made):
    project.file(*map(project.deployment, ("a-prod", "b-prod", "c-test")))
    done = command("deploy", *chosen, "--json")
    assert {each["name"] for each in done.json} == {f"{project.flow}/{name}" for name in made}
    assert all(each["created"] for each in done.json)


def test_a_file_elsewhere(command, project, read, tmp_path):
    below = tmp_path / "below"
    below.mkdir()
    nested = Project(below, project.flow, project.pool)
    nested.file(nested.deployment(), name="other.yaml")
    command("deploy", "--file", below / "other.yaml")
    [step] = read()["pull_steps"]
    assert step["penstock.deployments.steps.set_working_directory"] == {"directory": str(below)}


def test_an_entrypoint_needs_no_file(command, project, read):
    command("deploy", "flows.py:some_work", "-n", "direct", "--pool", project.pool)
    assert read("direct")["entrypoint"] == "flows.py:some_work"


def test_the_command_line_lays_over_the_file(command, project, read):
    fields = {"tags": ["file"], "parameters": {"count": 2}, "schedule": {"cron": "0 9 * * *"}}
    project.file(project.deployment(**fields))
    options = ["--tag", "line", "--version", "v7", "--description", "Mine", "-q", "urgent"]
    options += ["--param", "count=3", "--params", '{"audience": "you"}']
    options += ["--concurrency-limit", "2", "--collision-strategy", "CANCEL_NEW"]
    options += ["--interval", "3600", "--timezone", "Europe/Paris", "--no-enforce-parameter-schema"]
    command("deploy", *options)
    made = read()
    assert (made["tags"], made["version"], made["description"]) == (["file", "line"], "v7", "Mine")
    assert made["parameters"] == {"count": 3, "audience": "you"}
    assert made["work_queue_name"] == "urgent"
    assert made["global_concurrency_limit"]["limit"] == 2
    assert made["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert made["enforce_parameter_schema"] is False
    [schedule] = made["schedules"]
    assert (schedule["schedule"]["interval"], schedule["schedule"]["timezone"]) == (3600.0, "Europe/Paris")


def test_job_variables_are_merged_over_those_of_the_file(command, project, read):
    project.file(project.deployment())
    options = ["-jv", "env.ADDED=a=b", "-jv", "name=42", "-jv", '{"stream_output": false}']
    command("deploy", *options)
    assert read()["job_variables"] == {
        "env": {"EXECUTION_ENVIRONMENT": "prod", "ADDED": "a=b"},
        "name": "42",
        "stream_output": False,
    }


def test_the_default_pool_of_the_settings(command, project, read, monkeypatch):
    monkeypatch.setenv("PENSTOCK_DEPLOYMENTS_DEFAULT_WORK_POOL_NAME", project.pool)
    project.file(project.deployment(work_pool={}))
    command("deploy")
    assert read()["work_pool_name"] == project.pool


def test_the_version_may_be_that_of_the_commit(command, project, read, tmp_path):
    run = ["git", "-c", "user.name=a", "-c", "user.email=a@example.invalid"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "First"]):
        subprocess.run([*run, *arguments], cwd=tmp_path, check=True)
    project.file(project.deployment())
    command("deploy", "--version-type", "vcs:git")
    commit = subprocess.run([*run, "rev-parse", "HEAD"], cwd=tmp_path, capture_output=True, text=True)
    assert read()["version"] == commit.stdout[:8]


def test_build_steps_run_and_their_outputs_are_filled_in(command, project, read):
    build = [{"penstock.deployments.steps.run_shell_script": {"id": "say", "script": "echo built"}}]
    pool = {"name": project.pool, "job_variables": {"env": {"EXECUTION_ENVIRONMENT": "{{ say.stdout }}"}}}
    project.file(project.deployment(work_pool=pool), build=build)
    done = command("deploy")
    assert read()["job_variables"] == {"env": {"EXECUTION_ENVIRONMENT": "built"}}
    assert "built" in done.err


def test_code_that_is_only_in_git_needs_the_name_of_its_flow(command, project, read, tmp_path):
    with GitServer(tmp_path) as git:
        repository = git.repository("code")
        repository.commit({"elsewhere.py": FLOWS.format(flow=project.flow)})
        pull = [{"prefect.deployments.steps.git_clone": {"repository": repository.url}}]
        project.file(project.deployment(entrypoint="elsewhere.py:some_work", pull=pull))
        refused = command("deploy", code=3)
        assert "There is no file elsewhere.py" in refused.err
        assert "Say flow_name" in refused.err
        fields = {"entrypoint": "elsewhere.py:some_work", "flow_name": project.flow, "pull": pull}
        project.file(project.deployment(**fields))
        done = command("deploy")
    assert "the parameters of" in done.err
    assert read()["pull_steps"] == pull
    assert read()["parameter_openapi_schema"] is None


# What is warned of.


def test_an_unset_variable_is_empty_with_a_warning_and_refused_by_strict(command, project, read, is_unknown):
    env = {"EXECUTION_ENVIRONMENT": "{{ $SURELY_NOT_SET }}"}
    pool = {"name": project.pool, "job_variables": {"env": env}}
    project.file(project.deployment(work_pool=pool))
    refused = command("deploy", "--strict", code=2)
    assert "penstock.yaml:1:" in refused.err
    assert "$SURELY_NOT_SET is not set here" in refused.err
    assert is_unknown()
    done = command("deploy")
    assert "Warning: penstock.yaml:1:" in done.err
    assert read()["job_variables"] == {"env": {"EXECUTION_ENVIRONMENT": ""}}


def test_a_default_is_no_doubt(command, project, read):
    pool = {"name": project.pool, "job_variables": {"env.EXECUTION_ENVIRONMENT": "{{ $NOT | default('x') }}"}}
    project.file(project.deployment(work_pool=pool))
    done = command("deploy", "--strict")
    assert "Warning" not in done.err
    assert read()["job_variables"] == {"env": {"EXECUTION_ENVIRONMENT": "x"}}


def test_a_variable_that_the_flow_reads_and_nobody_sets(command, project):
    pool = {"name": project.pool, "job_variables": {"env": {"EXECUTION_ENVIROMENT": "prod"}}}
    project.file(project.deployment(work_pool=pool))
    done = command("deploy")
    assert "env.EXECUTION_ENVIRONMENT: the flow reads it on line 9, and no layer sets it." in done.err
    assert "'EXECUTION_ENVIROMENT' is set and not read: is one of them misspelt?" in done.err


@pytest.mark.parametrize(
    "written", [{"env": {"EXECUTION_ENVIRONMENT": "x"}}, {"env.EXECUTION_ENVIRONMENT": "x"}]
)
def test_what_a_trigger_sets_is_not_missed(command, project, written):
    trigger = {"expect": ["it.happened"], "job_variables": written}
    project.file(project.deployment(triggers=[trigger]))
    assert "Warning" not in command("deploy").err


def test_what_the_pool_sets_is_not_missed(command, project, make_pool):
    pool = make_pool(EXECUTION_ENVIRONMENT="pool")
    project.file(project.deployment(work_pool={"name": pool}))
    assert "Warning" not in command("deploy").err


def test_a_job_variable_that_the_pool_does_not_declare(command, project):
    project.file(project.deployment())
    [made] = (done := command("deploy", "-jv", "imgae=x", "--json")).json
    [warning] = made["warnings"]
    assert warning.startswith("imgae (deployment): the pool does not declare it")
    assert f"Warning: {project.flow}/prod: {warning}" in done.err


def test_unknown_keys_are_told_with_the_nearest_and_their_place(command, project, tmp_path):
    project.write(
        "penstock.yaml",
        f"deployments:\n  - name: prod\n    entrypoint: flows.py:some_work\n    tag: [x]\n"
        f"    work_pool:\n      name: {project.pool}\n      job_variable: {{}}\n",
    )
    told = command("deploy").err
    assert "penstock.yaml:4:5: deployments[0].tag: is not a known key and has no effect." in told
    assert "penstock.yaml:7:7: deployments[0].work_pool.job_variable: is not a known key" in told
    assert "Did you mean 'job_variables'?" in told


# What leaves nothing behind.


def test_a_pool_that_does_not_exist(command, project, is_unknown):
    missing = project.pool.replace("pool", "pol")
    project.file(project.deployment(work_pool={"name": missing}))
    refused = command("deploy", code=3)
    assert refused.out == ""
    assert f"There is no work pool '{missing}'." in refused.err
    assert f"Did you mean '{project.pool}'?" in refused.err
    assert is_unknown()


def test_one_of_two_that_is_wrong_stops_both(command, project, is_unknown):
    wrong = project.deployment("wrong", parameters={"count": "many"})
    project.file(project.deployment(), wrong)
    refused = command("deploy", "--all", code=2)
    assert "wrong: Parameter 'count' must be integer" in refused.err
    assert is_unknown()


def test_everything_that_is_wrong_is_told_at_once(command, project, is_unknown):
    first = project.deployment("first", parameters={"count": "many"})
    second = project.deployment("second", parameters={"cuont": 1})
    project.file(first, second)
    refused = command("deploy", "--all", code=2)
    assert "Parameter 'count' must be integer" in refused.err
    assert "'cuont'" in refused.err
    assert "There are 2 errors. Nothing was deployed." in refused.err
    assert is_unknown()


def test_job_variables_that_break_the_schema(command, project, is_unknown):
    project.file(project.deployment())
    refused = command("deploy", "-jv", '{"env": {"A": "x"}, "stream_output": 7}', code=2)
    assert "stream_output (deployment): must be boolean" in refused.err
    assert is_unknown()


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("-jv", "novalue"), "has no '='"),
        (("--param", "novalue"), "has no '='"),
        (("--param", "cuont=1"), "has no parameter 'cuont'"),
        (("--params", "{nonsense"), "is not JSON"),
        (("--cron", "not a cron"), "cron"),
        (("--timezone", "UTC"), "--timezone says something about a schedule"),
        (("--cron", "0 9 * * *", "--timezone", "Mars/Base"), "Mars/Base"),
        (("--version-type", "weird"), "There is no version type 'weird'"),
    ],
)
def test_options_that_cannot_be_used(command, project, is_unknown, option, told):
    project.file(project.deployment())
    assert told in command("deploy", *option, code=2).err
    assert is_unknown()


def test_an_unknown_option_is_told_with_the_nearest(command, project):
    assert "--pool" in command("deploy", "--poool", "x", code=2).err


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("deployments:\n  - name: a\n   entrypoint: b\n", "penstock.yaml:3:4", ""),
        ("deployments:\n  - name: a\n    name: b\n", "penstock.yaml:3:5", "name"),
        ("a: &a [*a]\n", "penstock.yaml:1:", ""),
        ("deployments: 7\n", "penstock.yaml:1:", "must be a list"),
        ("deployments:\n  - name: x\n    schedule: {cron: nonsense}\n", "penstock.yaml:3:16", "cron"),
    ],
)
def test_yaml_that_is_wrong_is_told_with_line_and_column(command, project, text, place, told):
    project.write("penstock.yaml", text)
    refused = command("deploy", code=2)
    assert place in refused.err
    assert told in refused.err


def test_a_name_that_the_file_does_not_have(command, project, is_unknown):
    project.file(project.deployment("production"))
    refused = command("deploy", "-n", "producton", code=3)
    assert "No deployment is named 'producton'. Did you mean 'production'?" in refused.err
    assert is_unknown()


def test_several_and_none_named(command, project):
    project.file(*map(project.deployment, ("a", "b")))
    assert "has 2 deployments: a, b." in command("deploy", code=2).err


def test_no_file_at_all(command, project):
    refused = command("deploy", code=3)
    assert "There is no penstock.yaml or prefect.yaml" in refused.err
    assert "penstock init" in refused.err


@pytest.mark.parametrize(
    ("entrypoint", "code", "told"),
    [
        ("flows.py:sme_work", 3, "Did you mean 'some_work'?"),
        ("flow.py:some_work", 2, "Did you mean 'flows.py'?"),
        ("../outside.py:some_work", 2, "leads out of its source"),
        ("nonsense", 2, "is not understood"),
        ("broken.py:some_work", 1, "ZeroDivisionError"),
        ("plain.py:some_work", 2, "Decorate it with @flow."),
    ],
)
def test_entrypoints_that_lead_nowhere(command, project, is_unknown, entrypoint, code, told):
    project.write("broken.py", "1 / 0\n")
    project.write("plain.py", "def some_work(): ...\n")
    (project.directory.parent / "outside.py").write_text("")
    refused = command("deploy", entrypoint, "-n", "x", "--pool", project.pool, code=code)
    assert told in refused.err
    assert is_unknown()


def test_a_failing_build_step_creates_nothing(command, project, is_unknown):
    build = [{"penstock.deployments.steps.run_shell_script": {"script": "false"}}]
    project.file(project.deployment(), build=build)
    assert "ended with exit code 1" in command("deploy", code=1).err
    assert is_unknown()


def test_a_file_that_deploys_while_it_is_loaded_is_told_why_not(command, project, is_unknown):
    project.write("flows.py", FLOWS.format(flow=project.flow) + "some_work.deploy('x', 'any')\n")
    project.file(project.deployment())
    assert '`if __name__ == "__main__":`' in command("deploy", code=2).err
    assert is_unknown()


def test_a_file_that_serves_when_it_is_run_can_be_deployed(command, project, read):
    project.write("flows.py", FLOWS.format(flow=project.flow) + "some_work.serve('x')\n")
    project.file(project.deployment())
    command("deploy")
    assert read()["name"] == "prod"


# A dry run.


def test_a_dry_run_shows_and_creates_nothing(command, project, is_unknown, make_pool):
    pool = make_pool(EXECUTION_ENVIRONMENT="pool", LEVEL="info")
    project.file(project.deployment(work_pool={"name": pool}))
    done = command("deploy", "--dry-run", "-jv", "env.LEVEL=debug")
    assert f"{project.flow}/prod" in done.out
    [level] = [line for line in done.out.splitlines() if line.startswith("env.LEVEL")]
    assert level.split() == ["env.LEVEL", "info", "debug", "←", "debug", "deployment", "(by", "key)"]
    assert "Nothing was created" in done.err
    assert is_unknown()


def test_a_dry_run_as_json(command, project, is_unknown):
    project.file(project.deployment(schedule={"cron": "0 9 * * *"}))
    [shown] = command("deploy", "--dry-run", "--json").json
    assert (shown["flow_name"], shown["name"]) == (project.flow, "prod")
    assert shown["explanation"]["job"]["job_configuration"]["env"] == {"EXECUTION_ENVIRONMENT": "prod"}
    assert is_unknown()


def test_a_dry_run_runs_no_build_steps(command, project, tmp_path):
    script = f"touch {tmp_path / 'built'}"
    project.file(
        project.deployment(), build=[{"penstock.deployments.steps.run_shell_script": {"script": script}}]
    )
    command("deploy", "--dry-run")
    assert not (tmp_path / "built").exists()


# Without a server.


def test_without_a_server_one_line_says_where_and_how(penstock, tmp_path):
    Project(tmp_path, "flow", "local").file(
        {"name": "a", "entrypoint": "flows.py:some_work", "work_pool": {"name": "local"}}
    )
    refused = penstock("deploy", code=4, PENSTOCK_API_URL="http://127.0.0.1:9/api")
    assert "No server answers at http://127.0.0.1:9/api" in refused.stderr
    assert "penstock server start" in refused.stderr


def test_deploy_init_is_init(command, tmp_path):
    command("deploy", "init", "--name", "mine")
    assert (tmp_path / "penstock.yaml").exists()


def test_the_deployed_flow_is_what_a_process_runs(command, project, server, read, tmp_path):
    """What `deploy` emits is what the process of a run consumes, from a directory that is not this one."""
    project.file(project.deployment(parameters={"count": 2}))
    command("deploy")
    run = server.ask("POST", f"/deployments/{read()['id']}/create_flow_run", {}).json
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    environ = clean_environ(server.home, EXECUTION_ENVIRONMENT="here")
    done = subprocess.run(
        [sys.executable, "-m", "penstock.engine", run["id"]],
        cwd=elsewhere,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert server.ask("GET", f"/flow_runs/{run['id']}").json["state_name"] == "Completed"
