"""Events: what happens is shown as it happens, found again, and made the beginning of an automation."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import axe
from tests.browser.look import both_themes, shot
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


@both_themes
def test_an_event_is_drawn_with_its_resources_by_role_each_with_its_page_and_its_events(
    page: Page, world: World
) -> None:
    run = world.run("Failed")
    wanted = {
        "event": {"name": ["prefect.flow-run.Failed"]},
        "resource": {"id": [f"prefect.flow-run.{run.id}"]},
    }
    (event,) = world.ask("POST", "/events/filter", {"filter": wanted})["events"]
    ids = {each["prefect.resource.role"]: each["prefect.resource.id"] for each in event["related"]}
    show(page, f"/events/{event['id']}")
    graph = page.get_by_test_id("event-graph")
    centre = graph.get_by_role("link", name=run.name, exact=True)
    expect(centre).to_have_attribute("href", re.compile(f"/runs/{run.id}$"))
    expect(graph.get_by_role("link", name="the event before")).to_be_visible()
    roles = graph.get_by_role("list", name="What had part in it, by role")
    for role, name, where in (
        ("flow", "send-report", "/flows/"),
        ("deployment", "weekly", "/deployments/"),
        ("work pool", "batch", "/work-pools/batch"),
        ("tag", "report", "/runs"),
    ):
        (link, events) = roles.get_by_role("list", name=f"{role}: 1 resource").get_by_role("link").all()
        expect(link).to_have_text(name)
        expect(link).to_have_attribute("href", re.compile(where))
        expect(events).to_have_accessible_name(f"Events of {role} {name}")
    graph.scroll_into_view_if_needed()
    shot(page, "event-graph")
    axe(page)
    graph.get_by_role("link", name="Events of deployment weekly").click()
    expect(page.get_by_role("searchbox", name="Filter events")).to_have_value(
        f"resource:{ids['deployment']} since:ever"
    )
    expect(_rows(page).filter(has_text=run.name).filter(has_text="failed").first).to_be_visible()


def test_what_many_had_part_in_shows_some_of_them_and_the_rest_when_asked(page: Page, world: World) -> None:
    event = {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "stock.counted",
        "resource": {"prefect.resource.id": "shop.stock", "prefect.resource.name": "stock"},
        "related": [
            {"prefect.resource.id": f"shop.article.{n}", "prefect.resource.role": "article"}
            for n in range(20)
        ],
    }
    world.ask("POST", "/events", [event])
    show(page, f"/events/{event['id']}")
    articles = page.get_by_test_id("event-graph").get_by_role("list", name="article: 20 resources")
    expect(articles.get_by_role("link")).to_have_count(6)
    articles.get_by_role("button", name="14 more").click()
    expect(articles.get_by_role("link", name="Events of shop.article.19")).to_be_visible()
    expect(articles.get_by_role("button")).to_have_count(0)


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
