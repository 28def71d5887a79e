"""Ctrl-C and SIGTERM: of the worker, idle and busy; of the flow; and of all that a flow has started."""

import os
import signal
import time

import psutil
import pytest
from tests.faults.invariants import check
from tests.faults.processes import eventually

from penstock.settings.running import process_start

BOTH = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


def everything_but_the_server_ends(site):
    eventually(lambda: len(list(site.processes())) == 1, "the end of all but the server")


@BOTH
def test_an_idle_worker_ends_at_once(site, number):
    """F08."""
    worker = site.worker()
    site.wait_for(site.run("steady"), "COMPLETED")
    worker.send(number)
    assert worker.wait(5) == 0
    everything_but_the_server_ends(site)
    assert "Traceback" not in worker.output


@BOTH
def test_a_busy_worker_sees_its_runs_through_and_takes_no_more(site, number):
    """F08: what it has not started waits for another worker."""
    worker = site.worker()
    done = site.home / "done"
    run = site.run("steady", until=str(done), seconds=0.02)
    site.started(run)
    worker.send(number)
    worker.says("Waiting up to 20 s for 1 run")
    later = site.run("steady")
    time.sleep(0.3)
    assert site.state(later)["type"] == "SCHEDULED"
    done.touch()
    assert worker.wait(5) == 0
    assert site.state(run)["type"] == "COMPLETED"
    site.worker()
    site.wait_for(later, "COMPLETED")
    check(site, completed=2)


@BOTH
def test_a_second_signal_ends_the_runs_too(site, number):
    """F08: they say themselves how they ended."""
    worker = site.worker()
    runs = [site.run("steady", until="/nowhere", seconds=0.02) for _ in range(2)]
    for run in runs:
        site.started(run)
    worker.send(number)
    worker.says("Once more ends them")
    worker.send(number)
    assert worker.wait(15) == 0
    for run in runs:
        state = site.state(run)
        assert state["type"] == "CRASHED"
        assert "SIGTERM" in state["message"]
    check(site)
    everything_but_the_server_ends(site)


