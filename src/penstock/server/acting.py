"""An action on its way: what it needs is read, its templates are filled in, and it is done, or thought of.

Filling in may take its time, so that it is done between two transactions: `prepared` in a snapshot, `filled`
outside of any, and then `do` in the transaction that marks the action. `action_previews` tells what it
would do.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.contract.permissions import Role
from penstock.db.port import Transaction
from penstock.domain.audit_masks import masked
from penstock.domain.automations import Action
from penstock.server import rendering
from penstock.server.action_context import context_of, variables_of
from penstock.server.action_kinds import Delivery, Doing, Kind, Occasion, Outcome
from penstock.server.action_targets import target_of
from penstock.server.actions import kind_of
from penstock.server.auditing import Deed, add
from penstock.server.caller import Caller
from penstock.server.limits import Limits

_SECRET_NAME: Final = re.compile(r"auth|cookie|key|password|secret|token", re.IGNORECASE)
_MASK: Final = "••••••"


class Prepared(Struct, frozen=True, kw_only=True):
    """An action with all that its templates need."""

    id: UUID
    position: int
    occasion: Occasion
    action: Action
    kind: Kind
    caller: Caller
    """The automation."""
    templates: dict[str, Any]
    context: dict[str, Any]
    variables: dict[str, Any]

    def doing(self, tx: Transaction, rendered: Mapping[str, Any]) -> Doing:
        """It, about to be done. Raises `ActionFailed` where its target can't be told."""
        return Doing(
            tx=tx,
            caller=self.caller,
            occasion=self.occasion,
            action_id=self.id,
            action=self.action,
            rendered=rendered,
            target=target_of(self.kind, self.action, self.occasion),
        )

    def shown(self, rendered: Mapping[str, Any]) -> dict[str, Any]:
        """It as it was done, for people."""
        data: dict[str, Any] = {**msgspec.to_builtins(self.action), **rendered}
        if headers := data.get("headers"):
            data["headers"] = {
                name: _MASK if _SECRET_NAME.search(name) else value for name, value in headers.items()
            }
        return data


def automation(occasion: Occasion, limits: Limits) -> Caller:
    """The automation as one who acts."""
    name = f"automation:{occasion.name}"
    return Caller(
        principal=name,
        role=Role.ADMIN,
        origin=name,
        automation_id=occasion.automation_id,
        depth=occasion.depth + 1,
        limits=limits,
    )


async def prepared(
    tx: Transaction, limits: Limits, occasion: Occasion, action: Action, *, id: UUID, position: int
) -> Prepared:
    """An action with what its templates name, as it is in this transaction."""
    kind, caller = kind_of(action), automation(occasion, limits)
    templates = kind.templates(action)
    names = rendering.names_in(templates, late=kind.late)
    return Prepared(
        id=id,
        position=position,
        occasion=occasion,
        action=action,
        kind=kind,
        caller=caller,
        templates=templates,
        context=await context_of(tx, caller, occasion, names) if names else {},
        variables=await variables_of(tx, caller, rendering.variables_named(templates)),
    )


async def filled(one: Prepared) -> dict[str, Any]:
    """The action's templates, filled in.

    Raises:
        RenderError: One of them can't be. It tells of each.
        Unavailable: Nothing can be filled in now.
    """
    rendered: dict[str, Any] = await rendering.renderer.render(
        one.templates,
        one.context,
        late=one.kind.late,
        variables=one.variables,
        ui_url=one.caller.limits.ui_url,
    )
    return rendered


async def do(tx: Transaction, one: Prepared, rendered: Mapping[str, Any]) -> Outcome:
    """Do an action inside the database.

    Raises:
        PenstockError: It was not done, and this is why.
    """
    doing = one.doing(tx, rendered)
    assert one.kind.do is not None, "it is done outside"
    outcome = await one.kind.do(doing)
    await add(tx, one.caller, _deed(one, doing, rendered))
    return outcome


def _deed(one: Prepared, doing: Doing, rendered: Mapping[str, Any]) -> Deed:
    kind = str(msgspec.to_builtins(one.action)["type"])
    subject = {"automation_id": one.occasion.automation_id, "firing_id": one.occasion.firing_id}
    if doing.target is not None:
        subject["id"] = doing.target
    return Deed(
        action=f"automations:{kind}", operation=kind, subject=subject, said=masked(one.shown(rendered))
    )


async def ready(tx: Transaction, one: Prepared, rendered: Mapping[str, Any]) -> Delivery:
    """What an action sends to the outside.

    Raises:
        PenstockError: It can't be sent, and this is why.
    """
    doing = one.doing(tx, rendered)
    assert one.kind.ready is not None, "it is done inside"
    return await one.kind.ready(doing)
