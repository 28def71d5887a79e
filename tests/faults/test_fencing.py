"""Owners that were taken for dead and were not: what they do then changes nothing."""

import os
import signal
import time

from tests.faults.invariants import check
from tests.faults.processes import LONGEST_LEASE, eventually

from penstock.settings.running import process_start


def test_a_flow_that_was_stopped_for_too_long_ends_itself(hasty_site):
    """F14: it is fenced at its first contact, begins no further task, and overwrites no state."""
    site = hasty_site
    site.worker()
    run = site.run("steady", seconds=0.2, until="/nowhere")
    pid = site.started(run, "step")["pid"]
    os.kill(pid, signal.SIGSTOP)
    state = site.wait_for(run, "CRASHED", seconds=LONGEST_LEASE + 3)
    assert "owner was lost" in state["message"]
    time.sleep(LONGEST_LEASE)
    before = site.side_log.entries(run=run)
    os.kill(pid, signal.SIGCONT)
    eventually(lambda: process_start(pid) is None, "the end of the process", 10)
    assert site.side_log.entries(run=run) == before
    assert site.state(run)["id"] == state["id"]
    check(site)


def test_a_run_that_was_taken_from_a_stopped_flow_runs_once_more_alone(hasty_site):
    """F14: when the run is retried, the flow that wakes up does not get in the way of the new one."""
    site = hasty_site
    site.worker()
    run = site.run("steady", seconds=0.1, steps=20)
    pid = site.started(run, "step")["pid"]
    os.kill(pid, signal.SIGSTOP)
    site.wait_for(run, "CRASHED", seconds=LONGEST_LEASE + 3)
    site.ask("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}})
    eventually(lambda: len(site.side_log.pids("step", run)) == 2, "steps of the new process")
    os.kill(pid, signal.SIGCONT)
    eventually(lambda: process_start(pid) is None, "the end of the old process", 10)
    site.wait_for(run, "COMPLETED")
    assert len(site.side_log.entries("stop", run)) == 1
    expected = ["Scheduled", "Pending", "Running", "Crashed", "AwaitingRetry", "Pending", "Running"]
    assert site.history(run)[: len(expected)] == expected
    steps = [entry for entry in site.side_log.entries("step", run) if entry["pid"] != pid]
    assert len(steps) == 20
    check(site, completed=1)


def test_a_short_stop_is_invisible(hasty_site):
    site = hasty_site
    site.worker()
    run = site.run("steady", seconds=0.1, steps=5)
    pid = site.started(run, "step")["pid"]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(LONGEST_LEASE / 3)
    os.kill(pid, signal.SIGCONT)
    site.wait_for(run, "COMPLETED")
    assert site.history(run) == ["Scheduled", "Pending", "Running", "Completed"]
    check(site, completed=1)
