"""The runs of the story: what each is meant to look like, and how a client of the API brings it there."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from tests.browser.world_past import Span

from penstock.contract.headers import LEASE_HEADER

Ask = Callable[..., Any]

_ADJECTIVES = "amber brisk calm dapper eager fabled gentle humble ivory jolly keen lucid".split()
_ANIMALS = "otter heron lynx marten plover badger ibex wren stoat curlew".split()
_STEPS = ("fetch_orders", "clean_orders", "join_customers", "score", "write_table")
_LAST_TASK = {"Failed": "FAILED", "Running": "RUNNING", "Crashed": "RUNNING"}
"""In which state the last task run is, where it has not completed."""
_MESSAGES = {
    "Failed": "Flow run encountered an exception: ValueError: column 'price' has 12 negative values",
    "Crashed": "Its process ended with exit code 137: killed, probably because it used too much memory.",
    "Cancelled": "Cancelled by the API.",
    "AwaitingRetry": "TimeoutError: warehouse.internal did not answer within 30 s",
    "Paused": "Waits for approval.",
}


class Run(NamedTuple):
    """A run that there is."""

    id: str
    name: str


@dataclass(frozen=True)
class Plan:
    """A run to make."""

    state: str
    """The name of the state that it is left in."""
    deployment: str
    ago: timedelta
    """Before now it was expected to start; in the future if negative."""
    lasts: timedelta = timedelta(0)
    name: str = ""

    @property
    def span(self) -> Span:
        """When it was made, started and ended, from now."""
        starts = self.state not in ("Scheduled", "Late", "Pending", "AwaitingConcurrencySlot")
        return Span(self.ago, self.lasts, starts=starts)

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state in ("Completed", "Failed", "Crashed", "Cancelled")

    @property
    def has_tasks(self) -> bool:
        """Whether it got as far as to run tasks."""
        return self.state in ("Completed", "Failed", "Running", "Crashed")


_AWAY = "nightly-etl/staging train-model/gpu send-report/weekly".split()
"""Deployments in pools whose workers are away, so that their runs stay what they were made."""
AWAY_WORKERS = {"cluster-eu": "cluster-1", "batch": "batch-node-3"}
"""Who took their runs, by pool, before going away."""
# What ends comes first: it is claimed, and a claim takes whatever is due.
_COUNTS = {
    "Completed": 26,
    "Failed": 6,
    "Crashed": 3,
    "Cancelled": 3,
    "Running": 4,
    "Pending": 2,
    "Late": 4,
    "Scheduled": 3,
    "AwaitingRetry": 1,
    "Paused": 1,
    "Cancelling": 1,
}


def plans() -> Iterator[Plan]:
    """54 runs over two days, the same each time."""
    dice = random.Random(7)
    names = [f"{adjective}-{animal}" for adjective in _ADJECTIVES for animal in _ANIMALS]
    dice.shuffle(names)
    for state, number in _COUNTS.items():
        for at in range(number):
            lasts = timedelta(seconds=dice.lognormvariate(5, 0.8))
            yield Plan(state, _AWAY[dice.randrange(3)], _ago(dice, state, at), lasts, names.pop())


def _ago(dice: random.Random, state: str, at: int) -> timedelta:
    minutes = {
        "Scheduled": -30.0 * (at + 1),
        "Late": 4 + 7 * at,
        "Pending": 1 + at,
        "Running": 3 + 11 * at,
        "AwaitingRetry": 6,
        "Paused": 25,
        "Cancelling": 9,
    }.get(state, 20 + 2 * 24 * 60 * (at + dice.random()) / 27)
    return timedelta(minutes=minutes)


def start(ask: Ask, deployment: str, job_variables: dict[str, Any] | None) -> Run:
    """Make a run that the worker is to take."""
    body = {"job_variables": job_variables} if job_variables else {}
    made = ask("POST", f"/deployments/{deployment}/create_flow_run", body)
    return Run(made["id"], made["name"])


def propose(ask: Ask, deployment: str, plan: Plan, now: datetime) -> Run:
    """Make a run, and bring it to its state step by step."""
    due = (now - plan.ago).isoformat()
    body: dict[str, Any] = {
        "name": plan.name,
        "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": due}},
        "tags": ["backfill"] if plan.ago > timedelta(hours=30) else [],
    }
    if plan.state == "AwaitingRetry":
        body["empirical_policy"] = {"retries": 3, "retry_delay": 600}
    if plan.state in ("Failed", "Running"):
        body["job_variables"] = {"env": {"LOG_LEVEL": "TRACE", "ATTEMPT": 2}}
    made = ask("POST", f"/deployments/{deployment}/create_flow_run", body)
    course, headers = _course(plan.state), {}
    if plan.is_over:
        headers = _claim(ask, made)
        course = course[1:]
    for type_, name in course:
        message = _MESSAGES.get(plan.state) if (type_, name) == course[-1] else None
        details = {"scheduled_time": due} if type_ == "SCHEDULED" else {}
        state = {"type": type_, "name": name, "message": message, "state_details": details}
        ask("POST", f"/flow_runs/{made['id']}/set_state", {"state": state}, **headers)
    is_now = ask("GET", f"/flow_runs/{made['id']}")["state_name"]
    assert is_now == plan.state, f"{plan} became {is_now}"
    return Run(made["id"], made["name"])


def _claim(ask: Ask, run: dict[str, Any]) -> dict[str, str]:
    """Take a run as its pool's worker does, which freezes its job; headers with its lease."""
    pool = run["work_pool_name"]
    who = {"worker_name": AWAY_WORKERS[pool], "worker_id": str(uuid4()), "limit": 1}
    (claimed,) = ask("POST", f"/work_pools/{pool}/claim", who)["runs"]
    assert claimed["flow_run"]["id"] == run["id"], "another run was due before"
    report = {"identifier": f"{pool}:{run['name']}", "started_as": {"host": who["worker_name"], "pid": 4711}}
    headers = {LEASE_HEADER: claimed["lease"]["id"]}
    ask("POST", f"/flow_runs/{run['id']}/launch_report", report, **headers)
    return headers


