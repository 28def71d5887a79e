"""Fills a SQLite database with a million runs, a run of ten thousand tasks and a log of a million lines.

    python -m benchmarks.ui.seed FILE [--runs N] [--tasks N] [--lines N]

Rows are written directly, without the indexes, which are made anew at the end; that they meet every
constraint is checked. Histories are whole for the newest runs; the others have their last state alone.
"""

import argparse
import json
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.ui import seed_details
from benchmarks.ui.seed_rows import DAY, Dice, Row, insert
from penstock.db.migrations import newest_version
from penstock.db.sqlite import bring_up_to_date
from penstock.domain.default_templates import process_template

RUNS, TASKS, LINES = 1_000_000, 10_000, 1_000_000
FLOWS, DEPLOYMENTS, POOLS = 50, 200, 5
DAYS = 30
WHOLE_HISTORIES = 2_000
_LIVE = {"Running": 120, "Pending": 10, "Late": 60, "Scheduled": 300, "AwaitingRetry": 10}
_ENDS = (("Completed", 0.97), ("Failed", 0.986), ("Crashed", 0.993), ("Cancelled", 1.0))
_TYPES = {"Late": "SCHEDULED", "AwaitingRetry": "SCHEDULED"}
_WORDS = "amber brisk calm dapper eager fabled gentle humble ivory jolly keen lucid merry noble".split()
_ANIMALS = "otter heron lynx marten plover badger ibex wren stoat curlew dunlin egret".split()
_STEMS = "orders customers stock prices returns invoices clicks shipments forecasts suppliers".split()


@dataclass(frozen=True)
class Seeded:
    """What is in the database, for those who measure."""

    runs: int
    tasks_run: str
    """Id of the run with the many tasks."""
    tasks: int
    log_run: str
    """Id of the run with the long log."""
    lines: int
    needle: str
    """A word that is in some ten of its lines."""
    deployment: str
    """Id of a deployment whose runs can be configured."""
    newest: str
    """Name of the newest run that has ended."""
    seconds: float
    """How long it took."""
    bytes: int


_KEPT_SECONDS = 6 * 3600
"""For so long a database passes as one of the last month."""


