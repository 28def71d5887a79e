"""What saving another base job template would do to the deployments of a pool, told before it is saved."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias
from uuid import UUID

import msgspec

from penstock.domain.base_job_templates import BaseJobTemplate, compile_template
from penstock.domain.job_variable_layers import Layer
from penstock.domain.job_variables import resolve
from penstock.domain.json_values import Json, canonical
from penstock.domain.provenance import DEPLOYMENT, FIXED, POOL, Leaf
from penstock.domain.template_changes import Change, Impact

_Pair: TypeAlias = tuple[Leaf | None, Leaf | None]


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


def changes_of(before: Iterable[Leaf], after: Iterable[Leaf]) -> tuple[Change, ...]:
    """The leaves that have another value in one resolution than in the other."""
    return tuple(
        Change(path, *values)
        for path, pair in _pairs(before, after).items()
        if _differ(*(values := _values(pair)))
    )


def _impact(old: BaseJobTemplate, new: BaseJobTemplate, deployment: DeploymentVariables) -> Impact:
    layers = [Layer(DEPLOYMENT, deployment.variables)]
    before = resolve(old, layers, complete=False)
    after = resolve(new, layers, complete=False)
    return Impact(
        id=deployment.id,
        name=deployment.name,
        changes=changes_of(before.leaves, after.leaves),
        overrides=tuple(
            path
            for path, (was, will_be) in _pairs(before.leaves, after.leaves).items()
            if _said_by_pool(was) != _said_by_pool(will_be) and not _differ(*_values((was, will_be)))
        ),
        errors=tuple(error for error in after.errors if error not in before.errors),
        launches_differently=before.preview().hash != after.preview().hash,
    )


def _pairs(before: Iterable[Leaf], after: Iterable[Leaf]) -> Mapping[str, _Pair]:
    was = {leaf.path: leaf for leaf in before}
    will_be = {leaf.path: leaf for leaf in after}
    return {path: (was.get(path), will_be.get(path)) for path in dict.fromkeys([*was, *will_be])}


def _values(pair: _Pair) -> tuple[Json, Json]:
    before, after = (leaf.value if leaf else msgspec.UNSET for leaf in pair)
    return before, after


def _differ(before: Json, after: Json) -> bool:
    if before is msgspec.UNSET or after is msgspec.UNSET:
        return before is not after
    return canonical(before) != canonical(after)  # for Python 1 and True are equal


def _said_by_pool(leaf: Leaf | None) -> list[Json]:
    return [word.value for word in leaf.said if word.layer in {FIXED, POOL}] if leaf else []
