"""Events: what happened to which resource, and which other resources were part of it.

An event never changes. Names, resource ids and labels are those of the reference, such as
`prefect.flow-run.Completed` about `prefect.flow-run.<id>`, so that triggers that people have written go on
working.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from msgspec import Struct

from penstock.domain.errors import InvalidInput, TooLarge
from penstock.domain.moments import Moment

Labels: TypeAlias = dict[str, str]
"""A resource: its labels, of which `prefect.resource.id` is its id."""

ID: Final = "prefect.resource.id"
NAME: Final = "prefect.resource.name"
ROLE: Final = "prefect.resource.role"

MAX_NAME: Final = 1024
"""Longest name of an event, in characters."""
FUTURE: Final = timedelta(minutes=5)
"""How far ahead of the server's clock an event may say that it occurred; more is taken for a wrong clock."""


class EventLimits(Struct, frozen=True, kw_only=True):
    """How large an event may be. The numbers are the reference's."""

    labels: int = 500
    """Of one resource."""
    related: int = 100
    """Related resources."""
    size: int = 1_500_000
    """Of the whole event as JSON, in bytes."""


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened."""

    occurred: Moment
    event: str
    """Its name, in words joined by dots: `prefect.flow-run.Completed`."""
    resource: Labels
    """What it happened to."""
    related: list[Labels] = []
    """What else was part of it, each with a `prefect.resource.role`."""
    payload: dict[str, Any] = {}
    """Anything that may be said as JSON."""
    id: UUID
    follows: UUID | None = None
    """The event that went before, where order matters and clocks can't be trusted with it."""
    received: Moment | None = None
    """When the server took it."""

    @property
    def resource_id(self) -> str:
        """The id of what it happened to."""
        return self.resource[ID]

    def resources(self) -> Iterator[Labels]:
        """What it happened to, then what was part of it."""
        yield self.resource
        yield from self.related


class NewEvent(Struct, frozen=True, kw_only=True):
    """An event that the server is about to tell of; what is left out is given when it is written."""

    event: str
    resource: Labels
    related: list[Labels] = []
    payload: dict[str, Any] = {}
    occurred: Moment | None = None
    """None: the time of the transaction."""
    id: UUID | None = None
    follows: UUID | None = None


def related(id: str, role: str, name: str | None = None, **labels: str) -> Labels:
    """A related resource."""
    named = {NAME: name} if name is not None else {}
    return {ID: id, ROLE: role, **named, **labels}


def resource_id(kind: str, id: UUID | str) -> str:
    """The id of a resource of ours: `prefect.flow-run.<uuid>`."""
    return f"prefect.{kind}.{id}"


def check_event(event: Event, limits: EventLimits, now: datetime) -> None:
    """Refuse an event that can't be kept.

    Raises:
        InvalidInput: A part of it is missing or not what it must be; `field` names it.
        TooLarge: It has more than `limits` allow.
    """
    if not event.event or len(event.event) > MAX_NAME:
        raise InvalidInput(f"An event's name has 1 to {MAX_NAME} characters.", field="event")
    if not event.resource.get(ID):
        message = f"An event is about a resource, which has a label {ID!r}."
        raise InvalidInput(message, field="resource", hint=f'For example {{"{ID}": "my.thing.1"}}.')
    _check_related(event.related, limits)
    if len(event.resource) > limits.labels:
        raise TooLarge(
            f"A resource has at most {limits.labels} labels, and this one has {len(event.resource)}."
        )
    if event.occurred - now > FUTURE:
        message = f"It says that it occurred at {event.occurred.isoformat()}, which is yet to come."
        raise InvalidInput(message, field="occurred", hint="Set the clock of the machine that sent it.")


def _check_related(resources: Sequence[Labels], limits: EventLimits) -> None:
    if len(resources) > limits.related:
        raise TooLarge(
            f"An event has at most {limits.related} related resources, and this one {len(resources)}."
        )
    for index, resource in enumerate(resources):
        if missing := [label for label in (ID, ROLE) if not resource.get(label)]:
            field = f"related.{index}"
            raise InvalidInput(f"A related resource has the label {missing[0]!r}.", field=field)
        if len(resource) > limits.labels:
            raise TooLarge(
                f"A resource has at most {limits.labels} labels; related.{index} has {len(resource)}."
            )


def as_data(event: Event) -> dict[str, Any]:
    """An event as templates and answers see it: plain JSON types, everything there."""
    data: dict[str, Any] = {
        "id": str(event.id),
        "event": event.event,
        "occurred": event.occurred.isoformat(),
        "received": event.received.isoformat() if event.received else None,
        "resource": event.resource,
        "related": event.related,
        "payload": event.payload,
        "follows": str(event.follows) if event.follows else None,
    }
    return json.loads(json.dumps(data))  # type: ignore[no-any-return]  # a copy that nobody else holds
