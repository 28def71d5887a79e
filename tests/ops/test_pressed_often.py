"""F42: whoever presses a button twenty times at once gets what one press gives."""

import asyncio

import pytest
from tests.ops.test_pauses import Story

from penstock.contract.flow_run_inputs import FlowRunResume
from penstock.contract.flow_runs import SetFlowRunState
from penstock.contract.states import SetStateStatus, StateCreate
from penstock.domain.states import StateDetails, StateType

PRESSES = 20
RETRY = StateCreate(type=StateType.SCHEDULED, name="AwaitingRetry", message="Once more")
SUSPEND = StateCreate(
    type=StateType.PAUSED, name="Suspended", state_details=StateDetails(pause_reschedule=True, pause_key="1")
)
CANCEL = StateCreate(type=StateType.CANCELLING)


@pytest.fixture
def story(served_world):
    """A run that is under way, and then whatever is pressed."""
    return Story(served_world)


def press(story, name, body):
    """Do a thing twenty times at once; how often that was accepted."""

    async def all_at_once():
        presses = [story.world.acall(name, id=story.run.id, body=body) for _ in range(PRESSES)]
        return await asyncio.gather(*presses)

    answers = story.world.store.run(all_at_once())
    return sum(answer.status is SetStateStatus.ACCEPT for answer in answers)


def live(story, *, attempts):
    """Take the run to its end, and see that it was tried so often, and no more."""
    (claimed,) = story.world.claim(limit=10).runs
    assert claimed.flow_run.id == story.run.id
    story.lease = claimed.lease
    story.set("RUNNING")
    story.set("COMPLETED")
    assert story.world.claim(limit=10).runs == []
    assert (story.now.state_name, story.now.run_count) == ("Completed", attempts)


@pytest.mark.parametrize("end", ["FAILED", "CRASHED", "COMPLETED"])
def test_retry_makes_one_new_attempt(story, end):
    story.set(end)
    press(story, "set_flow_run_state", SetFlowRunState(state=RETRY))
    live(story, attempts=2)
    assert story.world.names(story.run).count("Running") == 2


def test_a_suspended_run_is_suspended_and_resumed_once(story):
    assert press(story, "set_flow_run_state", SetFlowRunState(state=SUSPEND)) == 1
    assert story.world.names(story.run).count("Suspended") == 1
    assert press(story, "resume_flow_run", FlowRunResume()) == 1
    live(story, attempts=1)


def test_a_paused_run_is_resumed_once(story):
    story.pause()
    assert press(story, "resume_flow_run", FlowRunResume()) == 1
    assert story.world.names(story.run)[-3:] == ["Running", "Paused", "Running"]
    story.set("COMPLETED")
    assert story.now.run_count == 1


def test_a_run_is_cancelled_once(story):
    assert press(story, "set_flow_run_state", SetFlowRunState(state=CANCEL)) == 1
    story.set("CANCELLED")
    assert story.world.names(story.run) == ["Scheduled", "Pending", "Running", "Cancelling", "Cancelled"]
