"""The automations of a deployment's triggers, written in the transaction that writes the deployment."""

import pytest

from penstock.contract.automations import AutomationQuery, AutomationUpdate, AutomationWritten
from penstock.domain.automations import EventTrigger
from penstock.domain.deployment_triggers import DeploymentTrigger, owner_of
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.problems import JobVariablesInvalid

ARRIVED, LEFT = EventTrigger(expect=["file.arrived"]), EventTrigger(expect=["file.left"])


@pytest.fixture
def world(served_world):
    served_world.pool()
    return served_world


def automations(world, deployment):
    owner = owner_of(deployment.id)
    found = world.call("read_automations", body=AutomationQuery())
    return {each.name: each for each in found if each.owner_resource == owner}


def test_they_are_replaced_as_a_whole_and_the_same_ones_stay(world):
    flow = world.flow()
    triggers = [DeploymentTrigger(trigger=ARRIVED, name=name) for name in ("same", "changed", "gone")]
    deployment = world.deployment(flow=flow, triggers=triggers)
    before = automations(world, deployment)
    world.clock.advance(seconds=5)
    triggers = [
        DeploymentTrigger(trigger=ARRIVED, name="same"),
        DeploymentTrigger(trigger=LEFT, name="changed"),
        DeploymentTrigger(trigger=LEFT),
    ]
    world.deployment(flow=flow, triggers=triggers)
    after = automations(world, deployment)
    assert sorted(after) == ["changed", "daily__automation_3", "same"]
    assert after["same"] == before["same"]
    assert (after["changed"].id, after["changed"].trigger.expect) == (before["changed"].id, ["file.left"])
    world.deployment(flow=flow)
    assert automations(world, deployment) == after, "nothing was said about triggers"
    world.deployment(flow=flow, triggers=[])
    assert automations(world, deployment) == {}


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        ({"trigger": EventTrigger(threshold=0)}, InvalidInput, "triggers.1"),
        ({"trigger": LEFT, "parameters": {"x": "{{ event. }}"}}, InvalidInput, "triggers.1: parameters.x"),
        (
            {"trigger": LEFT, "job_variables": {"memory": "much"}},
            JobVariablesInvalid,
            "triggers.1.job_variables.memory",
        ),
        ({"trigger": LEFT, "name": "daily__automation_1"}, InvalidInput, "two triggers"),
    ],
)
def test_one_that_cannot_be_used_leaves_all_as_it_was(world, wrong, error, told):
    flow = world.flow()
    good = DeploymentTrigger(trigger=ARRIVED)
    deployment = world.deployment(flow=flow, description="before", triggers=[good])
    before = automations(world, deployment)
    with pytest.raises(error) as refused:
        world.deployment(flow=flow, description="after", triggers=[good, DeploymentTrigger(**wrong)])
    assert told in str(refused.value)
    assert world.call("read_deployment", id=deployment.id).description == "before"
    assert automations(world, deployment) == before


def test_a_new_deployment_with_a_trigger_that_cannot_be_used_is_not_made(world):
    flow = world.flow()
    with pytest.raises(InvalidInput):
        world.deployment(flow=flow, triggers=[DeploymentTrigger(trigger=EventTrigger(threshold=0))])
    with pytest.raises(NotFound):
        world.call("read_deployment_by_name", flow_name=flow.name, deployment_name="daily")


def test_they_go_away_with_the_deployment(world):
    deployment = world.deployment(triggers=[DeploymentTrigger(trigger=ARRIVED)])
    [made] = automations(world, deployment).values()
    world.call("delete_deployment", id=deployment.id)
    with pytest.raises(NotFound):
        world.call("read_automation", id=made.id)


def test_what_people_changed_about_one_is_brought_back(world):
    flow = world.flow()
    trigger = DeploymentTrigger(trigger=ARRIVED, name="mine")
    deployment = world.deployment(flow=flow, triggers=[trigger])
    [made] = automations(world, deployment).values()
    said = {name: getattr(made, name) for name in AutomationWritten.__struct_fields__}
    body = AutomationUpdate(**said | {"description": "by hand", "enabled": False})
    world.call("update_automation", id=made.id, body=body)
    world.deployment(flow=flow, triggers=[trigger])
    [back] = automations(world, deployment).values()
    assert (back.id, back.description, back.enabled) == (made.id, "", True)
