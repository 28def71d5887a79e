"""Due runs are handed over, many at once, to whoever will run them: a worker, or a process that serves them.

What is handed over is PENDING, has its place under its deployment's limit, and a lease. The runs are locked
by the transaction, so that nobody else gets them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct
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
from penstock.server import bulk_states, places, run_tokens, runs
from penstock.server.bulk_states import Course
from penstock.server.caller import Caller
from penstock.server.views.flow_runs import flow_run_answer
from penstock.server.views.leases import lease_grant
from penstock.server.views.states import details_as_data


class Jobs(Protocol):
    """Where the jobs of runs come from, and are kept."""

    @property
    def scopes(self) -> tuple[RunScope, ...] | None:
        """What tokens of the runs may write; None where the jobs have the credential of their worker."""
        ...

    def make(self, row: Row) -> JobSpec:
        """The job of a run. Raises `JobVariablesInvalid`."""

    async def keep(self, specs: Sequence[tuple[UUID, JobSpec]]) -> None:
        """Freeze the jobs of runs that are handed over."""


class _Fate(Struct, frozen=True):
    """What becomes of a run that is due."""

    course: Course
    spec: JobSpec | None
    """Its job; None where it ends instead of being handed over."""


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
        fates = [fate for row in due if (fate := self._fate(row, jobs)) is not None]
        await bulk_states.follow(self._tx, [fate.course for fate in fates], self._caller)
        taken = [(fate.course, fate.spec) for fate in fates if fate.spec is not None]
        self.ended += len(fates) - len(taken)
        await self._hand_over(taken, jobs)

    async def _learn_slots(self, due: Sequence[Row]) -> None:
        """Count the places of limited deployments that were not met before."""
        limited = {row["deployment_id"] for row in due if _has_limit(row)}
        if unknown := sorted(limited - self._slots.keys()):
            self._slots |= await places.of_deployments(self._tx, unknown)

    def _fate(self, row: Row, jobs: Jobs) -> _Fate | None:
        """What becomes of a run; None where it stays where it is, for want of a place."""
        now, known, slot = self._tx.now, runs.at_rest(row), self._slots.get(row["deployment_id"])
        facts = Facts(slots=(slot,) if slot else ())
        transition = Transition(known.run, new_state(StateType.PENDING, now), facts, now)
        state = entered(decide(transition, FLOW_RUN_RULES), transition)
        if state is None or state.type is StateType.SCHEDULED:
            self.full.add(row["deployment_id"])
            return None
        try:
            spec = jobs.make(row) if state.type is StateType.PENDING else None
        except JobVariablesInvalid as error:
            state, spec = _unlaunchable(error, row, now), None
        if spec is None:
            return _Fate(Course.to(state, row, known), None)
        lease = self._lease(known.run.id, row["deployment_id"])
        if slot is not None:
            self._count(row["deployment_id"], slot)
        return _Fate(Course.to(state, row, known, lease), spec)

    async def _hand_over(self, taken: Sequence[tuple[Course, JobSpec]], jobs: Jobs) -> None:
        """Freeze the jobs of runs that are claimed, and give them to whoever claims them."""
        if not taken:
            return
        await jobs.keep([(course.known.run.id, spec) for course, spec in taken])
        claimed = [_claimed_run(course, spec, self._caller, self._tx.now) for course, spec in taken]
        if self._caller.limits.run_tokens and jobs.scopes is not None:
            leases = [course.lease for course, _ in taken if course.lease is not None]
            for claim, token in zip(
                claimed, await run_tokens.give(self._tx, leases, jobs.scopes), strict=True
            ):
                claim.token = token
        self.claimed += claimed

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


def _claimed_run(course: Course, spec: JobSpec, caller: Caller, now: datetime) -> ClaimedRun:
    row, state, lease = course.row, course.state, course.lease
    assert lease is not None, "it was claimed"
    shown = row | course.columns
    shown |= {
        "updated": now,
        "state_message": state.message,
        "state_data": state.data,
        "state_details": details_as_data(state.state_details),
    }
    return ClaimedRun(
        flow_run=flow_run_answer(shown, now),
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
