"""States as users meet them: with the result in hand, and a constructor for each name.

A state that a run of this process entered holds its value, or its exception, in `data`; on its way to the
server that is left behind. A state that came from the server holds `NotSet` there.
"""

# ruff: noqa: N802 - constructors are called after the names of states

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, Literal, TypeGuard, TypeVar, overload
from uuid import UUID

import msgspec

from penstock.domain.states import State as DomainState
from penstock.domain.states import StateCreate, StateDetails, StateType
from penstock.sdk.annotations import NotSet
from penstock.sdk.exceptions import (
    CancelledRun,
    CrashedRun,
    FailedRun,
    MissingResult,
    PausedRun,
    RunEnded,
    UnfinishedRun,
)
from penstock.sdk.ids import new_record_id

R = TypeVar("R")


def _now() -> datetime:
    return datetime.now(UTC)


def _id() -> UUID:
    return new_record_id(_now())


class State(DomainState, Generic[R], kw_only=True):
    """A state whose run's value can be asked for. `id` and `timestamp` default to a new id and now."""

    id: UUID = msgspec.field(default_factory=_id)
    timestamp: datetime = msgspec.field(default_factory=_now)

    @overload
    def result(self, raise_on_failure: Literal[True] = True) -> R: ...

    @overload
    def result(self, raise_on_failure: bool) -> R | Exception: ...

    def result(self, raise_on_failure: bool = True) -> Any:
        """What the run returned.

        Args:
            raise_on_failure: Raise what the run raised. With False it is returned instead.

        Raises:
            Exception: Whatever the run raised.
            FailedRun, CrashedRun, CancelledRun, PausedRun, UnfinishedRun: There is no value.
            MissingResult: The run completed in another process, which did not keep its result.
        """
        if self.type is not StateType.COMPLETED:
            return _failure(self, raise_on_failure)
        if self.data is NotSet:
            raise MissingResult(
                "The run completed, but its result was not kept.",
                hint="Return it from a run of this process, or write it where both can read it.",
            )
        return self.data

    def __str__(self) -> str:
        """As logs show it: `Completed('Nothing to do.')`."""
        return f"{self.name}({'' if self.message is None else repr(self.message)})"

    async def aresult(self, raise_on_failure: bool = True) -> Any:
        """`result`, for asynchronous code."""
        return self.result(raise_on_failure)

    def fresh_copy(self, **changes: Any) -> "State[R]":
        """The same state with a new id and time, and with `changes`."""
        return msgspec.structs.replace(self, **{"id": _id(), "timestamp": _now(), **changes})


_ERRORS: dict[StateType, type[RunEnded]] = {
    StateType.FAILED: FailedRun,
    StateType.CRASHED: CrashedRun,
    StateType.CANCELLED: CancelledRun,
    StateType.PAUSED: PausedRun,
}


def get_state_exception(state: DomainState) -> Exception:
    """The exception that a state without a value stands for."""
    if isinstance(state.data, Exception):
        return state.data
    kind = _ERRORS.get(state.type, UnfinishedRun)
    if kind is UnfinishedRun:
        text = state.message or "its result is not available"
        return UnfinishedRun(f"The run is {state.name}: {text}")
    return kind(state.message or f"The run is {state.name}.")


def raise_state_exception(state: DomainState) -> None:
    """Raise what a failed, crashed, cancelled or paused state stands for; do nothing for others."""
    if state.type in _ERRORS:
        raise get_state_exception(state)


def _failure(state: DomainState, raise_on_failure: bool) -> Exception:
    exception = get_state_exception(state)
    if raise_on_failure:
        raise exception
    return exception


def from_server(state: DomainState, data: Any = NotSet) -> State[Any]:
    """A state that the server answered, with what this process knows of its result."""
    return State(
        id=state.id,
        type=state.type,
        name=state.name,
        timestamp=state.timestamp,
        message=state.message,
        data=data,
        state_details=state.state_details,
    )


def to_state_create(state: DomainState) -> StateCreate:
    """The proposal of a state: without its value, which stays in this process."""
    return StateCreate(
        type=state.type, name=state.name, message=state.message, state_details=state.state_details
    )


def is_state_iterable(value: Any) -> TypeGuard[Iterable[DomainState]]:
    """Whether a value is a list, tuple or set of nothing but states, and not empty."""
    if not isinstance(value, list | tuple | set | frozenset) or not value:
        return False
    return all(isinstance(item, DomainState) for item in value)


