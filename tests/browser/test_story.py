"""The guide's story, as somebody lives it: a variable of the environment from its pool to a run, and back.

A real server, a real worker, a flow that prints what it got; by mouse, by keyboard, on a phone, and while the
server is away, slow, failing or refusing.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from tests.browser import guide
from tests.browser.axe import axe
from tests.browser.conftest import OpenPage, watch_of
from tests.browser.guide import DEPLOYMENT_ENV, FIRST, NAME, POOL_ENV, SECOND, Stage
from tests.browser.keyboard import Keyboard
from tests.browser.look import NARROW
from tests.browser.unreliable import REQUEST_ID, Unreliable, let_it_try_again


@pytest.fixture(scope="module")
def stage(built_ui: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server with a pool `local` and its worker; each test has a deployment of its own."""
    with guide.build_stage(tmp_path_factory.mktemp("story")) as built:
        yield built


@pytest.fixture
def between(stage: Stage) -> Iterator[Unreliable]:
    """A proxy between the pages and the server."""
    with Unreliable(stage.server.port) as proxy:
        yield proxy


def test_the_story(stage: Stage, open_page: OpenPage) -> None:
    page = open_page(stage.server.origin)
    _make_a_pool(page, "guide")
    assert stage.default_env("guide") == POOL_ENV
    with stage.worker("guide"):
        deployment = stage.deploy("first-steps", "guide")
        _find_the_variables(page)
        page.get_by_role("link", name="Run…").click()
        guide.add_variable(page, NAME, FIRST)
        expect(guide.winner(page, NAME)).to_have_text(re.compile(f"^{FIRST}.*from this run"))
        guide.press_run(page)
        expect(guide.log(page)).to_contain_text(f"{NAME}={FIRST}")
        expect(guide.log(page)).to_contain_text("that was all")
        page.get_by_role("tab", name="Configuration").click()
        guide.got(page, FIRST)
        page.get_by_role("link", name="Run again", exact=True).click()
        _change_only_the_value(page)
        guide.press_run(page)
        expect(guide.log(page)).to_contain_text(f"{NAME}={SECOND}")
        assert [run["job_variables"] for run in stage.runs_of(deployment)] == [
            {"env": {NAME: FIRST}},
            {"env": {NAME: SECOND}},
        ]
        _compare(page, stage.runs_of(deployment)[0]["name"])
        page.go_back()
        _promote(page)
        assert stage.own_variables(deployment) == {"env": {**DEPLOYMENT_ENV, NAME: SECOND}}
        _reset(page)
        assert stage.own_variables(deployment) == {"env": DEPLOYMENT_ENV}


def _make_a_pool(page: Page, name: str) -> None:
    page.goto("/work-pools/new")
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    for key, value in POOL_ENV.items():
        guide.type_default(page, key, value)
    page.get_by_role("button", name="Create work pool").click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def _find_the_variables(page: Page) -> None:
    page.get_by_role("link", name="Deployments", exact=True).first.click()
    page.get_by_role("main").get_by_role("link", name="first-steps").first.click()
    page.get_by_role("tab", name="Configuration").click()
    expect(guide.winner(page, "REGION")).to_have_text(re.compile("^eu-west-1.*from pool"))
    expect(guide.winner(page, "LOG_LEVEL")).to_have_text(re.compile("^DEBUG.*from deployment"))
    axe(page)


def _change_only_the_value(page: Page) -> None:
    """The form begins with what the run had otherwise than its deployment, and nothing else."""
    editor = guide.show_json(page)
    expect(editor).to_have_text(re.compile(rf'^\{{\s*"env": \{{\s*"{NAME}": {FIRST}\s*\}}\s*\}}$'))
    guide.write(editor, f'{{"env": {{"{NAME}": {SECOND}}}}}')


def _compare(page: Page, other: str) -> None:
    page.get_by_role("tab", name="Configuration").click()
    guide.got(page, SECOND)
    page.get_by_role("button", name="Compare with").click()
    page.get_by_role("option", name=other).click()
    page.wait_for_url("**/runs/compare?*")
    guide.differs_in_that_leaf(page)
    axe(page)


