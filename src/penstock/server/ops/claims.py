"""A worker's long poll: it gets the runs that are due, or waits for one to become due, or to be cancelled.

The poll ends at once when there is something to do. Otherwise it sleeps until somebody rings for the pool,
the next run becomes due, or the worker's patience ends.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from msgspec.structs import replace

from penstock.contract.claims import ClaimAnswer, ClaimedRun, ClaimRequest, LaunchReport, ServedClaimRequest
from penstock.contract.leases import LeaseRelease
from penstock.db.port import Database, Transaction
from penstock.db.statements import job_specs, rows
from penstock.db.tables import flow_runs
from penstock.domain.leases import check_fence, on_release
from penstock.server import named, run_tokens, runs, serving
from penstock.server.bell import Bell
from penstock.server.bus import Bus, deployment_topic, pool_topic
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.claiming import Look, look
from penstock.server.event_sources.flow_runs import emit_submitted
from penstock.server.ops.registry import operation

Looking: TypeAlias = Callable[[Transaction], Coroutine[Any, Any, Look]]


@operation("claim_flow_runs", access="poll")
async def claim_flow_runs(
    db: Database, bus: Bus, caller: Caller, *, name: str, body: ClaimRequest
) -> ClaimAnswer:
    """Claim runs of a pool that are due, by the priority of their queues and their scheduled times."""
    pool = await db.read(lambda tx: named.work_pool(tx, name))
    with bus.listening(pool_topic(pool["id"]), seat=f"worker:{body.worker_id}") as bell:
        return await _poll(db, bus, caller, bell, lambda tx: look(tx, caller, name, body), body.wait_seconds)


@operation("claim_served_flow_runs", access="poll")
async def claim_served_flow_runs(
    db: Database, bus: Bus, caller: Caller, *, body: ServedClaimRequest
) -> ClaimAnswer:
    """Claim runs of deployments without a work pool, for the process that serves them."""
    topics = [deployment_topic(id) for id in body.deployment_ids]
    with bus.listening(*topics, seat=f"worker:{body.runner_id}") as bell:
        return await _poll(
            db, bus, caller, bell, lambda tx: serving.look(tx, caller, body), body.wait_seconds
        )


async def _poll(
    db: Database, bus: Bus, caller: Caller, bell: Bell, looking: Looking, wait: float
) -> ClaimAnswer:
    """Look for work until some is found, a newer poll takes the place of this one, or the time is over.

    When the server goes away, it is: the worker hears that there is nothing, and asks again.
    """
    ends = time.monotonic() + wait
    while not bell.replaced:
        found = await _look_or_give_back(db, caller, looking)
        left = ends - time.monotonic()
        if found.is_worth_telling or left <= 0 or bus.is_closing:
            return found.answer
        await bell.wait(min(left, found.seconds_to_next))
    return ClaimAnswer()


async def _look_or_give_back(db: Database, caller: Caller, looking: Looking) -> Look:
    """A look for work. What it claims for a worker that hangs up meanwhile is given back."""
    found = asyncio.ensure_future(db.write(looking))
    try:
        return await asyncio.shield(found)
    except asyncio.CancelledError:
        with contextlib.suppress(Exception):
            claimed = (await found).answer.runs
            await db.write(lambda tx: _give_back(tx, caller, claimed))
        raise


async def _give_back(tx: Transaction, caller: Caller, claimed: Sequence[ClaimedRun]) -> None:
    for claim in claimed:
        await _release(tx, replace(caller, lease=claim.lease.id), claim.flow_run.id, "the worker hung up")


@operation("release_flow_run", access="write")
async def release_flow_run(tx: Transaction, caller: Caller, *, id: UUID, body: LeaseRelease) -> None:
    """Give back a claimed run that was not started: it is scheduled again, for its old time.

    Raises:
        NotFound: There is no such run.
        Fenced: The claim was taken over or swept.
        Conflict: The run was started.
    """
    await _release(tx, replace(caller, lease=body.lease_id), id, body.reason)


async def _release(tx: Transaction, caller: Caller, run_id: UUID, reason: str | None) -> None:
    known = await runs.load(tx, run_id)
    check_fence(known.lease, caller.lease)
    await runs.enter(tx, known, on_release(known.run, reason, tx.now), caller)


@operation("end_run_token", access="write")
async def end_run_token(tx: Transaction, caller: Caller, *, id: UUID, lease_id: UUID) -> None:
    """Say that the job of a claim has ended, so that the run's token is good for nothing any more."""
    await run_tokens.take(tx, id, lease_id)


@operation("report_launch", access="write")
async def report_launch(tx: Transaction, caller: Caller, *, id: UUID, body: LaunchReport) -> None:
    """Say what was really started for a run; where it differs from the frozen job, the run says so.

    Raises:
        NotFound: There is no such run.
        Fenced: The claim was taken over or swept.
    """
    known = await runs.load(tx, id)
    if known.lease is not None:  # a short run may have ended before its launch is reported
        check_fence(known.lease, caller.lease)
    identified = {"row_id": id, "updated": tx.now, "infrastructure_pid": body.identifier}
    await tx.execute(rows.update_by_id(flow_runs), identified)
    reported = {"run_id": id, "launched": body, "launched_at": tx.now}
    await tx.execute(job_specs.report_launch(), reported)
    changed(tx, "flow_runs", id)
    worker = known.lease.worker if known.lease is not None else body.worker_name
    if worker is not None and caller.lease is not None:
        await emit_submitted(tx, caller, id, caller.lease, worker)
