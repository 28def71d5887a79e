"""From a file and a command line to plans: all of it decided, or none."""

import textwrap
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from penstock.contract.deployments import ConcurrencyOptions, DeploymentCreate
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.domain.catch_up import CatchUp
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.schedules import CronSchedule, IntervalSchedule, RRuleSchedule
from penstock.domain.transitions import CollisionStrategy
from penstock.sdk.deployments.build import run_build_steps
from penstock.sdk.deployments.diagnostics import ProjectInvalid
from penstock.sdk.deployments.plan import PlanOptions, plan
from penstock.sdk.deployments.project_file import Project, load_project
from penstock.sdk.deployments.schedule_options import schedules_of
from penstock.sdk.deployments.selection import Selection
from penstock.sdk.deployments.steps import StepFailed

FLOW_ID = UUID(int=1)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Loads a deployment file that stands beside `flow.py`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flow.py").write_text("")

    def load(text: str) -> Project:
        (tmp_path / "penstock.yaml").write_text(textwrap.dedent(text))
        return load_project(tmp_path / "penstock.yaml")

    return load


@pytest.fixture
def one(project):
    """Plans the only deployment of a file, from the lines about it."""

    def one(text: str, environ=None, top: str = "", **options):
        body = textwrap.indent(textwrap.dedent(text), "    ")
        loaded = project(
            f"deployments:\n  - name: x\n    entrypoint: flow.py:f\n{body}\n{textwrap.dedent(top)}"
        )
        options.setdefault("default_work_pool_name", "local")
        return plan(loaded, Selection(), PlanOptions(**options), environ or {})[0]

    return one


def warned(made) -> str:
    return "\n".join(map(str, made.warnings))


THREE = """\
    deployments:
      - {name: prod, entrypoint: "flow.py:some_work", work_pool: {name: local}}
      - {name: test, entrypoint: "flow.py:some_work", work_pool: {name: local}}
      - {name: prod, flow_name: other, work_pool: {name: local}}
"""


# Which


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(all=True), ["prod", "test", "prod"]),
        (Selection(("test",)), ["test"]),
        (Selection(("prod",)), ["prod", "prod"]),
        (Selection(("some-work/prod",)), ["prod"]),
        (Selection(("some_work/prod", "test")), ["prod", "test"]),
        (Selection(("other/*",)), ["prod"]),
        (Selection(("*o*/p*", "t?st")), ["prod", "test", "prod"]),
    ],
)
def test_names_and_patterns(project, selection, expected):
    assert [made.name for made in plan(project(THREE), selection, PlanOptions(), {})] == expected


def test_names_may_come_from_the_environment(project):
    loaded = project("deployments: [{name: 'x-{{ $STAGE }}', flow_name: f, work_pool: {name: p}}]")
    assert [made.name for made in plan(loaded, Selection(("x-prod",)), PlanOptions(), {"STAGE": "prod"})] == [
        "x-prod"
    ]


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (
            Selection(("prd",)),
            "No deployment is named 'prd'. Did you mean 'prod'? The file has: prod, test, prod.",
        ),
        (Selection(("some-work/prood",)), "Did you mean 'some-work/prod'?"),
        (Selection(("nope-*",)), "No deployment is named 'nope-*'"),
    ],
)
def test_names_that_nothing_has(project, selection, words):
    with pytest.raises(NotFound) as refusal:
        plan(project(THREE), selection, PlanOptions(), {})
    assert words in str(refusal.value)


def test_every_missing_name_is_told(project):
    with pytest.raises(NotFound) as refusal:
        plan(project(THREE), Selection(("a", "prod", "b")), PlanOptions(), {})
    assert refusal.value.detail == {"missing": ["a", "b"]}


