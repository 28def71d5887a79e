"""The pages of deployments and flows: what can be done with them, and that it is done."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import axe
from tests.browser.look import both_themes
from tests.browser.world import World

ETL = "nightly-etl/production"
REPORT = "send-report/weekly"


@pytest.fixture
def spare(world: World) -> Iterator[str]:
    """A deployment of this test's own, whose runs stay what they are: no worker looks at its pool."""
    like = world.ask("GET", f"/deployments/{world.deployments[REPORT]}")
    kept = ("flow_id", "entrypoint", "path", "parameter_openapi_schema", "work_pool_name", "parameters")
    body = {name: like[name] for name in kept} | {"name": "for-a-test", "tags": ["for-a-test"]}
    made = str(world.ask("POST", "/deployments/", body)["id"])
    yield made
    world.server.ask("DELETE", f"/deployments/{made}")


def read(world: World, deployment: str) -> dict[str, object]:
    """What the server says of a deployment."""
    found: dict[str, object] = world.ask("GET", f"/deployments/{deployment}")
    return found


def test_a_deployment_is_paused_where_it_is_listed_and_the_pause_taken_back(page: Page, world, spare):
    page.goto("/deployments?tag=for-a-test")
    table = page.get_by_role("table", name="Deployments")
    active = table.get_by_role("switch", name="send-report/for-a-test is active")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(active).to_be_checked()
    active.click()
    notice = page.get_by_role("region", name="Notifications")
    expect(notice).to_contain_text("Paused send-report/for-a-test")
    expect(table).to_contain_text("Paused")
    assert read(world, spare)["paused"] is True
    notice.get_by_role("button", name="Undo").click()
    expect(active).to_be_checked()
    assert read(world, spare)["paused"] is False


def test_the_address_holds_what_the_list_is_narrowed_to(page: Page, world):
    page.goto("/deployments")
    table = page.get_by_role("table", name="Deployments")
    expect(table.get_by_role("link", name="production nightly-etl")).to_be_visible()
    page.get_by_role("search").locator("label", has_text="Paused").click()
    page.get_by_role("searchbox", name="Search deployments").fill("report")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table).to_contain_text("on-demand")
    expect(page).to_have_url(re.compile(r"\?status=paused&q=report$"))
    page.reload()
    expect(table.get_by_role("row")).to_have_count(2)
    page.get_by_role("button", name="Clear all").click()
    expect(table.get_by_role("link", name="production nightly-etl")).to_be_visible()


def test_the_last_runs_are_one_stop_and_arrows_lead_along(page: Page, world):
    page.goto("/deployments")
    runs = page.get_by_role("list", name="Last runs of send-report/weekly").get_by_role("link")
    expect(runs).to_have_count(10)
    runs.last.focus()
    page.keyboard.press("ArrowLeft")
    expect(runs.nth(8)).to_be_focused()
    page.keyboard.press("Home")
    expect(runs.first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*")


@both_themes
def test_a_schedule_shows_what_the_clock_does_to_it_before_it_is_saved(page: Page, watch, world, spare):
    watch.expect("/api/schedules/preview")
    page.goto(f"/deployments/{spare}?tab=schedules")
    page.get_by_role("button", name="Add a schedule").click()
    dialog = page.get_by_role("dialog", name="Add a schedule")
    cron = dialog.get_by_label("Cron expression")
    cron.fill("30 25 * * *")
    expect(dialog).to_contain_text("the field for the hour cannot be used")
    expect(dialog.get_by_role("button", name="Add schedule")).to_have_attribute("aria-disabled", "true")
    cron.fill("30 2 * * *")
    preview = dialog.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("at 02:30 every day")
    expect(preview).to_contain_text("02:30 is skipped, and this run is at 03:00")
    expect(preview).to_contain_text("02:30 comes twice, and this run is at the first")
    dialog.get_by_role("button", name="Time zone").click()
    page.get_by_role("combobox", name="Filter Time zone").fill("tokyo")
    page.keyboard.press("Enter")
    expect(preview).to_contain_text("The clock of Asia/Tokyo is not put forward or back")
    dialog.get_by_role("button", name="Name, limit, missed runs and parameters…").click()
    dialog.get_by_role("combobox", name="Runs that were missed").click()
    page.get_by_role("option", name="Run the newest").click()
    dialog.get_by_label("Skip a run that is later than, in seconds").fill("300")
    axe(page, "[role=dialog]")
    dialog.get_by_role("button", name="Add schedule").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("switch", name="at 02:30 every day is active")).to_be_checked()
    expect(page.get_by_role("tabpanel")).to_contain_text("makes up the newest missed run")
    [saved] = read(world, spare)["schedules"]
    assert saved["schedule"] == {"cron": "30 2 * * *", "timezone": "Asia/Tokyo", "day_or": True}
    assert (saved["catch_up"], saved["max_lateness_seconds"]) == ("latest", 300)

    page.get_by_role("button", name="Delete: at 02:30 every day").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("It has no schedule")
    page.get_by_role("region", name="Notifications").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("switch", name="at 02:30 every day is active")).to_be_checked()


