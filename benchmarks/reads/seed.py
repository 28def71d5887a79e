"""Fills a database with a million runs, five million task runs and ten million lines of logs.

Rows are made where they are to be, by the database itself, in the order of time, and without the indexes,
which are made anew at the end as the migrations made them. Histories are whole for the newest tenth; the
others have their last state alone.
"""

import json
import time
from collections.abc import Iterator
from typing import Any, Protocol
from uuid import UUID

from benchmarks.reads import rows
from benchmarks.reads.rows import Sizes, dice, due, id_, place, run_of_task, word
from penstock.db.statements.events import resource_hash
from penstock.domain.default_templates import process_template

_STEP = 250_000
_MIXER = 133_449_889_267
"""Odd, so that different numbers stay different; small, so that nothing overflows."""


class Database(Protocol):
    """What is filled."""

    def execute(self, sql: str) -> None:
        """Run a statement, in which `$id`, `$uuid`, `$json` and `$jsonb` stand for what the database says."""

    def ids(self, sql: str) -> list[str]:
        """The ids that a query finds, as texts."""

    def add(self, table: str, columns: tuple[str, ...], records: list[tuple[Any, ...]]) -> None:
        """Insert rows; ids are `UUID`."""


def fill(database: Database, sizes: Sizes, now: int) -> None:
    """Write everything. `now` is in microseconds since 1970, and what is under way ends there."""
    start = now - rows.DAYS * rows.DAY
    _places(database, start, now)
    runs, tasks = _Runs(sizes, now), _Tasks(sizes, now)
    _many(database, sizes.runs, runs.rows(), runs.last_states(), runs.earlier_states())
    _many(database, sizes.tasks, tasks.rows(), tasks.last_states(), tasks.earlier_states())
    _many(database, sizes.lines, tasks.lines())
    for first in range(0, sizes.events, _STEP):
        _events(database, sizes, now, range(first, min(first + _STEP, sizes.events)))


def _many(database: Database, count: int, *statements: str) -> None:
    """Statements over `numbers`, some at a time."""
    began = time.perf_counter()
    for first in range(0, count, _STEP):
        last = min(first + _STEP, count) - 1
        for statement in statements:
            database.execute(statement.replace("$first", str(first)).replace("$last", str(last)))
    print(f"seed: {statements[0].split()[2]}: {time.perf_counter() - began:.0f} s", flush=True)


_NUMBERS = """WITH RECURSIVE numbers(n) AS (
    SELECT CAST($first AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < $last)"""


def _insert(table: str, columns: dict[str, str], source: str = "numbers", where: str = "") -> str:
    names, values = ", ".join(columns), ",\n  ".join(columns.values())
    condition = f"WHERE {where}" if where else ""
    return f"INSERT INTO {table} ({names}) {_NUMBERS} SELECT {values}\n FROM {source} {condition}"


def _few(database: Database, table: str, count: int, columns: dict[str, str]) -> None:
    statement = _insert(table, columns).replace("$first", "0").replace("$last", str(count - 1))
    database.execute(statement)


def _json(text: str, kind: str = "$json") -> str:
    return f"CAST({text} AS {kind})"


def _places(database: Database, start: int, now: int) -> None:
    dated = {"created": str(start), "updated": str(start)}

    def of(kind: int, number: str = "n") -> str:
        return id_(str(start), number, kind)

    template = json.dumps(process_template()).replace("'", "''")
    pool = {"name": "'pool-' || n", "type": "'process'", "base_job_template": _json(f"'{template}'")}
    default = {"default_queue_id": of(rows.QUEUE)}
    _few(database, "work_pools", rows.POOLS, {"id": of(rows.POOL), **dated, **pool, **default})
    name = f"CASE WHEN n < {rows.POOLS} THEN 'default' ELSE 'queue-' || n END"
    queue = {"work_pool_id": of(rows.POOL, f"(n % {rows.POOLS})"), "name": name, "last_polled": str(now)}
    _few(database, "work_queues", rows.QUEUES, {"id": of(rows.QUEUE), **dated, **queue})
    flow = {"name": "'flow-' || n", "tags": _json("""'["team-' || (n % 20) || '"]'""", "$jsonb")}
    _few(database, "flows", rows.FLOWS, {"id": of(rows.FLOW), **dated, **flow})
    schema = '{"type": "object", "properties": {"day": {"type": "string"}, "region": {"type": "string"}}}'
    env = json.dumps({"env": {"LOG_LEVEL": "INFO", **{f"KEY_{key}": str(key) for key in range(12)}}})
    deployment = {
        "id": of(rows.DEPLOYMENT),
        **dated,
        "flow_id": of(rows.FLOW, f"(n % {rows.FLOWS})"),
        "work_queue_id": of(rows.QUEUE, f"(n % {rows.QUEUES})"),
        "name": "'deployment-' || n",
        "tags": _json("""'["team-' || (n % 20) || '", "production"]'""", "$jsonb"),
        "parameter_openapi_schema": _json(f"'{schema}'"),
        "job_variables": _json(f"'{env}'"),
        "entrypoint": "'flows.py:run'",
    }
    _few(database, "deployments", rows.DEPLOYMENTS, deployment)


