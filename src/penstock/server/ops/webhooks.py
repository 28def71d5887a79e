"""Webhooks, and what is posted to them."""

import logging
import os
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from penstock.contract.endpoint import Upserted
from penstock.contract.webhooks import (
    Delivery,
    EventTemplate,
    Webhook,
    WebhookCreate,
    WebhookQuery,
    WebhookUpdate,
    WebhookWithSecret,
)
from penstock.db.event_tables import webhooks
from penstock.db.port import Database, Row, Transaction
from penstock.db.statements import rows
from penstock.db.statements import webhooks as statements
from penstock.domain.errors import AlreadyExists, Conflict, InvalidInput, NotFound, TooLarge
from penstock.domain.events import ID, NAME, NewEvent
from penstock.domain.ids import new_id
from penstock.domain.names import check_name
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.emitting import emit
from penstock.server.incoming import Incoming
from penstock.server.ops.registry import operation
from penstock.server.rates import Rates
from penstock.server.secrets.keys import ServerKey
from penstock.server.webhook_events import check_event_template, event_of, webhook_resource
from penstock.server.webhook_secrets import new_slug, secret_of, signed_by

_log = logging.getLogger(__name__)
_UNSIGNED: Final = 0
"""Stands for the version of a secret that nobody is asked for."""
_REMEMBERED: Final = timedelta(hours=24)
"""For how long what was signed without a time is not taken again."""
_RATES: Final = Rates(at_once=200, each_second=50)


def _shown(row: Row) -> dict[str, Any]:
    own = {"id", "created", "updated", "name", "description", "enabled", "last_received"}
    return {name: row[name] for name in own} | {
        "path": f"/hooks/{row['slug']}",
        "is_signed": row["secret_version"] != _UNSIGNED,
        "template": _template(row),
    }


def _template(row: Row) -> EventTemplate:
    return msgspec.convert(row["template"], EventTemplate)


def _with_secret(row: Row, key: ServerKey) -> WebhookWithSecret:
    version = row["secret_version"]
    secret = None if version == _UNSIGNED else secret_of(key.reveal(), row["id"], version)
    return WebhookWithSecret(**_shown(row), secret=secret)


def _taken(name: str) -> AlreadyExists:
    return AlreadyExists(f"There is a webhook {name!r} already.", hint="Change it, or choose another name.")


@operation("create_webhook", access="write")
async def create_webhook(tx: Transaction, caller: Caller, *, body: WebhookCreate) -> WebhookWithSecret:
    """Make a webhook."""
    check_event_template(body.template)
    row: Row = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "name": check_name(body.name, "webhook name"),
        "description": body.description,
        "enabled": body.enabled,
        "slug": new_slug(),
        "secret_version": 1 if body.is_signed else _UNSIGNED,
        "template": msgspec.to_builtins(body.template),
        "last_received": None,
    }
    made = _with_secret(row, caller.limits.webhook_key)
    if not await tx.execute(statements.add(), row):
        raise _taken(body.name)
    changed(tx, "webhooks", row["id"])
    return made


async def _by_id(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "webhook", id)


@operation("read_webhook", access="read")
async def read_webhook(tx: Transaction, caller: Caller, *, id: UUID) -> Webhook:
    """One webhook."""
    return Webhook(**_shown(await _by_id(tx, id)))


@operation("read_webhook_by_name", access="read")
async def read_webhook_by_name(tx: Transaction, caller: Caller, *, name: str) -> Webhook:
    """One webhook, by its name."""
    row = await tx.fetch_one(statements.by_name(), {"name": name})
    return Webhook(**_shown(named.found(row, "webhook", name)))


@operation("read_webhooks", access="read")
async def read_webhooks(tx: Transaction, caller: Caller, *, body: WebhookQuery) -> list[Webhook]:
    """The webhooks, by name."""
    found = await tx.fetch_all(statements.page(), {"most": body.limit, "first": body.offset})
    return [Webhook(**_shown(row)) for row in found]


