"""How a run ended: what user code returned or raised, as a state. Pure."""

import signal
from datetime import datetime
from types import TracebackType
from typing import Any

from penstock.domain.errors import PenstockError
from penstock.domain.states import State as DomainState
from penstock.domain.states import StateDetails, StateType
from penstock.sdk.annotations import NotSet
from penstock.sdk.exceptions import (
    FlowRunTimeoutError,
    RunCancelled,
    TaskRunTimeoutError,
    TerminationSignal,
    UpstreamTaskError,
)
from penstock.sdk.futures import Future
from penstock.sdk.states import State, StateGroup

_OURS = __file__.removesuffix("sdk/engine/settlement.py")
MAX_MESSAGE = 10_000
"""Characters of a state's message; the log has the rest."""
_TIMED_OUT = (FlowRunTimeoutError, TaskRunTimeoutError)


def state_of_value(value: Any, now: datetime) -> State[Any]:
    """The state of a run whose code returned `value`.

    A state is itself the end. Several states or futures in a list, tuple, set or dict are counted: the run
    fails if one of them did. Futures must be done. Anything else is a result.
    """
    if isinstance(value, Future):
        value = value.state
    if isinstance(value, DomainState):
        return _adopt(value, now)
    states = _states_in(value)
    return State(type=StateType.COMPLETED, timestamp=now, data=value) if not states else _count(states, value)


def _adopt(state: DomainState, now: datetime) -> State[Any]:
    """The like of a state that another run may be in too."""
    details = StateDetails(scheduled_time=state.state_details.scheduled_time)
    return State(
        type=state.type,
        name=state.name,
        timestamp=now,
        message=state.message,
        data=state.data if isinstance(state, State) else NotSet,
        state_details=details,
    )


def _states_in(value: Any) -> list[DomainState]:
    """The states that a collection consists of; none, if it has anything else in it."""
    items = value.values() if type(value) is dict else value
    if not isinstance(value, list | tuple | set | frozenset | dict) or not value:
        return []
    if not all(isinstance(item, DomainState | Future) for item in items):
        return []
    return [item.state if isinstance(item, Future) else item for item in items]


def _count(states: list[DomainState], value: Any) -> State[Any]:
    group = StateGroup(states)
    total = group.total_count
    if group.all_completed():
        return State(type=StateType.COMPLETED, message="All states completed.", data=value)
    if group.any_cancelled():
        cancelled = sum(state.is_cancelled() for state in states)
        return State(type=StateType.CANCELLED, message=f"{cancelled}/{total} states cancelled.", data=value)
    if not group.all_final():
        unfinished = sum(not state.is_terminal for state in states)
        message = f"{unfinished}/{total} states are not final."
        return State(type=StateType.FAILED, message=message, data=_first_failure(states))
    failed = sum(not state.is_completed() for state in states)
    message = f"{failed}/{total} states failed."
    return State(type=StateType.FAILED, message=message, data=_first_failure(states))


def _first_failure(states: list[DomainState]) -> Any:
    return next((state.data for state in states if isinstance(state.data, Exception)), None)


def state_of_exception(error: BaseException, now: datetime, *, run: str) -> State[Any]:
    """The state of a run whose code raised.

    Args:
        run: What to call it in the message: `Flow run` or `Task run`.
    """
    kind, name, message = _verdict(error, run)
    return State(type=kind, name=name, timestamp=now, message=message[:MAX_MESSAGE], data=error)


def _verdict(error: BaseException, run: str) -> tuple[StateType, str | None, str]:
    if isinstance(error, _TIMED_OUT):
        return StateType.FAILED, "TimedOut", str(error)
    if isinstance(error, UpstreamTaskError):
        return StateType.PENDING, "NotReady", error.message
    if isinstance(error, Exception):
        return StateType.FAILED, None, f"{run} encountered an exception: {describe(error)}"
    if isinstance(error, RunCancelled):
        return StateType.CANCELLED, None, f"{run} was cancelled while it was running."
    return StateType.CRASHED, None, f"{run} was ended from outside: {_cause(error)}"


def _cause(error: BaseException) -> str:
    """What ended code that did not end by itself, in words."""
    if isinstance(error, TerminationSignal):
        return f"its process got {signal.Signals(error.signal).name}."
    if isinstance(error, KeyboardInterrupt):
        return "interrupted from the keyboard."
    if isinstance(error, SystemExit):
        return f"the code called sys.exit({error.code!r})."
    if type(error).__name__ == "CancelledError":
        return "its asyncio task was cancelled."
    return describe(error)


def describe(error: BaseException) -> str:
    """An exception in one line: its type, its text, and, of one that is not ours, where it was raised."""
    where = "" if isinstance(error, PenstockError) else _place(error.__traceback__)
    return f"{type(error).__name__}: {_text(error)}{where}"


Excerpt = tuple[type[BaseException], BaseException, TracebackType | None]


def excerpt(error: BaseException) -> Excerpt:
    """For logging's `exc_info`: an exception with its traceback from the user's code on."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_OURS):
        traceback = traceback.tb_next
    if traceback is None and not isinstance(error, PenstockError | TimeoutError):
        traceback = error.__traceback__  # a fault of ours
    return type(error), error, traceback


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # the user's __str__ may do anything
        return "(it has no text: its __str__ raised)"


def _place(traceback: TracebackType | None) -> str:
    if traceback is None:
        return ""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    filename = code.co_filename.rpartition("/")[2]
    return f" ({filename}:{traceback.tb_lineno} in {code.co_name})"
