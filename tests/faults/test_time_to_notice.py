"""F05, F06: how soon a dead run is noticed with the usual leases; its place is free in that moment."""

import os
import signal
import statistics
import threading
import time

import pytest
from tests.faults.invariants import check
from tests.faults.record import rows_of

HOSTS = 5
FLOWS = 20
LOST_WITHIN, DEAD_WITHIN = 65.0, 5.0
LOOK = {
    "states": "SELECT r.id, r.state_type, l.id IS NOT NULL AS held"
    " FROM flow_runs r LEFT JOIN leases l ON l.flow_run_id = r.id"
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Looker(threading.Thread):
    """Looks at states and leases in one transaction each, and says when a run was first seen as crashed."""

    def __init__(self, database):
        super().__init__()
        self._database, self._ending = database, threading.Event()
        self.crashed: dict[str, float] = {}
        self.looks = 0
        self.torn: list[object] = []
        """Runs that were seen at rest and holding a place, or under way without one."""

    def run(self):
        while not self._ending.wait(0.02):
            for row in rows_of(self._database, LOOK)["states"]:
                is_crashed = row["state_type"] == "CRASHED"
                if is_crashed:
                    self.crashed.setdefault(row["id"].hex(), time.monotonic())
                if bool(row["held"]) is (is_crashed or row["state_type"] == "SCHEDULED"):
                    self.torn.append(row)
            self.looks += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self.join(60)


def delays(site, looker, killed):
    """Seconds from each death to the first sight of it."""
    for run in killed:
        site.wait_for(run, "CRASHED", seconds=120)
    time.sleep(0.5)
    assert looker.looks > 10 and not looker.torn
    found = sorted(looker.crashed[run.replace("-", "")] - died for run, died in killed.items())
    print(
        f"{len(found)} deaths: p50 {statistics.median(found):.1f} s, max {found[-1]:.1f} s, {os.getloadavg()}"
    )
    return found


def test_a_host_that_is_lost_is_noticed_within_a_lease_and_a_sweep(site):
    site.ask("PATCH", "/work_pools/local", {"concurrency_limit": HOSTS})
    hosts = {}
    for _ in range(HOSTS):
        worker = site.worker("--limit", "1")
        run = site.run("steady", until="/nowhere", seconds=0.5)
        hosts[run] = worker, site.started(run)["pid"]
    waiting = site.run("steady")
    killed = {}
    with Looker(site.database) as looker:
        for run, (worker, pid) in hosts.items():
            for victim in (worker.zygote.pid, worker.pid, pid):
                os.kill(victim, signal.SIGKILL)
            killed[run] = time.monotonic()
            time.sleep(3.0)  # at different times after their last renewals
        found = delays(site, looker, killed)
    site.worker()
    site.wait_for(waiting, "COMPLETED")
    check(site, completed=1)
    assert found[-1] <= LOST_WITHIN


def test_a_flow_that_dies_under_its_worker_is_noticed_at_once(site):
    site.worker()
    runs = [site.run("steady", until="/nowhere", seconds=0.5) for _ in range(FLOWS)]
    pids = {run: site.started(run)["pid"] for run in runs}
    killed = {}
    with Looker(site.database) as looker:
        for run, pid in pids.items():
            os.kill(pid, signal.SIGKILL)
            killed[run] = time.monotonic()
            time.sleep(0.3)
        found = delays(site, looker, killed)
    check(site)
    assert found[-1] <= DEAD_WITHIN
