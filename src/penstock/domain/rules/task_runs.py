"""What may happen to a task run whose states come one by one over the API.

Our own engine decides retries and caching where the task runs, and records the outcome in batches; these
rules protect the record when several speak about one task run.
"""

from collections.abc import Sequence

from penstock.domain.rules.shared import repeat_answer
from penstock.domain.states import StateType
from penstock.domain.transitions import Reject, Rule, Transition, Verdict


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


TASK_RUN_RULES: Sequence[Rule] = (repeat_answer, keep_terminal)
