"""Reads on a database of a million runs, five million task runs and ten million lines, on both databases.

Each kind of request is sent often, with other arguments each time: the table has the slowest twentieth's
beginning (p95), its note the median and the first answer of a server that had nothing of it in memory.
`PENSTOCK_BENCH_READS` in the environment says which kinds, as a regular expression,
`PENSTOCK_BENCH_DATABASES` which databases, `PENSTOCK_BENCH_TIMES` how often; `benchmarks/reads/kept.py`
says where these are kept.
"""

import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from math import inf
from pathlib import Path
from random import Random

from benchmarks.databases import URL
from benchmarks.figures import Figure, middle, percentile
from benchmarks.machine import computing_of_trees
from benchmarks.reads import kept, of_flow_runs, of_others
from benchmarks.reads.requests import Kind, look, moment
from benchmarks.rest import Rest
from benchmarks.sides import Running, Side, Sides

BAR = 100.0
TIMES = int(os.environ.get("PENSTOCK_BENCH_TIMES", "40"))
SECONDS = TIMES / 5
"""No kind takes longer, but for three answers that it gets in any case."""
_WARM = 5
_KEEP = {"PENSTOCK_EVENTS_RETENTION_PERIOD": str(400 * 86_400)}


def measure(sides: Sides) -> list[Figure]:
    """Ours, on both databases. The peer cannot hold so much: see `reads_beside`."""
    wanted = os.environ.get("PENSTOCK_BENCH_DATABASES", "sqlite,postgresql").split(",")
    figures: list[Figure] = []
    with kept.folder() as folder:
        if "sqlite" in wanted:
            file, made = kept.sqlite(folder)
            figures += _figures(sides.ours, f"sqlite:///{file}", made, file)
        if "postgresql" in wanted:
            with kept.postgres(folder) as (server, made):
                files = folder / "postgresql" / "data"
                figures += _figures(sides.ours, server.url(kept.NAME), made, files, server.pid)
    return figures


def _figures(
    side: Side, url: str, made: kept.Made, files: Path, keeper: int | None = None
) -> Iterator[Figure]:
    with side.server(environ={URL: url, **_KEEP}) as server:
        known = look(Rest(server.port), moment(made.now), made.wide, made.long, made.sizes.runs)
        wanted = re.compile(os.environ.get("PENSTOCK_BENCH_READS", ""))
        every = (*of_flow_runs.kinds(known), *of_others.kinds(known))
        asked = [kind for kind in every if wanted.search(kind.name)]
        first = {kind.name: _first(server, kind, files) for kind in asked}
        _read_all(files)
        for kind in asked:
            yield _figure(server, made, kind, first[kind.name], [server.pid, *([keeper] if keeper else [])])


def _figure(server: Running, made: kept.Made, kind: Kind, first: float, pids: list[int]) -> Figure:
    what = f"{made.dialect}: {kind.name}"
    try:
        taken, computed = zip(*times(server, kind, pids), strict=True)
    except (OSError, RuntimeError) as error:
        return Figure(what, "ms", inf, BAR, note=str(error)[:200])
    told = {"p50": middle(taken), "first": first, "CPU p95": percentile(computed, 0.95)}
    told["load"] = os.getloadavg()[0]
    note = ", ".join(f"{name} {value:,.1f}" for name, value in told.items())
    figure = Figure(what, "ms", percentile(taken, 0.95), BAR, note=note)
    print(f"reads: {what}: p95 {figure.ours:.1f}, {note}", file=sys.stderr, flush=True)
    return figure


def times(server: Running, kind: Kind, pids: Sequence[int] = ()) -> Iterator[tuple[float, float]]:
    """How long some answers took, after a few that nobody counts, and how long processors were busy with it.

    On a machine that others use, too, the second says more. Both are in milliseconds.
    """
    dice, rest = Random(kind.name), Rest(server.port)
    began = time.perf_counter()
    for number in range(_WARM + TIMES):
        busy = computing_of_trees(pids)
        taken = _time(rest, kind, dice)
        busy = computing_of_trees(pids) - busy
        if number >= _WARM or taken > 1_000 * SECONDS / 10:
            yield taken, 1_000 * busy
        if time.perf_counter() - began > SECONDS and number >= 3:
            return


def _time(rest: Rest, kind: Kind, dice: Random) -> float:
    request = kind.ask(dice)
    began = time.perf_counter()
    # To decode the answer is not the server's work.
    rest.answer(*request)
    return 1_000 * (time.perf_counter() - began)


def _first(server: Running, kind: Kind, files: Path) -> float:
    """How long an answer takes that has to be read from the disk."""
    _forget(files)
    try:
        return _time(Rest(server.port), kind, Random(7))
    except (OSError, RuntimeError):
        return inf


def _files(path: Path) -> Iterator[Path]:
    yield from (path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.name}*"))


def _forget(path: Path) -> None:
    """Have the operating system forget what it remembers of some files."""
    for file in _files(path):
        if file.is_file():
            with file.open("rb") as opened:
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _read_all(path: Path) -> None:
    """Have it remember as much of them as it can."""
    for file in _files(path):
        if file.is_file():
            with file.open("rb") as opened:
                while opened.read(1 << 20):
                    pass
