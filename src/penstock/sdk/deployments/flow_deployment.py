"""A deployment plan and the flow that it is of: everything that has to be known to create the deployment."""

import inspect
from collections.abc import Sequence
from typing import Any

import msgspec

from penstock.domain.env_scan import EnvironmentRead
from penstock.domain.errors import NotFound, ParameterInvalid
from penstock.domain.json_values import Json
from penstock.domain.parameters import check_parameters
from penstock.sdk.deployments.deployment_plan import DeploymentPlan
from penstock.sdk.deployments.diagnostics import Diagnostic, Severity
from penstock.sdk.deployments.entrypoints import load_entrypoint
from penstock.sdk.deployments.gathering import Gathering
from penstock.sdk.deployments.source_scan import scan
from penstock.sdk.deployments.step_functions import parse_step
from penstock.sdk.exceptions import MissingFlowError
from penstock.sdk.flows import Flow


class FlowDeployment(msgspec.Struct, frozen=True):
    """A deployment that can be created: its plan, and its flow where the code is at hand."""

    plan: DeploymentPlan
    flow: Flow[..., Any] | None = None

    @property
    def name(self) -> str:
        """The deployment's own name."""
        return self.plan.name

    @property
    def flow_name(self) -> str:
        """The name of the flow on the server."""
        return self.plan.flow_name or (self.flow.name if self.flow else "")

    @property
    def full_name(self) -> str:
        """`flow/deployment`."""
        return f"{self.flow_name}/{self.name}"

    @property
    def version(self) -> str | None:
        """As the plan says, else that of the flow."""
        return self.plan.version or (self.flow.version if self.flow else None)

    @property
    def description(self) -> str | None:
        """As the plan says, else that of the flow."""
        own = self.plan.description
        if own is None and self.flow is not None and self.flow.description:
            return inspect.cleandoc(self.flow.description)
        return own

    @property
    def parameter_schema(self) -> dict[str, Json] | None:
        """The flow's parameters as JSON Schema."""
        return self.flow.parameter_openapi_schema if self.flow else None

    def check_parameters(self) -> None:
        """Raise `ParameterInvalid`, naming each parameter that does not fit the flow."""
        if not self.plan.enforce_parameter_schema or self.flow is None:
            return
        schema = self.parameter_schema or {}
        known = schema.get("properties", {})
        unknown = [name for name in self.plan.parameters if name not in known]
        if unknown and schema.get("additionalProperties") is False:
            takes = f"It takes {', '.join(known)}." if known else "It takes none."
            raise ParameterInvalid(
                f"The flow {self.flow_name!r} has no parameter {', '.join(map(repr, unknown))}.",
                field=f"parameters.{unknown[0]}",
                hint=takes,
            )
        check_parameters(schema, self.plan.parameters, complete=False)

    def environment_reads(self) -> tuple[EnvironmentRead, ...]:
        """Which environment variables the flow's code reads."""
        return scan(self.flow) if self.flow else ()


def with_flows(plans: Sequence[DeploymentPlan]) -> list[FlowDeployment]:
    """The plans with their flows. Raises what `with_flow` does, or `DeploymentsInvalid` for several."""
    gathering, loaded = Gathering(), []
    for plan in plans:
        with gathering.about(plan.name):
            loaded.append(with_flow(plan))
    gathering.raise_problems(alone=len(plans) == 1)
    return loaded


def with_flow(plan: DeploymentPlan) -> FlowDeployment:
    """The plan with its flow, which is loaded from the plan's directory.

    Where the code is only in the place that the pull steps name, the flow's name must be in the plan; its
    parameters are not known then, which is warned of.

    Raises:
        PenstockError: The entrypoint cannot be loaded; says why.
    """
    if plan.entrypoint is None:
        return FlowDeployment(plan)
    try:
        return FlowDeployment(plan, load_entrypoint(plan.entrypoint, plan.directory, Flow))
    except NotFound as error:
        if isinstance(error, MissingFlowError) or not pulls_code(plan.pull_steps):
            raise
        if plan.flow_name is None:
            error.hint = "Say flow_name, or deploy from where the code is."
            raise
    warning = Diagnostic(
        severity=Severity.WARNING,
        message=f"{plan.entrypoint} is not here: the parameters of {plan.flow_name!r} are not known.",
        hint="Deploy from where the code is, so that they can be checked.",
    )
    return FlowDeployment(msgspec.structs.replace(plan, warnings=(*plan.warnings, warning)))


def pulls_code(steps: list[Json]) -> bool:
    """Whether pull steps bring code from elsewhere, and do not just go to where it is."""
    return any(parse_step(step).built_in != "set_working_directory" for step in steps)
