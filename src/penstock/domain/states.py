"""What a run can be: nine state types, the names under which they appear, and the value `State`.

A *type* decides what may happen next (see `transitions.py`); a *name* tells people why. Types and names are
those of the reference's event catalog, so that clients and automations of that API understand ours.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from penstock.domain.ids import new_id
from penstock.domain.moments import Moment


class StateType(StrEnum):
    """What may happen next to a run."""

    SCHEDULED = "SCHEDULED"
    """Will run, not before its scheduled time. Nobody owns it."""
    PENDING = "PENDING"
    """Claimed by a worker or engine that is preparing to run it."""
    RUNNING = "RUNNING"
    """User code may be executing."""
    COMPLETED = "COMPLETED"
    """Ended as intended."""
    FAILED = "FAILED"
    """Ended by the user's code: an exception, a failed state, a timeout."""
    CANCELLED = "CANCELLED"
    """Ended because somebody asked for it."""
    CRASHED = "CRASHED"
    """Ended by its infrastructure: killed, lost, never started."""
    PAUSED = "PAUSED"
    """Waits for somebody to resume it."""
    CANCELLING = "CANCELLING"
    """Somebody asked for its end; its owner is stopping it."""


TERMINAL_TYPES = frozenset({StateType.COMPLETED, StateType.FAILED, StateType.CANCELLED, StateType.CRASHED})

STATE_NAMES: dict[str, StateType] = {
    "Scheduled": StateType.SCHEDULED,
    "Late": StateType.SCHEDULED,
    "AwaitingRetry": StateType.SCHEDULED,
    "AwaitingConcurrencySlot": StateType.SCHEDULED,
    "Resuming": StateType.SCHEDULED,
    "Pending": StateType.PENDING,
    "Submitting": StateType.PENDING,
    "InfrastructurePending": StateType.PENDING,
    "NotReady": StateType.PENDING,
    "Running": StateType.RUNNING,
    "Retrying": StateType.RUNNING,
    "Completed": StateType.COMPLETED,
    "Cached": StateType.COMPLETED,
    "RolledBack": StateType.COMPLETED,
    "Failed": StateType.FAILED,
    "TimedOut": StateType.FAILED,
    "Crashed": StateType.CRASHED,
    "Cancelled": StateType.CANCELLED,
    "Skipped": StateType.CANCELLED,
    "Paused": StateType.PAUSED,
    "Suspended": StateType.PAUSED,
    "Cancelling": StateType.CANCELLING,
}
"""The names in use and the type that each belongs to; users may give others."""


def default_name(type_: StateType) -> str:
    """The plain name of a state type: `COMPLETED` → `Completed`."""
    return type_.value.capitalize()


class StateDetails(msgspec.Struct, kw_only=True):
    """What else is known about a state; every field is optional."""

    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None
    child_flow_run_id: UUID | None = None
    scheduled_time: Moment | None = None
    """Not before this moment (SCHEDULED states)."""
    cache_key: str | None = None
    cache_expiration: Moment | None = None
    deferred: bool | None = False
    untrackable_result: bool = False
    pause_timeout: Moment | None = None
    pause_reschedule: bool = False
    pause_key: str | None = None
    run_input_keyset: dict[str, str] | None = None
    refresh_cache: bool | None = None
    retriable: bool | None = None
    transition_id: UUID | None = None
    task_parameters_id: UUID | None = None
    traceparent: str | None = None
    deployment_concurrency_lease_id: UUID | None = None


class State(msgspec.Struct, kw_only=True):
    """One entry of a run's history, and, as its last entry, what the run is now.

    `data` is a reference to a result, a small JSON result, or None; on a client it may hold the value itself.
    """

    id: UUID
    type: StateType
    name: str | None = None
    timestamp: Moment
    message: str | None = None
    data: Any = None
    state_details: StateDetails = msgspec.field(default_factory=StateDetails)

    def __post_init__(self) -> None:
        if self.name is None:
            self.name = default_name(self.type)

    @property
    def is_terminal(self) -> bool:
        """Whether the run has ended."""
        return self.type in TERMINAL_TYPES

    def is_scheduled(self) -> bool:
        """Whether the run waits for its time or a slot."""
        return self.type is StateType.SCHEDULED

    def is_pending(self) -> bool:
        """Whether somebody is preparing the run."""
        return self.type is StateType.PENDING

    def is_running(self) -> bool:
        """Whether user code may be executing."""
        return self.type is StateType.RUNNING

    def is_completed(self) -> bool:
        """Whether the run ended as intended."""
        return self.type is StateType.COMPLETED

    def is_failed(self) -> bool:
        """Whether user code ended the run with an error."""
        return self.type is StateType.FAILED

    def is_crashed(self) -> bool:
        """Whether infrastructure ended the run."""
        return self.type is StateType.CRASHED

    def is_cancelled(self) -> bool:
        """Whether somebody ended the run."""
        return self.type is StateType.CANCELLED

    def is_cancelling(self) -> bool:
        """Whether the run is being ended on request."""
        return self.type is StateType.CANCELLING

    def is_paused(self) -> bool:
        """Whether the run waits to be resumed."""
        return self.type is StateType.PAUSED

    def is_final(self) -> bool:
        """Whether the run has ended (the reference SDK's spelling)."""
        return self.is_terminal


class StateCreate(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A state that somebody proposes; the server gives it its id and time."""

    type: StateType
    name: str | None = None
    message: str | None = None
    data: Any = None
    state_details: StateDetails = msgspec.field(default_factory=StateDetails)


def new_state(
    type_: StateType,
    now: datetime,
    *,
    name: str | None = None,
    message: str | None = None,
    data: Any = None,
    details: StateDetails | None = None,
) -> State:
    """A state that begins at `now`."""
    return State(
        id=new_id(now),
        type=type_,
        name=name or default_name(type_),
        timestamp=now,
        message=message,
        data=data,
        state_details=details or StateDetails(),
    )


def from_proposal(proposal: StateCreate, now: datetime) -> State:
    """The state that a proposal becomes when it is accepted at `now`.

    A SCHEDULED state without a time is due at once: that is what callers mean who leave it out.
    """
    details = proposal.state_details
    if proposal.type is StateType.SCHEDULED and details.scheduled_time is None:
        details = msgspec.structs.replace(details, scheduled_time=now)
    return new_state(
        proposal.type, now, name=proposal.name, message=proposal.message, data=proposal.data, details=details
    )


def scheduled(at: datetime, now: datetime, *, name: str = "Scheduled", message: str | None = None) -> State:
    """Will run, not before `at`."""
    details = StateDetails(scheduled_time=at.astimezone(UTC))
    return new_state(StateType.SCHEDULED, now, name=name, message=message, details=details)
