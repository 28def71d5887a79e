"""The hold that a process has on a run: its lease, renewed while it works, and the news that this brings.

The heart beats even while user code keeps the thread busy, and stops with the process. What the server
answers to a beat is how a run learns that somebody wants it to end, or that another process has it now.
"""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from penstock.contract.leases import SUSPENDED, LeaseGrant, LeaseRenewal
from penstock.domain.errors import Fenced, NotFound, PenstockError
from penstock.domain.states import State, StateType, new_state
from penstock.sdk.engine.interrupts import Interrupt
from penstock.sdk.engine.renewals import Renewals
from penstock.sdk.engine.watchdog import Alarm, watchdog
from penstock.sdk.exceptions import RunCancelled, RunFenced

_PAUSE_AFTER_FAILURE = 3.0
_LONGEST_DOUBT = 5.0
"""Seconds that a process which was stopped waits for an answer before it goes on."""
STOP_SECONDS = 30.0
"""How long code may go on that was told to stop, before the last resort is called upon."""


class Hold:
    """One run in the care of this process. `ended_by` is why it must stop, or None."""

    def __init__(self, run_id: UUID, grant: LeaseGrant | None) -> None:
        self.run_id = run_id
        self.grant = grant
        self.ended_by: BaseException | None = None
        self.ended_as: State | None = None
        """How others have ended the run, where that is known: there is nothing to say about it any more."""
        self.waits = False
        """Whether the code waits for what becomes of the run, and so learns by itself that it has lost it."""
        self._interrupt: Interrupt | None = None
        self.confirm: Callable[[], None] | None = None
        """Asks the server now whether the run is still ours."""
        self.last_resort: Callable[[BaseException], None] | None = None
        """Ends what goes on although the run was cancelled or lost: no worker may be left to do it."""
        self._alarm: Alarm | None = None
        self.renew_at = 0.0
        self._sure_until = math.inf
        self.asked(time.monotonic())

    def asked(self, at: float) -> None:
        """The server was asked at that time, whatever it answered."""
        if self.grant is not None:
            self.renew_at = at + self.grant.renew_every_seconds
            self._sure_until = self.renew_at + self.grant.renew_every_seconds

    @property
    def is_sure(self) -> bool:
        """Whether the server was asked lately. If not, this process was stopped, perhaps for too long."""
        return time.monotonic() < self._sure_until

    @property
    def lease(self) -> UUID | None:
        """The fencing token; None where the server gave no lease."""
        return self.grant.id if self.grant is not None else None

    def reaches(self, interrupt: Interrupt | None) -> None:
        """User code begins, and can be ended through `interrupt`; or with None, has ended."""
        self._interrupt = interrupt
        if interrupt is not None and self.ended_by is not None:
            self._send(interrupt, self.ended_by)
        elif interrupt is None and self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def end(self, reason: BaseException) -> None:
        """Stop the run, from any thread. The first reason stands."""
        if self.ended_by is None:
            self.ended_by = reason
        if self._interrupt is not None:
            self._send(self._interrupt, self.ended_by)

    def _send(self, interrupt: Interrupt, reason: BaseException) -> None:
        is_theirs = isinstance(reason, RunCancelled | RunFenced)
        if is_theirs and self.last_resort is not None and self._alarm is None:
            self._alarm = watchdog.call_after(STOP_SECONDS, partial(self.last_resort, reason))
        interrupt.send(reason)

    def check(self) -> None:
        """Raise why the run must stop, if it must."""
        if not self.is_sure and self.confirm is not None:
            self.confirm()
        if self.ended_by is not None:
            raise self.ended_by


class Heartbeat:
    """Renews the leases of all runs of this process.

    Args:
        renew: Renews one lease. Raises `Fenced` or `NotFound` when it is lost.
    """

    def __init__(self, renew: Callable[[UUID, UUID], LeaseRenewal]) -> None:
        self._renew = renew
        self._renewals: Renewals[Hold] = Renewals("penstock-heartbeat", self._renew_one)
        self.close = self._renewals.close

    def keep(self, hold: Hold) -> None:
        """Renew a run's lease from now on."""
        if hold.grant is not None:
            hold.confirm = partial(self._confirm, hold)
            self._renewals.keep(hold.run_id, hold)

    def release(self, hold: Hold) -> None:
        """The run has ended; its lease went with its last state."""
        self._renewals.release(hold.run_id)

    def fenced(self, lease: UUID) -> None:
        """Somebody else learned that `lease` is lost."""
        for hold in self._renewals.kept():
            if hold.lease == lease:
                hold.end(_lost())

    def _confirm(self, hold: Hold) -> None:
        """Have the server asked about `hold` now, and wait for what it says."""
        self._renewals.renew_now(hold, lambda: hold.is_sure or hold.ended_by is not None, _LONGEST_DOUBT)
        if not hold.is_sure:
            hold.asked(time.monotonic())  # nothing is heard from it: go on, as in any outage

    def _renew_one(self, hold: Hold) -> None:
        assert hold.lease is not None
        began = time.monotonic()
        try:
            renewal = self._renew(hold.run_id, hold.lease)
        except (Fenced, NotFound) as error:
            if self._renewals.release(hold.run_id) and not hold.waits:
                hold.end(_suspended(hold, error) if error.detail == SUSPENDED else _lost())
        except PenstockError:
            hold.asked(time.monotonic())
            hold.renew_at = min(hold.renew_at, time.monotonic() + _PAUSE_AFTER_FAILURE)
        else:
            hold.grant = renewal.lease
            hold.asked(began)
            if renewal.cancelling and self._renewals.is_kept(hold.run_id):
                hold.end(RunCancelled("The run was cancelled."))


def _suspended(hold: Hold, why: PenstockError) -> RunFenced:
    """Others have suspended the run: it has ended here, and goes on elsewhere some time."""
    message = f"{why.message} This process ends; the flow begins anew when somebody resumes it."
    hold.ended_as = new_state(StateType.PAUSED, datetime.now(UTC), name="Suspended", message=message)
    return RunFenced(message)


def _lost() -> RunFenced:
    return RunFenced("Another process has this run now, or its lease expired: this one stops.")
