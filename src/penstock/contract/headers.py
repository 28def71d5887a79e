"""Headers that mean something here: of ours, and of the reference."""

LEASE_HEADER = "X-Penstock-Lease"
"""Carries the id of the lease under which a request about a run is made."""

ORIGIN_HEADER = "X-Penstock-Origin"
"""Says which entrance a request came through: `cli`, `sdk`, `ui`; `rest` where it is left out."""

API_VERSION_HEADER = "X-Prefect-Api-Version"
"""Says for which version of the API a client of the reference was made."""

PAGE_HEADER = "X-Prefect-UI"
"""`true` where a page of the reference asks: that somebody looks makes nothing ready."""
