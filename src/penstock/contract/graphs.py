"""The runs within a flow run and what depends on what, as the reference draws them.

Our own pages draw `timelines`, which stay small with many tasks.
"""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from penstock.contract.endpoint import endpoint
from penstock.contract.states import State, StateType
from penstock.contract.task_runs import TaskRunResult
from penstock.domain.errors import AnswerTooLarge, NotFound
from penstock.domain.moments import Moment

FROM_THE_BEGINNING = datetime.min.replace(tzinfo=UTC)


class DependencyResult(Struct, kw_only=True):
    """A task run, and the task runs whose results it took. Durations are in seconds."""

    id: UUID
    name: str
    upstream_dependencies: list[TaskRunResult]
    state: State | None
    expected_start_time: Moment | None
    start_time: Moment | None
    end_time: Moment | None
    total_run_time: float | None
    estimated_run_time: float | None
    untrackable_result: bool
    """Whether nobody can tell from its result that it came from there."""


class Edge(Struct, kw_only=True, gc=False):
    """The other node of a dependency."""

    id: UUID


class GraphArtifact(Struct, kw_only=True):
    """An artifact of the flow run or of one of its nodes."""

    id: UUID
    created: Moment
    key: str | None
    type: str | None
    is_latest: bool
    data: Any
    """Only of progress artifacts, whose picture it is."""


class GraphState(Struct, kw_only=True):
    """A state that the flow run was in."""

    id: UUID
    timestamp: Moment
    type: StateType
    name: str


class Node(Struct, kw_only=True, gc=False):
    """A task run, or the child flow run that a task run stands for."""

    kind: Literal["flow-run", "task-run"]
    id: UUID
    label: str
    """The run's name; of a flow run with its flow's: `etl / brave-heron`."""
    state_type: StateType
    start_time: Moment
    """When it began, or is expected to."""
    end_time: Moment | None
    parents: list[Edge]
    """Whose results it took."""
    children: list[Edge]
    """Who took its result."""
    encapsulating: list[Edge]
    """The task runs within which it was called."""
    artifacts: list[GraphArtifact]


class Graph(Struct, kw_only=True):
    """A flow run as a graph. Its nodes stand in the order in which they began."""

    start_time: Moment | None
    end_time: Moment | None
    root_node_ids: list[UUID]
    """Nodes that took no results and were called within no others."""
    nodes: list[tuple[UUID, Node]]
    artifacts: list[GraphArtifact]
    """Those of the flow run itself."""
    states: list[GraphState]


@endpoint("GET", "/flow_runs/{id}/graph", action="task_runs:read", errors=(NotFound, AnswerTooLarge))
def read_flow_run_dependencies(id: UUID) -> list[DependencyResult]:
    """The task runs of a flow run, each with those whose results it took."""


@endpoint("GET", "/flow_runs/{id}/graph-v2", action="task_runs:read", errors=(NotFound, AnswerTooLarge))
def read_flow_run_graph(id: UUID, since: Moment = FROM_THE_BEGINNING) -> Graph:
    """The runs within a flow run as a graph, without those that ended before `since`.

    More nodes than the setting `server.flow_run_graph.max_nodes` are refused with 400.
    """
