"""Home: what needs somebody, what is under way, and how to begin where there is nothing yet."""

import re

from playwright.sync_api import Page, expect
from tests.browser.axe import axe
from tests.browser.conftest import watch_of
from tests.browser.stand import UiServer
from tests.browser.unreliable import REQUEST_ID, let_it_try_again
from tests.browser.world import World


def _open(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def test_what_needs_somebody_leads_to_what_it_is_about(page: Page, world: World) -> None:
    _open(page)
    attention = page.get_by_role("region", name="Needs attention")
    failing = attention.get_by_role("listitem").filter(has_text="send-report/weekly").first
    expect(failing).to_contain_text("Failing")
    expect(failing.get_by_role("img", name="Critical")).to_be_visible()
    failing.get_by_role("link", name="Show failed runs").click()
    expect(page.get_by_role("button", name="State is Failed or Crashed", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Deployment is send-report/weekly", exact=True)).to_be_visible()
    expect(page.get_by_test_id("runs-table").locator("tr[data-index]").first).to_contain_text("weekly")


def test_counts_and_bars_lead_to_their_runs(page: Page, world: World) -> None:
    _open(page)
    # A run that another test made may become late between the two looks, but not each time.
    assert any(_late_here_and_there(page) for _ in range(3))

    bars = page.get_by_role("slider", name="Runs by the time")
    bars.focus()
    page.keyboard.press("ArrowLeft")
    expect(bars).to_have_attribute("aria-valuetext", re.compile(r"\d+ runs?"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/runs\?q=since:.*until:"))


def _late_here_and_there(page: Page) -> bool:
    """Whether Home counts as many late runs as the list has that it leads to; ends on Home."""
    late = page.get_by_role("list", name="Runs now").get_by_role("link", name=re.compile("Late"))
    count = int((late.text_content() or "").removeprefix("Late"))
    late.click()
    rows = page.get_by_test_id("runs-table").locator("tr[data-index]")
    expect(rows.first).to_be_visible()
    found = rows.count()
    page.go_back()
    expect(late).to_be_visible()
    return found == count


def test_the_picture_is_a_table_too(page: Page, world: World) -> None:
    _open(page)
    page.get_by_role("button", name="Show as a table").click()
    table = page.get_by_role("table", name="Runs by the time")
    expect(table.get_by_role("row").nth(1)).to_be_visible()
    axe(page)
    table.get_by_role("button", name=re.compile("^Runs from")).first.click()
    expect(page).to_have_url(re.compile(r"/runs\?q=since:"))


def test_who_begins_is_told_how_and_sees_it_happen(open_page, mortal_server: UiServer) -> None:
    page = open_page(mortal_server.origin)
    _open(page)
    expect(page.get_by_role("heading", name="Welcome to Penstock")).to_be_visible()
    expect(page.get_by_text("penstock work-pool create local --type process")).to_be_visible()
    axe(page)
    expect(page.get_by_role("img", name="Done")).to_have_count(0)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    mortal_server.ask("POST", "/work_pools/", {"name": "local", "type": "process"})
    first = page.get_by_role("listitem").filter(has_text="Create a work pool")
    expect(first.get_by_role("img", name="Done")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Start a worker")).to_have_attribute(
        "aria-current", "step"
    )


def test_an_error_says_which_request_failed_and_can_be_retried(open_page, unreliable, request) -> None:
    page = open_page(unreliable.origin)
    watch_of(page, request).expect("/api/overview")
    unreliable.fail("/api/overview")
    page.clock.install()
    page.goto("/")
    problem = page.get_by_role("main").get_by_role("alert")
    let_it_try_again(page, problem.filter(has_text=REQUEST_ID))
    unreliable.heal()
    problem.get_by_role("button", name="Retry").click()
    expect(page.get_by_role("region", name="Needs attention")).to_be_visible()


def test_the_page_asks_little_and_is_small(page: Page, world: World, watch) -> None:
    world.wait_until_quiet()
    _open(page)
    asked = [each for each in watch.requests if "/api/" in each and "/api/live" not in each]
    assert len(asked) <= 4, asked
    assert page.evaluate("document.querySelectorAll('*').length") <= 1_500
