"""What is said to a flow run while it runs or waits: values by keys; and how a paused run is resumed."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, JsonObject, Limit
from penstock.contract.forms import Form
from penstock.contract.states import OrchestrationResult, State
from penstock.domain.errors import AlreadyExists, NotFound, TooLarge
from penstock.domain.moments import Moment

MAX_INPUT_WAIT_SECONDS = 30.0
Wait = Annotated[float, Meta(ge=0, le=MAX_INPUT_WAIT_SECONDS)]


class FlowRunInput(Struct, kw_only=True):
    """One value that was said to a flow run."""

    id: UUID
    created: Moment
    updated: Moment
    flow_run_id: UUID
    key: str
    value: str
    """JSON, as whoever sent it wrote it."""
    sender: str | None = None
    """Who says it, e.g. `prefect.flow-run.` and an id."""


class FlowRunInputCreate(Form):
    """A value to say to a flow run. Its key must be new to the run."""

    key: str
    value: str
    sender: str | None = None


class FlowRunInputQuery(Form):
    """Which values of a run: those whose keys begin with `prefix`, oldest first."""

    prefix: str
    limit: Limit = 1
    exclude_keys: list[str] = []


class FlowRunInputWait(Form):
    """Which values of a run to wait for."""

    prefix: str
    limit: Limit = MAX_PAGE
    exclude_keys: list[str] = []
    wait_seconds: Wait = 0.0
    """How long to wait for the first one before answering with none."""


class FlowRunResume(Form):
    """What is said to a paused flow run that goes on."""

    run_input: JsonObject | None = None
    """What it waits for, where it waits for something."""
    message: str | None = None
    """Why it goes on, for people who read its history."""


class ResumptionWait(Form):
    """How long to wait until a run is not paused any more."""

    wait_seconds: Wait = 0.0


@endpoint(
    "POST",
    "/flow_runs/{id}/input",
    action="flow_runs:update",
    status=201,
    errors=(NotFound, AlreadyExists, TooLarge),
    audited="by-others",
)
def create_flow_run_input(id: UUID, body: FlowRunInputCreate) -> None:
    """Say something to a flow run."""


@endpoint(
    "POST",
    "/flow_runs/{id}/input/filter",
    action="flow_runs:read",
    idempotent=True,
)
def filter_flow_run_input(id: UUID, body: FlowRunInputQuery) -> list[FlowRunInput]:
    """What was said to a flow run, by the beginning of its keys."""


@endpoint(
    "POST",
    "/flow_runs/{id}/input/wait",
    action="flow_runs:read",
    errors=(NotFound,),
    idempotent=True,
    ours=True,
)
def await_flow_run_input(id: UUID, body: FlowRunInputWait) -> list[FlowRunInput]:
    """The same, and where there is nothing yet, as soon as there is."""


@endpoint(
    "GET",
    "/flow_runs/{id}/input/{key}",
    action="flow_runs:read",
    errors=(NotFound,),
    media_type="text/plain",
)
def read_flow_run_input(id: UUID, key: str) -> bytes:
    """One value that was said to a flow run, as it was sent."""


@endpoint(
    "DELETE",
    "/flow_runs/{id}/input/{key}",
    action="flow_runs:update",
    status=204,
    errors=(NotFound,),
    audited="by-others",
)
def delete_flow_run_input(id: UUID, key: str) -> None:
    """Take back what was said to a flow run."""


@endpoint(
    "POST",
    "/flow_runs/{id}/resume",
    action="flow_runs:set_state",
    status=201,
    existing_status=200,
    errors=(NotFound, TooLarge),
    audited="by-others",
)
def resume_flow_run(id: UUID, body: FlowRunResume = FlowRunResume()) -> OrchestrationResult:
    """Let a paused flow run go on, with 201. Of all who resume it at once, one does.

    An input that does not fit is rejected, with the reason, and the run stays paused.
    """


@endpoint(
    "POST",
    "/flow_runs/{id}/await_resumption",
    action="flow_runs:read",
    errors=(NotFound,),
    idempotent=True,
    ours=True,
)
def await_resumption(id: UUID, body: ResumptionWait = ResumptionWait()) -> State | None:
    """The state of a flow run, as soon as it is not paused, or when the time is over."""
