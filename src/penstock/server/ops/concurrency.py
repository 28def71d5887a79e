"""Limits on how much runs at once: who occupies each, and who waits."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from msgspec import Struct

from penstock.contract.concurrency import MAX_SHOWN, ConcurrencyLimit, SlotHolder
from penstock.contract.subjects import Subject
from penstock.db.port import Row, Transaction
from penstock.db.statements import capacity as statements
from penstock.domain.waiting_facts import Usage
from penstock.server import waiting_places
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.run_rows import run_brief

MAX_LIMITED_DEPLOYMENTS = 500

Kind = Literal["work_pool", "work_queue", "deployment"]


class _Limited(Struct, frozen=True):
    """A thing that has a limit."""

    kind: Kind
    subject: Subject
    usage: Usage


@operation("list_concurrency_limits", access="read")
async def list_concurrency_limits(tx: Transaction, caller: Caller) -> list[ConcurrencyLimit]:
    """All limits of pools, queues and deployments, the fullest first."""
    limited = await _limited(tx, caller)
    found: list[ConcurrencyLimit] = []
    kinds: tuple[Kind, ...] = ("work_pool", "work_queue", "deployment")
    for kind in kinds:
        of_kind = [each for each in limited if each.kind == kind]
        if of_kind:
            found += await _with_runs(tx, kind, of_kind)
    return sorted(found, key=_fullness)


def _fullness(limit: ConcurrencyLimit) -> tuple[float, int, str]:
    """The share that is free; of those alike, where most wait first."""
    free = (limit.limit - limit.active) / limit.limit if limit.limit else 0.0
    return free, -limit.waiting, limit.subject.name


async def _limited(tx: Transaction, caller: Caller) -> list[_Limited]:
    rows = await waiting_places.queues(tx, caller.limits)
    pools = {row["pool_id"]: waiting_places.pool_facts(row) for row in rows}.values()
    queues = [waiting_places.queue_facts(row) for row in rows if row["id"] is not None]
    asked = {"at_most": MAX_LIMITED_DEPLOYMENTS}
    of_deployments = await tx.fetch_all(statements.limited_deployments(), asked)
    deployments = [waiting_places.deployment_facts(row) for row in of_deployments]
    every = [
        *(_Limited("work_pool", pool.subject, pool.usage) for pool in pools),
        *(_Limited("work_queue", queue.subject, queue.usage) for queue in queues),
        *(_Limited("deployment", each.subject, each.usage) for each in deployments),
    ]
    return [each for each in every if each.usage.limit is not None]


async def _with_runs(tx: Transaction, kind: Kind, limited: Sequence[_Limited]) -> list[ConcurrencyLimit]:
    ids = [each.subject.id for each in limited]
    holders = _by_owner(await tx.fetch_all(statements.holders(kind, ids, MAX_SHOWN)))
    waiters = _by_owner(await tx.fetch_all(statements.waiters(kind, ids, tx.now, MAX_SHOWN)))
    return [
        ConcurrencyLimit(
            kind=kind,
            subject=each.subject,
            limit=each.usage.limit or 0,
            active=each.usage.taken,
            waiting=waiters[each.subject.id][0]["count"] if each.subject.id in waiters else 0,
            holders=[_holder(row, tx) for row in holders.get(each.subject.id, ())],
            waiters=[run_brief(row, tx.now) for row in waiters.get(each.subject.id, ())],
        )
        for each in limited
    ]


def _by_owner(rows: Sequence[Row]) -> dict[UUID, list[Row]]:
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["owner_id"]].append(row)
    return dict(found)


def _holder(row: Row, tx: Transaction) -> SlotHolder:
    return SlotHolder(
        run=run_brief(row, tx.now),
        holder=row["holder"],
        since=row["acquired"],
        expires=row["expires"],
    )
