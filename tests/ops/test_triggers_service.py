"""Events are shown to triggers, once and in their order, and what comes of them is written."""

from tests.ops.automations import DOOR, Evaluator, automation, event, firings, happen

from penstock.domain.automations import DoNothing, EventTrigger, Posture


def test_an_event_fires_an_automation_once(served_world):
    world = served_world
    made, other = automation(world), automation(world, trigger=EventTrigger(expect=["window.opened"]))
    evaluator = Evaluator(world)
    happen(world, event(), event("door.closed"))
    evaluator.turn()
    evaluator.turn()
    (firing,) = firings(world, made)
    assert firing.event.event == "door.opened"
    assert [(a.type, a.status) for a in firing.actions] == [("do-nothing", "pending")]
    assert firings(world, other) == []


def test_silence_fires_at_its_deadline_and_not_before(served_world):
    world = served_world
    made = automation(world, trigger=EventTrigger(posture=Posture.PROACTIVE, expect=["beat"], within=60))
    evaluator = Evaluator(world)
    assert evaluator.turn() == 10
    world.clock.advance(seconds=55)
    assert evaluator.turn() == 5
    world.clock.advance(seconds=4.999999)
    assert evaluator.turn() > 0
    assert firings(world, made) == []
    world.clock.advance(seconds=0.000001)
    evaluator.turn()
    assert [firing.state for firing in firings(world, made)] == ["Triggered"]
