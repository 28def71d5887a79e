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
    run: UUID | None = None
    """The flow run whose token was shown."""
    is_over: bool = False
    """Whether that run has ended, and may only say its last words."""
    scopes: frozenset[str] = frozenset()
    """What that token may write that is nobody's own: see `domain/run_scopes.py`."""


ANONYMOUS: Final = Principal("anonymous", Role.ANONYMOUS)
LOCAL: Final = Principal("local", Role.ADMIN)
"""Whoever reaches a server that is bound to loopback and was given no credentials to ask for."""
