"""Why an automation fired or not, in sentences; and the rows and the log that pages show."""

from uuid import uuid4

import pytest
from tests.ops.automations import DOOR, Evaluator, automation, event, firings, happen
from tests.ops.world import World

from penstock.contract.automation_log import FiringQuery
from penstock.contract.automations import AutomationPartialUpdate
from penstock.db.event_tables import automation_actions
from penstock.db.statements import rows
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
from penstock.domain.errors import NotFound
from penstock.domain.events import ID, ROLE


def explained(world, made):
    return world.call("explain_automation", id=made.id)


def reasons(world, made):
    return explained(world, made).reasons


THREE = EventTrigger(expect=["door.opened"], threshold=3, within=60)


def test_a_new_automation_says_since_when_it_counts(served_world):
    made = automation(served_world)
    assert reasons(served_world, made) == [
        "Still to be looked at: 1 event.",
        "It counts what was received since 00:59:59 UTC; what came before is not for it.",
        "No event named door.opened came in the last 24 h.",
    ]


def test_a_disabled_one_says_so(sqlite_world):
    world = sqlite_world
    made = automation(world)
    world.call("patch_automation", id=made.id, body=AutomationPartialUpdate(enabled=False))
    assert "Disabled since 00:59:59 UTC: enable it, and it fires again." in reasons(world, made)


def test_it_says_how_far_it_has_counted(served_world):
    world = served_world
    made = automation(world, trigger=THREE)
    happen(world, event(), event())
    world.clock.advance(seconds=20)
    Evaluator(world).turn()
    told = explained(world, made)
    (bucket,) = told.triggers[0].buckets
    assert (bucket.count, bucket.threshold, bucket.key) == (2, 3, [])
    assert bucket.words == "2 of 3 events seen since 00:59:59 UTC; the rest must come within 40 s."
    assert bucket.words in told.reasons
    world.clock.advance(seconds=60)
    assert (
        "2 of 3 events seen since 00:59:59 UTC; that is more than 1 min ago"
        in explained(world, made).reasons[-1]
    )


def test_it_says_what_nearly_matched(served_world):
    world = served_world
    match = {ID: "door.1", "floor": ["1", "2"]}
    made = automation(world, trigger=EventTrigger(expect=["door.opened"], match=match))
    happen(world, *(event(resource="door.2", labels={"floor": "1"}) for _ in range(17)), event("bell"))
    Evaluator(world).turn()
    told = explained(world, made)
    trigger = told.triggers[0]
    assert (trigger.named_24h, trigger.matched_24h) == (17, 0)
    (near,) = trigger.near_misses
    assert (near.event, near.resource_id) == ("door.opened", "door.2")
    (miss,) = near.misses
    assert (miss.part, miss.label, miss.wanted, miss.found) == ("match", ID, ["door.1"], "door.2")
    assert told.reasons[-1] == (
        "17 events named door.opened came in the last 24 h, and none matched: "
        "prefect.resource.id was 'door.2', wanted 'door.1'."
    )


def test_a_related_resource_that_is_missing_is_told(sqlite_world):
    world = sqlite_world
    wanted = {ID: "house.1", ROLE: "house"}
    made = automation(world, trigger=EventTrigger(expect=["door.opened"], match_related=wanted))
    happen(world, event())
    assert "no resource was related to it" in reasons(world, made)[-1]
    other = [{ID: "garden", ROLE: "garden"}, {ID: "house.2", ROLE: "house"}]
    world.clock.advance(seconds=1)
    happen(world, event(related=other))
    near = explained(world, made).triggers[0].near_misses
    assert [miss.words for miss in near[0].misses] == [
        "a related resource's prefect.resource.id was 'house.2', wanted 'house.1'"
    ]


def test_a_label_by_which_it_counts_is_missed(sqlite_world):
    made = automation(sqlite_world, trigger=EventTrigger(expect=["door.opened"], for_each=["floor"]))
    happen(sqlite_world, event())
    assert "it has no label floor, by which events are counted apart" in reasons(sqlite_world, made)[-1]


def test_what_came_too_early_is_told(sqlite_world):
    world = sqlite_world
    automation(world, name="so that somebody listens")
    happen(world, event())
    world.clock.advance(seconds=1)
    made = automation(world)
    assert "it came before the automation was made, enabled or changed" in reasons(world, made)[-1]


def test_it_says_when_it_fired_last(served_world):
    world = served_world
    made = automation(world)
    happen(world, event(), event())
    Evaluator(world).turn()
    told = explained(world, made)
    assert (told.firings_24h, told.pending_actions) == (2, 2)
    assert "It fired 2 times in the last 24 h, and last at 00:59:59 UTC." in told.reasons
    assert told.triggers[0].matched_24h == 2


def test_a_silence_that_it_waits_for_is_told(served_world):
    world = served_world
    made = automation(world, trigger=EventTrigger(posture=Posture.PROACTIVE, expect=["beat"], within=60))
    world.clock.advance(seconds=15)
    (bucket,) = explained(world, made).triggers[0].buckets
    assert bucket.words == "Waits since 00:59:59 UTC; unless beat comes within 45 s, it fires."
    world.clock.advance(seconds=45)
    Evaluator(world).turn()
    (bucket,) = explained(world, made).triggers[0].buckets
    assert bucket.words.startswith("It fired for the silence that began at 00:59:59 UTC, which is not over")


