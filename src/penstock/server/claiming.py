"""What one look for work does, in one transaction: runs that are due become the worker's.

Each claimed run has its place under all limits and its lease, and its job is frozen. So a run is never
claimed twice, no limit is passed, and what a vanished worker had claimed comes back when its lease ends.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from penstock.contract.claims import ClaimAnswer, ClaimedRun, ClaimRequest
from penstock.db.port import Row, Transaction
from penstock.db.statements import claims as statements
from penstock.db.statements import job_specs, leases, work_pools, workers
from penstock.domain.base_job_templates import BaseJobTemplate
from penstock.domain.errors import InvalidInput, NotFound
from penstock.domain.ids import new_id
from penstock.domain.job_spec import JobSpec
from penstock.domain.names import check_name, did_you_mean
from penstock.domain.run_scopes import RunScope
from penstock.server import named, resolution
from penstock.server.caller import Caller
from penstock.server.handover import Handover
from penstock.server.views.job_specs import job_spec_row
from penstock.server.views.run_facts import run_facts

_TIME_TO_LEAVE = timedelta(seconds=15)
"""How long the job of a run that was cancelled, or given up for lost, may take to end too."""
_TIME_FOR_LAST_THINGS = timedelta(minutes=10)
"""How long the job of a run that came to its own end may take to end too: hooks run after it."""
_OLD = timedelta(minutes=30)
"""A run that has waited for so long is part of a backlog."""
MOST_ENTERED = 200
"""Runs that one look ends without handing them over, before it lets others at the database again."""


class Look(Struct, frozen=True, kw_only=True):
    """What a look for work found."""

    answer: ClaimAnswer
    now: datetime
    next_due: datetime | None
    """When the next run of the worker's queues becomes due."""

    @property
    def is_worth_telling(self) -> bool:
        """Whether the worker has something to do."""
        return bool(self.answer.runs or self.answer.cancelling)

    @property
    def seconds_to_next(self) -> float:
        """How long nothing will become due by itself."""
        if self.next_due is None:
            return float("inf")
        return max((self.next_due - self.now).total_seconds(), 0.0)


async def look(tx: Transaction, caller: Caller, pool_name: str, request: ClaimRequest) -> Look:
    """Claim what is due in a pool for a worker, and see which of its runs are to be cancelled.

    Raises:
        NotFound: There is no such pool, or it has no queue of a name that the worker gave.
        InvalidInput: The worker is of another type than the pool.
    """
    queues = await _queues(tx, pool_name, request)
    await _note_presence(tx, request, queues)
    is_due = any(queue["due"] is not None and queue["due"] <= tx.now for queue in queues)
    if is_due and any(queue["pool_limit"] is not None or queue["limit"] is not None for queue in queues):
        await tx.fetch_value(leases.lock_pool(), {"row_id": queues[0]["pool_id"]})
        queues = await _queues(tx, pool_name, request)
    visit = _Visit(tx, caller, request, queues)
    if is_due:
        await visit.claim()
    answer = ClaimAnswer(runs=visit.claimed, cancelling=await cancelling(tx, request.running))
    coming = [queue["next_due"] for queue in queues if queue["next_due"] and not _is_paused(queue)]
    if visit.has_more:
        coming.append(tx.now)
    return Look(answer=answer, now=tx.now, next_due=min(coming, default=None))


async def _queues(tx: Transaction, pool_name: str, request: ClaimRequest) -> list[Row]:
    """The queues that the worker serves."""
    queues = await tx.fetch_all(statements.overview(), {"pool_name": pool_name, "now": tx.now})
    if not queues:
        await named.work_pool(tx, pool_name)
    pool_type = queues[0]["pool_type"]
    if request.worker_type not in (None, pool_type):
        message = (
            f"The worker {request.worker_name!r} is of type {request.worker_type!r}; "
            f"the work pool {pool_name!r} is of type {pool_type!r}."
        )
        raise InvalidInput(message, field="worker_type", hint=f"Start a worker of type {pool_type}.")
    names = {queue["name"] for queue in queues}
    for name in request.work_queue_names or ():
        if name not in names:
            message = f"The work pool {pool_name!r} has no queue {name!r}."
            raise NotFound(message, hint=did_you_mean(name, names) or None)
    wanted = names if request.work_queue_names is None else set(request.work_queue_names)
    return [queue for queue in queues if queue["name"] in wanted]


def _is_paused(queue: Row) -> bool:
    return bool(queue["pool_is_paused"] or queue["is_paused"])


