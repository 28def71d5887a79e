"""Ten thousand runs at the peer as well: some are made through its API, the others are copies of those."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from benchmarks.rest import Rest
from benchmarks.sides import Running

RUNS = 10_000
_DAYS = 30
_STATES = {"COMPLETED": 0.97, "FAILED": 0.986, "CRASHED": 0.993, "CANCELLED": 1.0}
"""As in ours (`seed.py`)."""
_PATIENCE = 10
"""How often it is asked again."""
_BATCH = 1_000


def fill(server: Running, runs: int = RUNS) -> None:
    """Give the peer's running server so many runs that have ended, over a month."""
    flow_runs = dict(_examples(server))
    with closing(sqlite3.connect(server.home / "prefect.db", timeout=120, isolation_level=None)) as database:
        database.row_factory = sqlite3.Row
        examples = {state: _rows(database, run) for state, run in flow_runs.items()}
        for first in range(0, runs, _BATCH):
            _write(database, examples, range(first, min(first + _BATCH, runs)), runs)


def _examples(server: Running) -> Iterator[tuple[str, str]]:
    """A run in each of the states, by the peer's own API."""

    def call(method: str, path: str, body: Any) -> Any:
        for patience in range(_PATIENCE, -1, -1):
            try:
                return Rest(server.port).call(method, path, body)
            except ConnectionError:  # shortly after its start it closes some at once
                if not patience:
                    raise
                time.sleep(0.5)
        return None

    deployment = Rest(server.port).deploy("orders", "flows.py:orders", "/")
    for state in _STATES:
        run = call("POST", f"/deployments/{deployment}/create_flow_run", {})["id"]
        for type_ in ("PENDING", "RUNNING", state):
            call("POST", f"/flow_runs/{run}/set_state", {"state": {"type": type_}, "force": True})
        yield state, run


def _rows(database: sqlite3.Connection, run: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run's row and that of its last state."""
    row = dict(database.execute("SELECT * FROM flow_run WHERE id = ?", (run,)).fetchone())
    state = database.execute("SELECT * FROM flow_run_state WHERE id = ?", (row["state_id"],)).fetchone()
    return row, dict(state)


def _write(
    database: sqlite3.Connection,
    examples: dict[str, tuple[dict[str, Any], dict[str, Any]]],
    numbers: range,
    runs: int,
) -> None:
    copies = [_copy(examples, number, runs) for number in numbers]
    database.execute("BEGIN IMMEDIATE")
    # A run refers to its last state, which refers to the run.
    database.execute("PRAGMA defer_foreign_keys = ON")
    for table, rows in (("flow_run", [run for run, _ in copies]), ("flow_run_state", [s for _, s in copies])):
        columns, places = ", ".join(rows[0]), ", ".join("?" * len(rows[0]))
        insert = f"INSERT INTO {table} ({columns}) VALUES ({places})"
        database.executemany(insert, [tuple(row.values()) for row in rows])
    database.execute("COMMIT")


def _copy(
    examples: dict[str, tuple[dict[str, Any], dict[str, Any]]], number: int, runs: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    dice = Random(number)
    chance = dice.random()
    run, state = examples[next(state for state, share in _STATES.items() if chance < share)]
    due = datetime.now(UTC) - timedelta(days=_DAYS) * (1 - number / runs) - timedelta(seconds=600)
    start = due + timedelta(seconds=dice.expovariate(0.5))
    end = start + timedelta(seconds=min(500.0, dice.lognormvariate(3.2, 1.2)))
    run_id, state_id = (str(UUID(int=dice.getrandbits(128), version=4)) for _ in range(2))
    times = {"created": _text(due), "expected_start_time": _text(due), "start_time": _text(start)}
    ends = {"end_time": _text(end), "state_timestamp": _text(end), "updated": _text(end)}
    took = {"total_run_time": _text(datetime(1970, 1, 1, tzinfo=UTC) + (end - start))}
    name = {"id": run_id, "name": f"brisk-otter-{number}", "state_id": state_id}
    of_state = {"id": state_id, "flow_run_id": run_id, "timestamp": _text(end)}
    return run | times | ends | took | name, state | of_state


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
