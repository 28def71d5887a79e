"""What must be refused clearly: at the command that says it, and, should it come in another way, at the run.

What a deployment file or an entrypoint says is checked where it is deployed. Over REST anything can be stored
as the code to run; then the run ends as Crashed, says why, and nothing of it was executed.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest
from tests.cli.worker_process import PROGRAM, WorkerProcess
from tests.e2e.runs import ended

from penstock import flow
from penstock.cli.exits import ExitCode
from penstock.deployments import run_deployment
from penstock.domain.errors import InvalidInput, NotFound, ParameterInvalid
from penstock.flows import Flow
from penstock.sdk.exceptions import ParameterTypeError

pytestmark = pytest.mark.usefixtures("sdk")

FLOWS = """
from penstock import flow

@flow
def work(count: int, label: str = "x"): ...

@flow
def open_work(count: int, **more): ...

def plain(): ...
"""
EVIL = """
from pathlib import Path
from penstock import flow

Path(__file__).with_name("executed").touch()

@flow
def evil(): ...
"""
GIT_CLONE = "prefect.deployments.steps.git_clone"
REPOSITORY = "https://127.0.0.1:9/r.git"
GIT_OPTIONS = {
    "an option for a URL": (
        {"repository": "--upload-pack=touch executed"},
        "is not the URL of a git repository",
    ),
    "a transport that runs commands": ({"repository": "ext::sh -c touch% executed"}, "is not the URL"),
    "an option for a host": ({"repository": "ssh://-oProxyCommand=touch% executed/x"}, "is not the URL"),
    "an option for a branch": (
        {"repository": REPOSITORY, "branch": "--upload-pack=touch executed"},
        "branch '--upload-pack=touch executed' is not the name of a git branch",
    ),
    "an option for a tag": ({"repository": REPOSITORY, "tag": "-x"}, "tag '-x' is not the name of a git tag"),
    "an option for a commit": ({"repository": REPOSITORY, "commit_sha": "--help"}, "is not a commit's hash"),
    "an option for a directory": (
        {"repository": REPOSITORY, "directories": ["src", "--help"]},
        "'--help' is not a directory within the repository",
    ),
    "a directory elsewhere": (
        {"repository": REPOSITORY, "clone_directory_name": "../../x"},
        "'../../x' is not a directory's name",
    ),
}
OUTSIDE = {
    "above": "../outside.py:evil",
    "absolute": "{folder}/outside.py:evil",
    "by a link": "link.py:evil",
    "of Python itself": "os:system",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project, and beside it a file that must never be executed."""
    folder = tmp_path_factory.mktemp("code")
    (folder / "outside.py").write_text(EVIL)
    (folder / "project").mkdir()
    (folder / "project" / "flows.py").write_text(FLOWS)
    (folder / "project" / "link.py").symlink_to(folder / "outside.py")
    yield folder
    assert not [*folder.rglob("executed")]


@pytest.fixture
def project(folder, command, monkeypatch):
    """The project, as the working directory."""
    monkeypatch.chdir(folder / "project")
    yield folder / "project"
    (folder / "project" / "penstock.yaml").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def pool(server):
    assert server.ask("POST", "/work_pools/", {"name": "local", "type": "process"}).status == 201
    return "local"


@pytest.fixture
def nothing_new(server, pool):
    """Holds that the test has created nothing at all."""

    def counts():
        return [
            server.ask("POST", f"/{kind}/count", {}).json for kind in ("flows", "deployments", "flow_runs")
        ]

    before = counts()
    yield
    assert counts() == before


def deployment_file(**fields):
    entry = {
        "name": "never",
        "flow_name": "work",
        "entrypoint": "flows.py:work",
        "work_pool": {"name": "local"},
    }
    Path("penstock.yaml").write_text(json.dumps({"deployments": [entry | fields]}))


# Where it is deployed.


@pytest.mark.parametrize("where", OUTSIDE)
@pytest.mark.usefixtures("nothing_new")
def test_an_entrypoint_outside_its_source_is_refused(command, project, where):
    entrypoint = OUTSIDE[where].format(folder=project.parent)
    refused = command("deploy", entrypoint, "-n", "never", "--pool", "local", code=ExitCode.USAGE)
    assert "leads out of its source" in refused.err or "a module of Python itself" in refused.err
    with pytest.raises(InvalidInput, match=r"leads out of its source|a module of Python itself"):
        flow.from_source(str(project), entrypoint)


