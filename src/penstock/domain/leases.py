"""Who owns what is not at rest.

A run that is claimed or under way has one lease row. Whoever holds it shows its id, the *fencing token*, with
each request about the run; when the lease was taken over, the old token opens nothing any more. A lease that
is not renewed in time is swept: the sweeper turns it into an explicit change of state, so that nothing stays
"running" that nobody runs. The rows are also what concurrency limits count; there is no counter beside them.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import replace

from penstock.domain.errors import Conflict, Fenced
from penstock.domain.ids import new_id
from penstock.domain.runs import Run, retries_in_process
from penstock.domain.states import State, StateType, new_state, scheduled


class LeaseKind(StrEnum):
    """What a lease gives its holder."""

    CLAIM = "claim"
    """A worker prepares the run; ends when the run's process reports in."""
    RUN = "run"
    """The run's own process; it renews the lease itself, so that the run outlives its worker."""
    SLOT = "slot"
    """Only the run's place under the limits, for a client that knows no leases: its states alone end it."""


Term = Annotated[float, Meta(gt=0, le=36_500 * 86_400)]
_UNTIL_GIVEN_BACK = timedelta(days=36_500)


class LeaseTerms(Struct, frozen=True, kw_only=True):
    """How long leases last, in seconds. "Recovers in L" means at most a lease and a sweep."""

    claim: Term = 120.0
    """From a worker's claim until the run's process must have reported in."""
    run: Term = 60.0
    """How long a silent run is believed to live."""
    renew_every: Term = 15.0
    """How often a run renews: three may be lost before the lease is."""
    sweep_every: Term = 5.0

    def duration(self, kind: LeaseKind) -> timedelta:
        """How long a lease of `kind` lasts from now."""
        if kind is LeaseKind.SLOT:
            return _UNTIL_GIVEN_BACK
        return timedelta(seconds=self.claim if kind is LeaseKind.CLAIM else self.run)


class Lease(Struct, frozen=True, kw_only=True):
    """One holder's right to one thing until `expires`. Its `id` is the fencing token."""

    id: UUID
    kind: LeaseKind
    flow_run_id: UUID
    holder: str
    """Who holds it, for people: `worker etl-1` or `process 4711 on host a`."""
    acquired: datetime
    expires: datetime
    worker: str | None = None
    """Name of the worker that claimed the run, also after the run's own process has taken over."""

    def is_live(self, now: datetime) -> bool:
        """Whether the holder is still within its time."""
        return now < self.expires


def grant(
    kind: LeaseKind,
    flow_run_id: UUID,
    holder: str,
    terms: LeaseTerms,
    now: datetime,
    *,
    worker: str | None = None,
) -> Lease:
    """A new lease; its id is a fencing token that no earlier lease of the run has."""
    return Lease(
        id=new_id(now),
        kind=kind,
        flow_run_id=flow_run_id,
        holder=holder,
        acquired=now,
        expires=now + terms.duration(kind),
        worker=worker,
    )


def renew(lease: Lease, terms: LeaseTerms, now: datetime) -> Lease:
    """The same lease with a full term from now."""
    return replace(lease, expires=now + terms.duration(lease.kind))


def check_fence(lease: Lease | None, token: UUID | None) -> None:
    """Raise `Fenced` if `token` is shown and is not the run's current lease.

    A lease that has expired but was not swept yet still counts: its holder is back in time, and nobody else
    has the run. Callers that show no token (clients that know no leases) are held to the state rules alone.
    """
    if token is None or (lease is not None and lease.id == token):
        return
    owner = f"{lease.holder} owns it now" if lease else "its lease was given back or expired"
    message = f"This process no longer owns the run: {owner}."
    raise Fenced(message, hint="It must stop; what it reports is not recorded.")


def is_owned(lease: Lease | None) -> bool:
    """Whether somebody claimed or runs the run under this lease, and will be missed if silent."""
    return lease is not None and lease.kind is not LeaseKind.SLOT


def is_holder(lease: Lease | None, token: UUID | None) -> bool:
    """Whether a caller with `token` may be taken for the lease's holder.

    A caller without a token counts as the process that a claim was made for: a worker that knows leases may
    launch a client that doesn't.
    """
    return lease is not None and (lease.id == token or (token is None and lease.kind is LeaseKind.CLAIM))


class Proposer(Struct, frozen=True, kw_only=True):
    """Who proposes a state, as far as leases are concerned."""

    token: UUID | None = None
    """The lease that the caller shows."""
    holder: str | None = None
    """Asks for the lease of the run's process, and says who will renew it."""


def succeed(
    lease: Lease | None, run: Run, entered: State, by: Proposer, terms: LeaseTerms, now: datetime
) -> Lease | None:
    """What a run's lease is when it goes from its state to the one that is entered; None: it holds none.

    Each run that is prepared or under way has one lease, which is also its place under the limits. The claim
    of a worker becomes the lease of the process that it was made for, under the same token.
    """
    if not _is_held_in(run, entered):
        return None
    if entered.type not in (StateType.PENDING, StateType.RUNNING):
        return lease
    mine = lease is not None and lease.id == by.token
    if by.holder is not None:
        own = grant(LeaseKind.RUN, run.id, by.holder, terms, now)
        if lease is None or not mine:
            return own
        return replace(own, id=lease.id, acquired=lease.acquired, worker=lease.worker)
    if lease is None:
        return grant(LeaseKind.SLOT, run.id, "a client without leases", terms, now) if run.is_served else None
    if entered.type is StateType.RUNNING and lease.kind is LeaseKind.CLAIM:
        return renew(replace(lease, kind=LeaseKind.RUN if mine else LeaseKind.SLOT), terms, now)
    return lease


def _is_held_in(run: Run, entered: State) -> bool:
    if entered.type is StateType.SCHEDULED:
        return retries_in_process(run, entered)
    if entered.type is StateType.PAUSED:
        return not entered.state_details.pause_reschedule
    return not entered.is_terminal


def on_release(run: Run, reason: str | None, now: datetime) -> State:
    """The state that a run enters because its claim is given back before anything was started.

    Raises:
        Conflict: The run is not claimed, or has been started.
    """
    state = run.state
    if state is not None and state.type is StateType.CANCELLING:
        return new_state(StateType.CANCELLED, now, message="Cancelled before it was started.")
    if state is None or state.type is not StateType.PENDING or not run.is_served:
        message = f"The run is {state.name if state else 'new'}: there is no claim to give back."
        raise Conflict(message)
    due = state.state_details.scheduled_time or now
    return scheduled(due, now, message=f"Given back before it was started{f': {reason}' if reason else ''}.")


def on_expiry(lease: Lease, run: Run, now: datetime) -> State | None:
    """The state that a run enters because its lease expired, or None where the lease was only left over.

    A run that nobody had started goes back to its place in the queue, if it has one.
    """
    state = run.state
    if state is None or state.is_terminal:
        return None
    since = f"nothing was heard from {lease.holder} since {lease.acquired:%Y-%m-%d %H:%M:%S} UTC"
    if state.type is StateType.CANCELLING:
        message = f"Its owner was lost while it was cancelled: {since}."
        return new_state(StateType.CANCELLED, now, message=message)
    if state.type in (StateType.PENDING, StateType.SCHEDULED) and run.is_served:
        due = state.state_details.scheduled_time or now
        return scheduled(due, now, message=f"Claimed, but not started in time: {since}. Queued again.")
    return new_state(StateType.CRASHED, now, message=f"Its owner was lost: {since}.")
