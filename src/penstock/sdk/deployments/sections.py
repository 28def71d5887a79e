"""The shape of a deployment file: what its sections may hold, and what to say of anything else."""

import contextlib
import re
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, TypeAlias

import msgspec

from penstock.contract.fields import PositiveSeconds
from penstock.domain.catch_up import CatchUp
from penstock.domain.errors import InvalidInput
from penstock.domain.json_values import Json, Path
from penstock.domain.names import did_you_mean
from penstock.domain.schedules import (
    SCHEDULE_KINDS,
    CronSchedule,
    IntervalSchedule,
    RRuleSchedule,
    parse_schedule,
)
from penstock.domain.templates import placeholders
from penstock.domain.transitions import CollisionStrategy
from penstock.sdk.deployments.diagnostics import Diagnostic, Reporter
from penstock.sdk.deployments.sources import faults_of_git_clone
from penstock.sdk.deployments.step_functions import parse_step

Schedule: TypeAlias = CronSchedule | IntervalSchedule | RRuleSchedule
Limit: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]


class WorkPoolSection(msgspec.Struct):
    """Where the deployment's runs go, and what they override there."""

    name: str | None = None
    work_queue_name: str | None = None
    job_variables: dict[str, Any] | None = None


class ConcurrencyLimitSection(msgspec.Struct):
    """How many runs at once, and what happens to one too many."""

    limit: Limit | None = None
    collision_strategy: CollisionStrategy | None = None
    grace_period_seconds: Annotated[int, msgspec.Meta(ge=60, le=86_400)] | None = None


class ScheduleSection(msgspec.Struct):
    """When the deployment runs: one of `cron`, `interval` and `rrule`, and how."""

    cron: str | None = None
    interval: float | str | None = None
    rrule: str | None = None
    timezone: str | None = None
    anchor_date: str | None = None
    day_or: bool | None = None
    active: bool | None = None
    max_scheduled_runs: Limit | None = None
    parameters: dict[str, Any] | None = None
    slug: str | None = None
    replaces: str | None = None
    catch_up: CatchUp | None = None
    max_lateness_seconds: PositiveSeconds | None = None

    def schedule(self) -> Schedule:
        """The schedule itself. Raises `InvalidInput`."""
        names = (*SCHEDULE_KINDS, "timezone", "anchor_date", "day_or")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        with contextlib.suppress(ValueError, KeyError):
            given["interval"] = float(given["interval"])  # seconds may come as text, from a variable
        return parse_schedule(given)


class DeploymentSection(msgspec.Struct):
    """One entry of `deployments`."""

    name: str | None = None
    flow_name: str | None = None
    entrypoint: str | None = None
    description: str | None = None
    version: str | None = None
    version_type: str | None = None
    tags: list[str] | None = None
    parameters: dict[str, Any] | None = None
    enforce_parameter_schema: bool | None = None
    paused: bool | None = None
    schedule: ScheduleSection | None = None
    schedules: list[ScheduleSection] | None = None
    concurrency_limit: Limit | ConcurrencyLimitSection | None = None
    work_pool: WorkPoolSection | None = None
    build: list[dict[str, Any]] | None = None
    push: list[dict[str, Any]] | None = None
    pull: list[dict[str, Any]] | None = None
    triggers: list[dict[str, Any]] | None = None
    sla: list[dict[str, Any]] | None = None


STEP_LISTS = ("build", "push", "pull")
TOP_LEVEL = ("name", "prefect-version", "penstock-version", *STEP_LISTS, "deployments", "definitions")
BOOLEANS = {"paused", "active", "day_or", "enforce_parameter_schema"}
BOOLEANS |= {"include_submodules", "stream_output", "expand_env_vars", "shell"}
"""Keys whose value may be written `yes` and `no`."""
_NESTED: dict[str, type[msgspec.Struct]] = {
    "schedule": ScheduleSection,
    "concurrency_limit": ConcurrencyLimitSection,
    "work_pool": WorkPoolSection,
}
_AT = re.compile(r" - at `\$(.*)`$")


def has_placeholder(value: Json) -> bool:
    """Whether something in the value is not known yet."""
    return next(placeholders(value), None) is not None


