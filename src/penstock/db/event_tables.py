"""The schema of events and of what listens to them: automations, their firings, and webhooks.

An event is written once, in the transaction of what it tells of, together with a row of the outbox. Whoever
evaluates takes rows from the outbox, and deletes them in the transaction that writes what came of them: so
each event counts once, whatever dies in between.
"""

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint

from penstock.db.columns import counter, dated, flag, id_column, json_column, metadata, tags_column
from penstock.db.dialect import PATTERN_OPS, Serial, Text, Timestamp, Uuid

events = Table(
    "events",
    metadata,
    id_column(),
    Column("occurred", Timestamp, nullable=False),
    Column("received", Timestamp, nullable=False),
    Column("event", Text, nullable=False),
    Column("resource_id", Text, nullable=False),
    # All labels, the id among them.
    json_column("resource"),
    json_column("related", "[]"),
    json_column("payload"),
    # Without a foreign key: what it follows may have come earlier than we keep, or never.
    Column("follows", Uuid),
    Index(None, "occurred", "id"),
    Index(None, "event", "occurred", postgresql_ops={"event": PATTERN_OPS}),
    Index(None, "resource_id", postgresql_ops={"resource_id": PATTERN_OPS}),
    # In the order in which they came, for those who are told of events as they come.
    Index(None, "received", "id"),
)

event_resources = Table(
    "event_resources",
    metadata,
    # Which events a resource has part in. Ids are long and there are many: this has a number made of each,
    # and whoever finds an event by it looks whether the id is really there.
    Column("resource_hash", sa.BigInteger, nullable=False),
    Column("occurred", Timestamp, nullable=False),
    Column("event_id", Uuid, nullable=False),
    # Whoever takes an event away knows its resources, and so these rows: no other index is needed.
    sa.PrimaryKeyConstraint("resource_hash", "occurred", "event_id"),
    sqlite_with_rowid=False,
)

event_outbox = Table(
    "event_outbox",
    metadata,
    # In the order in which they were written, as far as one server can tell.
    Column("position", Serial, sa.Identity(always=True), primary_key=True),
    Column("event_id", Uuid, nullable=False),
)

automations = Table(
    "automations",
    metadata,
    id_column(),
    *dated(),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=sa.text("''")),
    flag("enabled", True),
    tags_column(),
    json_column("trigger"),
    json_column("actions", "[]"),
    json_column("actions_on_trigger", "[]"),
    json_column("actions_on_resolve", "[]"),
    Column("owner_resource", Text, index=True),
    # Why the server stopped it, where it did; whoever enables it again takes that away.
    Column("stopped", Text),
    # Events that were received before are not for it: when it was made, enabled, or its trigger changed.
    Column("since", Timestamp, nullable=False),
)

Index(None, automations.c.name)

automation_buckets = Table(
    "automation_buckets",
    metadata,
    Column("automation_id", Uuid, ForeignKey(automations.c.id, ondelete="CASCADE"), nullable=False),
    Column("trigger_id", Uuid, nullable=False),
    # The values of `for_each`, as a JSON list.
    Column("key", Text, nullable=False),
    # What the fold of the trigger has seen (`domain/triggers`).
    json_column("state"),
    Column("updated", Timestamp, nullable=False),
    # When it must be looked at though nothing happens.
    Column("due", Timestamp),
    sa.PrimaryKeyConstraint("automation_id", "trigger_id", "key"),
    sqlite_with_rowid=False,
)

Index(
    "ix_automation_buckets_due",
    automation_buckets.c.due,
    sqlite_where=automation_buckets.c.due.is_not(None),
    postgresql_where=automation_buckets.c.due.is_not(None),
)

automation_firings = Table(
    "automation_firings",
    metadata,
    id_column(),
    Column("automation_id", Uuid, ForeignKey(automations.c.id, ondelete="CASCADE"), nullable=False),
    Column("trigger_id", Uuid, nullable=False),
    # Whether what it watches for is there, or over again.
    Column("state", Text, nullable=False),
    Column("fired", Timestamp, nullable=False),
    # Without a foreign key: a firing is kept longer than events are, and a silence has none.
    Column("event_id", Uuid),
    # What it was counted by, and the events that were counted: for people, and for templates.
    json_column("labels"),
    json_column("events", "[]"),
    # How many firings led to this one, each by its actions: an automation that feeds itself is stopped.
    counter("depth", 0),
    CheckConstraint("state IN ('Resolved', 'Triggered')", name="state"),
    Index(None, "automation_id", "fired"),
    Index(None, "fired"),
)

automation_actions = Table(
    "automation_actions",
    metadata,
    id_column(),
    Column("firing_id", Uuid, ForeignKey(automation_firings.c.id, ondelete="CASCADE"), nullable=False),
    Column("automation_id", Uuid, ForeignKey(automations.c.id, ondelete="CASCADE"), nullable=False),
    Column("position", sa.BigInteger, nullable=False),
    # As it stood in the automation when that fired.
    json_column("action"),
    Column("status", Text, nullable=False, server_default=sa.text("'pending'")),
    # From when on it may be done: now, or after a failed attempt. While it is done outside of a transaction,
    # until when nobody else takes it.
    Column("due", Timestamp, nullable=False),
    counter("attempts", 0),
    Column("ended", Timestamp),
    # What it was with its templates filled in, and what came of it.
    json_column("rendered", None),
    json_column("outcome", None),
    Column("reason", Text),
    UniqueConstraint("firing_id", "position"),
    CheckConstraint("status IN ('done', 'failed', 'pending', 'running')", name="status"),
    CheckConstraint("(status IN ('done', 'failed')) = (ended IS NOT NULL)", name="ended"),
)

Index(
    "ix_automation_actions_due",
    automation_actions.c.due,
    sqlite_where=sa.text("ended IS NULL"),
    postgresql_where=sa.text("ended IS NULL"),
)
Index(None, automation_actions.c.automation_id)

webhooks = Table(
    "webhooks",
    metadata,
    id_column(),
    *dated(),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False, server_default=sa.text("''")),
    flag("enabled", True),
    # The last part of its URL, which nobody can guess.
    Column("slug", Text, nullable=False),
    # Its secret is made from the server's key and this number, and is stored nowhere.
    counter("secret_version", 1),
    # What the event is made of: name, resource, related, payload, with templates over the request.
    json_column("template"),
    Column("last_received", Timestamp),
    UniqueConstraint("name"),
    UniqueConstraint("slug"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    # What was taken already, for as long as its timestamp would be believed.
    Column("webhook_id", Uuid, ForeignKey(webhooks.c.id, ondelete="CASCADE"), nullable=False),
    Column("signature", Text, nullable=False),
    Column("received", Timestamp, nullable=False, index=True),
    sa.PrimaryKeyConstraint("webhook_id", "signature"),
    sqlite_with_rowid=False,
)
