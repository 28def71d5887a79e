"""A small content, made over the API of either side, so that the same can be asked of both."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.reads.requests import Known
from benchmarks.rest import Rest

RUNS, TASKS_OF_A_RUN, LINES_OF_A_RUN = 1_000, 2, 10
_FLOWS, _DEPLOYMENTS, _DAYS = 10, 20, 80
_STATES = [("COMPLETED", "Completed")] * 8 + [("FAILED", "Failed"), ("CRASHED", "Crashed")]
_NAMES = ("otter", "lynx", "amber", "heron")


def fill(rest: Rest) -> Known:
    """Make flows, deployments, and runs of the last months with their task runs and logs."""
    dice, now = Random(1), datetime.now(UTC)
    flows = [rest.call("POST", "/flows/", {"name": f"flow-{number}"}) for number in range(_FLOWS)]
    deployments = [
        rest.call("POST", "/deployments/", {"name": f"deployment-{n}", "flow_id": flows[n % _FLOWS]["id"]})
        for n in range(_DEPLOYMENTS)
    ]
    runs, tasks = [], []
    for number in range(RUNS):
        at = now - timedelta(days=_DAYS * number / RUNS)
        run = _run(rest, dice, deployments[number % _DEPLOYMENTS], at, number)
        runs.append(run)
        tasks += [_task_run(rest, run["id"], name, at) for name in ("extract", "train")[:TASKS_OF_A_RUN]]
        rest.call("POST", "/logs/", [_line(run["id"], at, line) for line in range(LINES_OF_A_RUN)])
    return Known(now, runs, tasks, deployments, flows, [], [], runs[0]["id"], runs[0]["id"], RUNS)


def _run(rest: Rest, dice: Random, deployment: dict[str, Any], at: datetime, number: int) -> dict[str, Any]:
    type_, name = dice.choice(_STATES)
    body = {
        "flow_id": deployment["flow_id"],
        "deployment_id": deployment["id"],
        "name": f"brisk-{_NAMES[number % len(_NAMES)]}-{number}",
        "tags": [f"team-{number % 20}", f"ds-{number % 300}", "production"],
        "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": at.isoformat()}},
    }
    run: dict[str, Any] = rest.call("POST", "/flow_runs/", body)
    ended = {"state": {"type": type_, "name": name}, "force": True}
    rest.call("POST", f"/flow_runs/{run['id']}/set_state", ended)
    return run


def _task_run(rest: Rest, run_id: str, name: str, at: datetime) -> dict[str, Any]:
    body = {"flow_run_id": run_id, "task_key": name, "dynamic_key": "0", "name": f"{name}-0"}
    details = {"scheduled_time": at.isoformat()}
    state = {"type": "COMPLETED", "name": "Completed", "state_details": details}
    task: dict[str, Any] = rest.call("POST", "/task_runs/", {**body, "state": state})
    return task


def _line(run_id: str, at: datetime, number: int) -> dict[str, Any]:
    moment = (at + timedelta(seconds=number)).isoformat()
    line = {"name": "prefect.flow_runs", "level": 20, "message": f"chunk {number} is complete"}
    return {**line, "timestamp": moment, "flow_run_id": run_id}
