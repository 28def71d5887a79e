"""How the background loops do: what each says of itself, and what is heard of those of other processes.

Each process tells the others of its loops by a notice of the database, now and then. So a server without
loops can say how they do that run beside it, and nothing of it is kept anywhere.
"""

import os
import socket
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from penstock.contract.services import ServiceReport, ServiceState

SERVICES = "services"
"""Channel of the notices by which processes tell of their loops."""
TELL_EVERY = 10.0
"""Seconds between two of them."""

_SILENT_AFTER = timedelta(seconds=3.5 * TELL_EVERY)
_FORGOTTEN_AFTER = timedelta(minutes=10)
_LONGEST_ROUND = timedelta(minutes=2)
"""A round does a batch: one that takes longer waits for something that does not come."""
_LONGEST_FAILURE = timedelta(minutes=1)
_LONGEST_ERROR = 200


class Health(Struct, kw_only=True):
    """How one loop is doing. It writes this itself."""

    rounds: int = 0
    done: int = 0
    errors: int = 0
    last_error: str | None = None
    lag: float = 0.0
    """How much later than it wanted the last round began, in seconds."""
    began: datetime | None = None
    """When the round began that is under way; None while it rests."""
    last_run: datetime | None = None
    last_success: datetime | None = None
    failing_since: datetime | None = None
    next_due: datetime | None = None
    has_ended: bool = False
    """Its loop is over, though nobody wanted that."""

    def begin(self, now: datetime) -> None:
        """A round begins."""
        self.rounds += 1
        self.began = self.last_run = now
        self.next_due = None

    def succeed(self, now: datetime, done: int) -> None:
        """It has done so much."""
        self.done += done
        self.began = self.failing_since = None
        self.last_success = now

    def fail(self, now: datetime, error: str) -> None:
        """It failed, and nothing of it was kept."""
        self.errors += 1
        self.last_error = error[:_LONGEST_ERROR]
        self.began, self.failing_since = None, self.failing_since or now

    def problem(self, now: datetime) -> str | None:
        """Why it is stuck, if it is."""
        if self.has_ended:
            return "its loop has ended"
        if self.began is not None and now - self.began > _LONGEST_ROUND:
            return f"a round is under way since {self.began.isoformat(timespec='seconds')}"
        if self.failing_since is not None and now - self.failing_since > _LONGEST_FAILURE:
            return f"it fails since {self.failing_since.isoformat(timespec='seconds')}"
        return None


class _Told(Struct):
    """What a process says of its loops. An empty list is its goodbye."""

    process: str
    services: list[ServiceReport]


class ServiceBoard:
    """The loops of this process, by name, and what was heard of others. Used on one event loop."""

    def __init__(self) -> None:
        self.process = f"{socket.gethostname()}:{os.getpid()}"
        self._own: dict[str, Health] = {}
        self._others: dict[str, tuple[datetime, list[ServiceReport]]] = {}

    def put_up(self, own: dict[str, Health]) -> None:
        """These run in this process from now on."""
        self._own = own

    def problems(self, now: datetime) -> dict[str, str]:
        """The loops of this process that are stuck, and why."""
        found = {name: health.problem(now) for name, health in self._own.items()}
        return {name: problem for name, problem in found.items() if problem is not None}

    def own(self, now: datetime) -> list[ServiceReport]:
        """How the loops of this process do."""
        return [_report(self.process, name, health, now) for name, health in self._own.items()]

    def all(self, now: datetime) -> list[ServiceReport]:
        """How all loops do that this process knows of; those of one that fell silent say so."""
        self._forget(now)
        heard = [(at, each) for at, services in self._others.values() for each in services]
        others = [_silent(each) if now - at > _SILENT_AFTER else each for at, each in heard]
        return [*self.own(now), *others]

    def notice(self, now: datetime) -> str:
        """What others are to be told."""
        return msgspec.json.encode(_Told(self.process, self.own(now))).decode()

    def goodbye(self) -> str:
        """What others are to be told when the loops of this process have ended."""
        return msgspec.json.encode(_Told(self.process, [])).decode()

    def hear(self, notice: str, now: datetime) -> None:
        """Take note of what another process tells; its form may be that of another version."""
        try:
            told = msgspec.json.decode(notice, type=_Told)
        except msgspec.MsgspecError:
            return
        if told.process == self.process:
            return
        if told.services:
            self._others[told.process] = (now, told.services)
        else:
            self._others.pop(told.process, None)

    def _forget(self, now: datetime) -> None:
        for process, (at, _) in list(self._others.items()):
            if now - at > _FORGOTTEN_AFTER:
                del self._others[process]


def _report(process: str, name: str, health: Health, now: datetime) -> ServiceReport:
    return ServiceReport(
        name=name,
        process=process,
        state=_state(health, now),
        rounds=health.rounds,
        done=health.done,
        errors=health.errors,
        last_error=health.last_error,
        last_run=health.last_run,
        last_success=health.last_success,
        next_due=health.next_due,
        lag=round(health.lag, 3),
    )


def _state(health: Health, now: datetime) -> ServiceState:
    if health.problem(now) is not None:
        return "stuck"
    if health.failing_since is not None:
        return "failing"
    return "running" if health.began is not None else "resting"


def _silent(report: ServiceReport) -> ServiceReport:
    return msgspec.structs.replace(report, state="silent")
