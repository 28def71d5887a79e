"""Block documents, as actions use them."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from penstock.db.port import Transaction
from penstock.domain.errors import NotFound


class Block(Struct, frozen=True, kw_only=True):
    """A block document with its secrets, for use and never for showing."""

    id: UUID
    name: str | None
    type_slug: str
    """`slack-webhook`, `webhook`, …"""
    data: dict[str, Any]


async def block(tx: Transaction, id: UUID) -> Block:  # noqa: ARG001 - what looks it up will need the transaction
    """A block document. Raises `NotFound`."""
    message = f"There is no block document {id}."
    raise NotFound(message, hint="Call a webhook by its url, or make the block and name it here.")
