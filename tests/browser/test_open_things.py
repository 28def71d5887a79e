"""What pages open is accessible in both themes, and gives the focus back: dialogs, menus, filters, tabs."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.axe import axe
from tests.browser.keyboard import Keyboard
from tests.browser.look import NARROW, Look, in_each_theme
from tests.browser.test_pages import show
from tests.browser.world import World


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Look:
    """Nothing fades in: colours are judged as they stay."""
    return getattr(request, "param", Look(reduced_motion=True))


class Opened(NamedTuple):
    """Something that opens: where, by which buttons and menu items in turn, and as what."""

    path: Callable[[World], str]
    by: tuple[str, ...]
    role: str
    name: str


def _path(path: str) -> Callable[[World], str]:
    return lambda _: path


def _deployment(tab: str, name: str = "train-model/gpu") -> Callable[[World], str]:
    return lambda world: f"/deployments/{world.deployments[name]}?tab={tab}"


TEMPLATE = _path("/work-pools/cluster-eu?tab=template")
CONFIGURATION = _deployment("configuration")

THINGS = {
    "columns": Opened(_path("/flows"), ("Choose columns",), "menu", "Columns"),
    "new-variable": Opened(_path("/variables"), ("New variable",), "dialog", "New variable"),
    "filter-time": Opened(_path("/runs"), ("Time is the last 7 days",), "dialog", "Filter by Time"),
    "filter-state": Opened(_path("/runs?q=state:failed"), ("State is Failed",), "dialog", "Filter by State"),
    "views": Opened(_path("/runs"), ("Views",), "dialog", "Saved views"),
    "delete-pool": Opened(_path("/work-pools"), ("Actions for batch", "Delete"), "dialog", "Delete batch?"),
    "template-variable": Opened(TEMPLATE, ("Actions for namespace", "Edit, rename"), "dialog", "namespace"),
    "schedule": Opened(_deployment("schedules"), ("Add schedule",), "dialog", "schedule"),
    "add": Opened(CONFIGURATION, ("Add a job variable",), "dialog", "Add"),
    "promote": Opened(
        lambda world: f"/runs/{world.big.id}?tab=configuration",
        ("Actions for env.LOG_LEVEL", "Promote to the deployment"),
        "dialog",
        "Promote",
    ),
}

VIEWS: dict[str, Callable[[World], str]] = {
    "tasks": lambda world: f"/runs/{world.big.id}?tab=tasks",
    "history": lambda world: f"/runs/{world.failed.id}?tab=history",
    "graph": lambda world: f"/runs/{world.big.id}?view=graph",
    "list": lambda world: f"/runs/{world.big.id}?view=list",
    "compare": lambda world: (
        f"/runs/compare?a={world.run('real failure').id}&b={world.run('real rerun').id}&equal=true"
    ),
    "odd-values": lambda world: (
        f"/runs/{world.failed.id}?tab=xyz&view=odd&node=%00&level=NaN&find=(&line=none&constructor=1#L0-Lx"
    ),
    "odd-filter": _path("/runs?q=since:garbage+state:%22&sort=nothing&view="),
}


def in_both_themes(page: Page, within: str | None = None) -> None:
    """Judge what is open in one theme and in the other."""
    for _ in in_each_theme(page):
        axe(page, within)


def press(page: Page, names: tuple[str, ...]) -> Locator:
    """Press the buttons and menu items one after the other, by keyboard; the first of them."""
    first, *rest = names
    opener = page.get_by_role("button", name=first, exact=first == names[-1]).first
    opener.focus()
    page.keyboard.press("Enter")
    for name in rest:
        item = page.get_by_role("menuitem", name=name).first
        item.focus()
        page.keyboard.press("Enter")
    return opener


@pytest.mark.parametrize("name", THINGS)
def test_what_opens_is_accessible_and_gives_the_focus_back(page, world, name):
    path, by, role, title = THINGS[name]
    show(page, path(world))
    opener = press(page, by)
    opened = page.get_by_role(role, name=title).last
    expect(opened).to_be_visible()
    expect(opened.locator("[aria-busy=true]")).to_have_count(0)
    assert page.evaluate("(role) => !!document.activeElement.closest(`[role=${role}]`)", role)
    in_both_themes(page, f"[role={role}]")
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    expect(opener).to_be_focused()
    Keyboard(page).sees_focus()


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_of_a_page_is_accessible(page, world, name):
    show(page, VIEWS[name](world))
    in_both_themes(page)


def test_the_palette_and_the_keys_are_accessible(page, world):
    show(page, "/workers")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or go to")).to_be_focused()
    page.keyboard.type("nightly")
    expect(page.get_by_role("option").filter(has_text="nightly-etl").first).to_be_visible()
    in_both_themes(page, "[role=dialog]")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    in_both_themes(page, "[role=dialog]")


@pytest.mark.parametrize("look", [NARROW.with_(reduced_motion=True)], indirect=True, ids=str)
def test_the_menu_of_a_phone_is_accessible(page, world):
    show(page, "/")
    opener = press(page, ("Open navigation",))
    expect(page.get_by_role("dialog", name="Navigation")).to_be_visible()
    in_both_themes(page, "[role=dialog]")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
