"""Artifacts: what runs leave behind for people to look at. Those with one key are versions of one thing."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Offset
from penstock.contract.filters import (
    ArtifactCollectionFilter,
    ArtifactFilter,
    DeploymentFilter,
    FlowFilter,
    FlowRunFilter,
    TaskRunFilter,
)
from penstock.contract.forms import Document, Form
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment


class Artifact(Struct, kw_only=True):
    """One artifact."""

    id: UUID
    created: Moment
    updated: Moment
    key: str | None = None
    type: str | None = None
    """`markdown`, `table`, `progress`, `image`, or whatever its maker calls it."""
    description: str | None = None
    """Markdown."""
    data: Any = None
    metadata_: dict[str, str] | None = None
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class ArtifactCollection(Struct, kw_only=True):
    """All artifacts with one key, as the latest of them shows them."""

    id: UUID
    created: Moment
    updated: Moment
    key: str
    latest_id: UUID
    """Id of the artifact that the rest is of."""
    type: str | None = None
    description: str | None = None
    data: Any = None
    metadata_: dict[str, str] | None = None
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class ArtifactCreate(Document):
    """An artifact to make. With a key, it becomes the latest of that key."""

    key: str | None = None
    """Lower-case letters, digits and `-`."""
    type: str | None = None
    description: str | None = None
    data: Any = None
    metadata_: dict[str, str] | None = None
    """Values of more than 500 characters are cut."""
    flow_run_id: UUID | None = None
    task_run_id: UUID | None = None


class ArtifactUpdate(Document):
    """What to change about an artifact; what is left out stays."""

    data: Any = UNSET
    description: str | UnsetType | None = UNSET
    metadata_: dict[str, str] | UnsetType | None = UNSET


class ArtifactSort(StrEnum):
    """Orders of artifacts and of their collections."""

    CREATED_DESC = "CREATED_DESC"
    UPDATED_DESC = "UPDATED_DESC"
    ID_DESC = "ID_DESC"
    KEY_DESC = "KEY_DESC"
    KEY_ASC = "KEY_ASC"


class _OfRuns(Form):
    """By the runs that they are of."""

    flow_runs: FlowRunFilter | None = None
    task_runs: TaskRunFilter | None = None
    flows: FlowFilter | None = None
    deployments: DeploymentFilter | None = None


class ArtifactCriteria(_OfRuns):
    """Which artifacts."""

    artifacts: ArtifactFilter | None = None


class ArtifactQuery(ArtifactCriteria):
    """Which artifacts, in which order, how many."""

    sort: ArtifactSort = ArtifactSort.ID_DESC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


class ArtifactCollectionCriteria(_OfRuns):
    """Which collections; what is asked is asked of their latest."""

    artifacts: ArtifactCollectionFilter | None = None


class ArtifactCollectionQuery(ArtifactCollectionCriteria):
    """Which collections, in which order, how many."""

    sort: ArtifactSort = ArtifactSort.ID_DESC
    offset: Offset = 0
    limit: Limit = MAX_PAGE


@endpoint("POST", "/artifacts/", action="artifacts:create", status=201, audited="by-people")
def create_artifact(body: ArtifactCreate) -> Artifact:
    """Make an artifact."""


@endpoint("GET", "/artifacts/{id}", action="artifacts:read", errors=(NotFound,))
def read_artifact(id: UUID) -> Artifact:
    """One artifact, by its id."""


@endpoint("GET", "/artifacts/{key}/latest", action="artifacts:read", errors=(NotFound,))
def read_latest_artifact(key: str) -> Artifact:
    """The latest artifact of a key."""


@endpoint(
    "PATCH", "/artifacts/{id}", action="artifacts:update", status=204, errors=(NotFound,), audited="by-people"
)
def update_artifact(id: UUID, body: ArtifactUpdate) -> None:
    """Change an artifact."""


@endpoint("DELETE", "/artifacts/{id}", action="artifacts:delete", status=204, errors=(NotFound,))
def delete_artifact(id: UUID) -> None:
    """Delete an artifact. Where it was the latest of its key, the one before takes its place."""


@endpoint("POST", "/artifacts/filter", action="artifacts:read", idempotent=True)
def read_artifacts(body: ArtifactQuery = ArtifactQuery()) -> list[Artifact]:
    """The artifacts that meet the criteria."""


@endpoint("POST", "/artifacts/latest/filter", action="artifacts:read", idempotent=True)
def read_latest_artifacts(
    body: ArtifactCollectionQuery = ArtifactCollectionQuery(),
) -> list[ArtifactCollection]:
    """The collections whose latest artifacts meet the criteria."""


@endpoint("POST", "/artifacts/count", action="artifacts:read", idempotent=True)
def count_artifacts(body: ArtifactCriteria = ArtifactCriteria()) -> int:
    """How many artifacts meet the criteria."""


@endpoint("POST", "/artifacts/latest/count", action="artifacts:read", idempotent=True)
def count_latest_artifacts(body: ArtifactCollectionCriteria = ArtifactCollectionCriteria()) -> int:
    """How many collections have a latest artifact that meets the criteria."""