def test_without_a_name_the_only_one_is_meant(project):
    only = project("deployments: [{name: x, flow_name: f, work_pool: {name: p}}]")
    assert plan(only, Selection(), PlanOptions(), {})[0].name == "x"
    for text, words in ((THREE, "3 deployments: prod, test, prod"), ("deployments: []", "no deployments")):
        with pytest.raises(InvalidInput, match=words):
            plan(project(text), Selection(), PlanOptions(), {})
    with pytest.raises(InvalidInput, match="no deployments"):
        plan(project(""), Selection(all=True), PlanOptions(), {})
    with pytest.raises(NotFound, match="The file has: none"):
        plan(project(""), Selection(("x",)), PlanOptions(), {})


def test_an_entrypoint_makes_a_deployment_that_no_file_has(tmp_path):
    (tmp_path / "flow.py").write_text("")
    selection = Selection(("new",), entrypoint="flow.py:f")
    [made] = plan(Project(directory=tmp_path), selection, PlanOptions(work_pool_name="p"), {})
    assert (made.name, made.entrypoint, made.work_pool_name) == ("new", "flow.py:f", "p")
    assert made.pull_steps == [
        {"penstock.deployments.steps.set_working_directory": {"directory": str(tmp_path)}}
    ]
    with pytest.raises(ProjectInvalid, match=r"^work_pool: A deployment needs a work pool"):
        plan(Project(directory=tmp_path), selection, PlanOptions(), {})


def test_an_entrypoint_with_the_name_of_an_entry_goes_before_its_own(project):
    [made] = plan(project(THREE), Selection(("test",), entrypoint="flow.py:other"), PlanOptions(), {})
    assert (made.name, made.entrypoint, made.work_pool_name) == ("test", "flow.py:other", "local")


@pytest.mark.parametrize(
    "selection", [Selection((), entrypoint="a.py:f"), Selection(("a", "b"), entrypoint="a.py:f")]
)
def test_an_entrypoint_needs_one_name(project, selection):
    with pytest.raises(InvalidInput, match="name"):
        plan(project(THREE), selection, PlanOptions(), {})


# What


def test_a_plan_has_everything_for_the_request(one, tmp_path):
    made = one(
        """\
        description: text
        version: "1"
        version_type: simple
        tags: [a, b]
        parameters: {x: 1}
        enforce_parameter_schema: false
        paused: true
        schedules:
          - {cron: "0 9 * * *", timezone: Europe/London, day_or: false, catch_up: all}
          - {interval: 3600, active: false, slug: s, replaces: r, parameters: {x: 2}, max_scheduled_runs: 3}
          - {interval: 60, catch_up: latest, max_lateness_seconds: 90}
        concurrency_limit: {limit: 2, collision_strategy: CANCEL_NEW, grace_period_seconds: 90}
        work_pool: {name: pool, work_queue_name: high, job_variables: {env: {A: b}, image: i}}
        triggers: [{enabled: true}]
        """
    )
    schedules = [
        DeploymentScheduleCreate(
            schedule=CronSchedule("0 9 * * *", "Europe/London", False), catch_up=CatchUp.ALL
        ),
        DeploymentScheduleCreate(
            schedule=IntervalSchedule(3600.0),
            active=False,
            slug="s",
            replaces="r",
            parameters={"x": 2},
            max_scheduled_runs=3,
        ),
        DeploymentScheduleCreate(
            schedule=IntervalSchedule(60.0), catch_up=CatchUp.LATEST, max_lateness_seconds=90.0
        ),
    ]
    pull = [{"penstock.deployments.steps.set_working_directory": {"directory": str(tmp_path)}}]
    body = made.to_create(FLOW_ID, {"type": "object"}, {"type": "simple", "version": "1"})
    assert body == DeploymentCreate(
        name="x",
        flow_id=FLOW_ID,
        entrypoint="flow.py:f",
        description="text",
        version="1",
        version_info={"type": "simple", "version": "1"},
        tags=["a", "b"],
        parameters={"x": 1},
        parameter_openapi_schema={"type": "object"},
        enforce_parameter_schema=False,
        paused=True,
        schedules=schedules,
        concurrency_limit=2,
        concurrency_options=ConcurrencyOptions(
            collision_strategy=CollisionStrategy.CANCEL_NEW, grace_period_seconds=90
        ),
        work_pool_name="pool",
        work_queue_name="high",
        job_variables={"env": {"A": "b"}, "image": "i"},
        pull_steps=pull,
    )
    assert msgspec.json.decode(msgspec.json.encode(body))["job_variables"] == {
        "env": {"A": "b"},
        "image": "i",
    }
    assert (made.version_type, made.triggers, made.directory) == ("simple", [{"enabled": True}], tmp_path)


