"""Verdicts in the words of the wire."""

from penstock.contract.states import (
    SetStateStatus,
    StateAbortDetails,
    StateAcceptDetails,
    StateRejectDetails,
    StateWaitDetails,
    TransitionDetails,
)
from penstock.domain.transitions import Abort, Accept, Reject, Verdict


def verdict_answer(verdict: Verdict) -> tuple[SetStateStatus, TransitionDetails]:
    """The status and the details of an answer to a proposed state."""
    if isinstance(verdict, Accept):
        return SetStateStatus.ACCEPT, StateAcceptDetails()
    if isinstance(verdict, Reject):
        return SetStateStatus.REJECT, StateRejectDetails(reason=verdict.reason)
    if isinstance(verdict, Abort):
        return SetStateStatus.ABORT, StateAbortDetails(reason=verdict.reason)
    return SetStateStatus.WAIT, StateWaitDetails(delay_seconds=verdict.delay_seconds, reason=verdict.reason)
