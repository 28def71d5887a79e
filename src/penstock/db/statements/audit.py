"""The audit log: added to behind its head, read, and taken away from its beginning."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy import ColumnElement, Delete, Insert, Select, Update, bindparam
from sqlalchemy.sql.dml import ReturningUpdate

from penstock.db.dialect import contains_text, sha256_of, upsert
from penstock.db.security_tables import audit_head, audit_log

Condition: TypeAlias = ColumnElement[bool]

entry, head = audit_log.c, audit_head.c
THE_HEAD = 1
"""The id of the only row of `audit_head`."""


class Wanted(Struct, frozen=True, kw_only=True):
    """Which rows: what is None is not asked about."""

    principal: str | None = None
    action: str | None = None
    """One that ends in a colon is the beginning of several."""
    subject: str | None = None
    """A text as JSON has it."""
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def conditions(wanted: Wanted) -> Iterator[Condition]:
    """What rows meet that are wanted."""
    for column in ("principal", "outcome"):
        if (value := getattr(wanted, column)) is not None:
            yield entry[column] == value
    if wanted.action is not None:
        is_beginning = wanted.action.endswith(":")
        begins = entry.action.startswith(wanted.action, autoescape=True)
        yield begins if is_beginning else entry.action == wanted.action
    if wanted.subject is not None:
        yield contains_text(entry.subject, wanted.subject)
    if wanted.since is not None:
        yield entry.occurred >= wanted.since
    if wanted.until is not None:
        yield entry.occurred < wanted.until


def beyond(sequence: int, *, is_newest_first: bool) -> Condition:
    """What comes after a row in one of the two orders."""
    return entry.sequence < sequence if is_newest_first else entry.sequence > sequence


@cache
def lock_head() -> Select[Any]:
    """The head; who asks for it makes all others wait who would add to the log, until it is done."""
    return sa.select(audit_head).where(head.id == THE_HEAD).with_for_update()


@cache
def read_head() -> Select[Any]:
    """The head, for looking at."""
    return sa.select(audit_head).where(head.id == THE_HEAD)


@cache
def begin() -> Insert:
    """Make the head of a log that has none."""
    return upsert(audit_head, key=["id"], update=[])


@cache
def link() -> ReturningUpdate[Any]:
    """Take the next number, and the hash of the row that says `told`; answers both.

    One statement, because others wait from here to the commit. See `domain.audit.link_hash`.
    """
    sequence, separator = head.sequence + 1, sa.literal_column("'|'", sa.Text)
    told = bindparam("told", type_=sa.Text)
    linked = head.hash + separator + sa.cast(sequence, sa.Text) + separator + told
    return (
        audit_head.update()
        .where(head.id == THE_HEAD)
        .values(sequence=sequence, hash=sha256_of(linked))
        .returning(head.sequence, head.hash)
    )


@cache
def forget() -> Update:
    """The rows up to this one are taken away."""
    return audit_head.update().where(head.id == THE_HEAD)


def page(conditions: Sequence[Condition], limit: int, *, is_newest_first: bool) -> Select[Any]:
    """Rows of the log in their order."""
    order = entry.sequence.desc() if is_newest_first else entry.sequence
    return sa.select(audit_log).where(*conditions).order_by(order).limit(limit)


@cache
def after() -> Select[Any]:
    """The first rows after `sequence`."""
    return (
        sa.select(audit_log)
        .where(entry.sequence > bindparam("after", type_=sa.BigInteger))
        .order_by(entry.sequence)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def old() -> Select[Any]:
    """The first rows of the log that occurred before a moment, up to the first that did not."""
    before = bindparam("before", type_=entry.occurred.type)
    first_young = sa.select(sa.func.min(entry.sequence)).where(entry.occurred >= before).scalar_subquery()
    return (
        sa.select(entry.sequence, entry.hash)
        .where(entry.occurred < before, sa.or_(first_young.is_(None), entry.sequence < first_young))
        .order_by(entry.sequence)
        .limit(bindparam("at_most", type_=sa.Integer))
    )


@cache
def delete_until() -> Delete:
    """Take away all rows up to the one numbered `until`."""
    return audit_log.delete().where(entry.sequence <= bindparam("until", type_=sa.BigInteger))
