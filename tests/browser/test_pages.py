"""Every page, in both themes: it shows what it is about, does nothing that it should not, and is accessible.

`make screenshots` runs the same and keeps the pictures for the documentation.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from tests.browser.axe import axe
from tests.browser.look import NARROW, in_each_theme, is_documenting, shot
from tests.browser.world import World

PAGES: dict[str, Callable[[World], str]] = {
    "home": lambda _: "/",
    "runs": lambda _: "/runs",
    "run": lambda world: f"/runs/{world.big.id}",
    "run-failed": lambda world: f"/runs/{world.failed.id}",
    "run-late": lambda world: f"/runs/{world.run('Late').id}",
    "run-logs": lambda world: f"/runs/{world.wordy.id}?tab=logs",
    "run-configuration": lambda world: f"/runs/{world.run('Failed').id}?tab=configuration",
    "run-parameters": lambda world: f"/runs/{world.big.id}?tab=parameters",
    "flows": lambda _: "/flows",
    "flow": lambda world: f"/flows/{world.flows['nightly-etl']}",
    "deployments": lambda _: "/deployments",
    "deployment": lambda world: f"/deployments/{world.deployments['nightly-etl/production']}",
    "deployment-configuration": lambda world: (
        f"/deployments/{world.deployments['train-model/gpu']}?tab=configuration"
    ),
    "custom-run": lambda world: f"/deployments/{world.deployments['train-model/gpu']}/run",
    "automations": lambda _: "/automations",
    "automation": lambda world: f"/automations/{world.automations['note big orders']}",
    "automation-state": lambda world: f"/automations/{world.automations['note big orders']}?tab=state",
    "automation-edit": lambda world: (
        f"/automations/{world.automations['train again after a failed night']}/edit"
    ),
    "automation-new": lambda world: f"/automations/new?event={world.orders[0]}",
    "events": lambda _: "/events",
    "event": lambda world: f"/events/{world.orders[0]}",
    "work-pools": lambda _: "/work-pools",
    "work-pool": lambda _: "/work-pools/cluster-eu",
    "work-pool-template": lambda _: "/work-pools/cluster-eu?tab=template",
    "work-pool-new": lambda _: "/work-pools/new",
    "workers": lambda _: "/workers",
    "variables": lambda _: "/variables",
    "concurrency": lambda _: "/concurrency",
    "settings": lambda _: "/settings",
}


def show(page: Page, path: str) -> None:
    """Open a path, and wait until it is what it is about: a heading, and nothing that still loads."""
    page.goto(path)
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_quiet_and_accessible(page, world, name):
    if is_documenting():
        page.clock.set_fixed_time(world.now + timedelta(minutes=1))
    show(page, PAGES[name](world))
    for _ in in_each_theme(page):
        shot(page, name)
        axe(page)


@pytest.mark.parametrize("look", [NARROW], indirect=True, ids=str)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_narrow_window(page, world, name):
    # Tomorrow: times of today are shown without their day, and take less room.
    page.clock.set_fixed_time(world.now + timedelta(days=1))
    show(page, PAGES[name](world))
    shot(page, f"{name}-narrow")
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than its window"


def test_an_address_that_leads_nowhere_says_so(page):
    show(page, "/no/such/page")
    axe(page)


NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("path", "noun", "asked"),
    [
        (f"/runs/{NOBODY}", "flow run", f"/api/flow_runs/{NOBODY}/detail"),
        ("/runs/not-an-id", "flow run", "/api/flow_runs/not-an-id/detail"),
        (f"/task-runs/{NOBODY}", "task run", f"/api/task_runs/{NOBODY}/detail"),
        (f"/flows/{NOBODY}", "flow", f"/api/flows/{NOBODY}"),
        (f"/deployments/{NOBODY}", "deployment", f"/api/deployments/{NOBODY}"),
        (f"/automations/{NOBODY}", "automation", f"/api/automations/{NOBODY}"),
        (f"/events/{NOBODY}", "event", f"/api/events/{NOBODY}"),
        ("/work-pools/nowhere", "work pool", None),
    ],
)
def test_a_thing_that_is_not_there_has_a_page_that_leads_on(page, watch, path, noun, asked):
    if asked is not None:
        watch.expect(asked)
    show(page, path)
    expect(page.get_by_role("heading", level=1)).to_have_text(noun.capitalize())
    expect(page.get_by_role("main")).to_contain_text(f"There is no such {noun}")
    expect(page.get_by_role("main").get_by_role("link", name="All ")).to_be_visible()
    axe(page)
