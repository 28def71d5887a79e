"""A deployment as Python code asks for it: what `flow.deploy`, `flow.to_deployment` and `flow.serve` take."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypedDict

import msgspec

from penstock.contract.deployments import ConcurrencyOptions
from penstock.domain.catch_up import CatchUp
from penstock.domain.errors import InvalidInput
from penstock.domain.job_variable_layers import nest
from penstock.domain.json_values import Json, Path, survey
from penstock.domain.names import check_name
from penstock.domain.problems import JobVariablesInvalid, join_path, problem_of_fault
from penstock.domain.provenance import DEPLOYMENT
from penstock.domain.transitions import CollisionStrategy
from penstock.sdk import callables
from penstock.sdk.deployments.deployment_plan import DeploymentPlan
from penstock.sdk.deployments.diagnostics import Diagnostic, Severity
from penstock.sdk.deployments.flow_deployment import FlowDeployment
from penstock.sdk.deployments.flow_location import EntrypointType, FlowLocation, locate
from penstock.sdk.deployments.json_parameters import to_json_parameters
from penstock.sdk.deployments.schedule_options import AnySchedule, Seconds, schedules_of
from penstock.sdk.deployments.sources import LocalSource
from penstock.sdk.deployments.step_functions import step
from penstock.sdk.deployments.triggers import AnyDeploymentTrigger, written_triggers

if TYPE_CHECKING:
    from penstock.sdk.flows import Flow


class ConcurrencyLimitConfig(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How many runs of a deployment at once, and what happens to one too many."""

    limit: Annotated[int, msgspec.Meta(ge=1)]
    collision_strategy: CollisionStrategy = CollisionStrategy.ENQUEUE
    grace_period_seconds: Annotated[int, msgspec.Meta(ge=60, le=86_400)] | None = None
    """How long a run may take to start before its slot is given on."""


Limit: TypeAlias = int | Mapping[str, Any] | ConcurrencyLimitConfig
_SCHEDULING = (
    *("interval", "cron", "rrule", "schedule", "schedules", "timezone", "anchor_date"),
    *("catch_up", "max_lateness_seconds"),
)


class ServedOptions(TypedDict, total=False):
    """What can be said about any deployment. Anything left out, or None, has its default."""

    interval: Seconds | Iterable[Seconds] | None
    """Seconds, or timedeltas, between runs."""
    cron: str | Iterable[str] | None
    rrule: str | Iterable[str] | None
    schedule: AnySchedule | None
    schedules: Iterable[AnySchedule] | None
    """As objects or maps, with `active`, `parameters`, `slug`, `timezone` and the like; see `Schedule`."""
    timezone: str | None
    """For `cron`, `interval` and `rrule`: UTC."""
    anchor_date: datetime | str | None
    """For `interval`."""
    catch_up: CatchUp | str | None
    """What is done about runs of its schedules that nobody took in time: `all`, `latest` or `none`."""
    max_lateness_seconds: float | None
    """Runs of its schedules are skipped that have not started so long after their time."""
    paused: bool | None
    """Whether its schedules make no runs: they do."""
    concurrency_limit: Limit | None
    """How many of its runs at once; or a map with `limit`, `collision_strategy`, `grace_period_seconds`."""
    parameters: dict[str, Any] | None
    """Under those that a run gives."""
    triggers: Iterable[AnyDeploymentTrigger] | None
    """Automations that run it; those that it had before and are not among them go away."""
    description: str | None
    """The flow's."""
    tags: Iterable[str] | None
    version: str | None
    """The flow's."""
    version_type: str | None
    """`prefect:simple`, or `vcs:git` to take the version from the git repository that this is."""
    enforce_parameter_schema: bool | None
    """Whether parameters must fit the flow: yes."""
    entrypoint_type: EntrypointType | str | None
    """How the runs' processes find the flow: by its file."""


class PooledOptions(ServedOptions, total=False):
    """What can be said about a deployment whose runs go to a work pool."""

    work_queue_name: str | None
    """The pool's `default`."""
    job_variables: dict[str, Any] | None
    """Over the pool's defaults: `env` by its keys, other variables whole."""


class DeploymentOptions(PooledOptions, total=False):
    """What can be said about a deployment that is created later."""

    work_pool_name: str | None
    """Left to whoever creates it."""


class DeployOptions(PooledOptions, total=False):
    """What can be said about a deployment that is created now, and how."""

    build: bool | None
    """Whether to build the image first, which is not done here: give False with an image."""
    push: bool | None
    print_next_steps: bool | None
    """Whether to print what was created, and the commands that come next: yes."""
    ignore_warnings: bool | None
    """Whether to print no warnings."""
    strict: bool | None
    """Whether to refuse job variables that are None, which `os.environ.get` gives for what is not set."""


class NoneGiven(InvalidInput):
    """A job variable is None, as `os.environ.get` gives it for what is not set."""

    code = "none-given"


