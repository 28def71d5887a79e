"""The list of runs: what is typed and what is chosen is one filter, and what is done to many runs is told."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import axe
from tests.browser.conftest import watch_of
from tests.browser.stand import UiServer
from tests.browser.unreliable import REQUEST_ID, Unreliable, let_it_try_again
from tests.browser.world import World


def _rows(page: Page) -> Locator:
    return page.get_by_test_id("runs-table").locator("tr[data-index]")


_SCROLLED = """() => document.querySelector("[data-testid=runs-table] table").parentElement.scrollTop > 0"""


def _open(page: Page, path: str = "/runs") -> None:
    page.goto(path)
    expect(page.get_by_role("searchbox", name="Filter runs")).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def _chip(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


@pytest.fixture(scope="module")
def quiet_server(built_ui: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UiServer]:
    """A server on which nothing happens by itself; each test looks at the runs of a flow of its own."""
    with UiServer(tmp_path_factory.mktemp("quiet") / "home") as server:
        yield server


def _deploy(server: UiServer, flow_name: str = "etl") -> str:
    """A deployment whose pool no worker serves; its id."""

    def made(path: str, body: dict[str, object]) -> str:
        answer = server.ask("POST", path, body)
        assert answer.status < 300, answer.body
        return str(answer.json["id"])

    made("/work_pools/", {"name": flow_name, "type": "process"})
    flow = made("/flows/", {"name": flow_name})
    return made("/deployments/", {"name": "prod", "flow_id": flow, "work_pool_name": flow_name})


def _schedule(server: UiServer, deployment: str, count: int, **details: object) -> None:
    """That many runs, due in an hour."""
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": due}}
    for first in range(0, count, 50):
        runs = [{"state": state, **details} for _ in range(min(50, count - first))]
        answer = server.ask("POST", f"/deployments/{deployment}/create_flow_run/bulk", runs)
        assert answer.status < 300, answer.body


def test_what_is_typed_becomes_chips_and_what_is_chosen_becomes_text(page: Page, world: World) -> None:
    _open(page)
    page.keyboard.press("/")
    page.keyboard.type("state:fai")
    expect(page.get_by_role("option", name="failed")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("-flow:nightly-etl tag:ml")
    expect(_chip(page, "State is Failed")).to_be_visible()
    expect(_chip(page, "Flow is not nightly-etl")).to_be_visible()
    expect(_chip(page, "Tag is ml")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=state:failed\+-flow:nightly-etl\+tag:ml"))
    expect(page.get_by_test_id("runs-table")).to_contain_text(world.failed.name)
    expect(page.get_by_test_id("runs-table").get_by_text("nightly-etl", exact=True)).to_have_count(0)

    _chip(page, "State is Failed").click()
    page.get_by_role("checkbox", name="Crashed").click()
    page.get_by_role("button", name="is none of").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).to_have_value("-state:failed,crashed -flow:nightly-etl tag:ml")
    expect(page.get_by_test_id("runs-table").get_by_text("Failed", exact=True)).to_have_count(0)
    axe(page)

    page.go_back()
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("state:failed -flow:nightly-etl tag:ml")


def test_a_word_that_is_not_understood_is_told_and_mended(page: Page) -> None:
    _open(page)
    page.get_by_role("searchbox").fill("stat:failed")
    expect(page.get_by_role("alert")).to_contain_text("There is no filter “stat”")
    expect(_chip(page, "State")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Use state:failed").click()
    expect(_chip(page, "State is Failed")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_job_variable_that_runs_set_is_a_filter(page: Page, world: World) -> None:
    _open(page)
    page.get_by_role("button", name="Add filter").click()
    page.get_by_role("menuitem", name="Job variable").click()
    page.get_by_role("textbox", name="Job variable").fill("env.LOG_LEVEL")
    page.get_by_placeholder("Anything").fill("DEBUG")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("searchbox")).to_have_value("jv.env.LOG_LEVEL=DEBUG")
    expect(page.get_by_test_id("runs-table")).to_contain_text(world.big.name)
    expect(page.get_by_test_id("runs-table")).not_to_contain_text(world.failed.name)


def test_the_page_opens_with_the_view_that_is_its_default(page: Page) -> None:
    _open(page, "/runs?q=state:crashed&sort=name")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("textbox", name="Save what is shown as").fill("Crashes")
    page.get_by_role("checkbox", name="Open this page with it").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Don't open with Crashes")).to_be_visible()
    axe(page)

    _open(page)
    expect(_chip(page, "State is Crashed")).to_be_visible()
    expect(page).to_have_url(re.compile(r"q=state:crashed&sort=name"))
    page.get_by_role("button", name="Clear all").click()
    expect(_chip(page, "State")).to_be_visible()

    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Delete view Crashes").click()
    expect(page.get_by_text("No views yet")).to_be_visible()
    _open(page)
    expect(_chip(page, "State")).to_be_visible()


def test_many_runs_are_cancelled_by_filter_and_brought_back(open_page, quiet_server: UiServer) -> None:
    deployment = _deploy(quiet_server, "many")
    _schedule(quiet_server, deployment, 120)
    page = open_page(quiet_server.origin)
    _open(page, "/runs?q=next:24h flow:many")
    expect(page.get_by_text("120 runs", exact=True).first).to_be_visible()
    page.get_by_role("checkbox", name="Select all").first.click()
    page.get_by_role("button", name="Select all 120 that match").click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel 120 runs").click()
    expect(page.get_by_text("120 runs cancelled")).to_be_visible()
    expect(_rows(page).first).to_contain_text("Cancelled")
    assert _count(quiet_server, "many", "CANCELLED") == 120
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("120 runs scheduled as before")).to_be_visible()
    assert _count(quiet_server, "many", "SCHEDULED") == 120


def _count(server: UiServer, flow: str, state: str) -> int:
    """How many runs of a flow are in a state."""
    which = {"flows": {"name": {"any_": [flow]}}, "flow_runs": {"state": {"type": {"any_": [state]}}}}
    return int(server.ask("POST", "/flow_runs/count", which).json)


def test_a_long_cancellation_shows_its_progress_and_stops(open_page, quiet_server: UiServer) -> None:
    deployment = _deploy(quiet_server, "long")
    _schedule(quiet_server, deployment, 200)
    with Unreliable(quiet_server.port) as proxy:
        proxy.hold("/api/flow_runs/bulk_set_state", after=1)
        page = open_page(proxy.origin)
        _open(page, "/runs?q=next:24h flow:long")
        page.get_by_role("checkbox", name="Select all").first.click()
        page.get_by_role("button", name="Select all 200 that match").click()
        page.keyboard.press("c")
        page.get_by_role("dialog").get_by_role("button", name="Cancel 200 runs").click()
        dialog = page.get_by_role("dialog", name="Cancelling…")
        expect(dialog).to_contain_text("50 done of 200")
        expect(dialog.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
        axe(page)
        dialog.get_by_role("button", name="Stop").click()
        proxy.heal()
        stopped = page.get_by_role("dialog", name=re.compile("^Stopped: [0-9]+ runs cancelled"))
        expect(stopped).to_contain_text("not tried")
        told = re.search("([0-9]+) done of 200", stopped.inner_text())
        assert told is not None and _count(quiet_server, "long", "CANCELLED") == int(told[1]) < 200
        page.close()


def test_what_is_refused_is_told_with_the_reason(page: Page, world: World) -> None:
    _open(page, f"/runs?q={world.failed.name}")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("c")
    page.get_by_role("dialog").get_by_role("button", name="Cancel 1 run").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 refused")
    expect(dialog).to_contain_text("already ended as Failed")
    axe(page)
    dialog.get_by_role("button", name="Close").first.click()
    expect(_rows(page).first).to_contain_text("Failed")


def test_deleting_wants_to_be_typed(open_page, quiet_server: UiServer) -> None:
    deployment = _deploy(quiet_server, "deleted")
    _schedule(quiet_server, deployment, 3)
    page = open_page(quiet_server.origin)
    _open(page, "/runs?q=next:24h flow:deleted")
    page.get_by_role("checkbox", name="Select all").first.click()
    page.get_by_role("button", name="Delete", exact=True).click()
    confirm = page.get_by_role("dialog").get_by_role("button", name="Delete 3 runs")
    expect(confirm).to_be_disabled()
    page.get_by_role("dialog").get_by_role("textbox").fill("delete 3")
    confirm.click()
    expect(page.get_by_text("3 runs deleted")).to_be_visible()
    expect(page.get_by_text("No run matches.").or_(page.get_by_text("There are no runs"))).to_be_visible()


def test_rows_change_in_place_and_new_ones_wait_while_somebody_reads(
    open_page, quiet_server: UiServer
) -> None:
    deployment = _deploy(quiet_server, "read")
    _schedule(quiet_server, deployment, 60)
    page = open_page(quiet_server.origin)
    _open(page, "/runs?q=next:24h flow:read")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    _schedule(quiet_server, deployment, 1, name="at-the-top")
    expect(page.get_by_test_id("runs-table")).to_contain_text("at-the-top")

    page.get_by_test_id("runs-table").locator("table").hover()
    page.mouse.wheel(0, 600)
    page.wait_for_function(_SCROLLED)
    _schedule(quiet_server, deployment, 2, name="waits")
    expect(page.get_by_role("button", name="2 new")).to_be_visible()
    expect(page.get_by_test_id("runs-table").get_by_text("waits", exact=True)).to_have_count(0)
    page.get_by_role("button", name="2 new").click()
    expect(page.get_by_test_id("runs-table").get_by_text("waits", exact=True)).to_have_count(2)


def test_a_server_that_dies_and_comes_back_is_shown_as_it_is(
    open_page, mortal_server: UiServer, request
) -> None:
    deployment = _deploy(mortal_server)
    _schedule(mortal_server, deployment, 2, name="before")
    page = open_page(mortal_server.origin)
    watch_of(page, request).expect("net::ERR_")
    _open(page, "/runs?q=next:24h")
    expect(_rows(page)).to_have_count(2)
    mortal_server.kill()
    expect(page.get_by_text(re.compile("[Rr]econnecting|offline", re.IGNORECASE)).first).to_be_visible()
    expect(_rows(page)).to_have_count(2)
    mortal_server.start()
    _schedule(mortal_server, deployment, 1, name="after")
    expect(page.get_by_test_id("runs-table")).to_contain_text("after")


def test_an_error_says_which_request_failed_and_can_be_retried(open_page, unreliable, request) -> None:
    page = open_page(unreliable.origin)
    watch_of(page, request).expect("/api/flow_runs/list")
    unreliable.fail("/api/flow_runs/list")
    page.clock.install()
    page.goto("/runs")
    problem = page.get_by_test_id("runs-table").get_by_role("alert")
    let_it_try_again(page, problem.filter(has_text=REQUEST_ID))
    unreliable.heal()
    problem.get_by_role("button", name="Retry").click()
    expect(_rows(page).first).to_be_visible()


def test_the_page_asks_little_and_is_small(page: Page, world: World, watch) -> None:
    world.wait_until_quiet()
    _open(page)
    expect(_rows(page).first).to_be_visible()
    asked = [each for each in watch.requests if "/api/" in each and "/api/live" not in each]
    assert len(asked) <= 4, asked
    assert page.evaluate("document.querySelectorAll('*').length") <= 1_500
