"""What a pool's base job template says about each of its job variables, as answers show it."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import UNSET

from penstock.contract.job_variable_edits import EnvKeys, VariableDeclaration
from penstock.domain.base_job_templates import BaseJobTemplate
from penstock.domain.environment_variables import ENV
from penstock.domain.overriding import ENV_KEYS, RUN_BOUNDS

_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_DEFINITIONS = ("definitions", "$defs")


def declarations_of(raw: Mapping[str, Any], template: BaseJobTemplate) -> Iterator[VariableDeclaration]:
    """The variables of a template, in the order in which `raw`, its plain data, has them."""
    variables = _map(raw.get("variables"))
    required = variables.get("required")
    definitions = definitions_of(raw)
    for name, schema in _map(variables.get("properties")).items():
        said = _map(schema)
        yield VariableDeclaration(
            name=name,
            title=_text(said.get("title")),
            description=_text(said.get("description")),
            schema=said if schema is not False else {"not": {}},
            merge=template.merge_rule(name),
            required=isinstance(required, list) and name in required,
            secret=_is_secret(said, definitions),
            used=name in template.used,
            overridable=template.overrides.overridable(name),
            run_bounds=said.get(RUN_BOUNDS, UNSET),
            env_keys=_env_keys(said) if name == ENV and not template.errors else UNSET,
        )


def definitions_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What the schemas of a template's variables refer to, by the last step of the reference."""
    variables = _map(raw.get("variables"))
    return {name: schema for place in _DEFINITIONS for name, schema in _map(variables.get(place)).items()}


def _env_keys(said: Mapping[str, Any]) -> Any:
    keys = said.get(ENV_KEYS)
    return UNSET if keys is None else EnvKeys(allow=keys.get("allow"), deny=keys.get("deny", []))


def _is_secret(schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int = 0) -> bool:
    """Whether the schema, or one of the forms that it allows, is `format: password`."""
    if schema.get("format") == "password":
        return True
    if depth > 3:  # schemas may refer to themselves
        return False
    forms = [form for keyword in _ALTERNATIVES for form in _list(schema.get(keyword))]
    reference = schema.get("$ref")
    if isinstance(reference, str):
        forms.append(definitions.get(reference.rpartition("/")[2]))
    return any(_is_secret(_map(form), definitions, depth + 1) for form in forms)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
