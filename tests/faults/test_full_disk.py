"""F18: the disk of the database is full. Writes are refused with the reason, reads go on, and it passes."""

import resource

import pytest
from tests.faults.invariants import check
from tests.faults.processes import eventually

ROOM = 100_000
"""Bytes that are left beyond what the database's log has grown to already."""


@pytest.fixture
def full(site):
    """Makes the server's files stop growing, and lets them grow again."""
    pid = site.server.process.pid
    unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)

    def limit(is_full):
        grown = max(file.stat().st_size for file in site.home.glob("penstock.db*"))
        soft = grown + ROOM if is_full else unlimited[0]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, unlimited[1]))

    yield limit
    limit(False)


def write(site, number):
    body = {"name": f"v-{number}", "value": "x" * 4000}
    return site.server.ask("POST", "/variables/", body)


def test_a_full_disk_refuses_writes_says_so_and_passes(site, full):
    """A run that is under way meanwhile keeps what it has to say, and tells it afterwards."""
    site.worker()
    done = site.home / "done"
    run = site.run("steady", seconds=0.02, until=str(done))
    site.started(run)
    full(True)
    kept = []
    for number in range(400):
        answer = write(site, number)
        if answer.status != 201:
            break
        kept.append(number)
    assert answer.status in (503, 507)
    assert "disk" in answer.json["detail"] or "disk" in str(answer.json), answer.json
    assert "traceback" not in answer.body.decode().lower()
    assert site.server.ask("POST", "/variables/count", {}).json == len(kept)
    assert site.server.ask("GET", "/health").status == 200
    unready = site.server.ask("GET", "/ready")
    assert unready.status == 503
    assert unready.json["data"]["reasons"][0].startswith("the database: ")
    steps = len(site.side_log.entries("step", run))
    eventually(lambda: len(site.side_log.entries("step", run)) > steps + 10, "steps meanwhile")
    full(False)
    eventually(lambda: site.server.ask("GET", "/ready").status == 200, "it is ready again")
    eventually(lambda: write(site, 1000).status in (201, 409), "it takes writes again")
    done.touch()
    site.wait_for(run, "COMPLETED")
    steps = site.side_log.entries("stop", run)[0]["steps"]
    assert site.lines(run) == [f"line {number}" for number in range(steps)]
    assert "Traceback" not in site.server.output
    names = {each["name"] for each in site.ask("POST", "/variables/filter", {"limit": 200})}
    assert names >= {f"v-{number}" for number in kept[:100]}
    check(site, completed=1)
