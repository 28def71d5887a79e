"""Schedules become runs that wait for their time: by the scheduler, and at once when a schedule is edited."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from penstock.contract.flow_runs import Creator
from penstock.db.port import Row, Transaction
from penstock.db.statements import scheduling as statements
from penstock.db.statements import waiting_runs
from penstock.domain.catch_up import CatchUp, CatchUpDefaults, CatchUpTerms, terms_of
from penstock.domain.errors import InvalidInput
from penstock.domain.planning import Plan, Window, is_tick, look_at, made_up, plan
from penstock.domain.schedules import RRuleSchedule, Schedule, parse_schedule
from penstock.domain.states import scheduled
from penstock.server import new_runs, runs
from penstock.server.bus import LOOK, SCHEDULES
from penstock.server.caller import Caller
from penstock.server.changes import ALL, changed
from penstock.server.limits import Limits
from penstock.server.new_runs import Destination, NewRun
from penstock.server.parameters import check_size

_LOG = logging.getLogger(__name__)

AUTO_SCHEDULED = "auto-scheduled"
"""Tag of the runs that schedules make."""
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
MAX_ASKED = 1000
"""The most runs of one schedule that can be asked for at once, and the most missed ones that are made up."""
_SLACK = 4
"""A look of the scheduler reaches a quarter further than it must."""
_SOON = timedelta(minutes=2)
"""Who waits for runs looks by itself before that: only for earlier ones are they woken."""


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


def terms_for(row: Row, schedule: Schedule, defaults: CatchUpDefaults) -> CatchUpTerms:
    """What holds about missed ticks, from a row that says what the schedule says."""
    policy, seconds = row["catch_up"], row["max_lateness_seconds"]
    lateness = None if seconds is None else timedelta(seconds=seconds)
    said = None if policy is None else CatchUp(policy)
    return terms_of(said, lateness, defaults, is_rule=isinstance(schedule, RRuleSchedule))


class Planned(Struct, frozen=True, kw_only=True):
    """What a schedule is to have."""

    row: Row
    """Of `statements.scheduling.to_plan`."""
    ticks: list[datetime]
    """Those that get runs now, unless they have them."""
    through: datetime
    """All ticks until then have their runs afterwards."""
    look: datetime
    """When it is looked at again."""
    has_moved: bool = False
    """Its time zone has other rules than when it was planned: what waits goes, and is made anew by these."""


def planned_anew(row: Row, limits: Limits, now: datetime) -> Planned:
    """What a schedule that was edited is to have, from now on.

    Raises:
        InvalidInput: The schedule cannot be read.
        TooLarge: Its runs' parameters are larger than this server takes.
    """
    check_runs(row, limits)
    window = window_of(limits, row["max_scheduled_runs"])
    return _planned(row, plan(parse_schedule(row["schedule"]), now, window), now)


def planned_on(row: Row, limits: Limits, now: datetime) -> Planned:
    """What a schedule is to have beside the runs that it had before, as the scheduler sees it.

    Raises:
        InvalidInput: The schedule cannot be read.
        TooLarge: Its runs' parameters are larger than this server takes.
    """
    check_runs(row, limits)
    schedule, before = parse_schedule(row["schedule"]), row["planned_through"]
    window = window_of(limits, row["max_scheduled_runs"])
    wanted = plan(schedule, now, replace(window, slack=window.ahead / _SLACK))
    last = wanted.ticks[-1] if wanted.ticks else now
    # A plan without any tick reached until it was made, which is none, and may be ahead of another clock.
    if wanted.ticks and before is not None and before > now and not is_tick(schedule, before):
        return replace(_planned(row, wanted, now), has_moved=True)
    if before is None or last < before:
        # Nobody knows, or it was planned by a clock that went otherwise: what has a run keeps it.
        return _planned(row, wanted, now)
    ticks = [tick for tick in wanted.ticks if tick > before]
    if before < now:
        ticks = [*_missed(row, schedule, before, now, limits), *ticks]
    return replace(_planned(row, wanted, now), ticks=ticks)


def _planned(row: Row, plan: Plan, now: datetime) -> Planned:
    look = look_at(row["schedule_id"], now, plan.enough_until)
    return Planned(row=row, ticks=plan.ticks, through=max([now, *plan.ticks[-1:]]), look=look)


def _missed(row: Row, schedule: Schedule, since: datetime, now: datetime, limits: Limits) -> list[datetime]:
    """The ticks that passed while no server made runs of them, as far as they are run after all."""
    found = made_up(schedule, since, now, terms_for(row, schedule, limits.catch_up), MAX_ASKED)
    if found.left_out_before is not None:
        _LOG.warning(
            "The deployment %s missed more than %d ticks: those after %s and before %s have no runs.",
            *(row["name"], MAX_ASKED, since.isoformat(), found.left_out_before.isoformat()),
        )
    return found.ticks


async def make_runs(tx: Transaction, caller: Caller, plans: Sequence[Planned]) -> int:
    """Make the runs that schedules are to have, unless they are there; how many were new."""
    for each in plans:
        if each.has_moved:
            await _take_back(tx, each.row)
    new = [(_run(each.row, tick, tx.now), each.row) for each in plans for tick in each.ticks]
    if not new:
        return 0
    listened = bool(plans[0].row["is_listened_to"])
    made = await new_runs.make_scheduled(tx, new, caller, is_listened_to=listened)
    for each in plans:
        if made and each.ticks and each.ticks[0] < tx.now + _SOON:
            runs.wake(tx, each.row["work_pool_id"], each.row["id"])
    return len(made)


async def _take_back(tx: Transaction, row: Row) -> None:
    """Delete the runs that a schedule made for times at which it is not to run any more."""
    which = waiting_runs.of_schedule(row["schedule_id"]) & waiting_runs.later_than(tx.now)
    if await tx.execute(waiting_runs.retract(which)):
        changed(tx, "flow_runs", ALL)
        _LOG.warning("The rules of a time zone have changed: %s is planned anew.", row["name"])


async def note_plans(tx: Transaction, plans: Sequence[Planned]) -> None:
    """Keep how far schedules are planned, and tell every scheduler when they are looked at again."""
    kept = [{"row_id": each.row["schedule_id"], "through": each.through, "look": each.look} for each in plans]
    await tx.execute_many(statements.note_plan(), kept)
    for each in plans:
        tx.notify(LOOK, f"{each.row['schedule_id']} {each.look.isoformat()}")


def _run(row: Row, tick: datetime, now: datetime) -> NewRun:
    return NewRun(
        flow_id=row["flow_id"],
        state=scheduled(tick, now, message="Flow run scheduled"),
        deployment_id=row["id"],
        deployment_version=row["version"],
        to=_destination(row),
        parameters={**row["parameters"], **row["schedule_parameters"]},
        tags=[*row["tags"], AUTO_SCHEDULED],
        labels=row["labels"],
        idempotency_key=waiting_runs.schedule_key(row["schedule_id"], tick.isoformat()),
        auto_scheduled=True,
        schedule_id=row["schedule_id"],
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


def check_runs(row: Row, limits: Limits) -> None:
    """Refuse a schedule whose runs could not be made. Raises `TooLarge`."""
    check_size({**row["parameters"], **row["schedule_parameters"]}, limits.parameter_bytes)


async def make_asked(
    tx: Transaction, caller: Caller, deployment_id: UUID, window: Window, start: datetime
) -> None:
    """Make the runs of a deployment's schedules in a window that somebody asks for, beside those planned."""
    found = await tx.fetch_all(statements.to_plan_of(), {"deployment_id": deployment_id})
    for row in found:
        check_runs(row, caller.limits)
    asked = [_planned(row, plan(parse_schedule(row["schedule"]), start, window), start) for row in found]
    await make_runs(tx, caller, asked)


async def plan_anew(tx: Transaction, caller: Caller, deployment_id: UUID) -> None:
    """Take back the runs that a deployment's schedules made for the future, and make them as they are now."""
    future = waiting_runs.later_than(tx.now)
    if await tx.execute(waiting_runs.retract(waiting_runs.of_deployment(deployment_id) & future)):
        changed(tx, "flow_runs", ALL)
    found = await tx.fetch_all(statements.to_plan_of(), {"deployment_id": deployment_id})
    plans = [planned_anew(row, caller.limits, tx.now) for row in found]
    await make_runs(tx, caller, plans)
    if plans:
        await note_plans(tx, plans)
        tx.notify(SCHEDULES)
