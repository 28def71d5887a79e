"""`python -m benchmarks [SUBJECT …] [--no-peer]`: measure, and print the table."""

import argparse
import sys
import time

from benchmarks.figures import Figure, show
from benchmarks.rows import (
    creation,
    engine,
    events,
    memory,
    reads,
    reads_beside,
    runs,
    schedules,
    server,
    start_up,
    told,
    ui,
    writes,
)
from benchmarks.sides import prepare

SUBJECTS = {
    "start_up": start_up,
    "server": server,
    "engine": engine,
    "runs": runs,
    "creation": creation,
    "events": events,
    "ui": ui,
    "writes": writes,
    "told": told,
    "memory": memory,
    "schedules": schedules,
    "reads": reads,
    "reads_beside": reads_beside,
}


def main() -> int:
    """Measure what was asked for, print the table, and exit with 1 if a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}; all when left out"
    )
    parser.add_argument(
        "--no-peer", action="store_true", help="measure ours alone: quick, but says nothing of others"
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.subjects) - SUBJECTS.keys():
        parser.error(f"unknown subjects: {', '.join(sorted(unknown))}")
    sides = prepare(with_peer=not arguments.no_peer)
    figures: list[Figure] = []
    failed: list[str] = []
    for name, subject in SUBJECTS.items():
        if arguments.subjects and name not in arguments.subjects:
            continue
        began = time.perf_counter()
        try:
            figures += subject.measure(sides)
        except (OSError, RuntimeError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed.append(name)
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    print(show(figures))
    return 0 if not failed and all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
