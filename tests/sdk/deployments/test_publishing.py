"""Deployments made by Python code, on a real server: created whole, or not at all."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from tests.server_process import ServerProcess

import penstock
from penstock import flow
from penstock.deployments import ConcurrencyLimitConfig, EntrypointType, deploy
from penstock.domain.default_templates import process_template
from penstock.domain.errors import InvalidInput, NotFound, ParameterInvalid, ServerUnreachable
from penstock.domain.problems import JobVariablesInvalid
from penstock.runner.storage import GitRepository, LocalStorage
from penstock.sdk.deployments.entrypoints import EntrypointInvalid
from penstock.sdk.deployments.flow_options import NoneGiven
from penstock.sdk.deployments.gathering import DeploymentsInvalid
from penstock.sdk.engine.session import close_session
from penstock.sdk.exceptions import MissingFlowError, OptionUnknown

HERE = Path(__file__).resolve()
UNSET = "SURELY_NOT_SET"
CODE = '''
import os
from penstock import flow

@flow(log_prints=True)
def from_git(count: int = 1):
    """Comes from afar."""
    return os.environ["A_SETTING"]
'''


@flow
def greet(count: int = 1, audience: str = "world"):
    """Greets.

    In some detail.
    """


@flow(name="reads-environment")
def reads_environment():
    return os.environ["A_SETTING"], os.environ.get("PUBLISHING_OPTIONAL", "")


@flow
def calls_another():
    return reads_environment()


class Greeter:
    @staticmethod
    @flow(name="of-a-class")
    def wave():
        pass


changed = greet.with_options(name="changed", retries=3)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("home")) as server:
        template = process_template()
        template["variables"]["properties"]["env"]["default"] = {"FROM_POOL": "pool"}
        for name, kind in (("local", "process"), ("cluster", "kubernetes")):
            body = {"name": name, "type": kind, "base_job_template": template}
            assert server.ask("POST", "/work_pools/", body).status == 201
        yield server


@pytest.fixture(autouse=True)
def settings(server, monkeypatch, working_directory):
    for name in [name for name in os.environ if name.startswith(("PENSTOCK", "PREFECT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_HOME", str(server.home))
    yield
    close_session()


@pytest.fixture
def name():
    """A deployment's name that no other test has."""
    return f"d-{uuid4().hex[:8]}"


@pytest.fixture
def read(server):
    """Read a deployment, or anything else."""

    def found(path, status=200):
        path = path if path.startswith("/") else f"/deployments/{path}"
        answer = server.ask("GET", path)
        assert answer.status == status
        return answer.json

    return found


# What is created.


def test_a_flow_deploys_itself(read, name, capsys):
    made = read(str(id := greet.deploy(name, "local")))
    assert (made["name"], made["work_pool_name"]) == (name, "local")
    assert made["entrypoint"] == f"{HERE.name}:greet"
    assert made["pull_steps"] == [
        {"penstock.deployments.steps.set_working_directory": {"directory": str(HERE.parent)}}
    ]
    assert (made["description"], made["version"]) == ("Greets.\n\nIn some detail.", greet.version)
    assert list(made["parameter_openapi_schema"]["properties"]) == ["count", "audience"]
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        f"Created deployment greet/{name} ({id}).",
        "Next:",
        "  penstock worker start --pool local",
        f"  penstock deployment run greet/{name}",
    ]
    assert printed.err == ""


