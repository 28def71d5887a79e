"""Actions are done exactly once inside the database, and outside at least once, whatever goes wrong."""

import asyncio
from uuid import uuid4

import pytest
from tests.ops.acting import Actor, automation, event, events_about, firings, happen
from tests.ops.automations import body_of
from tests.ops.receivers import receiver
from tests.ops.test_nth_failure import Faults, FaultyDatabase, Injected, InjectedLoss
from tests.ops.world import World

from penstock.contract.automation_log import FiringQuery
from penstock.contract.automations import AutomationPartialUpdate, AutomationUpdate
from penstock.contract.filters import DeploymentFilter
from penstock.contract.flow_runs import FlowRunCriteria
from penstock.contract.operators import IdIn
from penstock.db.event_tables import automation_actions
from penstock.domain.automations import (
    CallWebhook,
    DoNothing,
    EventTrigger,
    PauseAutomation,
    RunDeployment,
    SendNotification,
)
from penstock.server.limits import Limits
from penstock.server.outside import OutsidePolicy
from penstock.server.services.actions import Actions


class Story:
    """An automation that fired, and a server that doesn't give up."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world, self.failures = world, 0
        self.deployment = world.deployment(f"d{faults.at}")
        variables = {"env": {"WHO": "{{ event.payload.who }}"}}
        actions = [
            RunDeployment(deployment_id=self.deployment.id, job_variables=variables),
            RunDeployment(source="inferred"),
            DoNothing(),
        ]
        self.automation = automation(
            world, trigger=EventTrigger(expect=[f"door.{faults.at}"]), actions=actions
        )
        happen(world, event(f"door.{faults.at}", payload={"who": "ada"}))
        Actor(world).evaluator.turn()
        world.clock.advance(seconds=0.01)
        self.service = Actions(FaultyDatabase(world.db, faults), world.limits)

    def tell(self) -> "Story":
        for _ in range(3):
            try:
                self.world.store.run(self.service.run_once())
            except (Injected, InjectedLoss):
                self.failures += 1
        return self

    def check(self) -> None:
        """How it ends, whatever happened on the way."""
        world = self.world
        (firing,) = firings(world, self.automation)
        assert [done.status for done in firing.actions] == ["done", "failed", "done"]
        assert [done.attempts for done in firing.actions] == [1, 1, 1]
        mine = FlowRunCriteria(deployments=DeploymentFilter(id=IdIn(any_=[self.deployment.id])))
        assert world.call("count_flow_runs", body=mine) == 1
        ids = {str(done.id) for done in firing.actions}
        told = [
            (each.event.split(".")[-1], each.payload["action_index"])
            for each in _told(world)
            if each.payload["invocation"] in ids
        ]
        assert told == [
            ("triggered", 0),
            ("executed", 0),
            ("triggered", 1),
            ("failed", 1),
            ("triggered", 2),
            ("executed", 2),
        ]


def _told(world):
    return events_about(world, "prefect.automation.action.")


@pytest.mark.parametrize("when", ["before", "after", "committed"])
def test_each_action_is_done_exactly_once_whatever_fails(served_world, when):
    """Fail the N-th thing that the service says to its database, for every N."""
    served_world.pool()
    for at in range(1, 200):
        story = Story(served_world, Faults(at, when)).tell()
        story.check()
        if not story.failures:
            break
    assert at > 10, "it speaks to its database more often"
    assert story.failures == 0


def test_two_servers_do_each_action_once(served_world):
    world = served_world
    world.pool()
    deployment = world.deployment()
    made = automation(world, actions=[RunDeployment(deployment_id=deployment.id) for _ in range(10)])
    happen(world, *[event() for _ in range(5)])
    Actor(world).evaluator.turn()
    world.clock.advance(seconds=0.01)
    servers = [Actions(world.db, world.limits) for _ in range(2)]

    async def at_once():
        return await asyncio.gather(*(server.run_once() for server in servers))

    for _ in range(2):
        world.store.run(at_once())
    done = [action for firing in firings(world, made) for action in firing.actions]
    assert [action.status for action in done] == ["done"] * 50
    assert {action.attempts for action in done} == {1}
    assert world.call("count_flow_runs", body=FlowRunCriteria()) == 50
    assert len(_told(world)) == 100


def test_a_rest_lasts_until_the_next_action_is_due(served_world):
    world = served_world
    automation(world)
    happen(world, event())
    Actor(world).evaluator.turn()
    world.store.write(lambda tx: tx.execute(automation_actions.update().values(due=world.later(seconds=12))))
    service = Actions(world.db, world.limits)
    assert world.store.run(service.run_once()).again_in == 12
    world.clock.advance(seconds=12)
    assert world.store.run(service.run_once()).done == 1
    assert world.store.run(service.run_once()).again_in == 30


def test_an_action_of_another_version_is_marked_and_in_nobodys_way(served_world):
    world = served_world
    made = automation(world, actions=[DoNothing(), DoNothing()])
    happen(world, event())
    Actor(world).evaluator.turn()
    first = automation_actions.update().where(automation_actions.c.position == 0)
    world.store.write(lambda tx: tx.execute(first.values(action={"type": "declare-war"})))
    world.clock.advance(seconds=0.01)
    Actor(world).turn()
    (firing,) = firings(world, made)
    assert [done.status for done in firing.actions] == ["failed", "done"]
    assert "is not understood" in firing.actions[0].reason


# To the outside.


@pytest.fixture
def outer_world(served):
    """One whose servers may call this machine."""
    return World(served, Limits(outside=OutsidePolicy(allowed_networks=("127.0.0.0/8",))))


def test_a_webhook_is_called_with_what_the_event_says(outer_world):
    with receiver() as there:
        action = CallWebhook(
            url=f"{there.url}/{{{{ event.payload.path }}}}",
            payload='{"who": "{{ event.payload.who }}"}',
            headers={"X-Token": "abc", "X-Who": "{{ event.payload.who }}"},
            method="PUT",
        )
        (done,) = Actor(outer_world).fire(action, about=event(payload={"path": "hook", "who": "ada"}))
    (got,) = there.got
    assert (got.method, got.path, got.json) == ("PUT", "/hook", {"who": "ada"})
    assert (got.headers["x-token"], got.headers["x-who"]) == ("abc", "ada")
    assert got.headers["content-type"] == "application/json"
    assert got.headers["idempotency-key"] == str(done.id)
    assert (done.status, done.attempts) == ("done", 1)
    assert done.outcome == {"status_code": 200, "answer": "yes"}
    assert done.rendered["headers"] == {"X-Token": "••••••", "X-Who": "ada"}
    executed = _told(outer_world)[-1]
    assert (executed.event, executed.payload["status_code"]) == ("prefect.automation.action.executed", 200)


def test_a_call_that_came_to_nothing_is_made_again_with_the_same_key(outer_world):
    world, actor = outer_world, Actor(outer_world)
    with receiver(503, None, 429) as there:
        made = automation(world, actions=[CallWebhook(url=there.url, payload="x")])
        happen(world, event())
        actor.evaluator.turn()
        world.clock.advance(seconds=0.001)
        pauses = []
        for _ in range(4):
            pauses.append(round(actor.turn()))
            world.clock.advance(seconds=pauses[-1])
    (done,) = firings(world, made)[0].actions
    assert (done.status, done.attempts) == ("done", 4)
    # It asked to be left alone for seven seconds, where it said anything.
    assert pauses == [7, 2, 7, 30]
    assert {got.headers["idempotency-key"] for got in there.got} == {str(done.id)}
    assert [each.event.split(".")[-1] for each in _told(world)] == ["triggered", "executed"]


def test_a_call_is_given_up_after_five_attempts(outer_world):
    world, actor = outer_world, Actor(outer_world)
    with receiver(*[500] * 9) as there:
        made = automation(world, actions=[CallWebhook(url=there.url)])
        happen(world, event())
        actor.evaluator.turn()
        for _ in range(9):
            world.clock.advance(seconds=60)
            actor.turn()
        assert len(there.got) == 5
    (done,) = firings(world, made)[0].actions
    assert (done.status, done.attempts) == ("failed", 5)
    assert done.reason == "It answered 500: yes."


def test_a_call_that_is_refused_is_not_made_again(outer_world):
    with receiver(404) as there:
        (done,) = Actor(outer_world).fire(CallWebhook(url=there.url))
    assert (done.status, done.attempts, len(there.got)) == ("failed", 1, 1)
    assert done.outcome == {"code": "delivery-refused", "problems": {"status_code": 404}}


def test_addresses_of_this_machine_are_not_called_unless_the_settings_say_so(served_world):
    with receiver() as there:
        (done,) = Actor(served_world).fire(CallWebhook(url=there.url))
    assert there.got == []
    assert (done.status, done.outcome["code"]) == ("failed", "outside-refused")


def test_while_a_call_is_under_way_it_is_nobody_elses(outer_world):
    world = outer_world
    with receiver() as there:
        made = automation(world, actions=[CallWebhook(url=there.url), DoNothing()])
        happen(world, event())
        Actor(world).evaluator.turn()
        world.clock.advance(seconds=0.01)
        there.may_answer.clear()
        first, second = (Actions(world.db, world.limits) for _ in range(2))

        async def both():
            await first.run_once()
            await asyncio.to_thread(there.arrived.wait, 30)
            world.clock.advance(seconds=60)
            await second.run_once()
            await second.end()
            there.may_answer.set()
            await first.end()

        world.store.run(both())
    (firing,) = firings(world, made)
    assert len(there.got) == 1
    assert [(done.status, done.attempts) for done in firing.actions] == [("done", 1), ("done", 1)]


def test_more_calls_than_there_are_places_hold_nobody_up(outer_world):
    world = outer_world
    with receiver() as there:
        calls = automation(world, name="calls", actions=[CallWebhook(url=there.url)] * 60)
        happen(world, event())
        actor = Actor(world)
        actor.evaluator.turn()
        world.clock.advance(seconds=0.01)
        there.may_answer.clear()
        service = Actions(world.db, world.limits)

        async def story():
            for _ in range(3):
                await service.run_once()
            after = automation_actions.update().where(automation_actions.c.position == 59)
            await world.db.write(lambda tx: tx.execute(after.values(action={"type": "do-nothing"})))
            await service.run_once()
            (firing,) = await world.acall("read_firings", id=calls.id, body=FiringQuery())
            assert firing.actions[59].status == "done"
            there.may_answer.set()
            await service.end()

        world.store.run(story())
        assert len(there.got) == 20
        actor.turn()
        assert len(there.got) == 59


def test_a_call_of_a_server_that_died_is_made_by_another_one(outer_world):
    world = outer_world
    with receiver() as there:
        made = automation(world, actions=[CallWebhook(url=there.url)])
        happen(world, event())
        Actor(world).evaluator.turn()
        world.clock.advance(seconds=0.01)
        # It took the action, and was never heard of again.
        dead = automation_actions.update().values(
            status="running", attempts=1, due=world.later(seconds=120), rendered={"type": "call-webhook"}
        )
        world.store.write(lambda tx: tx.execute(dead))
        world.clock.advance(seconds=119)
        Actor(world).turn()
        assert there.got == []
        world.clock.advance(seconds=1)
        Actor(world).turn()
    (done,) = firings(world, made)[0].actions
    assert (len(there.got), done.status, done.attempts) == (1, "done", 2)


def test_a_call_that_servers_die_of_is_given_up(outer_world):
    world = outer_world
    with receiver() as there:
        made = automation(world, actions=[CallWebhook(url=there.url)])
        happen(world, event())
        Actor(world).evaluator.turn()
        dead = automation_actions.update().values(
            status="running", attempts=5, due=world.now, rendered={"type": "call-webhook"}
        )
        world.store.write(lambda tx: tx.execute(dead))
        Actor(world).turn()
        assert there.got == []
    (done,) = firings(world, made)[0].actions
    assert done.status == "failed" and "begun 5 times" in done.reason


def test_a_notification_without_its_block_says_what_to_do(served_world):
    action = SendNotification(block_document_id=uuid4(), subject="s", body="{{ event.event }}")
    (done,) = Actor(served_world).fire(action)
    assert (done.status, done.outcome["code"]) == ("failed", "not-found")


def test_an_answer_and_a_failure_tell_no_credentials(outer_world):
    with receiver(400) as there:
        url = f"{there.url}/services/T123/SECRET-PATH"
        (done,) = Actor(outer_world).fire(CallWebhook(url=url, headers={"Authorization": "Bearer abc"}))
    assert there.got[0].path == "/services/T123/SECRET-PATH"
    assert "SECRET-PATH" not in done.reason
    # Now nobody is there.
    outer_world.clock.advance(seconds=1)
    made = automation(outer_world, name="gone", actions=[CallWebhook(url=url)])
    happen(outer_world, event())
    actor = Actor(outer_world)
    actor.evaluator.turn()
    outer_world.clock.advance(seconds=0.01)
    actor.turn()
    (waiting,) = firings(outer_world, made)[0].actions
    assert (waiting.status, waiting.attempts) == ("pending", 1)
    assert "cannot be reached" in waiting.reason and "SECRET-PATH" not in waiting.reason


def test_what_no_database_takes_fails_its_action_and_stops_nobody(served_world):
    world = served_world
    world.pool()
    run = RunDeployment(deployment_id=world.deployment().id, parameters={"n": '{{ "a\\x00b" }}'})
    poisoned, after = Actor(world).fire(run, DoNothing())
    assert (poisoned.status, poisoned.outcome["code"]) == ("failed", "unsupported-value")
    assert "can't be shown" in poisoned.rendered["note"]
    assert after.status == "done"


# Paused, or taken away, with something still to be done.


def _pause(world, made):
    world.call("patch_automation", id=made.id, body=AutomationPartialUpdate(enabled=False))


def _paused(done):
    return done.status == "failed" and done.reason == "Not done: the automation was paused before."


def test_what_is_not_done_yet_is_not_done_any_more_once_it_is_paused(served_world):
    world = served_world
    world.pool()
    other, deployment = automation(world, name="other"), world.deployment()
    made = automation(world, actions=[RunDeployment(deployment_id=deployment.id), DoNothing()])
    happen(world, event())
    actor = Actor(world)
    actor.evaluator.turn()
    _pause(world, made)
    world.call("patch_automation", id=made.id, body=AutomationPartialUpdate(enabled=True))
    world.clock.advance(seconds=0.01)
    actor.turn()
    assert all(_paused(done) for done in firings(world, made)[0].actions)
    assert world.call("count_flow_runs", body=FlowRunCriteria()) == 0
    assert firings(world, other)[0].actions[0].status == "done"
    # It was nobody's failure.
    row = next(row for row in world.call("read_automation_rows") if row.automation.id == made.id)
    assert (row.failed_24h, row.last_error) == (0, None)


def test_a_call_that_would_be_made_again_is_not_once_it_is_paused(outer_world):
    world, actor = outer_world, Actor(outer_world)
    with receiver(503) as there:
        made = automation(world, actions=[CallWebhook(url=there.url)])
        happen(world, event())
        actor.evaluator.turn()
        world.clock.advance(seconds=0.01)
        actor.turn()
        body = body_of(enabled=False, actions=[CallWebhook(url=there.url)])
        world.call("update_automation", id=made.id, body=AutomationUpdate(**body))
        world.clock.advance(seconds=60)
        actor.turn()
        assert len(there.got) == 1
    (done,) = firings(world, made)[0].actions
    assert _paused(done)
    assert done.attempts == 1


@pytest.mark.parametrize("answer", [200, 503])
def test_a_call_that_is_under_way_when_it_is_paused_comes_to_its_end(outer_world, answer):
    world = outer_world
    with receiver(answer) as there:
        made = automation(world, actions=[CallWebhook(url=there.url)])
        happen(world, event())
        Actor(world).evaluator.turn()
        world.clock.advance(seconds=0.01)
        there.may_answer.clear()
        service = Actions(world.db, world.limits)

        async def story():
            await service.run_once()
            await asyncio.to_thread(there.arrived.wait, 30)
            await world.acall("patch_automation", id=made.id, body=AutomationPartialUpdate(enabled=False))
            there.may_answer.set()
            await service.end()

        world.store.run(story())
        world.clock.advance(seconds=60)
        Actor(world).turn()
        assert len(there.got) == 1
    (done,) = firings(world, made)[0].actions
    if answer == 200:
        assert (done.status, done.reason) == ("done", None)
    else:
        assert done.status == "failed"
        assert done.reason == "It answered 503: yes. It is not tried again, since the automation was paused."


def test_an_automation_that_pauses_itself_does_what_it_fired_for(served_world):
    world = served_world
    world.pool()
    made = automation(world)
    actions = [PauseAutomation(automation_id=made.id), RunDeployment(deployment_id=world.deployment().id)]
    world.call("update_automation", id=made.id, body=AutomationUpdate(**body_of(actions=actions)))
    happen(world, event())
    actor = Actor(world)
    actor.evaluator.turn()
    world.clock.advance(seconds=0.01)
    actor.turn()
    assert [done.status for done in firings(world, made)[0].actions] == ["done", "done"]
    assert not world.call("read_automation", id=made.id).enabled


def test_what_another_automation_paused_a_moment_ago_does_nothing(served_world):
    """Both fire by the same event, and their actions are done in one transaction."""
    world = served_world
    world.pool()
    late = RunDeployment(deployment_id=world.deployment().id)
    victim = automation(world, name="victim", enabled=False)
    breaker = automation(world, name="breaker", actions=[PauseAutomation(automation_id=victim.id)])
    body = AutomationUpdate(**body_of(name="victim", actions=[late]))
    world.call("update_automation", id=victim.id, body=body)
    happen(world, event())
    actor = Actor(world)
    actor.evaluator.turn()
    first = automation_actions.c.automation_id == breaker.id
    sooner = automation_actions.update().where(first).values(due=world.later(seconds=-1))
    world.store.write(lambda tx: tx.execute(sooner))
    world.clock.advance(seconds=0.01)
    actor.turn()
    assert _paused(firings(world, victim)[0].actions[0])
    assert world.call("count_flow_runs", body=FlowRunCriteria()) == 0


def test_with_an_automation_goes_what_it_had_to_do(outer_world):
    world, actor = outer_world, Actor(outer_world)
    with receiver(503) as there:
        made = automation(world, actions=[CallWebhook(url=there.url)])
        happen(world, event())
        actor.evaluator.turn()
        world.clock.advance(seconds=0.01)
        actor.turn()
        world.call("delete_automation", id=made.id)
        world.clock.advance(seconds=60)
        assert actor.turn() == 30
        assert len(there.got) == 1


def test_an_automation_that_goes_while_it_calls_leaves_nothing(outer_world):
    world = outer_world
    with receiver() as there:
        made = automation(world, actions=[CallWebhook(url=there.url)])
        happen(world, event())
        Actor(world).evaluator.turn()
        world.clock.advance(seconds=0.01)
        there.may_answer.clear()
        service = Actions(world.db, world.limits)

        async def story():
            await service.run_once()
            await asyncio.to_thread(there.arrived.wait, 30)
            await world.acall("delete_automation", id=made.id)
            there.may_answer.set()
            await service.end()

        world.store.run(story())
    assert len(there.got) == 1
    assert world.store.read(lambda tx: tx.fetch_all(automation_actions.select())) == []
