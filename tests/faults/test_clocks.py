"""F27: the clock of a worker and its flows is wrong by minutes. Leases and states go by the server's."""

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.faults.invariants import check

SOURCE = Path(__file__).parent / "skewed_clock.c"
MINUTES = 10


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    """A library that makes the clock of a process wrong."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler: the clock of a process can't be made wrong")
    built = tmp_path_factory.mktemp("shim") / "skewed_clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", built, SOURCE, "-ldl"], check=True)
    return str(built)


@pytest.mark.parametrize(
    "minutes",
    [pytest.param(MINUTES, id="ahead"), pytest.param(-MINUTES, id="behind", marks=pytest.mark.slow)],
)
def test_a_clock_that_is_wrong_loses_no_run_and_makes_no_time_negative(hasty_site, shim, minutes):
    """Its leases are three seconds long, and are renewed all the time."""
    site = hasty_site
    wrong = {"LD_PRELOAD": shim, "CLOCK_SKEW": str(60 * minutes)}
    show = [sys.executable, "-c", "import time; print(time.time())"]
    shown = float(subprocess.run(show, env=site.environ(**wrong), capture_output=True, check=True).stdout)
    assert abs(shown - datetime.now(UTC).timestamp() - 60 * minutes) < 60, "the clock is wrong"
    site.worker(**wrong)
    made = datetime.now(UTC)
    run = site.run("steady", steps=8, seconds=0.5)
    site.wait_for(run, "COMPLETED")
    ended = datetime.now(UTC)
    assert site.history(run) == ["Scheduled", "Pending", "Running", "Completed"]
    found = site.ask("GET", f"/flow_runs/{run}")
    moments = [datetime.fromisoformat(found[name]) for name in ("created", "start_time", "end_time")]
    assert moments == sorted(moments)
    assert made - timedelta(seconds=1) <= moments[0] and moments[-1] <= ended + timedelta(seconds=1)
    assert 0 < found["total_run_time"] < (ended - made).total_seconds() + 1
    tasks = site.ask("POST", "/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
    assert len(tasks) == 8
    assert all(0 <= task["total_run_time"] < 60 for task in tasks)
    (worker,) = site.ask("POST", "/overview/workers", {})
    assert abs(worker["clock_ahead_seconds"] - 60 * minutes) < 60, "its row says how wrong its clock is"
    check(site, completed=1)
