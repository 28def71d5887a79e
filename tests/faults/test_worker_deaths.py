"""kill -9 of workers, flows and zygotes, at each step of claim, start, run and finish."""

import os
import signal
import time

import pytest
from tests.faults.invariants import check
from tests.faults.processes import LONGEST_LEASE, eventually

from penstock.settings.running import process_start

ONCE = ["Scheduled", "Pending", "Running", "Completed"]


def only_the_server_is_left(site):
    eventually(lambda: len(list(site.processes())) == 1, "the end of all but the server")


def test_a_killed_worker_that_had_claimed_nothing_changes_nothing(site):
    """F01: another worker takes the run."""
    site.worker("--name", "victim").kill()
    site.worker("--name", "other")
    run = site.run("steady")
    site.wait_for(run, "COMPLETED")
    assert site.history(run) == ONCE
    check(site, completed=1)


def test_a_worker_killed_after_its_claim_gives_the_run_back_in_time(hasty_site):
    """F02: the claim expires, the run is queued again, and no attempt is counted."""
    site = hasty_site
    victim = site.odd_worker(dies="before launch")
    claimed = time.monotonic()
    run = site.run("steady")
    assert victim.wait() == -signal.SIGKILL
    site.worker("--name", "other")
    site.wait_for(run, "COMPLETED")
    assert time.monotonic() - claimed < LONGEST_LEASE + 20
    assert site.history(run) == ["Scheduled", "Pending", *ONCE]
    assert site.ask("GET", f"/flow_runs/{run}")["run_count"] == 1
    assert len(site.side_log.entries("start", run)) == 1
    check(site, completed=1)


def test_a_worker_killed_after_the_launch_leaves_the_run_to_its_process(hasty_site):
    """F03: the process owns the run; a restarted worker starts no second one."""
    site = hasty_site
    victim = site.odd_worker(dies="after launch")
    done = site.home / "done"
    run = site.run("steady", seconds=0.02, until=str(done))
    assert victim.wait() == -signal.SIGKILL
    site.worker()
    other = site.run("steady")
    site.wait_for(other, "COMPLETED")
    time.sleep(LONGEST_LEASE + 0.5)  # long enough for a lease that nobody renews
    done.touch()
    site.wait_for(run, "COMPLETED")
    assert site.history(run) == ONCE
    assert len(site.side_log.pids(run=run)) == 1
    check(site, completed=2)


def test_a_flow_outlives_its_worker(site):
    """F04: the run goes on, none of its lines is lost, and it ends as it should."""
    worker = site.worker()
    done = site.home / "done"
    run = site.run("steady", seconds=0.01, until=str(done))
    site.started(run)
    worker.kill()
    before = len(site.side_log.entries("step", run))
    eventually(lambda: len(site.side_log.entries("step", run)) > before + 20, "steps after the worker")
    done.touch()
    site.wait_for(run, "COMPLETED")
    steps = site.side_log.entries("stop", run)[0]["steps"]
    assert site.lines(run) == [f"line {number}" for number in range(steps)]
    check(site, completed=1)
    only_the_server_is_left(site)


def test_a_flow_whose_worker_was_killed_can_be_cancelled(hasty_site):
    """F04: the run asks itself whether it is to go on."""
    site = hasty_site
    worker = site.worker()
    run = site.run("steady", seconds=0.01, until="/nowhere")
    site.started(run)
    worker.kill()
    site.cancel(run)
    site.wait_for(run, "CANCELLED", seconds=10)
    check(site)
    only_the_server_is_left(site)


def test_a_killed_flow_is_crashed_at_once_and_the_signal_named(site):
    """F05."""
    site.worker()
    run = site.run("steady", until="/nowhere", seconds=0.05)
    pid = site.started(run)["pid"]
    os.kill(pid, signal.SIGKILL)
    state = site.wait_for(run, "CRASHED", seconds=5)
    assert "signal 9 (SIGKILL)" in state["message"]
    assert "out of memory" in state["message"]
    check(site)


def test_a_lost_host_is_noticed_by_its_silence(hasty_site):
    """F06: worker, zygote and flow die together; the run crashes, and its place is free again."""
    site = hasty_site
    site.ask("PATCH", "/work_pools/local", {"concurrency_limit": 1})
    worker = site.worker()
    run, next_run = site.run("steady", until="/nowhere", seconds=0.05), site.run("steady")
    pid = site.started(run)["pid"]
    for victim in (worker.zygote.pid, worker.pid, pid):
        os.kill(victim, signal.SIGKILL)
    lost = time.monotonic()
    site.worker("--name", "other")
    assert site.state(next_run)["type"] == "SCHEDULED"
    state = site.wait_for(run, "CRASHED")
    assert time.monotonic() - lost < LONGEST_LEASE + 20
    assert "owner was lost" in state["message"]
    site.wait_for(next_run, "COMPLETED")
    check(site, completed=1)


