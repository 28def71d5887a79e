"""A browser that measures what a person would feel: when rows are there, how soon a click is answered."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright
from tests.browser import chromium

SECONDS = 15.0
"""The most that is waited for anything."""
_ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""Pages of the peer ask others too; what they wait for there is not theirs."""
_SETTLED_SECONDS = 1.0
"""Without a new request: then a page has asked for what it needs."""

# Runs before the page's own code. Conditions are looked at in each frame, so that a time is that of something
# that is on the screen, and not of an answer that has arrived.
_INSTRUMENTS = """(() => {
  if (window.top !== window) return;
  const seen = { lcp: 0, cls: 0, interactions: {}, first: {} };
  const watch = (type, each, more) => new PerformanceObserver((list) => list.getEntries().forEach(each))
    .observe({ type, buffered: true, ...more });
  watch("largest-contentful-paint", (entry) => { seen.lcp = entry.startTime; });
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.cls += entry.value; });
  watch("event", (entry) => {
    if (entry.interactionId) {
      const known = seen.interactions[entry.interactionId] ?? 0;
      seen.interactions[entry.interactionId] = Math.max(known, entry.duration);
    }
  }, { durationThreshold: 16 });
  const frames = (condition, since) => new Promise((done) => {
    const look = () => {
      if (condition()) done(performance.now() - since); else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  seen.when = (condition) => frames(condition, 0);
  seen.arm = (condition, type) => {
    seen.armed = new Promise((done) => addEventListener(type, (event) => {
      frames(condition, event.timeStamp).then(done);
    }, { capture: true, once: true }));
  };
  seen.count = () => {
    let number = 0; const began = performance.now(); let on = true;
    const frame = () => { number += 1; if (on) requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    seen.stop = () => { on = false; return (1000 * number) / (performance.now() - began); };
  };
  window.penstockSeen = seen;
})();"""


@dataclass(frozen=True)
class Visit:
    """How a page came to be, from an empty cache."""

    ready: float
    """Until the condition held, in ms since the navigation began."""
    lcp: float
    """Largest contentful paint, in ms."""
    cls: float
    """Cumulative layout shift."""
    nodes: int
    """Elements of the document."""
    api_requests: int
    """Requests for data; those that stay open for news count as well."""
    requests: int
    """All requests."""
    bytes: float
    """That came over the wire, headers included."""


class Viewer:
    """A browser, and what is looked at with it."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @property
    def note(self) -> str:
        """What it is; without a graphics card, painting costs processor time too."""
        return f"Chromium {self._browser.version.partition('.')[0]}, headless, software rendering"

    @contextmanager
    def page(self, origin: str) -> Iterator[Page]:
        """A page in a context of its own, with the instruments."""
        context = self._browser.new_context(base_url=origin, viewport={"width": 1440, "height": 900})
        try:
            context.add_init_script(_INSTRUMENTS)
            page = context.new_page()
            page.set_default_timeout(1000 * SECONDS)
            yield page
        finally:
            context.close()

    def visit(self, origin: str, path: str, condition: str) -> Visit:
        """Open a page and wait for a condition, an expression of JavaScript, to hold on the screen."""
        with self.page(origin) as page:
            return visit(page, path, condition)


@contextmanager
def viewer() -> Iterator[Viewer]:
    """The machine's Chromium. Raises `chromium.NoChromium`, a `RuntimeError`, where there is none."""
    file = chromium.required()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=file, args=[*chromium.arguments(), _ALONE])
        try:
            yield Viewer(browser)
        finally:
            browser.close()


def visit(page: Page, path: str, condition: str) -> Visit:
    """Open a page that has the instruments, and wait for a condition on it."""
    asked: list[tuple[float, str]] = []
    received = _count_bytes(page)
    page.on("request", lambda request: asked.append((time.monotonic(), _kind(request))))
    page.goto(path, wait_until="commit")
    ready = when(page, condition)
    _settle(page, asked)
    seen = page.evaluate("() => [penstockSeen.lcp, penstockSeen.cls, document.querySelectorAll('*').length]")
    kinds = [kind for _, kind in asked]
    return Visit(ready, *seen, api_requests=kinds.count("api"), requests=len(kinds), bytes=received())


def when(page: Page, condition: str) -> float:
    """Wait for a condition; milliseconds since the navigation began."""
    return float(_evaluated(page, f"() => penstockSeen.when(() => {condition})", condition))


def answered(page: Page, act: Callable[[], Any], condition: str, *, event: str = "pointerdown") -> float:
    """Do something, and wait for what it leads to.

    Returns:
        Milliseconds from the first event of the type `event` to the first frame in which `condition` holds.
    """
    page.evaluate(f"(type) => penstockSeen.arm(() => {condition}, type)", event)
    act()
    return float(_evaluated(page, "() => penstockSeen.armed", condition))


def interactions(page: Page) -> list[float]:
    """How long each interaction so far took to be painted, in ms; what took less than 16 ms is not told."""
    page.wait_for_timeout(200)
    return [float(each) for each in page.evaluate("() => Object.values(penstockSeen.interactions)")]


def frames_while(page: Page, act: Callable[[], Any]) -> float:
    """Frames a second while something goes on."""
    page.evaluate("() => penstockSeen.count()")
    act()
    return float(page.evaluate("() => penstockSeen.stop()"))


def _evaluated(page: Page, expression: str, what: str) -> Any:
    """A promise's value; `TimeoutError` says which condition did not come to hold."""
    limited = f"""async () => Promise.race([({expression})(),
        new Promise((_, fail) => setTimeout(() => fail(new Error("late")), {1000 * SECONDS}))])"""
    try:
        return page.evaluate(limited)
    except Exception as error:
        if "late" in str(error):
            raise TimeoutError(f"within {SECONDS:.0f} s there was no {what}") from None
        raise


def _settle(page: Page, asked: list[tuple[float, str]]) -> None:
    """Wait until the page asks for nothing more."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        page.wait_for_timeout(100)
        if time.monotonic() - asked[-1][0] > _SETTLED_SECONDS:
            return


def _kind(request: Request) -> str:
    return "api" if "/api/" in urlsplit(request.url).path else request.resource_type


def _count_bytes(page: Page) -> Callable[[], float]:
    """Counts what arrives from now on: what stays open for news is counted as it comes."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    return lambda: sum(sizes)