@pytest.mark.parametrize(
    ("entrypoint", "said"),
    [
        ("flow.py:work", "There is no file flow.py in"),
        ("flow.py:work", "Did you mean 'flows.py'?"),
        ("flows.py:wrok", "flows.py has nothing named 'wrok'.\n  Did you mean 'work'?"),
        ("flows.py:plain", "flows.py:plain is of the type function, and no flow."),
        ("flows.py:work; touch executed", "is not understood. Write path/to/file.py:flow"),
    ],
)
@pytest.mark.usefixtures("nothing_new", "project")
def test_an_entrypoint_that_does_not_exist_is_answered_with_the_nearest(command, entrypoint, said):
    code = ExitCode.NOT_FOUND if "wrok" in entrypoint else ExitCode.USAGE
    assert said in command("deploy", entrypoint, "-n", "never", "--pool", "local", code=code).err


@pytest.mark.parametrize("hidden", GIT_OPTIONS)
@pytest.mark.parametrize("place", ["deployment", "file", "variable"])
@pytest.mark.usefixtures("nothing_new", "project")
def test_what_git_would_take_for_an_option_is_refused(command, monkeypatch, hidden, place):
    inputs, said = GIT_OPTIONS[hidden]
    if place == "deployment":
        deployment_file(pull=[{GIT_CLONE: inputs}])
    elif place == "file":
        deployment_file()
        document = json.loads(Path("penstock.yaml").read_text()) | {"pull": [{GIT_CLONE: inputs}]}
        Path("penstock.yaml").write_text(json.dumps(document))
    else:
        name, value = inputs.copy().popitem()
        monkeypatch.setenv("HIDDEN", value[-1] if isinstance(value, list) else value)
        filled = ["{{ $HIDDEN }}"] if isinstance(value, list) else "{{ $HIDDEN }}"
        deployment_file(pull=[{GIT_CLONE: inputs | {name: filled}}])
    refused = command("deploy", "--all", code=ExitCode.USAGE)
    assert said in refused.err and "penstock.yaml:1:" in refused.err


@pytest.mark.usefixtures("nothing_new")
def test_a_source_in_code_is_held_to_the_same(project):
    for text in ("ext::sh -c id", "ssh://-oProxyCommand=id/x"):
        with pytest.raises(InvalidInput, match="is not the URL of a git repository"):
            flow.from_source(text, "flows.py:work")
    with pytest.raises(NotFound, match="There is no directory --upload-pack=x"):
        flow.from_source("--upload-pack=x", "flows.py:work")


# Parameters, by each way to give them.


@pytest.fixture(scope="module")
def deployed(server, folder, pool):
    """The ids of deployments of `work` and `open_work`."""
    place = {"name": "it", "work_pool": {"name": pool}}
    entries = [place | {"entrypoint": f"flows.py:{name}"} for name in ("work", "open_work")]
    (folder / "project" / "both.yaml").write_text(json.dumps({"deployments": entries}))
    deploy = [PROGRAM, "deploy", "--all", "--file", "project/both.yaml"]
    subprocess.run(deploy, env=server.environ, cwd=folder, check=True, capture_output=True)
    names = ("work", "open-work")
    return {name: server.ask("GET", f"/deployments/name/{name}/it").json["id"] for name in names}


WRONG_PARAMETERS = [
    ({"count": "many"}, "count", "must be integer, not string"),
    ({}, "count", "is required"),
    ({"count": 1, "lable": "y"}, "lable", "Did you mean 'label'?"),
]


