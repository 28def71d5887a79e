"""Who asks, and whether they may.

Each request passes the gate with the action that the *matched route* declares: what its path looks like is
never a reason to let it through.
"""

import base64
import binascii
from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

from penstock.contract.headers import ORIGIN_HEADER
from penstock.contract.permissions import Role, may
from penstock.domain.errors import InvalidInput, PermissionDenied, Unauthenticated
from penstock.server.credentials import Credential
from penstock.server.sessions import Sessions
from penstock.settings.tree import ServerApiSettings

_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
_KNOWN_HOSTS = 64
"""How many spellings of our names are kept, so that each is taken apart once."""


class Principal(Struct, frozen=True):
    """Who asks: a name for people and logs, and a role."""

    name: str
    role: Role


ANONYMOUS = Principal("anonymous", Role.ANONYMOUS)
LOCAL = Principal("local", Role.ADMIN)
"""Whoever reaches a server that is bound to loopback and was given no credentials to ask for."""


class Gate:
    """Knows the credentials and the names that this server answers to.

    Args:
        auth_string: `user:password` to ask for. None: everybody is `LOCAL`.
        bound_to: The address that the server listens on.
        allowed_hosts: More names that it may be called by. `*` stands for any.
    """

    def __init__(self, auth_string: str | None, bound_to: str, allowed_hosts: Collection[str] = ()) -> None:
        self.credential = Credential(auth_string)
        self.sessions = Sessions(self.credential)
        self._holder = Principal(self.credential.user, Role.ADMIN) if auth_string else LOCAL
        self._pages = frozenset(name.lower() for name in allowed_hosts)
        self._hosts = _own_names(bound_to) | self._pages
        self._any_host = "*" in allowed_hosts or not (is_loopback(bound_to) or allowed_hosts)
        self._known: set[bytes | None] = set()

    def check_host(self, host: bytes | None) -> None:
        """Refuse a `Host` that is not ours, so that a page whose name resolves to us cannot ask us.

        A server that others reach is called by names it can't know, and asks for credentials instead.

        Raises:
            PermissionDenied: It is not.
        """
        if host in self._known or self._any_host:
            return
        name = host_name(host.decode("latin-1")) if host else ""
        if name not in self._hosts:
            message = f"This server is not {name or 'without a name'}."
            hint = "Names that it may be called by are the setting server.api.allowed_hosts."
            raise PermissionDenied(message, hint=hint)
        if len(self._known) < _KNOWN_HOSTS:
            self._known.add(host)

    def check_origin(self, origin: bytes, host: bytes | None) -> None:
        """Refuse what a page of another site sends: the browser sends it from a place that we trust.

        Raises:
            PermissionDenied: The page is of another site.
        """
        site = origin.rpartition(b"://")[2].lower()
        if site != (host or b"").lower() and host_name(site.decode("latin-1")) not in self._pages:
            message = f"Pages of {origin.decode('latin-1')!r} may not use this server."
            hint = "Names whose pages may are the setting server.api.allowed_hosts."
            raise PermissionDenied(message, hint=hint)

    def identify(
        self,
        authorization: bytes | None,
        cookies: bytes | None = None,
        *,
        is_ours: bool = True,
        address: str = "",
    ) -> Principal:
        """Who shows this `Authorization` header, or where there is none, a session.

        Args:
            cookies: The `Cookie` header, which a browser sends along whatever page makes it ask.
            is_ours: Whether the request changes nothing, or carries a header that only our own pages can add.
            address: Where it comes from.

        Raises:
            Unauthenticated: A credential that nobody issued.
            TooManyRequests: Too many of those came from there: none is heard now.
            PermissionDenied: A session, in a request that any page may have sent.
        """
        if not self.credential.is_needed:
            return LOCAL
        if authorization is None:
            return self._of_session(cookies, is_ours) if cookies else ANONYMOUS
        if not self.credential.is_shown(_credential(authorization), address):
            message = "This credential is not known here."
            raise Unauthenticated(message, hint="Set api.auth_string to what the server was started with.")
        return self._holder

    def identify_socket(
        self,
        token: str | None,
        origin: bytes | None = None,
        cookies: bytes | None = None,
        *,
        address: str = "",
    ) -> Principal:
        """Who shows this token on a websocket, or where there is none, a session.

        Args:
            origin: The `Origin` header, which browsers send along, and which has been checked.
            address: Where it comes from.

        Raises:
            Unauthenticated: A credential that nobody issued, or none.
            TooManyRequests: Too many of those came from there: none is heard now.
        """
        if not self.credential.is_needed:
            return LOCAL
        if token is None and cookies and origin and self.sessions.holds(cookies.decode("latin-1")):
            return self._holder
        if token is None or not self.credential.is_shown(token.encode(), address):
            raise Unauthenticated("This credential is not known here.")
        return self._holder

    def _of_session(self, cookies: bytes, is_ours: bool) -> Principal:
        if not self.sessions.holds(cookies.decode("latin-1")):
            return ANONYMOUS
        if not is_ours:
            message = f"A session changes nothing without the header {ORIGIN_HEADER}."
            raise PermissionDenied(message, hint=f"Send {ORIGIN_HEADER}: ui, or a credential.")
        return self._holder


def authorize(principal: Principal, action: str) -> None:
    """Let `principal` try `action`, or refuse.

    Raises:
        Unauthenticated: Nobody in particular asks for what takes a credential.
        PermissionDenied: A known principal whose role lacks the action.
    """
    if may(principal.role, action):
        return
    if principal.role is Role.ANONYMOUS:
        message = "This server asks for a credential."
        raise Unauthenticated(message, hint="Set api.auth_string to what the server was started with.")
    message = f"{principal.name} ({principal.role}) may not {action}."
    raise PermissionDenied(message)


def address_of(scope: Mapping[str, Any]) -> str:
    """Where a request comes from: who has connected, which may be a proxy."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def host_name(header: str) -> str:
    """The name in a `Host` header, lower case, without its port."""
    name = header.strip().lower()
    return name.partition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]


def _own_names(bound_to: str) -> frozenset[str]:
    name = f"[{bound_to}]" if ":" in bound_to and not bound_to.startswith("[") else bound_to
    return frozenset((name.lower(), *(_LOOPBACK if is_loopback(bound_to) else ())))


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    return host in _LOOPBACK or host.startswith("127.")


def _credential(authorization: bytes) -> bytes:
    scheme, _, text = authorization.partition(b" ")
    if scheme.lower() == b"bearer":
        return text.strip()
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(text.strip(), validate=True)
        except binascii.Error:
            return b""
    return b""


def check_exposure(api: ServerApiSettings, *, open_to_all: bool) -> None:
    """Refuse to serve others without asking for credentials, unless that is what is wanted.

    Raises:
        InvalidInput: Says what to set.
    """
    if is_loopback(api.host) or api.auth_string or open_to_all:
        return
    raise InvalidInput(
        f"{api.host} can be reached by others, and no credentials are set.",
        field="server.api.auth_string",
        hint="Set PENSTOCK_SERVER_API_AUTH_STRING to user:password, or say --insecure-no-auth.",
    )
