"""When a schedule would make runs, before it is saved."""

from typing import Annotated

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.forms import Form
from penstock.domain.errors import InvalidInput
from penstock.domain.moments import Moment
from penstock.domain.schedules import Schedule


class SchedulePreviewQuery(Form, kw_only=True):
    """A schedule to think of."""

    schedule: Schedule
    start: Moment | None = None
    """From when on; now when left out."""
    count: Annotated[int, Meta(ge=1, le=100)] = 10


class PreviewedRun(Struct, kw_only=True):
    """One time at which a run would be due."""

    at: Moment
    local: str
    """The same in the schedule's zone, ISO 8601 with its offset."""
    note: str | None = None
    """Where the clock is put forward or back since the time before: what that does to this run."""


class SchedulePreview(Struct, kw_only=True):
    """The next times of a schedule."""

    timezone: str
    description: str
    """In words: `at 09:00 on weekdays`, `every 15 minutes`."""
    runs: list[PreviewedRun]


@endpoint(
    "POST",
    "/schedules/preview",
    action="deployments:read",
    idempotent=True,
    errors=(InvalidInput,),
    ours=True,
)
def preview_schedule(body: SchedulePreviewQuery) -> SchedulePreview:
    """When a schedule would make runs. Nothing is saved."""
