"""A pool's base job template: what it declares, where that goes, and whether it makes sense.

`variables` is a JSON Schema that declares the job variables; `job_configuration` says with placeholders where
they go. Some keywords are ours, and ignored by a validator that does not know them: `x-merge` on a variable,
`x-undeclared` beside `properties`, and those that say who may override what (`overriding.py`).

A template is compiled once. Its text is the key, so that callers may pass the plain data each time.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, TypeAlias, get_args

import msgspec

from penstock.domain.environment_variables import ENV, check_environment
from penstock.domain.json_schema import Schema, SchemaInvalid, Violation, compile_schema
from penstock.domain.json_values import Json, Path, canonical, digest, survey, type_name
from penstock.domain.names import did_you_mean
from penstock.domain.overriding import OverrideRules, read_override_rules
from penstock.domain.problems import BaseJobTemplateInvalid, Problem, join_path, problem_of_fault, shown
from penstock.domain.provenance import FIXED, POOL, Leaf, MergeRule, Said
from penstock.domain.run_facts import unknown_fact
from penstock.domain.run_scopes import USUAL, RunScope, fault_of_scopes, read_scopes
from penstock.domain.templates import PlaceholderKind, Use, block_document, parse_text, placeholders

Undeclared: TypeAlias = Literal["warn", "error", "to-env"]
"""What becomes of a variable that the template does not declare."""

_COMPILED = 256
_JOB = "job_configuration"
_TOKENS = "run_tokens"
_MERGE_RULES = get_args(MergeRule)

# A later layer may still put right what these say of a map or list that is not complete.
_FINAL_RULES: Final = frozenset({"type", "maxProperties", "maxItems", "propertyNames"})
_ABOUT_KEYS: Final = frozenset(
    {
        "required",
        "additionalProperties",
        "unevaluatedProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
    }
)


class BaseJobTemplate(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A template, compiled. Where `errors` is not empty, only what made sense of it is there."""

    version: str
    """SHA-256 of the template's canonical text."""
    job_configuration: dict[str, Json] = {}
    properties: dict[str, Json] = {}
    """What `variables` declares, by name."""
    merge: dict[str, MergeRule] = msgspec.field(default_factory=lambda: {ENV: "keys"})
    """How layers of a variable come together, where it is not `replace`."""
    overrides: OverrideRules = msgspec.field(default_factory=OverrideRules)
    """What deployments and runs may say."""
    defaults: dict[str, Json] = {}
    """The pool's defaults. One that is null is none."""
    undeclared: Undeclared = "warn"
    uses: tuple[Use, ...] = ()
    """Every placeholder of `job_configuration`."""
    used: frozenset[str] = frozenset({ENV})
    """Names of the variables that `job_configuration` uses; `env` always is."""
    fixed_env: Json = msgspec.field(default_factory=dict)
    """What `job_configuration.env` gives where nobody overrides it: a map, or a placeholder for one."""
    has_braces: bool = False
    """Whether defaults or `job_configuration` hold what is only filled in at launch."""
    fixed: tuple[Leaf, ...] = ()
    """The literals of `job_configuration`, but for those of `env`."""
    schema: Schema | None = None
    run_scopes: tuple[RunScope, ...] | None = USUAL
    """What the tokens of runs may write, where a server asks for credentials; None, for `run_tokens: false`
    beside `variables`: their jobs have the credential of their worker."""
    is_empty: bool = False
    """The template is `{}`: the first worker of the pool brings it."""
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def merge_rule(self, name: str) -> MergeRule:
        """How layers of the variable `name` come together."""
        return self.merge.get(name, "replace")

    def violations(self, document: Mapping[str, Json], *, complete: bool) -> list[Violation]:
        """What merged variables break.

        Left out is what cannot be known yet: a value that is a reference is judged where it is filled in, and
        while layers may follow (`complete` is False) nothing is missing. Variables that are not declared are
        the business of `undeclared`.
        """
        found = self.schema.violations(document) if self.schema else []
        return [
            violation
            for violation in found
            if not self._is_premature(violation, complete) and not _awaits_reference(document, violation)
        ]

    def _is_premature(self, violation: Violation, complete: bool) -> bool:
        path, rule = violation.path, violation.rule
        if rule in {"additionalProperties", "unevaluatedProperties"}:
            return not path or (len(path) == 1 and path[0] not in self.properties)
        if complete or rule in _FINAL_RULES:
            return False
        holder = path[:-1] if rule == "required" else path
        return not holder or (len(holder) == 1 and self.merge_rule(str(holder[0])) != "replace")


