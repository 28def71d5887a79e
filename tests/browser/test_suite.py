"""The suite's own parts: that it sees what goes wrong, and that its world is as the tests believe."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.browser.axe import axe
from tests.browser.conftest import OpenPage, watch_of
from tests.browser.look import DARK, NARROW, Look
from tests.browser.stand import UiServer
from tests.browser.unreliable import REQUEST_ID, Unreliable
from tests.browser.watch import Watch, settle
from tests.browser.world import OFFLINE, ONLINE, World, build_world

_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-n0nce'; style-src 'self' 'nonce-n0nce'; base-uri 'none'"
)
_PAGES = {
    "/good": "<p>All is well.</p>",
    "/console": "<script nonce=n0nce>console.error('something broke')</script>",
    "/uncaught": "<script nonce=n0nce>null.boom()</script>",
    "/rejected": "<script nonce=n0nce>Promise.reject(new Error('nobody caught this'))</script>",
    "/inline": "<script>document.title = 'inline ran'</script>",
    "/styled": "<p style='color: red'>Red?</p>",
    "/foreign": "<script nonce=n0nce>fetch('http://localhost:9/telemetry').catch(() => {})</script>",
    "/broken": "<script nonce=n0nce>fetch('/api/broken')</script>",
    "/unreadable": "<main><h1>Runs</h1><button></button><p class=pale>Pale.</p></main>"
    "<style nonce=n0nce>.pale { color: #ccc; background: #fff }</style>",
    "/readable": "<main><h1>Runs</h1><button>Run</button><p>Dark.</p></main>",
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = _PAGES.get(self.path)
        self.send_response(500 if self.path == "/api/broken" else 200 if body else 204)
        self.send_header("content-type", "text/html")
        if self.path != "/foreign":  # the policy would stop it before it is asked for
            self.send_header("content-security-policy", _POLICY)
        self.end_headers()
        if body:
            self.wfile.write(f"<!doctype html><html lang=en><title>Test</title>{body}</html>".encode())

    def log_message(self, *_: object) -> None:
        """Not a word."""


@pytest.fixture(scope="module")
def pages() -> Iterator[int]:
    """The port of a server of pages that misbehave."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def seen(open_page: OpenPage, pages: int, request: pytest.FixtureRequest):
    """Open a page, and take the verdict on it away from the suite, which would fail the test."""

    def open_and_look(path: str, *expected: str) -> str:
        page = open_page(f"http://127.0.0.1:{pages}")
        watch = watch_of(page, request)
        watch.expect(*expected)
        page.goto(path)
        page.wait_for_load_state("networkidle")
        settle(page)
        verdict = watch.verdict
        watch.complaints.clear()
        watch.expected.clear()
        return verdict

    return open_and_look


def test_a_page_that_behaves_is_not_complained_of(seen):
    assert seen("/good") == ""


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/console", "console: something broke"),
        ("/uncaught", "uncaught: TypeError"),
        ("/rejected", "uncaught: Error: nobody caught this"),
        ("/inline", "security policy: script-src-elem forbids inline"),
        ("/styled", "security policy: style-src-attr forbids inline"),
        ("/foreign", "foreign origin: http://localhost:9/telemetry"),
        ("/broken", "answer 500: GET http://127.0.0.1"),
    ],
)
def test_what_no_page_may_do_is_seen(seen, path, complaint):
    assert complaint in seen(path)


def test_a_failure_that_is_expected_is_let_be_with_its_echo_on_the_console(seen):
    assert seen("/broken", "/api/broken") == ""


def test_an_expected_failure_has_to_happen(seen):
    assert seen("/good", "/api/broken") == "expected, but did not happen: /api/broken"


@pytest.mark.xfail(
    strict=True, raises=pytest.fail.Exception, reason="its page logs an error, which is the point"
)
def test_a_test_that_is_content_fails_with_its_page(open_page, pages):
    open_page(f"http://127.0.0.1:{pages}").goto("/console")


def test_axe_runs_under_the_page_s_policy_and_names_what_is_wrong(open_page, pages):
    page = open_page(f"http://127.0.0.1:{pages}")
    page.goto("/unreadable")
    with pytest.raises(AssertionError, match=r"button-name \(critical\)") as failure:
        axe(page)
    assert "color-contrast (serious)" in str(failure.value) and "p" in str(failure.value)
    page.goto("/readable")
    axe(page)