def test_everything_that_can_be_said(read, name):
    id = greet.deploy(
        name=name,
        work_pool_name="local",
        work_queue_name="urgent",
        image="acme:1",
        build=False,
        job_variables={"env": {"A": 1}},
        parameters={"count": "2"},
        enforce_parameter_schema=False,
        interval=timedelta(hours=1),
        cron=["0 9 * * *", "0 10 * * *"],
        timezone="Europe/Paris",
        concurrency_limit=ConcurrencyLimitConfig(limit=3, collision_strategy="CANCEL_NEW"),
        tags=["a", "b", "a"],
        description="Mine",
        version="v7",
        paused=True,
        print_next_steps=False,
        ignore_warnings=True,
    )
    made = read(str(id))
    assert made["job_variables"] == {"env": {"A": 1}, "image": "acme:1"}
    assert (made["parameters"], made["enforce_parameter_schema"]) == ({"count": "2"}, False)
    given = {each["schedule"].get("cron") or each["schedule"]["interval"] for each in made["schedules"]}
    assert given == {"0 9 * * *", "0 10 * * *", 3600}
    assert all(each["schedule"]["timezone"] == "Europe/Paris" for each in made["schedules"])
    assert made["global_concurrency_limit"]["limit"] == 3
    assert made["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    assert (made["tags"], made["description"], made["version"]) == (["a", "b"], "Mine", "v7")
    assert (made["paused"], made["work_queue_name"]) == (True, "urgent")


def test_deploying_again_replaces(read, name, capsys):
    first = greet.deploy(name, "local", tags=["a"], job_variables={"env": {"A": "1"}})
    assert greet.deploy(name, "local", tags=["b"]) == first
    assert capsys.readouterr().out.count("Updated deployment") == 1
    assert (read(str(first))["tags"], read(str(first))["job_variables"]) == (["b"], {})


def test_the_default_pool_of_the_settings(read, name, monkeypatch):
    monkeypatch.setenv("PENSTOCK_DEPLOYMENTS_DEFAULT_WORK_POOL_NAME", "local")
    assert read(str(greet.deploy(name)))["work_pool_name"] == "local"


def test_in_a_coroutine_it_is_awaited(read, name):
    async def main():
        return await greet.deploy(name, "local"), await greet.adeploy(name, "local")

    first, second = asyncio.run(main())
    assert first == second
    assert read(str(first))["name"] == name


def test_several_at_once(read, name):
    flows = [greet.to_deployment(name), reads_environment.to_deployment(name, job_variables={"env": {}})]
    ids = deploy(*flows, work_pool_name="local", ignore_warnings=True)
    assert [read(str(id))["entrypoint"].partition(":")[2] for id in ids] == ["greet", "reads_environment"]


def test_deploy_is_a_name_of_the_package():
    assert penstock.deploy is deploy


# Where workers find it.


def test_below_the_working_directory_the_entrypoint_is_relative_to_it(read, name, monkeypatch):
    monkeypatch.chdir(HERE.parents[3])
    made = read(str(greet.deploy(name, "local")))
    assert made["entrypoint"] == f"{HERE.relative_to(HERE.parents[3])}:greet"
    [step] = made["pull_steps"]
    assert [*step.values()] == [{"directory": str(HERE.parents[3])}]


def test_a_flow_is_found_by_the_name_that_it_is_bound_to(read, name, capsys):
    assert read(str(changed.deploy(name, "local")))["entrypoint"].endswith(":changed")
    assert read(str(Greeter.wave.deploy(name, "local")))["entrypoint"].endswith(":Greeter.wave")
    assert capsys.readouterr().err == ""


def test_by_its_module(read, name):
    made = read(str(greet.deploy(name, "local", entrypoint_type=EntrypointType.MODULE_PATH)))
    assert made["entrypoint"] == f"{greet.fn.__module__}:greet"


def test_options_that_no_worker_would_see_are_warned_of(read, name, capsys):
    made = read(str(greet.with_options(retries=9).deploy(name, "local")))
    assert made["entrypoint"].endswith(":greet")
    assert "without the options that 'greet' got since" in capsys.readouterr().err


def test_a_flow_that_nobody_else_could_find(read, name):
    @flow(name="hidden-flow")
    def hidden():
        pass

    with pytest.raises(EntrypointInvalid, match="has no name in its module"):
        hidden.deploy(name, "local")
    read("/flows/name/hidden-flow", 404)


def test_code_of_this_machine_for_a_pool_of_others(name, capsys):
    greet.deploy(name, "cluster")
    assert "look for the code in a directory of this machine" in capsys.readouterr().err


# From elsewhere.


def test_a_flow_from_git_is_pulled_from_there_by_workers_too(git_server, own_imports, read, name):
    repository = git_server.repository("code")
    repository.commit({"flows/afar.py": CODE})
    found = flow.from_source(repository.url, entrypoint="flows/afar.py:from_git")
    assert (found.name, found.description) == ("from-git", "Comes from afar.")
    id = found.deploy(name=name, work_pool_name="local", job_variables={"env": {"A_SETTING": "x"}})
    made = read(str(id))
    assert made["entrypoint"] == "flows/afar.py:from_git"
    assert made["pull_steps"] == [{"penstock.deployments.steps.git_clone": {"repository": repository.url}}]
    assert list(made["parameter_openapi_schema"]["properties"]) == ["count"]


@pytest.mark.parametrize("field", ["branch", "tag", "commit_sha"])
def test_a_flow_from_a_branch_tag_or_commit(git_server, own_imports, read, name, field):
    repository = git_server.repository("code")
    repository.commit({"afar.py": "raise RuntimeError"})
    commit = repository.commit({"afar.py": CODE}, branch="next", tag="v1")
    ref = {"branch": "next", "tag": "v1", "commit_sha": commit}[field]
    found = flow.from_source(GitRepository(url=repository.url, **{field: ref}), "afar.py:from_git")
    [step] = read(str(found.deploy(name, "local", ignore_warnings=True)))["pull_steps"]
    assert [*step.values()] == [{"repository": repository.url, field: ref}]


def test_where_it_came_from_stays_with_its_other_options(git_server, own_imports, read, name):
    repository = git_server.repository("code")
    repository.commit({"afar.py": CODE})
    found = flow.from_source(repository.url, "afar.py:from_git").with_options(name="renamed-afar")
    made = read(str(found.deploy(name, "local", ignore_warnings=True)))
    assert "git_clone" in next(iter(made["pull_steps"][0]))
    assert read(f"/flows/{made['flow_id']}")["name"] == "renamed-afar"


@pytest.mark.parametrize("source", [str, Path, lambda path: LocalStorage(str(path))])
def test_a_flow_from_a_directory(own_imports, read, name, tmp_path, source):
    (tmp_path / "afar.py").write_text(CODE)
    found = flow.from_source(source(tmp_path), "afar.py:from_git")
    [step] = read(str(found.deploy(name, "local", ignore_warnings=True)))["pull_steps"]
    assert [*step.values()] == [{"directory": str(tmp_path)}]


def test_from_source_in_a_coroutine(own_imports, tmp_path):
    (tmp_path / "afar.py").write_text(CODE)

    async def main():
        return [
            await flow.from_source(tmp_path, "afar.py:from_git"),
            await flow.afrom_source(tmp_path, "afar.py:from_git"),
        ]

    assert [found.name for found in asyncio.run(main())] == ["from-git", "from-git"]


def test_a_private_repository_by_a_variable(private_git_server, own_imports, server, read, name):
    repository = private_git_server.repository("code")
    repository.commit({"afar.py": CODE})
    token = {"name": "git_token", "value": "s3cret/token"}
    assert server.ask("POST", "/variables/", token).status == 201
    reference = "{{ penstock.variables.git_token }}"
    found = flow.from_source(GitRepository(url=repository.url, access_token=reference), "afar.py:from_git")
    [step] = read(str(found.deploy(name, "local", ignore_warnings=True)))["pull_steps"]
    assert [*step.values()] == [{"repository": repository.url, "access_token": reference}]


def test_a_literal_token_is_not_stored(private_git_server, own_imports, read, name):
    repository = private_git_server.repository("code")
    repository.commit({"afar.py": CODE.replace("from_git", "never_stored")})
    source = GitRepository(url=repository.url, access_token="s3cret/token")
    with pytest.raises(InvalidInput, match="for everybody to read"):
        flow.from_source(source, "afar.py:never_stored").deploy(name, "local")
    read("/flows/name/never-stored", 404)


def test_a_source_without_the_flow(own_imports, tmp_path):
    (tmp_path / "afar.py").write_text(CODE)
    with pytest.raises(MissingFlowError, match="Did you mean 'from_git'"):
        flow.from_source(tmp_path, "afar.py:from_gti")
    with pytest.raises(NotFound, match=r"There is no file afr\.py"):
        flow.from_source(tmp_path, "afr.py:from_git")
    with pytest.raises(InvalidInput, match="A int is no source of code"):
        flow.from_source(7, "afar.py:from_git")


# What is warned of.


def test_none_is_told_by_its_name(read, name, capsys):
    variables = {"env": {"GIVEN": "x", "MISSING": os.environ.get(UNSET)}}
    made = read(str(greet.deploy(name, "local", job_variables=variables)))
    told = capsys.readouterr().err
    assert told.startswith("Warning: env.MISSING: is None")
    assert told.count("env.MISSING") == 1
    assert made["job_variables"] == variables


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ({"env": {"A": None}}, "env.A"),
        ({"env.A": None}, "env.A"),
        ({"working_dir": None}, "working_dir"),
    ],
)
def test_none_is_refused_by_strict(read, name, variables, path):
    with pytest.raises(NoneGiven, match=path) as refused:
        reads_environment.with_options(name="never-strict").deploy(
            name, "local", job_variables=variables, strict=True
        )
    assert refused.value.field == f"job_variables.{path}"
    read("/flows/name/never-strict", 404)


