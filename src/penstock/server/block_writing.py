"""What is stored of a block document: its data without secrets, and these encrypted. No mask is stored."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from penstock.contract.block_documents import BlockDocumentUpdate
from penstock.db.port import Row, Transaction
from penstock.domain import blocks as domain
from penstock.domain.blocks import Path
from penstock.domain.errors import InvalidInput
from penstock.server import blocks
from penstock.server.secrets.keys import ServerKey
from penstock.server.secrets.sealing import seal


def columns_of(
    id: UUID, data: Mapping[str, Any], fields: Mapping[str, Any], kept: Mapping[Path, Any], key: ServerKey
) -> dict[str, Any]:
    """The columns of a document's data.

    Args:
        data: All of it, with masks where secrets stay what they are.
        fields: Of its schema, which says what is secret.
        kept: The secrets that masks stand for.

    Raises:
        InvalidInput: A mask stands for nothing; or there are secrets, and they can't be encrypted.
    """
    apart = domain.take_apart(data, domain.secret_fields(fields))
    secrets = {path: _unmasked(path, value, kept) for path, value in apart.secrets.items()}
    sealed = seal(key, id, list(secrets.values())) if secrets else None
    return {
        "data": apart.data,
        "secret_paths": [list(path) for path in secrets],
        "sealed": sealed.text if sealed else None,
        "key_id": sealed.key_id if sealed else None,
    }


def _unmasked(path: Path, value: Any, kept: Mapping[Path, Any]) -> Any:
    if not domain.is_mask(value):
        return value
    if path in kept:
        return kept[path]
    where = ".".join(path)
    message = f"{where} is {value!r}, which stands for a secret that is there, and none is."
    raise InvalidInput(message, field=where, hint="Give the value itself, or change the block that has it.")


async def update(
    tx: Transaction, row: Row, body: BlockDocumentUpdate, fields: Mapping[str, Any], key: ServerKey
) -> dict[str, Any]:
    """The columns that a change of a document's data sets.

    Raises:
        InvalidInput: As `columns_of`.
        Conflict: Secrets that stay can't be decrypted.
    """
    given = await _with_references(tx, row, body.data)
    kept = _kept(row, given, key, is_merged=body.merge_existing_data)
    old = domain.put_in(row["data"], kept) if body.merge_existing_data else {}
    return columns_of(row["id"], {**old, **given}, fields, kept, key)


async def _with_references(tx: Transaction, row: Row, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, with references where it repeats, masks and all, what they stand for."""
    own = {path[0]: id for path, id in domain.references(row["data"]).items() if len(path) == 1}
    if not own.keys() & given.keys():
        return dict(given)
    shown = (await blocks.gather(tx, [row])).data_of(row, None)
    repeated = {name for name in own.keys() & given.keys() if given[name] == shown.get(name)}
    return {**given, **{name: domain.reference(own[name]) for name in repeated}}


def _kept(row: Row, given: Mapping[str, Any], key: ServerKey, *, is_merged: bool) -> dict[Path, Any]:
    """The secrets that a change may leave as they are. Where it leaves none, no key is needed."""
    stay = {path[0] for path in blocks.paths_of(row) if is_merged and path[0] not in given}
    if stay or _has_mask(given):
        return blocks.secrets_of(row, key)
    return {}


def _has_mask(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_mask(each) for each in value.values())
    return domain.is_mask(value)


def resealed(row: Row, key: ServerKey) -> dict[str, Any]:
    """The columns of a document's secrets, encrypted anew. Raises `Conflict` where they can't be read."""
    sealed = seal(key, row["id"], list(blocks.secrets_of(row, key).values()))
    return {"sealed": sealed.text, "key_id": sealed.key_id}


async def check_references(tx: Transaction, id: UUID, data: Mapping[str, Any]) -> None:
    """See that all documents exist that a document refers to, and that none leads back to it.

    Raises:
        InvalidInput: One does not, or one does.
    """
    wanted = domain.references(data)
    if not wanted:
        return
    found = await blocks.gather(tx, [{"id": id, "data": data, "block_schema_id": id, "block_type_id": id}])
    for path, other in wanted.items():
        if other not in found.rows:
            message = f"{'.'.join(path)} refers to the block document {other}, which is not there."
            raise InvalidInput(message, field=".".join(path))
    if any(id in domain.references(row["data"]).values() for row in found.rows.values()):
        message = f"The block document {id} would be a part of itself."
        raise InvalidInput(message, field="data", hint="Take a reference away on the way back to it.")
