"""How often something may be asked for: so many times at once, and so many each second afterwards."""

import time
from collections.abc import Callable

from penstock.domain.errors import TooManyRequests
from penstock.server.kept import Kept

_KEYS = 1_024
"""How many are told apart; what was not asked for longest begins anew."""


class Rates:
    """Counts, by key, in this process. Safe to use from several threads.

    Args:
        at_once: How many may come together.
        each_second: How many more may come in each second.
        clock: Tells seconds.
    """

    def __init__(self, at_once: int, each_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once, self._each_second, self._clock = at_once, each_second, clock
        self._kept: Kept[str, tuple[float, float]] = Kept(_KEYS)

    def count(self, key: str) -> None:
        """Count one more. Raises `TooManyRequests`."""
        now = self._clock()
        left, at = self._kept.get(key) or (float(self._at_once), now)
        left = min(left + (now - at) * self._each_second, float(self._at_once))
        if left < 1:
            message = f"More than {self._each_second:g} requests came here each second."
            raise TooManyRequests(message, retry_after=(1 - left) / self._each_second)
        self._kept.put(key, (left - 1, now))
