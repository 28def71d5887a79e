"""Triggers of deployments: the automations that they are, their names, and where a refusal points."""

from uuid import UUID

import pytest

from penstock.domain.automations import AutomationCore, EventTrigger, RunDeployment
from penstock.domain.deployment_triggers import (
    DeploymentTrigger,
    as_written,
    automations_of,
    names_of,
    owner_of,
)
from penstock.domain.errors import InvalidInput

ID = UUID("019b8f60-01b2-7c3d-8e4f-5a6b7c8d9e0f")
TRIGGER = EventTrigger(expect=["file.arrived"])


def test_each_is_an_automation_that_runs_the_deployment():
    written = DeploymentTrigger(
        trigger=TRIGGER,
        description="New files.",
        enabled=False,
        parameters={"path": "{{ event.resource.id }}"},
        job_variables={"env": {"A": "b"}},
        schedule_after=60.0,
    )
    assert automations_of([written], ID, "prod") == [
        AutomationCore(
            name="prod__automation_1",
            description="New files.",
            enabled=False,
            trigger=TRIGGER,
            actions=[
                RunDeployment(
                    deployment_id=ID,
                    parameters={"path": "{{ event.resource.id }}"},
                    job_variables={"env": {"A": "b"}},
                    schedule_after=60.0,
                )
            ],
            owner_resource=owner_of(ID),
        )
    ]
    assert owner_of(ID) == f"prefect.deployment.{ID}"


def test_those_without_a_name_are_numbered_by_their_place():
    triggers = [DeploymentTrigger(trigger=TRIGGER, name=name) for name in ("mine", None, None)]
    assert names_of(triggers, "prod") == ["mine", "prod__automation_2", "prod__automation_3"]


def test_two_of_one_name_are_refused_also_by_accident():
    triggers = [DeploymentTrigger(trigger=TRIGGER, name=name) for name in ("prod__automation_2", None)]
    with pytest.raises(InvalidInput, match="the name of two triggers") as refused:
        names_of(triggers, "prod")
    assert refused.value.field == "triggers.1.name"


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("0.actions[0].parameters.x", "triggers.0.parameters.x"),
        ("1.actions.0.schedule_after", "triggers.1.schedule_after"),
        ("2.trigger.triggers.1.within", "triggers.2.triggers.1.within"),
        ("3.name", "triggers.3.name"),
        ("4", "triggers.4"),
        ("4.", "triggers.4"),
        ("something.else", "something.else"),
        ("", ""),
    ],
)
def test_a_refusal_points_to_what_people_wrote(field, written):
    assert as_written(field) == written
