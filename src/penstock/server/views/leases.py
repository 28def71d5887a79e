"""Leases: from rows to the domain's type, and as their holders see them."""

from penstock.contract.leases import LeaseGrant
from penstock.db.port import Row
from penstock.domain.leases import Lease, LeaseKind, LeaseTerms


def lease_of(row: Row) -> Lease | None:
    """The lease in a run's row that has the columns `statements.leases.COLUMNS`."""
    if row["lease_id"] is None:
        return None
    return Lease(
        id=row["lease_id"],
        kind=LeaseKind(row["lease_kind"]),
        flow_run_id=row["id"],
        holder=row["lease_holder"],
        acquired=row["lease_acquired"],
        expires=row["lease_expires"],
        worker=row["lease_worker"],
    )


def lease_grant(lease: Lease, terms: LeaseTerms) -> LeaseGrant:
    """A lease with what its holder must do to keep it."""
    return LeaseGrant(id=lease.id, expires=lease.expires, renew_every_seconds=terms.renew_every)
