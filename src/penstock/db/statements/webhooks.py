"""Webhooks, and what was posted to them of late."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Delete, Insert, Select, Update, bindparam

from penstock.db import dialect
from penstock.db.event_tables import webhook_deliveries, webhooks


@cache
def add() -> Insert:
    """Insert a webhook unless its name is taken."""
    return dialect.upsert(webhooks, key=("name",), update=())


@cache
def by_id() -> Select[Any]:
    """The webhook `row_id`."""
    return sa.select(webhooks).where(webhooks.c.id == bindparam("row_id"))


@cache
def by_name() -> Select[Any]:
    """The webhook called `name`."""
    return sa.select(webhooks).where(webhooks.c.name == bindparam("name"))


@cache
def by_slug() -> Select[Any]:
    """The webhook whose URL ends in `slug`."""
    return sa.select(webhooks).where(webhooks.c.slug == bindparam("slug"))


@cache
def page() -> Select[Any]:
    """Some webhooks, by name."""
    return sa.select(webhooks).order_by(webhooks.c.name).limit(bindparam("most")).offset(bindparam("first"))


@cache
def rotate() -> Update:
    """Give the webhook `row_id` another secret, if it still has that of `old_version`."""
    columns = webhooks.c
    return (
        webhooks.update()
        .where(columns.id == bindparam("row_id"), columns.secret_version == bindparam("old_version"))
        .values(secret_version=columns.secret_version + 1, updated=bindparam("at"))
    )


@cache
def add_delivery() -> Insert:
    """Note what was taken, unless it was before."""
    return dialect.upsert(webhook_deliveries, key=("webhook_id", "signature"), update=())


@cache
def forget_deliveries() -> Delete:
    """Forget what was taken `before` some time."""
    return webhook_deliveries.delete().where(webhook_deliveries.c.received < bindparam("before"))
