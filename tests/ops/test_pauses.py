"""Pauses: a run waits, is resumed by one of many, or fails when nobody resumes it in time."""

import asyncio
import json
from uuid import uuid4

import pytest

from penstock.contract.flow_run_inputs import (
    FlowRunInputCreate,
    FlowRunInputQuery,
    FlowRunInputWait,
    FlowRunResume,
    ResumptionWait,
)
from penstock.contract.flow_runs import FlowRunUpdate, SetFlowRunState
from penstock.contract.leases import SUSPENDED, LeaseRenew
from penstock.contract.states import SetStateStatus, StateCreate
from penstock.domain.errors import AlreadyExists, Fenced, InvalidInput, NotFound, TooLarge
from penstock.domain.pauses import NEVER_RESUMED, OWN_WORDS, keyset_of_pause
from penstock.domain.runs import RunPolicy
from penstock.domain.states import StateType
from penstock.server.services.lease_sweeper import LeaseSweeper
from penstock.server.services.pause_expirations import PauseExpirations

ACCEPT, REJECT, ABORT, WAIT = SetStateStatus
SCHEMA = {
    "type": "object",
    "properties": {"approved": {"type": "boolean"}, "note": {"type": "string", "default": ""}},
    "required": ["approved"],
}


class Story:
    """A run of a deployment, taken by a worker, that is under way."""

    def __init__(self, world, **given):
        self.world = world
        world.pool(concurrency_limit=1)
        self.deployment = world.deployment()
        self.run = world.run_of(self.deployment, **given)
        self.start()

    def start(self):
        (claimed,) = self.world.claim().runs
        self.lease = claimed.lease
        self.claimed = claimed.flow_run
        return self.set("RUNNING")

    def set(self, type, **given):
        return self.world.set_state(self.run, type, lease=self.lease, **given)

    def pause(self, key="1", **given):
        return self.set("PAUSED", name="Paused", pause_key=key, **given)

    def suspend(self, key="1", **given):
        return self.set("PAUSED", name="Suspended", pause_reschedule=True, pause_key=key, **given)

    def resume(self, run_input=None, **given):
        body = FlowRunResume(run_input=run_input, **given)
        return self.world.call("resume_flow_run", id=self.run.id, body=body)

    def say(self, key, value, sender=None):
        body = FlowRunInputCreate(key=key, value=json.dumps(value), sender=sender)
        return self.world.call("create_flow_run_input", id=self.run.id, body=body)

    def said(self, key):
        return json.loads(self.world.call("read_flow_run_input", id=self.run.id, key=key))

    @property
    def now(self):
        return self.world.run(self.run)


@pytest.fixture
def story(world):
    return Story(world)


def test_a_run_whose_process_waits_is_resumed_and_keeps_its_place(story):
    assert story.pause().status is ACCEPT
    assert story.world.claim().runs == []
    answer = story.resume(message="Go on")
    assert (answer.status, answer.state.name, answer.state.message) == (ACCEPT, "Running", "Go on")
    assert story.set("COMPLETED").status is ACCEPT
    assert story.now.run_count == 1
    assert story.world.names(story.run) == "Scheduled Pending Running Paused Running Completed".split()


def test_a_suspended_run_gives_back_its_place_and_begins_anew_as_the_same_attempt(story):
    world = story.world
    assert story.suspend().status is ACCEPT
    with pytest.raises(Fenced):
        story.set("COMPLETED")
    other = world.run_of(story.deployment)
    (claimed,) = world.claim().runs
    assert claimed.flow_run.id == other.id
    world.set_state(other, "RUNNING", lease=claimed.lease)
    assert story.resume().state.name == "Resuming"
    assert world.claim().runs == []
    world.set_state(other, "COMPLETED", lease=claimed.lease)
    story.start()
    assert story.claimed.empirical_policy.resuming
    assert story.claimed.empirical_policy.pause_keys == ["1"]
    assert (story.now.run_count, story.now.empirical_policy.resuming) == (1, False)


def test_a_pause_that_was_made_is_over(story):
    story.suspend()
    story.resume()
    story.start()
    again = story.suspend()
    assert (again.status, again.state.name) == (REJECT, "Running")
    assert story.suspend("2").status is ACCEPT


