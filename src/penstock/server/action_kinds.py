"""What the actions have in common: how their target is found, what they render, and how they are done.

An action inside the database is done by `do`, in the transaction that marks it done. One that calls the
outside is made `ready` in a transaction, and delivered outside of any.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from msgspec import Struct

from penstock.contract.run_checks import RunCheck
from penstock.db.port import Transaction
from penstock.domain.errors import PenstockError
from penstock.domain.events import Event, Labels
from penstock.domain.problems import Problem
from penstock.server.caller import Caller
from penstock.server.mail import Mail
from penstock.server.outside import OutsideRequest
from penstock.server.use_cases import use


class ActionFailed(PenstockError):
    """An action that was not done, and why."""

    code = "action-failed"


class Occasion(Struct, frozen=True, kw_only=True):
    """Why an action is done: an automation that fired, or that would have."""

    automation_id: UUID
    name: str
    """Of the automation, like what follows."""
    description: str = ""
    tags: list[str] = []
    trigger: Mapping[str, Any] = {}
    trigger_id: UUID | None = None
    """Of its triggers, the one that fired."""
    firing_id: UUID
    state: str = "Triggered"
    fired: datetime
    labels: Mapping[str, str] = {}
    """What it was counted by: `for_each` and the values."""
    events: list[Any] = []
    """What was counted, as the trigger kept it."""
    event: Event | None = None
    """The event that made it fire; None where something did not happen, or where it is not kept any more."""
    event_id: UUID | None = None
    depth: int = 0
    """How many firings led to this one."""


class Doing(Struct, frozen=True, kw_only=True):
    """One action that is about to be done."""

    tx: Transaction
    caller: Caller
    """The automation."""
    occasion: Occasion
    action_id: UUID
    action: Any
    """As it stands in the automation."""
    rendered: Mapping[str, Any]
    """Its `templates`, filled in."""
    target: Any
    """The id of what it is done to; None where that is nothing of ours."""

    async def use(self, name: str, /, **arguments: Any) -> Any:
        """What a use case answers to the automation. Raises what a request would be refused with."""
        return await use(self.tx, self.caller, name, **arguments)


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of an action that was done."""

    status_code: int
    """As of a request: of the use case, or what the outside answered."""
    detail: Mapping[str, Any] = {}
    """More of it: `flow_run_id`, …"""
    related: list[Labels] = []
    """Resources that have part in it, besides the target."""


class Check(Struct, frozen=True, kw_only=True):
    """What is told of an action that is only thought of."""

    problems: list[Problem] = []
    run: RunCheck | None = None
    """Of a run: all that its creation would answer."""


Delivery: TypeAlias = OutsideRequest | Mail
"""What is sent to the outside."""


def no_templates(_: Any) -> dict[str, Any]:
    """Nothing of it is a template."""
    return {}


class Kind(Struct, frozen=True, kw_only=True):
    """One kind of action. It has either `do` or `ready`."""

    type: type[Any]
    """The action, as people write it."""
    target: str | None = None
    """What it is done to, by the name in resource ids: `deployment`, `flow-run`, …"""
    field: str | None = None
    """The field that selects the target; None: it is inferred always."""
    templates: Callable[[Any], dict[str, Any]] = no_templates
    """What is rendered before it is done, by the names of its fields."""
    late: frozenset[str] = frozenset()
    """Those of them in which references are left to the worker."""
    do: Callable[[Doing], Awaitable[Outcome]] | None = None
    ready: Callable[[Doing], Awaitable[Delivery]] | None = None
    check: Callable[[Doing], Awaitable[Check]] | None = None
    """Finds what would go wrong, where more can be told than that the target is there."""

    @property
    def name(self) -> str:
        """What it is called in automations: `run-deployment`."""
        tag = self.type.__struct_config__.tag
        return str(tag)
