"""Limits with a name and limits of tags, with who holds their slots and who waits: as pages show them."""

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from penstock.contract.concurrency import MAX_SHOWN, Bucket, ConcurrencyLimit, SlotHolder, Waiter
from penstock.contract.subjects import RunBrief, Subject, SubjectKind, TaskRunBrief
from penstock.db.port import Row, Transaction
from penstock.db.statements import capacity
from penstock.db.statements import slot_holders as statements
from penstock.domain.limits import LimitFacts, tag_of
from penstock.domain.states import StateType
from penstock.server import slots
from penstock.server.views.run_rows import run_brief

MAX_LIMITS = 500


async def fullest(tx: Transaction) -> list[ConcurrencyLimit]:
    """The limits of which most is held, with all that is known of them."""
    return await with_holders(tx, await tx.fetch_all(statements.fullest(), {"at_most": MAX_LIMITS}))


async def with_holders(tx: Transaction, found: Sequence[Row]) -> list[ConcurrencyLimit]:
    """Limits, from rows with what is held of them; so many statements, however many they are."""
    limits = [slots.limit_facts(row, int(row["held"])) for row in found]
    if not limits:
        return []
    ids = [limit.id for limit in limits]
    holders = by_owner(await tx.fetch_all(statements.holders(ids, MAX_SHOWN)), "slot_limit_id")
    runs = by_owner(await tx.fetch_all(capacity.waiters("global", ids, tx.now, MAX_SHOWN)))
    short = [limit.id for limit in limits if _holds_up_tasks(limit, tx.now)]
    tasks = by_owner(await tx.fetch_all(statements.pending_tasks(short, MAX_SHOWN)) if short else ())
    return [
        _limit(limit, holders.get(limit.id, ()), runs.get(limit.id, ()), tasks.get(limit.id, ()), tx.now)
        for limit in limits
    ]


def _holds_up_tasks(limit: LimitFacts, now: datetime) -> bool:
    """Whether it is the limit of a tag and has no room. Where it has, nobody waits for it."""
    return tag_of(limit.name) is not None and limit.is_active and limit.taken(now) > limit.limit - 1


def by_owner(rows: Sequence[Row], whose: str = "owner_id") -> dict[UUID, list[Row]]:
    """Rows by what they belong to."""
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[whose]].append(row)
    return dict(found)


def counted(rows: Sequence[Row]) -> int:
    """How many there are, from the rows that are shown of them."""
    return int(rows[0]["count"]) if rows else 0


def limit_subject(id: UUID, name: str) -> Subject:
    """A limit to link to; one of a tag is called by the tag."""
    tag = tag_of(name)
    return Subject(kind=SubjectKind.CONCURRENCY_LIMIT, id=id, name=name if tag is None else tag)


def _limit(
    limit: LimitFacts, holders: Sequence[Row], runs: Sequence[Row], tasks: Sequence[Row], now: datetime
) -> ConcurrencyLimit:
    taken = limit.taken(now)
    return ConcurrencyLimit(
        kind="global" if tag_of(limit.name) is None else "tag",
        subject=limit_subject(limit.id, limit.name),
        limit=limit.limit,
        active=math.ceil(taken),
        is_on=limit.is_active,
        bucket=Bucket(level=taken, decay=limit.decay) if limit.decay else None,
        holding=int(holders[0]["slot_count"]) if holders else 0,
        waiting=counted(runs) + counted(tasks),
        holders=[slot_holder(row, now) for row in holders],
        waiters=[
            *(waiting_run(row, now) for row in runs),
            *(_waiting_task(row, now) for row in tasks),
        ][:MAX_SHOWN],
    )


def slot_holder(row: Row, now: datetime) -> SlotHolder:
    """Who holds slots, from a row of `statements.holders`."""
    deployment = None
    if row["deployment_name"] is not None:
        deployment = Subject(
            kind=SubjectKind.DEPLOYMENT,
            id=row["slot_holder_id"],
            name=row["deployment_name"],
            within=row["flow_name"],
        )
    run, task_run = _run(row, now), _task_run(row)
    return SlotHolder(
        id=row["slot_id"],
        run=run,
        task_run=task_run,
        deployment=deployment,
        holder=row["process"] or _said(row, is_known=bool(run or task_run or deployment)),
        slots=row["slot_slots"],
        since=row["slot_acquired"],
        expires=row["slot_expires"],
    )


def slots_row(row: Row) -> Row:
    """The slots that are held, as they are kept, from a row of `statements.holder`."""
    begins = "slot_"
    return {name.removeprefix(begins): value for name, value in row.items() if name.startswith(begins)}


def _said(row: Row, *, is_known: bool) -> str | None:
    """What whoever took the slots said of itself, where that is not there, or not yet."""
    if is_known or row["slot_holder_id"] is None:
        return None
    kind = str(row["slot_holder_type"] or "").replace("_", " ")
    return f"{kind} {row['slot_holder_id']}".strip()


def waiting_run(row: Row, now: datetime) -> Waiter:
    """A run that waits, from a row of `statements.capacity.waiters`."""
    return Waiter(run=run_brief(row, now), since=row["next_scheduled_start_time"])


def _waiting_task(row: Row, now: datetime) -> Waiter:
    return Waiter(run=_run(row, now), task_run=_task_run(row), since=row["since"])


def _run(row: Row, now: datetime) -> RunBrief | None:
    return None if row["id"] is None else run_brief(row, now)


def _task_run(row: Row) -> TaskRunBrief | None:
    if row["task_id"] is None:
        return None
    type = row["task_state_type"]
    return TaskRunBrief(
        id=row["task_id"],
        name=row["task_name"],
        state_type=None if type is None else StateType(type),
        state_name=row["task_state_name"],
    )