def test_what_the_flow_reads_and_nobody_sets(name, capsys):
    reads_environment.deploy(name, "local", job_variables={"env": {"A_SETING": "x"}})
    told = capsys.readouterr().err
    assert "env.A_SETTING: the flow reads it on line" in told
    assert "'A_SETING' is set and not read: is one of them misspelt?" in told
    assert "PUBLISHING_OPTIONAL" not in told


def test_what_a_flow_reads_that_the_flow_calls(name, capsys):
    calls_another.deploy(name, "local")
    assert "env.A_SETTING: the flow reads it on line" in capsys.readouterr().err


def test_warnings_can_be_left_out(name, capsys):
    greet.deploy(name, "local", job_variables={"imgae": "x"}, ignore_warnings=True, print_next_steps=False)
    assert capsys.readouterr() == ("", "")


def test_what_the_pool_does_not_declare(name, capsys):
    greet.deploy(name, "local", job_variables={"imgae": "x"})
    assert "Warning: imgae (deployment): the pool does not declare it" in capsys.readouterr().err


# What leaves nothing behind.


@pytest.fixture
def never(read):
    """A flow that never gets to the server."""
    yield greet.with_options(name="never-created")
    read("/flows/name/never-created", 404)


def test_a_pool_that_does_not_exist(never, name):
    with pytest.raises(NotFound, match=r"There is no work pool 'loca'\. Did you mean 'local'"):
        never.deploy(name, "loca")


