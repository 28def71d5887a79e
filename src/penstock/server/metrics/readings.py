"""What is read when somebody asks: of the database, of the services, of the process."""

import os
import resource
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from penstock.contract.services import ServiceReport
from penstock.db.port import Database, Transaction
from penstock.db.statements import amounts as statements
from penstock.db.statements import tallies
from penstock.db.statements.tallies import Tallied
from penstock.db.tables import flow_runs
from penstock.db.troubles import REASONS
from penstock.db.waits import WAIT_BOUNDS
from penstock.domain.errors import PenstockError
from penstock.server.bus import Bus
from penstock.server.metrics.kinds import Sample, gauge, head, histogram_lines, samples

_KEPT_SECONDS = 15.0
"""For which the amounts of the database are told again without a look: counting may take a while."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


class _Amounts(Struct, frozen=True):
    """How much there is in the database."""

    runs: dict[str, int]
    leases: dict[str, int]
    outbox: int


class Readings:
    """Reads, and remembers what took a while to read."""

    def __init__(self) -> None:
        self._amounts: _Amounts | None = None
        self._read = float("-inf")

    async def lines(self, db: Database, bus: Bus, now: datetime) -> list[str]:
        """All of it, as text. What the database can't say now is left out, and that is told."""
        amounts = await self._looked_up(db)
        found = [
            *gauge("penstock_database_up", "Whether the database answers.", (), [((), amounts is not None)])
        ]
        if amounts is not None:
            found += _amount_lines(amounts)
        found += _wait_lines(db)
        found += _retry_lines(db)
        found += _socket_lines(bus)
        found += _service_lines(bus, now)
        found += _process_lines()
        return found

    async def _looked_up(self, db: Database) -> _Amounts | None:
        if self._amounts is None or time.monotonic() - self._read > _KEPT_SECONDS:
            try:
                self._amounts = await db.read(_look)
            except PenstockError:
                self._amounts = None
            self._read = time.monotonic()
        return self._amounts


async def _look(tx: Transaction) -> _Amounts:
    runs = await tx.fetch_all(tallies.by_state_type(Tallied(flow_runs), tx.now))
    held = await tx.fetch_all(statements.leases_by_kind())
    return _Amounts(
        runs={row["state_type"]: row["count"] for row in runs if row["count"]},
        leases={row["kind"]: row["number"] for row in held},
        outbox=await tx.fetch_value(statements.outbox()),
    )


def _amount_lines(found: _Amounts) -> Iterator[str]:
    runs: list[Sample] = [((type_,), number) for type_, number in sorted(found.runs.items())]
    yield from gauge("penstock_flow_runs", "Flow runs by the type of their state.", ("type",), runs)
    held: list[Sample] = [((kind,), number) for kind, number in sorted(found.leases.items())]
    yield from gauge("penstock_leases", "Leases that are held, by kind.", ("kind",), held)
    yield from gauge(
        "penstock_event_outbox", "Events that automations have not seen yet.", (), [((), found.outbox)]
    )


def _wait_lines(db: Database) -> Iterator[str]:
    name = "penstock_database_wait_seconds"
    yield from head("histogram", name, "Seconds for which transactions waited for their turn.")
    yield from histogram_lines(name, (), (), WAIT_BOUNDS, db.waits.classes, db.waits.seconds)


def _retry_lines(db: Database) -> Iterator[str]:
    counted: list[Sample] = [((reason,), db.troubles.retries[reason]) for reason in REASONS]
    name, help = "penstock_database_retries_total", "Transactions that were begun anew, by the reason."
    yield from samples("counter", name, help, ("reason",), counted)


def _socket_lines(bus: Bus) -> Iterator[str]:
    counts = bus.sockets
    yield from gauge("penstock_websockets_open", "Websockets that are open.", (), [((), counts.open)])
    refused: list[Sample] = [((), counts.refused)]
    help = "Websockets that were refused because too many were open."
    yield from samples("counter", "penstock_websockets_refused_total", help, (), refused)
    events: list[Sample] = [(("received",), counts.received), (("dropped",), counts.dropped)]
    help = "Events that came over websockets: kept, or impossible to keep."
    yield from samples("counter", "penstock_websocket_events_total", help, ("outcome",), events)


_SERVICE = ("service", "where")


def _service_lines(bus: Bus, now: datetime) -> Iterator[str]:
    """By name, and whether it is one of this process: ids of processes would be ever new labels."""
    by_key: dict[tuple[str, str], list[ServiceReport]] = {}
    for each in bus.services.all(now):
        where = "here" if each.process == bus.services.process else "elsewhere"
        by_key.setdefault((each.name, where), []).append(each)
    lags: list[Sample] = [(key, max(each.lag for each in some)) for key, some in by_key.items()]
    yield from gauge(
        "penstock_service_lag_seconds", "How much too late the last round began.", _SERVICE, lags
    )
    since = [(key, _since_success(some, now)) for key, some in by_key.items()]
    name, help = "penstock_service_since_success_seconds", "Seconds since a round succeeded."
    yield from gauge(name, help, _SERVICE, [(key, value) for key, value in since if value is not None])
    stuck: list[Sample] = [(key, any(each.state == "stuck" for each in some)) for key, some in by_key.items()]
    yield from gauge("penstock_service_stuck", "Whether it needs somebody.", _SERVICE, stuck)
    for what, help in (("rounds", "Rounds."), ("done", "Things done."), ("errors", "Rounds that failed.")):
        sums: list[Sample] = [
            (key, sum(getattr(each, what) for each in some)) for key, some in by_key.items()
        ]
        yield from samples("counter", f"penstock_service_{what}_total", help, _SERVICE, sums)


def _since_success(some: list[ServiceReport], now: datetime) -> float | None:
    ages = [(now - each.last_success).total_seconds() for each in some if each.last_success is not None]
    return min(ages, default=None)


def _process_lines() -> Iterator[str]:
    name = "process_resident_memory_bytes"
    yield from gauge(name, "Resident memory size in bytes.", (), [((), _resident())])
    name, help = "process_cpu_seconds_total", "User and system CPU time in seconds."
    yield from samples("counter", name, help, (), [((), time.process_time())])


def _resident() -> int:
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE
    except OSError:  # no /proc: the most that it ever had
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
