"""A draft is shown the past: it fires as an automation would have, and its actions are but thought of."""

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.ops.acting import Actor
from tests.ops.automations import DOOR, Evaluator, automation, body_of, event, firings, happen

from penstock.contract.automation_tests import ActionTest, AutomationTest, EventDraft
from penstock.contract.automations import AutomationCreate, AutomationCriteria
from penstock.contract.events import Event
from penstock.contract.flow_runs import FlowRunCriteria
from penstock.domain.automations import (
    CompoundTrigger,
    DoNothing,
    EventTrigger,
    MetricName,
    MetricQuery,
    MetricTrigger,
    Posture,
    RunDeployment,
    SequenceTrigger,
)
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.events import ID, NAME
from penstock.server.evaluation import replay

HOUR = timedelta(hours=1)


def tried(world, since=None, until=None, limit=200, **given):
    world.clock.advance(seconds=0.001)
    body = AutomationTest(
        automation=AutomationCreate(**body_of(**given)),
        since=since or world.now - HOUR,
        until=until,
        limit=limit,
    )
    return world.call("test_automation", body=body)


def keep_events(world):
    """Events are kept whether or not somebody listens; this one listens, so that they also wait."""
    return automation(world, name="listens", trigger=EventTrigger(expect=["never"]))


def test_it_says_which_events_would_have_fired_it(world):
    happen(world, event(), event("door.closed"), event(resource="door.2"))
    answer = tried(world)
    assert (answer.events_read, answer.events_matched, answer.firing_count) == (2, 2, 2)
    assert [firing.event.resource[ID] for firing in answer.firings] == ["door.1", "door.2"]
    assert answer.is_whole
    assert answer.remarks == []


def test_nothing_is_written(served_world):
    world = served_world
    world.pool()
    deployment = world.deployment()
    happen(world, event())
    answer = tried(world, actions=[RunDeployment(deployment_id=deployment.id)])
    assert answer.firings[0].actions[0].ok
    assert world.call("count_automations", body=AutomationCriteria()) == 0
    assert world.call("count_flow_runs", body=FlowRunCriteria()) == 0


def test_runs_are_shown_with_what_they_would_be_launched_with(world):
    world.pool()
    deployment = world.deployment(job_variables={"image": "mine:2"})
    action = RunDeployment(
        deployment_id=deployment.id,
        parameters={"n": "{{ event.payload.n }}"},
        job_variables={"env": {"MEANING": "{{ event.payload.n }}"}},
        name="of {{ event.resource.id }}",
    )
    happen(world, event(payload={"n": 42}), event(payload={}))
    good, bad = (firing.actions[0] for firing in tried(world, actions=[action]).firings)
    assert good.ok, good.problems
    assert (good.type, good.target.id, good.parameters) == ("run-deployment", deployment.id, {"n": 42})
    variables = good.explanation.job.variables
    assert (variables["image"], variables["env"]) == ("mine:2", {"FROM": "pool", "MEANING": 42})
    assert {leaf.path: leaf.layer for leaf in good.explanation.job.leaves}["env.MEANING"] == "run"
    assert not bad.ok
    assert {problem.path for problem in bad.problems} == {"parameters.n", "job_variables.env.MEANING"}


APART = EventTrigger(expect=["door.opened"], for_each=[ID], threshold=2, within=100)


