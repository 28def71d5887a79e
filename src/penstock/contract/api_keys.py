"""API keys: credentials for programs, each with a role, that can be taken back one by one."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import MAX_PAGE, Limit, Name, Offset
from penstock.contract.forms import Document, Form
from penstock.domain.errors import AlreadyExists, NotFound
from penstock.domain.moments import Moment

KeyRole = Literal["viewer", "operator", "author", "admin", "worker"]


class ApiKey(Struct, kw_only=True):
    """A key, without what makes it one."""

    id: UUID
    created: Moment
    updated: Moment
    name: str
    role: KeyRole
    work_pools: list[str] | None = None
    """Of a worker's key: the pools that it reaches. None: all."""
    created_by: str
    expires: Moment | None = None
    last_used: Moment | None = None
    """To the minute or so."""
    is_expired: bool = False


class ApiKeyCreate(Document, kw_only=True):
    """A key to make."""

    name: Name
    role: KeyRole
    work_pools: list[str] | None = None
    expires: Moment | None = None
    """None: never."""


class CreatedApiKey(ApiKey, kw_only=True):
    """A key that was just made."""

    key: str
    """What to show the server, as `Authorization: Bearer …`. It is told this once, and kept nowhere."""


class ApiKeyQuery(Form):
    """Which keys, how many."""

    offset: Offset = 0
    limit: Limit = MAX_PAGE


@endpoint("POST", "/api_keys/", action="api_keys:create", status=201, errors=(AlreadyExists,), ours=True)
def create_api_key(body: ApiKeyCreate) -> CreatedApiKey:
    """Make a key."""


@endpoint("POST", "/api_keys/filter", action="api_keys:read", idempotent=True, ours=True)
def read_api_keys(body: ApiKeyQuery = ApiKeyQuery()) -> list[ApiKey]:
    """The keys, by name."""


@endpoint("DELETE", "/api_keys/{id}", action="api_keys:delete", status=204, errors=(NotFound,), ours=True)
def delete_api_key(id: UUID) -> None:
    """Take a key back: within two seconds nothing is done by it any more."""