def _promote(page: Page) -> None:
    page.get_by_role("button", name=f"Actions for env.{NAME}").click()
    page.get_by_role("menuitem", name="Promote to the deployment").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("rowheader")).to_have_text([f"env.{NAME}"])
    dialog.get_by_role("button", name="Promote 1 value").click()
    expect(dialog).to_have_count(0)


def _reset(page: Page) -> None:
    page.get_by_role("definition").get_by_role("link", name="first-steps", exact=True).click()
    page.get_by_role("tab", name="Configuration").click()
    expect(guide.winner(page, NAME)).to_have_text(re.compile(f"^{SECOND}.*from deployment"))
    page.get_by_role("button", name=f"Reset env.{NAME} to inherited").click()
    page.get_by_role("button", name="Save 1 edit").click()
    expect(page.get_by_role("region", name="Unsaved edits")).to_have_count(0)
    expect(guide.row(page, NAME)).to_have_count(0)


def test_the_server_dies_in_the_middle(
    stage: Stage, open_page: OpenPage, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    deployment = stage.deploy("mortal")
    page = open_page(stage.server.origin)
    page.goto(f"/deployments/{deployment}/run")
    go_on = tmp_path / "go-on"
    page.get_by_role("textbox", name="until").fill(str(go_on))
    guide.write(guide.show_json(page), f'{{"env": {{"{NAME}": {FIRST}}}}}')
    guide.press_run(page)
    expect(guide.log(page)).to_contain_text(f"{NAME}={FIRST}")
    watch_of(page, request).expect("net::ERR_")
    stage.server.kill()
    indicator = page.get_by_role("banner").get_by_role("status")
    expect(indicator).to_have_text(re.compile("Reconnecting|Offline"))
    expect(guide.log(page)).to_contain_text(f"{NAME}={FIRST}")
    stage.server.start()
    expect(indicator).to_have_text("Live")
    go_on.touch()
    expect(guide.log(page)).to_contain_text("that was all")
    expect(page.get_by_role("main").get_by_text("Completed").first).to_be_visible()
    lines = guide.log(page).get_by_text(f"{NAME}={FIRST}")
    expect(lines).to_have_count(1)


def test_the_story_by_keyboard(stage: Stage, open_page: OpenPage) -> None:
    page = open_page(stage.server.origin)
    keys = Keyboard(page)
    _make_a_pool_by_keys(page, keys, "keyed")
    assert stage.default_env("keyed") == POOL_ENV
    # Its twin has a worker already.
    _live_it_by_keys(stage, page, keys, stage.deploy("by-keys"))


def _make_a_pool_by_keys(page: Page, keys: Keyboard, name: str) -> None:
    page.goto("/work-pools/new")
    field = page.get_by_role("textbox", name="Name", exact=True)
    expect(field).to_be_focused()
    keys.type(name)
    guide.type_defaults_by_keys(page, keys, POOL_ENV)
    keys.activate(page.get_by_role("button", name="Create work pool"))
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def _live_it_by_keys(stage: Stage, page: Page, keys: Keyboard, deployment: str) -> None:
    keys.go_to("by-keys")
    keys.choose_tab("Configuration")
    expect(guide.winner(page, "REGION")).to_contain_text("from pool")
    keys.activate(page.get_by_role("link", name="Run…"), back=True)
    _add_by_keys(page, keys)
    guide.is_ready(page)
    keys.press("Control+Enter")
    guide.run_shown(page)
    expect(guide.log(page)).to_contain_text("that was all")
    expect(guide.log(page)).to_contain_text(f"{NAME}={FIRST}")
    keys.activate(page.get_by_role("link", name="Run again", exact=True))
    _to_cell(page, keys, 3)
    keys.press("F2")
    expect(page.get_by_test_id("cell-editor").get_by_role("textbox")).to_be_focused()
    keys.type(str(SECOND))
    keys.press("Enter")
    expect(guide.winner(page, NAME)).to_contain_text(str(SECOND))
    guide.is_ready(page)
    keys.press("Control+Enter")
    page.wait_for_url(re.compile(r"/runs/[^/]+$"))
    expect(guide.log(page)).to_contain_text(f"{NAME}={SECOND}")
    keys.choose_tab("Configuration")
    guide.got(page, SECOND)
    _promote_by_keys(page, keys)
    assert stage.own_variables(deployment) == {"env": {**DEPLOYMENT_ENV, NAME: SECOND}}
    _compare_by_keys(page, keys, stage.runs_of(deployment)[0]["name"])
    _reset_by_keys(page, keys)
    assert stage.own_variables(deployment) == {"env": DEPLOYMENT_ENV}


def _add_by_keys(page: Page, keys: Keyboard) -> None:
    keys.activate(page.get_by_role("button", name="Add a job variable"))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("combobox", name="Name", exact=True)).to_be_focused()
    keys.type(NAME)
    keys.activate(dialog.get_by_role("combobox", name="Type of the value"))
    expect(page.get_by_role("option", name="Text")).to_be_focused()
    keys.press("ArrowDown")
    expect(page.get_by_role("option", name="Number")).to_be_focused()
    keys.press("Enter")
    keys.tab_to(dialog.get_by_role("textbox", name="Value"))
    keys.type(str(FIRST))
    keys.press("Enter")
    expect(dialog).to_have_count(0)
    expect(guide.winner(page, NAME)).to_have_text(re.compile(f"^{FIRST}.*from this run"))


