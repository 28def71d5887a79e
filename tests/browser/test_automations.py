"""Automations: built by mouse, tried on past events, fired by an event; the run prints what that said."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser import guide
from tests.browser.axe import axe
from tests.browser.conftest import OpenPage, watch_of
from tests.browser.guide import NAME, Stage
from tests.browser.look import Look, both_themes, shot
from tests.browser.test_pages import show
from tests.browser.world import World
from tests.cli.worker_process import PROGRAM

TEMPLATE = "{{ event.payload.the_meaning_of_life }}"


@pytest.fixture(scope="module")
def stage(built_ui: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A server with a pool and its worker, and nothing that has happened."""
    with guide.build_stage(tmp_path_factory.mktemp("automations")) as built:
        yield built


def _emit(stage: Stage, name: str, **payload: Any) -> None:
    event = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": name,
        "resource": {"prefect.resource.id": "life.1"},
        "payload": payload,
    }
    stage.ask("POST", "/events", [event])


def test_the_story(stage: Stage, open_page: OpenPage) -> None:
    stage.deploy("meaning")
    page = open_page(stage.server.origin)
    show(page, "/automations")
    expect(page.get_by_role("main")).to_contain_text("penstock automation create --from-file automation.yaml")
    page.get_by_role("main").get_by_role("link", name="New automation").last.click()
    _build(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="tell the runs", level=1)).to_be_visible()
    (made,) = stage.ask("POST", "/automations/filter", {})
    assert made["actions"][0]["job_variables"] == {"env": {NAME: TEMPLATE}}
    expect(page.get_by_text("It has not fired yet")).to_be_visible()
    _emit(stage, "question.answered", the_meaning_of_life=42)
    firings = page.get_by_test_id("firings")
    expect(firings.get_by_text("done")).to_be_visible()
    expect(firings.get_by_role("region", name="job variables")).to_contain_text(f"{NAME}: 42")
    axe(page)
    firings.get_by_role("link", name="Open the run").click()
    guide.run_shown(page)
    page.get_by_role("tab", name="Logs").click()
    expect(guide.log(page)).to_contain_text(f"{NAME}=42")
    _try_on_what_happened(page, made["id"])


def _build(page: Page) -> None:
    main = page.get_by_role("main")
    expect(main.get_by_role("button", name="Save")).to_have_attribute("aria-disabled", "true")
    main.get_by_role("textbox", name="Name").fill("tell the runs")
    _choose(page, main.get_by_role("combobox", name="When", exact=True), "An event comes")
    _type_choice(page, main.get_by_role("button", name="Event", exact=True), "question.answered")
    _type_choice(page, main.get_by_role("button", name="Deployment", exact=True), "show-env/meaning")
    page.get_by_role("button", name="Add a job variable").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Name", exact=True).fill(NAME)
    dialog.get_by_role("textbox", name="Value").fill(TEMPLATE)
    dialog.get_by_role("button", name="Add").click()
    # No such event was ever seen, so the template can't be filled in yet; it can be saved all the same.
    expect(page.get_by_test_id("filled-in")).to_contain_text("the_meaning_of_life")
    expect(main.get_by_role("status").filter(has_text="Ready")).to_be_visible()


def _choose(page: Page, field: Locator, option: str) -> None:
    field.click()
    page.get_by_role("option", name=option).click()


def _type_choice(page: Page, field: Locator, text: str) -> None:
    """Type into a list to choose from, take what is found, and close it."""
    field.click()
    page.keyboard.type(text)
    page.get_by_role("option").filter(has_text=text).first.click()
    page.keyboard.press("Escape")


def _try_on_what_happened(page: Page, id: str) -> None:
    """With an event at hand the form shows what each template becomes, and what the past would have done."""
    show(page, f"/automations/{id}/edit")
    expect(page.get_by_test_id("filled-in")).to_contain_text(f"{TEMPLATE}42number")
    expect(guide.winner(page, NAME)).to_have_text(re.compile("^42.*from this automation"))
    page.get_by_role("button", name="Test", exact=True).click()
    past = page.get_by_test_id("past-test")
    expect(past.get_by_role("status").first).to_contain_text("It would have fired 1 time.")
    expect(past.get_by_role("region", name="job variables")).to_contain_text(f"{NAME}: 42")
    axe(page)


