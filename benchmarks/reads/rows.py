"""The rows of a large database, as SQL that both databases take.

Everything about a row follows from its number, so that a task run knows its flow run without looking for it:
`DICE` and the functions here are texts of expressions. `$id(at, number, kind)` is a UUID of version 7, made
of a moment in microseconds, `$uuid`, `$json` and `$jsonb` are the words of migrations.
"""

from dataclasses import dataclass

DAY = 86_400_000_000
DAYS = 90
POOLS, QUEUES, FLOWS, DEPLOYMENTS, TEAMS, DATASETS = 20, 60, 300, 500, 20, 3_000
LIVE = 600
"""Runs that have not ended; the last half of them is yet to come."""
_SPARE = 2_000
"""So many of the newest runs have no tasks but those of the two special ones."""
NEEDLE, RARE_STATE, RARE_TAG = "xylophone", "Misplaced", "ds-2999"
RUN, TASK, LOG, FLOW_STATE, TASK_STATE, FLOW, DEPLOYMENT, QUEUE, POOL = range(1, 10)
"""Kinds of ids."""
_ANIMALS = "otter  heron  lynx   marten plover badger ibex   wren   stoat  curlew dunlin egret  "
_WORDS = "amber  brisk  calm   dapper eager  fabled gentle humble ivory  jolly  keen   lucid  merry  noble  "


@dataclass(frozen=True)
class Sizes:
    """How many rows there are to be."""

    runs: int = 1_000_000
    tasks: int = 5_000_000
    lines: int = 10_000_000
    events: int = 1_000_000

    @property
    def wide(self) -> int:
        """Tasks of the run that has the most."""
        return min(10_000, self.tasks // 5)

    @property
    def long(self) -> int:
        """Lines of the longest log."""
        return self.lines // 10

    @property
    def wide_run(self) -> int:
        """The number of the run with the most tasks."""
        return self.runs - 1_000

    @property
    def long_run(self) -> int:
        """The number of the run with the longest log."""
        return self.runs - 1_001

    @property
    def ended(self) -> int:
        """Runs below this number have tasks."""
        return self.runs - _SPARE


def dice(number: str, salt: int) -> str:
    """A number from 0 to 65,535 that looks like chance."""
    return f"((({number}) * {2_654_435_761 + 2 * salt} % 4294967296) / 65536)"


def word(text: str, number: str) -> str:
    """One of the words of a text that has seven characters for each."""
    return f"trim(substr('{text}', CAST(({number}) % {len(text) // 7} * 7 + 1 AS INTEGER), 7))"


def due(number: str, sizes: Sizes, now: int) -> str:
    """When the run is expected to start: over ninety days, twice as many of late; the last are to come."""
    ago = f"(CAST({sizes.runs - LIVE // 2} - ({number}) AS FLOAT) / {sizes.runs})"
    days = f"CAST({DAYS * DAY // 2} * ({ago} + {ago} * {ago}) AS BIGINT)"
    ahead = f"(({number}) - {sizes.runs - LIVE // 2}) * 60000000"
    return f"({now} + CASE WHEN ({number}) >= {sizes.runs - LIVE // 2} THEN {ahead} ELSE -{days} END)"


def id_(at: str, number: str, kind: int) -> str:
    """The id of what has this number among its kind."""
    return f"$id({at}, {number}, {kind})"


def place(number: str) -> str:
    """The number of the run's deployment: a few have most of them."""
    return f"({dice(number, 2)} * {dice(number, 2)} * {DEPLOYMENTS} / 4294967296)"


def run_of_task(number: str, sizes: Sizes) -> str:
    """The number of the run: all have two tasks, every twentieth has sixty more, and one has many."""
    i, rest = f"(({number}) - {sizes.wide})", max(1, sizes.tasks - sizes.wide)
    few = f"{i} * {sizes.ended} / {rest}"
    many = f"{i} * {sizes.ended // 20} / {rest} * 20"
    return (
        f"CASE WHEN ({number}) < {sizes.wide} THEN {sizes.wide_run}"
        f" WHEN ({number}) % 5 < 2 THEN {few} ELSE {many} END"
    )
