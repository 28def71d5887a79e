"""What a person does on our pages, and when that has come to something.

What pages and measurements have agreed to call things stands here: roles with names, and `data-testid` where
there is no role.
"""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page

RUN_LINKS = """[...document.querySelectorAll('main a')]
    .some((link) => /\\/runs\\/[0-9a-f-]{36}/.test(link.getAttribute('href') ?? ''))"""
"""A run is named somewhere on the page, with a link to it."""
RUN_ROWS = """document.querySelectorAll(
    '[data-testid=runs-table] :is([role=row], tr[data-index])').length > 1"""
"""The table has rows, and not only places for them."""
TIMELINE = "document.querySelector('[data-testid=timeline][data-ready=true]')"
_THIS_RUN = 2
"""Which cell of a row is the run's own: those of the pool and of the deployment come before it."""
EFFECTIVE_JOB = "document.querySelector('[data-testid=effective-job][data-revision]')"


def log_shows(text: str) -> str:
    """The condition that a text is on the screen, in the log."""
    return f"document.querySelector('[data-testid=log-lines]')?.innerText.includes('{text}')"


def search_runs(page: Page) -> None:
    """Type into the list's filter, as fast as people do."""
    _visible(page.get_by_role("searchbox").first).press_sequentially("otter", delay=80)
    page.wait_for_timeout(600)


def open_filters(page: Page) -> None:
    """Open the list's choice of states, and close it again."""
    _visible(page.get_by_role("button", name=re.compile("state", re.IGNORECASE)).first).click()
    page.wait_for_timeout(200)
    page.keyboard.press("Escape")


def next_page(page: Page) -> None:
    """Go further down the list: by its button, or by scrolling where it goes on by itself."""
    button = page.get_by_role("button", name=re.compile("next|more", re.IGNORECASE))
    if button.count():
        button.first.click()
    else:
        page.get_by_test_id("runs-table").hover()
        page.mouse.wheel(0, 4000)
    page.wait_for_timeout(400)


def drag_timeline(page: Page, seconds: float = 2.0) -> None:
    """Pan the timeline back and forth."""
    box = page.get_by_test_id("timeline").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    deadline, step = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        step += 1
        there_and_back = abs(step % 60 - 30) - 15
        page.mouse.move(x + 12 * there_and_back, y + 4 * there_and_back)
    page.mouse.up()


def jump_to_end(page: Page) -> Callable[[], None]:
    """What goes to the log's last line."""
    button = _visible(page.get_by_role("button", name="Jump to end"))
    return lambda: button.click()


def search_log(page: Page, text: str) -> Callable[[], None]:
    """What looks for a text in the log."""
    box = _visible(page.get_by_role("searchbox", name="Search logs"))

    def search() -> None:
        box.press_sequentially(text)
        box.press("Enter")

    return search


def edit_variable(page: Page) -> Locator:
    """The text box of this run's value of an environment variable, open for editing."""
    row = page.get_by_test_id("resolution-table").get_by_role("row", name=re.compile("^LOG_LEVEL "))
    _visible(row.get_by_role("gridcell").nth(_THIS_RUN)).click()
    return _visible(page.get_by_test_id("cell-editor").get_by_role("textbox"))


def revision_after(page: Page) -> str:
    """The condition that the panel shows a newer resolution than now."""
    shown = page.get_by_test_id("effective-job").get_attribute("data-revision")
    return f"document.querySelector('[data-testid=effective-job]')?.dataset.revision > {int(shown or 0)}"


def _visible(what: Locator) -> Locator:
    what.wait_for(state="visible", timeout=5_000)
    return what