@pytest.mark.parametrize(("parameters", "name", "said"), WRONG_PARAMETERS)
def test_parameters_that_do_not_fit_are_named_by_every_entrance(
    command, server, deployed, parameters, name, said
):
    runs = server.ask("POST", "/flow_runs/count", {}).json
    options = [part for key, value in parameters.items() for part in ("-p", f"{key}={value}")]
    told = [
        command("deployment", "run", "work/it", *options, code=ExitCode.USAGE).err,
        command("deployment", "run", "work/it", "--params", json.dumps(parameters), code=ExitCode.USAGE).err,
    ]
    with pytest.raises(ParameterInvalid) as refusal:
        run_deployment("work/it", parameters=parameters, timeout=0)
    path = f"/deployments/{deployed['work']}/create_flow_run"
    answer = server.ask("POST", path, {"parameters": parameters})
    assert (answer.status, answer.json["field"]) == (422, f"parameters.{name}")
    [in_bulk] = server.ask("POST", f"{path}/bulk", [{"parameters": parameters}]).json["results"]
    for text in (*told, str(refusal.value), answer.json["detail"], in_bulk["error"]):
        assert f"'{name}'" in text and said in text
    assert server.ask("POST", "/flow_runs/count", {}).json == runs


def test_a_flow_that_takes_anything_is_given_anything(server, deployed):
    path = f"/deployments/{deployed['open-work']}/create_flow_run"
    assert server.ask("POST", path, {"parameters": {"count": 1, "anything": 2}}).status == 201


def test_a_call_names_the_parameter_too(folder):
    work = Flow.from_source(str(folder / "project"), "flows.py:work")
    with pytest.raises(ParameterTypeError, match="Parameter 'count': Input should be a valid integer"):
        work(count="many")
    with pytest.raises(InvalidInput, match="unexpected keyword argument 'lable'"):
        work(1, lable="y")


# Workers.


def test_a_worker_of_the_wrong_type_ends_and_never_says_that_it_serves(command, server):
    body = {"name": "docks", "type": "docker", "base_job_template": {}}
    assert server.ask("POST", "/work_pools/", body).status == 201
    refused = command("worker", "start", "--pool", "docks", "--type", "process", code=ExitCode.USAGE)
    assert "is of type 'docker'; this worker starts jobs of type 'process'" in refused.err
    assert "serves the pool" not in refused.out
    assert server.ask("POST", "/work_pools/docks/workers/filter", {}).json == []
    answer = server.ask(
        "POST",
        "/work_pools/docks/claim",
        {"worker_name": "w", "worker_id": "0" * 32, "worker_type": "process"},
    )
    assert answer.status == 422 and "the work pool 'docks' is of type 'docker'" in answer.json["detail"]


# At the run: stored over REST, unseen by any of the checks above.


def test_code_that_may_not_run_is_refused_by_the_run_itself(server, folder, pool, tmp_path):
    path = str(folder / "project")
    stored = [
        ({"path": path, "entrypoint": OUTSIDE[where].format(folder=folder)}, "leads out of its source")
        for where in ("above", "absolute", "by a link")
    ]
    stored += [
        ({"entrypoint": "flows.py:work", "pull_steps": [{GIT_CLONE: inputs}]}, said)
        for inputs, said in GIT_OPTIONS.values()
    ]
    stored += [
        ({"path": path, "entrypoint": "os:system"}, "names a module of Python itself"),
        ({"path": path, "entrypoint": "flow.py:work"}, "There is no file flow.py in"),
        ({"path": path, "entrypoint": "flows.py:wrok"}, "Did you mean 'work'?"),
        ({"path": str(folder / "nowhere"), "entrypoint": "flows.py:work"}, "There is no file flows.py in"),
        ({}, "has no entrypoint"),
    ]
    flow_id = server.ask("POST", "/flows/", {"name": "stored"}).json["id"]
    runs = []
    for number, (code, said) in enumerate(stored):
        body = {"name": f"d{number}", "flow_id": flow_id, "work_pool_name": pool, **code}
        deployment = server.ask("POST", "/deployments/", body).json["id"]
        run = server.ask("POST", f"/deployments/{deployment}/create_flow_run", {}).json["id"]
        runs.append((run, said))
    with WorkerProcess(server, pool, tmp_path):
        for run, said in runs:
            state = ended(server, run)["state"]
            assert state["type"] == "CRASHED" and said in state["message"], said
            assert not re.search(r"\(\w+\.py:\d+ in \w+\)", state["message"]), (
                "where in our code is nobody's business"
            )
