"""F31, F32: the way between workers, flows and server breaks, loses answers, or falls silent."""

import re
import time

import pytest
from tests.faults.invariants import check
from tests.faults.processes import eventually
from tests.faults.proxy import Proxy

from penstock.settings.running import process_start

ONCE = ["Scheduled", "Pending", "Running", "Completed"]
REQUEST_LINE = re.compile(rb"^(?:POST|GET|PATCH) /api/([a-z_]+)(?:/[0-9a-f-]{36})?(/[a-z_/]+)?", re.MULTILINE)


@pytest.fixture
def way(site):
    """The way to the site's server."""
    with Proxy(site.server.port) as proxy:
        yield proxy


@pytest.fixture
def hasty_way(hasty_site):
    """The same, to a server that gives leases of seconds."""
    with Proxy(hasty_site.server.port) as proxy:
        yield proxy


class FirstOfEachKind:
    """True of the first request of each kind, such as `flow_runs/set_state`."""

    def __init__(self, times: int = 1) -> None:
        self.seen: dict[bytes, int] = {}
        self._times = times

    def __call__(self, data: bytes) -> bool:
        found = REQUEST_LINE.match(data)
        if found is None:
            return False
        kind = found[1] + (found[2] or b"")
        self.seen[kind] = self.seen.get(kind, 0) + 1
        return self.seen[kind] <= self._times


def test_each_first_answer_is_lost_and_everything_happens_once(hasty_site, hasty_way):
    """F32: claim, launch report, states, logs, task runs and renewals are done, unheard, and sent again."""
    site, way = hasty_site, hasty_way
    lost = FirstOfEachKind()
    way.lose_replies(lost)
    worker = site.worker(url=way.url)
    run = site.run("steady", steps=10, seconds=0.3)
    site.wait_for(run, "COMPLETED")
    kinds = {b"work_pools/local/claim", b"flow_runs/launch_report", b"flow_runs/set_state", b"logs"}
    kinds |= {b"task_runs/record", b"flow_runs/lease/renew"}
    assert kinds <= lost.seen.keys()
    assert way.lost_replies >= len(kinds)
    assert len(site.side_log.entries("start", run)) == 1
    assert site.history(run)[-len(ONCE) :] == ONCE
    assert site.lines(run) == [f"line {number}" for number in range(10)]
    assert site.ask("POST", "/task_runs/count", {"flow_runs": {"id": {"any_": [run]}}}) == 10
    assert "Traceback" not in worker.output
    check(site, completed=1)


def test_a_run_is_created_once_though_the_answer_is_lost(site, way):
    """F32: `penstock deployment run` sends its key again."""
    deployment = site.deploy("steady")
    lost = FirstOfEachKind(times=2)
    way.lose_replies(lambda data: b"create_flow_run " in data and lost(data))
    command = ["penstock.cli.main", "deployment", "run", "--id", deployment]
    assert site.program(*command, PENSTOCK_API_URL=way.url).wait() == 0
    assert way.lost_replies == 2
    assert site.ask("POST", "/flow_runs/count", {}) == 1
    check(site)


def test_a_partition_shorter_than_the_lease_is_invisible(hasty_site, hasty_way):
    """F31: nothing is heard in either direction for a while, and nothing is refused."""
    site, way = hasty_site, hasty_way
    site.worker(url=way.url)
    run = site.run("steady", steps=30, seconds=0.1)
    site.started(run)
    way.fall_silent()
    time.sleep(1.5)
    way.heal()
    site.wait_for(run, "COMPLETED")
    assert site.history(run) == ONCE
    check(site, completed=1)


def test_a_partition_longer_than_the_lease_fences_the_run(hasty_site, hasty_way):
    """F31: the server takes the owner for lost; the owner goes on, hears so when it is back, and stops."""
    site, way = hasty_site, hasty_way
    site.worker(url=way.url)
    run = site.run("steady", until="/nowhere", seconds=0.1)
    site.started(run)
    way.cut()
    state = site.wait_for(run, "CRASHED", seconds=10)
    assert "owner was lost" in state["message"]
    way.heal()
    eventually(lambda: len(list(site.processes())) == 3, "the end of the flow", 10)
    assert site.state(run)["id"] == state["id"]
    later = site.run("steady")
    site.wait_for(later, "COMPLETED")
    check(site, completed=1)


def test_a_run_that_was_tried_again_meanwhile_is_left_to_its_new_owner(hasty_site, hasty_way):
    """F31: who was cut off ends without a word when it is back; its worker is the one that it was."""
    site, way = hasty_site, hasty_way

    def workers():
        return {worker["name"]: worker["status"] for worker in _workers(site)}

    site.worker("--name", "cut off", url=way.url, PENSTOCK_WORKER_HEARTBEAT_SECONDS="1")
    gate = site.home / "gate"
    run = site.run("waiting", until=str(gate))
    pid = site.started(run)["pid"]
    way.cut()
    site.wait_for(run, "CRASHED")
    eventually(lambda: workers() == {"cut off": "OFFLINE"}, "the silence of the worker")
    site.worker("--name", "other")
    site.ask("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}})
    eventually(lambda: len(site.side_log.pids("start", run)) == 2, "the new owner")
    way.heal()
    eventually(lambda: process_start(pid) is None, "the end of the old owner")
    eventually(lambda: workers() == {"cut off": "ONLINE", "other": "ONLINE"}, "both workers")
    assert len(_workers(site)) == 2
    assert site.state(run)["type"] == "RUNNING"
    gate.touch()
    site.wait_for(run, "COMPLETED")
    (stop,) = site.side_log.entries("stop", run)
    assert stop["pid"] != pid
    assert site.history(run) == ["Scheduled", "Pending", "Running", "Crashed", "AwaitingRetry", *ONCE[1:]]
    check(site, completed=1)


def _workers(site):
    return site.ask("POST", "/work_pools/local/workers/filter", {})


def test_connections_that_break_all_the_time_only_cost_time(site, way):
    worker = site.worker(url=way.url)
    runs = [site.run("steady", steps=5, seconds=0.1) for _ in range(6)]
    for _ in range(8):
        time.sleep(0.15)
        way.cut()
        way.heal()
    for run in runs:
        site.wait_for(run, "COMPLETED")
        assert len(site.side_log.entries("start", run)) == 1
        assert site.lines(run) == [f"line {number}" for number in range(5)]
    assert "Traceback" not in worker.output
    check(site, completed=6)
