"""Reading one layer of job variables: what is acceptable, and where what the pool does not declare goes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from penstock.domain.base_job_templates import BaseJobTemplate
from penstock.domain.environment_variables import ENV, check_environment
from penstock.domain.job_variable_layers import Layer, nest
from penstock.domain.json_values import Json, survey, type_name
from penstock.domain.names import nearest
from penstock.domain.problems import MAX_PROBLEMS, Findings, Problem, join_path, problem_of_fault


class ReadLayer(NamedTuple):
    """A layer whose names are nested and whose values are acceptable JSON. Its `env` is a map or null."""

    name: str
    variables: dict[str, Json]
    dotted: frozenset[str] = frozenset()
    """Variables of which a part was written dotted."""
    has_braces: bool = False


def read_layer(layer: Layer, pool: BaseJobTemplate, findings: Findings) -> ReadLayer:
    """Read what one layer says. What is wrong goes to `findings`, and is left out where it has no meaning."""
    given = layer.variables
    if given is None:
        return ReadLayer(layer.name, {})
    if not isinstance(given, Mapping):
        findings.errors.append(_not_an_object("", "job variables", given, layer.name))
        return ReadLayer(layer.name, {})
    variables, dotted, problems = nest(given, layer.name, pool.properties)
    findings.errors.extend(problems)
    fault, has_braces = survey(variables)
    if fault:
        findings.errors.append(problem_of_fault(fault, layer.name))
        return ReadLayer(layer.name, {})
    _place_undeclared(variables, layer.name, pool, findings)
    _check_env(variables, layer.name, findings)
    findings.warnings.extend(
        _unused(name, layer.name) for name in variables if name in pool.properties and name not in pool.used
    )
    return ReadLayer(layer.name, variables, dotted, has_braces)


def _place_undeclared(
    variables: dict[str, Json], layer: str, pool: BaseJobTemplate, findings: Findings
) -> None:
    """Refuse, warn of, or move into `env` what the pool does not declare."""
    unknown = [name for name in variables if name not in pool.properties and name != ENV]
    if not unknown or pool.errors:
        return
    if pool.is_empty:
        message = "the pool has no base job template yet, so that job variables cannot be checked."
        findings.warnings.append(Problem("", "no-template", message, layer))
        return
    if pool.undeclared == "to-env":
        _move_into_env(variables, unknown, layer, findings)
    found = findings.errors if pool.undeclared == "error" else findings.warnings
    for name in unknown[:MAX_PROBLEMS]:  # looking for the nearest name takes its time
        meant = nearest(name, pool.properties)
        if meant or pool.undeclared != "to-env":
            found.append(_undeclared(name, meant, layer, pool))


def _undeclared(name: str, meant: str | None, layer: str, pool: BaseJobTemplate) -> Problem:
    effect = {
        "error": "the pool does not declare it.",
        "warn": "the pool does not declare it, so that it changes nothing.",
        "to-env": "the pool does not declare it, and takes it as an environment variable.",
    }[pool.undeclared]
    hint = (
        f"Did you mean {meant!r}?"
        if meant
        else f"For an environment variable write {join_path((ENV, name))}."
    )
    return Problem(join_path((name,)), "undeclared", effect, layer, hint=hint)


def _move_into_env(variables: dict[str, Json], names: Sequence[str], layer: str, findings: Findings) -> None:
    env = variables.get(ENV) or {}
    if not isinstance(env, dict):  # told by `_check_env`
        return
    moved = {name: variables.pop(name) for name in names if name not in env}
    variables[ENV] = {**env, **moved}
    for name in names:
        if name not in moved:
            message = "is given twice in one layer, by itself and in `env`. Keep one of them."
            findings.errors.append(Problem(join_path((name,)), "conflict", message, layer))


def _check_env(variables: dict[str, Json], layer: str, findings: Findings) -> None:
    env = variables.get(ENV)
    if isinstance(env, dict):
        findings.errors.extend(check_environment(env, layer))
    elif env is not None:
        findings.errors.append(_not_an_object(ENV, "it", env, layer))
        del variables[ENV]


def _not_an_object(path: str, subject: str, given: Json, layer: str) -> Problem:
    kind = type_name(given)
    hint = "A reference may stand for each value in it." if path and isinstance(given, str) else None
    return Problem(path, "type", f"{subject} must be object, not {kind}.", layer, kind, hint)


def _unused(name: str, layer: str) -> Problem:
    message = "the pool declares it, but no placeholder uses it: it changes nothing."
    return Problem(join_path((name,)), "unused", message, layer)
