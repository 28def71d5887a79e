"""Which addresses the server may call: public ones, and what the settings allow besides.

What counts is the address that is connected to, each time anew. A name proves nothing: it may mean this
machine a moment later, and `2130706433` is 127.0.0.1 too.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from msgspec import Struct

from penstock.domain.errors import InvalidInput

Address: TypeAlias = IPv4Address | IPv6Address

_NAT64: Final = ip_network("64:ff9b::/96")
_COMPATIBLE: Final = ip_network("::/96")
_SPECIAL: Final = tuple(
    map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "3fff::/20", "5f00::/16"))
)
"""Not public either, whatever the Python that we run on knows of them."""
_METADATA: Final = frozenset(
    map(ip_address, ("169.254.169.254", "168.63.129.16", "100.100.100.200", "fd00:ec2::254"))
)
"""Where clouds tell a machine its credentials. One of them is a public address."""


class OutsidePolicy(Struct, frozen=True, kw_only=True):
    """What may be called besides public addresses, and how long that may take."""

    allowed_hosts: tuple[str, ...] = ()
    """Names that may be private: `hooks.internal`, or `*.internal` for all below. Never those of metadata."""
    allowed_networks: tuple[str, ...] = ()
    """Networks that may be called by any name: `10.20.0.0/16`."""
    ca_file: str | None = None
    """Certificates to trust instead of the system's."""
    seconds: float = 10.0
    """For all of a call, redirects included."""
    max_bytes: int = 1_048_576
    """Of an answer's body; what follows is not read."""
    redirects: int = 3

    def allows(self, host: str, address: Address) -> bool:
        """Whether `address` may be connected to, as what `host` means."""
        if any(address in network for network in self._networks()):
            return True
        reached = tuple(_reached(address))
        if any(one in _METADATA or one.is_link_local for one in reached):
            return False
        return self._is_named(host) or all(map(_is_public, reached))

    def _networks(self) -> Iterator[IPv4Network | IPv6Network]:
        return map(network_from, self.allowed_networks)

    def _is_named(self, host: str) -> bool:
        host = host.lower().rstrip(".")
        return any(_fits(host, pattern.lower()) for pattern in self.allowed_hosts)


def network_from(text: str) -> IPv4Network | IPv6Network:
    """The network that a setting names. Raises `InvalidInput`."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        message = f"{text!r} is no network."
        hint = "Write it as 10.20.0.0/16, or as one address."
        raise InvalidInput(message, field="server.outside.allowed_networks", hint=hint) from None


def _fits(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


def _is_public(address: Address) -> bool:
    if any(address in network for network in _SPECIAL):
        return False
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not address.is_multicast and not address.is_unspecified


def _reached(address: Address) -> Iterator[Address]:
    """An address, and the IPv4 address that it carries packets to."""
    yield address
    if not isinstance(address, IPv6Address):
        return
    if address in _NAT64 or address in _COMPATIBLE:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
    yield from (carried for carried in (address.ipv4_mapped, address.sixtofour) if carried is not None)
    if address.teredo is not None:
        yield from address.teredo
