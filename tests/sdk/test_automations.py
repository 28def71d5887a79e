"""Automations from Python, on a real server: what users of the reference write, and what is wrong."""

import asyncio
import os
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from tests.server_process import ServerProcess

import penstock.automations
import penstock.events
from penstock import flow
from penstock.automations import (
    Automation,
    ChangeFlowRunState,
    CompoundTrigger,
    DeclareIncident,
    DoNothing,
    EventTrigger,
    MetricTrigger,
    MetricTriggerOperator,
    MetricTriggerQuery,
    PauseWorkPool,
    Posture,
    PrefectMetric,
    ResourceSpecification,
    RunDeployment,
    SequenceTrigger,
    UnknownAction,
)
from penstock.domain.errors import Conflict, InvalidInput, NotFound, ServerUnreachable
from penstock.events import (
    DeploymentCompoundTrigger,
    DeploymentEventTrigger,
    DeploymentMetricTrigger,
    DeploymentSequenceTrigger,
)
from penstock.sdk.engine.session import close_session


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with ServerProcess(tmp_path_factory.mktemp("served")) as server:
        yield server


@pytest.fixture
def here(server, monkeypatch):
    """Python code of this process means `server`."""
    for name in [name for name in os.environ if name.startswith(("PENSTOCK", "PREFECT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_HOME", str(server.home))
    yield server
    close_session()


@pytest.fixture
def deployment_id(here):
    flow_id = here.ask("POST", "/flows/", {"name": "automated"}).json["id"]
    body = {"name": f"d-{uuid4().hex[:8]}", "flow_id": flow_id}
    return here.ask("POST", "/deployments/", body).json["id"]


def test_names_are_where_users_of_the_reference_look_for_them():
    both = {"EventTrigger", "Posture", "RunDeployment", "ResourceSpecification", "SequenceTrigger", "Trigger"}
    assert both <= set(penstock.automations.__all__) <= set(penstock.events.__all__)
    own = {"AutomationCore", "Event", "emit_event", "DeploymentTriggerTypes", "FlowRunSubscriber"}
    assert own <= set(penstock.events.__all__)
    assert penstock.events.RunDeployment is penstock.automations.RunDeployment
    with pytest.raises(AttributeError, match="no_such"):
        _ = penstock.events.no_such


def arrived(**fields):
    return EventTrigger(expect={"file.arrived"}, **fields)


def an_automation(name=None, **fields):
    fields = {"trigger": arrived(), "actions": [DoNothing()], **fields}
    return Automation(name=name or f"a-{uuid4().hex[:8]}", **fields)


# What is written.


def test_sets_timedeltas_text_ids_and_members_are_taken(deployment_id):
    trigger = EventTrigger(
        match=ResourceSpecification({"prefect.resource.id": "prefect.flow-run.*"}),
        expect={"b", "a"},
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        within=timedelta(minutes=5),
    )
    run = RunDeployment(deployment_id=deployment_id, schedule_after=timedelta(seconds=90))
    made = Automation(name="x", trigger=trigger, actions=[run])
    assert made.trigger == EventTrigger(
        match={"prefect.resource.id": "prefect.flow-run.*"},
        expect=["a", "b"],
        for_each=["prefect.resource.id"],
        posture=Posture.PROACTIVE,
        within=300.0,
    )
    assert made.actions == [RunDeployment(deployment_id=UUID(deployment_id), schedule_after=90.0)]


def test_triggers_of_triggers_and_metrics_are_taken():
    query = MetricTriggerQuery(
        name=PrefectMetric.lateness,
        threshold=60,
        operator=MetricTriggerOperator.GT,
        range=timedelta(minutes=10),
    )
    inner = SequenceTrigger(triggers=[arrived(), MetricTrigger(metric=query)], within=timedelta(hours=1))
    made = an_automation(trigger=CompoundTrigger(triggers=[inner, arrived()], require="any"))
    assert made.trigger.triggers[0].within == 3600.0
    assert made.trigger.triggers[0].triggers[1].metric.range == 600.0
    assert made.trigger.triggers[0].triggers[1].metric.operator == ">"


def test_maps_are_as_good():
    made = an_automation(
        trigger={"expect": "file.arrived", "within": "PT1M"}, actions=[{"type": "do-nothing"}]
    )
    assert made.trigger == EventTrigger(expect=["file.arrived"], within=60.0)
    assert made.actions == [DoNothing()]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"trigger": {"expect": ["x"], "within": "soon"}}, "trigger.within"),
        ({"trigger": {"triggers": [{"expectt": []}]}}, "trigger.triggers.0"),
        ({"actions": [{"type": "no-such"}]}, "actions.0.type"),
        ({"actions": [UnknownAction(type="no-such")]}, "actions.0.type"),
        ({"actions": [DeclareIncident()]}, "actions.0.type"),
        ({"actions": [RunDeployment(deployment_id="no id")]}, "actions.0.deployment_id"),
    ],
)
def test_what_cannot_be_read_names_its_field(wrong, field):
    with pytest.raises(InvalidInput) as refused:
        an_automation(**wrong)
    assert (refused.value.field or "").startswith(field)


def test_what_only_the_cloud_does_says_so():
    with pytest.raises(InvalidInput, match="Incidents are declared by Prefect Cloud") as refused:
        an_automation(actions=[DeclareIncident()])
    assert "Send a notification" in (refused.value.hint or "")
    with pytest.raises(InvalidInput, match="Did you mean 'run-deployment'"):
        an_automation(actions=[{"type": "run-deploymnt"}])


# On the server.


