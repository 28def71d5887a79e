"""Tell people, through a notification block."""

from typing import Any

from penstock.domain.automations import SendNotification
from penstock.server.action_kinds import Delivery, Doing, Kind
from penstock.server.blocks import block
from penstock.server.notification_formats import delivery


def _templates(action: SendNotification) -> dict[str, Any]:
    return {"subject": action.subject, "body": action.body}


async def _ready(doing: Doing) -> Delivery:
    action: SendNotification = doing.action
    found = await block(doing.tx, action.block_document_id, doing.caller.limits.block_key)
    return delivery(found, str(doing.rendered["subject"]), str(doing.rendered["body"]))


KIND = Kind(
    type=SendNotification,
    target="block-document",
    field="block_document_id",
    templates=_templates,
    ready=_ready,
)
