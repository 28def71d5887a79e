"""What `penstock init` writes can be deployed as it is."""

import pytest
from tests.sdk.deployments.git_server import git

from penstock.domain.errors import AlreadyExists, InvalidInput
from penstock.sdk.deployments.init import RECIPES, init_project
from penstock.sdk.deployments.plan import PlanOptions, plan
from penstock.sdk.deployments.project_file import load_project
from penstock.sdk.deployments.selection import Selection


@pytest.fixture
def directory(tmp_path):
    made = tmp_path / 'my "project"'
    made.mkdir()
    (made / "flows.py").write_text("")
    return made


@pytest.fixture
def clone(directory):
    git(directory, "init", "--quiet", "--initial-branch=develop")
    git(directory, "remote", "add", "origin", "https://ann:s3cret@example.com/flows.git")
    return directory


def pull_of(directory):
    [file] = init_project(directory)
    return load_project(file).pull


def test_the_local_recipe(directory):
    [file] = init_project(directory)
    project = load_project(file)
    assert file == directory / "penstock.yaml"
    assert project.name == directory.name
    assert project.warnings == ()
    assert project.pull == [
        {"penstock.deployments.steps.set_working_directory": {"directory": str(directory.resolve())}}
    ]


def test_its_example_is_a_deployment(directory):
    [file] = init_project(directory, name="demo")
    text = file.read_text().replace("\n#  ", "\n  ")
    file.write_text(text)
    [made] = plan(load_project(file), Selection(all=True), PlanOptions(), {})
    assert (made.name, made.entrypoint, made.work_pool_name) == (
        "my-deployment",
        "flows.py:my_flow",
        "my-pool",
    )
    assert made.job_variables == {"env": {"ENVIRONMENT": "test"}}
    assert made.warnings == ()


def test_a_clone_gets_the_git_recipe_without_the_password(clone):
    assert pull_of(clone) == [
        {
            "penstock.deployments.steps.git_clone": {
                "repository": "https://example.com/flows.git",
                "branch": "develop",
            }
        }
    ]
    assert "s3cret" not in (clone / "penstock.yaml").read_text()


def test_a_clone_of_what_a_worker_cannot_reach_is_local(clone):
    git(clone, "remote", "set-url", "origin", "../elsewhere")
    assert "set_working_directory" in str(pull_of(clone))


def test_fields_say_more(directory):
    fields = {"repository": "git@example.com:g/x.git", "branch": "v1"}
    [file] = init_project(directory, recipe="git", fields=fields)
    assert load_project(file).pull == [{"penstock.deployments.steps.git_clone": fields}]


def test_the_branch_is_main_where_nothing_says_otherwise(directory):
    [file] = init_project(directory, recipe="git", fields={"repository": "https://example.com/x.git"})
    assert 'branch: "main"' in file.read_text()


def test_a_local_directory_may_be_given(directory):
    [file] = init_project(directory, recipe="local", fields={"directory": "/opt/flows"})
    assert load_project(file).pull == [
        {"penstock.deployments.steps.set_working_directory": {"directory": "/opt/flows"}}
    ]


@pytest.mark.parametrize("existing", ["penstock.yaml", "prefect.yaml"])
def test_an_existing_file_is_left_alone(directory, existing):
    (directory / existing).write_text("mine")
    with pytest.raises(AlreadyExists, match=existing):
        init_project(directory)
    assert (directory / existing).read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"recipe": "gti"}, "Did you mean 'git'?"),
        ({"recipe": "s3"}, "There are local, git."),
        ({"recipe": "local", "fields": {"directry": "x"}}, "Did you mean 'directory'?"),
        (
            {"recipe": "git", "fields": {"repository": "https://h/x", "zzz": "x"}},
            "It has repository, branch.",
        ),
        ({"recipe": "git"}, "needs a repository"),
        ({"recipe": "git", "fields": {"repository": "ext::x"}}, "not the URL"),
        ({"recipe": "git", "fields": {"repository": "https://h/x", "branch": "-x"}}, "not the name"),
        ({"name": "a/b"}, "'/'"),
    ],
)
def test_refusals_write_nothing(directory, arguments, message):
    with pytest.raises(InvalidInput) as refusal:
        init_project(directory, **arguments)
    assert message in str(refusal.value)
    assert not (directory / "penstock.yaml").exists()


def test_without_git_there_is_still_the_local_recipe(clone, monkeypatch):
    monkeypatch.setenv("PATH", str(clone))
    assert "set_working_directory" in str(pull_of(clone))
    assert set(RECIPES) == {"local", "git"}