def test_what_is_left_out_has_a_default(one):
    made = one("")
    assert (made.tags, made.parameters, made.schedules, made.job_variables, made.triggers) == (
        [],
        {},
        [],
        {},
        [],
    )
    assert (made.enforce_parameter_schema, made.paused, made.concurrency_limit) == (True, False, None)
    assert (made.version, made.description, made.concurrency_options, made.work_queue_name) == (None,) * 4
    assert (made.work_pool_name, made.build_steps, made.push_steps) == ("local", [], [])


def test_nulls_and_empty_maps_say_nothing(one):
    made = one("schedule: {}\nwork_pool: null\ntags: null\nparameters: null\nconcurrency_limit: null")
    assert (made.schedules, made.tags, made.parameters, made.concurrency_limit) == ([], [], {}, None)
    assert one("schedule: null\nschedules: []").schedules == []


def test_one_schedule_may_stand_alone(one):
    made = one("schedule: {rrule: FREQ=DAILY, active: false}")
    assert made.schedules == [DeploymentScheduleCreate(schedule=RRuleSchedule("FREQ=DAILY"), active=False)]


@pytest.mark.parametrize(
    ("text", "limit", "options"),
    [
        ("concurrency_limit: 3", 3, None),
        ("concurrency_limit: {limit: 3}", 3, None),
        (
            "concurrency_limit: {limit: 3, grace_period_seconds: 60}",
            3,
            ConcurrencyOptions(collision_strategy=CollisionStrategy.ENQUEUE, grace_period_seconds=60),
        ),
    ],
)
def test_concurrency(one, text, limit, options):
    made = one(text)
    assert (made.concurrency_limit, made.concurrency_options) == (limit, options)


def test_a_command_line_goes_over_the_file(one):
    made = one(
        """\
        description: file
        version: "1"
        tags: [a, b]
        parameters: {x: 1, y: 1}
        paused: true
        schedule: {cron: "@daily"}
        concurrency_limit: 1
        work_pool:
          name: file
          work_queue_name: low
          job_variables: {env: {A: file, B: file}, image: file, labels: {a: "1"}, name: kept, cfg: {k: 1}}
        """,
        description="line",
        version="2",
        version_type="simple",
        tags=("b", "c"),
        parameters={"y": 2},
        paused=False,
        enforce_parameter_schema=False,
        schedules=tuple(schedules_of(cron="@hourly")),
        concurrency_limit=5,
        collision_strategy=CollisionStrategy.CANCEL_NEW,
        work_pool_name="line",
        work_queue_name="high",
        job_variables={
            "env": {"B": "line"},
            "env.C": "line",
            "image": "line",
            "labels": {"b": "2"},
            "cfg.l": 2,
        },
    )
    assert (made.description, made.version, made.version_type) == ("line", "2", "simple")
    assert (made.tags, made.parameters, made.paused) == (["a", "b", "c"], {"x": 1, "y": 2}, False)
    assert made.enforce_parameter_schema is False
    assert [own.schedule for own in made.schedules] == [CronSchedule("@hourly")]
    assert made.concurrency_limit == 5
    assert made.concurrency_options == ConcurrencyOptions(collision_strategy=CollisionStrategy.CANCEL_NEW)
    assert (made.work_pool_name, made.work_queue_name) == ("line", "high")
    assert made.job_variables == {
        "env": {"A": "file", "B": "line", "C": "line"},
        "image": "line",
        "labels": {"b": "2"},
        "name": "kept",
        "cfg": {"k": 1, "l": 2},
    }