async def _note_presence(tx: Transaction, request: ClaimRequest, queues: Sequence[Row]) -> None:
    """Somebody serves these queues: workers and queues are seen as online and ready."""
    if not queues:
        return
    seen = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "work_pool_id": queues[0]["pool_id"],
        "name": check_name(request.worker_name, "worker name"),
        "last_heartbeat_time": tx.now,
    }
    await tx.execute(workers.seen(), seen)
    polled = {"row_ids": [queue["id"] for queue in queues], "polled": tx.now}
    await tx.execute(work_pools.touch_queues(), polled)


async def cancelling(tx: Transaction, running: Sequence[UUID]) -> list[UUID]:
    """Of a worker's runs, those whose jobs it should end."""
    if not running:
        return []
    asked = {
        "run_ids": list(running),
        "cancelled_before": tx.now - _TIME_TO_LEAVE,
        "ended_before": tx.now - _TIME_FOR_LAST_THINGS,
    }
    found = await tx.fetch_all(statements.still_wanted(), asked)
    wanted = {row["id"] for row in found}
    return [run_id for run_id in running if run_id not in wanted]


class _Visit:
    """One worker's claim, under way: what it has taken so far, and what is left."""

    def __init__(self, tx: Transaction, caller: Caller, request: ClaimRequest, queues: Sequence[Row]) -> None:
        self._tx, self._request, self._queues = tx, request, queues
        worker = request.worker_name
        self._handover = Handover(tx, caller, f"worker {worker}", worker)

    @property
    def claimed(self) -> list[ClaimedRun]:
        """What the worker gets."""
        return self._handover.claimed

    @property
    def has_more(self) -> bool:
        """Whether it left runs alone that it might have taken, so as not to take too long."""
        return self._handover.ended >= MOST_ENTERED

    async def claim(self) -> None:
        """Take what is due, queue by queue."""
        for queue in self._queues:
            if not _is_paused(queue) and queue["due"] is not None and queue["due"] <= self._tx.now:
                await self._claim_in(queue)

    async def _claim_in(self, queue: Row) -> None:
        template = await resolution.template_of(self._tx, queue["pool_id"], queue["template_version"])
        taken_before, jobs = len(self.claimed), _JobsOfQueue(self._tx, queue, template)
        while (left := self._left_in(queue, len(self.claimed) - taken_before)) > 0:
            due = await self._with_fresh(queue["id"], await self._due(queue["id"], left), left)
            await self._handover.take(due, jobs)
            if len(due) < left or self.has_more:
                return

    def _left_in(self, queue: Row, taken: int) -> int:
        """How many more runs of a queue may be claimed, `taken` of it having been claimed already."""
        left = self._request.limit - len(self.claimed)
        if queue["pool_limit"] is not None:
            left = min(left, queue["pool_limit"] - queue["pool_taken"] - len(self.claimed))
        if queue["limit"] is not None:
            left = min(left, queue["limit"] - queue["taken"] - taken)
        return left

    async def _due(self, queue_id: UUID, at_most: int) -> list[Row]:
        asked = {"queue_id": queue_id, "now": self._tx.now, "at_most": at_most}
        full = sorted(self._handover.full)
        statement = statements.due_runs_except(full) if full else statements.due_runs()
        return await self._tx.fetch_all(statement, asked)

    async def _with_fresh(self, queue_id: UUID, due: list[Row], left: int) -> list[Row]:
        """The oldest that are due; where these have waited long, half of the places go to others.

        Those are runs that are due since not so long, of deployments that have none which waited longer: so
        the backlog of one doesn't keep all others waiting. Of one place every second one is theirs.
        """
        old = self._tx.now - _OLD
        if len(due) < left or due[-1]["next_scheduled_start_time"] > old:
            return due
        share = (left + self._tx.now.microsecond % 2) // 2
        asked = {"queue_id": queue_id, "now": self._tx.now, "old": old, "at_most": share}
        fresh = await self._tx.fetch_all(statements.fresh_runs(sorted(self._handover.full)), asked)
        return [*due[: left - len(fresh)], *fresh]


class _JobsOfQueue(Struct, frozen=True):
    """The jobs of runs as pool, deployment and run say now; frozen with the run."""

    tx: Transaction
    queue: Row
    template: BaseJobTemplate

    @property
    def scopes(self) -> tuple[RunScope, ...] | None:
        return self.template.run_scopes

    def make(self, row: Row) -> JobSpec:
        said = resolution.layers(
            row["deployment_job_variables"], row["job_variables"], row["job_variables_origin"]
        )
        return resolution.freeze(self.template, said, run_facts(row))

    async def keep(self, specs: Sequence[tuple[UUID, JobSpec]]) -> None:
        pool, version = self.queue["pool_name"], self.queue["template_version"]
        kept = [job_spec_row(spec, run_id, pool, version, self.tx.now) for run_id, spec in specs]
        await self.tx.execute_many(job_specs.freeze(), kept)
