"""Automations as people keep them: made, changed, found, taken away."""

from uuid import uuid4

import pytest
from tests.ops.automations import DOOR, EVERY_FAILURE, Evaluator, automation, body_of, event, firings, happen
from tests.ops.world import ENV_TEMPLATE

from penstock.contract.automation_log import FiringQuery
from penstock.contract.automations import (
    AutomationCriteria,
    AutomationPartialUpdate,
    AutomationQuery,
    AutomationUpdate,
)
from penstock.contract.events import EventQuery
from penstock.contract.filters import AutomationFilter, NamedSort
from penstock.contract.operators import Before, IdIn, TagsAllOrAny, TextIn
from penstock.domain.automations import (
    AutomationCore,
    DoNothing,
    EventTrigger,
    PauseDeployment,
    RunDeployment,
    SendNotification,
)
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.problems import JobVariablesInvalid
from penstock.server import automation_saving


def change(world, made, **given):
    world.call("update_automation", id=made.id, body=AutomationUpdate(**body_of(**given)))


def switch(world, made, enabled):
    world.call("patch_automation", id=made.id, body=AutomationPartialUpdate(enabled=enabled))


def read(world, made):
    return world.call("read_automation", id=made.id)


def found(world, **given):
    query = AutomationQuery(automations=AutomationFilter(**given))
    return [each.name for each in world.call("read_automations", body=query)]


def told(world, name):
    """The events of a name, oldest first."""
    page = world.call("read_events", body=EventQuery())
    return [each for each in page.events[::-1] if each.event == name]


def test_an_automation_is_kept_as_it_was_written(world):
    made = automation(world, name="alarm", description="tells", tags=["a", "b"], trigger=EVERY_FAILURE)
    assert read(world, made) == made
    assert (made.name, made.description, made.tags, made.enabled) == ("alarm", "tells", ["a", "b"], True)
    assert made.actions == [DoNothing()]
    assert made.trigger.id is not None


def test_names_need_not_be_unique(world):
    first, second = (automation(world, name="same") for _ in range(2))
    assert first.id != second.id
    assert world.call("count_automations", body=AutomationCriteria()) == 2


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("read_automation", {}),
        ("update_automation", {"body": AutomationUpdate(**body_of())}),
        ("patch_automation", {"body": AutomationPartialUpdate(enabled=False)}),
        ("delete_automation", {}),
        ("explain_automation", {}),
        ("read_firings", {"body": FiringQuery()}),
    ],
)
def test_what_is_not_there_is_told(sqlite_world, name, more):
    with pytest.raises(NotFound, match="There is no automation"):
        sqlite_world.call(name, id=uuid4(), **more)


def test_an_automation_is_replaced_as_a_whole(world):
    made = automation(world, description="tells", tags=["a"])
    world.clock.advance(seconds=1)
    change(world, made, name="other", enabled=False)
    now = read(world, made)
    assert (now.name, now.description, now.tags, now.enabled) == ("other", "", [], False)
    assert (now.created, now.updated) == (made.created, world.now)
    assert now.trigger == made.trigger


def test_an_automation_goes_with_all_that_it_has_done(served_world):
    world = served_world
    made = automation(world, trigger=EventTrigger(expect=["door.opened"], threshold=2))
    happen(world, *(event() for _ in range(3)))
    Evaluator(world).turn()
    assert len(firings(world, made)) == 1
    world.call("delete_automation", id=made.id)
    assert world.call("count_automations", body=AutomationCriteria()) == 0
    assert world.call("read_automation_rows") == []


def test_automations_are_found_by_what_they_are_called(world):
    first = automation(world, name="a", tags=["x"])
    world.clock.advance(seconds=1)
    automation(world, name="b", tags=["x", "y"])
    assert found(world, name=TextIn(any_=["b"])) == ["b"]
    assert found(world, tags=TagsAllOrAny(all_=["x", "y"])) == ["b"]
    assert found(world, tags=TagsAllOrAny(any_=["x", "z"])) == ["a", "b"]
    assert found(world, id=IdIn(any_=[first.id])) == ["a"]
    assert found(world, created=Before(before_=first.created)) == ["a"]
    latest = world.call("read_automations", body=AutomationQuery(sort=NamedSort.CREATED_DESC, limit=1))
    assert [each.name for each in latest] == ["b"]


