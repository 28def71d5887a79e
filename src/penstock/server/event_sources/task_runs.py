"""Events about task runs, made from the rows of their histories whenever somebody asks.

They say of the task run what it is now, except for how often it had started.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec import to_builtins

from penstock.db.port import Row
from penstock.domain.events import Event, Labels
from penstock.domain.states import State, StateType
from penstock.server.event_sources import resources, states

PREFIX = "prefect.task-run."

_TIMES = ("expected_start_time", "start_time", "end_time")
_PLAIN = ("name", "task_key", "dynamic_key", "empirical_policy", "tags", "labels", "task_inputs")


def event_of(row: Row) -> Event:
    """The event that a row of `statements.stored_events.with_runs` is."""
    state, before = _state(row, "state"), _state(row, "before")
    assert state is not None
    run_id: UUID = row["state_task_run_id"]
    labels = {**states.labels(state, row["starts"]), "prefect.orchestration": "client"}
    return Event(
        id=row["state_id"],
        occurred=state.timestamp,
        received=row["state_received"] or state.timestamp,
        event=f"{PREFIX}{state.name}",
        resource=resources.resource("task-run", run_id, row["run_name"], **labels),
        related=_parts(row),
        payload={
            "intended": states.intended(before, state),
            "initial_state": _said(before, row["before_details"]),
            "validated_state": (_said(state, row["state_details"]) or {}) | {"data": row["state_data"]},
            "task_run": _task_run(row),
        },
        follows=row["before_id"],
    )


def _state(row: Row, prefix: str) -> State | None:
    if row[f"{prefix}_id"] is None:
        return None
    return State(
        id=row[f"{prefix}_id"],
        type=StateType(row[f"{prefix}_type"]),
        name=row[f"{prefix}_name"],
        timestamp=row[f"{prefix}_timestamp"],
        message=row[f"{prefix}_message"],
    )


def _said(state: State | None, details: Any) -> dict[str, Any] | None:
    if state is None:
        return None
    said = {"type": state.type.value, "name": state.name, "message": state.message or ""}
    return {**said, "state_details": details or {}}


def _parts(row: Row) -> list[Labels]:
    parts = [*resources.tags(row["run_tags"])]
    if row["flow_run_id"] is not None:
        parts.append(resources.part("flow-run", row["flow_run_id"], row["flow_run_name"]))
        parts.append(resources.part("flow", row["flow_id"], row["flow_name"]))
        parts += resources.creators(row["flow_run_created_by"])
    return parts


def _task_run(row: Row) -> dict[str, Any]:
    total: timedelta = row["run_total_run_time"]
    times = {name: row[f"run_{name}"].isoformat() for name in _TIMES if row[f"run_{name}"] is not None}
    said: dict[str, Any] = {name: to_builtins(row[f"run_{name}"]) for name in _PLAIN}
    counts = {"run_count": row["starts"], "flow_run_run_count": row["run_flow_run_run_count"]}
    return {**said, **counts, **times, "total_run_time": total.total_seconds()}
