"""The page that makes a run of a deployment with settings of its own: `/deployments/<id>/run`."""

import json
import re
import subprocess
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser import guide
from tests.browser.axe import axe
from tests.cli.worker_process import PROGRAM

DEPLOYMENT = "train-model/gpu"
"""Its pool's worker is away: runs stay what they were made."""
SPELLED = '{"env": {"BIG": 12345678901234567890, "ONE": 1.0, "MY_NEW_ENV_VAR": 42}}'


@pytest.fixture
def form(page, world) -> Page:
    """The page, with nothing typed yet."""
    page.goto(f"/deployments/{world.deployments[DEPLOYMENT]}/run")
    guide.is_ready(page)
    return page


def run_button(page: Page) -> Locator:
    """The button that makes the run, now or later."""
    return page.get_by_role("button", name=re.compile("^(Run|Schedule run)$"))


def made(page: Page, world: Any) -> dict[str, Any]:
    """The run that the page has made and leads to."""
    page.wait_for_url("**/runs/*")
    return dict(world.ask("GET", f"/flow_runs/{page.url.rpartition('/')[2]}"))


def variables_as_json(page: Page, text: str) -> None:
    """Type job variables as JSON."""
    guide.write(guide.show_json(page), text)


def command(page: Page, kind: str = "CLI") -> str:
    """The draft as somebody would type it elsewhere."""
    part = page.get_by_role("region", name="Copy as")
    part.get_by_text(kind, exact=True).click()
    return part.get_by_role("group", name="command").inner_text()


def edit_cell(page: Page, row: str) -> Locator:
    """The field of a variable's cell of this run, opened."""
    page.get_by_test_id("resolution-table").get_by_role("row", name=re.compile(f"^{row} ")).get_by_role(
        "gridcell"
    ).nth(2).click()
    return page.get_by_test_id("cell-editor").get_by_role("textbox")


def test_a_draft_survives_escape_and_reload(form):
    edit_cell(form, "LOG_LEVEL").fill("TRACE")
    form.keyboard.press("Enter")
    name = form.get_by_role("textbox", name="Run name")
    name.fill("a night's work")
    form.keyboard.press("Escape")
    expect(name).to_have_value("a night's work")
    form.reload()
    expect(form.get_by_text("Your draft is restored")).to_be_visible()
    expect(name).to_have_value("a night's work")
    expect(form.get_by_role("row", name="LOG_LEVEL")).to_contain_text("TRACE")
    form.get_by_role("button", name="Discard it").click()
    expect(name).to_have_value("")
    form.reload()
    guide.is_ready(form)
    expect(form.get_by_text("Your draft is restored")).to_have_count(0)


def test_only_what_was_changed_is_stored_and_every_digit_of_it(form, world):
    variables_as_json(form, SPELLED)
    form.get_by_role("group", name="View").get_by_role("button", name="Table").click()
    expect(form.get_by_role("row", name="BIG")).to_contain_text("12345678901234567890")
    expect(form.get_by_role("row", name="ONE")).to_contain_text("1.0")
    form.get_by_role("textbox", name="Message").fill("because")
    guide.is_ready(form)
    run_button(form).click()
    run = made(form, world)
    # Text for text: 1.0 is another value of the environment than 1.
    assert json.dumps(run["job_variables"]) == json.dumps(json.loads(SPELLED))
    deployment = world.ask("GET", f"/deployments/{world.deployments[DEPLOYMENT]}")
    assert run["parameters"] == deployment["parameters"]
    assert run["state"]["message"] == "because"


def test_it_does_not_run_while_something_is_wrong_and_leads_there(form, watch):
    form.get_by_role("textbox", name="seed").fill("many")
    problem = form.get_by_role("list", name="Problems").get_by_role("button")
    expect(problem).to_contain_text("seed")
    expect(run_button(form)).to_have_attribute("aria-disabled", "true")
    run_button(form).click(force=True)
    run_button(form).hover()
    expect(form.get_by_role("tooltip")).to_contain_text("seed")
    assert not [each for each in watch.requests if each.endswith("/create_flow_run")]
    # What covers the fields gives way.
    form.get_by_role("button", name="Edit as JSON").click()
    expect(form.get_by_role("textbox", name="JSON of what is set")).to_contain_text('"many"')
    problem.click()
    expect(form.get_by_role("textbox", name="seed")).to_be_focused()


