"""`penstock resolve`: offline, from files."""

import json

import pytest

from penstock.cli.exits import ExitCode
from penstock.domain.default_templates import process_template

PENSTOCK_YAML = """
deployments:
- name: literal
  entrypoint: flows.py:flow
  work_pool: {name: local, job_variables: {env: {LEVEL: DEBUG}}}
- name: from-environment
  entrypoint: flows.py:flow
  work_pool: {name: local, job_variables: {env.LEVEL: "{{ $LEVEL_OF_HERE }}"}}
"""


@pytest.fixture
def files(tmp_path):
    template = process_template()
    template["variables"]["properties"]["env"]["default"] = {"LEVEL": "INFO", "REGION": "eu"}
    template["variables"]["properties"]["name"] = {"type": "string"}
    template["variables"]["required"] = ["name"]
    (tmp_path / "pool.json").write_text(json.dumps(template))
    (tmp_path / "whole-pool.json").write_text(json.dumps({"name": "x", "base_job_template": template}))
    (tmp_path / "deployment.yaml").write_text("env: {LEVEL: DEBUG}\nname: nightly\n")
    (tmp_path / "whole-deployment.json").write_text('{"job_variables": {"env": {"LEVEL": "DEBUG"}}}')
    (tmp_path / "run.json").write_text(
        '{"name": "r", "job_variables": {"name": "one", "env.LEVEL": "TRACE"}}'
    )
    (tmp_path / "penstock.yaml").write_text(PENSTOCK_YAML)
    (tmp_path / "flows.py").write_text("def flow(): ...\n")
    return tmp_path


def resolve(penstock, *arguments, code=0, **environ):
    return json.loads(penstock("resolve", "--json", *arguments, code=code, **environ).stdout)["job"]


def test_layers_from_files_and_the_command_line_come_together(penstock, files):
    job = resolve(
        penstock,
        "--pool",
        "pool.json",
        "--deployment",
        "deployment.yaml",
        "--run",
        "run.json",
        "-jv",
        "env.X=1",
    )
    assert job["job_configuration"]["env"] == {"LEVEL": "TRACE", "REGION": "eu", "X": "1"}
    assert job["variables"]["name"] == "one"
    assert job["origins"] == {"run": "cli"}
    text = penstock("resolve", "--pool", "pool.json", "--deployment", "deployment.yaml").stdout
    assert "nightly ←" in text and "Hash:" in text


def test_whole_documents_will_do(penstock, files):
    job = resolve(penstock, "--pool", "whole-pool.json", "--deployment", "whole-deployment.json")
    assert job["job_configuration"]["env"]["LEVEL"] == "DEBUG"


def test_a_deployment_file_is_read_as_deploy_reads_it(penstock, files):
    several = penstock("resolve", "--pool", "pool.json", "--deployment", "penstock.yaml", code=ExitCode.USAGE)
    assert "literal, from-environment" in several.stderr
    arguments = ("--pool", "pool.json", "--deployment", "penstock.yaml", "-n")
    literal = resolve(penstock, *arguments, "literal")
    assert literal["job_configuration"]["env"]["LEVEL"] == "DEBUG"
    filled = resolve(penstock, *arguments, "from-environment", LEVEL_OF_HERE="WARN")
    assert filled["job_configuration"]["env"]["LEVEL"] == "WARN"
    unset = penstock("resolve", *arguments, "from-environment")
    assert "LEVEL_OF_HERE is not set here" in unset.stderr
    unknown = penstock("resolve", *arguments, "litera", code=ExitCode.NOT_FOUND)
    assert "Did you mean 'literal'?" in unknown.stderr


def test_what_is_required_is_missed_once_the_run_is_known(penstock, files):
    without_run = ("resolve", "--pool", "pool.json", "--deployment", "whole-deployment.json")
    assert "Errors" not in penstock(*without_run).stdout
    missed = penstock(*without_run, "-jv", "env.A=1", code=ExitCode.USAGE).stdout
    assert "name: is required" in missed


def test_invalid_layers_are_told_and_end_with_the_code_of_bad_input(penstock, files):
    refused = penstock("resolve", "--pool", "pool.json", "-jv", "name=x", "-jv", "stream_output=lots", code=2)
    assert "stream_output (run): must be boolean, not string." in refused.stdout
    document = penstock("resolve", "--pool", "pool.json", "-jv", "stream_output=lots", "--json", code=2)
    assert json.loads(document.stdout)["errors"]


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--pool", "absent.json"], "There is no file absent.json", ExitCode.NOT_FOUND),
        (["--pool", "pool.json", "-jv", "env"], "--job-variable env has no '='", ExitCode.USAGE),
        (["--pool", "pool.json", "--depolyment", "x"], "--deployment", ExitCode.USAGE),
        ([], "--pool", ExitCode.USAGE),
    ],
)
def test_what_cannot_be_read_is_refused(penstock, files, arguments, said, code):
    assert said in penstock("resolve", *arguments, code=code).stderr