def test_a_command_line_goes_over_all_that_are_named(project):
    plans = plan(
        project(THREE), Selection(all=True), PlanOptions(tags=("t",), job_variables={"env.A": "1"}), {}
    )
    assert [(made.tags, made.job_variables) for made in plans] == [(["t"], {"env": {"A": "1"}})] * 3


def test_dotted_names_of_the_file_become_nested_and_may_not_be_given_twice(one):
    assert one("work_pool: {job_variables: {env.A: x}}").job_variables == {"env": {"A": "x"}}
    with pytest.raises(ProjectInvalid, match=r"penstock.yaml:5:7: .*job_variables: env.A is given twice"):
        one("work_pool:\n  job_variables: {env.A: x, env: {A: y}}")


# Steps


def test_own_steps_go_before_those_of_the_file(one):
    top = """\
    build: [{penstock.deployments.steps.run_shell_script: {script: top}}]
    push: [{a.b: {}}]
    pull: [{a.c: {}}]
    """
    made = one("", top=top)
    assert made.build_steps == [{"penstock.deployments.steps.run_shell_script": {"script": "top"}}]
    assert (made.push_steps, made.pull_steps) == ([{"a.b": {}}], [{"a.c": {}}])
    own = one("build: []\npush: null\npull: [{a.d: {x: '{{ $X }}'}}]", {"X": "1"}, top=top)
    assert (own.build_steps, own.push_steps, own.pull_steps) == ([], [{"a.b": {}}], [{"a.d": {"x": "1"}}])
    assert one("pull: []").pull_steps == []


def test_outputs_of_steps_fill_texts_and_values(one):
    made = one(
        """\
        version: "{{ v.stdout }}"
        tags: ["{{ v.stdout }}-tag"]
        description: "{{ stdout }} {{ missing.key }}"
        parameters: {p: "{{ v.n }}", q: "{{ v.none | default('d') }}"}
        work_pool: {job_variables: {image: "repo:{{ v.stdout }}", keep: "{{ penstock.secrets.s }}"}}
        pull:
          - a.b:
              id: own
              x: "{{ v.stdout }}"
              y: "{{ stdout }}"
              z: "{{ own.k }}"
              s: "{{ prefect.blocks.secret.s }}"
        """,
        top="build: [{a.steps.build: {id: v}}]",
    )
    filled = made.with_outputs({"stdout": "last", "v": {"stdout": "1.2", "n": 5}, "own": {"k": "not this"}})
    assert (filled.version, filled.tags, filled.description) == ("1.2", ["1.2-tag"], "last {{ missing.key }}")
    assert filled.parameters == {"p": 5, "q": "d"}
    assert filled.job_variables == {"image": "repo:1.2", "keep": "{{ penstock.secrets.s }}"}
    [inputs] = filled.pull_steps[0].values()
    assert inputs == {
        "id": "own",
        "x": "1.2",
        "y": "{{ stdout }}",
        "z": "{{ own.k }}",
        "s": "{{ prefect.blocks.secret.s }}",
    }
    assert "{{ missing.key }} is no output of a step here" in warned(made)


def test_a_required_output_that_does_not_come_is_an_error(one):
    made = one("version: \"{{ stdout | required('the build prints it') }}\"", top="build: [{a.b: {}}]")
    with pytest.raises(InvalidInput, match="the build prints it"):
        made.with_outputs({})


def test_build_steps_run_once_for_all_that_share_them(project, tmp_path):
    loaded = project(
        """\
        build:
          - penstock.deployments.steps.run_shell_script:
              id: count
              script: "sh -c 'echo run >> log; wc -l < log'"
        deployments:
          - {name: a, flow_name: f, version: "{{ count.stdout }}", work_pool: {name: p}}
          - {name: b, flow_name: f, version: "{{ count.stdout }}", work_pool: {name: p}}
          - {name: c, flow_name: f, version: "0", build: [], work_pool: {name: p}}
        """
    )
    said = []
    plans = plan(loaded, Selection(all=True), PlanOptions(), {})
    assert not (tmp_path / "log").exists()
    finished = run_build_steps(plans, environ={}, log=said.append)
    assert [made.version for made in finished] == ["1", "1", "0"]
    assert (tmp_path / "log").read_text() == "run\n"
    assert said == ["Step 1: penstock.deployments.steps.run_shell_script", "1"]


