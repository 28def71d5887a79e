"""What an action would do: its target, its templates filled in, and all that would be in the way.

As when it is done, templates are filled in between two transactions. Nothing is written and nothing is sent.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.contract.automation_tests import ActionPreview, Target
from penstock.db.port import Database, Transaction
from penstock.domain.automations import Action
from penstock.domain.errors import NotFound, PenstockError
from penstock.domain.ids import new_id
from penstock.domain.problems import Problem
from penstock.server import acting, action_reads, rendering
from penstock.server.acting import Prepared
from penstock.server.action_kinds import Check, Kind, Occasion
from penstock.server.action_targets import target_of
from penstock.server.actions import kind_of
from penstock.server.caller import Caller


class _Begun(Struct, frozen=True):
    """What is known of an action before its templates are filled in."""

    answer: ActionPreview
    one: Prepared


async def preview(
    db: Database, caller: Caller, action: Action, occasion: Occasion, *, position: int = 0
) -> ActionPreview:
    """What an action would do."""
    begun = await db.read(lambda tx: _begin(tx, caller, action, occasion, position))
    answer, one = begun.answer, begun.one
    try:
        rendered = await acting.filled(one)
    except rendering.RenderError as error:
        answer.problems += [Problem(p.path, "template", p.message, hint=p.hint) for p in error.problems]
        return answer
    answer.rendered = one.shown(rendered)
    if not answer.problems:
        await db.read(lambda tx: _look_ahead(tx, one, rendered, answer))
    answer.ok = not answer.problems
    return answer


async def _begin(
    tx: Transaction, caller: Caller, action: Action, occasion: Occasion, position: int
) -> _Begun:
    kind = kind_of(action)
    answer = ActionPreview(
        position=position, type=kind.name, action=msgspec.to_builtins(action), ok=False, problems=[]
    )
    target_id = _tried_target(kind, action, occasion, answer)
    if target_id is not None and kind.target is not None:
        name = await _name(tx, caller, kind.target, target_id, answer)
        answer.target = Target(kind=kind.target, id=target_id, name=name)
    one = await acting.prepared(tx, caller.limits, occasion, action, id=new_id(tx.now), position=position)
    return _Begun(answer, one)


def _tried_target(kind: Kind, action: Action, occasion: Occasion, answer: ActionPreview) -> UUID | None:
    try:
        return target_of(kind, action, occasion)
    except PenstockError as error:
        answer.problems.append(_problem(error, kind.field or ""))
        return None


async def _name(tx: Transaction, caller: Caller, noun: str, id: UUID, answer: ActionPreview) -> str | None:
    try:
        return await action_reads.name_of(tx, caller, noun, id)
    except NotFound as error:
        answer.problems.append(_problem(error, f"{noun.replace('-', '_')}_id"))
        return None


async def _look_ahead(
    tx: Transaction, one: Prepared, rendered: Mapping[str, Any], answer: ActionPreview
) -> None:
    """Find what would go wrong."""
    try:
        if one.kind.ready is not None:
            await acting.ready(tx, one, rendered)
        check = await one.kind.check(one.doing(tx, rendered)) if one.kind.check else Check()
    except PenstockError as error:
        answer.problems.append(_problem(error, getattr(error, "field", None) or ""))
        return
    answer.problems += check.problems
    if check.run is not None:
        answer.parameters = check.run.parameters
        answer.explanation = check.run.explanation


def _problem(error: PenstockError, path: str) -> Problem:
    return Problem(path, error.code, error.message, hint=error.hint)
