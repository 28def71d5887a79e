"""Events are shown to triggers, once and in their order, and what comes of them is written."""

from datetime import timedelta

import pytest
from tests.ops.automations import Evaluator, automation, event, firings, happen

from penstock.contract.automations import AutomationCriteria, AutomationPartialUpdate
from penstock.contract.events import EventQuery
from penstock.contract.permissions import Role
from penstock.db.event_tables import automation_buckets, automations
from penstock.db.statements import buckets, rows
from penstock.domain.automations import (
    CompoundTrigger,
    DoNothing,
    EventTrigger,
    MetricName,
    MetricQuery,
    MetricTrigger,
    Posture,
    SequenceTrigger,
)
from penstock.domain.events import ID, ROLE
from penstock.domain.triggers.evaluation import observe
from penstock.server.caller import Caller
from penstock.server.emitting import emit
from penstock.server.evaluation import folding
from penstock.server.services.triggers import BATCH

SILENCE = EventTrigger(posture=Posture.PROACTIVE, expect=["beat"], within=60)


def waiting(world):
    asked = {"at_most": 10_000, "at_most_characters": 10**9}
    return world.store.read(lambda tx: tx.fetch_all(buckets.waiting(), asked))


def names_of(world, name):
    page = world.call("read_events", body=EventQuery(limit=500))
    return [each for each in page.events if each.event == name]


def test_an_event_fires_an_automation_once(served_world):
    world = served_world
    made, other = automation(world), automation(world, trigger=EventTrigger(expect=["window.opened"]))
    evaluator = Evaluator(world)
    happen(world, event(), event("door.closed"))
    evaluator.turn()
    evaluator.turn()
    (firing,) = firings(world, made)
    assert (firing.event.event, firing.state, firing.depth) == ("door.opened", "Triggered", 0)
    assert [(a.type, a.status) for a in firing.actions] == [("do-nothing", "pending")]
    assert firings(world, other) == []
    assert waiting(world) == []


def test_what_was_rolled_back_is_not_shown(served_world):
    world = served_world
    made = automation(world)

    async def fails(tx):
        await emit(tx, None, event())
        raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        world.store.write(fails)
    Evaluator(world).turn()
    assert firings(world, made) == []


def test_events_are_shown_in_their_order(served_world):
    world = served_world
    trigger = SequenceTrigger(triggers=[EventTrigger(expect=[name]) for name in ("one", "two", "three")])
    made, evaluator = automation(world, trigger=trigger), Evaluator(world)
    happen(world, event("two"), event("one"), event("three"))
    evaluator.turn()
    assert firings(world, made) == []
    happen(world, event("two"), event("three"))
    evaluator.turn()
    (firing,) = firings(world, made)
    assert firing.event.event == "three"
    assert len(firing.events) == 3


def test_thousands_of_events_are_shown_batch_by_batch(served_world):
    world = served_world
    apart = EventTrigger(expect=["door.opened"], for_each=[ID], threshold=10)
    made, evaluator = automation(world, trigger=apart), Evaluator(world)
    for _ in range(10):
        happen(world, *(event(resource=f"door.{n}") for n in range(200)))
    assert world.store.run(evaluator.service.run_once()).again_in == 0
    assert len(waiting(world)) > BATCH
    evaluator.turn()
    found = firings(world, made, limit=200)
    assert {firing.labels[ID] for firing in found} == {f"door.{n}" for n in range(200)}
    assert len(found) == 200
    assert {len(firing.events) for firing in found} == {10}


def test_events_that_are_very_large_are_shown_a_few_at_a_time(served_world):
    world = served_world
    made, evaluator = automation(world), Evaluator(world)
    evaluator.turn()
    labels = {f"label.{n}": "x" * 1_000 for n in range(400)}
    happen(world, *(event(resource=f"door.{n}", labels=labels) for n in range(25)))
    turn = world.store.run(evaluator.service.run_once())
    assert turn.again_in == 0
    assert 5 <= len(firings(world, made)) < 15
    evaluator.turn()
    found = {firing.event.resource[ID] for firing in firings(world, made)}
    assert found == {f"door.{n}" for n in range(25)}


def test_an_automation_that_is_disabled_sees_nothing(served_world):
    world = served_world
    made = automation(world, enabled=False)
    automation(world, name="so that somebody listens")
    happen(world, event())
    Evaluator(world).turn()
    assert firings(world, made) == []


def test_events_from_before_are_not_for_it(served_world):
    world = served_world
    automation(world, name="so that somebody listens")
    happen(world, event())
    world.clock.advance(seconds=1)
    made = automation(world)
    Evaluator(world).turn()
    assert firings(world, made) == []


