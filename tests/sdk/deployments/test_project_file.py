"""Deployment files: what is read, what is said about slips, and what is refused with its line."""

import textwrap

import pytest

from penstock.domain.errors import NotFound
from penstock.sdk.deployments.diagnostics import ProjectInvalid
from penstock.sdk.deployments.project_file import find_project_file, load_project


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "penstock.yaml"):
        file = tmp_path / name
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return file

    return write


FULL = """\
    prefect-version: 3.9.1
    name: demo
    definitions:
      schedule: &weekdays
        cron: "0 9 * * 1-5"
        timezone: Europe/London
      pool: &pool
        name: local
        job_variables: &variables
          env:
            A: "1"
    build:
      - prefect.deployments.steps.run_shell_script:
          id: build
          script: echo hello
    push: null
    pull:
      - prefect.deployments.steps.pull.git_clone:
          id: clone
          requires: [some-package]
          repository: https://example.com/x.git
          access_token: "{{ prefect.blocks.secret.token }}"
      - penstock.deployments.steps.pip_install_requirements:
          directory: "{{ clone.directory }}"
      - my_package.steps.anything: {whatever: 1}
    deployments:
      - name: one
        entrypoint: flow.py:flow
        version: "1.0"
        version_type: simple
        tags: [a, "{{ $TAG }}"]
        description: text
        parameters: {x: 1, when: 2024-01-01}
        enforce_parameter_schema: no
        paused: yes
        schedules:
          - *weekdays
          - interval: 3600
            anchor_date: 2024-01-01T00:00:00Z
            active: off
            slug: hourly
            parameters: {x: 2}
            max_scheduled_runs: 3
          - rrule: FREQ=DAILY
        concurrency_limit: {limit: 2, collision_strategy: CANCEL_NEW, grace_period_seconds: 60}
        work_pool:
          <<: *pool
          work_queue_name: high
          job_variables:
            <<: *variables
            image: "{{ build.stdout }}"
        triggers: [{enabled: true}]
        x-note: mine
      - name: two
        flow_name: other
        schedule: {cron: "@daily", day_or: true}
        concurrency_limit: "{{ $LIMIT }}"
        paused: "{{ $PAUSED }}"
        schedules: null
        build: []
        pull: []
"""


@pytest.mark.parametrize("name", ["penstock.yaml", "prefect.yaml"])
def test_a_full_file_is_read_without_a_word(write, name):
    project = load_project(write(FULL, name))
    assert project.warnings == ()
    assert [entry.diagnostics for entry in project.entries] == [(), ()]
    assert project.name == "demo"
    assert len(project.build) == 1
    assert project.push is None
    assert len(project.pull) == 3
    one, two = (entry.data for entry in project.entries)
    assert one["work_pool"]["job_variables"] == {"env": {"A": "1"}, "image": "{{ build.stdout }}"}
    assert one["parameters"] == {"x": 1, "when": "2024-01-01"}
    assert two["pull"] == []


def test_the_file_of_a_directory_is_found(tmp_path, write):
    with pytest.raises(NotFound, match="penstock init"):
        find_project_file(tmp_path)
    assert find_project_file(write("a: 1", "prefect.yaml").parent).name == "prefect.yaml"
    ours = find_project_file(write("deployments: []").parent)
    assert ours.name == "penstock.yaml"
    assert "prefect.yaml, which is not read" in str(load_project(ours).warnings[0])


def test_an_empty_file_has_no_deployments(write):
    assert load_project(write("# nothing yet\n")).entries == ()


