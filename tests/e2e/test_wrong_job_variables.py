"""Wrong job variables, through every entrance: refused alike, and nothing created; or warned of alike.

Each is tried everywhere: what is wrong is a row, the entrance a column.
"""

import json
import re

import pytest
from tests.e2e.entrances import ENTRANCES, WITHOUT_ANSWER, Site

from penstock.deployments import run_deployment
from penstock.domain.default_templates import process_template
from penstock.domain.errors import InvalidInput
from penstock.domain.problems import Problem
from penstock.flows import Flow

pytestmark = pytest.mark.usefixtures("sdk", "command")

UNDECLARED = ("warn", "error", "to-env")
NO_EFFECT = "the pool does not declare it, so that it changes nothing."
TO_ENV = "For an environment variable write env.MY_NEW_ENV_VAR."
IS_TEXT = (
    "{{ name }} is text here: job variables are filled into the pool's job_configuration, "
    "not into one another."
)
TWICE = "is given twice in one layer, dotted and nested. Keep one of them."

# What is given, then the path and the message that tell of it.
REFUSED = {
    "another type": ({"stream_output": "lots"}, "stream_output", "must be boolean, not string."),
    "another type in the environment": ({"env": {"A": 3}}, "env.A", "must be string, not integer."),
    "the same, dotted": ({"env.A": [1]}, "env.A", "must be string, not array."),
    "a bound": ({"size": 12}, "size", "must be at most 9."),
    "null where it may not be": ({"stream_output": None}, "stream_output", "must be boolean, not null."),
    "no map": ({"env": 3}, "env", "it must be object, not integer."),
    "both spellings": ({"env": {"A": "1"}, "env.A": "2"}, "env.A", TWICE),
    "an empty name": ({"env.": "1"}, "env.", "has an empty name before or after a dot. Write NAME.KEY."),
    "= in a name": (
        {"env": {"A=B": "x"}},
        "env['A=B']",
        "the name of an environment variable cannot have '='.",
    ),
    "a line feed in a name": (
        {"env": {"A\nB": "x"}},
        r"env['A\nB']",
        "the name of an environment variable cannot have control characters.",
    ),
    "NUL": ({"env": {"A": "x\0y"}}, "env.A", "has a NUL character."),
    "NUL elsewhere": ({"working_dir": "\0"}, "working_dir", "has a NUL character."),
    "what the worker sets": (
        {"env": {"PREFECT__FLOW_RUN_ID": "hijack"}},
        "env.PREFECT__FLOW_RUN_ID",
        "is set by the worker, to tell a run which run it is.",
    ),
    "too long": ({"env": {"A": "x" * 140_000}}, "env.A", "no process starts with more than 131,071 in one."),
}
REFUSED_WHERE_CLOSED = {
    "unknown": ({"MY_NEW_ENV_VAR": 42}, "MY_NEW_ENV_VAR", "the pool does not declare it."),
    "misspelt": ({"comand": "x"}, "comand", "the pool does not declare it. Did you mean 'command'?"),
}
WARNED = {
    "unknown": (
        {"MY_NEW_ENV_VAR": 42},
        Problem("MY_NEW_ENV_VAR", "undeclared", NO_EFFECT, hint=TO_ENV),
    ),
    "misspelt": ({"comand": "x"}, Problem("comand", "undeclared", NO_EFFECT, hint="Did you mean 'command'?")),
    "declared and not used": (
        {"idle": "x"},
        Problem("idle", "unused", "the pool declares it, but no placeholder uses it: it changes nothing."),
    ),
    "null for all of the environment": (
        {"env": None},
        Problem(
            "env",
            "null",
            "is null as a whole, which says nothing here.",
            hint="To take a key away, give null for the key.",
        ),
    ),
    "a placeholder that is text": (
        {"env": {"A": "{{ name }}"}},
        Problem("env.A", "literal-placeholder", IS_TEXT),
    ),
}


def template(undeclared):
    """A process pool that declares more, and says what becomes of what it does not declare."""
    made = process_template()
    properties = made["variables"]["properties"]
    properties["env"] |= {"additionalProperties": {"type": "string"}, "default": {"PLACE": "pool"}}
    properties["idle"] = {"type": "string"}
    properties["size"] = {"type": "integer", "minimum": 1, "maximum": 9, "default": 1}
    made["job_configuration"]["size"] = "{{ size }}"
    made["variables"]["x-undeclared"] = undeclared
    return made


