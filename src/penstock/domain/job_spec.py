"""The resolved job: what a run is launched with, frozen when a worker claims it.

References and facts about the run are still in it as they were written, so that it can be stored and shown;
the worker fills them in with `bind_references` just before launch. This module is light on purpose: a flow's
process and a worker load it, and no JSON Schema validator with it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from penstock.domain.environment_variables import ENV, check_environment, launch_text
from penstock.domain.errors import NotFound
from penstock.domain.json_values import Json, Path, digest
from penstock.domain.problems import JobVariablesInvalid, Problem, join_path, shown
from penstock.domain.provenance import Leaf
from penstock.domain.templates import (
    KEEP,
    MISSING,
    Fill,
    Placeholder,
    PlaceholderKind,
    block_document,
    placeholders,
    substitute,
)


class ReferenceMissing(NotFound):
    """References of a job that nothing answers to. `references` names them as `spec.references` does."""

    code = "reference-missing"

    def __init__(self, message: str, references: tuple[str, ...]) -> None:
        super().__init__(message, hint="Create them, or give them a default.", detail=[*references])
        self.references = references


class JobSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run is launched with, and why. Plain data: stored as JSON, answered by the API as it is."""

    hash: str
    """SHA-256 over what is launched. Equal hashes are equal infrastructure, whoever set the values."""
    template_version: str
    """SHA-256 of the pool's base job template that this was resolved with."""
    variables: dict[str, Any]
    """The merged job variables, as they were given."""
    job_configuration: dict[str, Any]
    """The pool's, filled in. Its `env` is the whole environment: text, but for lists and maps that still have
    a reference in them, which become their JSON when it is filled in."""
    unset_environment: tuple[str, ...] = ()
    """Variables to take away from what a worker's own environment would hand down."""
    leaves: tuple[Leaf, ...] = ()
    warnings: tuple[Problem, ...] = ()
    origins: dict[str, str] = {}
    """How a layer came in, by its name: `{"run": "cli"}`."""
    facts: dict[str, Any] = {}
    """The facts about the run that are used, by name: `{"flow_run.name": "brisk-otter"}`."""

    @property
    def environment(self) -> dict[str, str]:
        """The environment as text; references are still references."""
        return {name: launch_text(value) for name, value in self.job_configuration[ENV].items()}

    @property
    def references(self) -> tuple[str, ...]:
        """What has to be fetched for `bind_references`: `penstock.secrets.db`, …, each once."""
        found = [use.placeholder for use in placeholders(self.job_configuration)]
        return tuple(dict.fromkeys(p.name for p in found if p.kind is PlaceholderKind.REFERENCE))


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is to tell about the job that layers make, valid or not."""

    errors: tuple[Problem, ...]
    complete: bool
    """Whether the last layer is known, so that what is required must be there."""
    job: JobSpec
    """With errors: what could be made of it, for showing and never for launching."""


class BoundJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job with nothing left to fill in. It may hold secrets: never store, log or show it."""

    job_configuration: dict[str, Any]
    environment: dict[str, str]
    unset_environment: tuple[str, ...]


def build_job_spec(
    configuration: Mapping[str, Json],
    variables: Mapping[str, Json],
    environment: Mapping[str, Json],
    **about: Any,
) -> JobSpec:
    """Fill `configuration` with variables and environment; `about` are the other fields of the `JobSpec`.

    The result shares nested values with what was given: treat all of it as immutable.
    """
    job = fill_job(configuration, variables, environment)
    launched = {"job_configuration": job, "unset_environment": about.get("unset_environment", ())}
    return JobSpec(hash=digest(launched), variables=dict(variables), job_configuration=job, **about)


def fill_job(
    configuration: Mapping[str, Json], variables: Mapping[str, Json], environment: Mapping[str, Json]
) -> dict[str, Json]:
    """The pool's `job_configuration` with its placeholders for variables filled in. `env` is always in it."""
    env = {name: _until_launch(value) for name, value in environment.items()}
    rest = {name: part for name, part in configuration.items() if name != ENV}
    return {ENV: env, **substitute(rest, variable_filler(variables, env))}


