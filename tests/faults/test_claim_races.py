"""F38: several want the same run in the same moment, by HTTP; exactly one gets it, the others hear so."""

import threading
from uuid import uuid4

import pytest
from tests.faults.invariants import check

RACERS = 2
RACES = pytest.mark.parametrize(
    "races", [400, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)


def race(work):
    """Have `work(connection number, wait for the others)` done by all racers at once."""
    barrier = threading.Barrier(RACERS, timeout=60)
    failures = []

    def run(number):
        try:
            work(number, barrier.wait)
        except BaseException as error:
            failures.append(error)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(900)
    assert not failures, failures


@RACES
def test_of_two_workers_exactly_one_gets_a_run(site, races):
    runs = [site.run("steady") for _ in range(races)]
    claimed = [[], []]

    def claim_all(number, at_once):
        caller = site.caller()
        body = {"worker_name": f"w{number}", "worker_id": str(uuid4()), "limit": 1}
        for _ in range(races):
            at_once()
            status, answer = caller.ask("POST", "/work_pools/local/claim", body)
            assert status == 200
            claimed[number] += [run["flow_run"]["id"] for run in answer["runs"]]
        caller.close()

    race(claim_all)
    assert sorted(claimed[0] + claimed[1]) == sorted(runs)
    assert all(claimed)
    assert "ERROR" not in site.server.output
    check(site)
    for run in runs[:3]:
        # So many take their time: they may be late by then.
        assert [name for name in site.history(run) if name != "Late"] == ["Scheduled", "Pending"]


@RACES
def test_of_two_processes_exactly_one_starts_a_run(site, races):
    """Also without leases, as clients of the reference: the loser is told to abort."""
    runs = [site.run("steady") for _ in range(races)]
    answers = [[], []]

    def start_all(number, at_once):
        caller = site.caller()
        for run in runs:
            at_once()
            _, answer = caller.ask("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "PENDING"}})
            answers[number].append(answer["status"])
        caller.close()

    race(start_all)
    for one, other in zip(*answers, strict=True):
        assert sorted([one, other]) == ["ABORT", "ACCEPT"]
    assert "ERROR" not in site.server.output
    check_states(site, races)


def check_states(site, races):
    """Each run was prepared once. They hold their places without a lease that ends."""
    record = check(site)
    assert len([state for state in record.states if state["type"] == "PENDING"]) == races