@pytest.mark.parametrize(
    "trigger",
    [
        DOOR,
        EventTrigger(),
        APART,
        EventTrigger(expect=["door.opened"], after=["bell"], within=50),
        EventTrigger(posture=Posture.PROACTIVE, expect=["bell"], within=30),
        EventTrigger(posture=Posture.PROACTIVE, expect=["door.opened"], for_each=[ID], within=30),
        EventTrigger(posture=Posture.PROACTIVE, after=["bell"], expect=["door.opened"], within=20),
        SequenceTrigger(triggers=[EventTrigger(expect=["bell"]), APART], within=200),
        CompoundTrigger(triggers=[EventTrigger(expect=["bell"]), DOOR], require="all", within=15),
        MetricTrigger(metric=MetricQuery(name=MetricName.SUCCESSES, threshold=0.5, operator="<")),
    ],
    ids=lambda trigger: type(trigger).__name__,
)
def test_a_replay_is_what_really_happened(served_world, trigger):
    world = served_world
    begun = world.now
    made, evaluator = automation(world, trigger=trigger), Evaluator(world)
    for step in range(40):
        failed = event("prefect.flow-run.Failed", "run", labels={"prefect.state-type": "FAILED"})
        happen(
            world,
            event(resource=f"door.{step % 3}"),
            *[failed] * (step % 2),
            *[event("bell")] * (step % 5 == 0),
        )
        evaluator.turn()
        for _ in range(7 + 23 * (step % 9 == 0)):
            world.clock.advance(seconds=1)
            evaluator.turn()
        world.clock.advance(seconds=0.5)
    evaluator.turn()
    answer = tried(world, since=begun, trigger=trigger)
    real = firings(world, made, limit=200)
    echoes = {e.event_id for e in real if e.event and e.event.event.startswith("prefect.automation")}
    told = [
        f for f in answer.firings if f.event is None or not f.event.event.startswith("prefect.automation")
    ]
    expected = [firing for firing in real if firing.event_id not in echoes]
    assert expected
    assert [_essence(firing) for firing in told] == [_essence(firing) for firing in expected]


def test_a_replay_is_what_happened_to_events_that_were_sent_together(served_world):
    """A client's ids tell nothing of the order of its events."""
    world = served_world
    begun = world.now
    steps = SequenceTrigger(triggers=[EventTrigger(expect=[name]) for name in ("one", "two", "three")])
    made, evaluator = automation(world, trigger=steps), Evaluator(world)
    for _ in range(10):
        names, about = ("two", "one", "two", "three"), {ID: "door.1"}
        sent = [Event(id=uuid4(), event=each, occurred=world.now, resource=about) for each in names]
        world.call("create_events", body=sent)
        evaluator.turn()
        world.clock.advance(seconds=1)
    real = firings(world, made)
    assert len(real) == 10
    answer = tried(world, since=begun, trigger=steps)
    assert [_essence(firing) for firing in answer.firings] == [_essence(firing) for firing in real]


def test_a_replay_is_what_happened_to_events_of_one_transaction(served_world):
    """Many actions are done in one, and each tells of what it does."""
    world = served_world
    world.pool()
    begun, deployment = world.now, world.deployment()
    pair = [RunDeployment(deployment_id=deployment.id, name=name) for name in ("first", "second")]
    made_first = EventTrigger(expect=["prefect.flow-run.Scheduled"], match={NAME: "first"})
    made_second = EventTrigger(expect=["prefect.flow-run.Scheduled"], match={NAME: "second"})
    in_turn = SequenceTrigger(triggers=[made_first, made_second])
    actor, made = Actor(world), automation(world, name="in turn", trigger=in_turn)
    automation(world, name="pairs", actions=pair)
    happen(world, *(event() for _ in range(20)))
    actor.evaluator.turn()
    world.clock.advance(seconds=0.001)
    actor.turn()
    actor.evaluator.turn()
    real = firings(world, made, limit=200)
    assert len(real) == 20
    answer = tried(world, since=begun, trigger=in_turn)
    assert [_essence(firing) for firing in answer.firings] == [_essence(firing) for firing in real]


def _essence(firing):
    return firing.state, firing.labels, firing.event and firing.event.id, firing.events


def test_only_the_time_that_was_asked_for_is_read(served_world):
    world = served_world
    happen(world, event(resource="before"))
    world.clock.advance(seconds=10)
    since = world.now
    happen(world, event(resource="within"))
    world.clock.advance(seconds=10)
    happen(world, event(resource="after"))
    answer = tried(world, since=since, until=since + timedelta(seconds=5))
    assert [firing.event.resource[ID] for firing in answer.firings] == ["within"]


