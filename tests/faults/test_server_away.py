"""The server is killed, and comes back: in mid-run, before a flow starts, under load."""

import os
import signal
import time
from datetime import datetime

import psutil
import pytest
from tests.faults.invariants import check
from tests.faults.processes import LONGEST_LEASE, PATIENCE, eventually, spooled

OUTAGES = pytest.mark.parametrize(
    "seconds", [4.0, pytest.param(300.0, marks=[pytest.mark.slow, pytest.mark.timeout(600)])]
)


@OUTAGES
def test_a_run_goes_on_while_the_server_is_away(hasty_site, seconds):
    """F11: longer than the lease. What happened meanwhile is told afterwards, in order, with its times."""
    site = hasty_site
    worker = site.worker()
    done = site.home / "done"
    run = site.run("steady", seconds=0.05, until=str(done))
    site.started(run)
    site.server.kill()
    away, before = time.monotonic(), len(site.side_log.entries("step", run))
    worker.says("Trying again; runs in care go on.")
    eventually(lambda: spooled(site.home), "batches on disk", seconds)
    time.sleep(max(0.0, away + seconds - time.monotonic()))
    during = len(site.side_log.entries("step", run))
    assert during - before > seconds * 5
    site.restart()
    back = datetime.now().astimezone()
    time.sleep(LONGEST_LEASE / 4)
    done.touch()
    site.wait_for(run, "COMPLETED")
    steps = site.side_log.entries("stop", run)[0]["steps"]
    assert site.lines(run) == [f"line {number}" for number in range(steps)]
    check_task_runs(site, run, steps, back, during)
    assert site.history(run) == ["Scheduled", "Pending", "Running", "Completed"]
    assert spooled(site.home) == []
    check(site, completed=1)


def check_task_runs(site, run, steps, back, during):
    """All task runs are there, and ended when they did, not when it was told."""
    found, offset = [], 0
    body = {"flow_runs": {"id": {"any_": [run]}}, "limit": 200, "sort": "END_TIME_DESC"}
    while page := site.ask("POST", "/task_runs/filter", body | {"offset": offset}):
        found += page
        offset += len(page)
    assert len(found) == steps
    assert {task["state_type"] for task in found} == {"COMPLETED"}
    ended_before = [task for task in found if datetime.fromisoformat(task["end_time"]) < back]
    assert len(ended_before) >= during - 1


def test_a_flow_that_ends_while_the_server_is_away_is_completed_later(hasty_site):
    """F11: its process waits with its last state."""
    site = hasty_site
    site.worker()
    done = site.home / "done"
    run = site.run("steady", seconds=0.02, until=str(done))
    site.started(run)
    site.server.kill()
    done.touch()
    site.started(run, "stop")
    time.sleep(1.0)
    site.restart()
    site.wait_for(run, "COMPLETED")
    check(site, completed=1)


def test_a_flow_whose_end_nobody_hears_does_not_pass_for_completed(site):
    """F11: when its patience is over too, the worker says what is known: not that all is well."""
    worker = site.worker()
    done = site.home / "done"
    run = site.run("steady", env={"PATIENCE": "1"}, seconds=0.02, until=str(done))
    site.started(run)
    site.server.kill()
    done.touch()
    worker.says("The server does not know that the run is Completed")
    site.restart()
    state = site.wait_for(run, "CRASHED")
    assert "exited with code 4 without reporting" in state["message"]
    check(site)


def test_an_attempt_that_is_due_while_the_server_is_away_waits_for_it(site):
    """F11: an outage is no failure of the flow."""
    site.worker()
    run = site.run("flaky")
    site.wait_for_state(run, "AwaitingRetry")
    site.server.kill()
    time.sleep(1.5)
    site.restart()
    site.wait_for(run, "COMPLETED")
    assert [entry["attempt"] for entry in site.side_log.entries("start", run)] == [1, 2]
    assert site.history(run) == ["Scheduled", "Pending", "Running", "AwaitingRetry", "Retrying", "Completed"]
    check(site, completed=1)