PHASES = {
    "import": (["Scheduled", "Pending", "Crashed"], "before the run started"),
    "validation": (["Scheduled", "Pending", "Running", "Crashed"], "without reporting"),
    "step 0": (["Scheduled", "Pending", "Running", "Crashed"], "without reporting"),
    "after step 0": (["Scheduled", "Pending", "Running", "Crashed"], "without reporting"),
    "after completed": (ONCE, None),
}


def test_a_flow_can_be_killed_in_every_phase(site):
    """F07: it is crashed with the signal named; but what has completed stays completed."""
    site.worker()
    runs = {phase: site.run("steady", env={"DIE_AT": phase}, amount={"value": 1}) for phase in PHASES}
    for phase, (history, words) in PHASES.items():
        state = site.wait_for(runs[phase])
        # What has completed dies after that, and so after the server knows.
        site.started(runs[phase], "import" if phase == "import" else "dies")
        assert site.history(runs[phase]) == history, phase
        assert words is None or ("SIGKILL" in state["message"] and words in state["message"]), phase
    survivor = site.run("steady")
    site.wait_for(survivor, "COMPLETED")
    assert site.history(runs["after completed"]) == ONCE
    check(site, completed=2)


def test_a_worker_goes_on_without_its_zygote(site):
    """Runs outlive it too, and the worker sees them end; the next run is started by another one."""
    worker = site.worker()
    done = site.home / "done"
    run, victim = (site.run("steady", until=str(done), seconds=0.02) for _ in range(2))
    site.started(run)
    pid = site.started(victim)["pid"]
    worker.zygote.kill()
    os.kill(pid, signal.SIGKILL)
    state = site.wait_for(victim, "CRASHED", seconds=5)
    assert "was killed too" in state["message"]
    later = site.run("steady")
    site.wait_for(later, "COMPLETED")
    done.touch()
    site.wait_for(run, "COMPLETED")
    check(site, completed=2)


def test_a_run_whose_launch_was_interrupted_goes_back_to_its_queue(site):
    worker = site.worker()
    zygote = worker.zygote
    idle = worker.pipes()
    site.wait_for(site.run("steady"), "COMPLETED")
    eventually(lambda: worker.pipes() == idle, "the end of the first run's pipe")
    zygote.suspend()
    run = site.run("steady")
    # Claimed is not asked for yet: what a run prints gets its pipe just before the zygote is told.
    eventually(lambda: worker.pipes() > idle, "a launch that is under way")
    zygote.kill()
    site.wait_for(run, "COMPLETED")
    assert site.history(run) == ["Scheduled", "Pending", *ONCE]
    assert len(site.side_log.entries("start", run)) == 1
    check(site, completed=2)


@pytest.mark.parametrize("runs", [12, pytest.param(120, marks=[pytest.mark.slow, pytest.mark.timeout(400)])])
def test_whoever_is_killed_whenever_every_run_ends_and_none_runs_twice_at_once(hasty_site, runs):
    """Flows, zygote and worker are killed in turn for as long as there is work."""
    site = hasty_site
    site.ask("PATCH", "/work_pools/local", {"concurrency_limit": 4})
    created = [site.run("steady", steps=10, seconds=0.04) for _ in range(runs)]
    worker = site.worker()
    kills = 0
    while any(site.state(run)["type"] == "SCHEDULED" for run in created):
        started = len(site.side_log.entries("start"))
        if kills % 3 == 0:
            os.kill(running_flow(site), signal.SIGKILL)
        elif kills % 3 == 1:
            worker.zygote.kill()
        else:
            worker.kill()
            worker = site.worker()
        kills += 1
        wait_for_more(site, started + 2, created[-1])
    ends = [site.wait_for(run)["type"] for run in created]
    assert kills >= runs // 6
    assert 0 < ends.count("CRASHED") <= kills
    check(site, completed=runs // 2)


def wait_for_more(site, started, last):
    """Wait until more runs have started than so many, or the last one has."""

    def more():
        return len(site.side_log.entries("start")) > started or site.state(last)["type"] != "SCHEDULED"

    eventually(more, "more runs")


def running_flow(site):
    """The process of a flow that is in the middle of its steps."""

    def find():
        candidates = site.side_log.pids("step") - site.side_log.pids("stop")
        return [pid for pid in candidates if process_start(pid) is not None]

    return eventually(find, "a flow that runs")[0]
