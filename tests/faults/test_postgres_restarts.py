"""F20: PostgreSQL is ended on the spot again and again, under two servers with a worker each."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple, Self
from uuid import UUID

import pytest
from tests.faults.invariants import check
from tests.faults.processes import DATABASE_URL, Site, eventually
from tests.faults.record import Places, Record
from tests.faults.side_log import PLACE
from tests.postgres_server import OwnPostgres

CONCURRENT = 14
"""Places of the pool. The workers would take two more."""
PATIENCE = 420.0
"""Seconds for what is left when all are created; claims that nobody heard of end by themselves in 120."""


class Load(NamedTuple):
    """How many runs, how they come, and how often their database goes away meanwhile."""

    runs: int
    gap: float
    """Seconds between two runs that one client creates."""
    seconds: float
    """How long a step of a run takes, of which it has up to four."""
    up: tuple[float, float]
    down: tuple[float, float]
    restarts: int
    """At least."""


FEW = Load(runs=24, gap=0.1, seconds=0.2, up=(0.5, 1.0), down=(0.0, 0.5), restarts=3)
MANY = Load(runs=1000, gap=0.3, seconds=1.0, up=(5.0, 20.0), down=(0.0, 5.0), restarts=10)


class Restarts(threading.Thread):
    """Ends a PostgreSQL and starts it again, as long as it is entered."""

    def __init__(self, postgres: OwnPostgres, load: Load) -> None:
        super().__init__()
        self._postgres, self._load, self._chance = postgres, load, random.Random(load.runs)
        self._ending = threading.Event()
        self.count = 0

    def run(self) -> None:
        while not self._ending.wait(self._chance.uniform(*self._load.up)):
            self._postgres.stop()
            time.sleep(self._chance.uniform(*self._load.down))
            self._postgres.start()
            self.count += 1

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self.join(60)


@pytest.fixture
def postgres():
    with OwnPostgres() as server:
        yield server


@pytest.fixture
def sites(postgres, tmp_path):
    """Two servers on one database, and a worker at each."""
    environ = {DATABASE_URL: postgres.url, PLACE: str(tmp_path / "side_log")}
    with ExitStack() as stack:
        sites = [Site(tmp_path / name, **environ) for name in ("one", "two")]
        for site in sites:
            stack.callback(site.end)
            site.start()
        sites[0].ask("PATCH", "/work_pools/local", {"concurrency_limit": CONCURRENT})
        for site in sites:
            site.worker("--limit", str(CONCURRENT // 2 + 1))
        yield sites


def create(site: Site, deployment: str, numbers: range, load: Load) -> dict[UUID, int]:
    """Create runs, each until it is there, and once more; for each how many steps it has."""
    made = {}
    for number in numbers:
        parameters = {"steps": 1 + number % 4, "seconds": load.seconds}
        body = {"parameters": parameters, "idempotency_key": f"run {number}"}
        path = f"/deployments/{deployment}/create_flow_run"
        (id,) = {site.insist("POST", path, body).json["id"] for _ in range(2)}
        made[UUID(id)] = 1 + number % 4
        time.sleep(load.gap)
    return made


def create_all(sites: list[Site], load: Load) -> dict[UUID, int]:
    """One client at each server creates half of the runs."""
    deployment = sites[0].deploy("steady")
    with ThreadPoolExecutor(2) as pool:
        made = pool.map(
            lambda number: create(sites[number], deployment, range(number, load.runs, 2), load), range(2)
        )
        return {id: steps for each in made for id, steps in each.items()}


def left(site: Site) -> int:
    """How many runs have not completed."""
    others = {"flow_runs": {"state": {"type": {"not_any_": ["COMPLETED"]}}}}
    return int(site.insist("POST", "/flow_runs/count", others).json)


@pytest.mark.slow
@pytest.mark.parametrize(
    "load",
    [
        pytest.param(FEW, id="few", marks=pytest.mark.timeout(300)),
        pytest.param(MANY, id="many", marks=pytest.mark.timeout(3600)),
    ],
)
def test_every_run_is_exact_and_none_is_stuck(postgres, sites, load):
    began = time.monotonic()
    with Places(postgres.url) as places, Restarts(postgres, load) as restarts:
        made = create_all(sites, load)
        eventually(lambda: left(sites[0]) == 0, lambda: stuck(sites), PATIENCE)
        eventually(lambda: restarts.count >= load.restarts, "enough restarts")
    print(f"{load.runs} runs, {restarts.count} restarts, {time.monotonic() - began:.0f} s")
    assert places.looks > load.runs
    assert CONCURRENT // 2 < places.most <= CONCURRENT
    record = check(sites[0], completed=load.runs)
    assert {run["id"] for run in record.runs} == made.keys()
    check_executions(sites[0], record, made)
    check_records(record, made)
    for site in sites:
        assert "Traceback" not in site.outputs()


def stuck(sites: list[Site]) -> str:
    """What is known of the runs that have not completed, for a failure."""
    record = Record(sites[0].database)
    open_runs = [run for run in record.runs if run["state_type"] != "COMPLETED"]
    histories = [[state["name"] for state in record.history(run["id"])] for run in open_runs]
    return "\n".join([str(histories), *(site.outputs() for site in sites)])


def check_executions(site: Site, record: Record, made: dict[UUID, int]) -> None:
    """The code of each run was run once, as its history says, and came to what it should."""
    entries = site.side_log.entries()
    starts = Counter(UUID(entry["run"]) for entry in entries if entry["event"] == "start")
    running = {id: [state["type"] for state in record.history(id)].count("RUNNING") for id in made}
    assert starts == running
    assert set(running.values()) == {1}
    results = {UUID(entry["run"]): entry["steps"] for entry in entries if entry["event"] == "stop"}
    assert results == made
    steps = Counter(UUID(entry["run"]) for entry in entries if entry["event"] == "step")
    assert steps == made


def check_records(record: Record, made: dict[UUID, int]) -> None:
    """All that the runs have told is there once: their lines and their task runs."""
    lines = sorted(
        (log["flow_run_id"], log["message"]) for log in record.logs if log["message"][:5] == "line "
    )
    assert lines == sorted((id, f"line {number}") for id, steps in made.items() for number in range(steps))
    tasks = Counter((task["flow_run_id"], task["state_type"]) for task in record.task_runs)
    assert tasks == {(id, "COMPLETED"): steps for id, steps in made.items()}
