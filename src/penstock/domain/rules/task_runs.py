"""What may happen to a task run whose states come one by one over the API.

Our own engine decides retries and caching where the task runs, and records the outcome in batches; these
rules protect the record when several speak about one task run.
"""

from collections.abc import Sequence

from penstock.domain.rules.shared import repeat_answer
from penstock.domain.states import StateType
from penstock.domain.transitions import Reject, Rule, SlotFacts, Transition, Verdict, Wait

SLOT_RETRY_SECONDS = 10
"""When a task run that waits for a slot of its tags may be proposed again."""


def keep_terminal(t: Transition) -> Verdict | None:
    """A task run that has ended stays as it ended, unless its flow is tried again."""
    current = t.run.state
    if current is None or not current.is_terminal:
        return None
    if current.type is not StateType.COMPLETED and t.proposed.type in (
        StateType.SCHEDULED,
        StateType.PENDING,
        StateType.RUNNING,
    ):
        return None
    return Reject(None, f"This task run has already ended as {current.name}.")


def take_slot(t: Transition) -> Verdict | None:
    """A task run whose tags are limited needs a slot of each of them to run."""
    if t.proposed.type is not StateType.RUNNING:
        return None
    return next((_wait_for(slot) for slot in t.facts.slots if not slot.is_free), None)


def _wait_for(slot: SlotFacts) -> Verdict:
    reason = f"The concurrency limit of {slot.name} is reached: {slot.taken} of {slot.limit} slots are taken."
    return Wait(SLOT_RETRY_SECONDS, reason)


TASK_RUN_RULES: Sequence[Rule] = (repeat_answer, keep_terminal, take_slot)