def test_what_one_server_does_is_seen_by_another(served_world):
    world = served_world
    here, there = Evaluator(world), Evaluator(world)
    first = automation(world)
    here.turn()
    there.turn()
    second = automation(world)
    happen(world, event())
    there.turn()
    world.call("patch_automation", id=second.id, body=AutomationPartialUpdate(enabled=False))
    happen(world, event())
    here.turn()
    assert [len(firings(world, made)) for made in (first, second)] == [2, 1]


def test_silence_fires_at_its_deadline_and_not_before(served_world):
    world = served_world
    made, evaluator = automation(world, trigger=SILENCE), Evaluator(world)
    assert evaluator.turn() == 10
    world.clock.advance(seconds=55)
    assert evaluator.turn() == 5
    world.clock.advance(seconds=4.999999)
    evaluator.turn()
    assert firings(world, made) == []
    world.clock.advance(seconds=0.000001)
    evaluator.turn()
    (firing,) = firings(world, made)
    assert (firing.state, firing.event, firing.fired - world.now) == ("Triggered", None, timedelta())


def test_what_came_in_time_is_seen_before_the_deadline_is(served_world):
    world = served_world
    made, evaluator = automation(world, trigger=SILENCE), Evaluator(world)
    world.clock.advance(seconds=59)
    happen(world, *(event("other") for _ in range(BATCH)), event("beat"))
    world.clock.advance(seconds=10)
    evaluator.turn()
    assert firings(world, made) == []


def test_a_silence_that_is_over_is_resolved(served_world):
    world = served_world
    ending = [DoNothing(), DoNothing()]
    made, evaluator = automation(world, trigger=SILENCE, actions_on_resolve=ending), Evaluator(world)
    world.clock.advance(seconds=60)
    evaluator.turn()
    world.clock.advance(seconds=1)
    happen(world, event("beat"))
    evaluator.turn()
    assert [(f.state, len(f.actions)) for f in firings(world, made)] == [("Triggered", 1), ("Resolved", 2)]
    assert len(names_of(world, "prefect.automation.resolved")) == 1


def test_a_metric_is_measured_by_what_runs_tell(served_world):
    world = served_world
    query = MetricQuery(name=MetricName.SUCCESSES, threshold=0.5, operator="<")
    made, evaluator = automation(world, trigger=MetricTrigger(metric=query)), Evaluator(world)
    labels = {"prefect.state-type": "FAILED"}
    for _ in range(4):
        happen(world, event("prefect.flow-run.Failed", "prefect.flow-run.1", labels=labels))
        evaluator.turn()
        world.clock.advance(seconds=100)
    evaluator.turn()
    assert [firing.state for firing in firings(world, made)] == ["Triggered"]


def test_a_compound_gathers_what_its_triggers_see(served_world):
    world = served_world
    trigger = CompoundTrigger(
        triggers=[EventTrigger(expect=["a"]), EventTrigger(expect=["b"])], require="all"
    )
    made, evaluator = automation(world, trigger=trigger), Evaluator(world)
    for name in ("b", "b", "a"):
        happen(world, event(name))
        evaluator.turn()
    assert [firing.event.event for firing in firings(world, made)] == ["a"]


def test_a_firing_is_told_as_an_event(served_world):
    world = served_world
    made = automation(world)
    happen(world, event())
    Evaluator(world).turn()
    (firing,) = firings(world, made)
    (told,) = names_of(world, "prefect.automation.triggered")
    assert told.id == firing.id
    assert told.resource == {
        ID: f"prefect.automation.{made.id}",
        "prefect.resource.name": "watch",
        "prefect.posture": "Reactive",
    }
    assert {ID: f"prefect.event.{firing.event_id}", ROLE: "triggering-event"} in told.related
    assert told.payload["triggering_event"]["event"] == "door.opened"


def test_who_listens_to_everything_does_not_hear_themselves(served_world):
    world = served_world
    made, evaluator = automation(world, trigger=EventTrigger()), Evaluator(world)
    evaluator.turn()
    before = len(firings(world, made))
    happen(world, event())
    evaluator.turn()
    assert len(firings(world, made)) == before + 1
    assert world.call("read_automation", id=made.id).enabled


# Loops.


def caused_by(made, depth):
    """The automation's actions as the cause of something."""
    return Caller(principal="it", role=Role.ADMIN, automation_id=made.id, depth=depth)


def by(world, made, depth, *events):
    world.store.write(lambda tx: emit(tx, caused_by(made, depth), *events))


