"""One layer of job variables, and how two of them become one."""

from collections.abc import Container, Mapping
from typing import Any, NamedTuple

import msgspec

from penstock.domain.environment_variables import ENV
from penstock.domain.json_values import MAX_DEPTH, Json
from penstock.domain.problems import Problem, join_path
from penstock.domain.provenance import MergeRule
from penstock.domain.templates import MISSING


class Layer(msgspec.Struct, frozen=True):
    """What one level says. `name` is `deployment` or `run`; the pool's layer comes from its template.

    `origin` tells how a run's layer came in: `cli`, `sdk`, `ui`, `rest`, `schedule`, or an automation's name.
    """

    name: str
    variables: Json
    """A map of variables, dotted or nested; None says nothing."""
    origin: str | None = None


class Nested(NamedTuple):
    """Job variables without dotted names."""

    variables: dict[str, Json]
    dotted: frozenset[str]
    """Variables of which a part was written dotted."""
    problems: tuple[Problem, ...]


def nest(variables: Mapping[Any, Json], layer: str | None = None, declared: Container[str] = ()) -> Nested:
    """Make `env.FOO: x` to `env: {FOO: x}`. What is given both ways in one layer is a problem.

    A name that is `declared` with its dot is left alone. The maps that were given are not changed.
    """
    dotted = {name for name in variables if isinstance(name, str) and "." in name and name not in declared}
    if not dotted:
        return Nested(dict(variables), frozenset(), ())
    nested = {name: value for name, value in variables.items() if name not in dotted}
    own: set[int] = set()
    faults = [
        (name, fault)
        for name, value in variables.items()
        if name in dotted and (fault := _place(nested, name.split("."), value, own))
    ]
    problems = [Problem(join_path((name,)), "dotted-name", fault, layer) for name, fault in faults]
    return Nested(nested, frozenset(name.split(".")[0] for name in dotted), tuple(problems))


def _place(root: dict[str, Json], steps: list[str], value: Json, own: set[int]) -> str | None:
    """Put `value` where `steps` lead, or say why not. `own` are the ids of maps that are ours to write to."""
    if not all(steps):
        return "has an empty name before or after a dot. Write NAME.KEY."
    if len(steps) > MAX_DEPTH:
        return f"has more than {MAX_DEPTH} dots."
    current = root
    for step in steps[:-1]:
        child = current.get(step, {})
        if not isinstance(child, dict):
            return f"is given as well as `{step}`, which is no map. Keep one of them."
        if id(child) not in own:
            child = current[step] = dict(child)
            own.add(id(child))
        current = child
    if steps[-1] in current:
        return "is given twice in one layer, dotted and nested. Keep one of them."
    current[steps[-1]] = value
    return None


def overlay(
    lower: Mapping[str, Json], upper: Mapping[str, Json], merge: Mapping[str, MergeRule] | None = None
) -> dict[str, Json]:
    """Put one nested layer over another, so that the two resolve as if they were still two.

    Nulls that take keys away are kept, because there may be a layer below. `merge` gives the rules of
    variables that are not replaced; `env` is always merged by keys.
    """
    rules: Mapping[str, MergeRule] = {**(merge or {}), ENV: "keys"}
    merged = dict(lower)
    for name, value in upper.items():
        merged[name] = combine(rules.get(name, "replace"), merged.get(name, MISSING), value)
    return merged


def combine(rule: MergeRule, lower: Json, upper: Json) -> Json:
    """One variable of two layers. `lower` may be MISSING.

    Where layers come together by keys or by appending, null for the whole says nothing, and what is no map or
    list replaces what is below it.
    """
    if rule == "replace" or lower is MISSING:
        return upper
    if upper is None:
        return lower
    if rule == "keys" and isinstance(lower, dict) and isinstance(upper, dict):
        return {**lower, **upper}
    if rule == "append" and isinstance(lower, list) and isinstance(upper, list):
        return [*lower, *upper]
    return upper