def said(write, text: str) -> list[str]:
    """What is said about one deployment, its lines counted from that of its name."""
    text = textwrap.indent(textwrap.dedent(text).strip("\n"), "    ")
    project = load_project(write(f"deployments:\n  - name: x\n{text}\n"))
    return [str(diagnostic).partition("penstock.yaml:")[2] for diagnostic in project.entries[0].diagnostics]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # A typo is told, with what was meant.
        ("job_variable: {}", "3:5: deployments[0].job_variable: is not a known key and has no effect."),
        ("work_pool:\n  job_variable: {}", "4:7: deployments[0].work_pool.job_variable: is not a known key"),
        ("work_pool:\n  job_variable: {}", "Did you mean 'job_variables'?"),
        ("job_variables: {}", "It belongs under work_pool."),
        ("cron: '@daily'", "It belongs under schedule."),
        ("collision_strategy: ENQUEUE", "It belongs under concurrency_limit."),
        ("shedules: []", "Did you mean 'schedule"),
        ("schedules:\n- corn: '@daily'", "4:7: deployments[0].schedules[0].corn: is not a known key"),
        ("sla: [{}]", "not supported"),
        # Wrong types name the place.
        ("tags: a", "3:5: deployments[0].tags: Expected array | null, got text."),
        ("tags: [a, 1]", "3:5: deployments[0].tags: [1]: Expected text, got int. Write it in quotes."),
        ("version: 1.0", "3:5: deployments[0].version: Expected text | null, got float. Write it in quotes."),
        ("paused: maybe", "3:5: deployments[0].paused: Expected bool | null, got text."),
        ("parameters: [1]", "Expected object | null, got array."),
        ("work_pool: local", "3:5: deployments[0].work_pool: Expected object | null, got text."),
        ("work_pool:\n  job_variables: [1]", "4:7: deployments[0].work_pool.job_variables: Expected object"),
        ("concurrency_limit: 0", "Expected int >= 1."),
        ("concurrency_limit: {limit: -1}", "concurrency_limit.limit: Expected int >= 1."),
        ("concurrency_limit: {limit: 1, collision_strategy: WAIT}", "Invalid enum value 'WAIT'."),
        ("concurrency_limit: {limit: 1, grace_period_seconds: 5}", "Expected int >= 60."),
        # Schedules.
        (
            "schedule: {cron: '@daily'}\nschedules: [{cron: '@daily'}]",
            "4:5: deployments[0].schedules: stands beside",
        ),
        ("schedule: daily", "Expected object | null, got text."),
        ("schedules: [daily]", "3:17: deployments[0].schedules[0]: must be a map."),
        ("schedules: {cron: '@daily'}", "Expected array | null, got object."),
        ("schedules:\n- cron: 0 25 * * *", "4:7: deployments[0].schedules[0].cron: cron '0 25 * * *'"),
        (
            "schedules:\n- cron: '@daily'\n  timezone: Europe/Londn",
            "5:7: deployments[0].schedules[0].timezone",
        ),
        ("schedules:\n- cron: '@daily'\n  timezone: Europe/Londn", "Did you mean 'Europe/London'?"),
        (
            "schedules:\n- cron: '@daily'\n  interval: 3",
            "4:7: deployments[0].schedules[0]: schedule needs exactly one",
        ),
        ("schedules:\n- active: true", "exactly one of cron, interval and rrule"),
        ("schedules:\n- cron: '@daily'\n  anchor_date: 2024-01-01", "anchor_date"),
        ("schedules:\n- interval: soon", "interval"),
        ("schedules:\n- rrule: FREQ=NEVER", "FREQ"),
        # Steps.
        ("pull: clone", "3:5: deployments[0].pull: must be a list of steps."),
        ("pull: [clone]", "3:12: deployments[0].pull[0]: a step must be a map"),
        ("pull:\n- penstock.deployments.steps.git_clon: {}", "4:7: deployments[0].pull[0]: there is no step"),
        ("pull:\n- penstock.deployments.steps.git_clon: {}", "Did you mean 'git_clone'?"),
        ("pull:\n- prefect.deployments.steps.pull_with_block: {}", "There are git_clone"),
        ("pull:\n- prefect.elsewhere.git_clone: {}", "there is no step"),
        ("pull:\n- clone: {}", "not the dotted name"),
        ("pull:\n- a.b: 3", "must be a map"),
        ("pull:\n- a.b: {id: 3}", "id of a.b must be text"),
        ("pull:\n- a.b: {requires: 3}", "requires"),
        ("pull:\n- a.b: {requires: --index-url=x}", "not a package"),
        ("pull:\n- prefect.deployments.steps.git_clone: {repositry: x}", "Did you mean 'repository'?"),
        ("pull:\n- prefect.deployments.steps.git_clone: {repositry: x}", "git_clone'].repositry"),
    ],
)
def test_slips_are_told_with_their_place(write, text, message):
    found = said(write, text)
    assert any(message in line for line in found), found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "must be a map with a key deployments"),
        ("deployments: 3", "1:1: deployments: must be a list."),
        ("deployments: [x]", "1:15: deployments[0]: must be a map."),
        ("name: [x]", "name: must be text."),
        ("build: x", "1:1: build: must be a list of steps."),
        ("pull:\n  - prefect.deployments.steps.nope: {}", "2:5: pull[0]: there is no step"),
    ],
)
def test_a_file_of_another_shape_is_refused(write, text, message):
    with pytest.raises(ProjectInvalid) as refusal:
        load_project(write(text))
    assert message in str(refusal.value)
    assert refusal.value.detail[0]["severity"] == "error"


def test_all_that_is_wrong_is_told_at_once(write):
    with pytest.raises(ProjectInvalid) as refusal:
        load_project(write("name: 3\nbuild: 3\ndeployments: 3\n"))
    assert len(str(refusal.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("deployment: []", "Did you mean 'deployments'?"),
        ("definition: {}", "Did you mean 'definitions'?"),
        ("x:\n  - country: no", "2:14: YAML reads no as false. Write 'no' in quotes for the text, or false."),
        ("x:\n  at: 12:30", "YAML reads 12:30 as 750."),
        ("x: 1e3", "YAML reads 1e3 as text."),
    ],
)
def test_what_is_doubtful_about_the_file(write, text, message):
    [warning] = load_project(write(text)).warnings
    assert message in str(warning)
    assert not warning.is_error


def test_keys_for_anchors_are_welcome(write):
    assert load_project(write("anything: {a: 1}\nmy_base: [x]\n")).warnings == ()


def test_broken_deployments_do_not_stand_in_the_way_of_others(write):
    project = load_project(write("deployments:\n  - name: 3\n  - name: good\n"))
    assert [len(entry.diagnostics) for entry in project.entries] == [1, 0]


def test_places_are_relative_to_where_one_is(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = load_project(write("deployments:\n  - name: 3\n"))
    assert str(project.entries[0].diagnostics[0]).startswith("penstock.yaml:2:5: ")
