"""One deployment as it will be created."""

from collections.abc import Mapping
from pathlib import Path as FilePath
from uuid import UUID

import msgspec

from penstock.contract.deployments import ConcurrencyOptions, DeploymentCreate
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.domain.errors import InvalidInput
from penstock.domain.job_variable_layers import nest, overlay
from penstock.domain.json_values import Json, as_text
from penstock.domain.problems import JobVariablesInvalid, Problem
from penstock.domain.provenance import DEPLOYMENT
from penstock.domain.templates import placeholders
from penstock.sdk.deployments.diagnostics import Diagnostic
from penstock.sdk.deployments.step_functions import Step, parse_step
from penstock.sdk.deployments.step_outputs import fill_outputs, fill_outputs_by_id

_FILLED_TEXTS = (
    "name",
    "entrypoint",
    "flow_name",
    "description",
    "version",
    "work_pool_name",
    "work_queue_name",
)
_FILLED_VALUES = ("parameters", "job_variables")
OF_THE_EVENT = frozenset(
    {
        "automation",
        "deployment",
        "event",
        "events",
        "firing",
        "flow",
        "flow_run",
        "labels",
        "metric",
        "task_run",
        "trigger",
        "work_pool",
        "work_queue",
    }
)
"""What templates of triggers speak of: never the output of a step, should one be called so."""
_CREATED_AS_THEY_ARE = (
    "name",
    "entrypoint",
    "description",
    "version",
    "tags",
    "parameters",
    "enforce_parameter_schema",
    "schedules",
    "paused",
    "concurrency_limit",
    "concurrency_options",
    "work_pool_name",
    "work_queue_name",
    "job_variables",
    "pull_steps",
    "path",
)


class DeploymentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One deployment as it will be created.

    Texts and free values may still name outputs of its build and push steps: see `with_outputs`.
    """

    name: str
    entrypoint: str | None
    flow_name: str | None
    """The flow's name where the file says it; else the entrypoint's own."""
    description: str | None
    version: str | None
    version_type: str | None
    tags: list[str]
    parameters: dict[str, Json]
    enforce_parameter_schema: bool
    schedules: list[DeploymentScheduleCreate]
    paused: bool
    concurrency_limit: int | None
    concurrency_options: ConcurrencyOptions | None
    work_pool_name: str | None
    """None for a deployment that is served: its runs go to the process that serves it."""
    work_queue_name: str | None
    job_variables: dict[str, Json]
    build_steps: list[Json]
    push_steps: list[Json]
    pull_steps: list[Json]
    triggers: list[Json]
    """Automations beside the deployment, as they are written: see `deployment_triggers`."""
    directory: FilePath
    """What the entrypoint refers to where the plan is made."""
    path: str | None = None
    """Where its code is, for a deployment without pull steps."""
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def steps(self) -> list[Step]:
        """What is to be done before it is created: build, then push."""
        return [parse_step(value) for value in (*self.build_steps, *self.push_steps)]

    def overridden(
        self, job_variables: Mapping[str, Json] | None = None, parameters: Mapping[str, Json] | None = None
    ) -> "DeploymentPlan":
        """The plan with job variables laid over its own (`env` by its keys), and parameters, by name.

        Raises `JobVariablesInvalid` for job variables that are given both dotted and nested.
        """
        own, problems = lay_over(self.job_variables, job_variables or {})
        if problems:
            raise JobVariablesInvalid(problems)
        return msgspec.structs.replace(
            self, job_variables=own, parameters={**self.parameters, **(parameters or {})}
        )

    def with_outputs(self, outputs: Mapping[str, Json]) -> "DeploymentPlan":
        """The plan with the outputs of its build and push steps filled in.

        Pull steps only take outputs by id: a plain `{{ key }}` there is one of their own. So do triggers,
        whose other placeholders are templates over the event. Raises `InvalidInput` for a placeholder that
        says `required` and is still not filled.
        """
        texts = {name: _filled_text(getattr(self, name), outputs) for name in _FILLED_TEXTS}
        values = {name: fill_outputs(getattr(self, name), outputs) for name in _FILLED_VALUES}
        own_ids = {parse_step(value).id for value in self.pull_steps}
        by_id = {done.id: outputs[done.id] for done in self.steps if done.id and done.id in outputs}
        pull = fill_outputs(self.pull_steps, {id: by_id[id] for id in by_id if id not in own_ids})
        triggers = fill_outputs_by_id(
            self.triggers, {id: by_id[id] for id in by_id if id not in OF_THE_EVENT}
        )
        tags = [as_text(fill_outputs(tag, outputs)) for tag in self.tags]
        filled = msgspec.structs.replace(
            self, **texts, **values, tags=tags, pull_steps=pull, triggers=triggers
        )
        filled._check_required()
        return filled

    def _check_required(self) -> None:
        for name in (*_FILLED_TEXTS, *_FILLED_VALUES, "tags"):
            for use in placeholders(getattr(self, name)):
                if use.placeholder.filter == "required":
                    problem = f"{use.placeholder.text} has no value: {use.placeholder.argument}"
                    raise InvalidInput(problem, field=name)

    def to_create(
        self,
        flow_id: UUID,
        parameter_openapi_schema: dict[str, Json] | None = None,
        version_info: dict[str, Json] | None = None,
    ) -> DeploymentCreate:
        """The body of the request that creates it."""
        return DeploymentCreate(
            flow_id=flow_id,
            parameter_openapi_schema=parameter_openapi_schema,
            version_info=version_info,
            **{name: getattr(self, name) for name in _CREATED_AS_THEY_ARE},
        )


def lay_over(
    below: Mapping[str, Json], above: Mapping[str, Json]
) -> tuple[dict[str, Json], tuple[Problem, ...]]:
    """Job variables over others: `env` by its keys, `NAME.KEY` into the map NAME, anything else in its place.

    The second part of the answer is what is wrong with either.
    """
    lower, upper = nest(below, DEPLOYMENT), nest(above, DEPLOYMENT)
    over = overlay(lower.variables, upper.variables, dict.fromkeys(upper.dotted, "keys"))
    return over, (*lower.problems, *upper.problems)


def _filled_text(text: str | None, outputs: Mapping[str, Json]) -> str | None:
    return None if text is None else as_text(fill_outputs(text, outputs))
