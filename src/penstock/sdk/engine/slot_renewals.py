"""Slots that this process holds: their leases are renewed from a thread of its own while user code works.

The renewals stop with the process; then the server gives the slots to others.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from uuid import UUID

from penstock.domain.errors import Gone, NotFound, PenstockError
from penstock.sdk.engine.interrupts import Interrupt
from penstock.sdk.exceptions import ConcurrencyLeaseLost

_logger = logging.getLogger("penstock.concurrency")
_SHARE = 3
"""A lease is renewed when a third of it is over, so that two renewals may be lost."""
_PAUSE_AFTER_FAILURE = 3.0


class SlotHold:
    """Slots under one lease.

    Args:
        duration: Seconds for which each renewal holds them.
        interrupt: Ends the code that works under them when they are lost; None: it goes on, and it is logged.
    """

    def __init__(
        self, lease_id: UUID, names: tuple[str, ...], duration: float, interrupt: Interrupt | None
    ) -> None:
        self.lease_id, self.names, self.duration = lease_id, names, duration
        self._interrupt = interrupt
        self.is_lost = False
        self.renew_at = self.expires = 0.0
        self.renewed(time.monotonic())

    def renewed(self, at: float) -> None:
        """The server was asked at that time, and agreed."""
        self.renew_at, self.expires = at + self.duration / _SHARE, at + self.duration

    def lose(self) -> None:
        """Somebody else may hold the slots now."""
        self.is_lost = True
        what = f"slots of {', '.join(map(repr, self.names))}"
        if self._interrupt is not None:
            self._interrupt.send(ConcurrencyLeaseLost(f"The lease on {what} ended while they were used."))
        else:
            _logger.warning("The lease on %s ended while they were used: others may use them too.", what)


class SlotRenewals:
    """Renews the leases on slots of this process, from one thread that begins with the first.

    Args:
        renew: Renews one lease, for so many seconds. Raises `Gone` when it is over.
    """

    def __init__(self, renew: Callable[[UUID, float], None]) -> None:
        self._renew = renew
        self._holds: dict[UUID, SlotHold] = {}
        # Entered itself, not as the condition: a thread that is interrupted on its way in keeps no lock.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self._closed = False
        self._wakes_at = math.inf

    def keep(self, hold: SlotHold) -> None:
        """Renew these slots from now on."""
        with self._lock:
            self._holds[hold.lease_id] = hold
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="penstock-slots", daemon=True)
                self._thread.start()
            elif hold.renew_at < self._wakes_at:
                self._changed.notify()

    def release(self, hold: SlotHold) -> None:
        """They are given back."""
        with self._lock:
            self._holds.pop(hold.lease_id, None)

    def close(self) -> None:
        """Renew nothing any more, and wait for the thread if it is not in the middle of a request."""
        with self._lock:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(0.1)

    def _run(self) -> None:
        while not self._closed:
            for hold in self._due():
                self._renew_one(hold)

    def _due(self) -> list[SlotHold]:
        with self._lock:
            now = time.monotonic()
            due = [hold for hold in self._holds.values() if hold.renew_at <= now]
            if not due and not self._closed:
                self._wakes_at = min((hold.renew_at for hold in self._holds.values()), default=math.inf)
                self._changed.wait(None if self._wakes_at == math.inf else self._wakes_at - now)
            return due

    def _renew_one(self, hold: SlotHold) -> None:
        began = time.monotonic()
        try:
            self._renew(hold.lease_id, hold.duration)
        except (Gone, NotFound):
            self._lost(hold)
        except PenstockError:
            if time.monotonic() >= hold.expires:
                self._lost(hold)
            hold.renew_at = time.monotonic() + min(_PAUSE_AFTER_FAILURE, hold.duration / _SHARE)
        else:
            hold.renewed(began)

    def _lost(self, hold: SlotHold) -> None:
        with self._lock:
            is_kept = self._holds.pop(hold.lease_id, None) is not None
        if is_kept:
            hold.lose()
