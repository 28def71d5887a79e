"""States: from rows to the domain's type, and back."""

from typing import Any
from uuid import UUID

from msgspec import convert
from msgspec.structs import replace

from penstock.db.port import Row
from penstock.domain.states import State, StateDetails, StateType

_NOTHING = StateDetails()
_OWNERS = ("flow_run_id", "task_run_id")
_USUAL = [(name, getattr(_NOTHING, name)) for name in StateDetails.__struct_fields__ if name not in _OWNERS]


def details_as_data(details: StateDetails | None) -> dict[str, Any] | None:
    """What is worth keeping of a state's details: what says something, and not whose state it is."""
    if details is None or details == _NOTHING:
        return None
    said = {name: value for name, usual in _USUAL if (value := getattr(details, name)) != usual}
    return said or None


def state_row(state: State, sequence: int, actor: str | None) -> Row:
    """A row of a run's history, without the run's id."""
    return {
        "id": state.id,
        "sequence": sequence,
        "type": state.type,
        "name": state.name,
        "timestamp": state.timestamp,
        "message": state.message,
        "data": state.data,
        "details": details_as_data(state.state_details),
        "actor": actor,
    }


def current_state(
    row: Row, *, flow_run_id: UUID | None = None, task_run_id: UUID | None = None
) -> State | None:
    """The state that a run's row says it is in."""
    if row["state_id"] is None:
        return None
    return State(
        id=row["state_id"],
        type=StateType(row["state_type"]),
        name=row["state_name"],
        timestamp=row["state_timestamp"],
        message=row["state_message"],
        data=row["state_data"],
        state_details=_details(row["state_details"], flow_run_id, task_run_id),
    )


def past_state(row: Row) -> State:
    """One row of a run's history."""
    return State(
        id=row["id"],
        type=StateType(row["type"]),
        name=row["name"],
        timestamp=row["timestamp"],
        message=row["message"],
        data=row["data"],
        state_details=_details(row["details"], row.get("flow_run_id"), row.get("task_run_id")),
    )


def _details(data: Any, flow_run_id: UUID | None, task_run_id: UUID | None) -> StateDetails:
    details = convert(data, StateDetails) if data else StateDetails()
    details.flow_run_id, details.task_run_id = flow_run_id, task_run_id
    return details


def belonging_to(state: State, **owners: UUID | None) -> State:
    """The state, saying in its details which run it is of."""
    return replace(state, state_details=replace(state.state_details, **owners))


def current_state_columns(state: State, sequence: int) -> Row:
    """The columns of a run that repeat its last state."""
    return {
        "state_id": state.id,
        "state_type": state.type,
        "state_name": state.name,
        "state_timestamp": state.timestamp,
        "state_sequence": sequence,
    }
