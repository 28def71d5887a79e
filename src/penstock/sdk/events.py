"""Events that user code tells of: made here, and shipped in the background."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import field

from penstock.contract.events import as_sent
from penstock.domain import events as domain
from penstock.domain.errors import InvalidInput
from penstock.domain.events import ID, EventLimits, Labels, check_event, related, resource_id
from penstock.domain.moments import Moment
from penstock.sdk.context import FlowRunContext, TaskRunContext
from penstock.sdk.engine.session import current_session
from penstock.sdk.ids import new_record_id
from penstock.sdk.plain_data import plain_data

_LIMITS = EventLimits()


class Event(domain.Event, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened; now, where it does not say when, and under an id of its own."""

    occurred: Moment = field(default_factory=lambda: datetime.now(UTC))
    id: UUID = field(default_factory=lambda: new_record_id(datetime.now(UTC)))


class ReceivedEvent(Event, frozen=True, kw_only=True, omit_defaults=True):
    """An event that the server has."""

    received: Moment


def emit_event(
    event: str,
    resource: Mapping[str, str],
    occurred: datetime | None = None,
    related: Sequence[Mapping[str, str]] | None = None,
    payload: Mapping[str, Any] | None = None,
    id: UUID | None = None,
    follows: Event | UUID | None = None,
) -> Event:
    """Tell that something happened.

    It returns at once. The event is sent in the background, kept on disk while the server is away, and has
    arrived before the run around the calling code ends.

    Args:
        event: What happened, in words joined by dots: `shop.order.placed`.
        resource: Labels of what it happened to; `prefect.resource.id` is its id.
        occurred: When, with its zone; now, where it is left out.
        related: Labels of what else was part of it, each with `prefect.resource.id` and
            `prefect.resource.role`. The runs around the calling code, their flow, deployment, queue, pool and
            tags are added.
        payload: Anything more that can be said as JSON.
        id: An event that is sent again under the same id is kept once.
        follows: The event that went before, where clocks can't be trusted with the order.

    Raises:
        InvalidInput: The name or a resource is not what it must be, or the payload can't be said as JSON.
        TooLarge: It is larger than the reference's limits.
    """
    now = datetime.now(UTC)
    given = [dict(each) for each in related or ()]
    told = Event(
        event=event,
        resource=dict(resource),
        occurred=_with_zone(occurred) if occurred is not None else now,
        related=given,
        payload=_plain(payload or {}),
        id=id or new_record_id(now),
        follows=follows.id if isinstance(follows, Event) else follows,
    )
    check_event(told, _LIMITS, now)
    told = msgspec.structs.replace(told, related=[*given, *_around(told)])
    check_event(told, _LIMITS, now)
    current_session().recorder.tell(as_sent(told))
    return told


def _with_zone(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = "The time at which an event occurred needs a zone."
        raise InvalidInput(message, field="occurred", hint="For example datetime.now(UTC).")
    return moment


def _plain(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as plain data that nobody else holds."""
    try:
        plain: dict[str, Any] = plain_data(payload)
    except InvalidInput as error:
        error.field = "payload"
        raise
    return plain


def _around(event: Event) -> Iterator[Labels]:
    """What the runs around the calling code are, as far as the event does not name it itself."""
    named = {each[ID] for each in event.resources()}
    for each in (*_task_run(), *_flow_run()):
        if each[ID] not in named:
            named.add(each[ID])
            yield each


def _task_run() -> Iterator[Labels]:
    context = TaskRunContext.get()
    if context is None:
        return
    run = context.task_run
    yield related(resource_id("task-run", run.id), "task-run", run.name)
    yield from _tags(run.tags)


def _flow_run() -> Iterator[Labels]:
    context = FlowRunContext.get()
    if context is None:
        return
    run = context.flow_run
    yield related(resource_id("flow-run", run.id), "flow-run", run.name)
    yield related(resource_id("flow", run.flow_id), "flow", context.flow.name)
    for kind, id, name in (
        ("deployment", run.deployment_id, None),
        ("work-queue", run.work_queue_id, run.work_queue_name),
        ("work-pool", run.work_pool_id, run.work_pool_name),
    ):
        if id is not None:
            yield related(resource_id(kind, id), kind, name)
    yield from _tags(run.tags)


def _tags(tags: Sequence[str]) -> Iterator[Labels]:
    for tag in tags:
        yield related(resource_id("tag", tag), "tag")
