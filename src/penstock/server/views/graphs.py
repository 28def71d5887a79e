"""Graphs of flow runs: from rows to nodes and the edges between them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.contract.graphs import DependencyResult, Edge, Graph, GraphArtifact, GraphState, Node
from penstock.contract.task_runs import TaskInputs, TaskRunResult
from penstock.db.port import Row
from penstock.domain.runs import run_time_until
from penstock.domain.states import StateType
from penstock.server.views.progress import progress_of
from penstock.server.views.states import current_state

_TYPES: dict[str | None, StateType] = {**{kind.value: kind for kind in StateType}, None: StateType.PENDING}
"""By their names; what has no state yet is pending."""
_OUTER = "__parents__"
"""Among the inputs of a task run: the task runs within which it was called."""


class _Input(Struct):
    """What is needed of one input: the run whose result it is, if it is one."""

    id: UUID | None = None


_inputs = msgspec.json.Decoder(dict[str, list[_Input]])
_all_inputs = msgspec.json.Decoder(TaskInputs)


def dependency(row: Row, flow_run_id: UUID, now: datetime) -> DependencyResult:
    """A task run with the task runs whose results it took, from a row of `statements.graphs.dependencies`."""
    state = current_state(row, flow_run_id=flow_run_id, task_run_id=row["id"])
    progress = progress_of(row)
    return DependencyResult(
        id=row["id"],
        name=row["name"],
        upstream_dependencies=_results(row["task_inputs"]),
        state=state,
        expected_start_time=progress.expected_start_time,
        start_time=progress.start_time,
        end_time=progress.end_time,
        total_run_time=progress.total_run_time.total_seconds(),
        estimated_run_time=run_time_until(progress, state, now).total_seconds(),
        untrackable_result=bool(state and state.state_details.untrackable_result),
    )


def _results(inputs: str) -> list[TaskRunResult]:
    if '"task_run"' not in inputs:
        return []
    taken = (each for some in _all_inputs.decode(inputs).values() for each in some)
    return [each for each in taken if isinstance(each, TaskRunResult)]


class GraphRows(NamedTuple):
    """What a graph is made of."""

    run: Row
    tasks: Sequence[Row]
    children: Iterable[Row]
    """The child flow runs, oldest first: a task run stands for the last of its own."""
    states: Iterable[Row]
    artifacts: Iterable[Row]
    """Of the flow run and its task runs, oldest first."""


def graph(rows: GraphRows, since: datetime) -> Graph:
    """The graph of a flow run, without the nodes that ended before `since`.

    Nodes are known by their places, and these by the numbers of ids: there may be ten thousand of them, and
    to look for an id itself takes several times as long.
    """
    child_of = {row["parent_task_run_id"]: row for row in rows.children}
    nodes = _nodes(rows.tasks, child_of)
    place_of: dict[int, int] = {task["id"].int: place for place, task in enumerate(rows.tasks)}
    # Whoever takes the result of a child flow run depends on the node that stands for it.
    place_of |= {row["id"].int: place_of[id.int] for id, row in child_of.items() if id.int in place_of}
    edges = [Edge(id=node.id) for node in nodes]
    for place, (node, task) in enumerate(zip(nodes, rows.tasks, strict=True)):
        _connect(node, task["task_inputs"], place_of, edges, nodes, edges[place])
    of_run = _place_artifacts(rows.artifacts, place_of, nodes)
    shown = [node for node in nodes if node.end_time is None or node.end_time >= since]
    return Graph(
        start_time=rows.run["start_time"] or rows.run["expected_start_time"] or rows.run["created"],
        end_time=rows.run["end_time"],
        root_node_ids=[node.id for node in shown if not node.parents and not node.encapsulating],
        nodes=[(node.id, node) for node in shown],
        artifacts=of_run,
        states=[_state(row) for row in rows.states],
    )


def _nodes(tasks: Sequence[Row], child_of: Mapping[UUID, Row]) -> list[Node]:
    """The nodes without what they depend on."""
    if not child_of:
        return [_node(task, "task-run", task["name"]) for task in tasks]
    nodes = []
    for task in tasks:
        child = child_of.get(task["id"])
        if child is None:
            nodes.append(_node(task, "task-run", task["name"]))
        else:
            nodes.append(_node(child, "flow-run", f"{child['flow_name']} / {child['name']}"))
    return nodes


def _node(row: Row, kind: Literal["flow-run", "task-run"], label: str) -> Node:
    return Node(
        kind=kind,
        id=row["id"],
        label=label,
        state_type=_TYPES[row["state_type"]],
        start_time=row["began"],
        end_time=row["end_time"],
        parents=[],
        children=[],
        encapsulating=[],
        artifacts=[],
    )


def _connect(
    node: Node,
    inputs: str,
    place_of: Mapping[int, int],
    edges: Sequence[Edge],
    nodes: Sequence[Node],
    to_node: Edge,
) -> None:
    """Say of a node what it depends on, and of others that it depends on them: each once."""
    if '"id"' not in inputs:
        return
    parents: dict[int, None] = {}
    outer: dict[int, None] = {}
    for name, taken in _inputs.decode(inputs).items():
        into = outer if name == _OUTER else parents
        for each in taken:
            if each.id is not None and (place := place_of.get(each.id.int)) is not None:
                into[place] = None
    for place in parents:
        node.parents.append(edges[place])
        nodes[place].children.append(to_node)
    node.encapsulating.extend(edges[place] for place in outer)


def _place_artifacts(
    artifacts: Iterable[Row], place_of: Mapping[int, int], nodes: Sequence[Node]
) -> list[GraphArtifact]:
    """Put the artifacts of task runs to their nodes; the flow run's own are returned."""
    own = []
    for row in artifacts:
        if row["task_run_id"] is None:
            own.append(_artifact(row))
        elif (place := place_of.get(row["task_run_id"].int)) is not None:
            nodes[place].artifacts.append(_artifact(row))
    return own


def _artifact(row: Row) -> GraphArtifact:
    return GraphArtifact(
        id=row["id"],
        created=row["created"],
        key=row["key"],
        type=row["type"],
        is_latest=bool(row["is_latest"]),
        data=row["data"],
    )


def _state(row: Row) -> GraphState:
    return GraphState(id=row["id"], timestamp=row["timestamp"], type=StateType(row["type"]), name=row["name"])