def test_automations_are_found_by_what_they_are_about(world):
    world.pool()
    deployment = world.deployment()
    id = f"prefect.deployment.{deployment.id}"
    pause = PauseDeployment(deployment_id=deployment.id)
    automation(world, name="acts", actions=[pause])
    automation(world, name="owned", owner_resource=id)
    automation(world, name="resolves", actions_on_resolve=[pause])
    automation(world, name="watches", trigger=EventTrigger(match={"prefect.resource.id": id}))
    automation(world, name="other")
    related = world.call("read_automations_related_to_resource", resource_id=id)
    assert [each.name for each in related] == ["acts", "owned", "resolves", "watches"]


def test_what_belongs_to_a_resource_goes_with_it(world):
    world.pool()
    deployment = world.deployment()
    automation(world, owner_resource=f"prefect.deployment.{deployment.id}")
    kept = automation(world, owner_resource="prefect.deployment.other")
    world.call("delete_deployment", id=deployment.id)
    assert [a.id for a in world.call("read_automations", body=AutomationQuery())] == [kept.id]
    answer = world.call("delete_automations_owned_by_resource", resource_id="prefect.deployment.other")
    assert answer.deleted == 1
    assert world.call("count_automations", body=AutomationCriteria()) == 0


def test_what_becomes_of_an_automation_is_told(served_world):
    world = served_world
    made = automation(world)
    world.clock.advance(seconds=1)
    switch(world, made, False)
    switch(world, made, False)
    automation(world, name="so that somebody listens")
    world.call("delete_automation", id=made.id)
    resource = {"prefect.resource.id": f"prefect.automation.{made.id}", "prefect.resource.name": "watch"}
    for name, count in [("created", 2), ("updated", 1), ("deleted", 1)]:
        events = told(world, f"prefect.automation.{name}")
        assert len(events) == count, name
        assert events[0].resource == resource
        assert events[0].payload["id"] == str(made.id)
        assert events[0].payload["trigger"]["expect"] == ["door.opened"]


# What could never work is refused.


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"trigger": EventTrigger(posture="Proactive", expect=["x"], within=5)}, "trigger.within"),
        ({"actions": [RunDeployment()]}, "actions.0.deployment_id"),
        ({"actions": [DoNothing(), RunDeployment(deployment_id=uuid4())]}, "actions.1.deployment_id"),
        (
            {"actions_on_resolve": [RunDeployment(source="inferred", parameters={"a": ["{{ event."]})]},
            "actions_on_resolve.0.parameters.a[0]",
        ),
        (
            {"actions": [RunDeployment(source="inferred", job_variables={"env": {"A": "{% for %}"}})]},
            "actions.0.job_variables.env.A",
        ),
        (
            {"actions_on_trigger": [SendNotification(block_document_id=uuid4(), body="{{ x")]},
            "actions_on_trigger.0.body",
        ),
    ],
)
def test_what_could_never_work_is_refused_with_its_place(sqlite_world, given, field):
    with pytest.raises(InvalidInput) as refused:
        automation(sqlite_world, **given)
    assert refused.value.field == field
    assert sqlite_world.call("count_automations", body=AutomationCriteria()) == 0


@pytest.mark.parametrize(
    "job_variables",
    [
        {"env": {"A": "{{ event.payload.a }}", "B": "plain"}},
        {"memory": "{{ event.payload.memory }}"},
        {"memory": {"__prefect_kind": "jinja", "template": "{{ event.payload.memory }}"}},
        {"memory": {"__prefect_kind": "json", "value": "{{ event.payload.memory }}"}},
        {"image": "{{ event.payload.image }}:{{ ctx.flow_run.name }}", "memory": 3},
        {"env.A": "{{ event.id }}"},
    ],
)
def test_a_template_stands_for_some_value(sqlite_world, job_variables):
    sqlite_world.pool()
    deployment = sqlite_world.deployment()
    action = RunDeployment(deployment_id=deployment.id, job_variables=job_variables)
    assert automation(sqlite_world, actions=[action]).actions == [action]


@pytest.mark.parametrize(
    ("job_variables", "path"),
    [
        ({"memory": "much"}, "memory"),
        ({"env": "{{ event.id }}", "memory": "much"}, "memory"),
        ({"imag": "{{ event.payload.image }}"}, "imag"),
    ],
)
@pytest.mark.parametrize("where", ["actions", "actions_on_trigger", "actions_on_resolve"])
def test_job_variables_that_the_pool_does_not_take_are_refused(sqlite_world, job_variables, path, where):
    variables = ENV_TEMPLATE["variables"] | {"x-undeclared": "error"}
    sqlite_world.pool(base_job_template=ENV_TEMPLATE | {"variables": variables})
    deployment = sqlite_world.deployment()
    action = RunDeployment(deployment_id=deployment.id, job_variables=job_variables)
    with pytest.raises(JobVariablesInvalid) as refused:
        automation(sqlite_world, **{"actions": [], where: [action]})
    assert refused.value.field == f"{where}.0.job_variables.{path}"