def test_a_new_attempt_pauses_again(world):
    story = Story(world, empirical_policy=RunPolicy(retries=1, retry_type="reschedule"))
    story.suspend()
    story.resume()
    story.start()
    assert story.set("FAILED").state.name == "AwaitingRetry"
    story.start()
    assert story.now.run_count == 2
    assert story.suspend().status is ACCEPT


def test_a_client_that_changes_the_policy_does_not_make_the_run_forget_its_pauses(story):
    story.suspend()
    body = FlowRunUpdate(empirical_policy=RunPolicy(retries=3))
    story.world.call("update_flow_run", id=story.run.id, body=body)
    story.resume()
    policy = story.now.empirical_policy
    assert (policy.retries, policy.pause_keys, policy.resuming) == (3, ["1"], True)


def test_a_run_of_no_deployment_pauses_but_is_not_suspended(world):
    run = world.own_run()
    world.set_state(run, "RUNNING", lease=run.lease)
    refused = world.set_state(run, "PAUSED", pause_reschedule=True, lease=run.lease)
    assert refused.status is ABORT
    assert "of a deployment can be suspended" in refused.details.reason
    assert world.set_state(run, "PAUSED", lease=run.lease).status is ACCEPT
    refused = world.set_state(run, "SCHEDULED", name="Resuming")
    assert (refused.status, world.run(run).state_name) == (ABORT, "Paused")


def test_what_is_not_paused_is_not_resumed(story):
    answer = story.resume()
    assert (answer.status, answer.state.name) == (ABORT, "Running")
    assert answer.details.reason == "The flow run is Running: only one that is paused is resumed."
    with pytest.raises(NotFound):
        story.world.call("resume_flow_run", id=uuid4(), body=FlowRunResume())


def test_nobody_starts_a_suspended_run_before_it_is_resumed(story):
    story.suspend()
    for type in ("PENDING", "RUNNING"):
        refused = story.world.set_state(story.run, type)
        assert (refused.status, story.now.state_name) == (ABORT, "Suspended")


def test_the_process_of_a_run_that_others_suspended_is_told_to_end(story):
    world = story.world
    world.set_state(story.run, "PAUSED", name="Suspended", pause_reschedule=True)
    body = LeaseRenew(lease_id=story.lease.id)
    with pytest.raises(Fenced, match="was suspended") as refused:
        world.call("renew_lease", story.world.holding(story.lease), id=story.run.id, body=body)
    assert refused.value.detail == SUSPENDED
    assert world.claim(running=[story.run.id]).cancelling == []
    world.clock.advance(seconds=16)
    assert world.claim(running=[story.run.id]).cancelling == [story.run.id]


def test_a_process_that_dies_while_it_waits_is_missed(story):
    world = story.world
    sweeper = LeaseSweeper(world.db, world.limits)
    world.store.run(sweeper.prepare())
    story.pause()
    for _ in range(14):
        world.clock.advance(seconds=5)
        world.store.run(sweeper.run_once())
    now = story.now
    assert (now.state_name, world.claim().runs) == ("Crashed", [])
    assert story.resume().status is ABORT


def test_what_is_suspended_waits_without_an_owner(story):
    world = story.world
    sweeper = LeaseSweeper(world.db, world.limits)
    world.store.run(sweeper.prepare())
    story.suspend()
    world.clock.advance(days=30)
    world.store.run(sweeper.run_once())
    world.store.run(sweeper.run_once())
    assert story.resume().state.name == "Resuming"


def test_why_it_does_not_go_on_is_told(story):
    story.suspend(pause_timeout=story.world.later(minutes=5))
    why = story.world.call("read_flow_run_detail", id=story.run.id).why
    assert why.text == (
        "Suspended for 0 s: it begins anew when somebody resumes it; if nobody does, it fails in 5 min."
    )


def test_a_suspended_run_is_cancelled_at_once(story):
    story.suspend()
    assert story.world.set_state(story.run, "CANCELLING").state.name == "Cancelled"


