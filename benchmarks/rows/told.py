"""How soon a server records the task-run events that the reference's client sends over a websocket."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from websockets.sync.client import connect

from benchmarks.databases import postgres
from benchmarks.figures import Figure
from benchmarks.machine import cpu_of_tree, wait_until
from benchmarks.rest import Rest
from benchmarks.sides import Running, Side, Sides

OURS, PEER = 6_000, 300
"""Task runs; each of them enters three states."""
_COURSE = (("PENDING", "Pending"), ("RUNNING", "Running"), ("COMPLETED", "Completed"))


def measure(sides: Sides) -> list[Figure]:
    """The same frames to both; ours on both databases."""
    rate, cpu = _observe(sides.ours, OURS, {})
    with postgres() as environ:
        other, other_cpu = _observe(sides.ours, OURS, environ)
    peer = _observe(sides.peer, PEER, {})[0] if sides.peer else None
    bar = 30 * peer if peer else 1_000
    note = "{:.0f} µs of the server's CPU each; bar: 30 × peer"
    return [
        Figure("task-run events recorded, SQLite", "/s", rate, bar, peer, True, note.format(cpu)),
        Figure("task-run events recorded, PostgreSQL", "/s", other, bar, peer, True, note.format(other_cpu)),
    ]


def _observe(side: Side, count: int, environ: dict[str, str]) -> tuple[float, float]:
    """Events a second until all of them can be read, and the server's CPU for each in microseconds."""
    with side.server(environ=environ) as server:
        rest = Rest(server.port)
        flow = rest.call("POST", "/flows/", {"name": "told"})["id"]
        run = rest.call("POST", "/flow_runs/", {"flow_id": flow})["id"]
        _send(server, list(_frames(run, 20)))
        _wait(rest, run, 20)
        frames, cpu = list(_frames(run, count)), cpu_of_tree(server.pid)
        began = time.perf_counter()
        _send(server, frames)
        _wait(rest, run, 20 + count)
        wall = time.perf_counter() - began
        cost = cpu_of_tree(server.pid) - cpu
    return len(frames) / wall, 1_000_000 * cost / len(frames)


def _send(server: Running, frames: list[str]) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/api/events/in", close_timeout=60) as socket:
        for frame in frames:
            socket.send(frame)
        socket.ping().wait(300)


def _wait(rest: Rest, run: str, count: int) -> None:
    asked = {
        "flow_runs": {"id": {"any_": [run]}},
        "task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
    }
    wait_until(
        lambda: int(rest.call("POST", "/task_runs/count", asked)) >= count,
        600,
        f"{count} recorded task runs",
        pause=0.05,
    )


def _frames(run: str, count: int) -> Iterator[str]:
    """Events as the reference's client writes them, one frame each, in the order in which they occur."""
    for number in range(count):
        id, before, occurred = str(uuid4()), None, datetime.now(UTC)
        for place, (type_, name) in enumerate(_COURSE):
            event = _event(run, id, number, type_, name, occurred + timedelta(milliseconds=place))
            event["follows"], before = before, event["id"]
            yield msgspec.json.encode(event).decode()


def _event(run: str, id: str, number: int, type_: str, name: str, occurred: datetime) -> dict[str, Any]:
    resource = {
        "prefect.resource.id": f"prefect.task-run.{id}",
        "prefect.resource.name": f"double-{number}",
        "prefect.run-count": "1",
        "prefect.state-message": "",
        "prefect.state-type": type_,
        "prefect.state-name": name,
        "prefect.state-timestamp": occurred.isoformat(),
        "prefect.orchestration": "client",
    }
    details = {"flow_run_id": run, "task_run_id": id, "untrackable_result": False}
    run_of_task = {
        "name": f"double-{number}",
        "task_key": "double-1a2b3c4d",
        "dynamic_key": id,
        "empirical_policy": {"max_retries": 0, "retry_delay_seconds": 0.0, "retries": 0, "retry_delay": 0},
        "tags": [],
        "labels": {},
        "task_inputs": {"x": []},
        "run_count": 1,
        "flow_run_run_count": 1,
        "expected_start_time": occurred.isoformat(),
        "total_run_time": 0.0,
        "estimated_run_time": 0.0,
        "estimated_start_time_delta": 0.0,
    }
    return {
        "id": str(uuid4()),
        "occurred": occurred.isoformat(),
        "event": f"prefect.task-run.{name}",
        "resource": resource,
        "related": [{"prefect.resource.id": f"prefect.flow-run.{run}", "prefect.resource.role": "flow-run"}],
        "payload": {
            "intended": {"from": None, "to": type_},
            "initial_state": None,
            "validated_state": {"type": type_, "name": name, "message": "", "state_details": details},
            "task_run": run_of_task,
        },
    }