@pytest.fixture(scope="module")
def sites(server):
    """A site for each answer to what is not declared; what tests change there they put back."""
    return {undeclared: Site(server, f"pool-{undeclared}", template(undeclared)) for undeclared in UNDECLARED}


@pytest.fixture
def at(sites, tmp_path, capsys):
    used = []

    def choose(undeclared):
        used.append(sites[undeclared].at(tmp_path, capsys))
        return used[-1]

    yield choose
    for site in used:
        site.reset()


def refuse(site, entrance, variables, path, message):
    """Give it, and see it refused with its path, its layer, the rule and the type; nothing is created."""
    layer, enter = ENTRANCES[entrance]
    before = site.census()
    said = enter(site, variables)
    assert not said.is_accepted
    assert path in said.text and message in said.text
    # Where an argument or a file is at fault by itself, it is named instead.
    assert re.search(rf"\({layer}\)|--job-variable|penstock\.yaml:1:\d+", said.text), said.text
    assert site.census() == before


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("wrong", REFUSED)
def test_what_cannot_be_used_is_refused_alike(at, entrance, wrong):
    refuse(at("warn"), entrance, *REFUSED[wrong])


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("wrong", REFUSED_WHERE_CLOSED)
def test_a_closed_pool_refuses_what_it_does_not_declare(at, entrance, wrong):
    refuse(at("error"), entrance, *REFUSED_WHERE_CLOSED[wrong])


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("doubt", WARNED)
def test_what_is_doubtful_is_accepted_and_warned_of_alike(at, entrance, doubt):
    site = at("warn")
    variables, problem = WARNED[doubt]
    layer, enter = ENTRANCES[entrance]
    said = enter(site, variables)
    assert said.is_accepted, said.text
    expected = str(Problem(problem.path, problem.rule, problem.message, layer, hint=problem.hint))
    assert entrance in WITHOUT_ANSWER or expected in said.text
    run = said.run
    if said.deployment:
        run = site.ask("POST", f"/deployments/{said.deployment}/create_flow_run", {}).json["id"]
    assert run is None or expected in site.warnings_of(run), "and it stands on the run"


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_an_open_pool_takes_what_it_does_not_declare_into_the_environment(at, entrance):
    site = at("to-env")
    said = ENTRANCES[entrance][1](site, {"MY_NEW_ENV_VAR": "42"})
    assert said.is_accepted and "MY_NEW_ENV_VAR (" not in said.text
    run = said.run
    if said.deployment:
        run = site.ask("POST", f"/deployments/{said.deployment}/create_flow_run", {}).json["id"]
    if run is None:
        return
    job = site.ask("GET", f"/flow_runs/{run}/job_spec").json["explanation"]["job"]
    assert job["job_configuration"]["env"] == {"PLACE": "pool", "MY_NEW_ENV_VAR": "42"}


# Templates: the same for all who save one, or try one.

BROKEN = {
    "a placeholder that nothing declares": (
        {"job_configuration": {"image": "{{ imgae }}"}, "variables": {"properties": {"image": {}}}},
        "job_configuration.image (pool): {{ imgae }} is not declared in `variables`. Did you mean 'image'?",
    ),
    "a default that breaks its own schema": (
        {"job_configuration": {}, "variables": {"properties": {"size": {"type": "integer", "default": "x"}}}},
        "size (pool): must be integer, not string.",
    ),
    "no schema": (
        {"job_configuration": {}, "variables": {"properties": {"size": {"type": "whole"}}}},
        'variables.properties.size.type (pool): Not a JSON Schema at properties.size.type: "whole"',
    ),
    "one half": (
        {"variables": {}},
        "(pool): a base job template must have both `job_configuration` and `variables`, or neither.",
    ),
}


def post_pool(site, template):
    body = {"name": "never", "type": "process", "base_job_template": template}
    return site.ask("POST", "/work_pools/", body)


def patch_pool(site, template):
    return site.ask("PATCH", f"/work_pools/{site.pool}", {"base_job_template": template})