@operation("update_webhook", access="write")
async def update_webhook(tx: Transaction, caller: Caller, *, id: UUID, body: WebhookUpdate) -> None:
    """Change a webhook, pause it, or let it go on."""
    row = await _by_id(tx, id)
    columns: dict[str, Any] = {"updated": tx.now}
    if body.template is not UNSET:
        check_event_template(body.template)
        columns["template"] = msgspec.to_builtins(body.template)
    for name in ("description", "enabled"):
        if (value := getattr(body, name)) is not UNSET:
            columns[name] = value
    if body.name is not UNSET and body.name != row["name"]:
        if await tx.fetch_one(statements.by_name(), {"name": body.name}):
            raise _taken(body.name)
        columns["name"] = check_name(body.name, "webhook name")
    await tx.execute(rows.update_by_id(webhooks), {"row_id": id, **columns})
    changed(tx, "webhooks", id)


@operation("rotate_webhook", access="write")
async def rotate_webhook(tx: Transaction, caller: Caller, *, id: UUID) -> WebhookWithSecret:
    """Give a webhook a new secret."""
    row = await _by_id(tx, id)
    version = row["secret_version"]
    if not await tx.execute(statements.rotate(), {"row_id": id, "old_version": version, "at": tx.now}):
        message = f"Somebody else has just rotated the secret of {row['name']!r}."
        raise Conflict(message, hint="Ask them for it, or rotate it again.")
    changed(tx, "webhooks", id)
    return _with_secret({**row, "secret_version": version + 1}, caller.limits.webhook_key)


@operation("delete_webhook", access="write")
async def delete_webhook(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete a webhook."""
    await _by_id(tx, id)
    await tx.execute(rows.delete_by_id(webhooks), {"row_id": id})
    changed(tx, "webhooks", id)


@operation("receive_webhook", access="request")
async def receive_webhook(
    db: Database, incoming: Incoming, caller: Caller, *, slug: str, body: bytes
) -> Upserted[Delivery]:
    """Take what somebody posts to a webhook."""
    _RATES.count(slug)
    webhook, signature, now = await _admitted(db, incoming, caller, slug, body)
    try:
        event = await event_of(webhook, incoming, body, now=now, limits=caller.limits)
    except (InvalidInput, TooLarge) as error:
        await _tell_failure(db, caller, webhook, error.message)
        raise

    async def take(tx: Transaction) -> UUID | None:
        if signature is not None and not await _is_first(tx, webhook.id, signature):
            return None
        await tx.execute(rows.update_by_id(webhooks), {"row_id": webhook.id, "last_received": tx.now})
        await emit(tx, caller, event)
        return event.id

    taken = await db.write(take)
    return Upserted(Delivery(event_id=taken), created=taken is not None)


async def _admitted(
    db: Database, incoming: Incoming, caller: Caller, slug: str, body: bytes
) -> tuple[Webhook, str | None, datetime]:
    """The webhook, and the signature that was good. What is not there and what is not signed look alike."""

    async def find(tx: Transaction) -> tuple[Row | None, datetime]:
        return await tx.fetch_one(statements.by_slug(), {"slug": slug}), tx.now

    row, now = await db.read(find)
    if row is not None and row["secret_version"] == _UNSIGNED and row["enabled"]:
        return Webhook(**_shown(row)), None, now
    id, version = (row["id"], row["secret_version"]) if row else (UUID(int=0), 1)
    secret = secret_of(_key(caller), id, version)
    signature = signed_by(secret, incoming.headers, body, now)
    if row is None or signature is None or not row["enabled"]:
        message = "There is no such webhook, or this request is not signed with its secret."
        raise NotFound(message, hint="See `penstock webhook inspect` for how to sign, and the clock.")
    return Webhook(**_shown(row)), signature, now


def _key(caller: Caller) -> bytes:
    """The key; what is wrong with it is for our log, and not for whoever posts."""
    try:
        return caller.limits.webhook_key.reveal()
    except Conflict as error:
        _log.error("Nothing that is posted to webhooks can be verified: %s", error)
        return os.urandom(32)


async def _is_first(tx: Transaction, id: UUID, signature: str) -> bool:
    await tx.execute(statements.forget_deliveries(), {"before": tx.now - _REMEMBERED})
    row = {"webhook_id": id, "signature": signature, "received": tx.now}
    return bool(await tx.execute(statements.add_delivery(), row))


async def _tell_failure(db: Database, caller: Caller, webhook: Webhook, reason: str) -> None:
    """People see why nothing came of it: whoever posted it is seldom the one who can mend it."""
    about = {ID: webhook_resource(webhook.id), NAME: webhook.name}
    event = NewEvent(event="penstock.webhook.failed", resource=about, payload={"reason": reason})

    async def tell(tx: Transaction) -> None:
        await emit(tx, caller, event)

    await db.write(tell)