class _Runs:
    """Flow runs."""

    def __init__(self, sizes: Sizes, now: int) -> None:
        self._sizes, self._now = sizes, now
        self._due = due("n", sizes, now)
        self._start = f"({self._due} + {dice('n', 3)} * 60)"
        # Half a minute, and sometimes a long one.
        self._lasts = f"(1000000 + {dice('n', 4)} * {dice('n', 4)} / 100 * (1 + n % 50 / 49 * 20))"
        self._live = f"n >= {sizes.runs - rows.LIVE}"
        self._future = f"n >= {sizes.runs - rows.LIVE // 2}"
        ends = f"{self._start} + {self._lasts}"
        self._end = f"CASE WHEN {ends} > {now - 2} THEN {now - 2} ELSE {ends} END"

    def _id(self) -> str:
        return id_(self._due, "n", rows.RUN)

    def _state(self, live: dict[str, str], ended: dict[str, str]) -> str:
        lucky = dice("n", 5)
        return f"""CASE WHEN {self._future} THEN {live["future"]}
            WHEN {self._live} AND n % 3 = 0 THEN {live["late"]}
            WHEN {self._live} AND n % 30 = 1 THEN {live["pending"]}
            WHEN {self._live} THEN {live["running"]}
            WHEN n % 100003 = 5 THEN {ended["rare"]}
            WHEN {lucky} < 1200 THEN {ended["cached"]} WHEN {lucky} < 61000 THEN {ended["completed"]}
            WHEN {lucky} < 64000 THEN {ended["failed"]} WHEN {lucky} < 64500 THEN {ended["crashed"]}
            WHEN {lucky} < 65000 THEN {ended["timed_out"]} ELSE {ended["cancelled"]} END"""

    def _type(self) -> str:
        live = {
            "future": "'SCHEDULED'",
            "late": "'SCHEDULED'",
            "pending": "'PENDING'",
            "running": "'RUNNING'",
        }
        ended = {"rare": "'FAILED'", "cached": "'COMPLETED'", "completed": "'COMPLETED'"}
        ended |= {"failed": "'FAILED'", "crashed": "'CRASHED'", "timed_out": "'FAILED'"}
        return self._state(live, ended | {"cancelled": "'CANCELLED'"})

    def _name(self) -> str:
        live = {"future": "'Scheduled'", "late": "'Late'", "pending": "'Pending'", "running": "'Running'"}
        ended = {"rare": f"'{rows.RARE_STATE}'", "cached": "'Cached'", "completed": "'Completed'"}
        ended |= {"failed": "'Failed'", "crashed": "'Crashed'", "timed_out": "'TimedOut'"}
        return self._state(live, ended | {"cancelled": "'Cancelled'"})

    def _at(self) -> str:
        """When the last state began."""
        return (
            f"CASE WHEN {self._future} OR ({self._live} AND n % 30 = 1) THEN {self._due} - 60000000"
            f" WHEN {self._live} AND n % 3 = 0 THEN {self._due} + 15000000"
            f" WHEN {self._live} THEN {self._start} ELSE {self._end} END"
        )

    def rows(self) -> str:
        """The runs."""
        s = self._now - rows.DAYS * rows.DAY
        where, waits = place("n"), f"({self._future} OR ({self._live} AND n % 3 = 0))"
        has_begun = f"NOT {self._future} AND NOT ({self._live} AND (n % 3 = 0 OR n % 30 = 1))"
        team, data = f"({where} % {rows.TEAMS})", f"({dice('n', 6)} * {dice('n', 6)} * 3000 / 4294967296)"
        tags = f"""CASE WHEN n % 7 = 0 THEN '[]'
            ELSE '["team-' || {team} || '", "ds-' || {data} || '", "production"]' END"""
        parameters = """'{"region": "' || CASE WHEN n % 3 = 0 THEN 'eu' ELSE 'us' END
            || '", "day": "2026-11-' || (10 + n % 20) || '", "batch": ' || n || '}'"""
        parent = f"({dice('n', 7)} * {max(1, self._sizes.tasks // 65536)})"
        parent_run = run_of_task(parent, self._sizes)
        parent_at = due(f"({parent_run})", self._sizes, self._now)
        columns = {
            "id": self._id(),
            "created": f"{self._due} - 60000000",
            "updated": self._at(),
            "flow_id": f"CASE WHEN n % 10 = 9 THEN {id_(str(s), f'(n % {rows.FLOWS})', rows.FLOW)}"
            f" ELSE {id_(str(s), f'({where} % {rows.FLOWS})', rows.FLOW)} END",
            "name": f"{word(rows._WORDS, 'n / 7')} || '-' || {word(rows._ANIMALS, 'n')} || '-' || n",
            "deployment_id": f"CASE WHEN n % 10 = 9 THEN NULL ELSE {id_(str(s), where, rows.DEPLOYMENT)} END",
            "work_queue_id": "CASE WHEN n % 10 = 9 THEN NULL"
            f" ELSE {id_(str(s), f'({where} % {rows.QUEUES})', rows.QUEUE)} END",
            "parent_task_run_id": f"CASE WHEN n % 20 = 7 THEN {id_(parent_at, parent, rows.TASK)} END",
            "parameters": _json(parameters),
            "tags": _json(tags, "$jsonb"),
            "job_variables": _json("""CASE WHEN n % 10 = 0 THEN '{"env": {"LOG_LEVEL": "DEBUG"}}' END"""),
            "job_variables_origin": "CASE WHEN n % 10 = 0 THEN 'cli' END",
            "idempotency_key": "CASE WHEN n % 10 <> 9 THEN 'scheduled ' || n END",
            "auto_scheduled": "n % 10 <> 9",
            "state_id": id_(self._due, "n", rows.FLOW_STATE),
            "state_type": self._type(),
            "state_name": self._name(),
            "state_timestamp": self._at(),
            "state_sequence": "4",
            "run_count": f"CASE WHEN {has_begun} THEN 1 ELSE 0 END",
            "expected_start_time": self._due,
            "next_scheduled_start_time": f"CASE WHEN {waits} THEN {self._due} END",
            "start_time": f"CASE WHEN {has_begun} THEN {self._start} END",
            "end_time": f"CASE WHEN NOT ({self._live}) THEN {self._end} END",
            "total_run_time": f"CASE WHEN {self._live} THEN 0 ELSE {self._lasts} END",
        }
        return _insert("flow_runs", columns)

    def last_states(self) -> str:
        """The states that they are in."""
        columns = {
            "flow_run_id": self._id(),
            "sequence": "4",
            "id": id_(self._due, "n", rows.FLOW_STATE),
            "type": self._type(),
            "name": self._name(),
            "timestamp": self._at(),
            "message": "CASE WHEN n % 20 = 0 THEN 'Flow run encountered an exception: ValueError' END",
        }
        return _insert("flow_run_states", columns)

    def earlier_states(self) -> str:
        """Those before, of the newest tenth that has ended."""
        columns = {
            "flow_run_id": self._id(),
            "sequence": "s",
            "id": id_(self._due, "(n * 4 + s)", rows.FLOW_STATE + 16),
            "type": "CASE s WHEN 1 THEN 'SCHEDULED' WHEN 2 THEN 'PENDING' ELSE 'RUNNING' END",
            "name": "CASE s WHEN 1 THEN 'Scheduled' WHEN 2 THEN 'Pending' ELSE 'Running' END",
            "timestamp": f"CASE s WHEN 1 THEN {self._due} - 60000000 WHEN 2 THEN {self._due}"
            f" ELSE {self._start} END",
        }
        newest = f"n >= {self._sizes.runs * 9 // 10} AND n < {self._sizes.runs - rows.LIVE}"
        return _insert("flow_run_states", columns, f"numbers CROSS JOIN {_STEPS}", newest)


