"""Who may override what: a pool keeps variables to itself, or gives runs narrower bounds than deployments.

Three keywords of a variable's schema say so, and are ignored by a validator that does not know them:

- `x-overridable`: `never`, `deployment` or `run` (the default): the last layer that may set it.
- `x-run`: a JSON Schema that what a run says must fit besides. But for `env`, references are refused there,
  since nobody could tell before launch what they stand for.
- `x-env-keys`, of `env`: `{"allow": […], "deny": […]}`, patterns as of a shell for the names that deployments
  and runs may give, or take away. What is denied stays denied, also in other letter case.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, get_args

import msgspec

from penstock.domain.environment_variables import ENV
from penstock.domain.json_schema import Schema, SchemaInvalid, compile_schema
from penstock.domain.json_values import Json, type_name
from penstock.domain.problems import Problem, join_path, shown
from penstock.domain.provenance import POOL, RUN, MergeRule, Overridable
from penstock.domain.templates import placeholders

OVERRIDABLE: Final = "x-overridable"
RUN_BOUNDS: Final = "x-run"
ENV_KEYS: Final = "x-env-keys"


class OverrideRules(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What a pool lets others say."""

    last: dict[str, Overridable] = {}
    """By variable, where it is not `run`."""
    run_bounds: dict[str, Schema] = {}
    allowed_env: tuple[str, ...] | None = None
    """None: all names that are not denied."""
    denied_env: tuple[str, ...] = ()

    def overridable(self, name: str) -> Overridable:
        """The last layer that may set a variable."""
        return self.last.get(name, "run")

    def says_anything(self) -> bool:
        """Whether there is anything to check."""
        return bool(self.last or self.run_bounds or self.denied_env or self.allowed_env is not None)


def read_override_rules(properties: Mapping[str, Json], errors: list[Problem]) -> OverrideRules:
    """The rules that the variables of a template declare; what cannot be one goes to `errors`."""
    last: dict[str, Overridable] = {}
    bounds: dict[str, Schema] = {}
    keys: Mapping[str, Sequence[str]] = {}
    for name, declared in properties.items():
        if not isinstance(declared, dict):
            continue
        reader = _Reader(name, declared, errors)
        last |= reader.last()
        bounds |= reader.run_bounds()
        keys = {**keys, **reader.env_keys()}
    return OverrideRules(
        last=last,
        run_bounds=bounds,
        allowed_env=tuple(keys["allow"]) if "allow" in keys else None,
        denied_env=tuple(keys.get("deny", ())),
    )


class _Reader:
    """Reads the keywords of one variable."""

    def __init__(self, name: str, declared: Mapping[str, Json], errors: list[Problem]) -> None:
        self._name, self._declared, self._errors = name, declared, errors

    def last(self) -> dict[str, Overridable]:
        said = self._declared.get(OVERRIDABLE, "run")
        if not isinstance(said, str) or said not in get_args(Overridable):
            self._refuse(OVERRIDABLE, f"must be one of {', '.join(get_args(Overridable))}.")
            return {}
        return {} if said == "run" else {self._name: said}  # type: ignore[dict-item] # it is one of them

    def run_bounds(self) -> dict[str, Schema]:
        if RUN_BOUNDS not in self._declared:
            return {}
        try:
            return {self._name: compile_schema(self._declared[RUN_BOUNDS])}
        except SchemaInvalid as error:
            self._refuse(RUN_BOUNDS, error.message, error.hint)
            return {}

    def env_keys(self) -> dict[str, list[str]]:
        said = self._declared.get(ENV_KEYS)
        if said is None:
            return {}
        if self._name != ENV:
            self._refuse(ENV_KEYS, "is for `env` only.")
        elif not isinstance(said, dict) or said.keys() - {"allow", "deny"} or not _are_patterns(said):
            self._refuse(ENV_KEYS, 'must be {"allow": […], "deny": […]}, lists of patterns such as "LD_*".')
        else:
            return said
        return {}

    def _refuse(self, keyword: str, message: str, hint: str | None = None) -> None:
        path = join_path(("variables", "properties", self._name, keyword))
        self._errors.append(Problem(path=path, rule=keyword, message=message, layer=POOL, hint=hint))


def _are_patterns(said: Mapping[str, Any]) -> bool:
    return all(
        isinstance(patterns, list) and all(isinstance(pattern, str) and pattern for pattern in patterns)
        for patterns in said.values()
    )


def override_problems(
    rules: OverrideRules, merge: Mapping[str, MergeRule], layer: str, variables: Mapping[str, Json]
) -> Iterator[Problem]:
    """What one layer over the pool says and may not say.

    Args:
        merge: How layers come together, by variable, where it is not `replace`.
        variables: The layer's, nested.
    """
    for name, value in variables.items():
        if value is None and merge.get(name, "replace") != "replace":
            continue  # says nothing
        last = rules.overridable(name)
        if last == "never" or (last != "run" and layer == RUN):
            yield _not_overridable(name, value, last, layer)
            continue
        if layer == RUN and name in rules.run_bounds:
            yield from _out_of_bounds(rules.run_bounds[name], name, value, merge.get(name, "replace"))
        if name == ENV and isinstance(value, dict):
            yield from _keys_not_allowed(rules, value, layer)


def _not_overridable(name: str, value: Json, last: Overridable, layer: str) -> Problem:
    if last == "never":
        message, hint = "the pool keeps it: nobody may override it.", "Only the work pool's template sets it."
    else:
        message, hint = "the pool lets deployments override it, and no run.", "Set it in the deployment."
    return Problem(join_path((name,)), OVERRIDABLE, message, layer, type_name(value), hint)


def _out_of_bounds(bounds: Schema, name: str, value: Json, rule: MergeRule) -> Iterator[Problem]:
    # A reference in the environment is judged as the text that it is, as whatever it stands for will be text.
    if name != ENV and any(use.is_late for use in placeholders(value)):
        message = "has a reference in it, and the pool bounds what a run may say to what is known now."
        hint = "Give the value itself."
        yield Problem(join_path((name,)), RUN_BOUNDS, message, RUN, type_name(value), hint)
        return
    if rule == "keys" and isinstance(value, dict):  # to take a key away is not to give it a value
        value = {key: item for key, item in value.items() if item is not None}
    for violation in bounds.violations(value):
        path = join_path((name, *violation.path))
        message = f"{violation.message.removesuffix('.')}, where a run sets it."
        yield Problem(path, RUN_BOUNDS, message, RUN, violation.value_type)


def _keys_not_allowed(rules: OverrideRules, env: Mapping[str, Json], layer: str) -> Iterator[Problem]:
    for key, value in env.items():
        # Names of the environment have no case where a worker runs on Windows.
        pattern = next((each for each in rules.denied_env if fnmatchcase(key.upper(), each.upper())), None)
        if pattern is not None:
            message = f"the pool does not let it be set: it denies {shown(pattern)}."
            yield Problem(join_path((ENV, key)), ENV_KEYS, message, layer, type_name(value))
        elif rules.allowed_env is not None and not any(fnmatchcase(key, each) for each in rules.allowed_env):
            allowed = ", ".join(map(shown, rules.allowed_env)) or "nothing"
            message = f"the pool does not let it be set: it allows {shown(allowed)}."
            yield Problem(join_path((ENV, key)), ENV_KEYS, message, layer, type_name(value))