def test_what_a_flow_had_spooled_when_it_was_killed_is_told_by_the_next_one(site):
    """F05, F11: the lines are on disk, and not lost with the process."""
    site.worker()
    run = site.run("steady", until="/nowhere", seconds=0.02)
    pid = site.started(run)["pid"]
    site.server.kill()
    eventually(lambda: spooled(site.home), "batches on disk")
    os.kill(pid, signal.SIGKILL)
    said = [line["message"] for batch in spooled(site.home) for line in batch.get("lines", [])]
    lines = [line for line in said if line.startswith("line ")]
    site.restart()
    site.wait_for(run, "CRASHED")
    assert not set(lines) & set(site.lines(run))
    site.wait_for(site.run("steady"), "COMPLETED")
    eventually(lambda: spooled(site.home) == [], "an empty spool")
    assert lines and site.lines(run) == lines
    check(site, completed=1)


@pytest.mark.parametrize("count", [16, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(600)])])
def test_runs_that_wait_and_run_converge_after_a_restart(hasty_site, count):
    """F12: none is stuck, none is done twice, and the limit holds."""
    site = hasty_site
    site.ask("PATCH", "/work_pools/local", {"concurrency_limit": 4})
    runs = [site.run("steady", steps=4, seconds=0.1) for _ in range(count)]
    site.worker()
    for started in range(3, count - 4, max(5, count // 8)):
        eventually(lambda started=started: len(site.side_log.entries("start")) > started, "more runs")
        site.server.kill()
        time.sleep(0.5)
        site.restart()
    for run in runs:
        site.wait_for(run, "COMPLETED", seconds=5 * PATIENCE)
        assert len(site.side_log.entries("start", run)) == 1
    check(site, completed=count)


def test_a_flow_that_starts_while_the_server_is_away_waits_for_it(hasty_site):
    """F13."""
    site = hasty_site
    go = site.home / "go"
    worker = site.odd_worker(waits_for=str(go))
    run = site.run("steady")
    site.wait_for(run, "PENDING")
    site.server.kill()
    go.touch()
    worker.says("Started run")
    time.sleep(1.0)
    site.restart()
    site.wait_for(run, "COMPLETED")
    assert site.history(run) == ["Scheduled", "Pending", "Running", "Completed"]
    check(site, completed=1)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_flow_that_finds_no_server_gives_up_and_says_so(site):
    """F13: the worker tells the server when that is back."""
    go = site.home / "go"
    worker = site.odd_worker(waits_for=str(go))
    run = site.run("steady")
    site.wait_for(run, "PENDING")
    site.server.kill()
    go.touch()
    worker.says("penstock: No server answers at", seconds=120)
    site.restart()
    state = site.wait_for(run, "CRASHED")
    assert "exited with code 4" in state["message"]
    assert "Traceback" not in worker.output
    check(site)


def test_a_server_that_slept_takes_nobody_for_lost(hasty_site):
    """F30: it was away itself, though it was never restarted."""
    site = hasty_site
    site.worker()
    done = site.home / "done"
    run = site.run("steady", seconds=0.1, until=str(done))
    site.started(run)
    server = psutil.Process(site.server.process.pid)
    server.suspend()
    time.sleep(LONGEST_LEASE + 1.0)
    server.resume()
    time.sleep(LONGEST_LEASE / 4)
    done.touch()
    site.wait_for(run, "COMPLETED")
    assert site.history(run) == ["Scheduled", "Pending", "Running", "Completed"]
    check(site, completed=1)


def test_a_worker_takes_up_its_work_when_the_server_is_back(site):
    """It says once that the server is away, and once that it is back."""
    worker = site.worker()
    site.wait_for(site.run("steady"), "COMPLETED")
    site.server.kill()
    worker.says("Trying again; runs in care go on.")
    time.sleep(1.0)
    site.restart()
    site.wait_for(site.run("steady"), "COMPLETED")
    assert worker.output.count("Trying again; runs in care go on.") == 1
    assert worker.output.count("The server is back.") == 1
    check(site, completed=2)
