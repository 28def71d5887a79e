"""The schema of who may ask, other than by the server's own credential, and of what was changed by whom."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint

from penstock.db.columns import counter, dated, id_column, json_column, metadata
from penstock.db.dialect import Text, Timestamp, Uuid
from penstock.db.tables import flow_runs

api_keys = Table(
    "api_keys",
    metadata,
    id_column(),
    *dated(),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    # Of a worker's key: the pools that it reaches. NULL is all of them.
    json_column("work_pools", None),
    # Of the secret part, which is kept nowhere.
    Column("hash", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires", Timestamp),
    Column("last_used", Timestamp),
    UniqueConstraint("name"),
)

audit_log = Table(
    "audit_log",
    metadata,
    # Without gaps, and each row has the hash of the one before in its own: what is missing or was changed
    # shows.
    Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    Column("occurred", Timestamp, nullable=False),
    Column("principal", Text, nullable=False),
    Column("role", Text, nullable=False),
    # Without a foreign key: it outlives the key.
    Column("api_key_id", Uuid),
    Column("address", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    # What it was done to, as the path named it, and what was said, with secrets masked. JSON, but as text:
    # the hash is over these very characters.
    Column("subject", Text, nullable=False),
    Column("said", Text),
    Column("hash", Text, nullable=False),
    Index(None, "occurred"),
    Index(None, "principal", "sequence"),
    Index(None, "action", "sequence"),
)

audit_head = Table(
    "audit_head",
    metadata,
    # One row: who adds to the log locks it. It says what the last row is, so that rows that are missing at
    # the end show too; and which was the last that was taken away for its age, by which the first is checked.
    Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    counter("sequence"),
    Column("hash", Text, nullable=False),
    counter("removed_sequence"),
    Column("removed_hash", Text, nullable=False),
)

run_tokens = Table(
    "run_tokens",
    metadata,
    # The token of the last claim of a run: it is good while this lease is there, and for a run that has come
    # to its own end until `ends`, for what its process has still to say.
    Column("flow_run_id", Uuid, ForeignKey(flow_runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("created", Timestamp, nullable=False),
    Column("lease_id", Uuid, nullable=False),
    Column("hash", Text, nullable=False),
    Column("ends", Timestamp),
    # What it may write that is nobody's own, as the pool said when the run was claimed.
    json_column("scopes", "[]"),
)