def test_no_pool_at_all(never, name):
    with pytest.raises(InvalidInput, match="needs a work pool"):
        never.deploy(name)


def test_parameters_are_named(never, name):
    with pytest.raises(ParameterInvalid, match="'count' must be integer") as refused:
        never.deploy(name, "local", parameters={"count": "many"})
    assert refused.value.field == "parameters.count"
    with pytest.raises(ParameterInvalid, match="'cuont'"):
        never.deploy(name, "local", parameters={"cuont": 1})
    with pytest.raises(ParameterInvalid, match="'count' of 'never-created' cannot be sent as JSON"):
        never.deploy(name, "local", parameters={"count": object()})


def test_job_variables_are_named(never, name):
    with pytest.raises(JobVariablesInvalid, match=r"stream_output \(deployment\): must be boolean"):
        never.deploy(name, "local", job_variables={"stream_output": "x"})
    with pytest.raises(InvalidInput, match=r"env\.A"):
        never.deploy(name, "local", job_variables={"env": {"A": object()}})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cron": "nonsense"}, "cron"),
        ({"interval": -1}, "interval"),
        ({"cron": "0 9 * * *", "timezone": "Mars/Base"}, "Mars/Base"),
        ({"schedule": {"cron": "0 9 * * *"}, "schedules": []}, "both given"),
        ({"concurrency_limit": 0}, "concurrency_limit"),
        ({"concurrency_limit": {"limit": 1, "strategy": "x"}}, "concurrency_limit"),
        ({"image": "acme:1"}, "would have to be built"),
        ({"image": object(), "build": False}, "image must be an image's name"),
        ({"entrypoint_type": "by_magic"}, "entrypoint_type"),
        ({"version_type": "weird"}, "version type"),
        ({"version_type": "prefect:simple", "version": None}, "needs a version"),
        ({"job_variables": ["x"]}, "job_variables must be a map"),
    ],
)
def test_values_that_cannot_be_used(never, name, options, told):
    with pytest.raises(InvalidInput, match=told):
        never.deploy(name, "local", **options)


def test_a_name_that_cannot_be_used(never):
    with pytest.raises(InvalidInput, match="name"):
        never.deploy("a/b", "local")


def test_an_option_that_does_not_exist(never, name):
    with pytest.raises(OptionUnknown, match=r"no option 'job_variable'\. Did you mean 'job_variables'"):
        never.deploy(name, "local", job_variable={})
    with pytest.raises(OptionUnknown, match="no option 'work_pool'"):
        never.to_deployment(name, work_pool="local")


def test_one_of_several_that_is_wrong_stops_all(never, name):
    good, bad = never.to_deployment(name), never.to_deployment("bad", parameters={"count": "x"})
    with pytest.raises(ParameterInvalid, match="never-created/bad: Parameter 'count'"):
        deploy(good, bad, work_pool_name="local")
    with pytest.raises(DeploymentsInvalid) as refused:
        deploy(bad, never.to_deployment("no-pool", work_pool_name="nowhere"), good, work_pool_name="local")
    assert [type(problem) for problem in refused.value.problems] == [ParameterInvalid, NotFound]


# Without a server.


def test_without_a_server_it_says_how_to_start_one(monkeypatch, tmp_path, name):
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path / "empty"))
    with pytest.raises(ServerUnreachable, match="penstock server start"):
        greet.deploy(name, "local")


def test_a_server_that_does_not_answer_is_told_with_its_url(monkeypatch, name):
    monkeypatch.setenv("PENSTOCK_API_URL", "http://127.0.0.1:9/api")
    with pytest.raises(ServerUnreachable, match=r"http://127\.0\.0\.1:9/api"):
        greet.deploy(name, "local")
