"""A run that is not made yet, checked as it is typed: parameters, job variables and all else at once."""

from uuid import UUID

from msgspec import Struct

from penstock.contract.deployments import DeploymentFlowRunCreate
from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject
from penstock.domain.errors import NotFound
from penstock.domain.job_spec import Explanation
from penstock.domain.problems import Problem


class RunCheck(Struct, kw_only=True):
    """What creating the run would answer. Nothing is created."""

    ok: bool
    """Whether it would be created."""
    parameter_problems: list[Problem]
    """Paths begin with the parameter: `config.retries[0]`."""
    problems: list[Problem]
    """Of everything else but job variables: `name`, `work_queue_name`, …"""
    explanation: Explanation
    """What it would be launched with; job variables that are wrong are in its errors."""
    parameters: JsonObject
    """What it would get: the deployment's, and over them the run's own."""


@endpoint(
    "POST",
    "/deployments/{id}/check_run",
    action="deployments:read",
    errors=(NotFound,),
    idempotent=True,
    ours=True,
)
def check_run(id: UUID, body: DeploymentFlowRunCreate = DeploymentFlowRunCreate()) -> RunCheck:
    """What would become of a run of the deployment."""
