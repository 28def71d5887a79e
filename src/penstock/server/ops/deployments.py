"""Deployments: made and replaced by name, edited, paused and deleted.

Whatever is said about infrastructure is checked against the pool before anything is written, and the runs
that schedules made are planned anew in the transaction of the edit.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import replace

from penstock.contract.deployments import (
    DeploymentBulkDelete,
    DeploymentCreate,
    DeploymentResponse,
    DeploymentUpdate,
    ScheduleDeployment,
)
from penstock.contract.endpoint import Upserted
from penstock.contract.flows import BulkDeleted
from penstock.db.place_tables import deployments
from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments as statements
from penstock.db.statements import filters, limits, rows
from penstock.domain.deployment_triggers import DeploymentTrigger, as_written, automations_of, owner_of
from penstock.domain.errors import InvalidInput
from penstock.domain.ids import new_id
from penstock.domain.names import check_name
from penstock.domain.problems import JobVariablesInvalid
from penstock.server import (
    automation_saving,
    deployment_place,
    named,
    planning,
    runs,
    schedules,
    waiting_runs,
)
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.deployment_place import Place
from penstock.server.event_sources import deployments as event_sources
from penstock.server.ops.registry import operation
from penstock.server.parameters import check_parameters, check_size
from penstock.server.views.deployments import deployment_answer

_STORED_AS_GIVEN = (
    "version",
    "description",
    "paused",
    "tags",
    "parameters",
    "parameter_openapi_schema",
    "enforce_parameter_schema",
    "job_variables",
    "entrypoint",
    "path",
    "pull_steps",
    "concurrency_limit",
    "concurrency_options",
    "global_concurrency_limit_id",
    "storage_document_id",
    "infrastructure_document_id",
    "version_info",
)
_MAY_BE_NULL = frozenset(_STORED_AS_GIVEN) - {
    "paused",
    "tags",
    "parameters",
    "enforce_parameter_schema",
    "job_variables",
}
_CHANGE_WHAT_WAITS = frozenset(
    {"paused", "tags", "parameters", "version", "schedules", "work_pool_name", "work_queue_name"}
)
"""After an edit of these, the runs that schedules made are not what they should be."""


@operation("create_deployment", access="write")
async def create_deployment(
    tx: Transaction, caller: Caller, *, body: DeploymentCreate
) -> Upserted[DeploymentResponse]:
    """Make a deployment, or replace the flow's deployment of that name.

    Raises:
        NotFound: There is no such flow, or no such pool. Nothing is created then.
        JobVariablesInvalid: The job variables don't fit the pool.
        ParameterInvalid: The parameters don't fit the flow.
        TooLarge: The parameters are larger than those of a run may be.
        InvalidInput: One of its triggers cannot be used.
    """
    await named.flow(tx, body.flow_id)
    await _check_limits(tx, body.concurrency_limit, body.global_concurrency_limit_id)
    place = None
    if body.work_pool_name is not None:
        place = await deployment_place.find(tx, body.work_pool_name, body.work_queue_name)
    accepted = await deployment_place.accept_job_variables(tx, place, body.job_variables)
    check_size(body.parameters, caller.limits.parameter_bytes)
    if body.enforce_parameter_schema:
        check_parameters(body.parameter_openapi_schema, body.parameters, complete=False)
    id, created = await _save(tx, caller, body, accepted.job_variables, place)
    await schedules.replace_all(tx, id, body.schedules)
    await planning.plan_anew(tx, caller, id)
    if body.triggers is not UNSET:
        await _save_triggers(tx, caller, id, body.name, body.triggers)
    answer = await _read(tx, caller, id)
    if accepted.warnings:
        answer.job_variable_warnings = list(accepted.warnings)
    return Upserted(answer, created=created)


async def _check_limits(tx: Transaction, own: Any, shared_id: Any) -> None:
    """A deployment has a limit of its own, or one with a name, or none."""
    if not isinstance(shared_id, UUID):
        return
    named.found(await tx.fetch_one(limits.by_id(), {"row_id": shared_id}), "concurrency limit", shared_id)
    if isinstance(own, int):
        message = "A deployment cannot have both a concurrency limit and a global concurrency limit."
        raise InvalidInput(message, field="global_concurrency_limit_id", hint="Leave one of them out.")


def _instead(columns: dict[str, Any]) -> dict[str, Any]:
    """The one of the two limits that goes when the other comes."""
    if columns.get("global_concurrency_limit_id") is not None:
        return {"concurrency_limit": None}
    return {"global_concurrency_limit_id": None} if columns.get("concurrency_limit") is not None else {}


async def _save(
    tx: Transaction, caller: Caller, body: DeploymentCreate, job_variables: Any, place: Place | None
) -> tuple[UUID, bool]:
    """Write the deployment's row; its id, and whether it is new."""
    said = {name: getattr(body, name) for name in _STORED_AS_GIVEN} | {"job_variables": job_variables}
    said |= {"labels": body.labels or {}, "work_queue_id": place.work_queue_id if place else None}
    key = {"flow_id": body.flow_id, "name": check_name(body.name, "deployment name")}
    row = {"id": new_id(tx.now), "created": tx.now, "updated": tx.now, **key, **said}
    known = await tx.fetch_one(statements.by_flow_and_name(), key)
    if known is None and await tx.execute(statements.save(), row):
        changed(tx, "deployments", row["id"])
        await event_sources.emit_created(tx, caller, row["id"])
        return row["id"], True
    known = known or await tx.fetch_one(statements.by_flow_and_name(), key)
    before = named.found(known, "deployment", body.name)
    id: UUID = before["id"]
    await tx.execute(rows.update_by_id(deployments), {"row_id": id, "updated": tx.now, **said})
    changed(tx, "deployments", id)
    await event_sources.emit_updated(tx, caller, before, said)
    return id, False


