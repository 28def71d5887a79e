"""Block documents put together: with what they refer to, and with their secrets or masks in their places."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from penstock.db.block_tables import block_documents, block_schemas, block_types
from penstock.db.port import Row, Transaction
from penstock.db.statements import blocks as statements
from penstock.domain.blocks import MASK, Path, put_in, references, without
from penstock.domain.errors import NotFound
from penstock.server.secrets.keys import ServerKey
from penstock.server.secrets.sealing import Sealed, unseal

_DEEPEST: Final = 10
"""References that lead further are not followed."""


class Block(Struct, frozen=True, kw_only=True):
    """A block document with its secrets, for use and never for showing."""

    id: UUID
    name: str | None
    type_slug: str
    """`slack-webhook`, `webhook`, …"""
    data: dict[str, Any]


class Documents(Struct, frozen=True):
    """Rows of block documents, of all that they refer to, and of the schemas and types of these."""

    rows: dict[UUID, Row]
    schemas: dict[UUID, Row]
    types: dict[UUID, Row]

    def type_of(self, row: Row) -> Row:
        """The type of a document."""
        return self.types[row["block_type_id"]]

    def data_of(self, row: Row, key: ServerKey | None, *, deep: int = 0) -> dict[str, Any]:
        """The data of a document, with the data of others in the places that refer to them.

        What it refers to and what is gone is left out.

        Args:
            key: What its secrets are decrypted with. None: they are masked.

        Raises:
            Conflict: The secrets can't be decrypted.
        """
        others = references(row["data"])
        gone = [path for path, id in others.items() if id not in self.rows or deep >= _DEEPEST]
        found = {
            path: self.data_of(self.rows[id], key, deep=deep + 1)
            for path, id in others.items()
            if path not in gone
        }
        values = masks_of(row) if key is None else secrets_of(row, key)
        return without(put_in(row["data"], values | found), gone)

    def references_of(self, row: Row, *, deep: int = 0) -> dict[str, dict[str, Any]]:
        """What a document refers to, by where in its data, and what that refers to."""
        found = {}
        for path, id in references(row["data"]).items():
            if id in self.rows and deep < _DEEPEST:
                other = self.rows[id]
                found[".".join(path)] = {
                    "block_document": {
                        "id": id,
                        "name": other["name"],
                        "block_type": self.type_of(other),
                        "is_anonymous": other["is_anonymous"],
                        "block_document_references": self.references_of(other, deep=deep + 1),
                    }
                }
        return found


async def gather(tx: Transaction, rows: Iterable[Row]) -> Documents:
    """Find all that documents are put together from."""
    known: dict[UUID, Row] = {}
    new = {row["id"]: row for row in rows}
    for _ in range(_DEEPEST):
        known |= new
        wanted = {id for row in new.values() for id in references(row["data"]).values()} - known.keys()
        if not wanted:
            break
        new = await _by_ids(tx, block_documents, wanted)
    return Documents(
        rows=known,
        schemas=await _by_ids(tx, block_schemas, {row["block_schema_id"] for row in known.values()}),
        types=await _by_ids(tx, block_types, {row["block_type_id"] for row in known.values()}),
    )


async def _by_ids(tx: Transaction, table: Any, ids: set[UUID]) -> dict[UUID, Row]:
    if not ids:
        return {}
    return {row["id"]: row for row in await tx.fetch_all(statements.by_ids(table, sorted(ids)))}


def paths_of(row: Row) -> list[Path]:
    """Where a document has secrets."""
    return [tuple(path) for path in row["secret_paths"]]


def masks_of(row: Row) -> dict[Path, Any]:
    """A mask for each secret of a document."""
    return dict.fromkeys(paths_of(row), MASK)


def secrets_of(row: Row, key: ServerKey) -> dict[Path, Any]:
    """The secrets of a document by where they are. Raises `Conflict` where they can't be decrypted."""
    if row["sealed"] is None:
        return {}
    values: list[Any] = unseal(key, row["id"], Sealed(row["sealed"], row["key_id"]))
    return dict(zip(paths_of(row), values, strict=True))


async def document(tx: Transaction, id: UUID) -> Row:
    """The row of a block document. Raises `NotFound`."""
    row = await tx.fetch_one(statements.by_id(block_documents), {"row_id": id})
    if row is None:
        message = f"There is no block document {id}."
        raise NotFound(message, hint="See what there is by `penstock block ls`.")
    return row


async def block(tx: Transaction, id: UUID, key: ServerKey) -> Block:
    """A block document with its secrets.

    Raises:
        NotFound: There is none.
        Conflict: Its secrets can't be decrypted.
    """
    row = await document(tx, id)
    found = await gather(tx, [row])
    return Block(id=id, name=row["name"], type_slug=found.type_of(row)["slug"], data=found.data_of(row, key))
