"""Job variables on the server: one resolution of each combination of layers, as long as it is asked for.

Templates, deployments and often runs too say the same a thousand times a minute. What they make together
depends on nothing else, so it is kept by what it depends on.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec.structs import replace

from penstock.db.port import Transaction
from penstock.db.statements import work_pools
from penstock.domain.base_job_templates import BaseJobTemplate, compile_template
from penstock.domain.job_spec import Explanation, JobSpec
from penstock.domain.job_variable_layers import Layer, nest
from penstock.domain.job_variables import Resolution, resolve
from penstock.domain.problems import Problem, job_variables_refusal
from penstock.domain.provenance import DEPLOYMENT, RUN
from penstock.domain.templates import PlaceholderKind, placeholders
from penstock.server.kept import Kept

_templates: Kept[tuple[UUID, int], BaseJobTemplate] = Kept(256)
_resolutions: Kept[bytes, Resolution] = Kept(1024)
_specs: Kept[bytes, JobSpec] = Kept(1024)
_explanations: Kept[bytes, Explanation] = Kept(128)
_encoder = msgspec.json.Encoder()
NO_TEMPLATE = compile_template({})
"""Declares nothing, and lets everything be."""

NO_WORK_POOL = Problem(
    "",
    "no-work-pool",
    "there is no work pool: the flow runs where it is served, and job variables have no effect.",
)


async def template_of(tx: Transaction, work_pool_id: UUID, version: int) -> BaseJobTemplate:
    """The base job template of a pool, of which `version` was read in this transaction."""
    known = _templates.get((work_pool_id, version))
    if known is not None:
        return known
    row = await tx.fetch_one(work_pools.template(), {"row_id": work_pool_id})
    template = compile_template(row["base_job_template"] if row else {})
    return _templates.put((work_pool_id, row["template_version"] if row else version), template)


async def current_template(tx: Transaction, work_pool_id: UUID) -> BaseJobTemplate:
    """The base job template of a pool, as it is in this transaction."""
    row = await tx.fetch_one(work_pools.template(), {"row_id": work_pool_id})
    return compile_template(row["base_job_template"] if row else {})


def layers(deployment: Any, run: Any, origin: str | None) -> tuple[Layer, ...]:
    """What a deployment and a run say; None says nothing."""
    return (Layer(DEPLOYMENT, deployment), Layer(RUN, run, origin))


def resolved(template: BaseJobTemplate, said: tuple[Layer, ...], *, complete: bool) -> Resolution:
    """What a template and layers make, as far as it can be told without facts about a run."""
    key = _encoder.encode((template.version, said, complete))
    return _resolutions.get(key) or _resolutions.put(key, resolve(template, said, complete=complete))


class Accepted(NamedTuple):
    """Job variables that can be used."""

    job_variables: Any
    """As they are stored: dotted names made nested, and otherwise as they were given."""
    warnings: tuple[Problem, ...]


def accept(template: BaseJobTemplate | None, said: tuple[Layer, ...], *, complete: bool) -> Accepted:
    """The highest layer, which somebody wants to save, if it can be used over those below it.

    Args:
        template: None where there is no work pool.

    Raises:
        JobVariablesInvalid: It can't; it has all the reasons.
    """
    given = said[-1].variables
    if template is None and not given:
        return Accepted(given, ())
    resolution = resolved(template or NO_TEMPLATE, said, complete=complete)
    if resolution.errors:
        raise job_variables_refusal(resolution.errors)
    own = nest(given, declared=resolution.template.properties).variables if given else given
    return Accepted(own, resolution.warnings if template else without_pool(resolution.warnings))


def explain(template: BaseJobTemplate | None, said: tuple[Layer, ...], *, complete: bool) -> Explanation:
    """What is told about the job that layers make.

    Args:
        template: None where there is no work pool, and nothing that job variables could be part of.
    """
    key = _encoder.encode((template.version if template else None, said, complete))
    if (known := _explanations.get(key)) is not None:
        return known
    explanation = resolved(template or NO_TEMPLATE, said, complete=complete).explain()
    if template is None:
        job = explanation.job
        explanation = replace(explanation, job=replace(job, warnings=without_pool(job.warnings)))
    return _explanations.put(key, explanation)


def explain_deployment(template: BaseJobTemplate | None, variables: Any) -> Explanation:
    """What is told about the job of a deployment's runs that say nothing themselves.

    Its errors are what saving the deployment would be refused with. What only a run would be refused for,
    that nobody sets what is required, is among the warnings.
    """
    said = (Layer(DEPLOYMENT, variables),)
    told = explain(template, said, complete=False)
    at_run = explain(template, said, complete=True)
    missing = tuple(error for error in at_run.errors if error not in told.errors)
    return replace(told, job=replace(told.job, warnings=(*told.job.warnings, *missing)))


def without_pool(warnings: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The warnings about job variables where there is no work pool that they could be for."""
    return (NO_WORK_POOL, *(warning for warning in warnings if warning.rule != "no-template"))


def freeze(template: BaseJobTemplate, said: tuple[Layer, ...], facts: Mapping[str, Any]) -> JobSpec:
    """The job that a run with these facts is launched with.

    Raises:
        JobVariablesInvalid: There is none; it has all the reasons.
    """
    key = _encoder.encode((template.version, said))
    if (known := _specs.get(key)) is not None:
        return known
    spec = resolve(template, said, complete=True, context=facts).job_spec()
    speaks_of_run = any(
        use.placeholder.kind is PlaceholderKind.CONTEXT for use in placeholders(spec.job_configuration)
    )
    return spec if speaks_of_run else _specs.put(key, spec)