def test_a_deployment_is_run_with_its_defaults_and_leads_to_the_run(page: Page, world, spare):
    page.goto(f"/deployments/{spare}")
    page.get_by_role("button", name="Run", exact=True).click()
    notice = page.get_by_role("region", name="Notifications")
    expect(notice).to_contain_text("Created the run")
    notice.get_by_role("button", name="Open").click()
    page.wait_for_url("**/runs/*")
    run = world.ask("GET", f"/flow_runs/{page.url.rsplit('/', 1)[1].split('?')[0]}")
    assert run["deployment_id"] == spare
    assert run["parameters"]["recipients"] == ["sales@shop.example"]


def test_a_value_of_the_deployment_is_edited_and_only_what_is_set_is_kept(page: Page, world, spare):
    before = read(world, spare)["parameters"]
    page.goto(f"/deployments/{spare}?tab=parameters")
    page.get_by_role("button", name="Edit values").click()
    save = page.get_by_role("button", name="Save values")
    expect(save).to_have_attribute("aria-disabled", "true")
    page.get_by_role("tabpanel").get_by_role("textbox").first.fill("ops@shop.example")
    save.click()
    expect(page.get_by_role("table", name="Parameters")).to_contain_text("ops@shop.example")
    assert read(world, spare)["parameters"] == {"recipients": ["ops@shop.example"]}
    page.get_by_role("region", name="Notifications").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("table", name="Parameters")).to_contain_text("sales@shop.example")
    assert read(world, spare)["parameters"] == before


def test_a_deployment_is_deleted_only_by_its_name(page: Page, world, spare):
    page.goto(f"/deployments/{spare}")
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Delete…").click()
    dialog = page.get_by_role("dialog")
    confirm = dialog.get_by_role("button", name="Delete the deployment")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill("send-report/for-a-test")
    confirm.click()
    page.wait_for_url("**/deployments")
    assert world.server.ask("GET", f"/deployments/{spare}").status == 404


@pytest.mark.parametrize("tab", ["runs", "parameters", "schedules"])
def test_tabs_of_a_deployment_are_accessible(page: Page, world, tab):
    page.goto(f"/deployments/{world.deployments[ETL]}?tab={tab}")
    expect(page.get_by_role("tabpanel").locator("table").first).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    axe(page)


def test_a_flow_leads_to_its_deployments_and_its_runs(page: Page, world):
    page.goto("/flows")
    page.get_by_role("link", name="nightly-etl", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("nightly-etl")
    expect(page.get_by_role("main")).to_contain_text("How runs went")
    page.get_by_role("tab", name="Deployments").click()
    deployments = page.get_by_role("table", name="Deployments")
    expect(deployments).to_contain_text("production")
    expect(deployments).to_contain_text("staging")
    expect(deployments).not_to_contain_text("weekly")
    page.get_by_role("tab", name="Runs").click()
    expect(page.get_by_role("table", name="Runs")).to_contain_text(world.big.name)
    assert parse_qs(urlsplit(page.url).query) == {"tab": ["runs"]}