class TestInput:
    """A run that waits for something to be said goes on with what fits."""

    @pytest.fixture
    def asking(self, story):
        keys = keyset_of_pause("Suspended", "1")
        story.say(keys["schema"], SCHEMA)
        story.suspend(run_input_keyset=keys)
        return story

    def test_what_fits_resumes_it_and_is_kept(self, asking):
        assert asking.now.state.state_details.run_input_keyset["response"] == "suspended-1-response"
        assert asking.resume({"approved": True}).status is ACCEPT
        assert asking.said("suspended-1-response") == {"approved": True}

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (None, "approved: is required."),
            ({}, "approved: is required."),
            ({"approved": "maybe"}, "approved: must be boolean, not string."),
        ],
    )
    def test_what_does_not_fit_is_rejected_and_the_run_stays_paused(self, asking, given, told):
        answer = asking.resume(given)
        assert (answer.status, answer.state.name) == (REJECT, "Suspended")
        assert answer.details.reason == f"The input does not fit what the run waits for. {told}"
        assert asking.now.state_name == "Suspended"
        with pytest.raises(NotFound):
            asking.said("suspended-1-response")

    def test_a_run_that_has_not_said_what_it_waits_for_is_not_resumed_yet(self, story):
        story.pause(run_input_keyset=keyset_of_pause("Paused", "1"))
        assert "has not said yet" in story.resume({"approved": True}).details.reason
        story.say("paused-1-schema", "{")
        assert "no JSON Schema" in story.resume({"approved": True}).details.reason

    def test_a_new_question_has_no_answer_yet(self, story):
        keys = keyset_of_pause("Paused", "1")
        story.say(keys["response"], {"approved": "of another time"})
        story.say(keys["schema"], SCHEMA)
        story.pause(run_input_keyset=keys)
        with pytest.raises(NotFound):
            story.said(keys["response"])
        story.say(keys["response"], "by hand")
        story.resume({"approved": False})
        assert story.said(keys["response"]) == {"approved": False}

    def test_too_much_is_refused(self, asking):
        with pytest.raises(TooLarge):
            asking.resume({"approved": True, "note": "x" * 600_000})
        with pytest.raises(TooLarge, match="600002 bytes"):
            asking.say("much", "x" * 600_000)


class TestExpiry:
    """A run whose pause runs out fails, at that time."""

    @pytest.fixture
    def service(self, world):
        return PauseExpirations(world.db, world.limits)

    def turn(self, story, service):
        return story.world.store.run(service.run_once())

    def test_it_fails_when_its_time_is_over_and_is_not_tried_again(self, world, service):
        story = Story(world, empirical_policy=RunPolicy(retries=5))
        story.suspend(pause_timeout=world.later(seconds=40))
        asleep = self.turn(story, service)
        assert (asleep.done, asleep.again_in) == (0, 40.0)
        world.clock.advance(seconds=40)
        assert self.turn(story, service).done == 1
        now = story.now
        assert (now.state_name, now.state.message) == ("Failed", NEVER_RESUMED)
        assert self.turn(story, service).again_in == world.limits.pauses_every

    def test_a_process_that_waits_has_a_moment_to_say_it_itself(self, story, service):
        story.pause(pause_timeout=story.world.later(seconds=40))
        story.world.clock.advance(seconds=40)
        asleep = self.turn(story, service)
        assert (asleep.done, asleep.again_in) == (0, OWN_WORDS.total_seconds())
        said = story.world.set_state(story.run, "FAILED", lease=story.lease, message="I waited in vain.")
        assert (said.status, story.now.state.message) == (ACCEPT, "I waited in vain.")
        story.world.clock.advance(seconds=OWN_WORDS.total_seconds())
        assert self.turn(story, service).done == 0

    def test_its_place_is_free_in_the_same_transaction(self, story, service):
        story.pause(pause_timeout=story.world.later(seconds=1))
        other = story.world.run_of(story.deployment)
        story.world.clock.advance(seconds=1 + OWN_WORDS.total_seconds())
        self.turn(story, service)
        assert [claim.flow_run.id for claim in story.world.claim().runs] == [other.id]

    def test_who_resumes_it_too_late_is_told_so(self, story):
        story.suspend(pause_timeout=story.world.later(seconds=1))
        story.world.clock.advance(seconds=1)
        answer = story.resume()
        assert (answer.status, answer.state.name, answer.state.message) == (REJECT, "Failed", NEVER_RESUMED)
        assert answer.details.reason == "Its pause ran out before it was resumed."

    def test_what_is_resumed_in_time_does_not_run_out(self, story, service):
        story.pause(pause_timeout=story.world.later(seconds=10))
        story.resume()
        story.world.clock.advance(seconds=20 + OWN_WORDS.total_seconds())
        assert self.turn(story, service).done == 0
        assert story.now.state_name == "Running"

    def test_many_are_failed_one_batch_after_the_other(self, sqlite_world, monkeypatch):
        world = sqlite_world
        monkeypatch.setattr("penstock.server.services.pause_expirations._BATCH", 2)
        for _ in range(3):
            run = world.own_run()
            world.set_state(run, "RUNNING", lease=run.lease)
            world.set_state(run, "PAUSED", lease=run.lease, pause_timeout=world.later(seconds=1))
        world.clock.advance(seconds=1 + OWN_WORDS.total_seconds())
        service = PauseExpirations(world.db, world.limits)
        rounds = [world.store.run(service.run_once()) for _ in range(2)]
        assert [(each.done, each.again_in == 0.0) for each in rounds] == [(2, True), (1, False)]


