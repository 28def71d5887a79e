"""A draft is checked as it is typed: all that is wrong is told, each in its place, and is no error."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.contract import codec
from penstock.contract.automation_checks import AutomationCheck, AutomationDraft
from penstock.contract.automations import AutomationCriteria, create_automation
from penstock.domain.errors import InvalidInput

NOTHING = {"type": "do-nothing"}
WEBHOOK = {"type": "call-webhook", "url": "https://example.org"}
UNPARSED = {**WEBHOOK, "payload": "{{ event.id"}


def checked(world: Any, **written: Any) -> AutomationCheck:
    answer: AutomationCheck = world.call("check_automation", body=AutomationDraft(automation=written))
    assert answer.ok == (answer.problems == [])
    return answer


def draft(**given: Any) -> dict[str, Any]:
    return {"name": "a", "trigger": {"type": "event"}, "actions": [NOTHING], **given}


def places(answer: AutomationCheck) -> list[tuple[str, str]]:
    return [(problem.path, problem.rule) for problem in answer.problems]


def test_a_draft_that_could_be_saved_is_so_and_is_not(world):
    world.pool()
    run = {"type": "run-deployment", "deployment_id": str(world.deployment().id)}
    run["job_variables"] = {"env": {"A": "{{ event.id }}"}}
    assert checked(world, **draft(actions=[run, WEBHOOK], tags=["x"])).ok
    assert world.call("count_automations", body=AutomationCriteria()) == 0


def test_all_that_is_wrong_is_told_at_once(world):
    world.pool()
    id = str(world.deployment().id)
    run = {"type": "run-deployment", "deployment_id": id, "job_variables": {"memory": "much", "env": 3}}
    unknown = {"type": "run-deployment", "deployment_id": str(uuid4())}
    answer = checked(
        world,
        name=" ",
        colour="red",
        trigger={"type": "sequence", "triggers": [{"within": -1}, {"type": "event"}]},
        actions=[NOTHING, run, UNPARSED, {"type": "run-deployment"}, unknown],
        actions_on_resolve=[{"type": "explode"}],
    )
    assert places(answer) == [
        ("colour", "invalid-input"),
        ("trigger.triggers[0].within", "invalid-input"),
        ("actions[1].job_variables.env", "type"),
        ("actions[1].job_variables.memory", "type"),
        ("actions[2].payload", "template"),
        ("actions[3].deployment_id", "invalid-input"),
        ("actions[4].deployment_id", "invalid-input"),
        ("actions_on_resolve[0].type", "invalid-input"),
    ]


@pytest.mark.parametrize(
    ("written", "path", "rule"),
    [
        ({}, "name", "required"),
        ({"name": "a", "trigger": {}}, "actions", "required"),
        ({"name": "a", "actions": []}, "trigger", "required"),
        (draft(name=""), "name", "invalid-input"),
        (draft(actions="all"), "actions", "invalid-input"),
        (
            draft(actions=[{"type": "send-notification", "body": ""}]),
            "actions[0].block_document_id",
            "required",
        ),
        (draft(trigger=None), "trigger", "invalid-input"),
        (draft(tags=[1]), "tags[0]", "invalid-input"),
    ],
)
def test_what_is_wrong_is_told_in_its_place(sqlite_world, written, path, rule):
    assert places(checked(sqlite_world, **written)) == [(path, rule)]


def test_the_words_do_not_say_the_place_again(sqlite_world):
    (problem,) = checked(sqlite_world, **draft(colour="red")).problems
    assert problem.message == "Extra inputs are not permitted."


_TRIGGERS = st.sampled_from(
    [{}, {"type": "event", "threshold": 0}, {"posture": "Proactive"}, {"triggers": []}, {"metric": {}}, 7]
)
_ACTIONS = st.lists(
    st.sampled_from([NOTHING, WEBHOOK, UNPARSED, {"type": "explode"}, {"type": "pause-deployment"}, None]),
    max_size=3,
)
_DRAFTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["a", "", 3]),
        "trigger": _TRIGGERS,
        "actions": _ACTIONS,
        "actions_on_trigger": _ACTIONS,
        "tags": st.sampled_from([[], ["x"], [3], "x"]),
        "surplus": st.none(),
    },
)


# What is made is deleted: the next example finds nothing of it.
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_DRAFTS)
def test_a_draft_is_right_exactly_when_it_can_be_saved(sqlite_world, written):
    try:
        body = codec.decode_body(create_automation, msgspec.json.encode(written))
        made = sqlite_world.call("create_automation", body=body)
        sqlite_world.call("delete_automation", id=made.id)
        is_saved = True
    except InvalidInput:
        is_saved = False
    assert checked(sqlite_world, **written).ok == is_saved
