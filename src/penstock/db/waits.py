"""For how long transactions wait until they may begin: for a connection, or for the thread that writes."""

from bisect import bisect_left
from typing import Final

WAIT_BOUNDS: Final = (0.001, 0.01, 0.1, 1.0)
"""Upper ends of the classes that are told apart, in seconds."""


class Waits:
    """Counts of one process. Written by several threads, which now and then may lose one."""

    def __init__(self) -> None:
        self.classes = [0] * (len(WAIT_BOUNDS) + 1)
        """How many waited up to each bound, and longer than the last."""
        self.seconds = 0.0
        """All together."""

    def note(self, seconds: float) -> None:
        """Count one more."""
        self.classes[bisect_left(WAIT_BOUNDS, seconds)] += 1
        self.seconds += seconds