async def _save_triggers(
    tx: Transaction, caller: Caller, id: UUID, name: str, triggers: Sequence[DeploymentTrigger]
) -> None:
    """Let the deployment have the automations of these triggers and no others."""
    wanted = automations_of(triggers, id, name)
    try:
        await automation_saving.replace_owned(tx, caller, owner_of(id), wanted)
    except JobVariablesInvalid as error:
        raise type(error)([replace(each, path=as_written(each.path)) for each in error.problems]) from None
    except InvalidInput as error:
        error.field = as_written(error.field or "")
        trigger = ".".join(error.field.split(".")[:2])
        error.message = f"{trigger}: {error.message}"
        raise


async def _row(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "deployment", id)


async def _read(tx: Transaction, caller: Caller, id: UUID) -> DeploymentResponse:
    found = (await schedules.of_deployments(tx, [id]))[id]
    shown = [schedules.schedule_answer(row) for row in found]
    return deployment_answer(await _row(tx, id), shown, caller.limits, tx.now)


@operation("update_deployment", access="write")
async def update_deployment(tx: Transaction, caller: Caller, *, id: UUID, body: DeploymentUpdate) -> None:
    """Change a deployment; what is left out stays.

    Raises:
        NotFound: There is no such deployment or pool.
        JobVariablesInvalid: The job variables don't fit the pool.
        ParameterInvalid: The parameters don't fit the flow.
        TooLarge: The parameters are larger than those of a run may be.
    """
    row = await _row(tx, id)
    given = {name for name in body.__struct_fields__ if getattr(body, name) is not UNSET}
    await _check_limits(tx, body.concurrency_limit, body.global_concurrency_limit_id)
    columns = {
        name: value
        for name in given.intersection(_STORED_AS_GIVEN)
        if (value := getattr(body, name)) is not None or name in _MAY_BE_NULL
    }
    columns |= _instead(columns)
    after = row | columns
    place = await _place_after(tx, row, body, given)
    if given & {"work_pool_name", "work_queue_name"}:
        columns["work_queue_id"] = place.work_queue_id if place else None
    if given & {"job_variables", "work_pool_name"}:
        accepted = await deployment_place.accept_job_variables(tx, place, after["job_variables"])
        columns["job_variables"] = accepted.job_variables
    if "parameters" in given:
        check_size(after["parameters"], caller.limits.parameter_bytes)
    if after["enforce_parameter_schema"] and given & {"parameters", "parameter_openapi_schema"}:
        check_parameters(after["parameter_openapi_schema"], after["parameters"], complete=False)
    await tx.execute(rows.update_by_id(deployments), {"row_id": id, "updated": tx.now, **columns})
    changed(tx, "deployments", id)
    await event_sources.emit_updated(tx, caller, row, columns)
    if body.schedules is not UNSET:
        await schedules.replace_all(tx, id, body.schedules)
    if given & _CHANGE_WHAT_WAITS:
        await planning.plan_anew(tx, caller, id)
    if columns.keys() & {"concurrency_limit", "global_concurrency_limit_id"}:
        runs.wake(tx, row["work_pool_id"], id)  # there may be room for some that wait


