"""F33, F37: requests that arrive twice and out of order, and answers that are late, broken, or refusals."""

import random
import threading
import time
from collections import Counter

import pytest
from tests.faults.http_proxy import HttpProxy, Reply
from tests.faults.invariants import check
from tests.faults.processes import QUICK_LEASES, Site, eventually

ONCE = ["Scheduled", "Pending", "Running", "Completed"]
LAUNCH = "POST flow_runs/launch_report"
KINDS = {
    LAUNCH,
    "POST work_pools/local/claim",
    "POST flow_runs/set_state",
    "POST flow_runs/lease/renew",
    "POST task_runs/record",
    "POST logs",
}
"""What a run cannot do without."""


class Twice:
    """Hands on each request, and the same once more a little later: when others have come meanwhile."""

    def __init__(self):
        self._chance = random.Random(37)
        self._late: list[threading.Timer] = []
        self.failures: list[BaseException] = []
        self.seen: Counter[str] = Counter()

    def __call__(self, request, exchange):
        reply = exchange(request)
        again = threading.Timer(self._chance.uniform(0.0, 0.4), self._repeat, (request, exchange, reply))
        self._late.append(again)
        again.start()
        return reply

    def _repeat(self, request, exchange, first):
        try:
            reply = exchange(request)
        except OSError as error:
            self.failures.append(error)
            return
        self.seen[request.kind] += 1
        if reply.status >= 500:
            self.failures.append(AssertionError(f"{request.kind}: {first.status}, then {reply.status}"))

    def finish(self):
        for each in list(self._late):
            each.join(60)
        assert not self.failures, self.failures


def test_what_arrives_twice_and_late_is_done_once(hasty_site):
    """F37: claims, states, renewals, task runs, lines. A claim that nobody hears of ends by itself."""
    site = hasty_site
    twice = Twice()
    with HttpProxy(site.server.port, twice) as way:
        site.worker(url=way.url)
        deployment = site.deploy("steady", parameters={"steps": 5, "seconds": 0.3})
        command = ["penstock.cli.main", "deployment", "run", "--id", deployment]
        makers = [site.program(*command, PENSTOCK_API_URL=way.url) for _ in range(2)]
        assert [maker.wait() for maker in makers] == [0, 0]
        runs = [run["id"] for run in site.ask("POST", "/flow_runs/filter", {})]
        assert len(runs) == 2
        for run in runs:
            site.wait_for(run, "COMPLETED")
        twice.finish()
        assert twice.seen.keys() >= KINDS | {"POST deployments/create_flow_run"}
    for run in runs:
        assert_once(site, run, 5)
        assert site.history(run)[-3:] == ONCE[1:]
    check(site, completed=2)


def assert_once(site, run, steps):
    """All that the run did and told is there once."""
    assert len(site.side_log.entries("start", run)) == 1
    assert site.lines(run) == [f"line {number}" for number in range(steps)]
    assert site.ask("POST", "/task_runs/count", {"flow_runs": {"id": {"any_": [run]}}}) == steps


class Flawed:
    """Gives the first requests of each kind a bad answer, each another one, once it is `on`."""

    def __init__(self, *flaws):
        self._flaws, self.seen, self.on = flaws, Counter(), False
        self._lock = threading.Lock()

    def __call__(self, request, exchange):
        if not self.on:
            return exchange(request)
        with self._lock:
            number = self.seen[request.kind]
            self.seen[request.kind] += 1
        if number < len(self._flaws):
            return self._flaws[number](request, exchange)
        return exchange(request)

    def through(self):
        """The kinds, of those in question, that have had all bad answers."""
        return {kind for kind in KINDS if self.seen[kind] >= len(self._flaws)}


def refused(status, **headers):
    """The server does nothing, and says so."""
    body = b'{"detail": "Not now."}'
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return lambda request, exchange: Reply(status, given, body)


def torn(request, exchange):
    """It is done, but its answer breaks off in the middle; one without a body does not come at all."""
    reply = exchange(request)
    half = len(reply.body) // 2
    return reply._replace(body=reply.body[:half], missing=len(reply.body) - half) if reply.body else None


def failed_afterwards(request, exchange):
    """It is done, but what stands between says that it failed."""
    exchange(request)
    return Reply(502, (("content-type", "text/html"),), b"<h1>Bad gateway</h1>")


def late(request, exchange):
    """It takes its time."""
    time.sleep(1.0)
    return exchange(request)


def reset(request, exchange):
    """The connection breaks before anything is done."""
    return


@pytest.fixture
def site(tmp_path):
    """A server whose owners renew often, and whose claims are not waited for as long as usual."""
    site = Site(tmp_path, **QUICK_LEASES | {"PENSTOCK_SERVER_LEASES_CLAIM": "6"})
    try:
        yield site.start()
    finally:
        site.end()


@pytest.mark.parametrize(
    "flaws",
    [
        pytest.param([refused(500), reset], id="fault"),
        pytest.param([torn, reset], id="torn", marks=pytest.mark.slow),
        pytest.param([refused(429, retry_after="1"), reset, late], id="too many", marks=pytest.mark.slow),
        pytest.param([refused(503, retry_after="1"), late], id="unavailable", marks=pytest.mark.slow),
        pytest.param([failed_afterwards, late], id="bad gateway", marks=pytest.mark.slow),
    ],
)
def test_bad_answers_cost_time_and_nothing_else(site, flaws):
    """F33: each kind of request gets each of them."""
    flawed = Flawed(*flaws)
    with HttpProxy(site.server.port, flawed) as way:
        worker = site.worker(url=way.url)
        flawed.on = True
        run = site.run("steady", steps=5, seconds=0.4)
        site.wait_for(run, "COMPLETED")
        # What was started is good to know, and not asked for again when the server fails about it. The claim
        # that brought the run may have been under way already, and the next ones wait for another run.
        eventually(lambda: {LAUNCH, *flawed.through()} == KINDS, lambda: f"all of {flawed.seen}")
        eventually(lambda: len(site.lines(run)) >= 5, "all lines")
    assert_once(site, run, 5)
    assert site.history(run)[-3:] == ONCE[1:]
    assert "Traceback" not in worker.output
    check(site, completed=1)
