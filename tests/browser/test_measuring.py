"""That the benchmarks of the UI measure what they say, on a page whose delays are known."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from benchmarks.ui import gestures
from benchmarks.ui.viewer import Viewer, answered, frames_while, interactions, when

_PAGE = """<!doctype html><html lang=en><title>Known delays</title><main style="height: 3000px">
<h1>Runs</h1>
<input type=search aria-label="Search logs">
<button id=end>Jump to end</button><button id=slow>State</button>
<div data-testid=log-lines></div><div data-testid=effective-job data-revision=1></div>
<canvas data-testid=timeline width=600 height=200></canvas>
<div data-testid=runs-table><div role=row>head</div></div></main>
<script>
const log = document.querySelector("[data-testid=log-lines]");
const later = (what, ms = 200) => setTimeout(what, ms);
fetch("/api/rows").then(() => later(() => {
  document.querySelector("[data-testid=runs-table]").innerHTML += "<div role=row>one</div>";
  document.querySelector("[data-testid=timeline]").dataset.ready = "true";
}));
end.onclick = () => later(() => { log.innerText = "line #998"; });
slow.onclick = () => { const until = performance.now() + 150; while (performance.now() < until); };
document.querySelector("input").onkeydown = () => later(() => {
  document.querySelector("[data-testid=effective-job]").dataset.revision++;
});
</script>"""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json" if "/api/" in self.path else "text/html")
        self.end_headers()
        self.wfile.write(b"[]" if "/api/" in self.path else _PAGE.encode())

    def log_message(self, *_: object) -> None:
        """Not a word."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Of the page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def viewer(browser) -> Viewer:
    """The measuring browser."""
    return Viewer(browser)


def test_a_visit_ends_with_its_rows_and_counts_what_was_asked_for(viewer, origin):
    seen = viewer.visit(origin, "/", gestures.RUN_ROWS)
    assert 200 <= seen.ready < 2_000
    assert (seen.api_requests, seen.nodes) == (1, 16)
    assert seen.requests >= 2 and seen.bytes > len(_PAGE)
    assert 0 < seen.lcp < seen.ready + 200


def test_an_answer_is_timed_from_its_first_event(viewer, origin):
    with viewer.page(origin) as page:
        page.goto("/")
        assert 200 <= answered(page, gestures.jump_to_end(page), gestures.log_shows("#998")) < 1_000
        box = page.get_by_role("searchbox")
        taken = answered(page, lambda: box.press("x"), gestures.revision_after(page), event="keydown")
        assert 200 <= taken < 1_000


def test_a_slow_interaction_is_told_as_such(viewer, origin):
    with viewer.page(origin) as page:
        page.goto("/")
        gestures.open_filters(page)
        assert 144 <= max(interactions(page)) < 1_000


def test_frames_are_counted_while_something_goes_on(viewer, origin):
    with viewer.page(origin) as page:
        page.goto("/")
        when(page, gestures.TIMELINE)
        assert 10 < frames_while(page, lambda: gestures.drag_timeline(page, 0.5)) < 130
        blocked = frames_while(page, page.locator("#slow").click)
        assert blocked < 40


def test_what_never_comes_is_named(viewer, origin, monkeypatch):
    monkeypatch.setattr("benchmarks.ui.viewer.SECONDS", 0.3)
    with viewer.page(origin) as page:
        page.goto("/")
        with pytest.raises(TimeoutError, match=r"no document\.querySelector"):
            when(page, "document.querySelector('#nothing')")
