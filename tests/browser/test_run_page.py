"""The page of a run and of a task run: timeline, log, why it waits, and what can be done with it."""

import json
import re

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import axe
from tests.browser.world import World


def _timeline(page: Page) -> None:
    expect(page.get_by_test_id("timeline")).to_have_attribute("data-ready", "true")


def test_the_timeline_is_walked_by_keyboard_and_leads_to_a_task(page: Page, world: World) -> None:
    page.goto(f"/runs/{world.big.id}")
    _timeline(page)
    page.get_by_test_id("timeline").focus()
    said = page.get_by_text("24 task runs, 24 completed.")
    while not said.count():
        page.keyboard.press("j")
    # A task that is closed is one stop; opened, each of its runs is.
    page.keyboard.press("Space")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(r"[?&]node=[0-9a-f-]{36}"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/task-runs/[0-9a-f-]{36}"))
    expect(page.get_by_role("tab", name="Attempts")).to_have_attribute("aria-selected", "true")
    page.go_back()
    # What was selected is in the address, and in view again.
    _timeline(page)


def test_the_timeline_is_a_graph_and_a_table_too(page: Page, world: World) -> None:
    page.goto(f"/runs/{world.big.id}")
    _timeline(page)
    page.get_by_role("button", name="Graph").click()
    # Laid out by a worker, which the policy of the page has to allow.
    _timeline(page)
    page.get_by_role("button", name="List").click()
    table = page.get_by_role("table", name="Task runs")
    expect(table.get_by_role("row").nth(1)).to_be_visible()
    axe(page)


def test_a_log_is_searched_on_the_server_and_a_line_has_an_address(page: Page, world: World) -> None:
    page.goto(f"/runs/{world.wordy.id}?tab=logs")
    lines = page.get_by_test_id("log-lines")
    expect(lines).to_have_attribute("data-total", "307")
    expect(lines.get_by_text("<script>alert('not markup')</script>").first).to_be_visible()
    field = page.get_by_role("searchbox", name="Search logs")
    field.fill("colours")
    expect(page.get_by_text("25 matches")).to_be_visible()
    field.press("Enter")
    field.press("Enter")
    expect(page.get_by_text("2 of 25")).to_be_visible()
    page.get_by_role("button", name="Only matching lines").click()
    expect(lines).to_have_attribute("data-total", "25")

    page.goto(f"/runs/{world.wordy.id}?tab=logs#L207")
    expect(lines.get_by_role("link", name="Line 207", exact=True)).to_be_in_viewport()


def test_a_trace_is_folded_and_the_end_is_a_step_away(page: Page, world: World) -> None:
    page.goto(f"/runs/{world.wordy.id}?tab=logs")
    trace = page.get_by_text("line 31, in check_prices")
    expect(page.get_by_test_id("log-lines")).to_have_attribute("data-total", "307")
    expect(trace).to_have_count(0)
    page.get_by_role("button", name="more lines").first.click()
    expect(trace).to_be_visible()
    page.get_by_role("button", name="Jump to end").click()
    expect(page.get_by_role("link", name="Line 307", exact=True)).to_be_in_viewport()


def test_a_late_run_says_why_and_is_cancelled_and_retried_by_keyboard(page: Page, world: World) -> None:
    late = world.runs["Late"][-1]
    page.goto(f"/runs/{late.id}")
    expect(
        page.get_by_role("status").filter(has_text="Since").or_(page.get_by_text("work pool")).first
    ).to_be_visible()
    expect(page.get_by_role("button", name="Cancel", exact=True)).to_be_visible()
    page.keyboard.press("c")
    dialog = page.get_by_role("dialog", name="Cancel")
    expect(dialog).to_contain_text("It has not started")
    dialog.get_by_role("button", name="Cancel the run").press("Enter")
    expect(page.get_by_text("The run is cancelled; nothing of it had started.")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    page.keyboard.press("r")
    page.get_by_role("dialog").get_by_role("button", name="Retry the run").press("Enter")
    expect(page.get_by_text("Awaiting retry").first).to_be_visible()


def test_a_run_that_asks_for_something_is_answered_in_a_form(
    page: Page, world: World, request: pytest.FixtureRequest
) -> None:
    flow = next(iter(world.flows.values()))
    body = {"flow_id": flow, "name": "asks-for-a-reason", "state": {"type": "RUNNING"}}
    run = world.ask("POST", "/flow_runs/", body)["id"]
    request.addfinalizer(lambda: world.ask("DELETE", f"/flow_runs/{run}"))
    schema = {"type": "object", "properties": {"reason": {"type": "string"}}, "required": ["reason"]}
    keys = {"schema": "s", "description": "d", "response": "r"}
    for key, value in (("s", schema), ("d", "Why may it go out?")):
        said = {"key": key, "value": json.dumps(value)}
        world.ask("POST", f"/flow_runs/{run}/input", said)
    paused = {"type": "PAUSED", "state_details": {"run_input_keyset": keys}}
    world.ask("POST", f"/flow_runs/{run}/set_state", {"state": paused})

    page.goto(f"/runs/{run}")
    expect(
        page.get_by_text("it goes on when somebody resumes it with what it asks for").first
    ).to_be_visible()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Resume asks-for-a-reason?")
    expect(dialog).to_contain_text("Why may it go out?")
    axe(page)
    dialog.get_by_role("button", name="Resume the run").click()
    expect(dialog).to_contain_text("reason: is required.")
    dialog.get_by_role("textbox", name="reason").fill("It is tested.")
    dialog.get_by_role("button", name="Resume the run").click()
    expect(page.get_by_text("The run goes on.")).to_be_visible()
    assert world.ask("GET", f"/flow_runs/{run}/input/r") == {"reason": "It is tested."}


def test_the_history_tells_states_and_who_brought_them_about(page: Page, world: World) -> None:
    page.goto(f"/runs/{world.failed.id}?tab=history")
    states = page.get_by_role("list", name="States, oldest first").get_by_role("listitem")
    expect(states.last).to_contain_text("Failed")
