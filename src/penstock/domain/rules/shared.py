"""Rules that hold for flow runs and task runs alike."""

from penstock.domain.transitions import Accept, Reject, Transition, Verdict


def repeat_answer(t: Transition) -> Verdict | None:
    """A transition that was sent twice, as its first answer was lost, is made once and answered alike."""
    current = t.run.state
    made = current.state_details.transition_id if current is not None else None
    if current is None or made is None or made != t.proposed.state_details.transition_id:
        return None
    if current.type is t.proposed.type:
        return Accept(current)
    return Reject(current, current.message or f"The run became {current.name} instead.")
