"""Job variables explained: what a run would be launched with, what it was, and what an edit would change."""

from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from penstock.contract.claims import LaunchReport
from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject
from penstock.contract.forms import Form
from penstock.domain.errors import NotFound
from penstock.domain.job_spec import Explanation
from penstock.domain.moments import Moment
from penstock.domain.problems import BaseJobTemplateInvalid
from penstock.domain.template_changes import Change, Impact


class ResolveDeployment(Form):
    """A run to think of: what it would override."""

    job_variables: JsonObject = {}
    work_pool_name: str | None = None
    """As if the deployment were in this pool; in its own when left out."""


class ResolveWorkPool(Form):
    """Layers to think of, over a pool's defaults."""

    base_job_template: JsonObject | None = None
    """As if this were the pool's template; its own when left out."""
    deployment: JsonObject = {}
    """Job variables of a deployment."""
    run: JsonObject | None = None
    """Job variables of a run; when left out, the last layer is not known and nothing is missed."""


class WorkPoolEdit(Form):
    """A base job template that is not saved yet."""

    base_job_template: JsonObject


class RunJob(Struct, kw_only=True):
    """The job of a run: the one it got, or, before a worker has claimed it, the one it would get now."""

    frozen: bool
    frozen_at: Moment | None = None
    explanation: Explanation
    launch: LaunchReport | UnsetType = UNSET
    """What a worker says that it really started."""
    differences: list[Change] = []
    """Where that is not what the job says: `before` is the job, `after` what was started."""


@endpoint(
    "POST",
    "/deployments/{id}/resolve",
    action="deployments:read",
    errors=(NotFound,),
    idempotent=True,
    ours=True,
)
def resolve_deployment(id: UUID, body: ResolveDeployment = ResolveDeployment()) -> Explanation:
    """What a run of the deployment would be launched with, and which layer each value comes from.

    Nothing is created. The hash is the one that such a run would be launched with.
    """


@endpoint(
    "POST",
    "/work_pools/{name}/resolve",
    action="work_pools:read",
    errors=(NotFound,),
    idempotent=True,
    ours=True,
)
def resolve_work_pool(name: str, body: ResolveWorkPool = ResolveWorkPool()) -> Explanation:
    """What layers that are not saved would make of a pool's template."""


@endpoint(
    "POST",
    "/work_pools/{name}/impact",
    action="work_pools:read",
    errors=(NotFound, BaseJobTemplateInvalid),
    idempotent=True,
    ours=True,
)
def preview_work_pool_edit(name: str, body: WorkPoolEdit) -> list[Impact]:
    """Which deployments of the pool another template would change, and which it would make invalid."""


@endpoint("GET", "/flow_runs/{id}/job_spec", action="flow_runs:read", errors=(NotFound,), ours=True)
def read_job_spec(id: UUID) -> RunJob:
    """The job of a run, with the layer that each value comes from."""
