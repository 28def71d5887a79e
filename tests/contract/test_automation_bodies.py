"""What clients write of automations is read as they mean it; what can't be meant is refused by its place."""

import json

import pytest

from penstock.contract import codec
from penstock.contract.automation_tests import preview_action, test_automation
from penstock.contract.automations import create_automation
from penstock.domain.automations import CompoundTrigger, EventTrigger, MetricTrigger, Posture, RunDeployment
from penstock.domain.errors import InvalidInput

trying_automation = test_automation
del test_automation

ACTION = {"type": "run-deployment", "source": "inferred", "schedule_after": "PT1H"}


def read(endpoint, **given):
    return codec.decode_body(endpoint, json.dumps(given).encode())


def draft(**given):
    return {"name": "a", "trigger": {"expect": ["x"]}, "actions": [], **given}


def test_durations_may_be_text():
    trigger = {"type": "event", "posture": "Proactive", "within": "PT1M30S"}
    body = read(create_automation, **draft(trigger=trigger, actions=[ACTION]))
    assert body.trigger == EventTrigger(posture=Posture.PROACTIVE, within=90)
    assert body.actions == [RunDeployment(source="inferred", schedule_after=3600)]


def test_triggers_are_told_by_their_fields():
    inner = {"metric": {"name": "lateness", "threshold": 3, "operator": ">", "range": "PT10M"}}
    body = read(create_automation, **draft(trigger={"require": "any", "triggers": [inner], "within": "PT5S"}))
    assert isinstance(body.trigger, CompoundTrigger)
    assert body.trigger.within == 5
    assert isinstance(body.trigger.triggers[0], MetricTrigger)
    assert body.trigger.triggers[0].metric.range == 600


def test_drafts_are_read_like_what_is_saved():
    body = read(trying_automation, automation=draft(actions=[ACTION]), since="2026-01-01T00:00:00Z")
    assert body.automation.trigger == EventTrigger(expect=["x"])
    assert body.automation.actions[0].schedule_after == 3600
    assert read(preview_action, action=ACTION, event=None).action.schedule_after == 3600


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"trigger": {"expct": ["x"]}}, "trigger.expct"),
        ({"trigger": {"within": "soon"}}, "trigger.within"),
        ({"actions": [{"type": "explode"}]}, "actions[0].type"),
        ({"colour": "red"}, "colour"),
        ({"actions": [{**ACTION, "schedule_after": -1}]}, "actions[0].schedule_after"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_place(given, field):
    with pytest.raises(InvalidInput) as refused:
        read(create_automation, **draft(**given))
    assert refused.value.field == field