class StateGroup:
    """Several states as one: how many ended how."""

    def __init__(self, states: list[DomainState]) -> None:
        self.states = states
        self.total_count = len(states)

    def _count(self, kind: StateType) -> int:
        return sum(state.type is kind for state in self.states)

    @property
    def fail_count(self) -> int:
        """How many failed."""
        return self._count(StateType.FAILED)

    def all_completed(self) -> bool:
        """Whether all ended as intended."""
        return self._count(StateType.COMPLETED) == self.total_count

    def any_cancelled(self) -> bool:
        """Whether some were cancelled."""
        return self._count(StateType.CANCELLED) > 0

    def any_failed(self) -> bool:
        """Whether some failed."""
        return self.fail_count > 0

    def any_paused(self) -> bool:
        """Whether some are paused."""
        return self._count(StateType.PAUSED) > 0

    def all_final(self) -> bool:
        """Whether all have ended."""
        return all(state.is_terminal for state in self.states)

    def counts_message(self) -> str:
        """How many ended how: `total=3 'COMPLETED'=2 'FAILED'=1`."""
        kinds = dict.fromkeys(state.type for state in self.states)
        counts = " ".join(f"'{kind.value}'={self._count(kind)}" for kind in kinds)
        return f"total={self.total_count} {counts}"


def Scheduled(cls: type[State[Any]] = State, scheduled_time: datetime | None = None, **fields: Any) -> Any:
    """Will run, not before `scheduled_time` (now)."""
    return _scheduled("Scheduled", cls, scheduled_time, fields)


def Late(cls: type[State[Any]] = State, scheduled_time: datetime | None = None, **fields: Any) -> Any:
    """Should run already."""
    return _scheduled("Late", cls, scheduled_time, fields)


def AwaitingRetry(
    cls: type[State[Any]] = State, scheduled_time: datetime | None = None, **fields: Any
) -> Any:
    """Failed, and will be tried again."""
    return _scheduled("AwaitingRetry", cls, scheduled_time, fields)


def AwaitingConcurrencySlot(
    cls: type[State[Any]] = State, scheduled_time: datetime | None = None, **fields: Any
) -> Any:
    """Waits for a slot under a concurrency limit."""
    return _scheduled("AwaitingConcurrencySlot", cls, scheduled_time, fields)


def Pending(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """Somebody is preparing the run."""
    return cls(type=StateType.PENDING, **fields)


def Submitting(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """The run is handed to its infrastructure."""
    return cls(type=StateType.PENDING, **{"name": "Submitting", **fields})


def InfrastructurePending(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """The run's infrastructure is coming up."""
    return cls(type=StateType.PENDING, **{"name": "InfrastructurePending", **fields})


def Running(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """User code may be executing."""
    return cls(type=StateType.RUNNING, **fields)


def Retrying(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """User code is executing again."""
    return cls(type=StateType.RUNNING, **{"name": "Retrying", **fields})


def Completed(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """Ended as intended."""
    return cls(type=StateType.COMPLETED, **fields)


def Failed(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """Ended by an error."""
    return cls(type=StateType.FAILED, **fields)


def Crashed(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """Ended by its infrastructure."""
    return cls(type=StateType.CRASHED, **fields)


def Cancelling(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """Somebody asked for the end of the run."""
    return cls(type=StateType.CANCELLING, **fields)


def Cancelled(cls: type[State[Any]] = State, **fields: Any) -> Any:
    """Ended because somebody asked for it."""
    return cls(type=StateType.CANCELLED, **fields)


def Paused(
    cls: type[State[Any]] = State,
    timeout_seconds: float | None = None,
    pause_expiration_time: datetime | None = None,
    reschedule: bool = False,
    pause_key: str | None = None,
    **fields: Any,
) -> Any:
    """Waits to be resumed, for `timeout_seconds` or until `pause_expiration_time`."""
    details = fields.pop("state_details", None) or StateDetails()
    if timeout_seconds is not None:
        pause_expiration_time = _now() + timedelta(seconds=timeout_seconds)
    details = msgspec.structs.replace(
        details, pause_timeout=pause_expiration_time, pause_reschedule=reschedule, pause_key=pause_key
    )
    return cls(type=StateType.PAUSED, state_details=details, **fields)


def Suspended(
    cls: type[State[Any]] = State,
    timeout_seconds: float | None = None,
    pause_expiration_time: datetime | None = None,
    pause_key: str | None = None,
    **fields: Any,
) -> Any:
    """Waits to be resumed, and has left its process."""
    return Paused(
        cls, timeout_seconds, pause_expiration_time, True, pause_key, **{"name": "Suspended", **fields}
    )


def _scheduled(name: str, cls: type[State[Any]], at: datetime | None, fields: dict[str, Any]) -> Any:
    details = fields.pop("state_details", None) or StateDetails()
    if at is not None and details.scheduled_time is not None:
        raise ValueError("scheduled_time is given twice: by itself and in state_details")
    due = (at or details.scheduled_time or _now()).astimezone(UTC)
    details = msgspec.structs.replace(details, scheduled_time=due)
    return cls(type=StateType.SCHEDULED, **{"name": name, "state_details": details, **fields})
