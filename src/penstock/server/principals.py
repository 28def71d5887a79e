"""Who asks."""

from typing import Final
from uuid import UUID

from msgspec import Struct

from penstock.contract.permissions import Role


class Principal(Struct, frozen=True):
    """Who asks: a name for people and logs, and a role."""

    name: str
    role: Role
    key: UUID | None = None
    """The API key that was shown."""
    work_pools: frozenset[str] | None = None
    """The pools that a worker reaches; None: all."""


ANONYMOUS: Final = Principal("anonymous", Role.ANONYMOUS)
LOCAL: Final = Principal("local", Role.ADMIN)
"""Whoever reaches a server that is bound to loopback and was given no credentials to ask for."""
