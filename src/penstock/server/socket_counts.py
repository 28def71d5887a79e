"""What became of what was sent over websockets since this server began: for its status."""

import logging
from datetime import datetime

_log = logging.getLogger(__name__)
_TOLD_AT_ONCE = 10
"""Dropped events that are told to the log; of more, each hundredth."""


class SocketCounts:
    """Counts of one server process. Written on its event loop only."""

    def __init__(self) -> None:
        self.open = 0
        """Websockets that are open now."""
        self.refused = 0
        """Those that were refused because too many were open."""
        self.received = 0
        """Events that came in and were kept, those that were there already among them."""
        self.dropped = 0
        """Events that could not be kept."""
        self.last_dropped: datetime | None = None
        self.last_reason: str | None = None

    def keep(self, number: int) -> None:
        """Count events that were kept."""
        self.received += number

    def drop(self, reason: str, now: datetime) -> None:
        """Count an event that was not, and say why."""
        self.dropped += 1
        self.last_dropped, self.last_reason = now, reason
        if self.dropped <= _TOLD_AT_ONCE or self.dropped % 100 == 0:
            _log.warning("An event was dropped, %d by now: %s", self.dropped, reason)