def test_an_automation_that_feeds_itself_is_stopped(served_world):
    world = served_world
    trigger = EventTrigger(expect=["prefect.automation.triggered"])
    made = automation(world, trigger=trigger)
    door, evaluator = automation(world, name="door"), Evaluator(world)
    happen(world, event())
    evaluator.turn()
    now = world.call("read_automation", id=made.id)
    assert not now.enabled
    assert now.stopped.startswith("It feeds itself: 11 firings in a row")
    assert sorted(firing.depth for firing in firings(world, made)) == list(range(1, 11))
    assert world.call("read_automation", id=door.id).enabled
    row = next(row for row in world.call("read_automation_rows") if row.automation.id == made.id)
    assert row.stopped == now.stopped


def test_an_automation_that_fires_too_often_by_what_it_does_is_stopped(served_world):
    world = served_world
    made, evaluator = automation(world), Evaluator(world)
    by(world, made, 1, *(event() for _ in range(60)))
    evaluator.turn()
    assert world.call("read_automation", id=made.id).enabled
    by(world, made, 1, *(event() for _ in range(60)))
    evaluator.turn()
    now = world.call("read_automation", id=made.id)
    assert now.stopped.startswith("It feeds itself: it fired more than 100 times in a minute")
    assert len(firings(world, made, limit=200)) == 100


def test_an_automation_may_fire_often_by_what_others_do(served_world):
    world = served_world
    other = automation(world, name="other", trigger=EventTrigger(expect=["never"]))
    made, evaluator = automation(world), Evaluator(world)
    by(world, other, 1, *(event() for _ in range(150)))
    evaluator.turn()
    assert world.call("read_automation", id=made.id).enabled
    assert len(firings(world, made, limit=200)) == 150


def test_whoever_enables_it_again_takes_the_reason_away(served_world):
    world = served_world
    made, evaluator = automation(world), Evaluator(world)
    by(world, made, 11, event())
    evaluator.turn()
    world.call("patch_automation", id=made.id, body=AutomationPartialUpdate(enabled=True))
    assert "stopped" not in str(world.call("read_automation", id=made.id).stopped)
    happen(world, event())
    evaluator.turn()
    assert len(firings(world, made)) == 1


# Failures of one are not those of others.


def test_an_automation_that_cannot_be_evaluated_is_stopped_alone(served_world, monkeypatch, caplog):
    world = served_world
    broken = automation(world, name="broken", trigger=EventTrigger(expect=["door.*"]))
    other, evaluator = automation(world, name="other"), Evaluator(world)

    def failing(watch, *arguments):
        if watch.id == broken.trigger.id:
            raise ZeroDivisionError("on purpose")
        return observe(watch, *arguments)

    monkeypatch.setattr(folding, "observe", failing)
    happen(world, event())
    evaluator.turn()
    stopped = world.call("read_automation", id=broken.id)
    assert (stopped.enabled, stopped.stopped) == (
        False,
        "It could not be evaluated: ZeroDivisionError: on purpose",
    )
    assert (len(firings(world, broken)), len(firings(world, other))) == (0, 1)
    assert waiting(world) == []
    assert "can't be evaluated" in caplog.text


def test_what_was_seen_and_cannot_be_read_is_not_looked_at_for_ever(served_world):
    world = served_world
    made, evaluator = automation(world, trigger=SILENCE), Evaluator(world)
    evaluator.turn()
    damage = automation_buckets.update().values(state={"kind": "moon"})
    world.store.write(lambda tx: tx.execute(damage))
    world.clock.advance(seconds=60)
    evaluator.turn()
    assert evaluator.turn() == 10
    assert firings(world, made) == []


def test_a_disabled_automation_is_not_looked_at(served_world):
    world = served_world
    made, evaluator = automation(world, trigger=SILENCE), Evaluator(world)
    world.call("patch_automation", id=made.id, body=AutomationPartialUpdate(enabled=False))
    world.clock.advance(seconds=60)
    assert evaluator.turn() == 10
    assert firings(world, made) == []
    world.call("patch_automation", id=made.id, body=AutomationPartialUpdate(enabled=True))
    world.clock.advance(seconds=59)
    assert 0 < evaluator.turn() <= 1
    world.clock.advance(seconds=1)
    evaluator.turn()
    assert [firing.state for firing in firings(world, made)] == ["Triggered"]


def test_an_automation_that_cannot_be_read_is_left_out(served_world, caplog):
    world = served_world
    broken, other = automation(world, name="broken"), automation(world, name="other")

    damage = {"row_id": broken.id, "trigger": {"type": "moon"}}
    world.store.write(lambda tx: tx.execute(rows.update_by_id(automations), damage))
    happen(world, event())
    Evaluator(world).turn()
    assert len(firings(world, other)) == 1
    assert "can't be read" in caplog.text
    assert world.call("count_automations", body=AutomationCriteria()) == 2