def compile_template(template: Json) -> BaseJobTemplate:
    """Compile a base job template. Never raises: what is wrong with it stands in `errors`."""
    if isinstance(template, BaseJobTemplate):
        return template
    try:
        text = canonical(template)
    except (TypeError, ValueError, RecursionError):
        fault = survey(template).fault
        assert fault is not None
        return BaseJobTemplate(version="", errors=(problem_of_fault(fault, POOL),))
    return _compile(text)


def check_template(template: Json) -> BaseJobTemplate:
    """Compile a template that is about to be saved; its `warnings` are to be shown.

    Raises:
        BaseJobTemplateInvalid: with everything that is wrong.
    """
    compiled = compile_template(template)
    if compiled.errors:
        raise BaseJobTemplateInvalid(compiled.errors)
    return compiled


@lru_cache(maxsize=_COMPILED)
def _compile(text: bytes) -> BaseJobTemplate:
    template = msgspec.json.decode(text)
    version = digest(template)
    if problems := [*_shape_problems(template)]:
        return BaseJobTemplate(version=version, errors=tuple(problems))
    if "variables" not in template:
        return BaseJobTemplate(version=version, is_empty=True)
    compiled = _compile_parts(version, template["variables"], template[_JOB])
    return msgspec.structs.replace(compiled, run_scopes=read_scopes(template.get(_TOKENS)))


def _shape_problems(template: Json) -> Iterator[Problem]:
    if fault := survey(template).fault:
        yield problem_of_fault(fault, POOL)
    elif not isinstance(template, dict):
        yield _problem("", "type", f"a base job template must be object, not {type_name(template)}.")
    elif ("variables" in template) != (_JOB in template):
        message = f"a base job template must have both `{_JOB}` and `variables`, or neither."
        yield _problem("", "required", message)
    else:
        for name in ("variables", _JOB):
            part = template.get(name, {})
            if not isinstance(part, dict):
                yield _problem(name, "type", f"must be object, not {type_name(part)}.")
        if wrong := fault_of_scopes(template.get(_TOKENS)):
            yield _problem(_TOKENS, "type", wrong)


def _compile_parts(version: str, variables: dict[str, Json], job: dict[str, Json]) -> BaseJobTemplate:
    errors: list[Problem] = []
    schema, properties = _compile_variables(variables, errors)
    uses = tuple(placeholders(job))
    errors += _placeholder_problems(uses, properties)
    fixed_env = _fixed_env(job, errors)
    used = frozenset({ENV, *(use.placeholder.name for use in uses if use.is_variable)})
    defaults = _defaults(properties)
    template = BaseJobTemplate(
        version=version,
        job_configuration=job,
        properties=properties,
        merge=_merge_rules(properties, errors),
        overrides=read_override_rules(properties, errors),
        defaults=defaults,
        undeclared=_undeclared(variables, errors),
        uses=uses,
        has_braces=any(use.is_late for use in uses) or any(placeholders(defaults)),
        used=used,
        fixed_env=fixed_env,
        fixed=tuple(_fixed_leaves(job, uses)),
        schema=schema,
        warnings=tuple(map(_unused, [name for name in properties if name not in used])),
    )
    errors += _default_problems(template)
    return msgspec.structs.replace(template, errors=tuple(errors))


def _compile_variables(
    variables: dict[str, Json], errors: list[Problem]
) -> tuple[Schema | None, dict[str, Json]]:
    properties = variables.get("properties", {})
    try:
        return compile_schema(variables), properties
    except SchemaInvalid as error:
        path = f"variables.{error.field}" if error.field else "variables"
        errors.append(_problem(path, "schema", error.message, error.hint))
    return None, properties if isinstance(properties, dict) else {}


def _placeholder_problems(uses: Sequence[Use], properties: Mapping[str, Json]) -> Iterator[Problem]:
    """What is wrong with the placeholders of `job_configuration`; each name is told once."""
    first_uses: dict[str, Use] = {}
    for use in uses:
        first_uses.setdefault(use.placeholder.text, use)
    for use in first_uses.values():
        path, placeholder = join_path((_JOB, *use.path)), use.placeholder
        if use.is_variable and placeholder.name not in properties:
            hint = did_you_mean(placeholder.name, properties) or "Declare it in variables.properties."
            yield _problem(
                path, "undeclared", f"{shown(placeholder.text)} is not declared in `variables`.", hint
            )
        elif placeholder.kind is PlaceholderKind.ENVIRONMENT:
            message = f"{shown(placeholder.text)} is for deployments; a pool has no environment to read."
            yield _problem(path, "placeholder", message)
        elif placeholder.kind is PlaceholderKind.CONTEXT and (why := unknown_fact(placeholder.name)):
            yield _problem(path, "placeholder", why)