def test_a_build_step_that_fails_stops_all(project):
    loaded = project(
        """\
        deployments:
          - {name: a, flow_name: f, work_pool: {name: p}}
          - name: b
            flow_name: f
            work_pool: {name: p}
            push: [{penstock.deployments.steps.run_shell_script: {script: "false"}}]
        """
    )
    with pytest.raises(StepFailed, match="exit code 1"):
        run_build_steps(plan(loaded, Selection(all=True), PlanOptions(), {}), environ={}, log=lambda _: None)


# Environment variables


def test_environment_variables_are_filled_as_text_and_read_as_what_is_needed(one):
    made = one(
        """\
        version: "{{ $V }}"
        paused: "{{ $PAUSED }}"
        concurrency_limit: "{{ $LIMIT }}"
        schedules: [{interval: "{{ $SECONDS }}", active: "{{ $PAUSED }}"}]
        parameters: {n: "{{ $LIMIT }}", d: "{{ $NONE | default('d') }}"}
        work_pool: {name: "{{ $POOL }}", job_variables: {env: {A: "{{ $V }}"}}}
        """,
        {"V": "1.0", "PAUSED": "true", "LIMIT": "42", "SECONDS": "60", "POOL": "p"},
    )
    assert (made.version, made.paused, made.concurrency_limit, made.work_pool_name) == ("1.0", True, 42, "p")
    assert made.schedules == [DeploymentScheduleCreate(schedule=IntervalSchedule(60.0))]
    assert (made.parameters, made.job_variables) == ({"n": "42", "d": "d"}, {"env": {"A": "1.0"}})
    assert made.warnings == ()


def test_a_variable_cannot_be_a_whole_section(project):
    loaded = project("deployments: [{name: x, flow_name: f, schedules: ['{{ $S }}'], work_pool: {name: p}}]")
    assert loaded.entries[0].diagnostics == ()
    with pytest.raises(ProjectInvalid, match=r"schedules\[0\]: must be a map"):
        plan(loaded, Selection(), PlanOptions(), {"S": "cron"})


def test_a_variable_that_is_not_set_is_told_with_its_line(one):
    made = one("work_pool:\n  job_variables:\n    env:\n      A: '{{ $UNSET }}'\n      B: x-{{ $UNSET }}")
    assert made.job_variables == {"env": {"A": "", "B": "x-"}}
    assert (
        "penstock.yaml:7:11: deployments[0].work_pool.job_variables.env.A: $UNSET is not set here."
        in warned(made)
    )
    assert "penstock.yaml:8:11" in warned(made)


def test_with_strict_it_is_refused(one):
    with pytest.raises(
        ProjectInvalid, match=r"penstock.yaml:4:5: deployments\[0\].version: \$UNSET is not set"
    ):
        one("version: '{{ $UNSET }}'", strict=True)


def test_required_says_why(one):
    with pytest.raises(ProjectInvalid, match="not set here: ask the ops team"):
        one("version: \"{{ $UNSET | required('ask the ops team') }}\"")


def test_other_deployments_variables_are_not_missed(project):
    loaded = project(
        """\
        deployments:
          - {name: a, flow_name: f, version: "{{ $UNSET }}", work_pool: {name: p}}
          - {name: b, flow_name: f, work_pool: {name: p}}
        """
    )
    assert plan(loaded, Selection(("b",)), PlanOptions(strict=True), {})[0].warnings == ()


