"""Sessions of browsers: a credential is given once, and a cookie stands for it from then on."""

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.permissions import Role
from penstock.domain.errors import Conflict, TooManyRequests


class SessionCreate(Struct, kw_only=True):
    """What a person types in."""

    credential: str
    """`user:password`, or an API key."""


class Session(Struct, kw_only=True):
    """Who asks, as this server sees them."""

    principal: str
    role: Role
    """`anonymous` where a credential is asked for and none was shown."""
    auth: bool
    """Whether this server asks for credentials at all."""


@endpoint(
    "POST", "/session", action="sessions:create", status=204, errors=(Conflict, TooManyRequests), ours=True
)
def create_session(body: SessionCreate) -> None:
    """Sign in: the answer sets a cookie, which lasts for 12 hours or until the credential is changed.

    Requests that change something and show a cookie must carry `X-Penstock-Origin: ui` too.
    """


@endpoint("GET", "/session", action="sessions:read", ours=True)
def read_session() -> Session:
    """Who I am."""


@endpoint("DELETE", "/session", action="sessions:delete", status=204, ours=True)
def delete_session() -> None:
    """Sign out: the cookie is taken back."""
