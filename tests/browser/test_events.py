"""Events: what happens is shown as it happens, found again, and made the beginning of an automation."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import axe
from tests.browser.look import both_themes
from tests.browser.test_pages import show
from tests.browser.world import World


def _emit(world: World, name: str, resource: str, **payload: Any) -> str:
    event = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": name,
        "resource": {"prefect.resource.id": resource},
        "payload": payload,
    }
    world.ask("POST", "/events", [event])
    return str(event["id"])


def _rows(page: Page) -> Locator:
    return page.get_by_test_id("events-table").get_by_role("row")


def test_what_happens_is_shown_as_it_happens_and_waits_while_paused(page: Page, world: World) -> None:
    name = f"bell.{uuid4().hex[:8]}"
    show(page, f"/events?q=event:{name}.*")
    expect(page.get_by_text("No event in this time")).to_be_visible()
    _emit(world, f"{name}.first", "door.1")
    expect(_rows(page).filter(has_text=f"{name}.first")).to_be_visible()
    page.get_by_role("button", name="Pause live changes").click()
    _emit(world, f"{name}.second", "door.1")
    expect(page.get_by_role("banner").get_by_role("status")).to_contain_text("Paused")
    expect(_rows(page).filter(has_text=f"{name}.second")).to_have_count(0)
    page.get_by_role("button", name="Resume live changes").click()
    expect(_rows(page).filter(has_text=f"{name}.second")).to_be_visible()


def test_the_filter_is_in_the_address_as_text_and_as_chips(page: Page, world: World) -> None:
    show(page, "/events")
    page.get_by_role("button", name="Event", exact=True).click()
    page.get_by_role("option", name="order.placed").first.click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"\?q=event:order\.placed$"))
    expect(page.get_by_role("searchbox", name="Filter events")).to_have_value("event:order.placed")
    expect(_rows(page)).to_have_count(1 + len(world.orders))
    page.get_by_role("searchbox", name="Filter events").fill("resource:shop.order.17 since:7d")
    expect(page).to_have_url(re.compile(r"resource:shop\.order\.17\+since:7d$"))
    expect(page.get_by_role("button", name="Time is the last 7 days")).to_be_visible()
    expect(page.get_by_role("button", name="Resource is shop.order.17")).to_be_visible()
    page.go_back()
    page.go_forward()
    expect(page.get_by_role("button", name="Resource is shop.order.17")).to_be_visible()


def test_the_picture_chooses_a_time(page: Page, world: World) -> None:
    show(page, "/events?q=event:order.placed")
    picture = page.get_by_role("slider", name="Events by time")
    expect(picture).to_have_attribute("aria-valuetext", f"{len(world.orders)} events in all")
    picture.focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"since:.*until:"))


@both_themes
def test_an_event_tells_all_and_what_was_around_it(page: Page, world: World) -> None:
    show(page, f"/events/{world.orders[1]}")
    main = page.get_by_role("main")
    expect(main.get_by_role("region", name="the payload")).to_contain_text("total: 1200")
    expect(main).to_contain_text("shop.customer.3")
    page.get_by_role("tab", name="Around it").click()
    expect(main.get_by_text("All of its events")).to_be_visible()
    axe(page)
    page.get_by_role("tab", name="JSON").click()
    expect(main.get_by_role("region", name="the event")).to_contain_text(world.orders[1])
    axe(page)


def test_an_event_begins_an_automation_that_answers_it(page: Page, world: World) -> None:
    show(page, f"/events/{world.orders[0]}")
    page.get_by_role("link", name="Create automation").click()
    expect(page.get_by_role("heading", name="New automation", level=1)).to_be_visible()
    main = page.get_by_role("main")
    expect(main.get_by_role("textbox", name="Name")).to_have_value("On order.placed")
    expect(main).to_contain_text("When order.placed comes for shop.order.17, run a deployment.")
    expect(main.get_by_role("button", name="Try templates on")).to_contain_text("order 17")


def test_runs_pools_and_deployments_list_what_touches_them(page: Page, world: World) -> None:
    show(page, f"/runs/{world.failed.id}?tab=events")
    expect(_rows(page).filter(has_text="failed").first).to_be_visible()
    show(page, "/work-pools/cluster-eu?tab=events")
    expect(_rows(page).filter(has_text="Flow run").first).to_be_visible()
    show(page, f"/deployments/{world.deployments['train-model/gpu']}?tab=automations")
    expect(page.get_by_role("main")).to_contain_text("train again after a failed night")
