"""What the end of a job means for its run."""

from datetime import UTC, datetime

import pytest

from penstock.domain.states import State, StateType, new_state, scheduled
from penstock.workers.launcher import Exit
from penstock.workers.outcomes import describe, proposal_after, signal_of

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def state(type: StateType) -> State:
    return new_state(type, NOW)


@pytest.mark.parametrize(
    "type", [StateType.COMPLETED, StateType.FAILED, StateType.CRASHED, StateType.CANCELLED, StateType.PAUSED]
)
def test_a_run_that_said_how_it_ended_is_left_alone(type: StateType) -> None:
    assert proposal_after(Exit(code=1), state(type)) is None


def test_a_run_that_waits_for_its_next_attempt_is_left_alone() -> None:
    assert proposal_after(Exit(code=0), scheduled(NOW, NOW, name="AwaitingRetry")) is None


def test_a_killed_run_is_crashed_and_the_likely_cause_named() -> None:
    proposal = proposal_after(Exit(signal=9), state(StateType.RUNNING))
    assert proposal is not None and proposal.type is StateType.CRASHED
    assert proposal.message is not None
    assert "signal 9 (SIGKILL)" in proposal.message and "out of memory" in proposal.message


def test_a_run_stopped_on_request_is_cancelled() -> None:
    proposal = proposal_after(Exit(signal=15), state(StateType.CANCELLING))
    assert proposal is not None and proposal.type is StateType.CANCELLED


def test_a_command_that_never_starts_the_run_is_a_crash_and_says_what_the_command_must_do() -> None:
    proposal = proposal_after(Exit(code=0), state(StateType.PENDING))
    assert proposal is not None and proposal.type is StateType.CRASHED
    assert proposal.message is not None and "python -m penstock.engine" in proposal.message


@pytest.mark.parametrize(
    ("exit", "signal"),
    [
        (Exit(signal=15), 15),
        (Exit(code=137), 9),
        (Exit(code=143), 15),
        (Exit(code=1), None),
        (Exit(code=255), None),
        (Exit(), None),
    ],
)
def test_signals_are_recognised_through_a_shell(exit: Exit, signal: int | None) -> None:
    assert signal_of(exit) == signal


@pytest.mark.parametrize(
    ("exit", "words"),
    [
        (Exit(code=127), "not found"),
        (Exit(code=126), "permissions"),
        (Exit(signal=11), "SIGSEGV"),
        (Exit(signal=64), "signal 64"),
        (Exit(signal=40), "unknown"),
        (Exit(code=137, reason="OOMKilled"), "OOMKilled"),
    ],
)
def test_an_end_is_described_in_words(exit: Exit, words: str) -> None:
    assert words in describe(exit, never_started=False)