def test_references_stay_references(one):
    written = {
        "a": "{{ penstock.variables.x }}",
        "b": "{{ prefect.blocks.secret.tok }}",
        "c": "{{ penstock.secrets.s }}",
        "d": "{{ ctx.flow_run.name }}",
    }
    made = one(
        f"work_pool: {{job_variables: {msgspec.json.encode(written).decode()}}}", {"x": "no", "tok": "no"}
    )
    assert made.with_outputs({"x": 1}).job_variables == written
    assert made.warnings == ()


def test_a_name_without_dollar_is_not_the_environment(one):
    made = one("work_pool: {job_variables: {env: {A: '{{ STAGE }}'}}}", {"STAGE": "prod"})
    assert made.job_variables == {"env": {"A": "{{ STAGE }}"}}
    assert "Did you mean {{ $STAGE }}?" in warned(made)


def test_an_unknown_step_is_told(one):
    made = one("version: '{{ buidl.stdout }}'", top="build: [{a.b: {id: build}}]")
    assert "penstock.yaml:4:5: deployments[0].version: {{ buidl.stdout }} is no output" in warned(made)
    assert "Did you mean 'build'?" in warned(made)


def test_a_literal_token_in_a_pull_step_is_told(one):
    pull = "pull: [{prefect.deployments.steps.git_clone: {repository: 'https://h/x', access_token: '%s'}}]"
    assert "access_token is stored with the deployment" in warned(one(pull % "literal"))
    assert "access_token is stored" in warned(one(pull % "{{ $TOKEN }}", {"TOKEN": "t"}))
    assert one(pull % "{{ penstock.secrets.t }}").warnings == ()


def test_steps_cannot_fill_what_is_no_text(one):
    with pytest.raises(ProjectInvalid, match="paused: Expected bool"):
        one("paused: '{{ build.stdout }}'", top="build: [{a.b: {id: build}}]")


# Refusals


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{flow_name: f, work_pool: {name: p}}", "2:5: deployments[0].name: A deployment needs a name."),
        ("{name: a/b, flow_name: f, work_pool: {name: p}}", "2:6: deployments[0].name: name 'a/b' has"),
        ("{name: x, work_pool: {name: p}}", "deployments[0].entrypoint: A deployment needs an entrypoint."),
        ("{name: x, flow_name: f}", "deployments[0].work_pool: A deployment needs a work pool."),
        (
            "{name: x, entrypoint: flow, work_pool: {name: p}}",
            "2:15: deployments[0].entrypoint: The entrypoint 'flow'",
        ),
        ("{name: x, entrypoint: 'flw.py:f', work_pool: {name: p}}", "There is no file flw.py"),
        ("{name: x, entrypoint: 'flw.py:f', work_pool: {name: p}}", "Did you mean 'flow.py'?"),
        ("{name: x, entrypoint: '../flow.py:f', work_pool: {name: p}}", "leads out of its source"),
        ("{name: x, entrypoint: '/etc/x.py:f', work_pool: {name: p}}", "leads out of its source"),
        ("{name: x, flow_name: f, paused: 3, work_pool: {name: p}}", "paused: Expected bool"),
    ],
)
def test_what_cannot_be_deployed(project, text, message):
    with pytest.raises(ProjectInvalid) as refusal:
        plan(project(f"deployments:\n  - {text}\n"), Selection(), PlanOptions(), {})
    assert message in str(refusal.value)


def test_a_file_that_is_elsewhere_need_not_be_here(one, project):
    text = "deployments: [{name: x, entrypoint: 'far/away.py:f', pull: [{a.b: {}}], work_pool: {name: p}}]"
    assert plan(project(text), Selection(), PlanOptions(), {})[0].entrypoint == "far/away.py:f"
    text = text.replace("far/away.py", "{{ b.file }}").replace("pull: [{a.b: {}}]", "build: [{a.b: {id: b}}]")
    assert plan(project(text), Selection(), PlanOptions(), {})[0].entrypoint == "{{ b.file }}:f"


