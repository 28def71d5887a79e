"""F16: another process keeps SQLite locked. Requests wait, then are refused; nothing is lost."""

import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from tests.faults.invariants import check
from tests.faults.processes import QUICK_LEASES, Site, eventually

SHORT = 1.0


@pytest.fixture
def site(tmp_path):
    """A server that waits for a lock no longer than `SHORT`."""
    site = Site(tmp_path, PENSTOCK_SERVER_DATABASE_TIMEOUT=str(SHORT), **QUICK_LEASES)
    try:
        yield site.start()
    finally:
        site.end()


@contextmanager
def locked(site):
    """While it is entered, nobody else can write."""
    holder = subprocess.Popen(
        [sys.executable, "-m", "tests.db.victims", "hold_lock", str(site.home / "penstock.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout.readline() == b"locked\n"
        yield
        holder.stdin.close()


def test_a_lock_that_is_short_is_waited_for(site):
    site.deploy("steady")
    answers = []
    with locked(site):
        asking = threading.Thread(
            target=lambda: answers.append(
                site.server.ask("POST", "/variables/", {"name": "kept", "value": 1})
            )
        )
        asking.start()
        assert site.server.ask("GET", "/variables/name/kept").status == 404  # reads go on
        time.sleep(SHORT / 3)
        assert answers == []
    asking.join(20)
    assert [answer.status for answer in answers] == [201]
    assert "locked" not in site.server.output


def test_a_lock_that_is_long_is_refused_clearly_and_nothing_is_lost(site):
    """Flows go on and spool what they have to say; services say one line each time, and try again."""
    site.worker()
    done = site.home / "done"
    run = site.run("steady", seconds=0.02, until=str(done))
    site.started(run)
    with locked(site):
        began = time.monotonic()
        refused = site.server.ask("POST", "/variables/", {"name": "refused", "value": 1})
        assert time.monotonic() - began > SHORT * 0.9
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) >= 1
        assert "locked" in refused.json["detail"] or "locked" in str(refused.json)
        steps = len(site.side_log.entries("step", run))
        eventually(lambda: len(site.side_log.entries("step", run)) > steps + 20, "steps meanwhile")
        eventually(lambda: "Trying again" in site.server.output, "a service that says so")
    done.touch()
    site.wait_for(run, "COMPLETED")
    steps = site.side_log.entries("stop", run)[0]["steps"]
    assert site.lines(run) == [f"line {number}" for number in range(steps)]
    assert site.server.ask("GET", "/variables/name/refused").status == 404
    assert "Traceback" not in site.server.output
    check(site, completed=1)