def kept(folder: Path, runs: int = RUNS, tasks: int = TASKS, lines: int = LINES) -> tuple[Path, Seeded]:
    """A database from an earlier measurement, if it is fresh and its schema is today's; else a new one."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = f"{runs}-{tasks}-{lines}-schema"
    path = folder / f"{kind}-{newest_version()}.db"
    told = path.with_suffix(".json")
    if told.exists() and time.time() - told.stat().st_mtime < _KEPT_SECONDS:
        return path, Seeded(**json.loads(told.read_text()))
    for old in folder.glob(f"{kind}-*"):
        old.unlink()
    seeded = seed(path, runs, tasks, lines)
    told.write_text(json.dumps(asdict(seeded)))
    return path, seeded


def seed(path: Path, runs: int = RUNS, tasks: int = TASKS, lines: int = LINES) -> Seeded:
    """Make the database at `path`, which must not exist, and say what is in it."""
    began = time.perf_counter()
    bring_up_to_date(path, lambda: datetime.now(UTC), 10.0)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "cache_size = -400000",
            "foreign_keys = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
        dice = Dice(time.time_ns() // 1000)
        with _without_indexes(connection):
            places = _make_places(connection, dice)
            newest = _make_runs(connection, dice, places, runs)
            tasks_run, log_run = (_make_special(connection, dice, places, name) for name in ("wide", "wordy"))
            seed_details.make_tasks(connection, dice, tasks_run, tasks)
            seed_details.make_log(connection, dice, log_run, lines)
        _check(connection)
    return Seeded(
        runs=runs,
        tasks_run=_text(tasks_run),
        tasks=tasks,
        log_run=_text(log_run),
        lines=lines,
        needle=seed_details.NEEDLE,
        deployment=_text(places.deployments[0][0]),
        newest=newest,
        seconds=round(time.perf_counter() - began, 1),
        bytes=path.stat().st_size,
    )


@contextmanager
def _without_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction without indexes; they are made again at the end, sorted, which is much quicker."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = connection.execute(query).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("BEGIN")
    yield
    connection.execute("COMMIT")
    for _, made_by in indexes:
        connection.execute(made_by)


def _check(connection: sqlite3.Connection) -> None:
    """Raises `RuntimeError` where a row refers to nothing; all else was checked as it was written."""
    if broken := connection.execute("PRAGMA foreign_key_check").fetchmany(3):
        raise RuntimeError(f"rows refer to nothing: {broken}")


@dataclass(frozen=True)
class _Places:
    flows: list[bytes]
    deployments: list[tuple[bytes, bytes, bytes]]
    """Id, its flow's, its queue's."""


def _make_places(connection: sqlite3.Connection, dice: Dice) -> _Places:
    start = dice.now - DAYS * DAY
    dated = {"created": start, "updated": start}
    queues = []
    for number in range(POOLS):
        pool, queue = dice.id(start), dice.id(start)
        queues.append(queue)
        template = json.dumps(process_template())
        row = {"id": pool, **dated, "name": f"pool-{number}", "type": "process"}
        insert(connection, "work_pools", [row | {"base_job_template": template, "default_queue_id": queue}])
        queue_row = {"id": queue, **dated, "work_pool_id": pool, "name": "default", "last_polled": dice.now}
        insert(connection, "work_queues", [queue_row])
        heard = {"last_heartbeat_time": dice.now, "heartbeat_interval_seconds": 86_400}
        insert(
            connection,
            "workers",
            [{"id": dice.id(start), **dated, **heard, "work_pool_id": pool, "name": "w"}],
        )
    flows = [dice.id(start) for _ in range(FLOWS)]
    names = (f"{_STEMS[number % 10]}-{number // 10}" for number in range(FLOWS))
    insert(
        connection,
        "flows",
        [{"id": id, **dated, "name": name} for id, name in zip(flows, names, strict=True)],
    )
    deployments = [(dice.id(start), flows[n % FLOWS], queues[n % POOLS]) for n in range(DEPLOYMENTS)]
    insert(
        connection,
        "deployments",
        [_deployment(number, *deployment) | dated for number, deployment in enumerate(deployments)],
    )
    return _Places(flows, deployments)


def _deployment(number: int, id: bytes, flow: bytes, queue: bytes) -> Row:
    env = {"LOG_LEVEL": "INFO", "REGION": "eu-west-1", **{f"KEY_{key}": str(key) for key in range(12)}}
    schema = {
        "type": "object",
        "properties": {"day": {"type": "string", "format": "date"}, "region": {"type": "string"}},
    }
    return {
        "id": id,
        "flow_id": flow,
        "work_queue_id": queue,
        "name": f"deployment-{number}",
        "tags": json.dumps(["production" if number % 4 else "staging"]),
        "parameters": '{"region": "eu"}',
        "parameter_openapi_schema": json.dumps(schema),
        "job_variables": json.dumps({"env": env}),
        "entrypoint": "flows.py:run",
    }


def _make_runs(connection: sqlite3.Connection, dice: Dice, places: _Places, count: int) -> str:
    """The runs and their states; the name of the newest that has ended."""
    live = [name for name, number in _LIVE.items() for _ in range(number)] if count >= 10_000 else []
    ended = count - len(live)
    newest = ""

    def runs() -> Iterator[tuple[str, int]]:
        first, step = dice.now - DAYS * DAY, DAYS * DAY / ended
        for number in range(ended):
            chance = dice.random.random()
            yield next(name for name, share in _ENDS if chance < share), first + int(number * step)
        for number, name in enumerate(live):
            ahead = name == "Scheduled"
            yield name, dice.now + (number + 1) * 60_000_000 * (1 if ahead else -1) // (1 if ahead else 10)

    def whole() -> Iterator[tuple[Row, list[Row]]]:
        nonlocal newest
        for number, (name, due) in enumerate(runs()):
            row, states = _run(dice, places, number, name, due, is_new=ended - number <= WHOLE_HISTORIES)
            newest = row["name"] if number < ended else newest
            yield row, states

    for chunk in _chunks(whole(), 20_000):
        insert(connection, "flow_runs", [row for row, _ in chunk])
        insert(connection, "flow_run_states", [state for _, states in chunk for state in states])
    return newest


def _run(
    dice: Dice, places: _Places, number: int, name: str, due: int, *, is_new: bool
) -> tuple[Row, list[Row]]:
    random = dice.random
    deployment, flow, queue = places.deployments[random.randrange(DEPLOYMENTS)]
    type_ = _TYPES.get(name, name.upper())
    start = due + int(random.expovariate(1 / 2_000_000))
    lasts = int(random.lognormvariate(17, 1.2))  # half a minute, and sometimes a long one
    is_over, has_begun = type_ in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"), type_ != "SCHEDULED"
    if is_over:
        start, lasts = min(start, dice.now - 2), min(lasts, max(1, dice.now - start - 1))
    course = [("SCHEDULED", "Scheduled", due - 60_000_000)]
    if has_begun or name == "AwaitingRetry":
        course += [("PENDING", "Pending", due), ("RUNNING", "Running", start)]
    if is_over or name == "AwaitingRetry":
        course.append((type_, name, start + lasts))
    elif name == "Late":
        course.append(("SCHEDULED", "Late", due + 15_000_000))
    elif name == "Pending":
        course.pop()
    course = course if is_new else course[-1:]
    id, (_, _, last) = dice.id(due - 60_000_000), course[-1]
    states = [
        {
            "flow_run_id": id,
            "sequence": place,
            "id": dice.id(at),
            "type": kind,
            "name": called,
            "timestamp": at,
        }
        for place, (kind, called, at) in enumerate(course, 1)
    ]
    row: Row = {
        "id": id,
        "created": due - 60_000_000,
        "updated": last,
        "flow_id": flow,
        "name": f"{_WORDS[number % 14]}-{_ANIMALS[number % 12]}-{number}",
        "deployment_id": deployment,
        "work_queue_id": queue,
        "parameters": '{"region": "eu"}' if number % 3 else '{"region": "us", "day": "2026-11-27"}',
        "tags": '["production"]' if number % 4 else '["staging", "backfill"]',
        "job_variables": '{"env": {"LOG_LEVEL": "DEBUG"}}' if number % 10 == 0 else None,
        "job_variables_origin": "cli" if number % 10 == 0 else None,
        "auto_scheduled": number % 5 > 0,
        "state_id": states[-1]["id"],
        "state_type": type_,
        "state_name": name,
        "state_timestamp": last,
        "state_sequence": len(states),
        "run_count": int(has_begun and type_ != "PENDING"),
        "expected_start_time": due,
        "next_scheduled_start_time": due if type_ == "SCHEDULED" else None,
        "start_time": start if has_begun and type_ != "PENDING" else None,
        "end_time": start + lasts if is_over else None,
        "total_run_time": lasts if is_over else 0,
    }
    return row, states


def _make_special(connection: sqlite3.Connection, dice: Dice, places: _Places, name: str) -> bytes:
    """A run that has just completed, for the details."""
    due = dice.now - 3 * 3_600_000_000
    row, states = _run(dice, places, 0, "Completed", due, is_new=True)
    insert(connection, "flow_runs", [row | {"name": name, "start_time": due, "end_time": dice.now}])
    insert(connection, "flow_run_states", states)
    return bytes(row["id"])


def _chunks(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    chunk = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    yield chunk


def _text(id: bytes) -> str:
    found = id.hex()
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))


def main() -> int:
    """Make one from the command line; prints what is in it as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ui.seed", description="Fill a database.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--tasks", type=int, default=TASKS)
    parser.add_argument("--lines", type=int, default=LINES)
    wanted = parser.parse_args()
    print(json.dumps(asdict(seed(wanted.file, wanted.runs, wanted.tasks, wanted.lines)), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
