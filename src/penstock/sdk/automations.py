"""Automations from Python: made, read, changed and deleted. When this happens, do that.

    Automation(
        name="restart",
        trigger=EventTrigger(expect=["prefect.flow-run.Crashed"], within=timedelta(minutes=5), threshold=3),
        actions=[RunDeployment(deployment_id=id, job_variables={"memory": "8G"})],
    ).create()

Each verb answers in a coroutine with something to await, and elsewhere with its result; `acreate` and the
like are always awaited.
"""

from collections.abc import Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import msgspec

from penstock.client.client import Client
from penstock.contract import automations as contract
from penstock.contract.filters import AutomationFilter
from penstock.contract.operators import TextIn
from penstock.domain.automations import Action, AutomationCore, Trigger
from penstock.domain.errors import Conflict, InvalidInput, NotFound
from penstock.domain.names import did_you_mean
from penstock.domain.triggers import automation_from
from penstock.sdk.automation_parts import CompoundTrigger, EventTrigger, MetricTrigger, SequenceTrigger
from penstock.sdk.caller_colour import caller_colour, finished
from penstock.sdk.deployments.server_client import served
from penstock.sdk.engine.colours import SUSPENDING, Colour
from penstock.sdk.engine.session import current_session
from penstock.sdk.plain_data import field_told, plain_data

ResourceTrigger: TypeAlias = EventTrigger | MetricTrigger
"""A trigger that watches resources itself."""
CompositeTrigger: TypeAlias = CompoundTrigger | SequenceTrigger
"""A trigger that is made of others."""


class Automation(AutomationCore, kw_only=True):
    """An automation, on the server or still to be made there.

    Args:
        name: What people call it; several may have the same.
        trigger: When it fires: `EventTrigger`, `CompoundTrigger`, `SequenceTrigger` or `MetricTrigger`, or a
            map with their fields.
        actions: What is done then.
        description, tags: For people.
        enabled: Whether it fires at all.
        actions_on_trigger: Done when it fires, before `actions`.
        actions_on_resolve: Done when what a proactive or metric trigger fired about is over.
        owner_resource: What it belongs to and goes away with: `prefect.deployment.<id>`.
        id: Given by the server.

    Sets are taken for lists, timedeltas for seconds, and text for ids.

    Raises:
        InvalidInput: A field is unknown, or has a value that cannot be used; names it.
    """

    id: UUID | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            name: str,
            trigger: Trigger | Mapping[str, Any],
            actions: Iterable[Action | Mapping[str, Any] | str],
            description: str = "",
            enabled: bool = True,
            tags: Iterable[str] = (),
            actions_on_trigger: Iterable[Action | Mapping[str, Any] | str] = (),
            actions_on_resolve: Iterable[Action | Mapping[str, Any] | str] = (),
            owner_resource: str | None = None,
            id: UUID | str | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        written = plain_data({name: getattr(self, name) for name in AutomationCore.__struct_fields__})
        with field_told():
            read = automation_from(written)
        for name in AutomationCore.__struct_fields__:
            setattr(self, name, getattr(read, name))
        self.id = _as_id(self.id) if self.id is not None else None

    def create(self) -> "Automation":
        """Make it on the server, which gives it its id. In a coroutine, await it.

        Raises:
            InvalidInput: The server refuses something about it; names the field.
            NotFound: What an action names does not exist.
            ServerUnreachable: No server answers.
        """
        colour = caller_colour()
        return finished(self._create(colour), colour)

    async def acreate(self) -> "Automation":
        """`create` that is always awaited."""
        return await self._create(SUSPENDING)

    @classmethod
    def read(cls, id: UUID | str | None = None, name: str | None = None) -> "Automation":
        """The automation of an id, or the only one of a name. In a coroutine, await it.

        Raises:
            NotFound: There is none; with the nearest name.
            Conflict: Several have the name; with their ids.
            ServerUnreachable: No server answers.
        """
        colour = caller_colour()
        return finished(_read(id, name, colour), colour)

    @classmethod
    async def aread(cls, id: UUID | str | None = None, name: str | None = None) -> "Automation":
        """`read` that is always awaited."""
        return await _read(id, name, SUSPENDING)

    def update(self) -> None:
        """Write what was changed about it to the server. In a coroutine, await it.

        What its triggers have seen stays, as far as they are the same. Raises as `create` does, and
        `NotFound` where it was deleted.
        """
        colour = caller_colour()
        return finished(self._update(colour), colour)

    async def aupdate(self) -> None:
        """`update` that is always awaited."""
        await self._update(SUSPENDING)

    def delete(self) -> bool:
        """Delete it on the server, with its firing log. In a coroutine, await it.

        Returns:
            Whether it was still there.
        """
        colour = caller_colour()
        return finished(self._delete(colour), colour)

    async def adelete(self) -> bool:
        """`delete` that is always awaited."""
        return await self._delete(SUSPENDING)

    def enable(self) -> bool:
        """Let it fire; where the server had stopped it, too. In a coroutine, await it.

        Returns:
            Whether it is still there.
        """
        colour = caller_colour()
        return finished(self._switch(colour, on=True), colour)

    async def aenable(self) -> bool:
        """`enable` that is always awaited."""
        return await self._switch(SUSPENDING, on=True)

    def disable(self) -> bool:
        """Don't let it fire. In a coroutine, await it.

        Returns:
            Whether it is still there.
        """
        colour = caller_colour()
        return finished(self._switch(colour, on=False), colour)

    async def adisable(self) -> bool:
        """`disable` that is always awaited."""
        return await self._switch(SUSPENDING, on=False)

    async def _create(self, colour: Colour) -> "Automation":
        body = contract.AutomationCreate(**_said(self), owner_resource=self.owner_resource)
        made = await _client(colour).call(contract.create_automation, body)
        # With the ids that the server gave, of its triggers too.
        self.id, self.trigger = made.id, made.trigger
        return self

    async def _update(self, colour: Colour) -> None:
        id, body = self._known_id(), contract.AutomationUpdate(**_said(self))
        await _client(colour).call(contract.update_automation, id, body)

    async def _delete(self, colour: Colour) -> bool:
        id = self._known_id()
        return await _is_there(_client(colour).call(contract.delete_automation, id))

    async def _switch(self, colour: Colour, *, on: bool) -> bool:
        id, change = self._known_id(), contract.AutomationPartialUpdate(enabled=on)
        call = _client(colour).call(contract.patch_automation, id, change)
        if is_there := await _is_there(call):
            self.enabled = on
        return is_there

    def _known_id(self) -> UUID:
        if self.id is None:
            message = f"The automation {self.name!r} has no id: it was neither created nor read."
            raise InvalidInput(message, field="id", hint="Call create() first, or Automation.read(name=…).")
        return self.id


