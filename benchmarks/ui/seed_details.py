"""The two runs whose details are large: one of many tasks, one of many log lines."""

import json
import sqlite3
from collections.abc import Iterator
from uuid import UUID

from benchmarks.ui.seed_rows import Dice, Row, insert

NEEDLE = "xylophone"
NEEDLES = 10
STAGE = 1_000
"""Tasks of a mapped group."""
_SECOND = 1_000_000
_LOGGERS = (
    "penstock.flow_runs",
    "penstock.task_runs",
    *(f"shop.{part}" for part in "io checks cache models prices stock mail".split()),
    "stdout",
)
_LEVELS = (20,) * 14 + (10,) * 3 + (30,) * 2 + (40,)
_MESSAGES = (
    "read 4,096 rows of orders in 31 ms",
    "GET https://warehouse.internal/orders?page=17 answered 200 in 12 ms",
    "\x1b[32m✓\x1b[0m chunk is complete, \x1b[1m1,024\x1b[0m rows written",
    "cache: features/eu/2026-11-27 was not there; computing it",
    '{"event": "batch", "rows": 512, "bytes": 88213, "shard": 7, "ok": true}',
    "column 'price': a negative value is left out",
    "waiting for a connection of the pool, 12 of 12 are in use",
)
_TRACEBACK = """Encountered an exception:
Traceback (most recent call last):
  File "/opt/shop/flows.py", line 88, in score
    check_prices(orders)
  File "/opt/shop/checks.py", line 31, in check_prices
    raise ValueError(f"column 'price' has {len(bad)} negative values")
ValueError: column 'price' has 12 negative values"""


def make_tasks(connection: sqlite3.Connection, dice: Dice, run: bytes, count: int) -> None:
    """Task runs of a run: one splits, mapped groups follow one another, each is reduced; the rest publish."""
    rows: list[Row] = []
    states: list[Row] = []
    start = dice.now - 3 * 3600 * _SECOND
    for number, (name, key, parents, at) in enumerate(_graph(count)):
        ids = [rows[parent]["id"] for parent in parents]
        lasts = int(dice.random.lognormvariate(14.5, 0.7))
        row, history = _task(dice, run, f"{name}-{key}", name, key, ids, start + at, lasts, number % 97 == 0)
        rows.append(row)
        states += history
    insert(connection, "task_runs", rows)
    insert(connection, "task_run_states", states)


def _graph(count: int) -> Iterator[tuple[str, int, list[int], int]]:
    """Name, number, what it needs (places in this list) and its beginning, of each task."""
    yield "split", 0, [], 0
    stages = max(1, (count - 2) // (STAGE + 100))
    made, before = 1, [0] * STAGE
    for stage in range(stages):
        own = list(range(made, made + STAGE))
        at = stage * 60 * _SECOND
        for item in range(STAGE):
            yield f"stage_{stage}", item, [before[item]], at + item * 50_000
        yield f"reduce_{stage}", 0, own, at + 56 * _SECOND
        made, before = made + STAGE + 1, own
    for item in range(count - made):
        yield "publish", item, [made - 1], stages * 60 * _SECOND + item * 10_000


def _task(
    dice: Dice,
    run: bytes,
    name: str,
    key: str,
    number: int,
    parents: list[bytes],
    at: int,
    lasts: int,
    is_retried: bool,
) -> tuple[Row, list[Row]]:
    id, end = dice.id(at), at + 50_000 + lasts
    course = [("PENDING", "Pending", at), ("RUNNING", "Running", at + 50_000)]
    if is_retried:
        half = at + 50_000 + lasts // 2
        course += [("SCHEDULED", "AwaitingRetry", half), ("RUNNING", "Retrying", half + lasts // 10)]
    course.append(("COMPLETED", "Completed", end))
    states = [
        {
            "task_run_id": id,
            "sequence": place,
            "id": dice.id(when),
            "type": type_,
            "name": called,
            "timestamp": when,
        }
        for place, (type_, called, when) in enumerate(course, 1)
    ]
    inputs = {"rows": [{"input_type": "task_run", "id": str(UUID(bytes=parent))} for parent in parents]}
    row: Row = {
        "id": id,
        "created": at,
        "updated": end,
        "flow_run_id": run,
        "name": name,
        "task_key": f"shop.{key}",
        "dynamic_key": str(number),
        "task_inputs": json.dumps(inputs if parents else {}),
        "flow_run_run_count": 1,
        "state_id": states[-1]["id"],
        "state_type": "COMPLETED",
        "state_name": "Completed",
        "state_timestamp": end,
        "state_sequence": len(states),
        "run_count": 2 if is_retried else 1,
        "expected_start_time": at,
        "start_time": at + 50_000,
        "end_time": end,
        "total_run_time": lasts,
    }
    return row, states


def make_log(connection: sqlite3.Connection, dice: Dice, run: bytes, count: int) -> None:
    """The lines of a run that has a hundred tasks, and the needle in `NEEDLES` of them."""
    make_tasks(connection, dice, run, 100)
    tasks = [id for (id,) in connection.execute("SELECT id FROM task_runs WHERE flow_run_id = ?", (run,))]
    places = set(dice.random.sample(range(count), min(NEEDLES, count)))
    start, step = dice.now - 3 * 3600 * _SECOND, 3 * 3600 * _SECOND / count
    for first in range(0, count, 50_000):
        numbers = range(first, min(first + 50_000, count))
        lines = [_line(dice, run, tasks, n, start + int(n * step), n in places) for n in numbers]
        insert(connection, "logs", lines)


def _line(dice: Dice, run: bytes, tasks: list[bytes], number: int, at: int, has_needle: bool) -> Row:
    message = f"{_MESSAGES[number % 7]} #{number}"
    if has_needle:
        message = f"{message}: the {NEEDLE} is out of tune"
    elif number % 1_000 == 999:
        message = _TRACEBACK
    return {
        "id": dice.id(at),
        "created": at,
        "timestamp": at,
        "level": 40 if message is _TRACEBACK else _LEVELS[number % 20],
        "name": _LOGGERS[number % 10],
        "message": message,
        "flow_run_id": run,
        "task_run_id": tasks[number % len(tasks)] if number % 4 else None,
    }
