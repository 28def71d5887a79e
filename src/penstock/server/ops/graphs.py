"""The runs within a flow run and what depends on what, as the reference draws them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from penstock.contract.graphs import DependencyResult, Graph
from penstock.db.port import Row, Transaction
from penstock.db.statements import flow_runs
from penstock.db.statements import graphs as statements
from penstock.domain.errors import AnswerTooLarge
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.graphs import GraphRows, dependency, graph


@operation("read_flow_run_dependencies", access="read")
async def read_flow_run_dependencies(tx: Transaction, caller: Caller, *, id: UUID) -> list[DependencyResult]:
    """The task runs of a flow run, each with those whose results it took.

    Raises:
        NotFound: There is no such flow run.
        AnswerTooLarge: It has more task runs than a graph may have.
    """
    run = await _run(tx, id)
    most = caller.limits.graph_nodes
    found = await tx.fetch_all(statements.dependencies(), {"flow_run_id": id, "at_most": most + 1})
    _check_size(run, len(found), most)
    return [dependency(row, id, tx.now) for row in found]


@operation("read_flow_run_graph", access="read")
async def read_flow_run_graph(tx: Transaction, caller: Caller, *, id: UUID, since: datetime) -> Graph:
    """The runs within a flow run as a graph, without those that ended before `since`.

    Raises:
        NotFound: There is no such flow run.
        AnswerTooLarge: It has more task runs than a graph may have.
    """
    run = await _run(tx, id)
    most = caller.limits.graph_nodes
    tasks = await tx.fetch_all(statements.nodes(), {"flow_run_id": id, "at_most": most + 1})
    _check_size(run, len(tasks), most)
    tasks.sort(key=lambda task: (task["began"], task["id"].int))
    children = await _children(tx, id, tasks) if tasks else []
    states = await tx.fetch_all(flow_runs.history(), {"id": id})
    asked = {"flow_run_id": id, "at_most": caller.limits.graph_artifacts}
    artifacts = await tx.fetch_all(statements.artifacts(), asked)
    return graph(GraphRows(run, tasks, children, states, artifacts), since)


async def _children(tx: Transaction, id: UUID, tasks: Sequence[Row]) -> list[Row]:
    asked = {"flow_run_id": id, **statements.between_ids(tasks)}
    return await tx.fetch_all(statements.children(), asked)


async def _run(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(flow_runs.by_id(), {"id": id}), "flow run", id)


def _check_size(run: Row, count: int, most: int) -> None:
    if count <= most:
        return
    raise AnswerTooLarge(
        f"The graph of the flow run {run['name']} has more than {most} nodes.",
        hint="The limit is the setting server.flow_run_graph.max_nodes; /timeline answers more.",
        detail={"limit": most, "setting": "server.flow_run_graph.max_nodes"},
    )
