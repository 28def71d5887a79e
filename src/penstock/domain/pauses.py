"""Pauses of a flow run: which have been made, and whether the run is on its way back from one.

A flow that is resumed in another process begins anew and comes by its pauses again. So each pause has a key:
one whose key the run has is over, and the flow goes on.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from penstock.domain.states import State, StateType, new_state

OWN_WORDS: Final = timedelta(seconds=30)
"""A process that waits for its pause to end looks every ten seconds, and fails the run when it sees that."""

NEVER_RESUMED = "The flow was paused and never resumed."
"""How a run says that its pause ran out."""


class Pauses(Struct, frozen=True):
    """What a run remembers of its pauses, until it is tried again."""

    keys: tuple[str, ...] = ()
    """Of those that were made, in their order."""
    resuming: bool = False
    """Whether the next start goes on with an attempt that was suspended, and so is none of its own."""


NO_PAUSES = Pauses()


def pauses_after(pauses: Pauses, previous: State | None, entered: State) -> Pauses:
    """What a run remembers when it has gone from `previous` to `entered`.

    An attempt that begins has made no pause yet; what waits for its place in a queue forgets nothing.
    """
    if entered.type is StateType.PAUSED:
        key = entered.state_details.pause_key or str(entered.id)
        return Pauses(pauses.keys if key in pauses.keys else (*pauses.keys, key))
    if entered.type is StateType.RUNNING:
        return Pauses(pauses.keys) if pauses.resuming else pauses
    if entered.type is not StateType.SCHEDULED or previous is None:
        return pauses
    if previous.type is StateType.PAUSED:
        return Pauses(pauses.keys, resuming=True)
    is_waiting = previous.type in (StateType.SCHEDULED, StateType.PENDING)
    return pauses if is_waiting else NO_PAUSES


def keyset(base: str) -> dict[str, str]:
    """The keys under which a pause says what it waits for, and is answered, by what they are for."""
    return {part: f"{base}-{part}" for part in ("description", "response", "schema")}


def keyset_of_pause(name: str, key: str) -> dict[str, str]:
    """The keyset of a pause with this key, in a state that is called `Paused` or `Suspended`."""
    return keyset(f"{name.lower()}-{key}")


def expires(state: State) -> datetime | None:
    """Until when a paused run may be resumed; None for ever, and of what is not paused."""
    return state.state_details.pause_timeout if state.type is StateType.PAUSED else None


def has_left(state: State | None) -> bool:
    """Whether the run is suspended: paused, and its process has gone."""
    return state is not None and state.type is StateType.PAUSED and state.state_details.pause_reschedule


def overdue(state: State) -> datetime | None:
    """When the server fails a paused run: a process that waits for it is given a moment to say so itself."""
    until = expires(state)
    return until if until is None or has_left(state) else until + OWN_WORDS


def on_overdue(state: State | None, now: datetime) -> State | None:
    """The state that a run enters because its pause ran out and nobody said so; None while there is time."""
    until = overdue(state) if state is not None else None
    return on_timeout(state, now) if until is not None and until <= now else None


def on_timeout(state: State | None, now: datetime) -> State | None:
    """The state that a run enters because its pause ran out; None while it has not, or is over."""
    until = expires(state) if state is not None else None
    if until is None or until > now:
        return None
    return new_state(StateType.FAILED, now, message=NEVER_RESUMED)