def _to_cell(page: Page, keys: Keyboard, column: int) -> None:
    """Get into the table, to the row of the variable, and to one of its cells."""
    expect(guide.row(page, NAME)).to_be_visible()
    stop = page.get_by_test_id("resolution-table").locator("[data-active=true]")
    keys.tab_to(stop.locator("[data-grid-focus]").or_(stop).last)
    row = guide.row(page, NAME)
    for _ in range(20):
        if row.locator(":focus").count():
            break
        keys.press("ArrowDown")
    for _ in range(column):
        keys.press("ArrowRight")
    expect(row.locator(":focus")).to_have_count(1)
    keys.sees_focus()


def _promote_by_keys(page: Page, keys: Keyboard) -> None:
    _to_cell(page, keys, 0)
    keys.press("End", "Enter")
    expect(page.get_by_role("menuitem", name="Promote to the deployment")).to_be_focused()
    keys.press("Enter")
    keys.activate(page.get_by_role("dialog").get_by_role("button", name="Promote 1 value"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def _compare_by_keys(page: Page, keys: Keyboard, other: str) -> None:
    keys.activate(page.get_by_role("button", name="Compare with"), back=True)
    expect(page.get_by_role("option", name=other)).to_be_visible()
    keys.type(other)
    expect(page.get_by_role("option")).to_have_count(1)
    keys.press("Enter")
    page.wait_for_url("**/runs/compare?*")
    guide.differs_in_that_leaf(page)


def _reset_by_keys(page: Page, keys: Keyboard) -> None:
    keys.go_to("by-keys")
    keys.choose_tab("Configuration")
    expect(guide.winner(page, NAME)).to_have_text(re.compile(f"^{SECOND}.*from deployment"))
    _to_cell(page, keys, 2)
    keys.press("Delete")
    keys.activate(page.get_by_role("button", name="Save 1 edit"))
    expect(page.get_by_role("region", name="Unsaved edits")).to_have_count(0)
    expect(guide.row(page, NAME)).to_have_count(0)


def test_a_slow_server_is_waited_for_and_makes_one_run(
    stage: Stage, open_page: OpenPage, between: Unreliable
) -> None:
    deployment = stage.deploy("slow")
    page = open_page(between.origin)
    between.slow(f"^/api/deployments/{deployment}", 0.5)
    page.goto(f"/deployments/{deployment}/run")
    expect(page.get_by_role("status", name="Loading page")).to_be_visible()
    guide.is_ready(page)
    button = page.get_by_role("button", name="Run", exact=True)
    button.dblclick()
    page.keyboard.press("Control+Enter")
    guide.run_shown(page)
    assert sum("/create_flow_run" in request for request in between.seen) == 1
    assert len(stage.runs_of(deployment)) == 1


def test_a_failing_server_says_what_to_tell_and_costs_no_draft(
    stage: Stage, open_page: OpenPage, between: Unreliable, request: pytest.FixtureRequest
) -> None:
    deployment = stage.deploy("failing")
    page = open_page(between.origin)
    watch_of(page, request).expect("500")
    between.fail(f"^/api/deployments/{deployment}$")
    page.clock.install()
    page.goto(f"/deployments/{deployment}/run")
    main = page.get_by_role("main")
    told = main.get_by_text(REQUEST_ID, exact=True)
    let_it_try_again(page, told)
    between.heal()
    main.get_by_role("button", name="Retry").click()
    guide.write(guide.show_json(page), f'{{"env": {{"{NAME}": {FIRST}}}}}')
    guide.is_ready(page)
    between.fail("/create_flow_run", times=1)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("region", name="Notifications")).to_contain_text(REQUEST_ID)
    expect(guide.layer_editor(page)).to_contain_text(str(FIRST))
    page.reload()
    expect(page.get_by_text("Your draft is restored")).to_be_visible()
    between.fail("/check_run")
    guide.write(guide.show_json(page), f'{{"env": {{"{NAME}": {SECOND}}}}}')
    expect(told).to_be_visible()
    between.heal()
    main.get_by_role("button", name="Retry").click()
    guide.press_run(page)
    expect(guide.log(page)).to_contain_text(f"{NAME}={SECOND}")
    assert len(stage.runs_of(deployment)) == 1


def test_a_run_whose_claim_is_refused_says_why_and_how_to_go_on(stage: Stage, open_page: OpenPage) -> None:
    stage.make_pool("refusing")
    deployment = stage.deploy("refused", "refusing")
    page = open_page(stage.server.origin)
    page.goto(f"/deployments/{deployment}/run")
    guide.write(guide.show_json(page), '{"stream_output": true}')
    run = guide.press_run(page)
    expect(page.get_by_role("main")).to_contain_text("penstock worker start --pool refusing")
    template = stage.ask("GET", "/work_pools/refusing")["base_job_template"]
    template["variables"]["properties"]["stream_output"]["enum"] = [False]
    template["variables"]["properties"]["stream_output"]["default"] = False
    stage.ask("PATCH", "/work_pools/refusing", {"base_job_template": template})
    claim = {"worker_name": "w", "worker_id": str(uuid4()), "limit": 1}
    assert stage.ask("POST", "/work_pools/refusing/claim", claim)["runs"] == []
    assert stage.ask("GET", f"/flow_runs/{run}")["state_type"] == "CRASHED"
    expect(page.get_by_role("main").get_by_text("Crashed").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("stream_output")
    page.get_by_role("link", name="Run again", exact=True).click()
    problem = page.get_by_role("list", name="Problems").get_by_role("button", name="stream_output")
    problem.click()
    expect(guide.row(page, "stream_output").locator(":focus")).to_have_count(1)
    page.keyboard.press("Delete")
    guide.is_ready(page)


@pytest.mark.parametrize("look", [NARROW], indirect=True, ids=str)
def test_the_story_on_a_phone(stage: Stage, open_page: OpenPage) -> None:
    deployment = stage.deploy("phone")
    page = open_page(stage.server.origin)
    page.goto(f"/deployments/{deployment}?tab=configuration")
    expect(guide.winner(page, "REGION")).to_contain_text("from pool")
    _fits(page)
    page.get_by_role("link", name="Run…").click()
    guide.add_variable(page, NAME, FIRST)
    expect(guide.winner(page, NAME)).to_contain_text(str(FIRST))
    _fits(page)
    guide.press_run(page)
    expect(guide.log(page)).to_contain_text(f"{NAME}={FIRST}")
    _fits(page)
    page.get_by_role("tab", name="Configuration").click()
    guide.got(page, FIRST)
    _fits(page)


def _fits(page: Page) -> None:
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than the phone"
