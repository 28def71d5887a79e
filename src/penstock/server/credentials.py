"""The credential that a server asks for, and its patience with whoever tries others.

It is the same at every entrance: the log-in of the pages, the header of a request, the token of a websocket.
Who guesses is heard seldom, and then nothing is heard from there, not even what is right: else guessing would
go on. Who shows the same wrong one again guesses nothing, so an old script shuts nobody out.
"""

import hmac
import ipaddress
import os
import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from penstock.domain.errors import TooManyRequests
from penstock.server.kept import Kept
from penstock.server.refusals import Refusals, Refused

ATTEMPTS: Final = 10
"""Different wrong credentials that are heard at once from one address; …"""
SECONDS_EACH: Final = 6.0
"""… one more may be tried after so long."""
_ADDRESSES = 4_096
"""How many are told apart; what was not heard of longest begins anew."""
_NETWORK = 64
"""Bits of an IPv6 address that tell who it is: the rest is theirs to choose."""


class _Tries(Struct, frozen=True):
    """What was tried from one address."""

    left: float
    at: float
    known: tuple[bytes, ...] = ()
    """Of the last wrong ones."""


class Credential:
    """`user:password`, which is shown by whoever may do everything.

    Args:
        auth_string: None: there is no such credential, and nobody is asked.
        clock: Tells seconds; nobody sets it back.
        is_needed: Whether a credential is asked for all the same, which can only be an API key.
    """

    def __init__(
        self,
        auth_string: str | None,
        clock: Callable[[], float] = time.monotonic,
        *,
        is_needed: bool = False,
    ) -> None:
        self._is_needed = is_needed
        self.secret = auth_string.encode() if auth_string else b""
        self.user = auth_string.partition(":")[0] if auth_string else ""
        self._refusals = Refusals()
        self._clock = clock
        self._key = os.urandom(32)
        self._wanted = self._mark(self.secret)
        self._tries: Kept[str, _Tries] = Kept(_ADDRESSES)

    @property
    def is_needed(self) -> bool:
        """Whether this server asks for one."""
        return bool(self.secret) or self._is_needed

    def is_shown(self, given: bytes, address: str) -> bool:
        """Whether `given` is it.

        Args:
            address: Where it comes from.

        Raises:
            TooManyRequests: Too many others came from there: none is heard now.
        """
        self.check_patience(address)
        mark = self._mark(given)
        if self.secret and hmac.compare_digest(mark, self._wanted):
            return True
        self.refuse(given, address)
        return False

    def check_patience(self, address: str) -> None:
        """Hear whoever is at an address, or refuse to.

        Raises:
            TooManyRequests: Too many wrong credentials came from there.
        """
        tries = self._now(self._tries.get(_place(address)))
        if tries.left < 1:
            self._refusals.note(address, self._clock(), is_heard=False)
            wait = (1 - tries.left) * SECONDS_EACH
            message = "Too many wrong credentials were tried at this server."
            raise TooManyRequests(message, retry_after=wait, hint=f"Try again in {wait:.0f} seconds.")

    def refuse(self, given: bytes, address: str) -> None:
        """Note that somebody there has shown a wrong credential."""
        place = _place(address)
        tries = self._now(self._tries.get(place))
        self._tries.put(place, _after(tries, self._mark(given)))
        self._refusals.note(address, self._clock(), is_heard=True)

    def note_refused(self, address: str) -> None:
        """Note that somebody there has shown what nobody can guess, so that it takes nobody's patience."""
        self._refusals.note(address, self._clock(), is_heard=True)

    def _now(self, tries: _Tries | None) -> _Tries:
        now = self._clock()
        if tries is None:
            return _Tries(float(ATTEMPTS), now)
        more = (now - tries.at) / SECONDS_EACH
        return _Tries(min(tries.left + more, float(ATTEMPTS)), now, tries.known)

    def refused(self) -> Refused | None:
        """What was refused and is to be told now, if anything. It is told once."""
        return self._refusals.take(self._clock())

    def _mark(self, given: bytes) -> bytes:
        """What a credential is compared by: as long as any other, and nothing that can be read."""
        return hmac.digest(self._key, given, "sha256")


def _after(tries: _Tries, mark: bytes) -> _Tries:
    if mark in tries.known:
        return tries
    return _Tries(tries.left - 1, tries.at, (*tries.known, mark)[-ATTEMPTS:])


def _place(address: str) -> str:
    """Who an address is."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], _NETWORK), strict=False))
    except ValueError:
        return address
