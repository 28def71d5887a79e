"""Triggers of deployments as people write them: what is taken, and how a mistake is told."""

from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import BaseModel

from penstock.domain.automations import CompoundTrigger, EventTrigger
from penstock.domain.errors import InvalidInput
from penstock.sdk.deployments.triggers import (
    deployment_trigger_from,
    deployment_triggers_from,
    written_triggers,
)


def test_numbers_may_come_as_text_from_a_variable_or_a_step():
    read = deployment_trigger_from(
        {
            "enabled": "false",
            "require": "1",
            "triggers": [{"threshold": "3", "within": "60"}, {"expect": "x"}],
            "schedule_after": "90",
        }
    )
    assert read.enabled is False
    assert read.schedule_after == 90.0
    assert read.trigger == CompoundTrigger(
        require=1, triggers=[EventTrigger(threshold=3, within=60.0), EventTrigger(expect=["x"])]
    )


def test_what_is_null_is_left_out():
    read = deployment_trigger_from({"expect": ["x"], "within": None, "parameters": None, "name": None})
    assert (read.trigger, read.name, read.parameters) == (EventTrigger(expect=["x"]), None, None)


def test_ids_of_triggers_are_left_to_the_server():
    assert deployment_trigger_from({"expect": ["x"]}).trigger.id is None


class Size(BaseModel):
    width: int


def test_python_values_become_plain_data_the_same_each_time():
    [written] = written_triggers(
        [
            {
                "expect": {"c", "a", "b"},
                "within": timedelta(minutes=1),
                "parameters": {"size": Size(width=3), "id": UUID(int=1)},
            }
        ]
    )
    assert written == {
        "expect": ["a", "b", "c"],
        "within": "PT60S",
        "parameters": {"size": {"width": 3}, "id": str(UUID(int=1))},
    }
    assert deployment_trigger_from(written).trigger.within == 60.0


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ([{}, {"expect": [1]}], "triggers.1.expect.0"),
        ([{"triggers": [{"expect": ["x"]}, {"within": "soon"}]}], "triggers.0.triggers.1.within"),
        ([{"enabled": "perhaps"}], "triggers.0.enabled"),
        ([{"name": 7}], "triggers.0.name"),
        ([{"job_variables": "x"}], "triggers.0.job_variables"),
        (["text"], "triggers.0"),
    ],
)
def test_a_mistake_is_told_with_its_field(written, field):
    with pytest.raises(InvalidInput) as refused:
        deployment_triggers_from(written)
    assert refused.value.field == field


def test_what_has_no_json_form_is_refused():
    with pytest.raises(InvalidInput, match="cannot be written as JSON"):
        written_triggers([{"parameters": {"x": object()}}])
