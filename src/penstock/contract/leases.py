"""The right to a run, as its holder sees it. What leases mean stands in `domain/leases.py`."""

from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.forms import Form
from penstock.domain.errors import Fenced, NotFound
from penstock.domain.moments import Moment

SUSPENDED = {"suspended": True}
"""Detail of a refusal: nobody else has the run. It was suspended by others, and waits to be resumed."""


class LeaseGrant(Struct, kw_only=True):
    """A lease for whoever holds it. `id` is the fencing token, sent back in `X-Penstock-Lease`."""

    id: UUID
    expires: Moment
    renew_every_seconds: float


class LeaseRenew(Form):
    """Which lease to renew."""

    lease_id: UUID


class LeaseRenewal(Struct, kw_only=True):
    """A renewed lease, and what its holder must know by now."""

    lease: LeaseGrant
    cancelling: bool
    """Somebody asked for the run's end: stop, and report `Cancelled`."""


class LeaseRelease(Form):
    """A claim to give back."""

    lease_id: UUID
    reason: str | None = None
    """Why the run was not started, for people who read its history."""


@endpoint(
    "POST",
    "/flow_runs/{id}/lease/renew",
    action="flow_runs:renew_lease",
    errors=(NotFound, Fenced),
    idempotent=True,
    ours=True,
    audited="never",
)
def renew_lease(id: UUID, body: LeaseRenew) -> LeaseRenewal:
    """Say that the holder of a run is alive, and learn whether it should stop."""


@endpoint(
    "POST",
    "/flow_runs/{id}/release",
    action="flow_runs:claim",
    status=204,
    errors=(NotFound, Fenced),
    ours=True,
    audited="by-others",
)
def release_flow_run(id: UUID, body: LeaseRelease) -> None:
    """Give back a claimed run that was not started: it is scheduled again, for its old time."""