def test_a_template_that_does_not_parse_is_refused_in_its_place(stage: Stage, open_page: OpenPage) -> None:
    """Which is no error of the page: nothing about it is logged, and no request is refused."""
    page = open_page(stage.server.origin)
    show(page, "/automations/new")
    main = page.get_by_role("main")
    main.get_by_role("textbox", name="Name").fill("broken")
    main.get_by_role("button", name="Edit as JSON").first.click()
    editor = main.get_by_role("textbox", name="The automation as JSON")
    webhook = {"type": "call-webhook", "url": "https://example.org", "payload": "{{ event.id"}
    draft = {"name": "broken", "trigger": {"type": "event"}, "actions": [webhook]}
    guide.write(editor, json.dumps(draft))
    problems = main.get_by_role("list", name="Problems")
    expect(problems).to_contain_text("actions[0].payload")
    expect(main.get_by_role("button", name="Save")).to_have_attribute("aria-disabled", "true")
    main.get_by_role("button", name="Edit as form").click()
    expect(main.get_by_role("textbox", name="payload")).to_have_attribute("aria-invalid", "true")
    main.get_by_role("textbox", name="payload").fill("{{ event.id }}")
    expect(main.get_by_role("status").filter(has_text="Ready")).to_be_visible()


def test_an_edit_of_what_somebody_changed_meanwhile_is_refused_and_the_draft_stays(
    stage: Stage, open_page: OpenPage, request: pytest.FixtureRequest
) -> None:
    body = {"name": "shared", "trigger": {"expect": ["door.opened"]}, "actions": [{"type": "do-nothing"}]}
    made = stage.ask("POST", "/automations/", body)
    place = f"/automations/{made['id']}"
    request.addfinalizer(lambda: stage.ask("DELETE", place))
    page = open_page(stage.server.origin)
    watch_of(page, request).expect(f"/api{place}")
    show(page, f"{place}/edit")
    main = page.get_by_role("main")
    main.get_by_role("textbox", name="Name").fill("mine")
    stage.ask("PUT", place, body | {"name": "theirs"})
    main.get_by_role("button", name="Save", exact=True).click()
    told = page.get_by_role("region", name="Notifications")
    expect(told).to_contain_text("The automation was not saved.")
    expect(told).to_contain_text("after it was read")
    expect(main.get_by_role("textbox", name="Name")).to_have_value("mine")
    assert stage.ask("GET", place)["name"] == "theirs"
    # What was left here is still about what was read then.
    show(page, f"{place}/edit")
    expect(main).to_contain_text("Your draft is restored")
    expect(main.get_by_role("textbox", name="Name")).to_have_value("mine")
    main.get_by_role("button", name="Discard it").click()
    expect(main.get_by_role("textbox", name="Name")).to_have_value("theirs")
    main.get_by_role("textbox", name="Name").fill("ours")
    main.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="ours", level=1)).to_be_visible()


@both_themes
def test_a_block_is_chosen_by_its_name_and_where_there_is_none_the_way_to_one_is_shown(
    stage: Stage, open_page: OpenPage, look: Look, request: pytest.FixtureRequest
) -> None:
    for block in stage.ask("POST", "/block_documents/filter", {}):
        stage.ask("DELETE", f"/block_documents/{block['id']}")
    page = open_page(stage.server.origin)
    show(page, "/automations/new")
    main = page.get_by_role("main")
    main.get_by_role("textbox", name="Name").fill("tell the team")
    _choose(page, main.get_by_role("combobox", name="Action", exact=True), "Send a notification")
    expect(main).to_contain_text("There is no notification block yet")
    main.get_by_text("There is no notification block yet").scroll_into_view_if_needed()
    shot(page, "automation-block-none")
    axe(page)
    command = main.get_by_role("group", name="the command that makes a notification block").inner_text()
    _make_block(stage, command.removeprefix("$").split(), url="https://hooks.slack.com/services/T0/B0/x")
    # It is there without a reload.
    expect(main.get_by_text("There is no notification block yet")).to_have_count(0)
    main.get_by_role("button", name="Block", exact=True).click()
    expect(page.get_by_role("option")).to_have_text(["teamSlack Webhook"])
    shot(page, "automation-block-choice")
    page.get_by_role("option", name="team").click()
    main.get_by_role("textbox", name="body").fill("{{ event.resource.name }} failed")
    expect(main).to_contain_text("When a flow run fails, send a notification by team.")
    expect(main.get_by_role("status").filter(has_text="Ready")).to_be_visible()
    axe(page)
    _choose(page, main.get_by_role("combobox", name="Action", exact=True), "Call a webhook")
    _choose(page, main.get_by_role("combobox", name="Where to", exact=True), "The URL of a block")
    # What sends notifications is no webhook.
    command = main.get_by_role("group", name="the command that makes a webhook block").inner_text()
    orders = _make_block(stage, command.removeprefix("$").split(), url="https://example.org/orders")
    _choose(page, main.get_by_role("button", name="Block", exact=True), "orders")
    expect(main.get_by_role("textbox", name="url")).to_have_count(0)
    expect(main.get_by_role("status").filter(has_text="Ready")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="tell the team", level=1)).to_be_visible()
    id = page.url.rpartition("/")[2]
    request.addfinalizer(lambda: stage.ask("DELETE", f"/automations/{id}"))
    assert stage.ask("GET", f"/automations/{id}")["actions"][0]["block_document_id"] == orders