_STEPS = "(SELECT 1 AS s UNION ALL SELECT 2 UNION ALL SELECT 3) AS steps"


class _Tasks:
    """Task runs, and the lines that they log."""

    def __init__(self, sizes: Sizes, now: int) -> None:
        self._sizes, self._now = sizes, now
        self._source = f"""(SELECT n, due, due + n % 977 * 100000 + 5000000 AS start FROM (
            SELECT n, {due("run", sizes, now)} AS due FROM (
            SELECT n, {run_of_task("n", sizes)} AS run FROM numbers) AS a) AS b) AS c"""

    _lasts = f"(20000 + {dice('n', 8)} * {dice('n', 8)} / 1000)"

    def _id(self) -> str:
        return id_("due", "n", rows.TASK)

    def _run(self, number: str) -> str:
        return id_("due", run_of_task(number, self._sizes), rows.RUN)

    def _ends(self, *names: str) -> str:
        lucky = dice("n", 9)
        rare, cached, completed, failed, retried, cancelled = names
        return f"""CASE WHEN n % 500009 = 3 THEN '{rare}' WHEN {lucky} < 3000 THEN '{cached}'
            WHEN {lucky} < 63500 THEN '{completed}' WHEN {lucky} < 64800 THEN '{failed}'
            WHEN {lucky} < 65300 THEN '{retried}' ELSE '{cancelled}' END"""

    def _type(self) -> str:
        return self._ends("FAILED", "COMPLETED", "COMPLETED", "FAILED", "FAILED", "CANCELLED")

    def _name(self) -> str:
        return self._ends(rows.RARE_STATE, "Cached", "Completed", "Failed", "TimedOut", "Cancelled")

    def rows(self) -> str:
        """The task runs. Those of the wide run are in ranks of a thousand, each fed by the one before."""
        kind = word("extractclean  join   train  score  publishreport notify ", "n")
        before = id_("due", "(n - 1000)", rows.TASK)
        inputs = f"""CASE WHEN n >= 1000 AND n < {self._sizes.wide}
            THEN '{{"rows": [{{"input_type": "task_run", "id": "' || $text({before}) || '"}}]}}'
            ELSE '{{}}' END"""
        tags = f"""CASE WHEN n % 5 = 0 THEN '["ds-' || ({dice("n", 6)} * 3000 / 65536) || '", "nightly"]'
            ELSE '[]' END"""
        columns = {
            "id": self._id(),
            "created": "start",
            "updated": f"start + {self._lasts}",
            "flow_run_id": f"CASE WHEN n % 100 = 99 AND n >= {self._sizes.wide} THEN NULL"
            f" ELSE {self._run('n')} END",
            "name": f"{kind} || '-' || n",
            "task_key": f"'shop.' || {kind}",
            "dynamic_key": "CAST(n AS TEXT)",
            "task_inputs": _json(inputs),
            "tags": _json(tags, "$jsonb"),
            "flow_run_run_count": "1",
            "state_id": id_("due", "n", rows.TASK_STATE),
            "state_type": self._type(),
            "state_name": self._name(),
            "state_timestamp": f"start + {self._lasts}",
            "state_sequence": "3",
            "run_count": "1",
            "expected_start_time": "start - 5000",
            "start_time": "start",
            "end_time": f"start + {self._lasts}",
            "total_run_time": self._lasts,
        }
        return _insert("task_runs", columns, self._source)

    def last_states(self) -> str:
        """The states that they are in."""
        end = f"start + {self._lasts}"
        columns = {"task_run_id": self._id(), "sequence": "3", "id": id_("due", "n", rows.TASK_STATE)}
        columns |= {"type": self._type(), "name": self._name(), "timestamp": end, "received": end}
        return _insert("task_run_states", columns, self._source)

    def earlier_states(self) -> str:
        """Those before, of the newest tenth."""
        state = id_("due", "(n * 2 + s)", rows.TASK_STATE + 16)
        at = "start - 5000 * (2 - s)"
        columns = {
            "task_run_id": self._id(),
            "sequence": "s",
            "id": state,
            "type": "CASE s WHEN 1 THEN 'PENDING' ELSE 'RUNNING' END",
            "name": "CASE s WHEN 1 THEN 'Pending' ELSE 'Running' END",
            "timestamp": at,
            "received": at,
        }
        newest = f"n >= {self._sizes.tasks * 9 // 10} AND s < 3"
        return _insert("task_run_states", columns, f"{self._source} CROSS JOIN {_STEPS}", newest)

    def lines(self) -> str:
        """The lines of logs, in the order of time: one log is long."""
        sizes = self._sizes
        task = f"((n - {sizes.long}) * {sizes.tasks} / {sizes.lines - sizes.long})"
        run = f"CASE WHEN n < {sizes.long} THEN {sizes.long_run} ELSE {run_of_task('t', sizes)} END"
        source = f"""(SELECT n, t, run, due, due + n % 100003 * 5000 AS at FROM (
            SELECT n, t, run, {due("run", sizes, self._now)} AS due FROM (
            SELECT n, t, {run} AS run FROM (
            SELECT n, {task} AS t FROM numbers) AS a) AS b) AS c) AS d"""
        message = f"""CASE WHEN n % 1000003 = 17 THEN 'the {rows.NEEDLE} is out of tune, batch ' || n
            WHEN n % 1000 = 999 THEN 'Encountered an exception: ValueError in row ' || n || ' of checks.py:31'
            WHEN n % 3 = 0 THEN 'read 4,096 rows of orders in 31 ms, batch ' || n
            WHEN n % 3 = 1 THEN 'GET https://warehouse.internal/orders?page=' || n || ' answered 200 in 12 ms'
            ELSE 'chunk ' || n || ' is complete, 1,024 rows written' END"""
        at_task = f"CASE WHEN n < {sizes.long} OR n % 4 = 0 THEN NULL ELSE {id_('due', 't', rows.TASK)} END"
        columns = {
            "id": id_("at", "n", rows.LOG),
            "created": "at",
            "timestamp": "at",
            "level": "CASE WHEN n % 1000 = 999 THEN 40 WHEN n % 20 < 14 THEN 20 WHEN n % 20 < 17 THEN 10"
            " WHEN n % 20 < 19 THEN 30 ELSE 20 END",
            "name": "CASE WHEN n % 4 = 0 THEN 'penstock.flow_runs' ELSE 'penstock.task_runs' END",
            "message": message,
            "flow_run_id": id_("due", "run", rows.RUN),
            "task_run_id": at_task,
        }
        return _insert("logs", columns, source)


