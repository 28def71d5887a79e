"""Deployments as answers show them."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import convert

from penstock.contract.deployments import ConcurrencyOptions, DeploymentResponse
from penstock.contract.flow_runs import Creator
from penstock.contract.global_limits import GlobalConcurrencyLimitResponse
from penstock.contract.schedules import DeploymentSchedule
from penstock.contract.statuses import DeploymentStatus
from penstock.db.port import Row
from penstock.server.limits import Limits
from penstock.server.views.work_pools import is_recent


def deployment_answer(
    row: Row, schedules: Sequence[DeploymentSchedule], limits: Limits, now: datetime
) -> DeploymentResponse:
    """A deployment, from a row of `statements.deployments`, with its schedules."""
    return DeploymentResponse(
        id=row["id"],
        created=row["created"],
        updated=row["updated"],
        name=row["name"],
        version=row["version"],
        description=row["description"],
        flow_id=row["flow_id"],
        paused=row["paused"],
        schedules=list(schedules),
        concurrency_limit=row["concurrency_limit"],
        global_concurrency_limit=_limit(row),
        concurrency_options=convert(row["concurrency_options"], ConcurrencyOptions | None),
        job_variables=row["job_variables"],
        parameters=row["parameters"],
        tags=row["tags"],
        labels=row["labels"],
        work_queue_name=row["work_queue_name"],
        work_queue_id=row["work_queue_id"],
        last_polled=row["last_polled"],
        parameter_openapi_schema=row["parameter_openapi_schema"],
        path=row["path"],
        pull_steps=row["pull_steps"],
        entrypoint=row["entrypoint"],
        storage_document_id=row["storage_document_id"],
        infrastructure_document_id=row["infrastructure_document_id"],
        created_by=convert(row["created_by"], Creator | None),
        updated_by=convert(row["updated_by"], Creator | None),
        work_pool_name=row["work_pool_name"],
        status=deployment_status(row, limits, now),
        enforce_parameter_schema=row["enforce_parameter_schema"],
    )


def _limit(row: Row) -> GlobalConcurrencyLimitResponse | None:
    """A deployment's limit in the shape in which the reference's clients look for it."""
    if row["shared_name"] is not None:
        return GlobalConcurrencyLimitResponse(
            id=row["global_concurrency_limit_id"],
            created=row["shared_created"],
            updated=row["shared_updated"],
            active=row["shared_active"],
            name=row["shared_name"],
            limit=row["shared_limit"],
            active_slots=int(row["shared_held"]),
            slot_decay_per_second=row["shared_decay"],
        )
    if row["concurrency_limit"] is None:
        return None
    return GlobalConcurrencyLimitResponse(
        id=row["id"],
        created=row["created"],
        updated=row["updated"],
        name=f"deployment:{row['id']}",
        limit=row["concurrency_limit"],
        active_slots=row["active_slots"],
        slot_decay_per_second=0.0,
    )


def deployment_status(row: Row, limits: Limits, now: datetime) -> DeploymentStatus:
    """Ready if a runner asked for its runs lately, or a worker for those of its queue."""
    is_ready = is_recent(row["last_polled"], limits.deployment_silence, now) or is_recent(
        row["queue_last_polled"], limits.queue_silence, now
    )
    return DeploymentStatus.READY if is_ready else DeploymentStatus.NOT_READY
