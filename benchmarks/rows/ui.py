"""The web UI in a real browser, on a million runs: when rows are there, and how soon it answers people."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf
from pathlib import Path

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page

from benchmarks.figures import Figure, middle
from benchmarks.sides import BUILD, Running, Side, Sides
from benchmarks.ui import gestures, peer
from benchmarks.ui.data_requests import time_of_requests
from benchmarks.ui.seed import Seeded, kept
from benchmarks.ui.viewer import (
    Viewer,
    Visit,
    answered,
    frames_while,
    interactions,
    viewer,
    visit,
    when,
)

VISITS = 5
KEYSTROKES = 10
_PEER_HOME = """document.querySelector('a[href*="/flows/flow/"]')"""
_PEER_RUNS = """document.querySelector('a[href*="/runs/flow-run/"]')"""


def measure(sides: Sides) -> list[Figure]:
    """Ours on the large database, then both on ten thousand runs."""
    with viewer() as browser:
        return [*_large(sides.ours, browser), *_beside_peer(sides, browser)]


def _large(side: Side, browser: Viewer) -> Iterator[Figure]:
    path, seeded = kept(BUILD / "ui")
    _say(f"{seeded.runs:,} runs in {seeded.bytes / 2**20:,.0f} MiB, made in {seeded.seconds:.0f} s")

    def fill(home: Path) -> None:
        shutil.copy(path, home / "penstock.db")

    with side.server(fill) as server:
        yield from time_of_requests(server, seeded)
        for group in (_home, _runs, _using_runs, _run, _timeline, _log, _preview):
            yield from _or_missing(group, browser, f"http://127.0.0.1:{server.port}", seeded)


Group = Callable[[Viewer, str, Seeded], Iterator[Figure]]


def _or_missing(group: Group, browser: Viewer, origin: str, seeded: Seeded) -> Iterator[Figure]:
    """What a group measures. What isn't there misses its bar, and the others are measured all the same."""
    began = time.perf_counter()
    try:
        yield from group(browser, origin, seeded)
    except (BrowserError, OSError, AssertionError) as error:
        what = str(error).splitlines()[0]
        yield Figure(f"{(group.__doc__ or '').rstrip('.')}: can be measured", "ms", inf, 0, note=what[:90])
    _say(f"{group.__name__.strip('_')}: {time.perf_counter() - began:.0f} s")


def _say(text: str) -> None:
    print(f"ui: {text}", file=sys.stderr)


def _visits(browser: Viewer, origin: str, path: str, condition: str) -> Visit:
    """The middle of some visits, each from an empty cache, after one that warms the server."""
    seen = [browser.visit(origin, path, condition) for _ in range(VISITS + 1)][1:]
    return replace(
        seen[0],
        ready=middle([each.ready for each in seen]),
        lcp=middle([each.lcp for each in seen]),
        cls=max(each.cls for each in seen),
        nodes=max(each.nodes for each in seen),
        api_requests=max(each.api_requests for each in seen),
    )


def _of_visit(what: str, seen: Visit, requests: int) -> Iterator[Figure]:
    yield Figure(f"{what}: first rows", "ms", seen.ready, 500)
    yield Figure(f"{what}: largest contentful paint", "ms", seen.lcp, 1000)
    yield Figure(f"{what}: layout shift", "", seen.cls, 0.02)
    yield Figure(f"{what}: elements", "", seen.nodes, 1500)
    yield Figure(f"{what}: requests for data", "", seen.api_requests, requests)


def _home(browser: Viewer, origin: str, _: Seeded) -> Iterator[Figure]:
    """Home, 1M runs."""
    yield from _of_visit("Home, 1M runs", _visits(browser, origin, "/", gestures.RUN_LINKS), 4)


def _runs(browser: Viewer, origin: str, _: Seeded) -> Iterator[Figure]:
    """Runs, 1M runs."""
    yield from _of_visit("Runs, 1M runs", _visits(browser, origin, "/runs", gestures.RUN_ROWS), 4)


def _using_runs(browser: Viewer, origin: str, _: Seeded) -> Iterator[Figure]:
    """Runs, 1M runs: using the list."""
    deeds = {
        "typing in the filter": gestures.search_runs,
        "opening a menu": gestures.open_filters,
        "next page": gestures.next_page,
    }
    for name, deed in deeds.items():
        with browser.page(origin) as page:
            page.goto("/runs", wait_until="commit")
            when(page, gestures.RUN_ROWS)
            deed(page)
            worst = max(interactions(page), default=16.0)  # what is quicker than a frame is not told
        yield Figure(f"Runs, 1M runs: {name}, INP", "ms", worst, 100)


