"""Flows: the code that runs are runs of."""

from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_BULK, MAX_PAGE, BulkLimit, Labels, Limit, Name, Offset, PageNumber
from penstock.contract.filters import (
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    NamedSort,
    TaskRunFilter,
    WorkPoolFilter,
)
from penstock.contract.forms import Document, Form, Page
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment


class Flow(Struct, kw_only=True):
    """A flow, known by its name."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    tags: list[str] = []
    labels: Labels = {}


class FlowCreate(Document):
    """A flow to register."""

    name: Name
    tags: list[str] = []
    labels: Labels | None = None


class FlowUpdate(Document):
    """What to change about a flow; what is left out stays."""

    tags: list[str] | UnsetType = UNSET


class FlowCriteria(Form):
    """Which flows: all filters that are given must hold."""

    flows: FlowFilter | None = None
    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    deployments: DeploymentFilter | None = None
    work_pools: WorkPoolFilter | None = None


class FlowQuery(FlowCriteria):
    """Which flows, in which order, how many."""

    sort: NamedSort = NamedSort.NAME_ASC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


class FlowPageQuery(FlowCriteria):
    """Which flows, in which order, which page of them."""

    sort: NamedSort = NamedSort.NAME_ASC
    page: PageNumber = 1
    limit: Limit = MAX_PAGE


class FlowBulkDelete(Form):
    """Which flows to delete, at most `limit` in one call."""

    flows: FlowFilter | None = None
    limit: BulkLimit = MAX_BULK


class BulkDeleted(Struct):
    """What a bulk call deleted."""

    deleted: list[UUID] = []


@endpoint(
    "POST",
    "/flows/",
    action="flows:create",
    status=201,
    existing_status=200,
    idempotent=True,
    audited="if-new",
)
def create_flow(body: FlowCreate) -> Flow:
    """Register a flow; one that has the name already is answered as it is."""


@endpoint("PATCH", "/flows/{id}", action="flows:update", status=204, errors=(NotFound,))
def update_flow(id: UUID, body: FlowUpdate) -> None:
    """Change a flow's tags."""


@endpoint("GET", "/flows/{id}", action="flows:read", errors=(NotFound,))
def read_flow(id: UUID) -> Flow:
    """One flow, by its id."""


@endpoint("DELETE", "/flows/{id}", action="flows:delete", status=204, errors=(NotFound,))
def delete_flow(id: UUID) -> None:
    """Delete a flow with its deployments and runs."""


@endpoint("POST", "/flows/count", action="flows:read", idempotent=True)
def count_flows(body: FlowCriteria = FlowCriteria()) -> int:
    """How many flows meet the criteria."""


@endpoint("GET", "/flows/name/{name}", action="flows:read", errors=(NotFound,))
def read_flow_by_name(name: str) -> Flow:
    """One flow, by its name."""


@endpoint("POST", "/flows/filter", action="flows:read", idempotent=True)
def read_flows(body: FlowQuery = FlowQuery()) -> list[Flow]:
    """The flows that meet the criteria."""


@endpoint("POST", "/flows/bulk_delete", action="flows:delete")
def bulk_delete_flows(body: FlowBulkDelete = FlowBulkDelete()) -> BulkDeleted:
    """Delete the flows that meet the criteria."""


@endpoint("POST", "/flows/paginate", action="flows:read", idempotent=True)
def paginate_flows(body: FlowPageQuery = FlowPageQuery()) -> Page[Flow]:
    """One page of the flows that meet the criteria."""
