"""Rules that hold for flow runs and task runs alike."""

from penstock.domain.transitions import Reject, Transition, Verdict


def refuse_duplicate(t: Transition) -> Verdict | None:
    """A transition that was sent twice, because its first answer was lost, is applied once."""
    made = t.run.state.state_details.transition_id if t.run.state is not None else None
    if made is None or made != t.proposed.state_details.transition_id:
        return None
    return Reject(None, "This run has already made this transition.")
