"""The same reads of the same small content, asked of both sides in turn.

A million runs are more than the peer can be filled with: this shows how both answer a thousand.
"""

from collections.abc import Iterator

from benchmarks.figures import Figure, middle, percentile
from benchmarks.reads import of_flow_runs, of_others
from benchmarks.reads.beside import RUNS, fill
from benchmarks.reads.requests import Kind
from benchmarks.rest import Rest
from benchmarks.rows.reads import BAR, times
from benchmarks.sides import Running, Side, Sides

_ASKED = (
    "flow runs, no filter",
    "flow runs, no filter: count",
    "flow runs, state type, usual",
    "flow runs, state type, usual: count",
    "flow runs, tags all_, usual",
    "flow runs, name like_, usual",
    "flow runs, deployment",
    "flow runs, flow name",
    "flow runs, failed of a deployment, last week",
    "flow runs, a week of starts",
    "flow runs, paginate",
    "flow runs, history, a week",
    "flow runs, history, 90 days",
    "flow runs, lateness of all",
    "flow run, one",
    "task runs, no filter",
    "task runs, no filter: count",
    "task runs, of a flow run",
    "task runs, of a flow",
    "logs, of a run",
    "logs, newest",
    "deployments",
    "flows",
    "graph of a run",
)


def measure(sides: Sides) -> list[Figure]:
    """Both on SQLite."""
    ours = dict(_observe(sides.ours))
    peers = dict(_observe(sides.peer)) if sides.peer else {}
    figures = []
    for name, taken in ours.items():
        peer = percentile(peers[name], 0.95) if name in peers else None
        note = f"p50 {middle(taken):.1f}" + (f", peer's {middle(peers[name]):.1f}" if name in peers else "")
        figures.append(Figure(f"{RUNS:,} runs: {name}", "ms", percentile(taken, 0.95), BAR, peer, note=note))
    return figures


def _observe(side: Side) -> Iterator[tuple[str, list[float]]]:
    with side.server() as server:
        known = fill(Rest(server.port))
        kinds = {kind.name: kind for kind in (*of_flow_runs.kinds(known), *of_others.kinds(known))}
        for name in _ASKED:
            yield name, _taken(server, kinds[name])


def _taken(server: Running, kind: Kind) -> list[float]:
    return [taken for taken, _ in times(server, kind)]