def check_deployment(
    value: dict[str, Json], path: Path, report: Reporter, *, is_filled: bool = False
) -> Iterator[Diagnostic]:
    """Everything that is wrong or doubtful in one entry of `deployments`.

    What has placeholders is not judged, until they are filled. After that, those that are left name outputs
    of steps, which only text can have.
    """
    yield from _Check(report, is_filled).fields(value, DeploymentSection, path)
    if value.get("schedule") and value.get("schedules"):
        hint = "Give one of them: schedules can have several."
        yield report.error((*path, "schedules"), "stands beside schedule.", hint)
    if value.get("sla"):
        yield report.warning((*path, "sla"), "is not supported and has no effect.")


class _Check(NamedTuple):
    report: Reporter
    is_filled: bool

    def fields(self, value: Json, section: type[msgspec.Struct], path: Path) -> Iterator[Diagnostic]:
        types = {field.name: field.type for field in msgspec.structs.fields(section)}
        for key, item in value.items():
            here = (*path, key)
            if key not in types:
                if not key.startswith("x-"):
                    problem = "is not a known key and has no effect."
                    yield self.report.warning(here, problem, _suggest(key, section))
            elif key in STEP_LISTS:
                yield from check_steps(item, here, self.report)
            elif key == "schedules" and isinstance(item, list):
                for index, entry in enumerate(item):
                    yield from self._nested(entry, ScheduleSection, (*here, index))
            elif key in _NESTED and isinstance(item, dict):
                yield from self._nested(item, _NESTED[key], here)
            elif self._is_known(item):
                yield from self._type(item, types[key], here)

    def _is_known(self, value: Json) -> bool:
        return self.is_filled or not has_placeholder(value)

    def _nested(self, item: Json, section: type[msgspec.Struct], path: Path) -> Iterator[Diagnostic]:
        if not isinstance(item, dict):
            if self._is_known(item):
                yield self.report.error(path, "must be a map.")
            return
        found = list(self.fields(item, section, path))
        yield from found
        is_sound = not any(diagnostic.is_error for diagnostic in found)
        if section is ScheduleSection and item and is_sound and self._is_known(item):
            yield from self._schedule(item, path)

    def _schedule(self, item: Json, path: Path) -> Iterator[Diagnostic]:
        try:
            msgspec.convert(item, ScheduleSection, strict=False).schedule()
        except InvalidInput as error:
            where = (*path, error.field) if error.field and error.field in item else path
            yield self.report.error(where, error.message, error.hint)

    def _type(self, item: Json, type_: Any, path: Path) -> Iterator[Diagnostic]:
        try:
            msgspec.convert(item, type_, strict=False)
        except msgspec.ValidationError as error:
            text = str(error)
            at = _AT.search(text)
            message = _AT.sub("", text).replace("`", "").replace("str", "text")
            inner = f"{at[1]}: " if at else ""
            is_unquoted = "Expected text" in message and not isinstance(item, dict)
            hint = "Write it in quotes." if is_unquoted else None
            yield self.report.error(path, f"{inner}{message}.", hint)


def _suggest(key: str, section: type[msgspec.Struct]) -> str:
    own = section.__struct_fields__
    for name, nested in _NESTED.items():
        if section is DeploymentSection and key not in own and key in nested.__struct_fields__:
            return f"It belongs under {name}."
    return did_you_mean(key, own)


def check_steps(value: Json, path: Path, report: Reporter) -> Iterator[Diagnostic]:
    """What is wrong or doubtful in a list of build, push or pull steps."""
    if not isinstance(value, list | None):
        yield report.error(path, "must be a list of steps.")
        return
    for index, item in enumerate(value or []):
        try:
            step = parse_step(item)
            unknown = step.unknown_inputs()
        except InvalidInput as error:
            yield report.error((*path, index), error.message, error.hint)
            continue
        here = (*path, index, step.function)
        for name, hint in unknown:
            yield report.error((*here, name), "is not an input of this step.", hint)
        for fault in faults_of_git_clone(step.inputs) if step.built_in == "git_clone" else ():
            yield report.error((*here, str(fault.field)), fault.message, fault.hint)
