"""Identifiers: version 7 UUIDs, so that rows made together stand together in every index."""

import os
from datetime import datetime
from uuid import UUID

_RANDOM_BITS = 74


def new_id(now: datetime) -> UUID:
    """A fresh UUID of version 7 (RFC 9562, section 5.7).

    Args:
        now: The moment of creation, aware; the first 48 bits are its milliseconds since 1970.
    """
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(os.urandom(10), "big") & ((1 << _RANDOM_BITS) - 1)
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