def test_a_time_that_ends_before_it_begins_is_refused(sqlite_world):
    with pytest.raises(InvalidInput, match="ends before it begins"):
        tried(sqlite_world, since=sqlite_world.now + HOUR)


def test_a_draft_that_could_not_be_saved_is_refused(sqlite_world):
    with pytest.raises(InvalidInput) as refused:
        tried(sqlite_world, actions=[RunDeployment(source="inferred", parameters={"a": "{{ x"})])
    assert refused.value.field == "actions.0.parameters.a"


def test_many_events_are_read_page_by_page_up_to_a_bound(served_world, monkeypatch):
    world = served_world
    monkeypatch.setattr(replay, "MOST_TEST_EVENTS", 2_000)
    for _ in range(6):
        happen(world, *(event() for _ in range(500)))
        world.clock.advance(seconds=1)
    answer = tried(world, limit=3)
    assert (answer.events_read, answer.is_whole) == (2_000, False)
    assert (answer.firing_count, len(answer.firings)) == (2_000, 3)
    assert answer.until < world.now
    assert answer.remarks[0].startswith("Only the first 2,000 events were read, up to 01:00:0")
    assert answer.remarks[1] == "2,000 firings, of which the first 3 are told."


def test_it_says_where_nothing_matched(sqlite_world):
    world = sqlite_world
    assert tried(world).remarks == ["No event with a name that it expects was received in this time."]
    happen(world, event())
    elsewhere = EventTrigger(expect=["door.opened"], match={ID: "door.7"})
    assert tried(world, trigger=elsewhere).remarks == [
        "1 event with a name that it expects was received, and none matched."
    ]


# One action and one event.


def shown(world, action, **given):
    return world.call("preview_action", body=ActionTest(action=action, **given))


def test_an_action_is_filled_in_from_a_stored_event(world):
    world.pool()
    deployment = world.deployment()
    happen(world, event(payload={"n": [1, 2]}))
    stored = tried(world).firings[0].event
    action = RunDeployment(deployment_id=deployment.id, parameters={"n": "{{ event.payload.n }}"})
    answer = shown(world, action, event_id=stored.id)
    assert answer.ok, answer.problems
    assert answer.parameters == {"n": [1, 2]}
    assert answer.rendered["parameters"] == {"n": [1, 2]}


def test_an_action_is_filled_in_from_an_event_to_think_of(sqlite_world):
    world = sqlite_world
    world.pool()
    deployment = world.deployment()
    action = RunDeployment(
        deployment_id=deployment.id, job_variables={"env": {"A": "{{ automation.name }} {{ event.event }}"}}
    )
    draft = AutomationCreate(**body_of(name="mine"))
    answer = shown(world, action, event=EventDraft(event="e", resource={ID: "r"}), automation=draft)
    assert answer.explanation.job.variables["env"] == {"FROM": "pool", "A": "mine e"}
    with pytest.raises(InvalidInput, match="about a resource"):
        shown(world, action, event=EventDraft(event="e", resource={}))


def test_what_is_wrong_with_an_action_is_told_in_its_place(sqlite_world):
    world = sqlite_world
    world.pool()
    deployment = world.deployment()
    answer = shown(world, RunDeployment(deployment_id=deployment.id, job_variables={"memory": "much"}))
    assert not answer.ok
    assert [problem.path for problem in answer.problems] == ["job_variables.memory"]
    assert answer.explanation.errors
    assert shown(world, DoNothing()).ok


def test_an_event_that_is_not_there_is_told(sqlite_world):
    deployment = sqlite_world.deployment(pool=None)
    with pytest.raises(NotFound, match="There is no event"):
        shown(sqlite_world, RunDeployment(deployment_id=deployment.id), event_id=deployment.id)
