"""Schedules become runs that wait for their time: by the scheduler, and at once when a schedule is edited."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from penstock.contract.flow_runs import Creator
from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments as statements
from penstock.db.statements import waiting_runs
from penstock.domain.errors import InvalidInput
from penstock.domain.planning import Plan, Window, plan
from penstock.domain.schedules import parse_schedule
from penstock.domain.states import scheduled
from penstock.server import new_runs
from penstock.server.caller import Caller
from penstock.server.changes import ALL, changed
from penstock.server.limits import Limits
from penstock.server.new_runs import Destination, NewRun

AUTO_SCHEDULED = "auto-scheduled"
"""Tag of the runs that schedules make."""
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
MAX_ASKED = 1000
"""The most runs of one schedule that can be asked for at once."""


def window_of(limits: Limits, max_runs: int | None = None) -> Window:
    """How far ahead runs are made here; a schedule may want fewer."""
    return Window(
        min_runs=min(limits.schedule_min_runs, max_runs or limits.schedule_min_runs),
        max_runs=min(limits.schedule_max_runs, max_runs or limits.schedule_max_runs),
        ahead=limits.schedule_ahead,
        horizon=limits.schedule_horizon,
    )


def asked_window(
    limits: Limits,
    start: datetime,
    *,
    end: datetime | None,
    min_seconds: float | None,
    min_runs: int | None,
    max_runs: int | None,
) -> Window:
    """How far ahead somebody asks for runs; what is not said is as the limits say.

    Raises:
        InvalidInput: A time near the end of the calendar, where ticks could not be counted on.
    """
    if max(start, end or start) > LATEST:
        raise InvalidInput(f"Runs are not scheduled after {LATEST:%Y-%m-%d}.", field="start_time")
    own = window_of(limits)
    return Window(
        min_runs=own.min_runs if min_runs is None else max(min_runs, 0),
        max_runs=own.max_runs if max_runs is None else min(max(max_runs, 0), MAX_ASKED),
        ahead=own.ahead if min_seconds is None else timedelta(seconds=min(max(min_seconds, 0), 10**10)),
        horizon=own.horizon if end is None else max(end - start, timedelta(0)),
    )


def plan_of(row: Row, start: datetime, window: Window) -> Plan:
    """The ticks that a row of `statements.deployments.to_plan` wants. Raises `InvalidInput`."""
    return plan(parse_schedule(row["schedule"]), start, window)


async def make_runs(tx: Transaction, caller: Caller, row: Row, ticks: list[datetime]) -> int:
    """Make the runs of a schedule for these ticks, unless they are there; how many were new."""
    keys = {tick: waiting_runs.schedule_key(row["schedule_id"], tick.isoformat()) for tick in ticks}
    asked = {"flow_id": row["flow_id"], "keys": list(keys.values())}
    known = {found["idempotency_key"] for found in await tx.fetch_all(waiting_runs.known_keys(), asked)}
    new = [_run(row, tick, key, tx.now) for tick, key in keys.items() if key not in known]
    return sum([await new_runs.make(tx, run, caller) is not None for run in new])


def _run(row: Row, tick: datetime, key: str, now: datetime) -> NewRun:
    return NewRun(
        flow_id=row["flow_id"],
        state=scheduled(tick, now, message="Flow run scheduled"),
        deployment_id=row["id"],
        deployment_version=row["version"],
        to=_destination(row),
        parameters={**row["parameters"], **row["schedule_parameters"]},
        tags=[*row["tags"], AUTO_SCHEDULED],
        labels=row["labels"],
        idempotency_key=key,
        auto_scheduled=True,
        created_by=Creator(id=row["id"], type="DEPLOYMENT", display_value=row["name"]),
    )


def _destination(row: Row) -> Destination | None:
    if row["work_queue_id"] is None:
        return None
    return Destination(
        work_queue_id=row["work_queue_id"],
        work_queue_name=row["work_queue_name"],
        work_pool_id=row["work_pool_id"],
        work_pool_name=row["work_pool_name"],
    )


async def plan_deployment(
    tx: Transaction,
    caller: Caller,
    deployment_id: UUID,
    *,
    window: Window | None = None,
    start: datetime | None = None,
) -> None:
    """Make the runs that the active schedules of a deployment want now.

    Args:
        window: How far ahead; otherwise as the server's limits say.
        start: Only ticks after this moment; after now when left out.
    """
    for row in await tx.fetch_all(statements.to_plan_of(), {"deployment_id": deployment_id}):
        wanted = window or window_of(caller.limits, row["max_scheduled_runs"])
        await make_runs(tx, caller, row, plan_of(row, start or tx.now, wanted).ticks)


async def plan_anew(tx: Transaction, caller: Caller, deployment_id: UUID) -> None:
    """Take back the runs that a deployment's schedules made for the future, and make them as they are now."""
    future = waiting_runs.later_than(tx.now)
    if await tx.execute(waiting_runs.retract(waiting_runs.of_deployment(deployment_id) & future)):
        changed(tx, "flow_runs", ALL)
    await plan_deployment(tx, caller, deployment_id)