def _client(colour: Colour) -> Client:
    return served(current_session().client(colour))


def _said(automation: Automation) -> dict[str, Any]:
    """What there is to say of an automation, as it is now; it may have been changed since it was made."""
    now: Automation = msgspec.structs.replace(automation)
    names = contract.AutomationWritten.__struct_fields__
    return {name: getattr(now, name) for name in names}


async def _is_there(call: Coroutine[Any, Any, None]) -> bool:
    try:
        await call
    except NotFound:
        return False
    return True


async def _read(id: UUID | str | None, name: str | None, colour: Colour) -> Automation:
    if (id is None) == (name is None):
        message = "An automation is read by its id or by its name."
        raise InvalidInput(message, field="id", hint="Give one of them.")
    if name is not None:
        return _of(await _by_name(name, _client(colour)))
    wanted = _as_id(id)
    return _of(await _client(colour).call(contract.read_automation, wanted))


async def _by_name(name: str, client: Client) -> contract.Automation:
    named = AutomationFilter(name=TextIn(any_=[name]))
    found = await client.call(contract.read_automations, contract.AutomationQuery(automations=named))
    if len(found) > 1:
        ids = ", ".join(str(each.id) for each in found)
        raise Conflict(f"{len(found)} automations are named {name!r}: {ids}.", hint="Read it by its id.")
    if not found:
        known = await client.call(contract.read_automations)
        near = did_you_mean(name, [each.name for each in known])
        raise NotFound(f"There is no automation {name!r}. {near}".rstrip())
    return found[0]


def _as_id(id: Any) -> UUID:
    try:
        return id if isinstance(id, UUID) else UUID(id)
    except (ValueError, AttributeError, TypeError):
        message = f"{id!r} is no id."
        raise InvalidInput(message, field="id", hint="Give the name as name=….") from None


def _of(found: contract.Automation) -> Automation:
    owner = found.owner_resource if isinstance(found.owner_resource, str) else None
    names = contract.AutomationWritten.__struct_fields__
    return Automation(id=found.id, owner_resource=owner, **{name: getattr(found, name) for name in names})
