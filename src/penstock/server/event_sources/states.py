"""What events about runs say of states."""

from typing import Any

from penstock.domain.events import Labels
from penstock.domain.states import State, default_name


def name_of(state: State) -> str:
    """What the state is called."""
    return state.name or default_name(state.type)


def labels(state: State, run_count: int) -> Labels:
    """The labels of a run that has entered a state."""
    return {
        "prefect.state-name": name_of(state),
        "prefect.state-type": state.type.value,
        "prefect.state-message": state.message or "",
        "prefect.state-timestamp": state.timestamp.isoformat(),
        "prefect.run-count": str(run_count),
    }


def intended(before: State | None, state: State) -> dict[str, Any]:
    """From which type to which."""
    return {"from": before.type.value if before else None, "to": state.type.value}


def in_short(state: State | None) -> dict[str, Any] | None:
    """A state's type and name, and what it says, if anything."""
    if state is None:
        return None
    said = {"message": state.message} if state.message else {}
    return {"type": state.type.value, "name": name_of(state), **said}