async def _place_after(tx: Transaction, row: Row, body: DeploymentUpdate, given: set[str]) -> Place | None:
    """Where the deployment's runs go after an edit."""
    pool = body.work_pool_name if "work_pool_name" in given else row["work_pool_name"]
    if not isinstance(pool, str):
        return None
    stays = pool == row["work_pool_name"] and "work_queue_name" not in given
    queue = row["work_queue_name"] if stays else body.work_queue_name
    return await deployment_place.find(tx, pool, queue if isinstance(queue, str) else None)


@operation("pause_deployment", access="write")
async def pause_deployment(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Let a deployment's schedules make no runs, and drop those that wait."""
    row = await _row(tx, id)
    await tx.execute(rows.update_by_id(deployments), {"row_id": id, "updated": tx.now, "paused": True})
    changed(tx, "deployments", id)
    await event_sources.emit_updated(tx, caller, row, {"paused": True})
    await waiting_runs.retract(tx, waiting_runs.of_deployment(id))


@operation("resume_deployment", access="write")
async def resume_deployment(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Let a deployment's schedules make runs again."""
    row = await _row(tx, id)
    await tx.execute(rows.update_by_id(deployments), {"row_id": id, "updated": tx.now, "paused": False})
    changed(tx, "deployments", id)
    await event_sources.emit_updated(tx, caller, row, {"paused": False})
    await planning.plan_anew(tx, caller, id)


@operation("schedule_deployment", access="write")
async def schedule_deployment(tx: Transaction, caller: Caller, *, id: UUID, body: ScheduleDeployment) -> None:
    """Schedule the runs of a deployment's schedules now, without waiting for the scheduler."""
    await _row(tx, id)
    start = body.start_time or tx.now
    window = planning.asked_window(
        caller.limits,
        start,
        end=body.end_time,
        min_seconds=body.min_time,
        min_runs=body.min_runs,
        max_runs=body.max_runs,
    )
    await planning.make_asked(tx, caller, id, window, start)


@operation("delete_deployment", access="write")
async def delete_deployment(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a deployment with its schedules, the runs that wait for them, and its triggers' automations.

    Other runs that have not started are cancelled, since their code could not be found any more; runs that
    were claimed have all that they need, and go on.
    """
    row = await _row(tx, id)
    why = f"The deployment {row['name']!r} was deleted."
    await waiting_runs.cancel(tx, caller, waiting_runs.of_deployment(id), why)
    await automation_saving.remove_owned(tx, caller, owner_of(id))
    await event_sources.emit_deleted(tx, caller, id)
    await tx.execute(rows.delete_by_id(deployments), {"row_id": id})
    changed(tx, "deployments", id)


@operation("bulk_delete_deployments", access="write")
async def bulk_delete_deployments(
    tx: Transaction, caller: Caller, *, body: DeploymentBulkDelete
) -> BulkDeleted:
    """Delete the deployments that meet the criteria."""
    found = await tx.fetch_all(rows.ids(deployments, filters.matching(body.deployments), body.limit))
    for row in found:
        await delete_deployment(tx, caller, id=row["id"])
    return BulkDeleted(deleted=[row["id"] for row in found])
