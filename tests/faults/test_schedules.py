"""F10, F36: the server is killed while schedules are edited and followed; each tick has one run."""

import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from tests.faults.invariants import check
from tests.faults.processes import eventually

INTERVALS = (60, 90, 120)


def schedule(seconds):
    return [{"schedule": {"interval": seconds, "timezone": "UTC"}, "active": True}]


def planned(site, deployment):
    """When runs of the deployment will start. What is due already stays, whatever is planned for later."""
    body = {"deployments": {"id": {"any_": [deployment]}}, "sort": "EXPECTED_START_TIME_ASC", "limit": 200}
    runs = site.insist("POST", "/flow_runs/filter", body).json
    moments = [datetime.fromisoformat(run["expected_start_time"]) for run in runs]
    return [moment for moment in moments if moment > datetime.now(UTC)]


def is_a_plan(moments, seconds):
    """Whether these are ticks of one schedule, each once and none left out."""
    gaps = {(later - earlier).total_seconds() for earlier, later in pairwise(moments)}
    return gaps == {seconds}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("kills", [3, pytest.param(30, marks=pytest.mark.slow)])
def test_a_plan_is_changed_as_a_whole_or_not_at_all(site, kills):
    deployment = site.deploy("steady", schedules=schedule(60))
    chance, edits, ending = random.Random(kills), Counter(), threading.Event()

    def edit():
        while not ending.is_set():
            seconds = chance.choice(INTERVALS)
            body = {"schedules": schedule(seconds)}
            edits[site.insist("PATCH", f"/deployments/{deployment}", body).status] += 1

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        for _ in range(kills):
            before = edits.total()
            eventually(lambda before=before: edits.total() > before, "an edit")
            time.sleep(chance.uniform(0.0, 0.3))
            site.server.kill()
            site.restart()
            moments = planned(site, deployment)
            assert any(is_a_plan(moments, seconds) for seconds in INTERVALS), moments
    finally:
        ending.set()
        editor.join(60)
    assert edits.keys() == {204} and edits[204] >= kills
    check(site)


def test_a_tick_that_is_due_while_the_server_is_killed_has_one_run(site):
    """Ticks of each second, over two deaths: none is left out, none is there twice, and all are run."""
    deployment = site.deploy("silent", schedules=schedule(1))
    site.worker()

    def done():
        body = {
            "deployments": {"id": {"any_": [deployment]}},
            "limit": 200,
            "sort": "EXPECTED_START_TIME_ASC",
        }
        runs = site.insist("POST", "/flow_runs/filter", body).json
        return [run for run in runs if run["state_type"] == "COMPLETED"]

    for count in (2, 4):
        eventually(lambda count=count: len(done()) >= count, site.outputs)
        site.server.kill()
        time.sleep(1.0)
        site.restart()
    found = eventually(lambda: len(runs := done()) >= 7 and runs, site.outputs)
    last = max(datetime.fromisoformat(run["expected_start_time"]) for run in found)
    record = check(site, completed=7)
    ticks = sorted(run["expected_start_time"] for run in record.runs)
    assert len(set(ticks)) == len(ticks)
    assert {later - earlier for earlier, later in pairwise(ticks)} == {1_000_000}
    assert last.timestamp() * 1_000_000 <= ticks[-1]