def deployment_of(
    flow: "Flow[..., Any]",
    name: str,
    options: Mapping[str, Any],
    *,
    what: str,
    known: type[ServedOptions] = DeploymentOptions,
    strict: bool = False,
) -> FlowDeployment:
    """The deployment `name` of a flow.

    Args:
        options: Those of `known`.
        what: The function whose options they are, for messages.
        strict: Refuse job variables that are None, instead of warning.

    Raises:
        OptionUnknown: There is no such option.
        InvalidInput, ParameterInvalid: A value cannot be used; names it.
    """
    callables.refuse_unknown(dict(options), known.__annotations__, what)
    given = {key: value for key, value in options.items() if value is not None}
    job_variables = _job_variables(given.get("job_variables", {}))
    nones = list(_nones(job_variables))
    if nones and strict:
        raise NoneGiven(
            "\n".join(map(str, nones)), field=f"job_variables.{nones[0].path}", detail=[n.path for n in nones]
        )
    limit, concurrency_options = _concurrency(given.get("concurrency_limit"))
    plan = DeploymentPlan(
        name=check_name(name, "name"),
        flow_name=flow.name,
        description=given.get("description"),
        version=given.get("version"),
        version_type=given.get("version_type"),
        tags=list(dict.fromkeys(given.get("tags", ()))),
        parameters=to_json_parameters(flow.name, given.get("parameters", {})),
        enforce_parameter_schema=given.get("enforce_parameter_schema", True),
        schedules=schedules_of(**{key: given[key] for key in _SCHEDULING if key in given}),
        paused=given.get("paused", False),
        concurrency_limit=limit,
        concurrency_options=concurrency_options,
        work_pool_name=given.get("work_pool_name"),
        work_queue_name=given.get("work_queue_name"),
        job_variables=job_variables,
        triggers=written_triggers(given.get("triggers", ())),
        **_place(flow, given.get("entrypoint_type", EntrypointType.FILE_PATH), nones),
    )
    return FlowDeployment(plan, flow)


def _place(flow: "Flow[..., Any]", kind: EntrypointType | str, warnings: list[Diagnostic]) -> dict[str, Any]:
    """Where workers find the flow: where it was taken from, else where it is here."""
    steps: dict[str, Any] = {"build_steps": [], "push_steps": []}
    if flow.origin is not None:
        origin = flow.origin
        is_local = isinstance(origin.source, LocalSource)
        return {
            **steps,
            "entrypoint": origin.entrypoint,
            "pull_steps": origin.source.pull_steps(),
            "directory": origin.source.pull(FilePath.cwd()) if is_local else FilePath.cwd(),
            "warnings": tuple(warnings),
        }
    location = locate(flow, _kind(kind))
    pull = [step("set_working_directory", directory=str(location.directory))]
    return {
        **steps,
        "entrypoint": location.entrypoint,
        "pull_steps": pull,
        "directory": location.directory,
        "warnings": (*warnings, *_doubts(flow, location)),
    }


def _kind(kind: EntrypointType | str) -> EntrypointType:
    try:
        return EntrypointType(kind)
    except ValueError:
        known = " or ".join(each.value for each in EntrypointType)
        raise InvalidInput(f"entrypoint_type must be {known}.", field="entrypoint_type") from None


def _doubts(flow: "Flow[..., Any]", location: FlowLocation) -> Iterator[Diagnostic]:
    if location.is_another:
        yield Diagnostic(
            severity=Severity.WARNING,
            message=f"workers load {location.entrypoint}, without the options that {flow.name!r} got since.",
            hint="Bind the flow to a name of its own at the top of its module.",
        )


def _job_variables(given: Any) -> dict[str, Json]:
    if not isinstance(given, Mapping):
        raise InvalidInput("job_variables must be a map.", field="job_variables")
    if fault := survey(variables := dict(given)).fault:
        raise JobVariablesInvalid([problem_of_fault(fault, DEPLOYMENT)])
    return variables


def _nones(job_variables: Mapping[str, Json]) -> Iterator[Diagnostic]:
    """Warn of each job variable, and each key of one, that is None."""
    for name, value in nest(job_variables).variables.items():
        keys = [key for key, item in value.items() if item is None] if isinstance(value, dict) else []
        paths: list[Path] = [(name,)] if value is None else [(name, key) for key in keys]
        # What None means for a variable as a whole is for its pool to say: see `publishing`.
        message = "is None." if value is None else "is None, which takes away what the pool sets."
        for path in paths:
            yield Diagnostic(
                severity=Severity.WARNING,
                path=join_path(path),
                message=message,
                hint="If it comes from os.environ.get: the variable is not set here.",
            )


def _concurrency(given: Limit | None) -> tuple[int | None, ConcurrencyOptions | None]:
    if given is None:
        return None, None
    try:
        document = {"limit": given} if isinstance(given, int) else given
        config = msgspec.convert(document, ConcurrencyLimitConfig, from_attributes=True)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"concurrency_limit: {error}.", field="concurrency_limit") from None
    if config.collision_strategy is CollisionStrategy.ENQUEUE and config.grace_period_seconds is None:
        return config.limit, None
    return config.limit, ConcurrencyOptions(
        collision_strategy=config.collision_strategy, grace_period_seconds=config.grace_period_seconds
    )
