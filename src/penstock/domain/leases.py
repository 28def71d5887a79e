"""Who owns what is not at rest.

A claimed run, a running flow and an occupied concurrency slot each have one lease row. Whoever holds it shows
its id, the *fencing token*, with each request about the run; when the lease was taken over, the old token opens
nothing any more. A lease that is not renewed in time is swept: the sweeper turns it into an explicit change
of state, so that nothing stays "running" that nobody runs.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from penstock.domain.errors import Fenced
from penstock.domain.ids import new_id
from penstock.domain.states import State, StateType, new_state, scheduled


class LeaseKind(StrEnum):
    """What a lease gives its holder."""

    CLAIM = "claim"
    """A worker prepares the run; ends when the run's process reports in."""
    RUN = "run"
    """The run's own process; it renews the lease itself, so that the run outlives its worker."""
    SLOT = "slot"
    """One place under a concurrency limit."""


class LeaseTerms(msgspec.Struct, frozen=True, kw_only=True):
    """How long leases last, in seconds. "Recovers in L" means at most a lease and a sweep."""

    claim: float = 120.0
    """From a worker's claim until the run's process must have reported in."""
    run: float = 60.0
    """How long a silent run is believed to live."""
    renew_every: float = 15.0
    """How often a run renews: three may be lost before the lease is."""
    sweep_every: float = 5.0

    def duration(self, kind: LeaseKind) -> timedelta:
        """How long a lease of `kind` lasts from now."""
        return timedelta(seconds=self.claim if kind is LeaseKind.CLAIM else self.run)


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """One holder's right to one thing until `expires`. Its `id` is the fencing token."""

    id: UUID
    kind: LeaseKind
    flow_run_id: UUID
    holder: str
    """Who holds it, for people: `worker etl-1` or `process 4711 on host a`."""
    acquired: datetime
    expires: datetime

    def is_live(self, now: datetime) -> bool:
        """Whether the holder is still within its time."""
        return now < self.expires


def grant(kind: LeaseKind, flow_run_id: UUID, holder: str, terms: LeaseTerms, now: datetime) -> Lease:
    """A new lease; its id is a fencing token that no earlier lease of the run has."""
    expires = now + terms.duration(kind)
    return Lease(
        id=new_id(now), kind=kind, flow_run_id=flow_run_id, holder=holder, acquired=now, expires=expires
    )


def renew(lease: Lease, terms: LeaseTerms, now: datetime) -> Lease:
    """The same lease with a full term from now."""
    return msgspec.structs.replace(lease, expires=now + terms.duration(lease.kind))


def check_fence(lease: Lease | None, token: UUID | None) -> None:
    """Raise `Fenced` if `token` is shown and is not the run's current lease.

    A lease that has expired but was not swept yet still counts: its holder is back in time, and nobody else
    has the run. Callers that show no token (clients that know no leases) are held to the state rules alone.
    """
    if token is None or (lease is not None and lease.id == token):
        return
    owner = f"{lease.holder} owns it now" if lease else "its lease was given back or expired"
    raise Fenced(
        f"This process no longer owns the run: {owner}.",
        hint="It must stop; what it reports is not recorded.",
    )


def on_expiry(lease: Lease, state: State, scheduled_time: datetime | None, now: datetime) -> State | None:
    """The state that a run enters because its lease expired, or None where the lease was only left over.

    Args:
        scheduled_time: When the run was due, so that it returns to its place in the queue.
    """
    since = f"nothing was heard from {lease.holder} since {lease.acquired:%Y-%m-%d %H:%M:%S} UTC"
    if state.type is StateType.PENDING:
        message = f"Claimed, but not started in time: {since}. Queued again."
        return scheduled(scheduled_time or now, now, message=message)
    if state.type is StateType.CANCELLING:
        return new_state(
            StateType.CANCELLED, now, message=f"Its owner was lost while it was cancelled: {since}."
        )
    if state.type in (StateType.RUNNING, StateType.PAUSED):
        return new_state(StateType.CRASHED, now, message=f"Its owner was lost: {since}.")
    return None
