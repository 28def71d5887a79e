"""Task runs whose own process tells of them by events, as the reference's client does.

Such an event says all of the task run and which state it has entered. It is recorded as one, and is from then
on the event of that state, which is stored once.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.contract.fields import Labels
from penstock.contract.states import StateDetails, StateType
from penstock.contract.task_runs import RecordedState, TaskInputs, TaskRunPolicy, TaskRunRecord
from penstock.db.port import Transaction
from penstock.domain.errors import AlreadyExists, NotFound
from penstock.domain.events import ID, ROLE, Event
from penstock.domain.moments import Moment
from penstock.domain.states import default_name
from penstock.server.caller import Caller
from penstock.server.event_sources.task_runs import PREFIX
from penstock.server.recording import record

_ORCHESTRATION: Final = "prefect.orchestration"
_FLOW_RUN: Final = "prefect.flow-run."


class _State(Struct):
    """The state that was entered."""

    type: StateType
    name: str | None = None
    message: str | None = None
    state_details: StateDetails | None = None
    data: Any = None


class _TaskRun(Struct):
    """The task run, as its own process knows it."""

    name: str
    task_key: str
    dynamic_key: str
    cache_key: str | None = None
    cache_expiration: Moment | None = None
    task_version: str | None = None
    empirical_policy: TaskRunPolicy | None = None
    tags: list[str] = []
    labels: Labels | None = None
    task_inputs: TaskInputs = {}
    flow_run_run_count: int = 0


class _Telling(Struct):
    """What the payload of such an event holds."""

    validated_state: _State
    task_run: _TaskRun


async def record_told(tx: Transaction, caller: Caller, events: Sequence[Event]) -> list[Event]:
    """Record the task runs that events tell of. Returns the events that tell of none."""
    told: list[tuple[Event, TaskRunRecord]] = []
    others: list[Event] = []
    for event in events:
        said = _record(event)
        if said is None:
            others.append(event)
        else:
            told.append((event, said))
    return others + await _write(tx, caller, told) if told else others


async def _write(tx: Transaction, caller: Caller, told: Sequence[tuple[Event, TaskRunRecord]]) -> list[Event]:
    """Record all that can be. Returns the events of runs that are gone: they happened, so they are kept."""
    in_order = sorted(told, key=lambda each: each[0].occurred)
    try:
        await record(tx, caller, [said for _, said in in_order])
    except (NotFound, AlreadyExists):
        if len(told) == 1:
            return [told[0][0]]
        half = len(told) // 2
        first = await _write(tx, caller, in_order[:half])
        return first + await _write(tx, caller, in_order[half:])
    return []


def _record(event: Event) -> TaskRunRecord | None:
    """What an event tells of a task run; None where it tells of none, or not as it should."""
    if not event.event.startswith(PREFIX) or event.resource.get(_ORCHESTRATION) != "client":
        return None
    try:
        said = msgspec.convert(event.payload, _Telling)
        run_id = UUID(event.resource_id.removeprefix(PREFIX))
        flow_run_id = _flow_run_id(event)
    except (ValueError, msgspec.ValidationError):
        return None
    state, run = said.validated_state, said.task_run
    if event.event != PREFIX + (state.name or default_name(state.type)):
        return None
    return TaskRunRecord(
        id=run_id,
        flow_run_id=flow_run_id,
        name=run.name,
        task_key=run.task_key,
        dynamic_key=run.dynamic_key,
        cache_key=run.cache_key,
        cache_expiration=run.cache_expiration,
        task_version=run.task_version,
        empirical_policy=run.empirical_policy,
        tags=run.tags,
        labels=run.labels or {},
        task_inputs=run.task_inputs,
        flow_run_run_count=run.flow_run_run_count,
        states=[
            RecordedState(
                id=event.id,
                type=state.type,
                timestamp=event.occurred,
                name=state.name,
                message=state.message,
                data=state.data,
                state_details=state.state_details,
            )
        ],
    )


def _flow_run_id(event: Event) -> UUID | None:
    for part in event.related:
        if part[ROLE] == "flow-run" and part[ID].startswith(_FLOW_RUN):
            return UUID(part[ID].removeprefix(_FLOW_RUN))
    return None
