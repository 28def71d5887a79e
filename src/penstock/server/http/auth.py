"""Who asks, and whether they may.

Each request passes the gate with the action that the *matched route* declares: what its path looks like is
never a reason to let it through.
"""

import base64
import binascii
from collections.abc import Collection, Mapping
from typing import Any

from penstock.contract.headers import ORIGIN_HEADER
from penstock.contract.permissions import Role, may
from penstock.domain.errors import Fenced, InvalidInput, PermissionDenied, Unauthenticated
from penstock.server.api_keys import ShownKey, read_key
from penstock.server.credentials import Credential
from penstock.server.denials import Denials
from penstock.server.key_ring import KeyRing
from penstock.server.key_sessions import KeySessions
from penstock.server.principals import ANONYMOUS, LOCAL, Principal
from penstock.server.run_tokens import RunTokens, read_token
from penstock.server.sessions import Sessions
from penstock.settings.tree import ServerApiSettings

_ASK = "Set api.auth_string to what the server was started with, or api.key to an API key."
_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
_KNOWN_HOSTS = 64
"""How many spellings of our names are kept, so that each is taken apart once."""


class Gate:
    """Knows the credentials and the names that this server answers to.

    Args:
        auth_string: `user:password` to ask for. None: everybody is `LOCAL`.
        bound_to: The address that the server listens on.
        allowed_hosts: More names that it may be called by. `*` stands for any.
        keys: Knows whose API keys are. None: there are none.
        runs: Knows whose tokens of runs are. None: there are none.
        is_needed: Whether a credential is asked for even where there is no `auth_string`: an API key.
    """

    def __init__(
        self,
        auth_string: str | None,
        bound_to: str,
        allowed_hosts: Collection[str] = (),
        *,
        keys: KeyRing | None = None,
        runs: RunTokens | None = None,
        is_needed: bool = False,
    ) -> None:
        self.credential = Credential(auth_string, is_needed=is_needed)
        self.sessions = Sessions(self.credential)
        self.denials = Denials()
        self.keys, self.runs = keys, runs
        self.key_sessions = KeySessions(keys) if keys is not None else None
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

    async def whoever(
        self,
        authorization: bytes | None,
        cookies: bytes | None = None,
        *,
        is_ours: bool = True,
        address: str = "",
    ) -> Principal:
        """Who shows this, be it an API key, a session that one has opened, or what `identify` knows."""
        if authorization is not None:
            given = _credential(authorization)
            if (token := _run_token_in(given)) is not None and self.runs is not None:
                return await self._of_run(self.runs, token, address)
            if (key := _key_in(given)) is not None and self.keys is not None:
                return await self._of_key(self.keys, key, given, address)
        elif cookies and self.key_sessions is not None:
            found = await self.key_sessions.holder(cookies.decode("latin-1"))
            if found is not None:
                _check_ours(is_ours)
                return found
        return self.identify(authorization, cookies, is_ours=is_ours, address=address)

    async def whoever_at_socket(
        self,
        token: str | None,
        origin: bytes | None = None,
        cookies: bytes | None = None,
        *,
        address: str = "",
    ) -> Principal:
        """The same of a websocket: see `identify_socket`."""
        if token is not None:
            run = _run_token_in(token.encode())
            if run is not None and self.runs is not None:
                return await self._of_run(self.runs, run, address)
            key = _key_in(token.encode())
            if key is not None and self.keys is not None:
                return await self._of_key(self.keys, key, token.encode(), address)
        elif cookies and origin and self.key_sessions is not None:
            found = await self.key_sessions.holder(cookies.decode("latin-1"))
            if found is not None:
                return found
        return self.identify_socket(token, origin, cookies, address=address)

    async def _of_key(self, keys: KeyRing, key: ShownKey, given: bytes, address: str) -> Principal:
        """Whose key it is. Who has shown it a moment ago is known, whatever others there try."""
        if (known := keys.remembered(key)) is not None:
            return known
        self.credential.check_patience(address)
        found = await keys.holder(key)
        if found is None:
            self.credential.refuse(given, address)
            message = "This API key is not known here, or no longer."
            raise Unauthenticated(message, hint="Make one with: penstock api-key create")
        return found

    async def is_still_good(self, token: str) -> bool:
        """Whether who has shown this token on a websocket may stay: an API key, or the token of a run."""
        try:
            if (run := _run_token_in(token.encode())) is not None and self.runs is not None:
                return await self.runs.holder(run) is not None
            key = _key_in(token.encode())
            return key is None or self.keys is None or await self.keys.holder(key) is not None
        except (Unauthenticated, Fenced):
            return False

    async def _of_run(self, runs: RunTokens, token: ShownKey, address: str) -> Principal:
        """The run whose token it is.

        Nobody guesses such a token, and on one machine many may be shown that are over: so none is counted,
        and no run has to wait because of others.
        """
        if not self.credential.is_needed:
            return LOCAL
        try:
            return await runs.holder(token)
        except Unauthenticated:
            self.credential.note_refused(address)
            raise

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
            raise Unauthenticated(message, hint=_ASK)
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
        _check_ours(is_ours)
        return self._holder


def _check_ours(is_ours: bool) -> None:
    if not is_ours:
        message = f"A session changes nothing without the header {ORIGIN_HEADER}."
        raise PermissionDenied(message, hint=f"Send {ORIGIN_HEADER}: ui, or a credential.")


def _key_in(credential: bytes) -> ShownKey | None:
    """An API key that is shown as it is, or as the password of whatever user."""
    text = credential.decode("latin-1")
    return read_key(text) or read_key(text.partition(":")[2])


def _run_token_in(credential: bytes) -> ShownKey | None:
    """The token of a run, shown like an API key."""
    text = credential.decode("latin-1")
    return read_token(text) or read_token(text.partition(":")[2])


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
        raise Unauthenticated(message, hint=_ASK)
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
    if is_loopback(api.host) or api.auth_string or api.require_auth or open_to_all:
        return
    raise InvalidInput(
        f"{api.host} can be reached by others, and no credentials are set.",
        field="server.api.auth_string",
        hint="Set PENSTOCK_SERVER_API_AUTH_STRING to user:password, or say --insecure-no-auth.",
    )
