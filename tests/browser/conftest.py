"""The web UI in a real browser, against a real server with a real worker.

    @both_themes
    def test_runs_are_listed(page, world):
        page.goto("/runs")
        expect(page.get_by_test_id("runs-table")).to_contain_text(world.failed.name)
        axe(page)

A test fails for what it asserts, and for whatever its pages should not do (`watch.py`), unless it says
`watch.expect(...)`. Without a browser or a built UI these tests are skipped, with the reason; with `CI` set
they fail.
"""

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright
from tests.browser import chromium
from tests.browser.look import SHOTS, Look
from tests.browser.stand import UiServer
from tests.browser.unreliable import Unreliable
from tests.browser.watch import Watch, settle
from tests.browser.world import World, build_world

import penstock

UI = Path(penstock.__file__).parent / "ui_dist" / "index.html"
_SECONDS = 30
"""How long a test waits for what must come; long, for a machine that does much else."""
_PAGES = pytest.StashKey[list[tuple[Page, Watch]]]()

OpenPage = Callable[..., Page]


def _unavailable(why: str) -> None:
    """Skip, which `-ra` tells of; where nobody would read it, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"The web UI can't be tested: {why}", pytrace=False)
    pytest.skip(f"THE WEB UI IS NOT TESTED: {why}")


@pytest.fixture(scope="session")
def chromium_file() -> str:
    """The browser's file."""
    try:
        return chromium.required()
    except chromium.NoChromium as problem:
        _unavailable(str(problem))
        raise


@pytest.fixture(scope="session")
def playwright_and_loop(chromium_file: str) -> Iterator[tuple[Playwright, asyncio.AbstractEventLoop]]:
    """Playwright, and the event loop that it leaves running in this thread."""
    expect.set_options(timeout=1000 * _SECONDS)
    with sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield playwright, loop
        asyncio._set_running_loop(loop)


@pytest.fixture(scope="session")
def launched(
    chromium_file: str, playwright_and_loop: tuple[Playwright, asyncio.AbstractEventLoop]
) -> Iterator[Browser]:
    """The session's one browser."""
    playwright, loop = playwright_and_loop
    asyncio._set_running_loop(loop)
    started = playwright.chromium.launch(executable_path=chromium_file, args=chromium.arguments())
    asyncio._set_running_loop(None)
    yield started
    asyncio._set_running_loop(loop)
    started.close()
    asyncio._set_running_loop(None)


@pytest.fixture
def browser(
    launched: Browser, playwright_and_loop: tuple[Playwright, asyncio.AbstractEventLoop]
) -> Iterator[Browser]:
    """The browser, for this test.

    Playwright's loop counts as this thread's running one only meanwhile: other tests of this process start
    loops of their own, and could not.
    """
    asyncio._set_running_loop(playwright_and_loop[1])
    yield launched
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def built_ui(chromium_file: str) -> Path:
    """The UI as `make ui` builds it, and a browser to see it in."""
    if not UI.exists():
        _unavailable(f"{UI.relative_to(Path(penstock.__file__).parents[2])} is missing; `make ui` builds it.")
    return UI


@pytest.fixture(scope="session")
def ui_server(built_ui: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UiServer]:
    """The session's server, with the built UI. Leave it alive; `mortal_server` is there to be killed."""
    with UiServer(tmp_path_factory.mktemp("ui") / "home") as server:
        yield server


@pytest.fixture(scope="session")
def world(ui_server: UiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What there is on the session's server: flows, pools, deployments, a worker, runs in all states."""
    with build_world(ui_server, tmp_path_factory.mktemp("world")) as built:
        yield built


@pytest.fixture
def mortal_server(built_ui: Path, tmp_path: Path) -> Iterator[UiServer]:
    """A server of this test's own, with nothing in it: `kill()`, and `start()` at the same port."""
    with UiServer(tmp_path / "home") as server:
        yield server


@pytest.fixture
def unreliable(ui_server: UiServer) -> Iterator[Unreliable]:
    """A proxy before the session's server: `open_page(unreliable.origin)`, `unreliable.fail("/api/…")`."""
    with Unreliable(ui_server.port) as proxy:
        yield proxy


@pytest.fixture
def look(request: pytest.FixtureRequest) -> Look:
    """How the pages of this test are looked at; parametrise it indirectly, or with `@both_themes`."""
    return getattr(request, "param", Look())


@pytest.fixture
def open_page(browser: Browser, look: Look, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """`open_page(origin, look=None)`: a page in a fresh context that takes paths: `page.goto("/runs")`."""
    opened = request.node.stash.setdefault(_PAGES, [])

    def open_one(origin: str, look: Look = look) -> Page:
        context = browser.new_context(base_url=origin, **look.options)
        context.set_default_timeout(1000 * _SECONDS)
        watch = Watch(origin)
        watch.follow(context)
        page = context.new_page()
        opened.append((page, watch))
        return page

    yield open_one
    for page, _ in opened:
        page.context.close()


@pytest.fixture
def page(built_ui: Path, open_page: OpenPage, world: World) -> Page:
    """A page of the session's server, in the world, in a context of its own."""
    return open_page(world.server.origin)


@pytest.fixture
def watch(page: Page, request: pytest.FixtureRequest) -> Watch:
    """What `page` did: `watch.expect(…)` before a failure that is meant, `watch.requests` to count them."""
    return watch_of(page, request)


def watch_of(page: Page, request: pytest.FixtureRequest) -> Watch:
    """The watch over a page that came from `open_page`."""
    return next(watch for known, watch in request.node.stash[_PAGES] if known is page)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that is content when one of its pages is not; keep a picture of one that fails."""
    pages = item.stash.get(_PAGES, [])
    try:
        yield
        for page, _ in pages:
            if not page.is_closed():
                settle(page)
    except Exception:
        for number, (page, watch) in enumerate(pages):
            item.add_report_section(
                "call", f"page {number}", f"{page.url}\n{_picture(item, page)}\n{watch.verdict}"
            )
        raise
    if verdict := "\n".join(filter(None, (watch.verdict for _, watch in pages))):
        pytest.fail(f"The test passed, but its pages did what no page may:\n{verdict}", pytrace=False)


def _picture(item: pytest.Item, page: Page) -> str:
    name = re.sub(r"[^\w.-]+", "_", item.nodeid)
    file = SHOTS / "failed" / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        page.screenshot(path=file, animations="disabled", timeout=5000)
    except Exception as error:
        return f"no picture: {error}"
    return f"picture: {file}"
