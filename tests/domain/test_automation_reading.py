"""Automations as people write them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from penstock.domain.automation_reading import automation_from, trigger_from
from penstock.domain.automations import (
    CallWebhook,
    ChangeFlowRunState,
    CompoundTrigger,
    DoNothing,
    EventTrigger,
    MetricTrigger,
    Posture,
    RunDeployment,
    SendNotification,
    SequenceTrigger,
)
from penstock.domain.errors import InvalidInput

ID = "11111111-1111-4111-8111-111111111111"
EVENT = {"expect": ["a"]}
METRIC = {"name": "lateness", "threshold": 1, "operator": ">="}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({}, EventTrigger),
        (EVENT, EventTrigger),
        ({"type": "event"}, EventTrigger),
        ({"type": "EventTrigger"}, EventTrigger),
        ({"type": "DeploymentEventTrigger"}, EventTrigger),
        ({"type": "deployment_event_trigger"}, EventTrigger),
        ({"metric": METRIC}, MetricTrigger),
        ({"triggers": [EVENT]}, SequenceTrigger),
        ({"triggers": [EVENT], "require": "all"}, CompoundTrigger),
        ({"type": "CompoundTrigger", "triggers": EVENT, "require": 1}, CompoundTrigger),
        (EventTrigger(expect=["a"]), EventTrigger),
    ],
)
def test_kinds_of_triggers(data: Any, kind: type) -> None:
    assert isinstance(trigger_from(data), kind)


@pytest.mark.parametrize("within", [90, 90.0, "90", "PT1M30S", timedelta(seconds=90)])
def test_spans_of_time(within: Any) -> None:
    assert trigger_from({"within": within}) == EventTrigger(within=90.0)
    assert trigger_from({"triggers": [], "within": within}) == SequenceTrigger(triggers=[], within=90.0)
    assert (
        trigger_from(
            {"metric": {**METRIC, "range": "PT10M", "firing_for": timedelta(minutes=6)}}
        ).metric.range
        == 600
    )
    run = {"deployment_id": ID, "schedule_after": within}
    read = automation_from({"name": "a", "trigger": {}, "actions": run})
    assert read.actions == [RunDeployment(deployment_id=UUID(ID), schedule_after=90.0)]


@pytest.mark.parametrize("posture", ["Proactive", "proactive", "PROACTIVE", Posture.PROACTIVE])
def test_postures(posture: Any) -> None:
    assert trigger_from({"posture": posture}).posture is Posture.PROACTIVE


def test_sets_single_names_and_values_that_are_no_texts() -> None:
    read = trigger_from(
        {
            "expect": {"b", "a"},
            "after": "c",
            "for_each": None,
            "match": {"n": 1, "yes": True, "many": {2, 1}, "text": "x"},
            "match_related": ({"a": 1.5}, None),
        }
    )
    assert read == EventTrigger(
        expect=["a", "b"],
        after=["c"],
        match={"n": "1", "yes": "true", "many": ["1", "2"], "text": "x"},
        match_related=[{"a": "1.5"}, {}],
    )
    assert trigger_from({"match": None, "expect": ("a",)}) == EventTrigger(expect=["a"])


@pytest.mark.parametrize(
    ("data", "action"),
    [
        ("do-nothing", DoNothing()),
        ({"type": "DoNothing"}, DoNothing()),
        ({"type": "do_nothing"}, DoNothing()),
        ({"job_variables": {"a": 1}}, RunDeployment(job_variables={"a": 1})),
        ({"block_document_id": ID, "body": "b"}, SendNotification(block_document_id=UUID(ID), body="b")),
        ({"url": "http://x"}, CallWebhook(url="http://x")),
        ({"state": "FAILED"}, ChangeFlowRunState(state="FAILED")),
        (DoNothing(), DoNothing()),
    ],
)
def test_actions(data: Any, action: Any) -> None:
    read = automation_from({"name": "a", "trigger": EVENT, "actions": [data], "actions_on_trigger": data})
    assert read.actions == read.actions_on_trigger == [action]


def test_what_was_shown_may_be_handed_back() -> None:
    data = {
        "id": ID,
        "created": "x",
        "updated": "y",
        "name": "a",
        "trigger": EVENT,
        "actions": [],
        "tags": {"b", "a"},
    }
    read = automation_from(data)
    assert read.tags == ["a", "b"]
    assert automation_from(read) == read


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], None),
        ({"name": "a", "actions": []}, None),
        ({"name": 1, "trigger": {}, "actions": []}, "name"),
        ({"name": "a", "trigger": "x", "actions": []}, "trigger"),
        ({"name": "a", "trigger": {"type": "x"}, "actions": []}, "trigger.type"),
        ({"name": "a", "trigger": {"type": 5}, "actions": []}, "trigger.type"),
        ({"name": "a", "trigger": {"posture": "lazy"}, "actions": []}, "trigger.posture"),
        ({"name": "a", "trigger": {"posture": 5}, "actions": []}, "trigger.posture"),
        ({"name": "a", "trigger": {"within": "soon"}, "actions": []}, "trigger.within"),
        ({"name": "a", "trigger": {"within": [1]}, "actions": []}, "trigger.within"),
        ({"name": "a", "trigger": {"expect": [1]}, "actions": []}, "trigger.expect.0"),
        ({"name": "a", "trigger": {"match": "x"}, "actions": []}, "trigger.match"),
        ({"name": "a", "trigger": {"metric": 5}, "actions": []}, "trigger.metric"),
        (
            {"name": "a", "trigger": {"triggers": [{}, {"threshold": "x"}]}, "actions": []},
            "trigger.triggers.1.threshold",
        ),
        ({"name": "a", "trigger": {}, "actions": [5]}, "actions.0"),
        ({"name": "a", "trigger": {}, "actions": [{}]}, "actions.0.type"),
        ({"name": "a", "trigger": {}, "actions": ["explode"]}, "actions.0.type"),
        ({"name": "a", "trigger": {}, "actions": [{"type": "do-nothing", "x": 1}]}, "actions.0"),
    ],
)
def test_what_cannot_be_read(data: Any, field: str | None) -> None:
    with pytest.raises(InvalidInput) as refusal:
        automation_from(data)
    assert refusal.value.field == field
    assert "$" not in str(refusal.value)


def test_a_trigger_beside_a_deployment_has_its_own_path() -> None:
    with pytest.raises(InvalidInput) as refusal:
        trigger_from({"expect": [1]}, "triggers.3")
    assert refusal.value.field == "triggers.3.expect.0"


@pytest.mark.parametrize(
    ("kind", "message", "hint"),
    [
        ("run-deploymnt", "There is no action 'run-deploymnt'", "Did you mean 'run-deployment'?"),
        ("xyzzy", "There is no action 'xyzzy'", "There are: call-webhook, "),
        ("DeclareIncident", "Incidents are declared by Prefect Cloud", "Send a notification"),
    ],
)
def test_an_action_that_is_none_is_told_with_what_there_is(kind: str, message: str, hint: str) -> None:
    with pytest.raises(InvalidInput, match=message) as refused:
        automation_from({"name": "a", "trigger": EVENT, "actions": ["do-nothing", {"type": kind}]})
    assert refused.value.field == "actions.1.type"
    assert (refused.value.hint or "").startswith(hint)
