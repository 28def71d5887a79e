"""Blocks: their types, schemas and documents."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Insert, Select, Table, bindparam

from penstock.contract.block_documents import BlockDocumentSort
from penstock.db import dialect
from penstock.db.block_tables import block_documents, block_schemas, block_types


@cache
def add_type() -> Insert:
    """Insert a type unless its slug is taken."""
    return dialect.upsert(block_types, key=("slug",), update=())


@cache
def add_schema() -> Insert:
    """Insert a schema unless one with its checksum and version is there."""
    return dialect.upsert(block_schemas, key=("checksum", "version"), update=())


@cache
def add_document() -> Insert:
    """Insert a document unless its type has one of that name."""
    return dialect.upsert(block_documents, key=("block_type_id", "name"), update=())


@cache
def by_id(table: Table) -> Select[Any]:
    """The row `row_id`."""
    return sa.select(table).where(table.c.id == bindparam("row_id"))


@cache
def document_to_change() -> Select[Any]:
    """The document `row_id`, which nobody else changes before this transaction has ended."""
    return by_id(block_documents).with_for_update(key_share=True)


@cache
def documents_of_other_keys() -> Select[Any]:
    """The documents whose secrets another key than `key_id` opens, which nobody else changes meanwhile."""
    other = block_documents.c.key_id != bindparam("key_id")
    return (
        sa.select(block_documents).where(other).order_by(block_documents.c.id).with_for_update(key_share=True)
    )


def by_ids(table: Table, ids: Iterable[UUID]) -> Select[Any]:
    """The rows with these ids."""
    return sa.select(table).where(table.c.id.in_(list(ids)))


@cache
def type_by_slug() -> Select[Any]:
    """The type called `slug`."""
    return sa.select(block_types).where(block_types.c.slug == bindparam("slug"))


@cache
def slugs() -> Select[Any]:
    """The slugs of all types."""
    return sa.select(block_types.c.slug).order_by(block_types.c.slug)


@cache
def schema_by_checksum() -> Select[Any]:
    """The schema with a `checksum`: of the `version`, or where that is null the newest."""
    version = bindparam("version", type_=dialect.Text())
    return (
        sa.select(block_schemas)
        .where(block_schemas.c.checksum == bindparam("checksum"))
        .where(sa.or_(version.is_(None), block_schemas.c.version == version))
        .order_by(block_schemas.c.created.desc(), block_schemas.c.id.desc())
        .limit(1)
    )


def known_checksums(checksums: Iterable[str]) -> Select[Any]:
    """Those of the checksums that a schema has."""
    return sa.select(block_schemas.c.checksum).where(block_schemas.c.checksum.in_(list(checksums)))


@cache
def capabilities() -> Select[Any]:
    """The capabilities of each schema."""
    return sa.select(block_schemas.c.capabilities).distinct()


@cache
def document_by_name() -> Select[Any]:
    """The document called `name` of the type `slug`."""
    return (
        sa.select(block_documents)
        .join(block_types, block_types.c.id == block_documents.c.block_type_id)
        .where(block_types.c.slug == bindparam("slug"), block_documents.c.name == bindparam("name"))
    )


@cache
def documents_of_type() -> Select[Any]:
    """All documents of the type `type_id`, by name."""
    of = block_documents.c
    return sa.select(block_documents).where(of.block_type_id == bindparam("type_id")).order_by(of.name)


@cache
def documents_of_schema() -> Select[Any]:
    """All documents of the schema `schema_id`, by name."""
    of = block_documents.c
    return sa.select(block_documents).where(of.block_schema_id == bindparam("schema_id")).order_by(of.name)


def types(conditions: Sequence[ColumnElement[bool]], limit: int, offset: int) -> Select[Any]:
    """Some types, by name."""
    order = (block_types.c.name, block_types.c.id)
    return sa.select(block_types).where(*conditions).order_by(*order).limit(limit).offset(offset)


def schemas(conditions: Sequence[ColumnElement[bool]], limit: int, offset: int) -> Select[Any]:
    """Some schemas, newest first."""
    order = (block_schemas.c.created.desc(), block_schemas.c.id.desc())
    return sa.select(block_schemas).where(*conditions).order_by(*order).limit(limit).offset(offset)


def documents(
    conditions: Sequence[ColumnElement[bool]], sort: BlockDocumentSort, limit: int, offset: int
) -> Select[Any]:
    """Some documents."""
    name, type_name = block_documents.c.name, block_types.c.name
    order = {
        BlockDocumentSort.NAME_ASC: (name.asc(),),
        BlockDocumentSort.NAME_DESC: (name.desc(),),
        BlockDocumentSort.BLOCK_TYPE_AND_NAME_ASC: (type_name.asc(), name.asc()),
    }
    return (
        sa.select(block_documents)
        .join(block_types, block_types.c.id == block_documents.c.block_type_id)
        .where(*conditions)
        .order_by(*order[sort], block_documents.c.id)
        .limit(limit)
        .offset(offset)
    )
