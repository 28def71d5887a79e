"""API keys: made, listed and taken back."""

from typing import Any
from uuid import UUID

from penstock.contract.api_keys import ApiKey, ApiKeyCreate, ApiKeyQuery, CreatedApiKey
from penstock.db.errors import UniqueViolation
from penstock.db.port import Row, Transaction
from penstock.db.security_tables import api_keys
from penstock.db.statements import api_keys as statements
from penstock.db.statements import rows
from penstock.domain.errors import AlreadyExists, InvalidInput
from penstock.domain.ids import new_id
from penstock.domain.moments import Moment
from penstock.domain.names import check_name
from penstock.server import named
from penstock.server.api_keys import hash_of, key_text, new_secret
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation


@operation("create_api_key", access="write")
async def create_api_key(tx: Transaction, caller: Caller, *, body: ApiKeyCreate) -> CreatedApiKey:
    """Make a key.

    Raises:
        AlreadyExists: There is one of this name.
        InvalidInput: It is over already, or has pools and is no worker's.
    """
    _check(body, tx.now)
    secret = new_secret()
    row: Row = {
        "id": new_id(tx.now),
        "created": tx.now,
        "updated": tx.now,
        "name": check_name(body.name, "API key"),
        "role": body.role,
        "work_pools": body.work_pools,
        "created_by": caller.principal,
        "expires": body.expires,
    }
    try:
        async with tx.savepoint():
            await tx.execute(rows.insert(api_keys), row | {"hash": hash_of(secret)})
    except UniqueViolation:
        message = f"There is an API key {body.name!r} already."
        raise AlreadyExists(message, hint="Choose another name, or delete that one.") from None
    return CreatedApiKey(key=key_text(row["id"], secret), **_shown(row, tx.now))


def _check(body: ApiKeyCreate, now: Moment) -> None:
    if body.expires is not None and body.expires <= now:
        raise InvalidInput("The key would be over before it was made.", field="expires")
    if body.work_pools is not None and body.role != "worker":
        message = "Only a worker's key is bound to work pools."
        raise InvalidInput(message, field="work_pools", hint='Leave them out, or give it the role "worker".')
    if body.work_pools == []:
        message = "A key for no work pool can do nothing."
        raise InvalidInput(message, field="work_pools", hint="Name one, or leave them out for all.")


@operation("read_api_keys", access="read")
async def read_api_keys(tx: Transaction, caller: Caller, *, body: ApiKeyQuery) -> list[ApiKey]:
    """The keys, by name."""
    found = await tx.fetch_all(statements.page(body.limit, body.offset))
    return [ApiKey(**_shown(row, tx.now)) for row in found]


@operation("delete_api_key", access="write")
async def delete_api_key(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Take a key back."""
    named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "API key", id)
    await tx.execute(rows.delete_by_id(api_keys), {"row_id": id})


def _shown(row: Row, now: Moment) -> dict[str, Any]:
    names = ("id", "created", "updated", "name", "role", "work_pools", "created_by", "expires")
    expires = row["expires"]
    return {
        **{name: row[name] for name in names},
        "last_used": row.get("last_used"),
        "is_expired": expires is not None and expires <= now,
    }
