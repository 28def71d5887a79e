"""Home: what needs somebody, what is under way and what comes next."""

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from penstock import __version__
from penstock.contract.overview import MAX_ATTENTION, Attention, Overview, PoolCapacity, ServiceHealth
from penstock.contract.statuses import WorkPoolStatus
from penstock.contract.subjects import Subject, SubjectKind
from penstock.db.port import Row, Transaction
from penstock.db.statements import capacity, firings, run_lists
from penstock.db.statements import overview as statements
from penstock.domain.attention import (
    SHOWN_RUNS,
    FailingDeployment,
    LateGroup,
    StuckGroup,
    by_urgency,
    failing_case,
    late_cases,
    stuck_case,
)
from penstock.domain.errors import InvalidInput
from penstock.domain.planning import Window, plan
from penstock.domain.schedules import parse_schedule
from penstock.domain.states import StateType
from penstock.domain.waiting import why_not_taken
from penstock.domain.waiting_facts import Around, DeploymentFacts, Place, QueueFacts
from penstock.server import waiting_places
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.run_rows import flow_run_row, run_brief

LISTED_RUNS = 10
CANCELLING_FOR_LONG = timedelta(seconds=60)
JUDGED_SINCE = timedelta(days=7)
LONGEST_STREAK = 10
"""So many runs of a deployment that fails are looked at."""
MOST_UNPLANNED = 20
"""So many schedules without a run to come are looked at."""


@operation("read_overview", access="read")
async def read_overview(tx: Transaction, caller: Caller) -> Overview:
    """What needs somebody, what is under way and what comes next."""
    began = time.monotonic()
    moments = {"now": tx.now, "late_before": tx.now - caller.limits.late_after}
    numbers = await tx.fetch_one(statements.numbers(), {"late_before": moments["late_before"]})
    assert numbers is not None, "one row of numbers"
    due = {row["work_queue_id"]: row for row in await tx.fetch_all(statements.due_by_queue(), moments)}
    queues = await waiting_places.queues(tx, caller.limits)
    attention = by_urgency([*await _late(tx, caller, queues), *await _stuck(tx, caller), *await _failing(tx)])
    pools = _pools(queues, due)
    shown = {"at_most": LISTED_RUNS}
    next_runs = await tx.fetch_all(run_lists.next_runs(), {"now": tx.now, **shown})
    last_runs = await tx.fetch_all(run_lists.last_runs(), shown)
    services = await _services(tx, caller, numbers)
    known = {row["pool_id"]: row for row in queues}.values()
    online = sum(row["workers_online"] for row in known)
    return Overview(
        version=__version__,
        database=numbers["database"],
        database_seconds=time.monotonic() - began,
        services=services,
        workers_online=online,
        workers_offline=sum(row["workers_known"] for row in known) - online,
        running=numbers["running"],
        pending=numbers["pending"],
        late=sum(row["late"] for row in due.values()),
        scheduled=numbers["scheduled"],
        attention=attention[:MAX_ATTENTION],
        attention_count=len(attention),
        pools=pools,
        next_runs=[flow_run_row(row, tx.now) for row in next_runs],
        last_runs=[flow_run_row(row, tx.now) for row in last_runs],
        is_empty=not numbers["has_flows"] and not numbers["has_pools"],
    )


def _pools(queues: Sequence[Row], due: dict[UUID, Row]) -> list[PoolCapacity]:
    by_pool: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in queues:
        by_pool[row["pool_id"]].append(row)
    return [_pool(rows, due) for rows in by_pool.values()]


def _pool(rows: Sequence[Row], due: dict[UUID, Row]) -> PoolCapacity:
    first = rows[0]
    status = WorkPoolStatus.READY if first["workers_online"] else WorkPoolStatus.NOT_READY
    return PoolCapacity(
        name=first["pool_name"],
        type=first["pool_type"],
        status=WorkPoolStatus.PAUSED if first["pool_is_paused"] else status,
        workers_online=first["workers_online"],
        active=first["pool_taken"],
        limit=first["pool_limit"],
        waiting=sum(due[row["id"]]["due"] for row in rows if row["id"] in due),
    )


def _by_group(found: Sequence[Row], *key: str) -> list[list[Row]]:
    """Rows that stand for one group each, which follow one another in it."""
    groups: defaultdict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in found:
        groups[tuple(row[name] for name in key)].append(row)
    return list(groups.values())


async def _late(tx: Transaction, caller: Caller, queues: Sequence[Row]) -> list[Attention]:
    found = await tx.fetch_all(statements.late(tx.now - caller.limits.late_after))
    if not found:
        return []
    deployment_ids = {row["deployment_id"] for row in found} - {None}
    asked = {"row_ids": sorted(deployment_ids)}
    rows = await tx.fetch_all(capacity.deployments_by_id(), asked) if deployment_ids else []
    deployments = {row["id"]: waiting_places.deployment_facts(row) for row in rows}
    places = {row["id"]: waiting_places.queue_facts(row) for row in queues if row["id"] is not None}
    groups = [
        _late_group(
            runs,
            places.get(runs[0]["work_queue_id"]),
            deployments.get(runs[0]["deployment_id"]),
            caller,
            tx.now,
        )
        for runs in _by_group(found, "work_queue_id", "deployment_id")
    ]
    return late_cases(groups, tx.now)


