"""From what was posted to a webhook to an event."""

import re
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from penstock.contract.webhooks import EventTemplate, Webhook
from penstock.domain.events import ID, NAME, Event, NewEvent, check_event, related
from penstock.domain.ids import new_id
from penstock.domain.json_values import Json, as_text
from penstock.server.http.bodies import check_depth
from penstock.server.incoming import Incoming
from penstock.server.limits import Limits
from penstock.server.rendering import WEBHOOK_NAMES, TemplateInvalid, check_tree, renderer

_PRIVATE = re.compile(r"auth|cookie|key|lease|pass|secret|sign|token")
"""Headers whose names hold one of these are not for events, which everybody may read."""
_FORM: Final = "application/x-www-form-urlencoded"


def webhook_resource(id: UUID) -> str:
    """The id of a webhook as events have it."""
    return f"penstock.webhook.{id}"


def check_event_template(template: EventTemplate) -> None:
    """Refuse a template that could make no event.

    Raises:
        TemplateInvalid: It says which part, and what is wrong with it.
    """
    problems = check_tree(asdict(template), names=WEBHOOK_NAMES)
    if problems:
        raise TemplateInvalid(problems)


def seen_body(body: bytes, headers: dict[str, str]) -> Json:
    """What was posted, as templates see it: JSON, a form as a map, or text.

    Raises:
        InvalidInput: It is nested too deeply.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _FORM:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    check_depth(body)
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode("utf-8", "replace")


def _context(incoming: Incoming, body: bytes) -> dict[str, Any]:
    headers = {name: text for name, text in incoming.headers.items() if not _PRIVATE.search(name)}
    seen = seen_body(body, incoming.headers)
    return {"body": seen, "headers": headers, "query": incoming.query, "method": incoming.method}


async def event_of(
    webhook: Webhook, incoming: Incoming, body: bytes, *, now: datetime, limits: Limits
) -> NewEvent:
    """The event that a request becomes.

    Raises:
        RenderError: The template has something that this request has not.
        InvalidInput: What it gave is no event.
        TooLarge: The event is too large.
    """
    made = await renderer.render(asdict(webhook.template), _context(incoming, body), ui_url=limits.ui_url)
    own = {ID: webhook_resource(webhook.id), NAME: webhook.name}
    about = _labels(made["resource"]) or own
    parts = [_labels(each) for each in made["related"]]
    if about.get(ID) != own[ID]:
        parts.append(related(own[ID], "webhook", webhook.name))
    payload = made["payload"] if isinstance(made["payload"], dict) else {"body": made["payload"]}
    name = as_text(made["event"])
    event = Event(id=new_id(now), occurred=now, event=name, resource=about, related=parts, payload=payload)
    check_event(event, limits.events, now)
    return NewEvent(id=event.id, event=name, resource=about, related=parts, payload=payload)


def _labels(labels: dict[str, Json]) -> dict[str, str]:
    return {name: as_text(value) for name, value in labels.items()}