class TestPressedTwentyTimes:
    """F42: whoever presses resume or retry, and how often at once: one new attempt comes of it."""

    def press(self, world, name, **arguments):
        async def both():
            other = world.store.open() if world.db.dialect == "postgresql" else world.db
            if other is not world.db:
                await other.start()
            hands = [world, type(world).__new__(type(world))]
            hands[1].__dict__.update(world.__dict__, db=other)
            async with asyncio.timeout(60):
                found = await asyncio.gather(*(hands[n % 2].acall(name, **arguments) for n in range(20)))
            if other is not world.db:
                await other.close()
            return found

        return [answer.status for answer in world.store.run(both())]

    @pytest.mark.parametrize("leaves", [False, True])
    def test_resume(self, served_world, leaves):
        story = Story(served_world)
        (story.suspend if leaves else story.pause)()
        pressed = self.press(served_world, "resume_flow_run", id=story.run.id, body=FlowRunResume())
        assert sorted(pressed) == sorted([ACCEPT] + [ABORT] * 19)
        after = ["Suspended", "Resuming"] if leaves else ["Paused", "Running"]
        assert served_world.names(story.run)[3:] == after
        assert len(served_world.claim(limit=5).runs) == leaves

    def test_resume_with_input(self, served_world):
        story, keys = Story(served_world), keyset_of_pause("Suspended", "1")
        story.say(keys["schema"], SCHEMA)
        story.suspend(run_input_keyset=keys)
        body = FlowRunResume(run_input={"approved": True})
        pressed = self.press(served_world, "resume_flow_run", id=story.run.id, body=body)
        assert pressed.count(ACCEPT) == 1
        assert story.said(keys["response"]) == {"approved": True}

    def test_retry(self, served_world):
        story = Story(served_world)
        story.set("FAILED")
        again = StateCreate(type=StateType.SCHEDULED, name="AwaitingRetry")
        body = SetFlowRunState(state=again)
        pressed = self.press(served_world, "set_flow_run_state", id=story.run.id, body=body)
        assert sorted(pressed) == sorted([ACCEPT] + [REJECT] * 19)
        assert served_world.names(story.run)[3:] == ["Failed", "AwaitingRetry"]
        assert len(served_world.claim(limit=5).runs) == 1
        # And when a worker has it already, a late press does not take it away.
        assert served_world.set_state(story.run, "SCHEDULED", name="AwaitingRetry").status is REJECT


