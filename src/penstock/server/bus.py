"""Wake-ups: who waits for something to happen, and how those who make it happen ring.

Nothing travels over the bus but the fact that a topic was rung; what happened stands in the database. So a
ring that is lost, or doubled, costs at most a look that finds nothing new.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from penstock.db.port import RESYNC
from penstock.server.bell import Bell
from penstock.server.changes import CHANGED, Changes
from penstock.server.service_health import SERVICES, ServiceBoard
from penstock.server.socket_counts import SocketCounts
from penstock.server.waiting_lines import WaitingLines

POOL = "pool"
"""Runs of a work pool became due, slots became free, or one of its runs is to be cancelled."""
DEPLOYMENT = "deployment"
"""The same of a deployment without a work pool, which some process serves."""
PAUSES = "pauses"
"""A run was paused until a certain time."""
PAUSED_RUN = "paused-run"
"""A run is not paused any more."""
RUN_INPUT = "run-input"
"""Something was said to a run."""
SCHEDULES = "schedules"
"""Schedules were made or changed."""
LOOK = "look"
"""Channel of the notices that say when a schedule is looked at next: its id and the moment."""


def pool_topic(work_pool_id: UUID) -> str:
    """The topic of a work pool's workers."""
    return f"{POOL}:{work_pool_id}"


def deployment_topic(deployment_id: UUID) -> str:
    """The topic of whoever serves a deployment."""
    return f"{DEPLOYMENT}:{deployment_id}"


def paused_run_topic(flow_run_id: UUID) -> str:
    """The topic of who waits for a paused run to go on."""
    return f"{PAUSED_RUN}:{flow_run_id}"


def run_input_topic(flow_run_id: UUID) -> str:
    """The topic of a run that waits for something to be said to it."""
    return f"{RUN_INPUT}:{flow_run_id}"


class Bus:
    """Topics and the bells that hang on them, of one process.

    `on_notice` is handed to `Database.listen`: what a transaction anywhere says with `tx.notify(topic)` rings
    here once it is committed.

    `changes` are for those who want to know what changed, and not only that something did; `sockets` counts
    what came over websockets; `services` knows how the background loops do; in `lines` stand those who wait
    for slots of concurrency limits.
    """

    def __init__(self) -> None:
        self.lines = WaitingLines()
        self.changes = Changes()
        self.sockets = SocketCounts()
        self.services = ServiceBoard()
        self.is_closing = False
        """The server goes away: whoever waits here is to stop."""
        self._bells: defaultdict[str, set[Bell]] = defaultdict(set)
        self._seats: dict[str, Bell] = {}
        self._lock = threading.Lock()

    @contextmanager
    def listening(self, *topics: str, seat: str | None = None) -> Iterator[Bell]:
        """A bell on these topics. Take it before looking at the database, and no ring falls in between.

        Args:
            seat: Of all who name the same one, the last has it; the one before is rung as `replaced`.
        """
        bell = Bell()
        with self._lock:
            for topic in topics:
                self._bells[topic].add(bell)
        if seat is not None:
            self._sit_down(seat, bell)
        try:
            yield bell
        finally:
            with self._lock:
                self._take_down(bell, topics, seat)

    def _sit_down(self, seat: str, bell: Bell) -> None:
        with self._lock:
            before = self._seats.get(seat)
            self._seats[seat] = bell
        if before is not None:
            before.replaced = True
            before.ring()

    def _take_down(self, bell: Bell, topics: tuple[str, ...], seat: str | None) -> None:
        for topic in topics:
            self._bells[topic].discard(bell)
            if not self._bells[topic]:
                del self._bells[topic]
        if seat is not None and self._seats.get(seat) is bell:
            del self._seats[seat]

    def ring(self, topic: str) -> None:
        """Ring all bells of a topic, from any thread."""
        with self._lock:
            bells = list(self._bells.get(topic, ()))
        for bell in bells:
            bell.ring()

    def ring_all(self) -> None:
        """Ring every bell: nobody knows what was missed."""
        with self._lock:
            bells = set().union(*self._bells.values())
        for bell in bells:
            bell.ring()

    def close(self) -> None:
        """Have everybody stop who waits: the server goes away."""
        self.is_closing = True
        self.ring_all()

    def on_notice(self, channel: str, payload: str) -> None:
        """Ring for a notice of the database."""
        if channel == CHANGED:
            self.changes.note(payload)
        elif channel == SERVICES:
            self.services.hear(payload, datetime.now(UTC))
        elif channel == RESYNC:
            self.ring_all()
            self.changes.miss()
        else:
            self.ring(channel if not payload else f"{channel}:{payload}")
