"""F47: one run logs a gigabyte, and a line of ten megabytes. No memory grows with it, and others go on."""

import shutil
import sqlite3
from contextlib import closing

import psutil
import pytest
from tests.faults.processes import TERMINAL, eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

GIGABYTE = 10**9
LENGTH = 60_000
LINES = GIGABYTE // LENGTH
CUT = 64 * 1024
SERVER_BYTES = WORKER_BYTES = 100 * 2**20
FLOW_BYTES = 250 * 2**20


@pytest.fixture
def roomy_site(site):
    """A site whose files do not outlive the test: they are gigabytes."""
    yield site
    site.end()
    shutil.rmtree(site.home)


def lines_of(site, run, sort, limit):
    body = {"logs": {"flow_run_id": {"any_": [run]}}, "sort": sort, "limit": limit}
    return [line["message"] for line in site.ask("POST", "/logs/filter", body)]


def test_a_gigabyte_of_lines_goes_to_the_server_and_into_nobodys_memory(roomy_site):
    """F47."""
    site = roomy_site
    worker = site.worker()
    processes = [psutil.Process(site.server.process.pid), psutil.Process(worker.pid)]
    site.wait_for(site.run("flood", size=10**7, length=1000), "COMPLETED")
    before = [process.memory_info().rss for process in processes]
    run = site.run("flood", size=GIGABYTE, length=LENGTH)
    began = site.started(run)
    other = site.run("steady", steps=20, seconds=0.05)
    most = list(before)

    def has_ended():
        most[:] = [max(so_far, p.memory_info().rss) for so_far, p in zip(most, processes, strict=True)]
        return site.state(run)["type"] in TERMINAL

    eventually(has_ended, "its end", 800)
    assert site.state(run)["type"] == "COMPLETED", site.history(run)
    site.wait_for(other, "COMPLETED")
    assert site.lines(other) == [f"line {number}" for number in range(20)]
    grown = [after - then for then, after in zip(before, most, strict=True)]
    assert grown[0] < SERVER_BYTES and grown[1] < WORKER_BYTES, grown
    assert site.started(run, "stop")["VmHWM"] - began["VmRSS"] < FLOW_BYTES
    _, first, *_ = lines_of(site, run, "TIMESTAMP_ASC", 3)
    assert first.startswith("long xxx") and first.endswith(" bytes cut)") and len(first.encode()) <= CUT
    _, last = lines_of(site, run, "TIMESTAMP_DESC", 2)
    assert last == f"{LINES - 1} {'x' * LENGTH}"
    with closing(sqlite3.connect(site.database)) as database:
        (kept,) = database.execute(
            "SELECT count(*) FROM logs WHERE length(message) >= ?", (LENGTH,)
        ).fetchone()
    assert kept == LINES + 2, "with the line that was cut, of either run"
    assert "Traceback" not in site.server.output
