"""What may happen to a flow run."""

import math
from collections.abc import Sequence
from datetime import timedelta

from penstock.domain.rules.pauses import PAUSE_RULES, resume_only_paused
from penstock.domain.rules.shared import repeat_answer
from penstock.domain.states import StateType, new_state, scheduled
from penstock.domain.transitions import (
    Abort,
    Accept,
    CollisionStrategy,
    Reject,
    Rule,
    SlotFacts,
    Transition,
    Verdict,
    Wait,
)

SLOT_RETRY_SECONDS = 30
"""When a run that waits for a slot is looked at again if nobody wakes it before."""

_NOT_CLAIMABLE = frozenset({StateType.PENDING, StateType.RUNNING, StateType.CANCELLING, StateType.CANCELLED})


def keep_terminal(t: Transition) -> Verdict | None:
    """The first terminal state wins; from it a run can only be scheduled anew."""
    current = t.run.state
    if current is None or not current.is_terminal:
        return None
    if t.proposed.type is StateType.SCHEDULED:
        served = t.run.is_served
        return None if served else Abort("A run without a deployment cannot be scheduled again.")
    if t.proposed.type is current.type:  # whoever says it was told by others, or says it twice
        return Reject(None, f"This run has already ended as {current.name}.")
    if t.proposed.type is StateType.CANCELLING:
        return Abort(f"This run has already ended as {current.name}.")
    return Abort(f"This run has already ended as {current.name}; it cannot become {t.proposed.name}.")


def retry_only_ended(t: Transition) -> Verdict | None:
    """Of all who want an ended run to be tried again, one has it tried again."""
    current = t.run.state
    if t.proposed.name != "AwaitingRetry" or current is None or current.is_terminal:
        return None
    return Reject(None, f"This run is {current.name}: only one that has ended is tried again.")


def end_cancelling(t: Transition) -> Verdict | None:
    """A run that is being cancelled ends as Cancelled, unless it completed before it noticed."""
    current = t.run.state
    if current is None or current.type is not StateType.CANCELLING:
        return None
    if t.proposed.type in (StateType.CANCELLED, StateType.COMPLETED):
        return Accept(t.proposed)
    if t.proposed.is_terminal:
        cancelled = new_state(StateType.CANCELLED, t.now, message=current.message or t.proposed.message)
        return Reject(cancelled, "The run was being cancelled.")
    return Reject(None, "The run is being cancelled.")


def cancel_without_owner(t: Transition) -> Verdict | None:
    """Nobody has to be asked to stop a run that nobody has: it is cancelled at once."""
    if t.proposed.type is not StateType.CANCELLING or t.facts.owned:
        return None
    if t.run.state is not None and t.run.state.type in (StateType.RUNNING, StateType.PENDING):
        return None
    cancelled = new_state(StateType.CANCELLED, t.now, message=t.proposed.message)
    return Reject(cancelled, "Nothing had started; the run is cancelled.")


def claim_once(t: Transition) -> Verdict | None:
    """Of all who want to prepare a run, one gets it. Its further PENDING states say how far it is."""
    current = t.run.state
    if t.proposed.type is not StateType.PENDING or current is None:
        return None
    if current.type is StateType.PENDING and t.proposed.name != "Pending":
        return None
    if current.type in _NOT_CLAIMABLE:
        return Abort(f"This run is {current.name} already and cannot become {t.proposed.name}.")
    return None


def start_once(t: Transition) -> Verdict | None:
    """While somebody's lease on a run is live, nobody else starts it. To resume it is not to start it."""
    if t.proposed.type is not StateType.RUNNING or not t.facts.owned:
        return None
    if t.facts.by_owner or t.facts.is_resumption:
        return None
    return Abort("Another process owns this run.")


def mark_late_only_scheduled(t: Transition) -> Verdict | None:
    """Late is said of runs that wait for their time, and of nothing else."""
    if t.proposed.name != "Late" or t.proposed.type is not StateType.SCHEDULED:
        return None
    if t.run.state is not None and t.run.state.name == "Scheduled":
        return None
    return Reject(None, "Only a scheduled run can be late.")


def wait_for_scheduled_time(t: Transition) -> Verdict | None:
    """Nothing runs before its time."""
    current = t.run.state
    if t.proposed.type is not StateType.RUNNING or current is None:
        return None
    due = current.state_details.scheduled_time
    if due is None or due <= t.now or current.type not in (StateType.SCHEDULED, StateType.PENDING):
        return None
    return Wait(math.ceil((due - t.now).total_seconds()), "The run's scheduled time is in the future.")


def take_slot(t: Transition) -> Verdict | None:
    """A run under a concurrency limit needs a slot to be prepared or started."""
    if t.proposed.type not in (StateType.PENDING, StateType.RUNNING):
        return None
    return next((_without_slot(t, slot) for slot in t.facts.slots if not slot.is_free), None)


def _without_slot(t: Transition, slot: SlotFacts) -> Verdict:
    reason = f"The concurrency limit of {slot.name} is reached: {slot.taken} of {slot.limit} slots are taken."
    if slot.strategy is CollisionStrategy.CANCEL_NEW:
        return Reject(new_state(StateType.CANCELLED, t.now, message=reason), reason)
    again = t.now + timedelta(seconds=SLOT_RETRY_SECONDS)
    return Reject(scheduled(again, t.now, name="AwaitingConcurrencySlot", message=reason), reason)


def retry_failed(t: Transition) -> Verdict | None:
    """A failed run with attempts left is scheduled again."""
    current = t.run.state
    if t.proposed.type is not StateType.FAILED or current is None or current.type is not StateType.RUNNING:
        return None
    if t.run.progress.run_count > t.run.policy.retries:
        return None
    again = t.now + timedelta(seconds=t.run.policy.delay)
    retry = scheduled(again, t.now, name="AwaitingRetry", message=t.proposed.message)
    return Reject(retry, f"Attempt {t.run.progress.run_count} failed; there are retries left.")


FLOW_RUN_RULES: Sequence[Rule] = (
    repeat_answer,
    resume_only_paused,
    keep_terminal,
    retry_only_ended,
    end_cancelling,
    cancel_without_owner,
    *PAUSE_RULES,
    claim_once,
    start_once,
    mark_late_only_scheduled,
    wait_for_scheduled_time,
    take_slot,
    retry_failed,
)
