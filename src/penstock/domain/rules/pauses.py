"""How a flow run is paused, and how it goes on."""

from collections.abc import Sequence

from penstock.domain.pauses import has_left, on_timeout
from penstock.domain.states import StateType
from penstock.domain.transitions import Abort, Reject, Rule, Transition, Verdict

_GOES_ON = frozenset({StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING})


def pause_only_running(t: Transition) -> Verdict | None:
    """A run can be paused while it runs."""
    if t.proposed.type is not StateType.PAUSED:
        return None
    if t.run.state is not None and t.run.state.type is StateType.RUNNING:
        return None
    return Abort("Only a running flow run can be paused.")


def suspend_only_served(t: Transition) -> Verdict | None:
    """A run whose process leaves must be one that others can start again."""
    if not has_left(t.proposed) or t.run.is_served:
        return None
    return Abort("Only a flow run of a deployment can be suspended: nobody could start this one again.")


def pause_once(t: Transition) -> Verdict | None:
    """A pause that the run has made already is over: the flow goes on."""
    key = t.proposed.state_details.pause_key
    if t.proposed.type is not StateType.PAUSED or key is None or key not in t.run.pauses.keys:
        return None
    return Reject(None, f"This run has made the pause {key!r} already.")


def resume_only_paused(t: Transition) -> Verdict | None:
    """Of all who want to resume a run, one resumes it."""
    current = t.run.state
    if not t.facts.is_resumption and t.proposed.name != "Resuming":
        return None
    if current is not None and current.type is StateType.PAUSED:
        return None
    return Abort(f"The flow run is {current.name if current else 'new'}: only one that is paused is resumed.")


def resume_in_time(t: Transition) -> Verdict | None:
    """A run whose pause ran out fails, also where somebody resumes it before that is noticed."""
    if t.proposed.type not in _GOES_ON:
        return None
    failed = on_timeout(t.run.state, t.now)
    return Reject(failed, "Its pause ran out before it was resumed.") if failed is not None else None


def resume_before_start(t: Transition) -> Verdict | None:
    """What is paused is neither prepared nor started: it is resumed first.

    A suspended run goes back to its queue. One whose process waits for it just runs again.
    """
    current = t.run.state
    if current is None or current.type is not StateType.PAUSED or t.proposed.type not in _GOES_ON:
        return None
    if t.proposed.type is StateType.SCHEDULED:
        return None if t.run.is_served else Abort("Its process waits for it: nobody could start it again.")
    if t.proposed.type is StateType.RUNNING and not has_left(current):
        return None
    return Abort(f"This run is {current.name}: it must be resumed before it can become {t.proposed.name}.")


PAUSE_RULES: Sequence[Rule] = (
    pause_only_running,
    suspend_only_served,
    pause_once,
    resume_in_time,
    resume_before_start,
)
"""Asked before anything is prepared or started."""
