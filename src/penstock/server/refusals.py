"""Wrong credentials, gathered until they are told of: an event for each would be anybody's flood."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

AT_MOST_EVERY: Final = 10.0
"""Seconds between two events."""
_ADDRESSES = 10


class Refused(Struct, frozen=True, kw_only=True):
    """What was refused within some time."""

    attempts: int
    """Wrong credentials, and those that were not looked at."""
    unheard: int
    """Of these: not looked at, because too many were wrong."""
    seconds: float
    """How long ago the first came."""
    addresses: Sequence[str]
    """Where they came from, the first few."""


class Refusals:
    """Counts what was refused at this process, for one event in a while."""

    def __init__(self) -> None:
        self._attempts = self._unheard = 0
        self._since = 0.0
        self._addresses: list[str] = []
        self._told = float("-inf")

    def note(self, address: str, now: float, *, is_heard: bool) -> None:
        """Somebody was refused.

        Args:
            is_heard: Whether it was looked at what they showed.
        """
        self._since = self._since if self._attempts else now
        self._attempts += 1
        self._unheard += not is_heard
        if address not in self._addresses and len(self._addresses) < _ADDRESSES:
            self._addresses.append(address)

    def take(self, now: float) -> Refused | None:
        """What is to be told now, if anything; it is told once."""
        if not self._attempts or now - self._told < AT_MOST_EVERY:
            return None
        taken = Refused(
            attempts=self._attempts,
            unheard=self._unheard,
            seconds=now - self._since,
            addresses=tuple(self._addresses),
        )
        self._attempts = self._unheard = 0
        self._addresses = []
        self._told = now
        return taken