def test_each_value_that_is_counted_apart_is_told(served_world):
    world = served_world
    apart = EventTrigger(expect=["door.opened"], threshold=2, for_each=[ID])
    made = automation(world, trigger=apart)
    happen(world, *(event(resource=f"door.{n}") for n in range(30)))
    Evaluator(world).turn()
    trigger = explained(world, made).triggers[0]
    assert (trigger.bucket_count, len(trigger.buckets)) == (30, 20)
    assert trigger.reasons[0].endswith("1 of 2 events seen since 00:59:59 UTC.")
    assert trigger.reasons[0].startswith("door.")


def test_triggers_inside_are_told_one_by_one(served_world):
    world = served_world
    inner = SequenceTrigger(triggers=[EventTrigger(expect=["a"]), EventTrigger(expect=["b"])])
    trigger = CompoundTrigger(triggers=[inner, EventTrigger(expect=["c"])], require="all", within=3600)
    made = automation(world, trigger=trigger)
    happen(world, event("c"), event("a"))
    Evaluator(world).turn()
    told = explained(world, made)
    assert [each.path for each in told.triggers] == [
        "",
        "triggers[0]",
        "triggers[0].triggers[0]",
        "triggers[0].triggers[1]",
        "triggers[1]",
    ]
    assert told.triggers[0].words == "Fires when 2 of its 2 triggers have, within 1 h."
    assert told.triggers[0].buckets[0].words == (
        "1 of 2 triggers have fired: triggers[1] at 00:59:59 UTC; the rest must fire within 1 h."
    )
    assert told.triggers[1].buckets[0].words == "1 of 2 triggers have fired: triggers[0] at 00:59:59 UTC."


def test_what_was_measured_is_told(served_world):
    world = served_world
    query = MetricQuery(name=MetricName.SUCCESSES, threshold=0.5, operator="<")
    made = automation(world, trigger=MetricTrigger(metric=query))
    happen(
        world, event("prefect.flow-run.Failed", "prefect.flow-run.1", labels={"prefect.state-type": "FAILED"})
    )
    Evaluator(world).turn()
    (bucket,) = explained(world, made).triggers[0].buckets
    assert bucket.words == (
        "The successes of 1 run is 0, and has been < 0.5 since 00:59:59 UTC; "
        "if that holds for 5 min more, it fires."
    )


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        (EventTrigger(), "Fires when any event comes."),
        (EventTrigger(expect=["a"], within=60), "Fires when a comes."),
        (
            EventTrigger(expect=["a", "b", "c"], after=["d"], threshold=3, within=90, for_each=["x", "y"]),
            "Fires when a, b or c comes 3 times within 90 s after d, counted apart for each x, y.",
        ),
        (
            EventTrigger(posture=Posture.PROACTIVE, expect=["a"], after=["b"], threshold=2, within=86_400),
            "Fires when 2 of a does not come within 1 d after b.",
        ),
        (
            MetricTrigger(metric=MetricQuery(name=MetricName.DURATION, threshold=10, operator=">=")),
            "Fires when the duration of runs over the last 5 min is >= 10 for 5 min.",
        ),
        (
            CompoundTrigger(triggers=[DOOR, EventTrigger(expect=["a"])], require="any"),
            "Fires when 1 of its 2 triggers have.",
        ),
        (
            SequenceTrigger(triggers=[DOOR, EventTrigger(expect=["a"])], within=5),
            "Fires when its 2 triggers have, in their order, within 5 s.",
        ),
    ],
)
def test_what_a_trigger_waits_for_is_said(sqlite_world, trigger, words):
    made = automation(sqlite_world, trigger=trigger)
    assert explained(sqlite_world, made).triggers[0].words == words


# The rows of the page, and the log.


def ended(world: World, made, status, reason=None):
    """Let all actions of an automation have ended in one way."""
    for firing in firings(world, made, limit=200):
        for action in firing.actions:
            columns = {"row_id": action.id, "status": status, "reason": reason, "ended": world.now}
            world.store.write(lambda tx, c=columns: tx.execute(rows.update_by_id(automation_actions), c))


def test_rows_tell_what_became_of_each_lately(served_world):
    world = served_world
    made, quiet = automation(world, name="b"), automation(world, name="a", trigger=EventTrigger(expect=["x"]))
    happen(world, event())
    Evaluator(world).turn()
    ended(world, made, "failed", "It was no good.")
    first, second = world.call("read_automation_rows")
    assert (first.automation.id, first.last_fired, first.firings_24h) == (quiet.id, None, 0)
    assert (second.automation.id, second.last_fired, second.firings_24h) == (made.id, world.now, 1)
    assert (second.last_error, second.failed_24h, second.last_error_at) == ("It was no good.", 1, world.now)
    world.clock.advance(hours=25)
    _, second = world.call("read_automation_rows")
    assert (second.firings_24h, second.failed_24h) == (0, 0)
    happen(world, event())
    Evaluator(world).turn()
    ended(world, made, "done")
    assert world.call("read_automation_rows")[1].last_error is None


def test_the_log_is_read_page_by_page(served_world):
    world = served_world
    made = automation(world, actions=[DoNothing(), DoNothing()])
    happen(world, *(event() for _ in range(5)))
    Evaluator(world).turn()
    whole = world.call("read_firings", id=made.id, body=FiringQuery())
    assert [firing.fired for firing in whole] == sorted((f.fired for f in whole), reverse=True)
    assert [[action.position for action in firing.actions] for firing in whole] == [[0, 1]] * 5
    read, before = [], None
    while page := world.call("read_firings", id=made.id, body=FiringQuery(limit=2, before=before)):
        read += page
        before = page[-1].id
    assert read == whole
    with pytest.raises(NotFound, match="There is no firing"):
        world.call("read_firings", id=made.id, body=FiringQuery(before=uuid4()))
