"""The proxy that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case, ask for."""

from base64 import b64encode
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from penstock.domain.errors import InvalidInput


class Proxy(Struct, frozen=True):
    """A proxy that speaks HTTP."""

    host: str
    port: int
    authorization: str | None = None
    """Value of the `Proxy-Authorization` header."""


def proxy_for(scheme: str, host: str, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy for requests to `host`, or None to go there directly, as one always does on loopback.

    Raises:
        InvalidInput: The variable does not hold the URL of an HTTP proxy.
    """
    name, url = _setting(scheme, environment)
    if not url or _is_loopback(host) or _is_excepted(host, _read("NO_PROXY", environment)):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http" or not parts.hostname:
        message = f"{name} is not the URL of an HTTP proxy."
        raise InvalidInput(message, field=name, hint="Write it as http://host:port.")
    credentials = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    authorization = f"Basic {b64encode(credentials.encode()).decode()}" if parts.username else None
    return Proxy(parts.hostname, parts.port or 80, authorization)


def _setting(scheme: str, environment: Mapping[str, str]) -> tuple[str, str]:
    names = (f"{scheme.upper()}_PROXY", "ALL_PROXY")
    return next(((name, url) for name in names if (url := _read(name, environment))), ("", ""))


def _read(name: str, environment: Mapping[str, str]) -> str:
    return environment.get(name.lower()) or environment.get(name) or ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_excepted(host: str, exceptions: str) -> bool:
    """`NO_PROXY`: hosts and domains with all below them, or `*`."""
    for text in exceptions.split(","):
        domain = text.strip().lower().lstrip(".")
        if domain and (domain == "*" or host == domain or host.endswith(f".{domain}")):
            return True
    return False
