"""Flows, deployments, pools and workers as lists show them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from msgspec import Struct

from penstock.contract.noun_lists import DeploymentRow, FlowRow, WorkerRow, WorkPoolRow
from penstock.contract.schedules import DeploymentSchedule
from penstock.contract.subjects import RunBrief
from penstock.db.port import Row
from penstock.domain.base_job_templates import compile_template
from penstock.domain.states import StateType
from penstock.server.limits import Limits
from penstock.server.views.deployments import deployment_status
from penstock.server.views.run_rows import run_brief
from penstock.server.views.work_pools import pool_status, worker_status


class Runs(Struct, frozen=True):
    """The runs of one thing."""

    recent: Sequence[Row] = ()
    next: Row | None = None

    def shown(self, now: datetime) -> dict[str, Any]:
        """As rows show them."""
        return {
            "recent_runs": [run_brief(row, now) for row in self.recent],
            "next_run": None if self.next is None else run_brief(self.next, now),
        }


def deployment_row(
    row: Row, schedules: Sequence[DeploymentSchedule], runs: Runs, limits: Limits, now: datetime
) -> DeploymentRow:
    """A deployment, from a row of `statements.noun_lists.deployments_page`."""
    return DeploymentRow(
        id=row["id"],
        name=row["name"],
        flow_id=row["flow_id"],
        flow_name=row["flow_name"],
        created=row["created"],
        updated=row["updated"],
        paused=row["paused"],
        status=deployment_status(row, limits, now),
        description=row["description"],
        version=row["version"],
        tags=row["tags"],
        work_pool_name=row["work_pool_name"],
        work_queue_name=row["work_queue_name"],
        concurrency_limit=row["concurrency_limit"],
        active=row["active_slots"],
        schedules=list(schedules),
        overrides=[*row["job_variables"]],
        **runs.shown(now),
    )


def flow_row(
    row: Row,
    states: Mapping[StateType, int],
    seconds: Sequence[float],
    runs: Runs,
    now: datetime,
) -> FlowRow:
    """A flow, from a row of `statements.noun_lists.flows_page`."""
    return FlowRow(
        id=row["id"],
        name=row["name"],
        created=row["created"],
        tags=row["tags"],
        deployments=row["deployments"],
        runs=dict(states),
        median_seconds=median(seconds) if seconds else None,
        **runs.shown(now),
    )


def work_pool_row(
    pool: Row, queues: Sequence[Row], due: Mapping[Any, Row], deployments: int, limits: Limits, now: datetime
) -> WorkPoolRow:
    """A pool, from rows of `statements.capacity.queues` and what is due in each of them."""
    around = queues[0]
    waiting = [due[queue["id"]] for queue in queues if queue["id"] in due]
    return WorkPoolRow(
        id=pool["id"],
        name=pool["name"],
        type=pool["type"],
        description=pool["description"],
        is_paused=pool["is_paused"],
        status=pool_status({**pool, "last_heard": around["last_heard"]}, limits, now),
        concurrency_limit=pool["concurrency_limit"],
        active=around["pool_taken"],
        waiting=sum(row["due"] for row in waiting),
        late=sum(row["late"] for row in waiting),
        queues=sum(queue["id"] is not None for queue in queues),
        deployments=deployments,
        workers_online=around["workers_online"],
        workers_offline=around["workers_known"] - around["workers_online"],
        last_polled=max((q["last_polled"] for q in queues if q["last_polled"]), default=None),
        overridden_defaults=len(compile_template(pool["base_job_template"]).defaults),
    )


def worker_row(row: Row, runs: Sequence[RunBrief], count: int, limits: Limits, now: datetime) -> WorkerRow:
    """A worker, from a row of `statements.noun_lists.all_workers`."""
    return WorkerRow(
        id=row["id"],
        name=row["name"],
        work_pool_name=row["work_pool_name"],
        work_pool_type=row["work_pool_type"],
        created=row["created"],
        last_heartbeat_time=row["last_heartbeat_time"],
        heartbeat_interval_seconds=row["heartbeat_interval_seconds"],
        clock_ahead_seconds=row["clock_ahead_seconds"],
        status=worker_status(row, limits, now),
        runs=list(runs),
        run_count=count,
    )
