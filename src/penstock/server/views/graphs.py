"""Graphs of flow runs: from rows to nodes and the edges between them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct

from penstock.contract.graphs import DependencyResult, Edge, Graph, GraphArtifact, GraphState, Node
from penstock.contract.task_runs import TaskRun, TaskRunResult
from penstock.db.port import Row
from penstock.domain.states import StateType

_OUTER = "__parents__"
"""Among the inputs of a task run: the task runs within which it was called."""


class _Input(Struct):
    """What is needed of one input: the run whose result it is, if it is one."""

    id: UUID | None = None


_inputs = msgspec.json.Decoder(dict[str, list[_Input]])


class _Around(NamedTuple):
    """What a node depends on: nodes of the same graph, each once."""

    parents: list[UUID]
    outer: list[UUID]


def dependency(task: TaskRun) -> DependencyResult:
    """A task run with the task runs whose results it took."""
    taken = [each for inputs in task.task_inputs.values() for each in inputs]
    return DependencyResult(
        id=task.id,
        name=task.name,
        upstream_dependencies=[each for each in taken if isinstance(each, TaskRunResult)],
        state=task.state,
        expected_start_time=task.expected_start_time,
        start_time=task.start_time,
        end_time=task.end_time,
        total_run_time=task.total_run_time,
        estimated_run_time=task.estimated_run_time,
        untrackable_result=bool(task.state and task.state.state_details.untrackable_result),
    )


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
    """The graph of a flow run, without the nodes that ended before `since`."""
    child_of = {row["parent_task_run_id"]: row for row in rows.children}
    # Whoever takes the result of a child flow run depends on the node that stands for it.
    node_of = {task["id"]: child_of.get(task["id"], task)["id"] for task in rows.tasks}
    node_of |= {row["id"]: row["id"] for key, row in child_of.items() if key in node_of}
    around = {node_of[task["id"]]: _around(task["task_inputs"], node_of) for task in rows.tasks}
    children: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for id, its in around.items():
        for parent in its.parents:
            children[parent].append(id)
    artifacts: defaultdict[UUID | None, list[GraphArtifact]] = defaultdict(list)
    for row in rows.artifacts:
        artifacts[row["task_run_id"]].append(_artifact(row))
    nodes = [
        _node(task, child_of.get(task["id"]), around, children, artifacts.get(task["id"], []))
        for task in rows.tasks
    ]
    shown = [node for node in nodes if node.end_time is None or node.end_time >= since]
    return Graph(
        start_time=rows.run["start_time"] or rows.run["expected_start_time"] or rows.run["created"],
        end_time=rows.run["end_time"],
        root_node_ids=[node.id for node in shown if not node.parents and not node.encapsulating],
        nodes=[(node.id, node) for node in shown],
        artifacts=artifacts[None],
        states=[_state(row) for row in rows.states],
    )


def _around(inputs: str, node_of: Mapping[UUID, UUID]) -> _Around:
    if '"id"' not in inputs:
        return _Around([], [])
    parents: dict[UUID, None] = {}
    outer: dict[UUID, None] = {}
    for name, taken in _inputs.decode(inputs).items():
        known = [node for each in taken if each.id and (node := node_of.get(each.id))]
        (outer if name == _OUTER else parents).update(dict.fromkeys(known))
    return _Around([*parents], [*outer])


def _node(
    task: Row,
    child: Row | None,
    around: Mapping[UUID, _Around],
    children: Mapping[UUID, list[UUID]],
    artifacts: list[GraphArtifact],
) -> Node:
    shown = child or task
    id = shown["id"]
    kind: Literal["flow-run", "task-run"] = "flow-run" if child else "task-run"
    return Node(
        kind=kind,
        id=id,
        label=f"{child['flow_name']} / {child['name']}" if child else task["name"],
        state_type=StateType(shown["state_type"] or StateType.PENDING),
        start_time=shown["began"],
        end_time=shown["end_time"],
        parents=[Edge(id=each) for each in around[id].parents],
        children=[Edge(id=each) for each in children.get(id, [])],
        encapsulating=[Edge(id=each) for each in around[id].outer],
        artifacts=artifacts,
    )


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
