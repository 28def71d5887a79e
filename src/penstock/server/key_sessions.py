"""Sessions of browsers that were opened by an API key: they end when it is over or taken back.

Such a session is a moment, the key's id, and a signature that only who knows what is kept of the key can
make. So a server remembers nothing of it either.
"""

import base64
import hmac
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from penstock.server.api_keys import ShownKey
from penstock.server.key_ring import KeyRing, KnownKey
from penstock.server.principals import Principal
from penstock.server.sessions import LASTS_SECONDS, Ticket

_NAME: Final = "penstock_key"


class KeySessions:
    """Opens sessions by keys, and knows those that were opened.

    Args:
        clock: Tells the seconds since 1970.
    """

    def __init__(self, keys: KeyRing, clock: Callable[[], float] = time.time) -> None:
        self._keys, self._clock = keys, clock

    async def open(self, shown: ShownKey) -> Ticket | None:
        """A session for who shows a key; None where it is nobody's."""
        known = await self._keys.known(shown.id)
        if known is None or not shown.is_of(known.hash):
            return None
        ends = int(self._clock()) + LASTS_SECONDS
        value = f"{ends}.{shown.id.hex}.{_signature(known, shown.id, ends)}"
        return Ticket(_NAME, value, LASTS_SECONDS)

    async def holder(self, cookies: str) -> Principal | None:
        """Whose session it is, of the cookies in a `Cookie` header; None where there is none that is good."""
        for cookie in cookies.split(";"):
            name, _, value = cookie.strip().partition("=")
            if name == _NAME and (principal := await self._holder(value)) is not None:
                return principal
        return None

    async def _holder(self, value: str) -> Principal | None:
        ends, _, rest = value.partition(".")
        text, _, signature = rest.partition(".")
        if not (ends.isascii() and ends.isdigit() and len(ends) <= 12 and self._clock() < int(ends)):
            return None
        try:
            id = UUID(hex=text)
        except ValueError:
            return None
        known = await self._keys.known(id)
        if known is None:
            return None
        is_good = hmac.compare_digest(signature.encode(), _signature(known, id, int(ends)).encode())
        return known.principal if is_good else None


def closing_ticket() -> Ticket:
    """What takes such a session back."""
    return Ticket(_NAME)


def _signature(known: KnownKey, id: UUID, ends: int) -> str:
    signed = hmac.digest(
        known.hash.encode(), b"penstock session of %s until %d" % (id.hex.encode(), ends), "sha256"
    )
    return base64.urlsafe_b64encode(signed).decode().rstrip("=")