class TestSaying:
    """Values by keys: said, found, read, taken back."""

    def found(self, story, prefix, **given):
        body = FlowRunInputQuery(prefix=prefix, **given)
        answer = story.world.call("filter_flow_run_input", id=story.run.id, body=body)
        return [(each.key, each.value, each.sender) for each in answer]

    def test_what_was_said_is_found_by_the_beginning_of_its_key_oldest_first(self, story):
        for number in range(3):
            story.say(f"greeting-{number}", number, sender="ada")
            story.world.clock.advance(seconds=1)
        story.say("Greeting-9", "another")
        story.say("greetin", "another")
        assert self.found(story, "greeting-") == [("greeting-0", "0", "ada")]
        everything = self.found(story, "greeting-", limit=10)
        assert [key for key, _, _ in everything] == ["greeting-0", "greeting-1", "greeting-2"]
        left = self.found(story, "greeting-", limit=10, exclude_keys=["greeting-0", "greeting-2"])
        assert [key for key, _, _ in left] == ["greeting-1"]
        assert self.found(story, "%", limit=10) == []

    def test_a_key_is_used_once(self, story):
        story.say("a", 1)
        with pytest.raises(AlreadyExists, match="'a'"):
            story.say("a", 2)
        assert story.said("a") == 1
        story.world.call("delete_flow_run_input", id=story.run.id, key="a")
        for name in ("delete_flow_run_input", "read_flow_run_input"):
            with pytest.raises(NotFound, match="'a'"):
                story.world.call(name, id=story.run.id, key="a")
        story.say("a", 3)
        assert story.said("a") == 3

    def test_a_key_can_stand_in_a_url(self, story):
        with pytest.raises(InvalidInput):
            story.say("a/b", 1)

    def test_nothing_is_said_to_nobody(self, world):
        body = FlowRunInputCreate(key="a", value="1")
        with pytest.raises(NotFound):
            world.call("create_flow_run_input", id=uuid4(), body=body)

    def test_it_goes_with_its_run(self, story):
        story.say("a", 1)
        story.world.call("delete_flow_run", id=story.run.id)
        assert self.found(story, "a") == []


class TestWaiting:
    """Who waits is woken, and need not ask again and again."""

    def story(self, world, scenario):
        async def told():
            end = await world.db.listen(world.bus.on_notice)
            try:
                async with asyncio.timeout(20):
                    return await scenario()
            finally:
                await end()

        return world.store.run(told())

    def while_waiting(self, story, name, body, then, *arguments):
        """What a poll answers while which something else happens."""
        world = story.world

        async def scenario():
            poll = asyncio.create_task(world.acall(name, id=story.run.id, body=body))
            await asyncio.sleep(0)
            await world.acall(then, id=story.run.id, body=arguments[0])
            return await poll

        return self.story(world, scenario)

    def test_a_resumption_wakes_the_process_that_waits_for_it(self, served_world):
        story = Story(served_world)
        story.pause()
        waiting = ResumptionWait(wait_seconds=30.0)
        state = self.while_waiting(story, "await_resumption", waiting, "resume_flow_run", FlowRunResume())
        assert state.name == "Running"

    def test_what_is_not_paused_is_not_waited_for_and_patience_ends(self, served_world):
        story = Story(served_world)
        waiting = ResumptionWait(wait_seconds=30.0)

        def ask(body):
            return self.story(
                served_world, lambda: served_world.acall("await_resumption", id=story.run.id, body=body)
            )

        assert ask(waiting).name == "Running"
        story.pause()
        assert ask(ResumptionWait()).name == "Paused"

    def test_what_is_said_wakes_who_waits_for_it(self, served_world):
        story = Story(served_world)
        waiting = FlowRunInputWait(prefix="hello", wait_seconds=30.0)
        said = FlowRunInputCreate(key="hello-1", value='"world"')
        found = self.while_waiting(story, "await_flow_run_input", waiting, "create_flow_run_input", said)
        assert [each.value for each in found] == ['"world"']

    def test_what_was_said_before_is_answered_at_once_and_patience_ends(self, served_world):
        story = Story(served_world)
        story.say("hello-1", 1)

        def ask(**given):
            body = FlowRunInputWait(prefix="hello", **given)
            return self.story(
                served_world, lambda: served_world.acall("await_flow_run_input", id=story.run.id, body=body)
            )

        assert [each.key for each in ask(wait_seconds=30.0)] == ["hello-1"]
        assert ask(exclude_keys=["hello-1"]) == []
        with pytest.raises(NotFound):
            self.story(
                served_world,
                lambda: served_world.acall(
                    "await_flow_run_input", id=uuid4(), body=FlowRunInputWait(prefix="")
                ),
            )