def _events(database: Database, sizes: Sizes, now: int, numbers: range) -> None:
    """Events of the newest runs: four of each, which its flow, its deployment and two tags have part in."""
    start = now - rows.DAYS * rows.DAY
    events: list[tuple[Any, ...]] = []
    parts: set[tuple[Any, ...]] = set()
    kinds = ("Scheduled", "Pending", "Running", "Completed")
    spread = rows.DAYS * rows.DAY // 3 // max(1, sizes.events)
    for n in numbers:
        at = now - (sizes.events - n) * spread
        kind = "Failed" if n % 97 == 3 else kinds[n % 4]
        run = f"prefect.flow-run.{UUID(bytes=identity(start, n // 4, rows.RUN))}"
        flow = f"prefect.flow.{UUID(bytes=identity(start, n // 4 % rows.FLOWS, rows.FLOW))}"
        deployment = UUID(bytes=identity(start, n // 4 % rows.DEPLOYMENTS, rows.DEPLOYMENT))
        related = [
            (flow, "flow"),
            (f"prefect.deployment.{deployment}", "deployment"),
            (f"prefect.tag.team-{n // 4 % 20}", "tag"),
            (f"prefect.tag.ds-{n // 4 % 3000}", "tag"),
        ]
        labels = {"prefect.resource.id": run, "prefect.resource.name": f"brisk-otter-{n // 4}"}
        labels |= {"prefect.state-name": kind, "prefect.state-type": kind.upper(), "prefect.run-count": "1"}
        told = [{"prefect.resource.id": id, "prefect.resource.role": role} for id, role in related]
        id = UUID(bytes=identity(at, n, 15))
        payload = '{"intended": {"from": null, "to": "' + kind.upper() + '"}}'
        name = f"prefect.flow-run.{kind}"
        events.append((id, at, at, name, run, json.dumps(labels), json.dumps(told), payload))
        parts |= {(resource_hash(part), at, id) for part in (run, *(each for each, _ in related))}
    columns = ("id", "occurred", "received", "event", "resource_id", "resource", "related", "payload")
    database.add("events", columns, events)
    database.add("event_resources", ("resource_hash", "occurred", "event_id"), sorted(parts))


def identity(at: int, number: int, kind: int) -> bytes:
    """What `$id` stands for."""
    low = number * _MIXER & ((1 << 60) - 1)
    return (at // 1000 << 80 | 0x7 << 76 | (kind & 0xFFF) << 64 | 0x8 << 60 | low).to_bytes(16, "big")


ID_IN_POSTGRESQL = """CREATE FUNCTION seed_id(at bigint, number bigint, kind integer) RETURNS uuid
    IMMUTABLE PARALLEL SAFE LANGUAGE SQL AS $$
    SELECT (lpad(to_hex(at / 1000), 12, '0') || '7' || lpad(to_hex(kind), 3, '0') || '8'
        || lpad(to_hex((number * 133449889267) & 1152921504606846975), 15, '0'))::uuid $$"""


def special(sizes: Sizes, now: int) -> Iterator[tuple[str, str]]:
    """Expressions for the ids of what is special."""
    for name, number in (("wide", sizes.wide_run), ("long", sizes.long_run)):
        yield name, id_(due(str(number), sizes, now), str(number), rows.RUN)
