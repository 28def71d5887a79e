"""What a deployment file and a command line together ask for, decided whole before anything is created.

project = load_project(find_project_file(directory))
plans = plan(project, Selection(names=("prod",)), PlanOptions(), os.environ)
plans = run_build_steps(plans, …)           # only now does anything happen
for each: client.create_deployment(plan.to_create(flow_id, parameter_schema))
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from penstock.contract.deployments import ConcurrencyOptions
from penstock.contract.schedules import DeploymentScheduleCreate
from penstock.domain.errors import InvalidInput, PenstockError
from penstock.domain.json_values import Json, Path
from penstock.domain.names import check_name
from penstock.domain.templates import placeholders
from penstock.domain.transitions import CollisionStrategy
from penstock.sdk.deployments.deployment_plan import DeploymentPlan, lay_over
from penstock.sdk.deployments.diagnostics import Diagnostic, ProjectInvalid, Reporter
from penstock.sdk.deployments.entrypoints import find_file, parse_entrypoint
from penstock.sdk.deployments.project_file import Entry, Project
from penstock.sdk.deployments.sections import (
    STEP_LISTS,
    ConcurrencyLimitSection,
    DeploymentSection,
    ScheduleSection,
    WorkPoolSection,
    check_deployment,
    check_steps,
)
from penstock.sdk.deployments.selection import Selection, select
from penstock.sdk.deployments.step_functions import parse_step, step
from penstock.sdk.deployments.templating import fill_environment, unknown_outputs
from penstock.sdk.deployments.triggers import deployment_triggers_from

_SECRET_INPUTS = ("access_token", "credentials")


class PlanOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a command line says over the file; None and empty say nothing."""

    work_pool_name: str | None = None
    default_work_pool_name: str | None = None
    """For deployments that name no pool."""
    work_queue_name: str | None = None
    job_variables: Mapping[str, Any] = {}
    """Laid over the file's: `env` by its keys, `NAME.KEY` into the map NAME, anything else in its place."""
    parameters: Mapping[str, Any] = {}
    """Laid over the file's, by name."""
    tags: tuple[str, ...] = ()
    """Added to the file's."""
    schedules: tuple[DeploymentScheduleCreate, ...] | None = None
    """In place of the file's: see `schedules_of`."""
    triggers: tuple[Json, ...] | None = None
    """In place of the file's, as they would be written there."""
    description: str | None = None
    version: str | None = None
    version_type: str | None = None
    concurrency_limit: int | None = None
    collision_strategy: CollisionStrategy | None = None
    grace_period_seconds: int | None = None
    enforce_parameter_schema: bool | None = None
    paused: bool | None = None
    strict: bool = False
    """Refuse `{{ $NAME }}` of variables that are not set."""


def plan(
    project: Project, selection: Selection, options: PlanOptions, environ: Mapping[str, str]
) -> list[DeploymentPlan]:
    """Decide everything about the selected deployments. Nothing is run, created or changed.

    Raises:
        NotFound, InvalidInput: As `select`.
        ProjectInvalid: Something is wrong with any of them; it has all errors of all of them.
    """
    drafts = [_Draft(project, entry, options, environ) for entry in select(project, selection, environ)]
    made = [(plan, draft) for draft in drafts if (plan := draft.make()) is not None]
    found = [diagnostic for draft in drafts for diagnostic in draft.diagnostics]
    found += _same_name_twice(made)
    if any(diagnostic.is_error for diagnostic in found):
        raise ProjectInvalid(dict.fromkeys([*project.warnings, *found]))
    return [plan for plan, _ in made]


def _same_name_twice(plans: Iterable[tuple[DeploymentPlan, "_Draft"]]) -> Iterator[Diagnostic]:
    seen = set()
    for made, draft in plans:
        key = (made.flow_name or made.entrypoint, made.name)
        if key in seen:
            yield draft.report.error(
                (*draft.entry.path, "name"), f"{made.name!r} is the name of two deployments of one flow."
            )
        seen.add(key)


