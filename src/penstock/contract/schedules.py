"""Schedules of a deployment: when it runs by itself, and with which parameters."""

from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject, Positive, PositiveSeconds
from penstock.contract.forms import Document
from penstock.domain.catch_up import CatchUp
from penstock.domain.errors import NotFound
from penstock.domain.moments import Moment
from penstock.domain.schedules import Schedule


class DeploymentSchedule(Struct, kw_only=True):
    """One schedule of a deployment."""

    id: UUID
    created: Moment
    updated: Moment
    deployment_id: UUID | None = None
    schedule: Schedule
    active: bool = True
    max_scheduled_runs: int | None = None
    """How many runs to have waiting at most; the server's setting when null."""
    parameters: JsonObject = {}
    """Over the deployment's own."""
    slug: str | None = None
    """A name that stays when the schedule changes."""
    catch_up: CatchUp | UnsetType = UNSET
    """What is done about ticks that were missed; left out: as the server's settings say."""
    max_lateness_seconds: float | UnsetType = UNSET
    """A run does not start later than this after its time; left out: as the server's settings say."""


class DeploymentScheduleCreate(Document, kw_only=True):
    """A schedule to give a deployment."""

    active: bool = True
    schedule: Schedule
    max_scheduled_runs: Positive | None = None
    parameters: JsonObject = {}
    slug: str | None = None
    replaces: str | None = None
    """The slug of a schedule that this one takes the place of."""
    catch_up: CatchUp | None = None
    """What is done about ticks that are missed; as the server's settings say when null."""
    max_lateness_seconds: PositiveSeconds | None = None
    """Runs are skipped that have not started so long after their time; the server's setting when null."""


class DeploymentScheduleUpdate(Document):
    """What to change about a schedule; what is left out stays."""

    active: bool | UnsetType | None = UNSET
    schedule: Schedule | UnsetType | None = UNSET
    max_scheduled_runs: Positive | UnsetType | None = UNSET
    parameters: JsonObject | UnsetType = UNSET
    slug: str | UnsetType | None = UNSET
    replaces: str | UnsetType | None = UNSET
    catch_up: CatchUp | UnsetType | None = UNSET
    max_lateness_seconds: PositiveSeconds | UnsetType | None = UNSET


@endpoint("GET", "/deployments/{id}/schedules", action="deployments:read", errors=(NotFound,))
def read_deployment_schedules(id: UUID) -> list[DeploymentSchedule]:
    """The schedules of a deployment."""


@endpoint("POST", "/deployments/{id}/schedules", action="deployments:update", status=201, errors=(NotFound,))
def create_deployment_schedules(id: UUID, body: list[DeploymentScheduleCreate]) -> list[DeploymentSchedule]:
    """Give a deployment more schedules."""


@endpoint(
    "PATCH",
    "/deployments/{id}/schedules/{schedule_id}",
    action="deployments:update",
    status=204,
    errors=(NotFound,),
)
def update_deployment_schedule(id: UUID, schedule_id: UUID, body: DeploymentScheduleUpdate) -> None:
    """Change a schedule; its runs that wait are planned anew."""


@endpoint(
    "DELETE",
    "/deployments/{id}/schedules/{schedule_id}",
    action="deployments:update",
    status=204,
    errors=(NotFound,),
)
def delete_deployment_schedule(id: UUID, schedule_id: UUID) -> None:
    """Take a schedule from a deployment, with its runs that wait."""