@pytest.mark.parametrize(
    "look", [Look(), DARK, NARROW.with_(reduced_motion=True, timezone="Asia/Tokyo")], ids=str
)
def test_a_page_is_looked_at_as_asked(open_page, pages, look):
    page = open_page(f"http://127.0.0.1:{pages}")
    page.goto("/good")
    assert page.evaluate("() => [innerWidth, innerHeight]") == [look.width, look.height]
    assert page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches") == (look.theme == "dark")
    assert page.evaluate("() => matchMedia('(prefers-reduced-motion)').matches") == look.reduced_motion
    assert page.evaluate("() => Intl.DateTimeFormat().resolvedOptions().timeZone") == look.timezone


def test_the_loop_of_playwright_leaves_other_tests_theirs(launched):
    import asyncio

    assert asyncio.run(asyncio.sleep(0, "ran")) == "ran"


@pytest.fixture(scope="module")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UiServer]:
    """A server that does without the built UI."""
    with UiServer(tmp_path_factory.mktemp("bare") / "home") as server:
        yield server


def test_a_server_dies_and_comes_back_at_its_place(bare_server):
    port = bare_server.port
    bare_server.ask("POST", "/flows/", {"name": "kept"})
    bare_server.kill()
    with pytest.raises(ConnectionError):
        bare_server.ask("GET", "/health")
    bare_server.start()
    assert bare_server.port == port
    assert bare_server.ask("GET", "/flows/name/kept").status == 200


def test_the_proxy_hands_on_delays_fails_and_cuts(bare_server):
    def ask(path: str):
        through = UiServer(bare_server.home)
        through.url = f"{proxy.origin}/api"
        return through.ask("GET", path)

    with Unreliable(bare_server.port) as proxy:
        assert ask("/health").status == 200
        proxy.fail("/api/health$", 503, times=1)
        failed = ask("/health")
        assert (failed.status, failed.headers["x-request-id"]) == (503, REQUEST_ID)
        assert ask("/health").status == 200
        proxy.cut("/api/health$")
        with pytest.raises(ConnectionError):
            ask("/health")
        proxy.heal()
        assert ask("/health").status == 200
        assert proxy.seen == ["GET /api/health"] * 5


@pytest.fixture(scope="module")
def bare_world(bare_server: UiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The story, without pages."""
    with build_world(bare_server, tmp_path_factory.mktemp("story")) as world:
        yield world


def test_the_world_has_runs_in_every_state(bare_world):
    for (
        state
    ) in "Completed Failed Crashed Late Scheduled Running Cancelled Pending AwaitingRetry Paused".split():
        run = bare_world.ask("GET", f"/flow_runs/{bare_world.run(state).id}")
        assert run["state_name"] == state
    assert bare_world.ask("POST", "/flow_runs/count", {}) >= 58


def test_the_world_s_big_run_has_sixty_tasks_with_retries_and_a_subflow(bare_world):
    tasks = bare_world.ask(
        "POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [bare_world.big.id]}}, "limit": 200}
    )
    assert len(tasks) == 60
    assert {task["run_count"] for task in tasks} >= {1, 2}
    assert [task for task in tasks if (task["state"]["state_details"] or {}).get("child_flow_run_id")]


def test_the_world_s_workers_are_online_and_offline(bare_world):
    found = {
        worker["name"]: worker["status"]
        for pool in ("local", "batch")
        for worker in bare_world.ask("POST", f"/work_pools/{pool}/workers/filter", {})
    }
    assert found == {ONLINE: "ONLINE", OFFLINE: "OFFLINE"}


def test_the_world_s_jobs_say_where_each_value_came_from(bare_world):
    runs = bare_world.ask(
        "POST",
        "/flow_runs/filter",
        {
            "deployments": {"id": {"any_": [bare_world.deployments["train-model/gpu"]]}},
            "flow_runs": {"state": {"type": {"any_": ["FAILED", "COMPLETED"]}}},
        },
    )
    specs = [bare_world.ask("GET", f"/flow_runs/{run['id']}/job_spec") for run in runs]
    layers = {
        leaf["layer"] for spec in specs if spec["frozen"] for leaf in spec["explanation"]["job"]["leaves"]
    }
    assert {"pool", "deployment"} <= layers


def test_the_world_s_failure_and_its_wordy_log_read_as_they_should(bare_world):
    def log(run: str) -> str:
        query = {"logs": {"flow_run_id": {"any_": [run]}}, "limit": 200}
        return "\n".join(line["message"] for line in bare_world.ask("POST", "/logs/filter", query))

    assert "Traceback (most recent call last)" in log(bare_world.failed.id)
    assert "\x1b[38;5;208m" in log(bare_world.wordy.id)


def test_watch_counts_what_a_page_asks_for(open_page, pages, request):
    page = open_page(f"http://127.0.0.1:{pages}")
    page.goto("/good")
    watch: Watch = watch_of(page, request)
    assert [asked for asked in watch.requests if "favicon" not in asked] == ["GET /good"]
