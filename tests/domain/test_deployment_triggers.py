"""Triggers of a deployment are automations that belong to it and run it."""

from uuid import UUID

import pytest

from penstock.domain.automations import EventTrigger, RunDeployment
from penstock.domain.deployment_triggers import (
    DeploymentTrigger,
    as_written,
    automations_of,
    names_of,
    owner_of,
)
from penstock.domain.errors import InvalidInput

ID = UUID(int=1)


def test_each_is_an_automation_that_runs_the_deployment() -> None:
    plain = DeploymentTrigger(trigger=EventTrigger(expect=["a"]))
    named = DeploymentTrigger(
        trigger=EventTrigger(),
        name="mine",
        description="d",
        enabled=False,
        parameters={"p": 1},
        job_variables={"env": {}},
        schedule_after=5.0,
    )
    first, second = automations_of([plain, named], ID, "nightly")
    assert (first.name, second.name) == ("nightly__automation_1", "mine")
    assert first.owner_resource == second.owner_resource == owner_of(ID) == f"prefect.deployment.{ID}"
    assert first.actions == [RunDeployment(deployment_id=ID)]
    assert second.actions == [
        RunDeployment(deployment_id=ID, parameters={"p": 1}, job_variables={"env": {}}, schedule_after=5.0)
    ]
    assert (first.enabled, second.enabled, second.description) == (True, False, "d")


def test_two_of_one_name_are_refused() -> None:
    twins = [DeploymentTrigger(trigger=EventTrigger(), name="x") for _ in range(2)]
    with pytest.raises(InvalidInput) as refusal:
        names_of(twins, "nightly")
    assert refusal.value.field == "triggers.1.name"


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("0.actions[0].parameters.x", "triggers.0.parameters.x"),
        ("1.actions.0.job_variables", "triggers.1.job_variables"),
        ("2.trigger.within", "triggers.2.within"),
        ("2.trigger", "triggers.2"),
        ("name", "name"),
    ],
)
def test_fields_as_people_know_them(field: str, written: str) -> None:
    assert as_written(field) == written
