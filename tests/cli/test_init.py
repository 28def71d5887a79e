"""`penstock init`: a file to start from, which `penstock deploy` understands."""

import subprocess

import pytest


@pytest.fixture
def file(tmp_path):
    return tmp_path / "penstock.yaml"


def test_it_writes_a_file_that_deploy_reads(command, file, tmp_path):
    done = command("init", "--name", "mine")
    assert done.out == f"Wrote {file}\n"
    assert "penstock deploy --all" in done.err
    assert f'directory: "{tmp_path}"' in file.read_text()
    assert "has no deployments" in command("deploy", "--all", code=2).err


def test_in_a_clone_it_is_cloned(command, file, tmp_path):
    url = "https://example.com/flows.git"
    for arguments in (["init", "-q", "-b", "trunk"], ["remote", "add", "origin", url]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    command("init")
    assert f'repository: "{url}"' in file.read_text()
    assert 'branch: "trunk"' in file.read_text()


def test_recipe_and_fields(command, file):
    command("init", "--recipe", "local", "-f", "directory=/src", "--json")
    assert 'directory: "/src"' in file.read_text()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--recipe", "gti"], "Did you mean 'git'?"),
        (["--recipe", "local", "--field", "directroy=/src"], "Did you mean 'directory'?"),
        (["--field", "novalue"], "is not KEY=VALUE"),
        (["--recipe", "git"], "needs a repository"),
    ],
)
def test_what_cannot_be_used_writes_nothing(command, file, options, told):
    assert told in command("init", *options, code=2).err
    assert not file.exists()


@pytest.mark.parametrize("name", ["penstock.yaml", "prefect.yaml"])
def test_a_file_that_is_there_is_left_alone(command, tmp_path, name):
    (tmp_path / name).write_text("mine")
    assert f"There is already a {name}" in command("init", code=6).err
    assert (tmp_path / name).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1
