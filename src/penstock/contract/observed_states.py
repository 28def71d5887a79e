"""The states that runs were seen in: what a filter by states can offer."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE
from penstock.domain.moments import Moment


class ObservedState(Struct, kw_only=True):
    """A name of a state, with its type, and when runs entered such a state."""

    state_type: str
    state_name: str
    first_seen: Moment
    last_seen: Moment


class ObservedStateSort(StrEnum):
    """Orders of observed states."""

    NAME_ASC = "NAME_ASC"
    LAST_SEEN_DESC = "LAST_SEEN_DESC"


@endpoint("GET", "/observed-states", action="flow_runs:read")
def read_observed_states(
    query: Annotated[str, Meta(max_length=100)] | None = None,
    order_by: ObservedStateSort = ObservedStateSort.LAST_SEEN_DESC,
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = MAX_PAGE,
) -> list[ObservedState]:
    """The states that runs are in, or the last ones were seen in, whose names have `query` in them."""
