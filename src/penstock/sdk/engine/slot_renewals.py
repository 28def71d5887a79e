"""Slots that this process holds: their leases are renewed while user code works."""

import logging
import time
from collections.abc import Callable
from uuid import UUID

from penstock.domain.errors import Gone, NotFound, PenstockError
from penstock.sdk.engine.interrupts import Interrupt
from penstock.sdk.engine.renewals import Renewals
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
    """Renews the leases on slots of this process.

    Args:
        renew: Renews one lease, for so many seconds. Raises `Gone` when it is over.
    """

    def __init__(self, renew: Callable[[UUID, float], None]) -> None:
        self._renew = renew
        self._renewals: Renewals[SlotHold] = Renewals("penstock-slots", self._renew_one)
        self.close = self._renewals.close

    def keep(self, hold: SlotHold) -> None:
        """Renew these slots from now on."""
        self._renewals.keep(hold.lease_id, hold)

    def release(self, hold: SlotHold) -> None:
        """They are given back."""
        self._renewals.release(hold.lease_id)

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
        if self._renewals.release(hold.lease_id):
            hold.lose()