def test_an_automation_is_created_read_changed_and_deleted(here, deployment_id):
    made = an_automation(actions=[RunDeployment(deployment_id=deployment_id, parameters={"a": 1})])
    assert made.create() is made
    assert isinstance(made.id, UUID)
    assert (
        Automation.read(id=made.id)
        == Automation.read(name=made.name)
        == Automation.read(str(made.id))
        == made
    )
    made.description, made.trigger = "More.", arrived(threshold=3)
    made.update()
    found = here.ask("GET", f"/automations/{made.id}").json
    assert (found["description"], found["trigger"]["threshold"]) == ("More.", 3)
    assert made.delete() is True
    assert made.delete() is False
    assert here.ask("GET", f"/automations/{made.id}").status == 404


def test_it_is_disabled_and_enabled(here):
    made = an_automation().create()
    assert made.disable() is True
    assert (made.enabled, Automation.read(id=made.id).enabled) == (False, False)
    assert made.enable() is True
    assert (made.enabled, Automation.read(id=made.id).enabled) == (True, True)
    made.delete()
    assert (made.disable(), made.enable()) == (False, False)


def test_in_coroutines_the_same_verbs_are_awaited(here):
    async def live():
        made = await an_automation().create()
        await made.disable()
        found = await Automation.read(id=made.id)
        found.name += "-2"
        await found.update()
        assert (await Automation.read(name=found.name)).enabled is False
        return await found.delete()

    assert asyncio.run(live()) is True


def test_verbs_with_an_a_are_always_awaited(here):
    async def live():
        made = await an_automation().acreate()
        await made.adisable()
        await made.aenable()
        made.description = "!"
        await made.aupdate()
        found = await Automation.aread(id=made.id)
        return found.description, found.enabled, await found.adelete()

    assert asyncio.run(live()) == ("!", True, True)


def test_a_flow_makes_one(here):
    @flow
    def makes():
        return an_automation().create().id

    assert Automation.read(id=makes()).enabled


def test_an_update_keeps_the_ids_of_triggers_that_stay(here):
    made = an_automation(trigger=CompoundTrigger(triggers=[arrived(), arrived(threshold=2)], require="all"))
    made.create()
    ids = [each.id for each in made.trigger.triggers]
    assert None not in ids
    made.trigger.triggers[1].threshold = 5
    made.update()
    after = Automation.read(id=made.id).trigger.triggers
    assert (after[0].id, after[1].threshold) == (ids[0], 5)


def test_names_that_occur_twice_are_read_by_id(here):
    first = an_automation().create()
    second = an_automation(first.name).create()
    with pytest.raises(Conflict, match=r"2 automations are named") as refused:
        Automation.read(name=first.name)
    assert str(first.id) in str(refused.value)
    assert str(second.id) in str(refused.value)


def test_what_is_not_there_is_told_with_the_nearest_name(here):
    made = an_automation().create()
    with pytest.raises(NotFound, match=f"Did you mean '{made.name}'"):
        Automation.read(name=f"{made.name}x")
    with pytest.raises(NotFound):
        Automation.read(id=uuid4())


@pytest.mark.parametrize("given", [{}, {"id": uuid4(), "name": "x"}, {"id": "no id"}])
def test_reading_needs_one_of_id_and_name(given):
    with pytest.raises(InvalidInput):
        Automation.read(**given)


def test_what_was_not_created_cannot_be_changed():
    with pytest.raises(InvalidInput, match="neither created nor read"):
        an_automation().update()


def test_the_server_names_what_it_refuses(here):
    lost = an_automation(actions=[RunDeployment(deployment_id=uuid4())])
    with pytest.raises((InvalidInput, NotFound), match="There is no deployment"):
        lost.create()
    assert lost.id is None
    with pytest.raises(InvalidInput, match="not said"):
        an_automation(actions=[PauseWorkPool()]).create()


def test_without_a_server_nobody_would_evaluate_it(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith(("PENSTOCK", "PREFECT"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path))
    with pytest.raises(ServerUnreachable):
        an_automation().create()
    close_session()


def test_every_kind_of_action_comes_back_as_it_was(here, deployment_id):
    actions = [
        DoNothing(),
        RunDeployment(
            deployment_id=UUID(deployment_id), job_variables={"env": {"A": "{{ event.payload.x }}"}}
        ),
        ChangeFlowRunState(state="CANCELLED", message="{{ event.event }}"),
        PauseWorkPool(source="inferred"),
    ]
    made = an_automation(actions=actions, actions_on_resolve=[DoNothing()], tags=["a", "b"]).create()
    assert Automation.read(id=made.id) == made


# Triggers of deployments.


@pytest.mark.parametrize(
    ("trigger", "wrong"),
    [
        (DeploymentEventTrigger, {"treshold": 3}),
        (DeploymentEventTrigger, {"threshold": "three"}),
        (DeploymentEventTrigger, {"posture": "Proactive", "within": timedelta(seconds=1)}),
        (DeploymentCompoundTrigger, {"triggers": [arrived()], "require": 2}),
        (DeploymentSequenceTrigger, {"triggers": []}),
        (DeploymentMetricTrigger, {"metric": {"name": "lateness"}}),
        (DeploymentEventTrigger, {"schedule_after": "soon"}),
        (DeploymentEventTrigger, {"parameters": [1]}),
    ],
)
def test_a_trigger_that_cannot_be_used_is_refused_where_it_is_written(trigger, wrong):
    with pytest.raises(InvalidInput):
        trigger(**wrong)


def test_triggers_of_deployments_take_what_others_take():
    written = DeploymentCompoundTrigger(
        name="both",
        triggers=[arrived(), {"expect": {"b", "a"}}],
        require="all",
        within=timedelta(minutes=1),
        schedule_after=timedelta(seconds=5),
        parameters={"when": "{{ event.occurred }}"},
    )
    assert written.data["triggers"][1]["expect"] == ["a", "b"]
    assert "both" in repr(written)