class _Draft:
    """One deployment in the making, with everything that was found out about it."""

    def __init__(
        self, project: Project, entry: Entry, options: PlanOptions, environ: Mapping[str, str]
    ) -> None:
        self.project = project
        self.entry = entry
        self.options = options
        self.environ = environ
        self.report = Reporter(project.document if entry.path else None)
        self.diagnostics: list[Diagnostic] = []

    def make(self) -> DeploymentPlan | None:
        """The plan, or None where `diagnostics` has errors."""
        data = self._fill(self.entry.data, self.entry.path)
        self.diagnostics += check_deployment(data, self.entry.path, self.report, is_filled=True)
        steps = {name: self._steps(name, data) for name in STEP_LISTS}
        if self._fails():
            return None
        self._warn_of_unknown_outputs(data, steps)
        section = msgspec.convert(data, DeploymentSection, strict=False)
        fields = self._fields(section, section.work_pool or WorkPoolSection(), steps)
        return None if self._fails() else DeploymentPlan(**fields, warnings=tuple(self.diagnostics))

    def _fails(self) -> bool:
        return any(diagnostic.is_error for diagnostic in self.diagnostics)

    def _error(self, key: str, message: str, hint: str | None = None) -> None:
        self.diagnostics.append(self.report.error((*self.entry.path, *key.split(".")), message, hint))

    def _fill(self, value: Json, base: Path) -> Json:
        filled = fill_environment(value, self.environ, base, self.report, strict=self.options.strict)
        self.diagnostics += filled.diagnostics
        return filled.value

    def _steps(self, name: str, data: Mapping[str, Json]) -> list[Json]:
        """The deployment's own steps, else the file's; without pull steps, the place of the file."""
        own = data.get(name)
        if own is not None:
            return list(own)
        shared = getattr(self.project, name)
        if shared is not None:
            filled = list(self._fill(shared, (name,)))
            self.diagnostics += check_steps(filled, (name,), self.report)
            return filled
        return (
            [step("set_working_directory", directory=str(self.project.directory))] if name == "pull" else []
        )

    def _warn_of_unknown_outputs(self, data: Mapping[str, Json], steps: Mapping[str, list[Json]]) -> None:
        before = [parse_step(value) for name in ("build", "push") for value in steps[name]]
        ids = {step.id for step in before if step.id}
        values = {key: value for key, value in data.items() if key not in (*STEP_LISTS, "triggers")}
        self.diagnostics += unknown_outputs(
            values, self.entry.path, self.report, step_ids=ids, has_steps=bool(before), environ=self.environ
        )
        self.diagnostics += self._literal_secrets(steps["pull"])

    def _literal_secrets(self, pull: list[Json]) -> Iterator[Diagnostic]:
        for value in pull:
            for name, given in parse_step(value).inputs.items():
                if name in _SECRET_INPUTS and given and next(placeholders(given), None) is None:
                    yield self.report.warning(
                        (*self.entry.path, "pull"),
                        f"{name} is stored with the deployment, for everybody to read.",
                        "Store it as a secret, and write {{ penstock.secrets.NAME }}.",
                    )

    def _fields(
        self, section: DeploymentSection, pool: WorkPoolSection, steps: Mapping[str, list[Json]]
    ) -> dict[str, Any]:
        options = self.options
        limit, concurrency_options = self._concurrency(section.concurrency_limit)
        return {
            "name": self._name(section.name),
            "entrypoint": self._entrypoint(section, is_local=self._is_local(section)),
            "flow_name": section.flow_name,
            "description": _first(options.description, section.description),
            "version": _first(options.version, section.version),
            "version_type": _first(options.version_type, section.version_type),
            "tags": list(dict.fromkeys([*(section.tags or []), *options.tags])),
            "parameters": {**(section.parameters or {}), **options.parameters},
            "enforce_parameter_schema": _first(
                options.enforce_parameter_schema, section.enforce_parameter_schema, True
            ),
            "schedules": self._schedules(section),
            "paused": _first(options.paused, section.paused, False),
            "concurrency_limit": limit,
            "concurrency_options": concurrency_options,
            "work_pool_name": self._work_pool(pool),
            "work_queue_name": _first(options.work_queue_name, pool.work_queue_name),
            "job_variables": self._job_variables(pool.job_variables or {}),
            "build_steps": steps["build"],
            "push_steps": steps["push"],
            "pull_steps": steps["pull"],
            "triggers": self._triggers(section, [*steps["build"], *steps["push"]]),
            "directory": self.project.directory,
        }

    def _name(self, name: str | None) -> str | None:
        if not name:
            self._error("name", "A deployment needs a name.")
            return None
        try:
            return check_name(name, "name")
        except InvalidInput as error:
            self._error("name", error.message, error.hint)
            return None

    def _is_local(self, section: DeploymentSection) -> bool:
        return section.pull is None and self.project.pull is None

    def _entrypoint(self, section: DeploymentSection, *, is_local: bool) -> str | None:
        """The entrypoint, checked as far as that is possible without importing it."""
        if not section.entrypoint:
            if not section.flow_name:
                self._error("entrypoint", "A deployment needs an entrypoint.", "Write path/to/file.py:flow.")
            return None
        if next(placeholders(section.entrypoint), None) is not None:
            return section.entrypoint
        try:
            entrypoint = parse_entrypoint(section.entrypoint)
            if entrypoint.file and is_local:
                find_file(entrypoint, self.project.directory)
        except PenstockError as error:
            self._error("entrypoint", error.message, error.hint)
        return section.entrypoint

    def _work_pool(self, pool: WorkPoolSection) -> str | None:
        name = self.options.work_pool_name or pool.name or self.options.default_work_pool_name
        if not name:
            self._error(
                "work_pool", "A deployment needs a work pool.", "Write work_pool.name, or give --pool."
            )
        return name

    def _schedules(self, section: DeploymentSection) -> list[DeploymentScheduleCreate]:
        if self.options.schedules is not None:
            return list(self.options.schedules)
        sections = [section.schedule] if section.schedule else section.schedules or []
        return [_schedule(own) for own in sections if own != ScheduleSection()]

    def _triggers(self, section: DeploymentSection, before: list[Json]) -> list[Json]:
        """The triggers as they are written, checked unless an output of a step has yet to be filled in."""
        written, path, report = section.triggers or [], (*self.entry.path, "triggers"), self.report
        if self.options.triggers is not None:
            path, report = ("triggers",), Reporter(None)
            written = self._fill(list(self.options.triggers), path)
        ids = {parse_step(value).id for value in before}
        if not any(use.placeholder.name.partition(".")[0] in ids for use in placeholders(written)):
            self.diagnostics += _faults_of_triggers(written, path, report)
        return written

    def _concurrency(
        self, limit: int | ConcurrencyLimitSection | None
    ) -> tuple[int | None, ConcurrencyOptions | None]:
        own = limit if isinstance(limit, ConcurrencyLimitSection) else ConcurrencyLimitSection(limit=limit)
        number = _first(self.options.concurrency_limit, own.limit)
        strategy = _first(self.options.collision_strategy, own.collision_strategy)
        grace = _first(self.options.grace_period_seconds, own.grace_period_seconds)
        if strategy is None and grace is None:
            return number, None
        return number, ConcurrencyOptions(
            collision_strategy=strategy or CollisionStrategy.ENQUEUE, grace_period_seconds=grace
        )

    def _job_variables(self, written: Mapping[str, Json]) -> dict[str, Json]:
        variables, problems = lay_over(written, self.options.job_variables)
        for problem in problems:
            self._error("work_pool.job_variables", f"{problem.path} {problem.message}")
        return variables


def _faults_of_triggers(written: list[Json], path: Path, report: Reporter) -> Iterator[Diagnostic]:
    try:
        deployment_triggers_from(written)
    except InvalidInput as error:
        steps = (error.field or "").split(".")[1:]
        where = (*path, *(int(step) if step.isdecimal() else step for step in steps))
        yield report.error(where, error.message, error.hint)


def _schedule(section: ScheduleSection) -> DeploymentScheduleCreate:
    return DeploymentScheduleCreate(
        schedule=section.schedule(),
        active=section.active is not False,
        max_scheduled_runs=section.max_scheduled_runs,
        parameters=section.parameters or {},
        slug=section.slug,
        replaces=section.replaces,
        catch_up=section.catch_up,
        max_lateness_seconds=section.max_lateness_seconds,
    )


def _first(*values: Any) -> Any:
    """The first value that says something."""
    return next((value for value in values if value is not None), None)
