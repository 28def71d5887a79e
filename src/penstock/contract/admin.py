"""The server itself: whether it is there and ready, which version it is, and what old clients ask first."""

from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.fields import JsonObject
from penstock.domain.errors import InvalidInput, NotFound, Unavailable
from penstock.domain.moments import Moment


class Readiness(Struct):
    """The server can use its database, and no service of its process is stuck."""

    message: str = "OK"


class CsrfToken(Struct, kw_only=True):
    """A token that a browser's client must send back with what it changes."""

    id: UUID
    created: Moment
    updated: Moment
    token: str
    client: str
    expiration: Moment


@endpoint("GET", "/health", action="server:probe")
def health() -> bool:
    """Whether the server answers at all."""


@endpoint("GET", "/ready", action="server:probe", errors=(Unavailable,))
def ready() -> Readiness:
    """Whether the server can use its database, and no service of its process is stuck; 503 says what is."""


@endpoint("GET", "/version", action="server:read")
def version() -> str:
    """The version of the API that this server speaks."""


@endpoint("GET", "/hello", action="server:read")
def hello() -> str:
    """A greeting."""


@endpoint("GET", "/admin/version", action="server:read")
def read_version() -> str:
    """The version of the product."""


@endpoint("GET", "/csrf-token", action="server:read", errors=(InvalidInput,))
def create_csrf_token(client: str) -> CsrfToken:
    """A token for a client; refused with 422 where this protection is off, so that clients go without."""


@endpoint("GET", "/collections/views/{view}", action="server:read", errors=(NotFound,))
def read_view_content(view: str) -> JsonObject:
    """What is known about installable parts: `aggregate-worker-metadata` has the types of pools."""