def _run(browser: Viewer, origin: str, seeded: Seeded) -> Iterator[Figure]:
    """A run."""
    heading = "document.querySelector('main h1')?.innerText"
    seen = _visits(browser, origin, f"/runs/{seeded.log_run}", heading)
    yield Figure("Run: heading", "ms", seen.ready, 500)
    yield Figure("Run: requests for data", "", seen.api_requests, 6)


def _timeline(browser: Viewer, origin: str, seeded: Seeded) -> Iterator[Figure]:
    """A run of 10,000 tasks."""
    with browser.page(origin) as page:
        seen = visit(page, f"/runs/{seeded.tasks_run}?tab=timeline", gestures.TIMELINE)
        rate = frames_while(page, lambda: gestures.drag_timeline(page))
    yield Figure(f"Run of {seeded.tasks:,} tasks: timeline can be used", "ms", seen.ready, 2000)
    yield Figure(f"Run of {seeded.tasks:,} tasks: panning", "frames/s", rate, 30, None, True, browser.note)


def _log(browser: Viewer, origin: str, seeded: Seeded) -> Iterator[Figure]:
    """A log of a million lines."""
    what, path = f"Log of {seeded.lines:,} lines", f"/runs/{seeded.log_run}?tab=logs"
    with browser.page(origin) as page:
        visit(page, path, gestures.log_shows("#"))  # so that the server has seen the log before
    with browser.page(origin) as page:
        first = visit(page, path, gestures.log_shows("#")).ready
        last = gestures.log_shows(f"#{seeded.lines - 2}")
        yield Figure(f"{what}: first screen", "ms", first, 500)
        yield Figure(f"{what}: jump to the end", "ms", answered(page, gestures.jump_to_end(page), last), 500)
        search = gestures.search_log(page, seeded.needle)
        found = answered(page, search, gestures.log_shows(f"the {seeded.needle} is"), event="keydown")
        yield Figure(f"{what}: search to first hit", "ms", found, 2000)


def _preview(browser: Viewer, origin: str, seeded: Seeded) -> Iterator[Figure]:
    """The effective job while job variables are typed."""
    with browser.page(origin) as page:
        page.goto(f"/deployments/{seeded.deployment}/run", wait_until="commit")
        when(page, gestures.EFFECTIVE_JOB)
        box = gestures.edit_variable(page)
        delays = [_keystroke(page, lambda: box.press("x")) for _ in range(KEYSTROKES)]
    yield Figure("Custom run: keystroke → preview: p50", "ms", middle(delays), 150)
    yield Figure("Custom run: keystroke → preview: worst", "ms", max(delays), 300)


def _keystroke(page: Page, act: Callable[[], None]) -> float:
    page.wait_for_timeout(400)  # the one before is over
    return answered(page, act, gestures.revision_after(page), event="keydown")


def _beside_peer(sides: Sides, browser: Viewer) -> Iterator[Figure]:
    """Both on ten thousand runs: their own pages, in the same browser."""
    path, _ = kept(BUILD / "ui", runs=peer.RUNS, tasks=1, lines=1)
    ours = _on_small(browser, sides.ours, path)
    theirs = _on_small(browser, sides.peer, None) if sides.peer is not None else {}
    bars = {"first rows": ("ms", 500.0), "requests": ("", 20.0), "received": ("KiB", 400.0)}
    for name, seen in ours.items():
        for what, (unit, bar) in bars.items():
            figure = f"{name}, 10,000 runs: {what}"
            yield Figure(figure, unit, _told(seen).get(what, inf), bar, _told(theirs.get(name)).get(what))


def _on_small(browser: Viewer, side: Side, database: Path | None) -> dict[str, Visit | None]:
    def fill(home: Path) -> None:
        if database is not None:
            shutil.copy(database, home / "penstock.db")

    with side.server(fill) as server:
        if database is None:
            peer.fill(server)
        return {name: _visit_or_none(browser, server, *page) for name, page in _pages(side).items()}


def _pages(side: Side) -> dict[str, tuple[str, str]]:
    if side.name == "penstock":
        return {"Home": ("/", gestures.RUN_LINKS), "Runs": ("/runs", gestures.RUN_ROWS)}
    return {"Home": ("/dashboard", _PEER_HOME), "Runs": ("/runs", _PEER_RUNS)}


def _visit_or_none(browser: Viewer, server: Running, path: str, condition: str) -> Visit | None:
    try:
        return _visits(browser, f"http://127.0.0.1:{server.port}", path, condition)
    except (BrowserError, OSError) as error:
        _say(str(error).splitlines()[0])
        return None


def _told(seen: Visit | None) -> dict[str, float]:
    if seen is None:
        return {}
    return {"first rows": seen.ready, "requests": seen.requests, "received": seen.bytes / 1024}
