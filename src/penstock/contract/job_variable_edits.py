"""Job variables of a deployment: what they mean, edits of single paths, and what an edit would change."""

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject
from penstock.contract.forms import Document, Form
from penstock.contract.subjects import Subject
from penstock.domain.errors import Conflict, NotFound
from penstock.domain.job_spec import Explanation
from penstock.domain.moments import Moment
from penstock.domain.problems import JobVariablesForbidden, JobVariablesInvalid
from penstock.domain.provenance import MergeRule, Overridable
from penstock.domain.template_changes import Change

MAX_HISTORY = 100
MAX_EDITS = 1000


class EnvKeys(Struct, kw_only=True):
    """Patterns as of a shell for names of the environment. What is denied stays denied."""

    allow: list[str] | None = None
    """None: all that are not denied."""
    deny: list[str] = []


class VariableDeclaration(Struct, kw_only=True):
    """What a pool's template says about one job variable."""

    name: str
    title: str | None = None
    description: str | None = None
    schema: JsonObject
    """Its JSON Schema; `$ref`s point into `DeploymentJobVariables.definitions`."""
    merge: MergeRule
    required: bool = False
    secret: bool = False
    """`format: password`: takes references, never literals."""
    used: bool = True
    """Whether a placeholder of the template uses it."""
    overridable: Overridable = "run"
    """The last layer that may set it; `never`: only the pool."""
    run_bounds: Any = UNSET
    """`x-run`: the JSON Schema that what a run says must fit besides."""
    env_keys: EnvKeys | UnsetType = UNSET
    """Of `env`: which names deployments and runs may give."""


class DeploymentJobVariables(Struct, kw_only=True):
    """Everything that the page of a deployment's configuration shows."""

    work_pool: Subject | None
    """None: the deployment is served by its own process, and job variables have no effect."""
    declarations: list[VariableDeclaration]
    """In the order of the template."""
    definitions: JsonObject = {}
    undeclared: Literal["warn", "error", "to-env"] = "warn"
    """What becomes of variables that are not declared."""
    job_variables: JsonObject
    """What the deployment itself says."""
    updated: Moment
    """Of the deployment; sent back as `seen` with an edit."""
    explanation: Explanation
    """What a run without overrides of its own would get. It is not complete, as the run's layer is to come:
    what is required and set by nobody is among its warnings."""
    waiting_runs: int
    """Runs that no worker has claimed yet: an edit changes what they get."""


class JobVariableEdit(Document, kw_only=True):
    """A new value at one path, or, without `value`, what lower layers say again.

    `["env", "REGION"]` is one key of a variable that is merged by keys; null there takes the key away.
    """

    path: Annotated[list[str], Meta(min_length=1, max_length=2)]
    value: Any = UNSET


class EditJobVariables(Form, kw_only=True):
    """Edits of a deployment's job variables, all of them or none."""

    edits: Annotated[list[JobVariableEdit], Meta(max_length=MAX_EDITS)]
    seen: Moment | UnsetType = UNSET
    """`DeploymentJobVariables.updated` as it was read: refused where somebody edited it since."""


class EditImpact(Struct, kw_only=True):
    """What edits of a deployment's job variables would do."""

    explanation: Explanation
    """What a run without overrides of its own would get then; its errors are what saving is refused with."""
    changes: list[Change]
    """Leaves that would get another value."""
    waiting_runs: int
    """Runs that no worker has claimed yet; those of them that override a leaf keep their value."""


class LeafOfRun(Struct, kw_only=True):
    """What one run got at one path, where that differs from the run before it."""

    flow_run: Subject
    frozen_at: Moment
    value: Any = UNSET
    """Unset where it had none."""
    layer: str | None = None
    """Who had the last word."""


class LeafHistory(Struct, kw_only=True):
    """How one value changed over the runs of a deployment, newest first."""

    path: str
    entries: list[LeafOfRun]
    runs_looked_at: int


@endpoint("GET", "/deployments/{id}/job_variables", action="deployments:read", errors=(NotFound,), ours=True)
def read_deployment_job_variables(id: UUID) -> DeploymentJobVariables:
    """A deployment's job variables, declared, overridden and resolved."""


@endpoint(
    "PATCH",
    "/deployments/{id}/job_variables",
    action="deployments:update",
    errors=(NotFound, Conflict, JobVariablesInvalid, JobVariablesForbidden),
    ours=True,
)
def edit_deployment_job_variables(id: UUID, body: EditJobVariables) -> DeploymentJobVariables:
    """Edit single paths of a deployment's job variables; what is not named stays as it is."""


@endpoint(
    "POST",
    "/deployments/{id}/job_variables/impact",
    action="deployments:read",
    errors=(NotFound,),
    idempotent=True,
    ours=True,
)
def preview_deployment_edit(id: UUID, body: EditJobVariables) -> EditImpact:
    """What edits of a deployment's job variables would change. Nothing is saved."""


@endpoint(
    "GET", "/deployments/{id}/job_variable_history", action="deployments:read", errors=(NotFound,), ours=True
)
def read_leaf_history(
    id: UUID, path: str, limit: Annotated[int, Meta(ge=1, le=MAX_HISTORY)] = 50
) -> LeafHistory:
    """How the value at a path, such as `env.REGION`, changed over the deployment's runs.

    Paths are written as in an explanation. The path of a variable that is merged by keys is all of its keys.
    """