@pytest.mark.parametrize("wrong", BROKEN)
def test_a_template_that_makes_no_sense_is_refused_alike(at, wrong):
    template, expected = BROKEN[wrong]
    site = at("warn")
    pools = site.ask("POST", "/work_pools/filter", {}).json
    for answer in (post_pool(site, template), patch_pool(site, template)):
        assert (answer.status, answer.json["code"]) == (422, "base-job-template-invalid")
        assert answer.json["detail"].startswith(expected)
    site.write("template.json", template)
    given = ("--base-job-template", "template.json")
    for command in (
        ("work-pool", "create", "never", "--type", "process", *given),
        ("work-pool", "create", site.pool, "--type", "process", "--overwrite", *given),
        ("work-pool", "update", site.pool, *given),
        ("work-pool", "update", site.pool, "--dry-run", *given),
        ("resolve", "--pool", "template.json"),
    ):
        is_well, out, err = site.type(*command)
        assert not is_well and expected in out + err, command
    assert site.ask("POST", "/work_pools/filter", {}).json == pools


def test_a_variable_that_no_placeholder_uses_is_warned_of_by_all_who_show_or_save_the_pool(at):
    site = at("warn")
    expected = (
        "idle (pool): no placeholder of `job_configuration` uses it, so that setting it changes nothing."
    )
    [problem] = site.ask("GET", f"/work_pools/{site.pool}").json["job_variable_warnings"]
    assert str(Problem(**problem)) == expected
    site.write("template.json", site.template)
    given = ("--base-job-template", "template.json")
    for command in (
        ("work-pool", "create", "another", "--type", "process", *given),
        ("work-pool", "create", site.pool, "--type", "process", "--overwrite", *given),
        ("work-pool", "update", site.pool, *given),
        ("work-pool", "inspect", site.pool),
        ("resolve", "--pool", "template.json"),
    ):
        is_well, _, err = site.type(*command)
        assert is_well and f"Warning: {expected}" in err, command
    site.ask("DELETE", "/work_pools/another")


# What only some entrances can say.


def test_none_in_code_is_named_and_refused_where_strict(at):
    site = at("warn")
    flow = Flow.from_source(str(site.folder), "flows.py:work")
    before = site.census()
    for variables, path in (
        ({"env": {"A": None}}, "env.A"),
        ({"name": None}, "name"),
        ({"env.A": None}, "env.A"),
    ):
        with pytest.raises(InvalidInput, match=rf"{path}: is None.*os\.environ\.get"):
            flow.deploy("never", site.pool, job_variables=variables, strict=True)
        assert site.census() == before
        site.capsys.readouterr()
        flow.deploy("made", site.pool, job_variables=variables, print_next_steps=False)
        assert f"Warning: {path}: is None" in site.capsys.readouterr().err
        before = site.census()


def test_every_spelling_of_an_override_is_the_same(at):
    """Key by key, dotted in JSON, nested in JSON; long, short and with `=`: one layer, one hash."""
    site = at("warn")
    spellings = (
        ("-jv", "env.A=a=b", "-jv", "env.B=1", "--job-variable", "size=3"),
        ("-jv=env.A=a=b", "--job-variable=env.B=1", '-jv={"size": 3}'),
        ("--job-variable", '{"env": {"A": "a=b"}, "size": 3}', "-jv", 'env={"B": "1"}'),
        ("-jv", '{"env.A": "a=b", "env.B": "1", "size": 3}'),
    )
    stored, hashes = [], set()
    for spelling in spellings:
        is_well, out, err = site.type("deployment", "run", f"work/{site.pool}", "--json", *spelling)
        assert is_well, err
        stored.append(json.loads(out)["job_variables"])
        is_well, out, err = site.type(
            "deployment", "run", f"work/{site.pool}", "--dry-run", "--json", *spelling
        )
        hashes.add(json.loads(out)["job"]["hash"])
    assert stored == [{"env": {"A": "a=b", "B": "1"}, "size": 3}] * 4 and len(hashes) == 1


def test_code_that_waits_for_its_run_is_told_too(at, caplog):
    site = at("warn")
    run = run_deployment(f"work/{site.pool}", timeout=0.2, job_variables={"MY_NEW_ENV_VAR": 42})
    [problem] = run.job_variable_warnings
    assert (problem.path, problem.hint) == ("MY_NEW_ENV_VAR", TO_ENV)
    assert str(problem) in caplog.text or str(problem) in site.capsys.readouterr().err
