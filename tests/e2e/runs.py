"""Runs as a test follows them over REST."""

import time
from typing import Any

from tests.server_process import ServerProcess

FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


def is_in(server: ServerProcess, run: str, *types: str, seconds: float = 30.0) -> dict[str, Any]:
    """The run, once its state is of one of these types."""
    deadline = time.monotonic() + seconds
    while (found := server.ask("GET", f"/flow_runs/{run}").json)["state_type"] not in types:
        assert time.monotonic() < deadline, f"the run is still {found['state_name']}"
        assert found["state_type"] not in FINAL, found["state"]
        time.sleep(0.02)
    return dict(found)


def ended(server: ServerProcess, run: str, seconds: float = 30.0) -> dict[str, Any]:
    """The run, once it has ended."""
    return is_in(server, run, *FINAL, seconds=seconds)


def log_of(server: ServerProcess, run: str) -> list[str]:
    """What the run has printed and logged."""
    query = {"logs": {"flow_run_id": {"any_": [run]}}}
    return [line["message"] for line in server.ask("POST", "/logs/filter", query).json]


def says(server: ServerProcess, run: str, line: str, seconds: float = 30.0) -> None:
    """Return once the run's log has `line`."""
    deadline = time.monotonic() + seconds
    while line not in (log := log_of(server, run)):
        assert time.monotonic() < deadline, log
        time.sleep(0.02)


def job_of(server: ServerProcess, run: str) -> dict[str, Any]:
    """The job of the run, explained: what `GET /flow_runs/{id}/job_spec` answers."""
    return dict(server.ask("GET", f"/flow_runs/{run}/job_spec").json)