def _fixed_env(job: Mapping[str, Json], errors: list[Problem]) -> Json:
    env = job.get(ENV, {})
    if isinstance(env, dict):
        errors += check_environment(env, FIXED)
        return env
    pieces = parse_text(env) if isinstance(env, str) else ()
    if len(pieces) == 1 and not isinstance(pieces[0], str) and pieces[0].kind is PlaceholderKind.VARIABLE:
        return {} if pieces[0].name == ENV else env
    message = f"must be a map or one placeholder, such as {{{{ env }}}}, not {type_name(env)}."
    errors.append(_problem(f"{_JOB}.{ENV}", "type", message))
    return {}


def _merge_rules(properties: Mapping[str, Json], errors: list[Problem]) -> dict[str, MergeRule]:
    rules: dict[str, MergeRule] = {ENV: "keys"}
    for name, declared in properties.items():
        rule = declared.get("x-merge") if isinstance(declared, dict) else None
        path = join_path(("variables", "properties", name, "x-merge"))
        if rule is None:
            continue
        if rule not in _MERGE_RULES:
            errors.append(_problem(path, "x-merge", f"must be one of {', '.join(_MERGE_RULES)}."))
        elif name == ENV and rule != "keys":
            errors.append(_problem(path, "x-merge", "`env` is always merged by keys."))
        else:
            rules[name] = rule
    return rules


def _defaults(properties: Mapping[str, Json]) -> dict[str, Json]:
    declared = {name: what.get("default") for name, what in properties.items() if isinstance(what, dict)}
    return {name: default for name, default in declared.items() if default is not None}


def _undeclared(variables: Mapping[str, Json], errors: list[Problem]) -> Undeclared:
    said = variables.get("x-undeclared", "warn")
    if said not in get_args(Undeclared):
        message = f"must be one of {', '.join(get_args(Undeclared))}."
        errors.append(_problem("variables.x-undeclared", "x-undeclared", message))
        return "warn"
    closed = variables.get("additionalProperties") is False and said == "warn"
    return "error" if closed else said


def _fixed_leaves(job: Mapping[str, Json], uses: Sequence[Use]) -> Iterator[Leaf]:
    """The largest parts of `job_configuration` that have no placeholder in them."""
    templated = {use.path[:length] for use in uses for length in range(len(use.path) + 1)}
    pending: list[tuple[Json, Path]] = [(value, (name,)) for name, value in job.items() if name != ENV]
    for value, path in pending:
        if path not in templated:
            where = join_path((_JOB, *path))
            yield Leaf(path=where, layer=FIXED, rule="fixed", said=(Said(FIXED, value),), value=value)
        elif isinstance(value, dict):
            pending += [(item, (*path, key)) for key, item in value.items()]
        elif isinstance(value, list):
            pending += [(item, (*path, index)) for index, item in enumerate(value)]


def _unused(name: str) -> Problem:
    message = "no placeholder of `job_configuration` uses it, so that setting it changes nothing."
    return _problem(join_path((name,)), "unused", message)


def _default_problems(template: BaseJobTemplate) -> Iterator[Problem]:
    env = template.defaults.get(ENV, {})
    if isinstance(env, dict):
        yield from check_environment(env, POOL)
    else:
        yield _problem(ENV, "type", f"its default must be object, not {type_name(env)}.")
    for violation in template.violations(template.defaults, complete=False):
        where = join_path(violation.path)
        yield Problem(where, violation.rule, violation.message, POOL, violation.value_type)


def _awaits_reference(document: Mapping[str, Json], violation: Violation) -> bool:
    """Whether the value is, or has in it, something that is only known at launch."""
    value: Json = document
    for step in violation.path[:-1] if violation.rule == "required" else violation.path:
        value = value[step]
        if block_document(value):
            return True
    if violation.rule in _ABOUT_KEYS:
        return False
    late = [use for use in placeholders(value) if use.is_late]
    # Longer text with a reference in it is and stays text, whatever the reference becomes.
    return any(use.is_whole or use.path or violation.rule != "type" for use in late)


def _problem(path: str, rule: str, message: str, hint: str | None = None) -> Problem:
    return Problem(path=path, rule=rule, message=message, layer=POOL, hint=hint)
