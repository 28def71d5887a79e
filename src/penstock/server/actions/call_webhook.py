"""Send a request to a URL: that of a webhook block, or one that the action gives."""

from typing import Any

import msgspec

from penstock.domain.automations import CallWebhook
from penstock.domain.errors import InvalidInput
from penstock.server.action_kinds import Delivery, Doing, Kind
from penstock.server.blocks import block
from penstock.server.notification_formats import method_of, text_of
from penstock.server.outside import OutsideRequest


def _templates(action: CallWebhook) -> dict[str, Any]:
    given = {"payload": action.payload, "url": action.url, "headers": action.headers}
    return {name: value for name, value in given.items() if value}


async def _ready(doing: Doing) -> Delivery:
    action: CallWebhook = doing.action
    url, method = str(doing.rendered.get("url") or ""), action.method
    headers: dict[str, Any] = {}
    if action.block_document_id is not None:
        found = await block(doing.tx, action.block_document_id, doing.caller.limits.block_key)
        url = url or text_of(found, "url")
        method = method_of(found)
        headers = found.data.get("headers") or {}
    if not url:
        message = "The action has no URL to call."
        raise InvalidInput(message, field="url", hint="Give it a block_document_id or a url.")
    headers = {str(name): str(value) for name, value in (headers | doing.rendered.get("headers", {})).items()}
    body = _body(doing.rendered.get("payload"))
    if body and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = _content_type(body)
    return OutsideRequest(method=method, url=url, headers=headers, body=body)


def _body(payload: Any) -> bytes:
    """The payload as it is sent: what a template made is JSON where it is no text."""
    if payload is None:
        return b""
    return payload.encode() if isinstance(payload, str) else msgspec.json.encode(payload)


def _content_type(body: bytes) -> str:
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError:
        return "text/plain; charset=utf-8"
    return "application/json"


KIND = Kind(
    type=CallWebhook,
    target="block-document",
    field="block_document_id",
    templates=_templates,
    ready=_ready,
)
