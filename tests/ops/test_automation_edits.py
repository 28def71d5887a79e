"""Several automations at once, all or none; and two people who edit the same one."""

from uuid import uuid4

import pytest
from tests.ops.automations import automation, body_of

from penstock.contract.automations import (
    AutomationBatch,
    AutomationCreate,
    AutomationCriteria,
    AutomationPartialUpdate,
    AutomationUpdate,
)
from penstock.contract.events import EventQuery
from penstock.domain.automations import EventTrigger, RunDeployment
from penstock.domain.errors import Conflict, InvalidInput


def batch(*fields):
    return AutomationBatch(automations=[AutomationCreate(**body_of(**each)) for each in fields])


def create(world, *fields):
    return world.call("bulk_create_automations", body=batch(*fields))


def count(world):
    return world.call("count_automations", body=AutomationCriteria())


def test_several_are_made_at_once(world):
    made = create(world, {"name": "a"}, {"name": "b"}, {"name": "a"})
    assert [each.name for each in made] == ["a", "b", "a"]
    assert [world.call("read_automation", id=each.id) for each in made] == made


BAD_TEMPLATE = RunDeployment(source="inferred", parameters={"a": "{{ event."})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"trigger": EventTrigger(threshold=0)}, "automations.1.trigger.threshold"),
        ({"actions": [RunDeployment(deployment_id=uuid4())]}, "automations.1.actions.0.deployment_id"),
        ({"actions": [BAD_TEMPLATE]}, "automations.1.actions.0.parameters"),
    ],
    ids=["trigger", "run", "template"],
)
def test_one_that_is_wrong_is_named_and_none_is_made(world, wrong, field):
    with pytest.raises(InvalidInput, match="The automation 'bad': ") as refused:
        create(world, {"name": "good"}, {"name": "bad"} | wrong, {"name": "after"})
    assert (refused.value.field or "").startswith(field)
    assert count(world) == 0
    assert world.call("read_events", body=EventQuery()).events == []


def replace(world, made, **given):
    world.call("update_automation", id=made.id, body=AutomationUpdate(**body_of(**given)))


def test_an_edit_of_what_was_changed_since_it_was_read_is_refused(world):
    made = automation(world)
    world.clock.advance(seconds=1)
    replace(world, made, name="first", seen=made.updated)
    with pytest.raises(Conflict, match=r"'first' was changed at .* after it was read"):
        replace(world, made, name="second", seen=made.updated)
    now = world.call("read_automation", id=made.id)
    assert now.name == "first"
    replace(world, made, name="second", seen=now.updated)


def test_a_pause_is_a_change_too(world):
    made = automation(world)
    world.clock.advance(seconds=1)
    world.call("patch_automation", id=made.id, body=AutomationPartialUpdate(enabled=False))
    with pytest.raises(Conflict):
        replace(world, made, seen=made.updated)


def test_who_does_not_say_what_was_seen_is_not_asked(world):
    made = automation(world)
    world.clock.advance(seconds=1)
    replace(world, made, name="first")
    replace(world, made, name="second")
    assert world.call("read_automation", id=made.id).name == "second"
