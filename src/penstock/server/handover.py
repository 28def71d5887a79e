"""Due runs are handed over, one by one, to whoever will run them: a worker, or a process that serves them.

What is handed over is PENDING, has its place under its deployment's limit, and a lease. The runs are locked
by the transaction, so that nobody else gets them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec.structs import replace

from penstock.contract.claims import ClaimedDeployment, ClaimedRun
from penstock.db.port import Row, Transaction
from penstock.domain.job_spec import JobSpec
from penstock.domain.leases import Lease, LeaseKind, grant
from penstock.domain.problems import JobVariablesInvalid
from penstock.domain.rules import FLOW_RUN_RULES
from penstock.domain.run_scopes import RunScope
from penstock.domain.states import State, StateType, new_state
from penstock.domain.transitions import Facts, SlotFacts, Transition, decide, entered
from penstock.server import places, run_tokens, runs
from penstock.server.caller import Caller
from penstock.server.views.flow_runs import flow_run_answer
from penstock.server.views.leases import lease_grant
from penstock.server.views.progress import progress_columns
from penstock.server.views.states import current_state_columns, details_as_data


class Jobs(Protocol):
    """Where the jobs of runs come from, and are kept."""

    @property
    def scopes(self) -> tuple[RunScope, ...] | None:
        """What tokens of the runs may write; None where the jobs have the credential of their worker."""
        ...

    async def make(self, row: Row) -> JobSpec:
        """The job of a run. Raises `JobVariablesInvalid`."""

    async def keep(self, row: Row, spec: JobSpec) -> None:
        """Freeze the job of a run that is handed over."""


class Handover:
    """What one look for work hands over.

    Args:
        holder: Who gets the runs, and holds their leases until they start.
        worker: The name of the worker, where it is one.
    """

    def __init__(self, tx: Transaction, caller: Caller, holder: str, worker: str | None = None) -> None:
        self._tx, self._caller, self._holder, self._worker = tx, caller, holder, worker
        self._slots: dict[UUID, SlotFacts] = {}
        self.full: set[UUID] = set()
        """Deployments that have no place left."""
        self.ended = 0
        """How many runs have ended instead, as they cannot be started or may not wait."""
        self.claimed: list[ClaimedRun] = []

    async def take(self, due: Sequence[Row], jobs: Jobs) -> None:
        """Hand over these rows of `statements.claims.due_runs`, as far as their deployments have places."""
        await self._learn_slots(due)
        for row in due:
            await self._take(row, jobs)

    async def _learn_slots(self, due: Sequence[Row]) -> None:
        """Count the places of limited deployments that were not met before."""
        limited = {row["deployment_id"] for row in due if _has_limit(row)}
        if unknown := sorted(limited - self._slots.keys()):
            self._slots |= await places.of_deployments(self._tx, unknown)

    async def _take(self, row: Row, jobs: Jobs) -> None:
        tx, known, slot = self._tx, runs.at_rest(row), self._slots.get(row["deployment_id"])
        facts = Facts(slots=(slot,) if slot else ())
        transition = Transition(known.run, new_state(StateType.PENDING, tx.now), facts, tx.now)
        state = entered(decide(transition, FLOW_RUN_RULES), transition)
        if state is None or state.type is StateType.SCHEDULED:
            self.full.add(row["deployment_id"])
            return
        try:
            spec = await jobs.make(row) if state.type is StateType.PENDING else None
        except JobVariablesInvalid as error:
            state, spec = _unlaunchable(error, row, tx.now), None
        if spec is None:
            await runs.enter(tx, known, state, self._caller)
            self.ended += 1
            return
        await self._hand_over(row, known, state, spec, jobs.scopes)
        await jobs.keep(row, spec)
        if slot is not None:
            self._count(row["deployment_id"], slot)

    async def _hand_over(
        self,
        row: Row,
        known: runs.KnownRun,
        state: State,
        spec: JobSpec,
        scopes: tuple[RunScope, ...] | None,
    ) -> None:
        tx = self._tx
        lease = self._lease(known.run.id, row["deployment_id"])
        done = await runs.enter(tx, known, state, self._caller, claim=lease)
        assert done is not None, "the run is locked by this transaction"
        shown = row | current_state_columns(state, known.seen + 1) | progress_columns(done.progress)
        shown |= {
            "updated": tx.now,
            "state_message": state.message,
            "state_data": state.data,
            "state_details": details_as_data(state.state_details),
        }
        claimed = _claimed_run(shown, spec, lease, self._caller, tx.now)
        if self._caller.limits.run_tokens and scopes is not None:
            claimed.token = await run_tokens.give(tx, lease, scopes)
        self.claimed.append(claimed)

    def _count(self, deployment_id: UUID, slot: SlotFacts) -> None:
        """One more place is taken, also under other deployments that share the limit."""
        self._slots[deployment_id] = replace(slot, taken=slot.taken + 1)
        for other_id, other in self._slots.items():
            if slot.shared_id is not None and other.shared_id == slot.shared_id and other_id != deployment_id:
                self._slots[other_id] = replace(other, taken=slot.taken + 1)

    def _lease(self, run_id: UUID, deployment_id: UUID | None) -> Lease:
        """The lease of the claim. It ends with the deployment's grace period, where there is one."""
        now, terms = self._tx.now, self._caller.terms
        lease = grant(LeaseKind.CLAIM, run_id, self._holder, terms, now, worker=self._worker)
        slot = self._slots.get(deployment_id) if deployment_id is not None else None
        return lease if slot is None or slot.grace is None else replace(lease, expires=now + slot.grace)


def _has_limit(row: Row) -> bool:
    return row["deployment_limit"] is not None or row["shared_limit_id"] is not None


def _claimed_run(row: Row, spec: JobSpec, lease: Lease, caller: Caller, now: datetime) -> ClaimedRun:
    return ClaimedRun(
        flow_run=flow_run_answer(row, now),
        flow_name=row["flow_name"],
        deployment=_deployment(row),
        job_spec=spec,
        lease=lease_grant(lease, caller.terms),
    )


def _deployment(row: Row) -> ClaimedDeployment | None:
    if row["deployment_id"] is None:
        return None
    return ClaimedDeployment(
        id=row["deployment_id"],
        name=row["deployment_name"],
        entrypoint=row["deployment_entrypoint"],
        path=row["deployment_path"],
        pull_steps=row["deployment_pull_steps"],
        version=row["deployment_version"],
        parameters=row["deployment_parameters"],
    )


def _unlaunchable(error: JobVariablesInvalid, row: Row, now: datetime) -> State:
    """The end of a run whose job can't be made any more: its pool or deployment was changed since."""
    message = f"Its job variables do not fit the work pool {row['work_pool_name']!r} now: {error.message}"
    return new_state(StateType.CRASHED, now, message=message)
