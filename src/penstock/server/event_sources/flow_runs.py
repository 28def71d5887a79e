"""Events about flow runs: each state that one enters."""

from uuid import UUID

from msgspec.structs import replace

from penstock.db.port import Row, Transaction
from penstock.db.statements import event_subjects, events
from penstock.domain import worker_events
from penstock.domain.automations import MetricName
from penstock.domain.events import Labels, NewEvent
from penstock.domain.states import State, StateType
from penstock.domain.triggers.metric import MEASURES
from penstock.server.caller import Caller
from penstock.server.emitting import emit
from penstock.server.event_sources import resources, states, work_pools


async def emit_entered(
    tx: Transaction, caller: Caller, run_id: UUID, before: State | None, state: State
) -> None:
    """Tell that a run has entered a state."""
    row = await tx.fetch_one(event_subjects.flow_run(), {"run_id": run_id})
    assert row is not None, "it has just entered a state"
    await emit(tx, caller, entered(row, run_id, before, state), is_listened_to=bool(row["is_listened_to"]))


async def emit_submitted(tx: Transaction, caller: Caller, run_id: UUID, lease: UUID, worker: str) -> None:
    """Tell, once, that a worker has started the job of the claim that got this lease."""
    row = await tx.fetch_one(event_subjects.flow_run(), {"run_id": run_id})
    if row is None or row["work_pool_id"] is None:
        return
    id = worker_events.submitted_id(lease)
    if await tx.fetch_all(events.known([id])):
        return
    parts = [resources.part("flow", row["flow_id"], row["flow_name"])]
    if row["deployment_id"] is not None:
        parts.insert(0, resources.part("deployment", row["deployment_id"], row["deployment_name"]))
    parts.append(resources.part("flow-run", run_id, row["name"]))
    pool = row["work_pool_id"], row["work_pool_name"], row["work_pool_type"]
    event = work_pools.worker(worker, *pool, "submitted-flow-run")
    event = replace(event, id=id, related=[*parts, *event.related])
    await emit(tx, caller, event, is_listened_to=bool(row["is_listened_to"]))


def entered(row: Row, run_id: UUID, before: State | None, state: State) -> NewEvent:
    """The event, which has the id of the state, and follows that of the state before."""
    return NewEvent(
        id=state.id,
        occurred=state.timestamp,
        event=f"prefect.flow-run.{states.name_of(state)}",
        resource=resources.resource(
            "flow-run", run_id, row["name"], **states.labels(state, row["run_count"])
        ),
        related=_parts(row),
        payload={
            "intended": states.intended(before, state),
            "initial_state": states.in_short(before),
            "validated_state": states.in_short(state),
            **_measured(row, state),
        },
        follows=before.id if before else None,
    )


def _measured(row: Row, state: State) -> dict[str, dict[str, float]]:
    """What metric triggers add up, in seconds: ours, beside what the reference's events say."""
    if row["start_time"] is None:
        return {}
    if state.is_terminal:
        return {MEASURES: {MetricName.DURATION: row["total_run_time"].total_seconds()}}
    if state.type is not StateType.RUNNING or row["run_count"] > 1 or row["expected_start_time"] is None:
        return {}
    late = row["start_time"] - row["expected_start_time"]
    return {MEASURES: {MetricName.LATENESS: max(late.total_seconds(), 0.0)}}


def _parts(row: Row) -> list[Labels]:
    parts = [resources.part("flow", row["flow_id"], row["flow_name"])]
    if row["deployment_id"] is not None:
        parts.append(resources.part("deployment", row["deployment_id"], row["deployment_name"]))
    parts += resources.places(row)
    if row["parent_task_run_id"] is not None:
        parts.append(resources.part("task-run", row["parent_task_run_id"], row["parent_task_run_name"]))
    return [*parts, *resources.tags(row["tags"]), *resources.creators(row["created_by"])]
