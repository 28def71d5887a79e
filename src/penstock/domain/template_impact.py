"""What saving another base job template would do to the deployments of a pool, told before it is saved."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec

from penstock.domain.base_job_templates import BaseJobTemplate, compile_template
from penstock.domain.job_variable_layers import Layer
from penstock.domain.job_variables import Resolution, resolve
from penstock.domain.json_values import Json, canonical
from penstock.domain.provenance import DEPLOYMENT, FIXED, POOL, Leaf
from penstock.domain.template_changes import Change, Impact


class DeploymentVariables(msgspec.Struct, frozen=True):
    """A deployment of the pool, with the job variables that it sets."""

    id: UUID
    name: str
    variables: Json


def template_impact(old: Json, new: Json, deployments: Iterable[DeploymentVariables]) -> tuple[Impact, ...]:
    """The deployments that are affected when the pool's template `old` becomes `new`."""
    before, after = compile_template(old), compile_template(new)
    told = (_impact(before, after, deployment) for deployment in deployments)
    return tuple(impact for impact in told if impact.is_affected)


def _impact(old: BaseJobTemplate, new: BaseJobTemplate, deployment: DeploymentVariables) -> Impact:
    layers = [Layer(DEPLOYMENT, deployment.variables)]
    before = resolve(old, layers, complete=False)
    after = resolve(new, layers, complete=False)
    pairs = _pairs(before, after)
    values = {
        path: tuple(leaf.value if leaf else msgspec.UNSET for leaf in pair) for path, pair in pairs.items()
    }
    return Impact(
        id=deployment.id,
        name=deployment.name,
        changes=tuple(Change(path, *pair) for path, pair in values.items() if _differ(*pair)),
        overrides=tuple(
            path
            for path, (was, will_be) in pairs.items()
            if _said_by_pool(was) != _said_by_pool(will_be) and not _differ(*values[path])
        ),
        errors=tuple(error for error in after.errors if error not in before.errors),
        launches_differently=before.preview().hash != after.preview().hash,
    )


def _pairs(before: Resolution, after: Resolution) -> Mapping[str, tuple[Leaf | None, Leaf | None]]:
    was = {leaf.path: leaf for leaf in before.leaves}
    will_be = {leaf.path: leaf for leaf in after.leaves}
    return {path: (was.get(path), will_be.get(path)) for path in dict.fromkeys([*was, *will_be])}


def _differ(before: Json, after: Json) -> bool:
    if before is msgspec.UNSET or after is msgspec.UNSET:
        return before is not after
    return canonical(before) != canonical(after)  # for Python 1 and True are equal


def _said_by_pool(leaf: Leaf | None) -> list[Json]:
    return [word.value for word in leaf.said if word.layer in {FIXED, POOL}] if leaf else []