def test_a_worker_that_waits_no_longer_ends_its_runs(site):
    """F08: on expiry of its patience nothing is left that runs and that nobody owns."""
    worker = site.odd_worker(drain_seconds=0.3, grace_seconds=0.5)
    polite, deaf = site.run("steady", until="/nowhere", seconds=0.02), site.run("stubborn")
    site.started(polite)
    site.started(deaf)
    worker.send(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert "SIGTERM" in site.state(polite)["message"]
    assert "signal 9 (SIGKILL)" in site.state(deaf)["message"]
    check(site)
    everything_but_the_server_ends(site)


def test_a_worker_that_is_killed_while_it_waits_leaves_its_runs_alone(site):
    """F09: SIGTERM, and SIGKILL before its patience was over."""
    worker = site.worker()
    done = site.home / "done"
    run = site.run("steady", until=str(done), seconds=0.02)
    site.started(run)
    worker.send(signal.SIGTERM)
    worker.says("Waiting up to 20 s for 1 run")
    worker.kill()
    done.touch()
    site.wait_for(run, "COMPLETED")
    check(site, completed=1)
    everything_but_the_server_ends(site)


def test_a_worker_whose_server_hangs_can_still_be_stopped(site):
    """F08."""
    worker = site.worker()
    site.wait_for(site.run("steady"), "COMPLETED")
    psutil.Process(site.server.process.pid).suspend()
    worker.send(signal.SIGTERM)
    assert worker.wait(15) == 0
    psutil.Process(site.server.process.pid).resume()
    check(site, completed=1)


def test_what_a_stopping_worker_had_claimed_is_taken_by_another(site):
    """F08: a claim that is answered while the worker is told to stop is given back, or seen through."""
    worker = site.worker()
    site.deploy("steady")
    psutil.Process(worker.pid).suspend()
    runs = [site.run("steady") for _ in range(3)]
    for run in runs[:1]:
        site.wait_for(run, "PENDING")
    worker.send(signal.SIGTERM)
    psutil.Process(worker.pid).resume()
    assert worker.wait(10) == 0
    site.worker()
    for run in runs:
        site.wait_for(run, "COMPLETED")
        assert len(site.side_log.entries("start", run)) == 1
    check(site, completed=3)


@BOTH
def test_a_flow_that_is_sent_a_signal_says_so_and_ends(site, number):
    """F08: the run is crashed by its own word, not by the worker's guess."""
    site.worker()
    run = site.run("steady", until="/nowhere", seconds=0.02)
    pid = site.started(run)["pid"]
    os.kill(pid, number)
    state = site.wait_for(run, "CRASHED", seconds=5)
    assert "ended from outside" in state["message"]
    assert ("SIGTERM" if number == signal.SIGTERM else "keyboard") in state["message"]
    eventually(lambda: process_start(pid) is None, "the end of the process", 5)
    steps = len(site.side_log.entries("step", run))
    assert steps - 1 <= len(site.lines(run)) <= steps
    check(site)


@BOTH
def test_a_flow_that_is_still_being_loaded_is_ended_too(site, number):
    """F08: in the middle of an import."""
    site.worker()
    run = site.run("steady", env={"WAIT_IN_IMPORT": "1"})
    os.kill(site.started(run, "import")["pid"], number)
    state = site.wait_for(run, "CRASHED", seconds=5)
    assert number.name in state["message"]
    assert "`command` must" not in state["message"]
    check(site)


def test_a_flow_that_is_still_being_loaded_can_be_cancelled(site):
    site.worker()
    run = site.run("steady", env={"WAIT_IN_IMPORT": "1"})
    pid = site.started(run, "import")["pid"]
    site.cancel(run)
    site.wait_for(run, "CANCELLED", seconds=10)
    eventually(lambda: process_start(pid) is None, "the end of the process", 5)
    check(site)


def test_a_run_whose_worker_died_is_cancelled_in_time(hasty_site):
    """F41: nobody is left who could be told; its claim ends, and with it the run."""
    site = hasty_site
    victim = site.odd_worker(dies="before launch")
    run = site.run("steady")
    victim.wait()
    site.cancel(run)
    assert site.wait_for(run, "CANCELLED", seconds=10)["message"].startswith("Its owner was lost")
    check(site)


def test_what_a_cancelled_flow_has_started_ends_with_it(site):
    """F15."""
    site.worker()
    run = site.run("with_child")
    family = site.started(run)
    site.cancel(run)
    site.wait_for(run, "CANCELLED", seconds=10)
    for member in ("pid", "child", "grandchild"):
        eventually(
            lambda member=member: process_start(family[member]) is None, f"the end of the {member}", 10
        )
    check(site)


def test_with_a_flow_that_is_cancelled_ends_the_one_that_it_called(site):
    """F41: once the server knows whose child that is."""
    site.worker()
    run = site.run("with_subflow")
    of_it = {"flow_runs": {"parent_flow_run_id": {"any_": [run]}}}
    eventually(lambda: site.ask("POST", "/flow_runs/count", of_it) == 1, "a child")
    site.cancel(run)
    site.wait_for(run, "CANCELLED", seconds=30)
    runs = site.ask("POST", "/flow_runs/filter", {})
    assert len(runs) == 2
    assert {each["state_type"] for each in runs} == {"CANCELLED"}
    check(site)


def test_a_flow_that_is_interrupted_in_the_middle_of_logging_still_ends(site):
    """F41: whatever its threads were about, none of them keeps what the others wait for."""
    site.worker()
    for _ in range(3):
        run = site.run("chatting")
        pid = site.started(run)["pid"]
        time.sleep(0.2)
        site.cancel(run)
        site.wait_for(run, "CANCELLED", seconds=5)
        eventually(lambda pid=pid: process_start(pid) is None, "the end of the process", 5)
    check(site)


def test_a_cancelled_flow_that_does_not_listen_is_killed(site):
    """F15: it is asked, then ended, and its run is cancelled all the same."""
    site.odd_worker(cancel_grace_seconds=0.5)
    run = site.run("stubborn")
    pid = site.started(run)["pid"]
    site.cancel(run)
    site.wait_for(run, "CANCELLED", seconds=10)
    eventually(lambda: process_start(pid) is None, "the end of the process", 5)
    check(site)


def test_a_run_is_cancelled_in_every_state(site):
    """Before anybody has it, while it is prepared, and while it runs; and once more when it has ended."""
    waiting = site.run("steady")
    site.cancel(waiting)
    assert site.state(waiting)["type"] == "CANCELLED"
    worker = site.worker()
    zygote = worker.zygote
    site.wait_for(site.run("steady"), "COMPLETED")
    zygote.suspend()
    prepared = site.run("steady")
    site.wait_for(prepared, "PENDING")
    site.cancel(prepared)
    zygote.resume()
    running = site.run("steady", until="/nowhere", seconds=0.02)
    site.started(running)
    site.cancel(running)
    for run in (prepared, running):
        site.wait_for(run, "CANCELLED", seconds=10)
        site.cancel(run)
        assert site.state(run)["type"] == "CANCELLED"
    assert site.side_log.entries("start", waiting) == []
    check(site, completed=1)
