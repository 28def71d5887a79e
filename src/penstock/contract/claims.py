"""How a worker gets runs: one long poll that claims what is due, and names what is to be cancelled."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject
from penstock.contract.flow_runs import FlowRunResponse
from penstock.contract.forms import Form
from penstock.contract.leases import LeaseGrant
from penstock.domain.errors import Fenced, InvalidInput, NotFound
from penstock.domain.job_spec import JobSpec

MAX_CLAIM_WAIT_SECONDS = 30.0
MAX_CLAIMS = 100


class ClaimRequest(Form):
    """What a worker wants to run, and what it is running."""

    worker_name: str
    worker_id: UUID
    """Of this worker *process*: a newer poll with the same id ends the older one, which answers at once."""
    worker_type: str | None = None
    """The type of pool that it can serve; another type than the pool's is refused."""
    work_queue_names: list[str] | None = None
    """Only these queues; all of the pool's when left out."""
    limit: Annotated[int, Meta(ge=0, le=MAX_CLAIMS)] = 1
    """The most runs to claim; with 0 the poll waits for cancellations alone."""
    running: list[UUID] = []
    """Runs in its care that it is not ending already: those that somebody cancels come back in the answer."""
    wait_seconds: Annotated[float, Meta(ge=0, le=MAX_CLAIM_WAIT_SECONDS)] = 0.0
    """How long to wait for something to do before answering with nothing."""


class ServedClaimRequest(Form):
    """What a process that serves deployments wants to run, and what it is running."""

    runner_name: str
    runner_id: UUID
    """Of the serving *process*: a newer poll with the same id ends the older one, which answers at once."""
    deployment_ids: list[UUID]
    """Only those of their runs that are in no work pool."""
    limit: Annotated[int, Meta(ge=0, le=MAX_CLAIMS)] = 1
    """The most runs to claim; with 0 the poll waits for cancellations alone."""
    running: list[UUID] = []
    """Runs in its care that it is not ending already: those that somebody cancels come back in the answer."""
    wait_seconds: Annotated[float, Meta(ge=0, le=MAX_CLAIM_WAIT_SECONDS)] = 0.0
    """How long to wait for something to do before answering with nothing."""


class ClaimedDeployment(Struct, kw_only=True):
    """What is needed to find the code of a claimed run."""

    id: UUID
    name: str
    entrypoint: str | None = None
    path: str | None = None
    pull_steps: list[JsonObject] | None = None
    version: str | None = None
    parameters: JsonObject = {}


class ClaimedRun(Struct, kw_only=True):
    """A run that is now this worker's: PENDING, its job resolved and frozen, its lease granted."""

    flow_run: FlowRunResponse
    flow_name: str
    deployment: ClaimedDeployment | None = None
    job_spec: JobSpec
    lease: LeaseGrant
    token: str | None = None
    """What the job shows the server, where that asks for credentials: the run's own, for as long as it has
    this lease. None: the job has those of its worker."""


class ClaimAnswer(Struct, kw_only=True):
    """What a worker has to do now."""

    runs: list[ClaimedRun] = []
    cancelling: list[UUID] = []
    """Of `ClaimRequest.running`, those that are CANCELLING or gone: end their jobs."""


class LaunchReport(Form):
    """What a worker really started for a run."""

    identifier: str
    """What finds it again on its infrastructure, e.g. `host:4711`; becomes the run's `infrastructure_pid`."""
    started_as: JsonObject = {}
    """Facts such as `command`, `pid`, `host`, `image_digest`."""
    worker_name: str | None = None
    """Who started it, for a run that may have ended by now."""


@endpoint(
    "POST",
    "/work_pools/{name}/claim",
    action="flow_runs:claim",
    errors=(NotFound, InvalidInput),
    ours=True,
    audited="never",
)
def claim_flow_runs(name: str, body: ClaimRequest) -> ClaimAnswer:
    """Claim runs of a pool that are due, by the priority of their queues and their scheduled times."""


@endpoint(
    "POST", "/deployments/claim", action="flow_runs:claim", errors=(NotFound,), ours=True, audited="never"
)
def claim_served_flow_runs(body: ServedClaimRequest) -> ClaimAnswer:
    """Claim runs of deployments without a work pool, for the process that serves them."""


@endpoint(
    "DELETE",
    "/flow_runs/{id}/token/{lease_id}",
    action="flow_runs:claim",
    status=204,
    ours=True,
    audited="never",
)
def end_run_token(id: UUID, lease_id: UUID) -> None:
    """Say that the job of a claim has ended, so that the run's token is good for nothing any more."""


@endpoint(
    "POST",
    "/flow_runs/{id}/launch_report",
    action="flow_runs:claim",
    status=204,
    errors=(NotFound, Fenced),
    idempotent=True,
    ours=True,
    audited="never",
)
def report_launch(id: UUID, body: LaunchReport) -> None:
    """Say what was really started for a run; where it differs from the frozen job, the run says so."""
