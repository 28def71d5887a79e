"""What is sent to others, what they answer, and how that can go wrong."""

import re
from typing import Final, Literal
from urllib.parse import SplitResult, urljoin, urlsplit

from msgspec import Struct

from penstock.domain.errors import InvalidInput, Unavailable

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

_SETTINGS = "server.outside.allowed_hosts or server.outside.allowed_networks"
_OURS: Final = frozenset(
    (
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_CARRIED: Final = frozenset(("accept", "content-type", "idempotency-key", "user-agent"))
"""Headers that go along to another host. Any other may hold a credential."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSAFE = re.compile(r"[^\x21-\x7e]")


class OutsideRefused(InvalidInput):
    """A call that is not made, however often it is tried: its URL or where it leads is not allowed."""

    code = "outside-refused"


class OutsideFailed(Unavailable):
    """A call that came to nothing this time: nobody answers, or not in time, or not in HTTP."""

    code = "outside-failed"


class OutsideRequest(Struct, frozen=True, kw_only=True):
    """A request to somebody else."""

    url: str
    method: Method = "POST"
    headers: dict[str, str] = {}
    """What HTTP itself needs, such as `Host`, is added, and cannot be set."""
    body: bytes = b""


class OutsideResponse(Struct, frozen=True, kw_only=True):
    """What was answered."""

    status: int
    headers: list[tuple[str, str]]
    """Names in lower case."""
    body: bytes
    """As it was sent: nothing is unpacked."""
    is_cut: bool = False
    """Whether there was more than is taken."""
    url: str
    """Where it came from, after redirects."""

    @property
    def is_success(self) -> bool:
        """Whether the status says so."""
        return 200 <= self.status < 300


class Target(Struct, frozen=True):
    """Where a request goes."""

    scheme: str
    host: str
    """In ASCII, without brackets."""
    port: int
    path: str
    """With the query."""

    @property
    def is_secure(self) -> bool:
        """Whether it is spoken to by TLS."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == (443 if self.is_secure else 80) else f"{name}:{self.port}"

    @property
    def url(self) -> str:
        """Where it is, for people: without the query, which may hold a credential."""
        return f"{self.scheme}://{self.authority}{self.path.partition('?')[0]}"


def target_of(url: str) -> Target:
    """Take a URL apart. Raises `OutsideRefused` for what is not HTTP."""
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        raise _refused("This is no URL") from None
    if parts.scheme not in ("http", "https"):
        raise _refused(f"{parts.scheme or 'nothing'} is not spoken to others", "Write https://host/path.")
    if not host or _UNSAFE.search(host):
        raise _refused("This URL has no host", "Write https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise _refused("This URL has a user or a password in it", "Send them in a header.")
    default = 443 if parts.scheme == "https" else 80
    return Target(parts.scheme, host, port or default, _path(parts))


def _refused(what: str, hint: str | None = None) -> OutsideRefused:
    return OutsideRefused(f"{what}.", field="url", hint=hint)


def _path(parts: SplitResult) -> str:
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), path)


def not_allowed(target: Target, address: str) -> OutsideRefused:
    """The refusal of an address."""
    meant = "" if address == target.host else f" is {address}, which"
    message = f"{target.host}{meant} is not an address that the server may call."
    return OutsideRefused(message, field="url", hint=f"Where it should be, name it in {_SETTINGS}.")


def check_headers(headers: dict[str, str]) -> None:
    """Refuse headers that are none. Raises `OutsideRefused`."""
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or re.search(r"[\r\n\0]", value):
            message = f"{name!r} is no header, or its value has more than one line."
            raise OutsideRefused(message, field="headers")
        if name.lower() in _OURS:
            message = f"The header {name} is not for you to set."
            raise OutsideRefused(message, field="headers", hint="Leave it out.")


def redirected(request: OutsideRequest, source: Target, status: int, location: str) -> OutsideRequest:
    """The request that follows a redirect. Raises `OutsideRefused`."""
    try:
        url = urljoin(f"{source.scheme}://{source.authority}{source.path}", location)
    except ValueError:
        raise _refused(f"{source.url} leads on to what is no URL") from None
    target = target_of(url)
    if source.is_secure and not target.is_secure:
        message = f"{source.url} leads on to a place without TLS."
        raise OutsideRefused(message, field="url")
    headers, is_elsewhere = request.headers, (target.host, target.port) != (source.host, source.port)
    if is_elsewhere:
        headers = {name: value for name, value in headers.items() if name.lower() in _CARRIED}
    if status in (307, 308):
        return OutsideRequest(url=url, method=request.method, headers=headers, body=request.body)
    headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    return OutsideRequest(url=url, method="GET", headers=headers)
