"""Values that stand for others, as forms of the reference send them: what they stand for, as far as is known.

The kinds are those of `rendering.trees`. Here nothing is rendered: what a template becomes depends on an
event that has not come yet.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from penstock.domain.json_values import Json, Path, survey
from penstock.server.rendering import check_template
from penstock.server.rendering.trees import KIND


class KnownValues(NamedTuple):
    """Values in which nothing stands for another any more."""

    values: Json
    """With null for what is not known."""
    problems: list[tuple[Path, str]]
    """Where something stands for nothing, and why."""
    unknown: frozenset[Path]
    """Where a value is not known, because it is a template or stands for nothing."""


class _StandsForNothing(Exception):
    """Says why."""


class _IsTemplate(Exception):
    """Its value is known when it is filled in."""


def known_values(values: Json, variables: Mapping[str, Json]) -> KnownValues:
    """What values stand for.

    Args:
        values: As deeply nested as JSON may be here (`json_values.survey`).
        variables: By name.
    """
    problems: list[tuple[Path, str]] = []
    unknown: set[Path] = set()

    def known(value: Json, path: Path) -> Json:
        if isinstance(value, list):
            return [known(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if KIND not in value:
            return {key: known(item, (*path, key)) for key, item in value.items()}
        if value[KIND] in ("none", None):
            return known(value.get("value"), path)
        try:
            return _meant(value, variables)
        except _IsTemplate:
            unknown.add(path)
        except _StandsForNothing as reason:
            unknown.add(path)
            problems.append((path, str(reason)))
        return None

    return KnownValues(known(values, ()), problems, frozenset(unknown))


def _meant(value: dict[str, Json], variables: Mapping[str, Json]) -> Json:
    """What one value stands for. Nothing within it stands for anything: a variable could name itself."""
    match value[KIND]:
        case "json":
            return _parsed(value.get("value"))
        case "jinja":
            _check_template(value.get("template"))
            raise _IsTemplate
        case "workspace_variable":
            name = value.get("variable_name")
            if isinstance(name, str) and name in variables:
                return variables[name]
            message = f"There is no variable {name!r}."
            raise _StandsForNothing(message)
    message = f"{value[KIND]!r} is no kind of value: there are none, json, jinja and workspace_variable."
    raise _StandsForNothing(message)


def _parsed(text: Json) -> Json:
    if not isinstance(text, str):
        message = "The value of the kind json must be a text."
        raise _StandsForNothing(message)
    try:
        parsed = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        message = f"This is not JSON: {error}."
        raise _StandsForNothing(message) from None
    if fault := survey(parsed).fault:
        message = f"This JSON {fault.message}."
        raise _StandsForNothing(message)
    return parsed


def _check_template(template: Json) -> None:
    if not isinstance(template, str):
        message = "The template of the kind jinja must be a text."
        raise _StandsForNothing(message)
    if problem := check_template(template):
        raise _StandsForNothing(problem.message)
