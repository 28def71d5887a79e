"""A call: from a request, over redirects, to an answer, within one deadline."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from functools import cache
from ipaddress import ip_address
from typing import Any, Final, TypeAlias

from penstock import __version__
from penstock.server.outside.addresses import OutsidePolicy
from penstock.server.outside.exchange import Stream, exchange
from penstock.server.outside.messages import (
    OutsideFailed,
    OutsideRefused,
    OutsideRequest,
    OutsideResponse,
    Target,
    check_headers,
    not_allowed,
    redirected,
    target_of,
)

SocketAddress: TypeAlias = tuple[Any, ...]
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[SocketAddress]]]
"""From a name and a port to addresses as sockets have them."""

_POLICY: Final = OutsidePolicy()
_REDIRECTS: Final = frozenset((301, 302, 303, 307, 308))
_TRIED: Final = 3
"""Addresses of one name."""


async def resolve(host: str, port: int) -> list[SocketAddress]:
    """Ask the system what a name means. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [address for *_, address in found]


async def call(
    request: OutsideRequest, policy: OutsidePolicy = _POLICY, *, resolve: Resolve = resolve
) -> OutsideResponse:
    """Send a request to somebody else, and take the answer, whatever its status. Blocks nothing.

    Args:
        resolve: How names become addresses.

    Raises:
        OutsideRefused: It must not be sent, or a redirect must not be followed. Trying again does not help.
        OutsideFailed: It came to nothing this time. It may have arrived.
    """
    check_headers(request.headers)
    try:
        async with asyncio.timeout(policy.seconds):
            return await _follow(request, policy, resolve)
    except TimeoutError:
        where = target_of(request.url).url
        message = f"{where} has not answered within {policy.seconds:g} s."
        raise OutsideFailed(message, retry_after=1.0) from None


async def _follow(request: OutsideRequest, policy: OutsidePolicy, resolve: Resolve) -> OutsideResponse:
    for _ in range(policy.redirects + 1):
        target = target_of(request.url)
        answer = await _ask(request, target, policy, resolve)
        location = dict(answer.headers).get("location")
        if answer.status not in _REDIRECTS or location is None:
            return answer
        request = redirected(request, target, answer.status, location)
    message = f"{target.url} leads on for the {policy.redirects + 1}th time."
    raise OutsideRefused(message, field="url", hint="Give the URL that it ends at.")


async def _ask(
    request: OutsideRequest, target: Target, policy: OutsidePolicy, resolve: Resolve
) -> OutsideResponse:
    stream = await _connect(target, policy, resolve)
    headers = {"User-Agent": f"penstock/{__version__}", "Accept": "*/*"}
    given = {name.title(): value for name, value in request.headers.items()}
    try:
        return await exchange(stream, target, request, {**headers, **given}, policy.max_bytes)
    finally:
        stream.writer.transport.abort()


async def _connect(target: Target, policy: OutsidePolicy, resolve: Resolve) -> Stream:
    """Connect to an address that the policy allows, and to that very one."""
    try:
        found = await resolve(target.host, target.port)
    except (OSError, UnicodeError) as error:
        raise _failed(target, f"its name means nothing ({error})") from None
    allowed = [one for one in found if policy.allows(target.host, ip_address(one[0].partition("%")[0]))]
    if not allowed:
        raise not_allowed(target, str(found[0][0]) if found else "nowhere")
    problem: OSError | None = None
    for address in dict.fromkeys(allowed[:_TRIED]):
        try:
            async with asyncio.timeout(policy.seconds / _TRIED):
                return await _open(target, address, policy)
        except OSError as error:  # that of TLS too
            problem = error
    raise _failed(target, _told(problem))


async def _open(target: Target, address: SocketAddress, policy: OutsidePolicy) -> Stream:
    loop = asyncio.get_running_loop()
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
        tls = await asyncio.to_thread(_tls, policy.ca_file) if target.is_secure else None
        name = target.host if target.is_secure else None
        return Stream(*await asyncio.open_connection(sock=sock, ssl=tls, server_hostname=name))
    except BaseException:
        with contextlib.suppress(OSError):
            sock.close()
        raise


@cache
def _tls(ca_file: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def _told(problem: OSError | None) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {problem.verify_message}"
    return (problem.strerror if problem else None) or str(problem) or "nobody answers in time"


def _failed(target: Target, why: str) -> OutsideFailed:
    return OutsideFailed(f"{target.url} cannot be reached: {why}.", retry_after=1.0)
