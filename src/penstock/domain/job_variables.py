"""What becomes of a job variable on its way from a pool, a deployment and a run to the infrastructure.

`resolve` is the one function that everybody calls: the server when anything is saved and when a worker claims
a run, the CLI, the web UI, the tests. It reads each layer, merges them variable by variable, checks the
result against the pool's template, and remembers for every leaf who said what. It never raises for what users
write: it collects everything that is wrong, and everything that is doubtful.

Decided here, where more than one answer was possible:

- Null for a whole map or list that layers are merged into says nothing, with a warning; that goes for `env`.
  Null for any other variable is a value, and must be one that its schema allows. Null as the pool's default
  is no value.
- Dotted names are nested names: `cfg.a: 1` replaces all of `cfg`, unless `cfg` is merged by keys.
- Values are not templates. `{{ image }}` and `{{ $HOME }}` in a value are text, in `env` as elsewhere,
  whatever the pool's own `env` is. References and facts about the run stay for the worker to fill in.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from penstock.domain.base_job_templates import BaseJobTemplate, compile_template
from penstock.domain.environment_variables import ENV
from penstock.domain.job_spec import Explanation, JobSpec, build_job_spec
from penstock.domain.job_variable_layers import Layer
from penstock.domain.json_schema import Violation
from penstock.domain.json_values import Json, Path
from penstock.domain.layer_merging import merge, with_fixed_environment
from penstock.domain.layer_reading import read_layer
from penstock.domain.overriding import override_problems
from penstock.domain.problems import Findings, Problem, bounded, job_variables_refusal, join_path, shown
from penstock.domain.provenance import FIXED, POOL, Leaf
from penstock.domain.run_facts import look_up, unknown_fact
from penstock.domain.templates import MISSING, Placeholder, PlaceholderKind, Use, placeholders

__all__ = ["Layer", "Resolution", "resolve"]


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """What the layers make together. With `errors` it is for showing only."""

    template: BaseJobTemplate
    variables: dict[str, Json]
    """The merged document."""
    environment: dict[str, Json]
    """The whole environment: `env`, on top of what the pool's `job_configuration` fixes."""
    leaves: tuple[Leaf, ...]
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    complete: bool
    origins: dict[str, str]
    facts: dict[str, Json]

    def job_spec(self) -> JobSpec:
        """The job that a run is launched with.

        Raises:
            JobVariablesInvalid: with all errors.
        """
        if self.errors:
            raise job_variables_refusal(self.errors)
        return self.preview()

    def preview(self) -> JobSpec:
        """The job as far as it can be told, errors or not: for showing, never for launching."""
        removed = [leaf.key for leaf in self.leaves if leaf.variable == ENV and leaf.removed_by]
        return build_job_spec(
            self.template.job_configuration,
            self.variables,
            self.environment,
            template_version=self.template.version,
            unset_environment=tuple(sorted(filter(None, removed))),
            leaves=self.leaves,
            warnings=self.warnings,
            origins=self.origins,
            facts=self.facts,
        )

    def explain(self) -> Explanation:
        """Everything there is to tell, as the API answers it."""
        return Explanation(errors=self.errors, complete=self.complete, job=self.preview())


def resolve(
    template: Json,
    layers: Sequence[Layer] = (),
    *,
    complete: bool,
    context: Mapping[str, Json] | None = None,
) -> Resolution:
    """Bring the pool's defaults and `layers`, lowest first, together.

    Args:
        template: The pool's base job template, as plain data or compiled.
        layers: What the deployment, and then the run, says.
        complete: Whether the last layer is known: only then is what is required missed.
        context: Facts about the run, `{"flow_run": {"name": …}, …}`; None where there is no run yet.
    """
    pool = compile_template(template)
    findings = Findings([*pool.errors], [])
    read = [read_layer(layer, pool, findings) for layer in layers]
    if pool.overrides.says_anything():
        for layer in read:
            problems = override_problems(pool.overrides, pool.merge, layer.name, layer.variables)
            findings.errors.extend(problems)
    variables, leaves = merge(pool, read, findings)
    environment, leaves = with_fixed_environment(pool, variables, leaves, findings)
    authors = Authors(leaves, [layer.name for layer in layers])
    findings.errors.extend(_violations(pool, variables, authors, complete))
    facts: dict[str, Json] = {}
    if pool.has_braces or any(layer.has_braces for layer in read):
        uses = [*placeholders(variables)]
        findings.errors.extend(_broken_placeholders(pool, variables, uses, authors))
        findings.warnings.extend(_literal_placeholders(pool, uses, authors))
        facts = _facts([*uses, *pool.uses], context, findings)
    findings.warnings.extend(_removals_of_nothing(leaves))
    return Resolution(
        template=pool,
        variables=variables,
        environment=environment,
        leaves=(*leaves, *pool.fixed),
        errors=bounded(findings.errors),
        warnings=bounded(findings.warnings),
        complete=complete,
        origins={layer.name: layer.origin for layer in layers if layer.origin},
        facts=facts,
    )


