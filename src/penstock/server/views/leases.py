"""Leases as their holders see them."""

from penstock.contract.leases import LeaseGrant
from penstock.domain.leases import Lease, LeaseTerms


def lease_grant(lease: Lease, terms: LeaseTerms) -> LeaseGrant:
    """A lease with what its holder must do to keep it."""
    return LeaseGrant(id=lease.id, expires=lease.expires, renew_every_seconds=terms.renew_every)
