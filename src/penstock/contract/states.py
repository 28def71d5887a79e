"""States on the wire: the domain's own types, and the answer to a proposal."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.leases import LeaseGrant
from penstock.domain.errors import NotFound
from penstock.domain.states import State, StateCreate, StateDetails, StateType

__all__ = [
    "Entered",
    "OrchestrationResult",
    "SetStateStatus",
    "State",
    "StateAbortDetails",
    "StateAcceptDetails",
    "StateCreate",
    "StateDetails",
    "StateRejectDetails",
    "StateType",
    "StateWaitDetails",
    "TransitionDetails",
    "read_flow_run_state",
    "read_flow_run_states",
    "read_task_run_state",
    "read_task_run_states",
]


class SetStateStatus(StrEnum):
    """The four answers to a proposed state."""

    ACCEPT = "ACCEPT"
    """The run is in the proposed state now."""
    REJECT = "REJECT"
    """The run is in another state, which the answer holds."""
    ABORT = "ABORT"
    """Nothing changed, and the proposer must not go on."""
    WAIT = "WAIT"
    """Nothing changed yet; propose again after a delay."""


class StateAcceptDetails(Struct, tag="accept_details", tag_field="type"):
    """Nothing to add to an acceptance."""


class StateRejectDetails(Struct, kw_only=True, tag="reject_details", tag_field="type"):
    """Why another state was chosen."""

    reason: str | None = None


class StateAbortDetails(Struct, kw_only=True, tag="abort_details", tag_field="type"):
    """Why the proposer must stop."""

    reason: str | None = None


class StateWaitDetails(Struct, kw_only=True, tag="wait_details", tag_field="type"):
    """How long to wait, in seconds, and why."""

    delay_seconds: int
    reason: str | None = None


TransitionDetails = StateAcceptDetails | StateWaitDetails | StateRejectDetails | StateAbortDetails


class OrchestrationResult(Struct, kw_only=True):
    """The answer to a proposed state: the run's state now, and what the proposer should do."""

    state: State | None
    status: SetStateStatus
    details: TransitionDetails
    lease: LeaseGrant | UnsetType = UNSET
    """Given to a proposer that asked for it with `lease_holder`."""

    is_new: ClassVar[bool] = False
    """Whether the run entered its state by this proposal; on the wire the status of the answer tells."""


class Entered(OrchestrationResult, kw_only=True):
    """The same, where the run entered a state: the proposed one, or another that the rules chose."""

    is_new: ClassVar[bool] = True


@endpoint("GET", "/flow_run_states/{id}", action="flow_runs:read", errors=(NotFound,))
def read_flow_run_state(id: UUID) -> State:
    """One state of a flow run's history."""


@endpoint("GET", "/flow_run_states/", action="flow_runs:read")
def read_flow_run_states(flow_run_id: UUID) -> list[State]:
    """A flow run's history, oldest first."""


@endpoint("GET", "/task_run_states/{id}", action="task_runs:read", errors=(NotFound,))
def read_task_run_state(id: UUID) -> State:
    """One state of a task run's history."""


@endpoint("GET", "/task_run_states/", action="task_runs:read")
def read_task_run_states(task_run_id: UUID) -> list[State]:
    """A task run's history, oldest first."""