def test_a_problem_of_a_job_variable_leads_to_its_row(form):
    table = form.get_by_test_id("resolution-table")
    form.get_by_role("searchbox", name="Search job variables").fill("image")
    expect(table.get_by_role("row", name=re.compile("^cpu_limit"))).to_have_count(0)
    variables_as_json(form, '{"cpu_limit": "lots"}')
    problem = form.get_by_role("list", name="Problems").get_by_role("button")
    expect(problem).to_contain_text("cpu_limit")
    axe(form)
    problem.click()
    row = table.get_by_role("row", name=re.compile("^cpu_limit"))
    expect(row).to_be_visible()
    expect(row.locator(":focus")).to_have_count(1)
    variables_as_json(form, '{"cpu_limit": ')
    expect(problem.first).to_contain_text("can't be read")
    form.get_by_role("group", name="View").get_by_role("button", name="Table").click()
    problem.first.click()
    expect(guide.layer_editor(form)).to_be_focused()


@pytest.mark.parametrize("place", ["a field", "the JSON of the job variables"])
def test_the_keyboard_runs_it(form, world, place):
    if place == "a field":
        form.get_by_role("textbox", name="Message").fill("typed")
    else:
        variables_as_json(form, '{"env": {"LOG_LEVEL": "TRACE"}}')
    guide.is_ready(form)
    form.keyboard.press("Control+Enter")
    run = made(form, world)
    assert run["job_variables"] == (None if place == "a field" else {"env": {"LOG_LEVEL": "TRACE"}})


def test_it_starts_later(form, world):
    form.get_by_text("Later", exact=True).click()
    form.get_by_role("button", name="in 8 hours").click()
    start = form.get_by_role("region", name="Details").get_by_text("Starts")
    wanted = start.get_by_role("time").get_attribute("datetime")
    expect(run_button(form)).to_have_text("Schedule run")
    guide.is_ready(form)
    run_button(form).click()
    run = made(form, world)
    assert wanted is not None
    assert datetime.fromisoformat(run["expected_start_time"]) == datetime.fromisoformat(wanted)
    assert run["state_type"] == "SCHEDULED"


def fill(form: Page) -> None:
    """A draft with something of everything that a command line can say."""
    own = {"MY_NEW_ENV_VAR": 42, "QUOTE": "it's $HOME", "OLD_FLAG": None}
    variables_as_json(form, json.dumps({"namespace": "data", "env": own}))
    form.get_by_role("textbox", name="seed").fill("12345678901234567890")
    form.get_by_role("textbox", name="Run name").fill("by hand {1}")
    form.get_by_role("textbox", name="Tags").fill("once")
    form.keyboard.press("Enter")
    guide.is_ready(form)


def shell(world: Any, line: str) -> str:
    """What a line prints in a shell of somebody who has our commands and knows the server."""
    environ = world.server.environ | {
        "PATH": f"{PROGRAM.parent}:/usr/bin:/bin",
        "PENSTOCK_API_AUTH_STRING": "",
    }
    environ |= {"PENSTOCK_API_URL": f"{world.server.origin}/api"}
    done = subprocess.run(["sh", "-c", line], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_command_line_makes_the_same_job(form, world):
    fill(form)
    explained = json.loads(shell(world, f"{command(form)} --dry-run --json"))
    hash_ = form.get_by_test_id("effective-job").get_by_text("Hash").get_by_role("code").first.inner_text()
    assert explained["job"]["hash"].startswith(hash_)


def told(run: dict[str, Any]) -> dict[str, Any]:
    """What somebody decides about a run."""
    return {name: run[name] for name in ("name", "parameters", "job_variables", "tags", "deployment_id")}


def test_curl_makes_the_same_run(form, world):
    fill(form)
    other = json.loads(shell(world, command(form, "curl")))
    run_button(form).click()
    run = made(form, world)
    assert run["id"] != other["id"]
    assert told(run) == told(other)
    assert run["parameters"]["seed"] == 12345678901234567890
    assert run["name"] == "by hand {1}"


def test_the_preview_follows_what_is_typed(form):
    job = form.get_by_test_id("effective-job")
    field = edit_cell(form, "LOG_LEVEL")
    for text in ("TRACE", "TRACES"):
        before = job.get_attribute("data-revision")
        assert before is not None
        field.fill(text)
        expect(job).not_to_have_attribute("data-revision", before)
        expect(job).to_contain_text(f"LOG_LEVEL: {text}")
        after = job.get_attribute("data-revision")
        assert after is not None
        assert int(after) > int(before)


def test_the_job_is_held_against_defaults_and_other_runs(form, world):
    edit_cell(form, "LOG_LEVEL").fill("TRACE")
    form.keyboard.press("Enter")
    job = form.get_by_test_id("effective-job")
    job.get_by_role("tab", name="Diff").click()
    table = job.get_by_role("table", name="Differences to Deployment defaults")
    expect(table.get_by_role("rowheader")).to_have_text(["env.LOG_LEVEL"])
    job.get_by_role("combobox", name="Compare with").click()
    form.get_by_role("option", name="Last success").click()
    expect(job.get_by_role("table", name="Differences to Last success")).to_be_visible()
    job.get_by_role("tab", name="Worker").click()
    expect(job).to_contain_text("kubernetes")
