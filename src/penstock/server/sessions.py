"""Sessions of browsers, of which a server remembers nothing.

A session is a moment, and a signature that only who knows the credential can make. So sessions outlive the
server, are good at every server that asks for the same credential, and end all together when it is changed.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from functools import cached_property

from msgspec import Struct

from penstock.domain.errors import Conflict, Unauthenticated
from penstock.server.credentials import Credential

LASTS_SECONDS = 12 * 3_600

_ITERATIONS = 100_000
"""What makes it slow to guess, from the cookie of somebody else, what it was signed with."""


class Ticket(Struct, frozen=True):
    """A cookie that is given to a browser. With an empty value and no time left, it is taken back."""

    name: str
    value: str = ""
    seconds: int = 0


class Sessions:
    """Opens sessions, and knows those that it has opened.

    Args:
        credential: What a session is given for. Where none is needed, everybody may do everything, and there
            are no sessions.
        clock: Tells the seconds since 1970.
    """

    def __init__(self, credential: Credential, clock: Callable[[], float] = time.time) -> None:
        self.credential = credential
        self._clock = clock

    @property
    def are_needed(self) -> bool:
        """Whether this server asks for credentials."""
        return self.credential.is_needed

    def open(self, shown: str, address: str = "") -> Ticket:
        """A session for who shows the credential.

        Args:
            address: Where they are.

        Raises:
            Unauthenticated: It is wrong.
            TooManyRequests: Too many were wrong: none is heard now.
            Conflict: This server asks for none.
        """
        if not self.are_needed:
            raise Conflict("This server asks for no credentials: there is nothing to sign in to.")
        if not self.credential.is_shown(shown.encode(), address):
            raise Unauthenticated("This user and password are not known here.")
        ends = int(self._clock()) + LASTS_SECONDS
        return Ticket(self._name, f"{ends}.{self._signature(ends)}", LASTS_SECONDS)

    def close(self) -> Ticket:
        """What takes a session back."""
        return Ticket(self._name if self.are_needed else "penstock")

    def holds(self, cookies: str) -> bool:
        """Whether one of the cookies in a `Cookie` header is a session that has not ended."""
        for cookie in cookies.split(";"):
            name, _, value = cookie.strip().partition("=")
            if name.startswith("penstock_") and name == self._name and self._is_good(value):
                return True
        return False

    def _is_good(self, value: str) -> bool:
        ends, _, signature = value.partition(".")
        if not (ends.isascii() and ends.isdigit() and len(ends) <= 12):
            return False
        made_here = hmac.compare_digest(signature.encode(), self._signature(int(ends)).encode())
        return made_here and self._clock() < int(ends)

    @cached_property
    def _key(self) -> bytes:
        return hashlib.pbkdf2_hmac("sha256", self.credential.secret, b"penstock sessions", _ITERATIONS)

    @cached_property
    def _name(self) -> str:
        """Servers on other ports of a host share its cookies: each credential has a name of its own."""
        return f"penstock_{self._signed(b'name').hex()[:8]}"

    def _signature(self, ends: int) -> str:
        signed = self._signed(b"session until %d" % ends)
        return base64.urlsafe_b64encode(signed).decode().rstrip("=")

    def _signed(self, text: bytes) -> bytes:
        return hmac.digest(self._key, text, "sha256")
