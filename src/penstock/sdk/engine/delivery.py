"""Batches on their way to the server: in order, past what it refuses, and by the spool while it is away."""

import sys
import time
from collections.abc import Callable
from uuid import UUID

from penstock.client.errors import ServerError
from penstock.domain.errors import Fenced, PenstockError, Unavailable
from penstock.sdk.engine.batches import Batch, EventBatch, LogBatch, TaskRunBatch
from penstock.sdk.engine.spool import Spool, SpoolFull, orphans

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0
"""Seconds between tries while the server is away."""
_MOST_FAILURES = 3
"""How often in a row the server may fail before what it was sent is taken for the cause."""

_WHAT: dict[type[Batch], str] = {
    TaskRunBatch: "A task run's record",
    LogBatch: "A log line",
    EventBatch: "An event",
}


class Delivery:
    """Sends batches one by one. Not for several threads at a time.

    Args:
        send: Sends one batch. Raises `Unavailable` where it may be sent again later.
        spool: Where batches wait while the server is away.
        on_fenced: Called with a lease that the server says is no longer ours.
    """

    def __init__(
        self, send: Callable[[Batch], None], spool: Spool, on_fenced: Callable[[UUID], None]
    ) -> None:
        self._send = send
        self._spool = spool
        self._on_fenced = on_fenced
        self._pause = _FIRST_PAUSE
        self._try_at = 0.0
        self._failures = 0
        self.lost = 0
        """Batches that nobody has: refused by the server, or too much for the disk."""

    @property
    def is_done(self) -> bool:
        """Whether nothing waits in the spool."""
        return self._spool.is_empty

    @property
    def is_due(self) -> bool:
        """Whether it is time to try again what waits in the spool."""
        return not self._spool.is_empty and time.monotonic() >= self._try_at

    @property
    def seconds_to_next_try(self) -> float:
        """How long to leave the server alone."""
        return max(0.0, self._try_at - time.monotonic())

    def deliver(self, batch: Batch) -> None:
        """Send a batch, or put it behind those that wait already."""
        if self._spool.is_empty and self._try(batch):
            return
        self.postpone(batch)

    def postpone(self, batch: Batch) -> None:
        """Put a batch into the spool without trying to send it."""
        try:
            self._spool.append(batch)
        except SpoolFull:
            self._give_up(batch, "there is no room for it on the disk")

    def catch_up(self) -> None:
        """Send what waits, until it is all sent or the server is away again."""
        while (batch := self._spool.first()) is not None and self._try(batch):
            self._spool.drop_first()

    def adopt_orphans(self) -> None:
        """Send what processes left behind that died while the server was away."""
        for spool in orphans(self._spool.folder):
            while (batch := spool.first()) is not None:
                if not self._try(batch):
                    return
                spool.drop_first()

    def _try(self, batch: Batch) -> bool:
        """Whether the batch is dealt with: sent, or refused for good."""
        try:
            self._send(batch)
        except Unavailable as error:
            return self._wait(error.retry_after)
        except ServerError as error:
            self._failures += 1
            if self._failures < _MOST_FAILURES:
                return self._wait(None)
            self._send_what_is_good(batch, error)
            return True
        except Fenced:
            if isinstance(batch, TaskRunBatch) and batch.lease is not None:
                self._on_fenced(batch.lease)
        except PenstockError as error:
            self._send_what_is_good(batch, error)
        self._pause, self._failures = _FIRST_PAUSE, 0
        return True

    def _wait(self, retry_after: float | None) -> bool:
        """Leave the server alone for a while; the batch is not dealt with."""
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        self._try_at = time.monotonic() + max(self._pause, retry_after or 0.0)
        return False

    def _send_what_is_good(self, batch: Batch, error: PenstockError) -> None:
        """One bad record does not sink a batch."""
        parts = batch.halves()
        if not parts:
            self._give_up(batch, str(error))
        for part in parts:
            if not self._try(part):
                self.postpone(part)

    def _give_up(self, batch: Batch, reason: str) -> None:
        self.lost += 1
        what = _WHAT[type(batch)]
        # Not by logging: this may be about what logging wrote.
        sys.stderr.write(f"penstock: {what} could not be kept: {reason}\n")
