"""What an automation must be before it is kept."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from penstock.domain.automation_checks import check_automation, check_trigger, unchanged
from penstock.domain.automation_reading import automation_from, trigger_from
from penstock.domain.automations import AutomationCore, EventTrigger, Posture
from penstock.domain.errors import InvalidInput

ID = "11111111-1111-4111-8111-111111111111"
OTHER = "21111111-1111-4111-8111-111111111111"
PLAIN: dict[str, Any] = {"expect": ["a"]}


def automation(trigger: Any = PLAIN, *actions: Any, **more: Any) -> AutomationCore:
    return automation_from({"name": "it", "trigger": trigger, "actions": list(actions), **more})


def nested(depth: int) -> dict[str, Any]:
    return {"triggers": [nested(depth - 1)]} if depth > 1 else PLAIN


def metric(**more: Any) -> dict[str, Any]:
    return {"metric": {"name": "duration", "threshold": 1, "operator": ">", **more}}


@pytest.mark.parametrize(
    ("trigger", "field"),
    [
        ({"threshold": 0}, "trigger.threshold"),
        ({"threshold": 10_001}, "trigger.threshold"),
        ({"posture": "Metric"}, "trigger.posture"),
        ({"posture": "Proactive"}, "trigger.within"),
        ({"posture": "Proactive", "within": 9.9}, "trigger.within"),
        ({"within": 366 * 86_400 + 1}, "trigger.within"),
        ({"within": float("inf")}, "trigger.within"),
        ({"within": float("nan")}, "trigger.within"),
        ({"expect": ["a", ""]}, "trigger.expect.1"),
        ({"after": [""]}, "trigger.after.0"),
        ({"for_each": [str(n) for n in range(101)]}, "trigger.for_each"),
        (metric(threshold=float("nan")), "trigger.metric.threshold"),
        (metric(range=1e12), "trigger.metric.range"),
        (metric(firing_for=1e12), "trigger.metric.firing_for"),
        ({"triggers": []}, "trigger.triggers"),
        ({"triggers": [], "require": "any"}, "trigger.triggers"),
        ({"triggers": [PLAIN], "within": 1e12}, "trigger.within"),
        ({"triggers": [PLAIN], "require": 2}, "trigger.require"),
        ({"triggers": [PLAIN], "require": 0}, "trigger.require"),
        ({"triggers": [PLAIN, {"posture": "Proactive", "within": 1}]}, "trigger.triggers.1.within"),
        ({"triggers": [{**PLAIN, "id": ID}, {"expect": ["b"], "id": ID}]}, "trigger.triggers.1.id"),
        (nested(6), "trigger.triggers.0.triggers.0.triggers.0.triggers.0.triggers.0"),
        ({"triggers": [PLAIN] * 20}, "trigger"),
    ],
)
def test_a_trigger_that_cannot_be_kept(trigger: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_automation(automation(trigger))
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "trigger",
    [
        {},
        {"posture": "Proactive", "within": 10},
        {"threshold": 10_000, "within": 366 * 86_400},
        metric(),
        {"triggers": [PLAIN], "require": 1},
        {"triggers": [PLAIN], "require": "any", "within": 0},
        nested(5),
        {"triggers": [PLAIN] * 19},
    ],
)
def test_a_trigger_that_can(trigger: dict[str, Any]) -> None:
    checked = check_automation(automation(trigger))
    assert check_automation(checked) == checked


@pytest.mark.parametrize(
    ("action", "field"),
    [
        ({"type": "run-deployment"}, "actions.0.deployment_id"),
        ({"type": "run-deployment", "source": "inferred", "deployment_id": ID}, "actions.0.deployment_id"),
        ({"type": "pause-work-pool"}, "actions.0.work_pool_id"),
        ({"type": "resume-work-queue"}, "actions.0.work_queue_id"),
        ({"type": "pause-automation"}, "actions.0.automation_id"),
        ({"type": "run-deployment", "deployment_id": ID, "schedule_after": 1e12}, "actions.0.schedule_after"),
        ({"type": "call-webhook"}, "actions.0"),
        ({"type": "call-webhook", "url": "http://x", "block_document_id": ID}, "actions.0"),
    ],
)
def test_an_action_that_cannot_be_kept(action: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_automation(automation(PLAIN, action))
    assert refusal.value.field == field
    with pytest.raises(InvalidInput) as refusal:
        check_automation(automation(PLAIN, "do-nothing", actions_on_resolve=["do-nothing", action]))
    assert refusal.value.field == field.replace("actions.0", "actions_on_resolve.1")


@pytest.mark.parametrize(
    "action",
    [
        {"type": "run-deployment", "deployment_id": ID},
        {"type": "pause-deployment", "source": "inferred"},
        {"type": "call-webhook", "url": "http://x"},
        {"type": "call-webhook", "block_document_id": ID},
        {"type": "cancel-flow-run"},
    ],
)
def test_an_action_that_can(action: dict[str, Any]) -> None:
    assert check_automation(automation(PLAIN, action)).actions


def test_an_automation_has_a_name() -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_automation(automation_from({"name": " ", "trigger": PLAIN, "actions": []}))
    assert refusal.value.field == "name"


def test_ids_are_made_of_what_a_trigger_is() -> None:
    given = {"triggers": [PLAIN, PLAIN, {"expect": ["b"], "id": ID}]}
    first, second = (check_trigger(trigger_from(given)) for _ in range(2))
    assert first == second
    ids = [first.id, *(part.id for part in first.triggers)]  # type: ignore[union-attr]
    assert len(set(ids)) == 4 and None not in ids and ids[3] == UUID(ID)
    assert check_trigger(trigger_from({"expect": ["c"]})).id != check_trigger(trigger_from(PLAIN)).id


def test_what_stays_the_same_is_known_by_its_id() -> None:
    one, two = {**PLAIN, "id": ID}, {"expect": ["b"], "id": OTHER}
    before = check_trigger(trigger_from({"triggers": [one, two]}))
    after = check_trigger(trigger_from({"triggers": [one, {**two, "threshold": 2}]}))
    assert unchanged(before, after) == {UUID(ID)}
    assert unchanged(before, before) == {before.id, UUID(ID), UUID(OTHER)}
    assert unchanged(trigger_from(PLAIN), trigger_from(PLAIN)) == set()


def test_a_posture_may_be_its_word() -> None:
    raw = EventTrigger(posture="Proactive", within=5)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="10 seconds"):
        check_trigger(raw)
    assert Posture.PROACTIVE == "Proactive" and timedelta(seconds=raw.within)