def test_one_bad_deployment_stops_all_and_all_errors_are_told(project):
    loaded = project(
        """\
        deployments:
          - {name: a, entrypoint: "flow.py:f", work_pool: {name: p}}
          - {name: b, entrypoint: "nope.py:f", work_pool: {name: p}}
          - {name: c, entrypoint: "flow.py:f", paused: 3, work_pool: {name: p}, job_variable: {}}
          - {name: a, entrypoint: "flow.py:f", work_pool: {name: p}}
        """
    )
    with pytest.raises(ProjectInvalid) as refusal:
        plan(loaded, Selection(all=True), PlanOptions(), {})
    errors = sorted((found.line, found.is_error) for found in refusal.value.diagnostics)
    assert errors == [(3, True), (4, False), (4, True), (5, True)]
    assert len(str(refusal.value).splitlines()) == 3


def test_one_name_twice_for_a_flow(project):
    loaded = project(
        """\
        deployments:
          - {name: a, entrypoint: "flow.py:f", work_pool: {name: p}}
          - {name: a, entrypoint: "flow.py:f", work_pool: {name: p}}
        """
    )
    with pytest.raises(ProjectInvalid, match=r"penstock.yaml:3:6: .* two deployments of one flow"):
        plan(loaded, Selection(all=True), PlanOptions(), {})


# Schedules by options


def test_schedules_of_all_kinds():
    made = schedules_of(
        cron=["@daily", "@hourly"],
        interval=[60, timedelta(hours=1)],
        rrule="FREQ=DAILY",
        timezone="Europe/London",
        anchor_date=datetime(2024, 1, 1, tzinfo=UTC),
    )
    anchor = datetime(2024, 1, 1, tzinfo=UTC)
    assert [own.schedule for own in made] == [
        CronSchedule("@daily", "Europe/London"),
        CronSchedule("@hourly", "Europe/London"),
        IntervalSchedule(60.0, anchor, "Europe/London"),
        IntervalSchedule(3600.0, anchor, "Europe/London"),
        RRuleSchedule("FREQ=DAILY", "Europe/London"),
    ]
    assert schedules_of() == []
    assert schedules_of(interval=timedelta(seconds=5), cron="@daily")[1].schedule == IntervalSchedule(5.0)


def test_schedules_as_they_are():
    ready = DeploymentScheduleCreate(schedule=CronSchedule("@daily"), active=False)
    wire = {"cron": "@daily", "active": False}
    nested = {"schedule": {"cron": "@daily"}, "slug": "s"}
    assert schedules_of(schedule=ready) == schedules_of(schedule=wire) == [ready]
    assert schedules_of(schedules=[CronSchedule("@daily"), nested]) == [
        DeploymentScheduleCreate(schedule=CronSchedule("@daily")),
        DeploymentScheduleCreate(schedule=CronSchedule("@daily"), slug="s"),
    ]


def test_what_becomes_of_missed_runs_is_said_of_all_or_of_one():
    own = {"cron": "@daily", "catch_up": "none", "max_lateness_seconds": 5}
    made = schedules_of(schedules=[own, {"interval": 60}], catch_up="latest", max_lateness_seconds=90)
    assert [(each.catch_up, each.max_lateness_seconds) for each in made] == [
        (CatchUp.NONE, 5),
        (CatchUp.LATEST, 90),
    ]
    [unsaid] = schedules_of(cron="@daily")
    assert (unsaid.catch_up, unsaid.max_lateness_seconds) == (None, None)


@pytest.mark.parametrize(
    "given",
    [
        {"schedule": {"cron": "@daily"}, "schedules": []},
        {"cron": "@daily", "catch_up": "some"},
        {"schedule": {"cron": "@daily", "catch_up": "some"}},
        {"schedules": ["@daily"]},
        {"cron": "nope"},
        {"interval": 0},
        {"cron": "@daily", "timezone": "Mars"},
    ],
)
def test_schedules_that_are_none(given):
    with pytest.raises(InvalidInput):
        schedules_of(**given)