def variable_filler(variables: Mapping[str, Json], env: Json) -> Fill:
    """Fills placeholders for job variables, `{{ env }}` with `env`, and leaves all others alone."""

    def fill(placeholder: Placeholder) -> Json:
        if placeholder.kind is not PlaceholderKind.VARIABLE:
            return KEEP
        return env if placeholder.name == ENV else variables.get(placeholder.name, MISSING)

    return fill


def _until_launch(value: Json) -> Json:
    # JSON must be made after a reference in it is filled in: quotes in a secret would break made JSON.
    if isinstance(value, (dict, list)) and any(use.is_late for use in placeholders(value)):
        return value
    return launch_text(value)


def bind_references(spec: JobSpec, values: Mapping[str, Json]) -> BoundJob:
    """Fill in references and facts, just before launch. One pass: what is filled in is not looked at again.

    `values` has a value for each of `spec.references`. A reference that is a whole value keeps the value's
    type; in the environment everything becomes text, and a variable whose value is null is left out.

    Raises:
        ReferenceMissing: naming every reference, or path into one, that has no value and no default.
        JobVariablesInvalid: A value cannot be in an environment.
    """
    missing: dict[str, Placeholder] = {}
    fill = _binder(values, spec.facts, missing)
    unbound = spec.job_configuration[ENV]

    def bind_map(found: dict[str, Json]) -> Json:
        reference = block_document(found)
        return KEEP if reference is None else fill(reference)

    env = substitute(unbound, fill, bind_map)
    environment = {name: launch_text(value) for name, value in env.items() if value is not None}

    def bind_job_map(found: dict[str, Json]) -> Json:
        # The environment may also stand elsewhere, as in a pod's manifest, and is text there too.
        return environment if found == unbound else bind_map(found)

    job = substitute(spec.job_configuration, fill, bind_job_map)
    if missing:
        raise _reference_missing(spec, missing)
    if problems := [*_unlaunchable(environment)]:
        raise JobVariablesInvalid(problems)
    return BoundJob(job_configuration=job, environment=environment, unset_environment=spec.unset_environment)


def _binder(values: Mapping[str, Json], facts: Mapping[str, Json], missing: dict[str, Placeholder]) -> Fill:
    def fill(placeholder: Placeholder) -> Json:
        if placeholder.kind is PlaceholderKind.REFERENCE:
            value = _follow(values.get(placeholder.name, MISSING), placeholder.path)
        elif placeholder.kind is PlaceholderKind.CONTEXT:
            value = facts.get(placeholder.name, MISSING)
        else:
            return KEEP
        if value is MISSING and placeholder.default is MISSING:
            missing.setdefault(placeholder.text, placeholder)
        return value

    return fill


def _follow(value: Json, path: Path) -> Json:
    for step in path:
        in_map = isinstance(value, dict) and step in value
        in_list = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not (in_map or in_list):
            return MISSING
        value = value[step]
    return value


def _reference_missing(spec: JobSpec, missing: Mapping[str, Placeholder]) -> ReferenceMissing:
    places: dict[str, str] = {}
    for use in (*placeholders(spec.variables), *placeholders(spec.job_configuration)):
        places.setdefault(use.placeholder.text, join_path(use.path))
    told = [
        f"{shown(text)} (in {places[text]}) has no value{f': {shown(p.argument)}' if p.argument else ''}."
        for text, p in missing.items()
    ]
    return ReferenceMissing(" ".join(told), tuple(dict.fromkeys(p.name for p in missing.values())))


def _unlaunchable(environment: Mapping[str, str]) -> Iterator[Problem]:
    yield from check_environment(environment, None)
    for name, text in environment.items():
        if "\0" in text:
            where = join_path((ENV, name))
            yield Problem(where, "nul", "is filled with text that has a NUL character.", None, "string")


def encode(spec: JobSpec) -> bytes:
    """The JSON under which a spec is stored."""
    return msgspec.json.encode(spec)


def decode(text: bytes | str) -> JobSpec:
    """The spec that was stored. Raises `msgspec.ValidationError` for anything else."""
    return msgspec.json.decode(text, type=JobSpec)
