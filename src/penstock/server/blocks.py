"""Block documents put together: with what they refer to, and with their secrets or masks in their places."""

from collections.abc import Iterable, Iterator
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
_MOST_PARTS: Final = 500
"""Of one document: a few that refer to one another several times could make any number."""


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

    def data_of(self, row: Row, key: ServerKey | None) -> dict[str, Any]:
        """The data of a document, with the data of others in the places that refer to them.

        What it refers to and what is gone is left out.

        Args:
            key: What its secrets are decrypted with. None: they are masked.

        Raises:
            Conflict: The secrets can't be decrypted.
        """
        return _Unfolding(self, key).data(row)

    def references_of(self, row: Row) -> dict[str, dict[str, Any]]:
        """What a document refers to, by where in its data, and what that refers to."""
        return _Unfolding(self).references(row)


class _Unfolding:
    """A document with what it refers to in its place, and what that refers to, as far as that is bearable."""

    def __init__(self, documents: Documents, key: ServerKey | None = None) -> None:
        self._documents, self._key, self._left = documents, key, _MOST_PARTS

    def data(self, row: Row, deep: int = 0) -> dict[str, Any]:
        """The data of a document that is a part of so many others."""
        found = {path: self.data(other, deep + 1) for path, other in self._parts(row, deep)}
        gone = references(row["data"]).keys() - found.keys()
        values = masks_of(row) if self._key is None else secrets_of(row, self._key)
        return without(put_in(row["data"], values | found), gone)

    def references(self, row: Row, deep: int = 0) -> dict[str, dict[str, Any]]:
        """The documents that are parts of one."""
        return {
            ".".join(path): {
                "block_document": {
                    "id": other["id"],
                    "name": other["name"],
                    "block_type": self._documents.type_of(other),
                    "is_anonymous": other["is_anonymous"],
                    "block_document_references": self.references(other, deep + 1),
                }
            }
            for path, other in self._parts(row, deep)
        }

    def _parts(self, row: Row, deep: int) -> Iterator[tuple[Path, Row]]:
        for path, id in references(row["data"]).items() if deep < _DEEPEST else ():
            if id in self._documents.rows and self._left > 0:
                self._left -= 1
                yield path, self._documents.rows[id]


async def gather(tx: Transaction, rows: Iterable[Row]) -> Documents:
    """Find all that documents are put together from."""
    known = {row["id"]: row for row in rows}
    new = known
    for _ in range(_DEEPEST):
        wanted = {id for row in new.values() for id in references(row["data"]).values()} - known.keys()
        if not wanted:
            break
        new = await _by_ids(tx, block_documents, wanted)
        known = known | new
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


async def document(tx: Transaction, id: UUID, *, to_change: bool = False) -> Row:
    """The row of a block document. Raises `NotFound`."""
    query = statements.document_to_change() if to_change else statements.by_id(block_documents)
    row = await tx.fetch_one(query, {"row_id": id})
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