def _make_block(stage: Stage, words: list[str], **fields: str) -> str:
    """Type the command that the page shows, with what the terminal would ask for; the id of the block."""
    more = [word for name, value in fields.items() for word in ("--set", f"{name}={value}")]
    done = subprocess.run(
        [PROGRAM, *words[1:], *more, "--json"],
        env=stage.server.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return str(json.loads(done.stdout)["id"])


def test_things_are_found_by_their_names_where_their_ids_are_kept(page: Page, world: World) -> None:
    show(page, "/automations/new")
    main = page.get_by_role("main")
    _choose(page, main.get_by_role("combobox", name="When", exact=True), "An event comes")
    main.get_by_role("button", name="About", exact=True).click()
    page.keyboard.type("urgent")
    page.get_by_role("option", name="cluster-eu/urgent work queue").click()
    page.keyboard.press("Escape")
    expect(main.get_by_role("button", name="About", exact=True)).to_have_text("cluster-eu/urgent")
    _choose(page, main.get_by_role("combobox", name="Action", exact=True), "Pause a work queue")
    _type_choice(page, main.get_by_role("button", name="Work queue", exact=True), "cluster-eu/urgent")
    _sentence = (
        "When any event comes for work queue cluster-eu/urgent, pause the work queue cluster-eu/urgent."
    )
    expect(main).to_contain_text(_sentence)


def test_a_draft_survives_a_reload_until_it_is_discarded(stage: Stage, open_page: OpenPage) -> None:
    page = open_page(stage.server.origin)
    show(page, "/automations/new")
    name = page.get_by_role("textbox", name="Name")
    name.fill("half a thought")
    page.keyboard.press("Escape")
    page.reload()
    expect(name).to_have_value("half a thought")
    expect(page.get_by_role("main")).to_contain_text("Your draft is restored")
    page.get_by_role("button", name="Discard it").click()
    expect(name).to_have_value("")
    page.reload()
    expect(name).to_have_value("")


def test_an_automation_that_feeds_itself_is_stopped_and_stands_out(stage: Stage, open_page: OpenPage) -> None:
    stage.make_pool("idle")
    deployment = stage.deploy("loop", "idle")
    trigger = {"type": "event", "expect": ["loop.begin", "prefect.flow-run.Scheduled"]}
    run = {"type": "run-deployment", "deployment_id": deployment}
    body = {"name": "endless", "trigger": trigger, "actions": [run]}
    id = stage.ask("POST", "/automations/", body)["id"]
    page = open_page(stage.server.origin)
    show(page, "/automations")
    _emit(stage, "loop.begin")
    alert = page.get_by_role("alert").filter(has_text="The server stopped endless")
    expect(alert).to_contain_text("It feeds itself")
    expect(page.get_by_role("switch", name="endless is switched on")).not_to_be_checked()
    axe(page)
    stage.ask("DELETE", f"/automations/{id}")
    expect(alert).to_have_count(0)


@both_themes
def test_several_triggers_are_a_form_that_is_accessible(page: Page) -> None:
    show(page, "/automations/new")
    main = page.get_by_role("main")
    _choose(page, main.get_by_role("combobox", name="When", exact=True), "Several things happen, one after")
    expect(main.get_by_role("list", name="Triggers").get_by_role("listitem")).to_have_count(2)
    expect(main).to_contain_text("When a flow run fails, then any event comes, run a deployment.")
    axe(page)


def test_an_automation_is_switched_off_and_on_and_deleted(page: Page, world: World) -> None:
    body = {
        "name": "short life",
        "trigger": {"type": "event"},
        "actions": [{"type": "do-nothing"}],
        "enabled": False,
    }
    id = world.ask("POST", "/automations/", body)["id"]
    show(page, "/automations?q=short")
    switch = page.get_by_role("switch", name="short life is switched on")
    switch.click()
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    assert world.ask("GET", f"/automations/{id}")["enabled"] is False
    page.get_by_role("button", name="Actions for short life").click()
    page.get_by_role("menuitem", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No automation is like that")).to_be_visible()


def test_why_it_has_not_fired_is_told(page: Page, world: World) -> None:
    id = world.automations["train again after a failed night"]
    show(page, f"/automations/{id}?tab=state")
    expect(page.get_by_role("main").get_by_role("region", name="How it stands")).to_contain_text("never")
    page.get_by_role("tab", name="As text").click()
    expect(page.get_by_role("group", name="the automation as YAML")).to_contain_text("type: run-deployment")
