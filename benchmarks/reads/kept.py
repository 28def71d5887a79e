"""The two large databases: made where there are none, and kept for the next time where that is wanted.

`PENSTOCK_BENCH_KEEP` in the environment names a folder where they stay; without it they are made for each
measurement and taken away. `PENSTOCK_BENCH_ROWS` is a share of the full size: 0.01 makes 10,000 runs.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.postgres_server import PostgresServer

from benchmarks.reads import seed
from benchmarks.reads.databases import postgres_at, postgres_seed, sqlite_seed
from benchmarks.reads.rows import Sizes
from penstock.db.migrations import newest_version
from penstock.db.port import DialectName

SHARE = float(os.environ.get("PENSTOCK_BENCH_ROWS", "1"))
NAME = "reads"
"""Of the database within PostgreSQL."""


@dataclass(frozen=True)
class Made:
    """A database, and what is special in it."""

    dialect: DialectName
    now: int
    """When it was made, in microseconds since 1970: what is under way in it is under way then."""
    sizes: Sizes
    wide: str
    """Id of the run with the most tasks."""
    long: str
    """Id of the run with the longest log."""
    seconds: float


def sizes() -> Sizes:
    """How large the databases are to be."""
    full = Sizes()
    numbers = {name: max(5_000, int(number * SHARE)) for name, number in asdict(full).items()}
    return Sizes(**numbers)


@contextmanager
def folder() -> Iterator[Path]:
    """Where the databases are."""
    if keep := os.environ.get("PENSTOCK_BENCH_KEEP"):
        path = Path(keep)
        path.mkdir(mode=0o711, parents=True, exist_ok=True)
        yield path
        return
    path = Path(tempfile.mkdtemp(prefix="bench-reads-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def sqlite(path: Path) -> tuple[Path, Made]:
    """The SQLite file of a folder, made where it isn't there, and migrated where it is older."""
    told = path / "sqlite.json"
    file = path / "penstock.db"
    if (made := _told(told)) is None:
        for old in path.glob("penstock.db*"):
            old.unlink()
        now, began = time.time_ns() // 1000, time.perf_counter()
        with sqlite_seed(file) as database:
            seed.fill(database, sizes(), now)
            found = _special(database, now)
        made = _tell(
            told, Made("sqlite", now, sizes(), found["wide"], found["long"], time.perf_counter() - began)
        )
    return file, made


@contextmanager
def postgres(path: Path) -> Iterator[tuple[PostgresServer, Made]]:
    """The server with the PostgreSQL database `NAME` of a folder, which runs meanwhile."""
    told = path / "postgresql.json"
    if (made := _told(told)) is None:
        shutil.rmtree(path / "postgresql", ignore_errors=True)
        now, began = time.time_ns() // 1000, time.perf_counter()
        with (
            postgres_at(path / "postgresql", is_filled=False) as server,
            postgres_seed(server, NAME) as database,
        ):
            seed.fill(database, sizes(), now)
            found = _special(database, now)
        made = _tell(
            told, Made("postgresql", now, sizes(), found["wide"], found["long"], time.perf_counter() - began)
        )
    with postgres_at(path / "postgresql", is_filled=True) as server:
        yield server, made


def _special(database: seed.Database, now: int) -> dict[str, str]:
    return {name: database.ids(f"SELECT {of}")[0] for name, of in seed.special(sizes(), now)}


def _told(file: Path) -> Made | None:
    if not file.exists():
        return None
    told = json.loads(file.read_text())
    made = Made(**{**told, "sizes": Sizes(**told["sizes"])})
    return made if made.sizes == sizes() else None


def _tell(file: Path, made: Made) -> Made:
    file.write_text(json.dumps(asdict(made)))
    print(f"seed: {made.dialect}, schema {newest_version()}: {made.seconds:.0f} s", flush=True)
    return made