def _late_group(
    runs: Sequence[Row],
    queue: QueueFacts | None,
    deployment: DeploymentFacts | None,
    caller: Caller,
    now: datetime,
) -> LateGroup:
    first = runs[0]
    around = Around(
        place=Place(queue=queue, deployment=deployment),
        patience=waiting_places.patience_of(caller.limits),
    )
    of = deployment or queue
    run = Subject(kind=SubjectKind.FLOW_RUN, id=first["id"], name=first["name"])
    return LateGroup(
        why=why_not_taken(around, first["since"], now),
        subject=of.subject if of is not None else run,
        count=first["count"],
        since=first["since"],
        runs=[run_brief(row, now) for row in runs],
    )


async def _stuck(tx: Transaction, caller: Caller) -> list[Attention]:
    pending_before = tx.now - 2 * timedelta(seconds=caller.terms.claim)
    found = await tx.fetch_all(statements.stuck(pending_before, tx.now - CANCELLING_FOR_LONG))
    single = [row for row in found if row["deployment_id"] is None]
    of_deployments = [row for row in found if row["deployment_id"] is not None]
    groups = _by_group(of_deployments, "state_type", "deployment_id") + [[row] for row in single]
    return [stuck_case(_stuck_group(rows, tx.now), tx.now) for rows in groups]


def _stuck_group(rows: Sequence[Row], now: datetime) -> StuckGroup:
    first = rows[0]
    kind, of = SubjectKind.DEPLOYMENT, "deployment_"
    if first["count"] == 1:
        kind, of = SubjectKind.FLOW_RUN, ""
    subject = Subject(kind=kind, id=first[f"{of}id"], name=first[f"{of}name"], within=first["flow_name"])
    return StuckGroup(
        state_type=StateType(first["state_type"]),
        subject=subject,
        count=first["count"],
        since=first["since"],
        runs=[run_brief(row, now) for row in rows],
    )


async def _failing(tx: Transaction) -> list[Attention]:
    window = {"now": tx.now, "since": tx.now - JUDGED_SINCE}
    failing = await tx.fetch_all(statements.failing(), window)
    if not failing:
        return []
    shown = failing[:MAX_ATTENTION]
    asked = statements.streaks([row["id"] for row in shown], LONGEST_STREAK)
    runs = {
        rows[0]["deployment_id"]: rows
        for rows in _by_group(await tx.fetch_all(asked, window), "deployment_id")
    }
    return [failing_case(_failing_deployment(row, runs.get(row["id"], ()), tx.now)) for row in failing]


def _failing_deployment(row: Row, runs: Sequence[Row], now: datetime) -> FailingDeployment:
    """A deployment with its last runs, the last one first."""
    ends = next(
        (number for number, run in enumerate(runs) if run["state_type"] == StateType.COMPLETED), len(runs)
    )
    failed = list(reversed(runs[:ends]))
    subject = Subject(kind=SubjectKind.DEPLOYMENT, id=row["id"], name=row["name"], within=row["flow_name"])
    return FailingDeployment(
        subject=subject,
        streak=max(len(failed), 2),
        is_longer=ends == len(runs),
        since=failed[0]["end_time"] if failed else None,
        runs=[run_brief(run, now) for run in failed[:SHOWN_RUNS]],
    )


async def _services(tx: Transaction, caller: Caller, numbers: Row) -> list[ServiceHealth]:
    asked = {"now": tx.now, "at_most": MOST_UNPLANNED}
    unplanned = await tx.fetch_all(statements.unplanned(), asked)
    missed = [_missed(row, tx.now) for row in unplanned]
    undone = await tx.fetch_one(firings.oldest_undone()) or {}
    should_be = {
        "scheduler": min((tick for tick in missed if tick is not None), default=None),
        "late_runs": numbers["unmarked"] + caller.limits.late_after if numbers["unmarked"] else None,
        "lease_sweeper": numbers["expires"],
        "triggers": undone.get("event"),
        "actions": undone.get("action"),
    }
    return [
        ServiceHealth(name=name, behind_seconds=_behind(moment, tx.now)) for name, moment in should_be.items()
    ]


def _behind(moment: datetime | None, now: datetime) -> float:
    return 0.0 if moment is None else max((now - moment).total_seconds(), 0.0)


def _missed(row: Row, now: datetime) -> datetime | None:
    """The first tick of a schedule that has passed without a run."""
    start = max(row["last"] or row["updated"], row["updated"])
    try:
        ticks = plan(parse_schedule(row["schedule"]), start, Window(min_runs=1, max_runs=1)).ticks
    except InvalidInput:
        return None  # the scheduler says so in its log
    return ticks[0] if ticks and ticks[0] <= now else None