def test_of_several_automations_the_wrong_one_is_named(sqlite_world):
    world = sqlite_world
    world.pool()
    deployment = world.deployment()
    wrong = RunDeployment(deployment_id=deployment.id, job_variables={"memory": "much"})
    cores = [AutomationCore(name=name, trigger=DOOR, actions=[wrong] if name == "b" else []) for name in "ab"]
    owner = f"prefect.deployment.{deployment.id}"
    with pytest.raises(JobVariablesInvalid) as refused:
        world.store.write(lambda tx: automation_saving.replace_owned(tx, world.me, owner, cores))
    assert refused.value.field == "1.actions.0.job_variables.memory"


def test_what_belongs_to_a_resource_is_what_was_written_last(world):
    def replaced(*cores):
        return world.store.write(
            lambda tx: automation_saving.replace_owned(tx, world.me, "prefect.deployment.x", cores)
        )

    first = replaced(*(AutomationCore(name=name, trigger=DOOR, actions=[]) for name in "ab"))
    world.clock.advance(seconds=1)
    changed = AutomationCore(name="b", trigger=EVERY_FAILURE, actions=[])
    second = replaced(AutomationCore(name="a", trigger=DOOR, actions=[]), changed)
    assert [row["id"] for row in first] == [row["id"] for row in second]
    updated = {a.name: a.updated for a in world.call("read_automations", body=AutomationQuery())}
    assert updated["a"] < updated["b"] == world.now
    assert replaced() == []
    assert world.call("count_automations", body=AutomationCriteria()) == 0


def test_a_deployment_without_a_pool_takes_what_is_said(sqlite_world):
    deployment = sqlite_world.deployment(pool=None)
    action = RunDeployment(deployment_id=deployment.id, job_variables={"anything": 1})
    assert automation(sqlite_world, actions=[action])


@pytest.mark.parametrize("name", ["validate_template", "validate_automation_template"])
def test_templates_are_validated(sqlite_world, name):
    assert sqlite_world.call(name, body="{{ event.payload.x }}") is None
    with pytest.raises(InvalidInput, match="line 2"):
        sqlite_world.call(name, body="a\n{{ event.")


# What it has seen, and when it begins.


def counts(world, made):
    """How many events each of its triggers has seen, the outermost first."""
    explanation = world.call("explain_automation", id=made.id)
    return [[bucket.count for bucket in trigger.buckets] for trigger in explanation.triggers]


TWICE = EventTrigger(expect=["door.opened"], threshold=2)


def test_what_a_trigger_has_seen_survives_a_change_of_the_rest(served_world):
    world = served_world
    made = automation(world, trigger=TWICE)
    happen(world, event())
    Evaluator(world).turn()
    change(world, made, trigger=TWICE, name="other", actions=[])
    assert counts(world, made) == [[1]]
    happen(world, event())
    Evaluator(world).turn()
    assert len(firings(world, made)) == 1


def test_a_changed_trigger_begins_anew(served_world):
    world = served_world
    made = automation(world, trigger=TWICE)
    happen(world, event())
    Evaluator(world).turn()
    change(world, made, trigger=EventTrigger(expect=["door.opened"], threshold=3))
    assert counts(world, made) == [[]]


def test_enabling_begins_anew(served_world):
    world = served_world
    made, evaluator = automation(world, trigger=TWICE), Evaluator(world)
    automation(world, name="so that somebody listens", trigger=EVERY_FAILURE)
    happen(world, event())
    evaluator.turn()
    switch(world, made, False)
    assert counts(world, made) == [[1]]
    happen(world, event())
    world.clock.advance(seconds=1)
    switch(world, made, True)
    happen(world, event())
    evaluator.turn()
    assert (counts(world, made), firings(world, made)) == ([[1]], [])


def test_events_that_wait_are_for_the_actions_of_now(served_world):
    world = served_world
    made = automation(world, trigger=DOOR)
    happen(world, event())
    world.clock.advance(seconds=1)
    change(world, made, trigger=DOOR, actions=[DoNothing(), DoNothing()])
    Evaluator(world).turn()
    assert [len(firing.actions) for firing in firings(world, made)] == [2]


def test_events_that_wait_are_not_for_a_trigger_that_was_changed_since(served_world):
    world = served_world
    made = automation(world, trigger=EVERY_FAILURE)
    happen(world, event())
    world.clock.advance(seconds=1)
    change(world, made, trigger=DOOR)
    Evaluator(world).turn()
    assert firings(world, made) == []
