"""Merging: one variable of all layers becomes one value, and each leaf of it remembers who said what."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from penstock.domain.base_job_templates import BaseJobTemplate
from penstock.domain.environment_variables import ENV
from penstock.domain.job_spec import variable_filler
from penstock.domain.job_variable_layers import combine
from penstock.domain.json_values import Json, type_name
from penstock.domain.layer_reading import ReadLayer
from penstock.domain.problems import Findings, Problem, join_path
from penstock.domain.provenance import FIXED, POOL, Leaf, MergeRule, Said
from penstock.domain.templates import MISSING, substitute

_PATHS = 4096


def merge(
    pool: BaseJobTemplate, layers: Sequence[ReadLayer], findings: Findings
) -> tuple[dict[str, Json], list[Leaf]]:
    """The merged document and its leaves, from the pool's defaults and the layers, lowest first."""
    variables: dict[str, Json] = {}
    leaves: list[Leaf] = []
    for name, said in _said_of_each(pool, layers).items():
        rule = pool.merge_rule(name)
        if rule != "replace":
            said = _without_null(name, said, findings)
        if said:
            variables[name] = _merge_one(name, rule, said, leaves)
    findings.warnings.extend(_lost_by_dotted_names(pool, layers))
    return variables, leaves


def _said_of_each(pool: BaseJobTemplate, layers: Sequence[ReadLayer]) -> dict[str, list[Said]]:
    said = {name: [Said(POOL, default)] for name, default in pool.defaults.items()}
    for layer in layers:
        for name, value in layer.variables.items():
            said.setdefault(name, []).append(Said(layer.name, value))
    return said


def _without_null(name: str, said: list[Said], findings: Findings) -> list[Said]:
    for word in said:
        if word.value is None:
            message = "is null as a whole, which says nothing here."
            hint = "To take a key away, give null for the key."
            findings.warnings.append(Problem(join_path((name,)), "null", message, word.layer, "null", hint))
    return [word for word in said if word.value is not None]


def _merge_one(name: str, rule: MergeRule, said: list[Said], leaves: list[Leaf]) -> Json:
    if rule == "keys" and isinstance(said[-1].value, dict):
        return _merge_keys(name, said, leaves)
    value: Json = MISSING
    for word in said:
        value = combine(rule, value, word.value)
    leaves.append(Leaf(_leaf_path(name), said[-1].layer, rule, tuple(said), value, name))
    return value


def _merge_keys(name: str, said: list[Said], leaves: list[Leaf]) -> dict[str, Json]:
    said_of_key: dict[str, list[Said]] = {}
    for layer, value in [(word.layer, word.value) for word in said]:
        if not isinstance(value, dict):  # what is no map replaces all that is below it
            said_of_key.clear()
            continue
        for key, item in value.items():
            said_of_key.setdefault(key, []).append(Said(layer, item))
    merged = {}
    for key, words in said_of_key.items():
        last = words[-1]
        value = msgspec.UNSET if last.value is None else last.value
        if value is not msgspec.UNSET:
            merged[key] = value
        leaves.append(Leaf(_leaf_path(name, key), last.layer, "keys", tuple(words), value, name, key))
    return merged


@lru_cache(maxsize=_PATHS)
def _leaf_path(name: str, key: str | None = None) -> str:
    return join_path((name,) if key is None else (name, key))


def _lost_by_dotted_names(pool: BaseJobTemplate, layers: Sequence[ReadLayer]) -> list[Problem]:
    """Warn where `cfg.a: 1` replaces a map that has more keys than `a`, which its looks do not tell."""
    lost = []
    below = dict(pool.defaults)
    for layer in layers:
        for name in sorted(layer.dotted & layer.variables.keys()):
            lower = below.get(name)
            upper = layer.variables[name]
            if pool.merge_rule(name) == "replace" and isinstance(lower, dict) and lower.keys() - upper.keys():
                message = "replaces the whole variable, and drops the keys that a lower layer set in it."
                hint = "Give all of it, or have the pool declare it with x-merge: keys."
                lost.append(Problem(join_path((name,)), "dotted-name", message, layer.name, "object", hint))
        below.update(layer.variables)
    return lost


def with_fixed_environment(
    pool: BaseJobTemplate, variables: Mapping[str, Json], leaves: list[Leaf], findings: Findings
) -> tuple[dict[str, Json], list[Leaf]]:
    """The whole environment: what `job_configuration` fixes lies below what all layers say."""
    env = variables.get(ENV, {})
    if not isinstance(env, dict):  # only a broken default of the pool, which is told already
        return {}, leaves
    if not pool.fixed_env:
        return env, leaves
    fixed = substitute(pool.fixed_env, variable_filler(variables, env))
    fixed = {} if fixed is MISSING or fixed is None else fixed
    if not isinstance(fixed, dict):
        message = f"is filled with {type_name(fixed)}, where a map must be."
        findings.errors.append(Problem("job_configuration.env", "type", message, POOL, type_name(fixed)))
        return env, leaves
    said = {key: Said(FIXED, value) for key, value in fixed.items() if value is not None}
    above = {leaf.key: leaf for leaf in leaves if leaf.variable == ENV}
    joined = [_on_top_of(said.get(str(leaf.key)), leaf) if leaf.variable == ENV else leaf for leaf in leaves]
    joined += [_fixed_leaf(key, word) for key, word in said.items() if key not in above]
    removed = {leaf.key for leaf in joined if leaf.variable == ENV and leaf.removed_by}
    whole = {key: word.value for key, word in said.items() if key not in removed} | env
    return whole, joined


def _on_top_of(fixed: Said | None, leaf: Leaf) -> Leaf:
    return leaf if fixed is None else msgspec.structs.replace(leaf, said=(fixed, *leaf.said))


def _fixed_leaf(key: str, said: Said) -> Leaf:
    return Leaf(_leaf_path(ENV, key), FIXED, "keys", (said,), said.value, ENV, key)
