"""Edits of single paths of one layer of job variables; what is not named stays as it is, and where it is."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from penstock.domain.base_job_templates import BaseJobTemplate
from penstock.domain.environment_variables import ENV
from penstock.domain.json_values import Json, type_name
from penstock.domain.problems import Problem, join_path


class Edit(NamedTuple):
    """A new value at one path; unset: what lower layers say again."""

    path: tuple[str, ...]
    """A variable, or a variable and one of its keys. Dots in a step are part of the step."""
    value: Json = msgspec.UNSET


class Edited(NamedTuple):
    """A layer after edits. Edits with problems were not made."""

    variables: dict[str, Json]
    problems: tuple[Problem, ...]


def apply_edits(
    template: BaseJobTemplate, variables: dict[str, Json], edits: Iterable[Edit], layer: str
) -> Edited:
    """The layer with the edits made, one after another. The map that was given is not changed.

    Only variables that layers come together in by keys have keys to edit. A variable whose last key is reset
    is reset itself, and null for a key takes away what lower layers say.
    """
    after = dict(variables)
    problems: list[Problem] = []
    for edit in edits:
        if fault := _fault(template, after, edit):
            message, hint = fault
            problems.append(Problem(join_path(edit.path), "path", message, layer, hint=hint))
        elif len(edit.path) == 1:
            _put(after, edit.path[0], edit.value)
        else:
            name, key = edit.path
            inner = dict(after.get(name) or {})
            _put(inner, key, edit.value)
            _put(after, name, inner or msgspec.UNSET)
    return Edited(after, tuple(problems))


def _put(into: dict[str, Any], name: str, value: Json) -> None:
    if value is msgspec.UNSET:
        into.pop(name, None)
    else:
        into[name] = value


def _fault(template: BaseJobTemplate, variables: dict[str, Json], edit: Edit) -> tuple[str, str] | None:
    """Why a path cannot be edited, and what to do instead."""
    name = edit.path[0]
    if "." in name and name not in template.properties:
        # Saved like this it would be read as a key of another variable.
        return "has a dot, and no variable of the pool is called so.", "Give variable and key as two steps."
    if len(edit.path) == 1:
        return None
    whole = variables.get(name)
    if name != ENV and template.merge_rule(name) != "keys":
        return "is part of a variable that is not merged by keys.", f"Edit all of {join_path((name,))}."
    if whole is not None and not isinstance(whole, dict):
        return f"is part of {type_name(whole)}, which has no keys.", f"Edit all of {join_path((name,))}."
    return None
