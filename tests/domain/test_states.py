"""States: types, names, and what a proposal becomes."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from penstock.domain.ids import new_id
from penstock.domain.states import (
    STATE_NAMES,
    TERMINAL_TYPES,
    State,
    StateCreate,
    StateDetails,
    StateType,
    default_name,
    from_proposal,
    new_state,
    scheduled,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", StateType)
def test_every_type_has_its_plain_name_and_one_question_that_says_yes(kind):
    state = new_state(kind, NOW)
    assert state.name == default_name(kind)
    assert STATE_NAMES[state.name] is kind
    asked = {other: getattr(state, f"is_{other.value.lower()}")() for other in StateType}
    assert [other for other, answer in asked.items() if answer] == [kind]
    assert state.is_final() == state.is_terminal == (kind in TERMINAL_TYPES)


def test_a_name_that_is_left_out_follows_from_the_type():
    sent = {"id": str(new_id(NOW)), "type": "CRASHED", "timestamp": "2026-03-01T12:00:00Z"}
    assert msgspec.convert(sent, State).name == "Crashed"


def test_a_scheduled_proposal_without_a_time_is_due_at_once():
    accepted = from_proposal(StateCreate(type=StateType.SCHEDULED), NOW)
    assert accepted.state_details.scheduled_time == NOW
    assert (accepted.timestamp, accepted.name) == (NOW, "Scheduled")


def test_a_proposal_keeps_what_it_says():
    later = NOW + timedelta(hours=1)
    proposal = StateCreate(
        type=StateType.SCHEDULED,
        name="AwaitingRetry",
        message="again",
        data={"a": 1},
        state_details=StateDetails(scheduled_time=later, retriable=True),
    )
    accepted = from_proposal(proposal, NOW)
    assert (accepted.name, accepted.message, accepted.data) == ("AwaitingRetry", "again", {"a": 1})
    assert accepted.state_details == proposal.state_details


def test_a_scheduled_time_is_kept_in_utc():
    state = scheduled(datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2))), NOW, name="Late")
    assert state.state_details.scheduled_time == NOW
    assert state.state_details.scheduled_time.tzinfo is UTC
    assert state.name == "Late"


def test_two_states_share_no_details():
    first, second = new_state(StateType.RUNNING, NOW), new_state(StateType.RUNNING, NOW)
    assert first.id != second.id
    assert first.state_details is not second.state_details
