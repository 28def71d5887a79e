"""What type checkers say of automations: what code may pass is right, and what is refused is wrong."""

import re
import subprocess
import sys

import pytest

PROGRAM = """
from datetime import timedelta
from typing import reveal_type
from uuid import UUID, uuid4
from penstock.automations import (
    Automation, ChangeFlowRunState, CompoundTrigger, DoNothing, EventTrigger, MetricTrigger,
    MetricTriggerOperator, MetricTriggerQuery, PauseWorkPool, Posture, PrefectMetric, ResourceSpecification,
    RunDeployment, SendNotification, SequenceTrigger,
)
from penstock.events import (
    DeploymentEventTrigger, DeploymentSequenceTrigger, Event, FlowRunSubscriber, ReceivedEvent, emit_event,
    get_events_client, get_events_subscriber,
)
from penstock.events.filters import EventFilter, EventNameFilter

labels: dict[str, str] = {"prefect.resource.id": "prefect.flow-run.*"}
names: set[str] = {"a", "b"}
trigger = EventTrigger(
    match=labels, expect=names, after=("c",), for_each={"prefect.resource.id"},
    posture=Posture.Proactive, threshold=2, within=timedelta(minutes=5),
)
EventTrigger(match=ResourceSpecification({"a": ["b"]}), match_related=[labels], expect=["a"], within=60)
query = MetricTriggerQuery(
    name=PrefectMetric.lateness, threshold=60, operator=MetricTriggerOperator.GT, range=timedelta(minutes=10)
)
metric = MetricTrigger(match=labels, metric=query)
inner = SequenceTrigger(triggers=[trigger, metric], within=timedelta(hours=1))
several = CompoundTrigger(triggers=(inner, trigger), require="any", within="PT1H")
run = RunDeployment(
    deployment_id=str(uuid4()), parameters={"a": 1}, job_variables={"env": {"A": "{{ event.id }}"}},
    schedule_after=timedelta(minutes=1), tags={"t"},
)
made = Automation(
    name="x", trigger=several, tags={"a"},
    actions=[run, PauseWorkPool(work_pool_id=uuid4()), ChangeFlowRunState(state="FAILED"), DoNothing()],
    actions_on_resolve=[SendNotification(block_document_id=str(uuid4()), body="over")],
)
Automation(name="y", trigger={"expect": "a"}, actions=[{"type": "do-nothing"}]).create()
reveal_type(made.trigger)
reveal_type(made.id)
if isinstance(made.trigger, EventTrigger):
    reveal_type(made.trigger.expect)
DeploymentEventTrigger(expect=names, within=timedelta(minutes=1), parameters={"a": "b"}, name="n")
DeploymentSequenceTrigger(triggers=[trigger], within=None, enabled=False)
reveal_type(emit_event("a.b", {"prefect.resource.id": "x"}))

async def follow() -> None:
    async with get_events_client() as client:
        await client.emit(Event(event="a", resource={"prefect.resource.id": "x"}))
    async with get_events_subscriber(EventFilter(event=EventNameFilter(prefix=["a"]))) as events:
        async for event in events:
            reveal_type(event)
            reveal_type(event.received)
    async with FlowRunSubscriber(uuid4(), straggler_timeout=1) as told:
        async for each in told:
            print(each.event if isinstance(each, ReceivedEvent) else each.message)

EventTrigger(expectt=["a"])  # wrong
EventTrigger(within=[5])  # wrong
CompoundTrigger(triggers=[trigger])  # wrong
MetricTriggerQuery(name="lateness", threshold=1, operator="=")  # wrong
RunDeployment(deployment_id=5)  # wrong
SendNotification(body="x")  # wrong
Automation(name="x", trigger=trigger)  # wrong
Automation(name="x", trigger=trigger, actions=[trigger])  # wrong
DeploymentEventTrigger(parameterz={})  # wrong
"""

KINDS = ("EventTrigger", "MetricTrigger", "CompoundTrigger", "SequenceTrigger")
TYPES = [
    " | ".join(f"penstock.domain.automations.{kind}" for kind in KINDS),
    "uuid.UUID | None",
    "list[str]",
    "penstock.sdk.events.Event",
    "penstock.sdk.events.ReceivedEvent",
    "datetime.datetime",
]


@pytest.mark.slow
def test_what_is_taken_is_typed_and_what_is_refused_is_not(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    ).stdout
    wrong = [number for number, line in enumerate(PROGRAM.splitlines(), 1) if line.endswith("# wrong")]
    assert sorted({int(line) for line in re.findall(r"program\.py:(\d+): error", checked)}) == wrong, checked
    assert re.findall(r'Revealed type is "(.*)"', checked) == TYPES
