"""Headers of ours."""

LEASE_HEADER = "X-Penstock-Lease"
"""Carries the id of the lease under which a request about a run is made."""

ORIGIN_HEADER = "X-Penstock-Origin"
"""Says which entrance a request came through: `cli`, `sdk`, `ui`; `rest` where it is left out."""