def _course(state: str) -> list[tuple[str, str | None]]:
    """The states that are proposed one after the other."""
    pending, running = ("PENDING", None), ("RUNNING", None)
    return {
        "Scheduled": [],
        "Late": [("SCHEDULED", "Late")],
        "Pending": [pending],
        "Running": [pending, running],
        # The server makes another one of a failure while there are retries left.
        "AwaitingRetry": [pending, running, ("FAILED", None)],
    }.get(state, [pending, running, (state.upper(), None)])


def record_tasks(ask: Ask, run: Run, plan: Plan, now: datetime) -> None:
    """Record some task runs, each fed by the one before; the last shares the run's fate."""
    at, step = now - plan.ago + timedelta(seconds=2), plan.lasts / (len(_STEPS) + 1)
    if plan.state == "Running":
        step = plan.ago / (len(_STEPS) + 1)
    records: list[dict[str, Any]] = []
    for number, name in enumerate(_STEPS):
        last = number == len(_STEPS) - 1
        end = (
            {"Failed": "FAILED", "Running": "RUNNING", "Crashed": "RUNNING"}.get(plan.state) if last else None
        )
        inputs = {"orders": [{"input_type": "task_run", "id": records[-1]["id"]}]} if records else {}
        records.append(_record(run, name, inputs, at, step, end or "COMPLETED"))
        at += step
    ask("POST", "/task_runs/record", {"recorder": str(uuid4()), "sequence": 1, "records": records})


def _record(
    run: Run, name: str, inputs: dict[str, Any], at: datetime, lasts: timedelta, end: str
) -> dict[str, Any]:
    times = [("PENDING", at), ("RUNNING", at + timedelta(milliseconds=40)), (end, at + lasts)]
    states = [
        {"id": str(uuid4()), "type": type_, "timestamp": time.isoformat(), "message": _said(type_)}
        for type_, time in (times if end != "RUNNING" else times[:2])
    ]
    return {
        "id": str(uuid4()),
        "flow_run_id": run.id,
        "name": f"{name}-0",
        "task_key": f"shop.{name}",
        "dynamic_key": "0",
        "task_inputs": inputs,
        "flow_run_run_count": 1,
        "states": states,
    }


def _said(type_: str) -> str | None:
    return "Task run encountered an exception: ValueError: negative price" if type_ == "FAILED" else None