class Authors:
    """Who set the value at a path of the merged document."""

    def __init__(self, leaves: Iterable[Leaf], layers: Sequence[str]) -> None:
        self._leaves = leaves
        self._layers = [FIXED, POOL, *layers]

    @cached_property
    def _by_place(self) -> dict[Path, Leaf]:
        return {
            (leaf.variable,) if leaf.key is None else (leaf.variable, leaf.key): leaf
            for leaf in self._leaves
            if leaf.variable is not None
        }

    def of(self, path: Path) -> str | None:
        """The layer; of a map of several layers, or of a missing key, the highest that spoke of it."""
        leaf = self._by_place.get(path[:2]) or self._by_place.get(path[:1])
        if leaf is None:
            spoke = {leaf.layer for leaf in self._leaves if leaf.variable in path[:1]}
            return max(spoke, key=self._layers.index, default=None)
        return _author_of_item(leaf, path) if leaf.rule == "append" and path[1:] else leaf.layer


def _author_of_item(leaf: Leaf, path: Path) -> str:
    owners: list[str] = []
    for word in leaf.said:
        owners = [*owners, *[word.layer] * len(word.value)] if isinstance(word.value, list) else []
    index = path[1]
    return owners[index] if isinstance(index, int) and owners else leaf.layer


def _violations(
    pool: BaseJobTemplate, variables: Mapping[str, Json], authors: Authors, complete: bool
) -> Iterator[Problem]:
    """What the merged document breaks. A default of the pool that breaks its own schema is told already."""
    for violation in pool.violations(variables, complete=complete):
        layer = authors.of(violation.path)
        if not (layer == POOL and pool.errors):
            yield _problem_of(violation, layer)
    if complete:
        for use in pool.uses:
            placeholder = use.placeholder
            if use.is_variable and placeholder.filter == "required" and placeholder.name not in variables:
                path = join_path((placeholder.name,))
                yield Problem(path, "required", f"is required: {shown(placeholder.argument)}.")


def _problem_of(violation: Violation, layer: str | None) -> Problem:
    hint = None
    if violation.value_type == "null":
        hint = "Leave it out to keep what lower layers say."
    elif violation.rule == "required" and len(violation.path) == 1:
        hint = "No layer sets it."
    where = join_path(violation.path)
    return Problem(where, violation.rule, violation.message, layer, violation.value_type, hint)


def _broken_placeholders(
    pool: BaseJobTemplate, variables: Mapping[str, Json], uses: Iterable[Use], authors: Authors
) -> Iterator[Problem]:
    for use in uses:
        if use.placeholder.kind is PlaceholderKind.CONTEXT and (why := unknown_fact(use.placeholder.name)):
            yield Problem(join_path(use.path), "placeholder", why, authors.of(use.path))
    for use in pool.uses:
        name = use.placeholder.name
        value = variables.get(name) if use.is_variable and not use.is_whole else None
        if isinstance(value, (dict, list)) and any(inner.is_late for inner in placeholders(value)):
            # It would have to be JSON inside of text now, and quotes in a secret would break that later.
            message = "has a reference in it, and the pool puts it into longer text, where that cannot work."
            yield Problem(join_path((name,)), "placeholder", message, authors.of((name,)))


def _literal_placeholders(pool: BaseJobTemplate, uses: Iterable[Use], authors: Authors) -> Iterator[Problem]:
    """Warn of what looks like a placeholder and is text: values are not templates."""
    for use in uses:
        why = _why_literal(use.placeholder, pool)
        if why:
            message = f"{shown(use.placeholder.text)} is text here: {why}"
            yield Problem(join_path(use.path), "literal-placeholder", message, authors.of(use.path))


def _why_literal(placeholder: Placeholder, pool: BaseJobTemplate) -> str | None:
    name = placeholder.name
    if placeholder.kind is PlaceholderKind.ENVIRONMENT:
        return "it is filled in only when a deployment file is deployed."
    if placeholder.kind is not PlaceholderKind.VARIABLE:
        return None
    if name in pool.properties:
        return "job variables are filled into the pool's job_configuration, not into one another."
    if name.startswith(("penstock.", "prefect.")):
        return "references are penstock.variables.NAME, penstock.secrets.NAME, penstock.blocks.TYPE.NAME."
    return None


def _facts(uses: Iterable[Use], context: Mapping[str, Json] | None, findings: Findings) -> dict[str, Json]:
    """The facts about the run that the job uses. One that the run does not have is an error."""
    facts: dict[str, Json] = {}
    for use in uses:
        placeholder = use.placeholder
        if context is None or placeholder.kind is not PlaceholderKind.CONTEXT:
            continue
        facts[placeholder.name] = value = look_up(context, placeholder.name)
        if value is MISSING:
            del facts[placeholder.name]
            if placeholder.default is MISSING and unknown_fact(placeholder.name) is None:
                message = (
                    f"this run has no {shown(placeholder.name)}, which {shown(placeholder.text)} stands for."
                )
                findings.errors.append(Problem(join_path(use.path), "placeholder", message))
    return facts


def _removals_of_nothing(leaves: Iterable[Leaf]) -> Iterator[Problem]:
    """Warn of null for a key that no lower layer has: more often than not a value that was not there."""
    for leaf in leaves:
        if leaf.removed_by and all(word.value is None for word in leaf.said):
            message = "is null, and no lower layer sets it."
            hint = (
                "Was it to come from an environment variable that is not set?"
                if leaf.variable == ENV
                else None
            )
            yield Problem(leaf.path, "null", message, leaf.layer, "null", hint)
