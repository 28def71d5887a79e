"""Work pools, queues and workers as answers show them, ready or not by when they were last heard of."""

from datetime import datetime, timedelta

from msgspec import convert

from penstock.contract.statuses import WorkerStatus, WorkPoolStatus, WorkQueueStatus
from penstock.contract.work_pools import WorkPoolResponse, WorkPoolStorageConfiguration
from penstock.contract.work_queues import FlowRunSlotSummary, QueueFilter, WorkQueueResponse
from penstock.contract.workers import WorkerResponse
from penstock.db.port import Row
from penstock.domain.states import StateType
from penstock.server.limits import Limits


def is_recent(moment: datetime | None, silence: timedelta, now: datetime) -> bool:
    """Whether something happened within the last `silence`."""
    return moment is not None and now - moment < silence


def work_pool_answer(row: Row, limits: Limits, now: datetime) -> WorkPoolResponse:
    """A pool, from a row of `statements.work_pools`."""
    return WorkPoolResponse(
        id=row["id"],
        created=row["created"],
        updated=row["updated"],
        name=row["name"],
        description=row["description"],
        type=row["type"],
        base_job_template=row["base_job_template"],
        is_paused=row["is_paused"],
        concurrency_limit=row["concurrency_limit"],
        status=pool_status(row, limits, now),
        default_queue_id=row["default_queue_id"],
        storage_configuration=convert(row["storage_configuration"], WorkPoolStorageConfiguration),
        active_slots=row["active_slots"],
    )


def pool_status(row: Row, limits: Limits, now: datetime) -> WorkPoolStatus:
    """Ready if one of its workers was heard of lately."""
    if row["is_paused"]:
        return WorkPoolStatus.PAUSED
    silence = limits.worker_interval * limits.worker_misses
    is_ready = is_recent(row["last_heard"], silence, now)
    return WorkPoolStatus.READY if is_ready else WorkPoolStatus.NOT_READY


def work_queue_answer(row: Row, limits: Limits, now: datetime) -> WorkQueueResponse:
    """A queue, from a row of `statements.work_pools`."""
    is_ready = is_recent(row["last_polled"], limits.queue_silence, now)
    status = WorkQueueStatus.READY if is_ready else WorkQueueStatus.NOT_READY
    return WorkQueueResponse(
        id=row["id"],
        created=row["created"],
        updated=row["updated"],
        name=row["name"],
        description=row["description"],
        is_paused=row["is_paused"],
        concurrency_limit=row["concurrency_limit"],
        priority=row["priority"],
        work_pool_id=row["work_pool_id"],
        filter=convert(row["filter"], QueueFilter | None),
        last_polled=row["last_polled"],
        work_pool_name=row["work_pool_name"],
        status=WorkQueueStatus.PAUSED if row["is_paused"] else status,
        active_slots=row["active_slots"],
    )


def worker_answer(row: Row, limits: Limits, now: datetime) -> WorkerResponse:
    """A worker, from a row of its table."""
    return WorkerResponse(**row, status=worker_status(row, limits, now))


def worker_status(row: Row, limits: Limits, now: datetime) -> WorkerStatus:
    """Online if it has not missed too many of its heartbeats."""
    seconds = row["heartbeat_interval_seconds"]
    interval = timedelta(seconds=seconds) if seconds else limits.worker_interval
    is_online = is_recent(row["last_heartbeat_time"], interval * limits.worker_misses, now)
    return WorkerStatus.ONLINE if is_online else WorkerStatus.OFFLINE


def slot_answer(row: Row, now: datetime) -> FlowRunSlotSummary:
    """A run that takes a place, from a row of `statements.work_pools.slots_of_queue`."""
    return FlowRunSlotSummary(
        id=row["id"],
        name=row["name"],
        state_type=StateType(row["state_type"]) if row["state_type"] else None,
        state_name=row["state_name"],
        start_time=row["start_time"],
        state_timestamp=row["state_timestamp"],
        time_in_current_state=(
            (now - row["state_timestamp"]).total_seconds() if row["state_timestamp"] else None
        ),
    )
