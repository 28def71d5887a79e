"""Finding what a person names, by id or by name; what does not exist is answered with the nearest name."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from penstock.cli.session import CommandClient
from penstock.contract.deployments import (
    DeploymentQuery,
    DeploymentResponse,
    read_deployment,
    read_deployment_by_name,
    read_deployments,
)
from penstock.contract.endpoint import Endpoint
from penstock.contract.fields import MAX_PAGE
from penstock.contract.filters import (
    FlowFilter,
    FlowRunFilter,
    TaskRunFilter,
    WorkQueueFilter,
)
from penstock.contract.flow_runs import FlowRunQuery, FlowRunResponse, read_flow_run, read_flow_runs
from penstock.contract.flows import FlowQuery, read_flow, read_flows
from penstock.contract.operators import IdIn, IdInOrNot, TextInOrLike, TextInOrStarts
from penstock.contract.task_runs import TaskRun, TaskRunQuery, read_task_run, read_task_runs
from penstock.contract.work_pools import WorkPoolQuery, WorkPoolResponse, read_work_pool, read_work_pools
from penstock.contract.work_queues import (
    WorkQueueQuery,
    WorkQueueResponse,
    read_all_work_queues,
    read_work_queue,
    read_work_queues,
)
from penstock.domain.errors import Conflict, InvalidInput, NotFound
from penstock.domain.names import did_you_mean

T = TypeVar("T")
_RECENT = 200
"""Among how many of the latest runs the nearest name is looked for."""


def as_id(text: str) -> UUID | None:
    """`text` as an id, or None if it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def every(
    client: CommandClient, endpoint: Endpoint[..., list[T]], query: Any, *path: Any, most: int | None = None
) -> Iterator[T]:
    """All that meets a query, page by page; at most `most`."""
    offset = 0
    while most is None or offset < most:
        limit = MAX_PAGE if most is None else min(MAX_PAGE, most - offset)
        page = client.call(endpoint, *path, msgspec.structs.replace(query, offset=offset, limit=limit))
        yield from page
        offset += len(page)
        if len(page) < limit:
            return


def flow_names(client: CommandClient, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of flows by their ids."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    chosen = [wanted[start : start + MAX_PAGE] for start in range(0, len(wanted), MAX_PAGE)]
    queries = [FlowQuery(flows=FlowFilter(id=IdInOrNot(any_=part))) for part in chosen]
    return {flow.id: flow.name for query in queries for flow in every(client, read_flows, query)}


class FoundDeployment(msgspec.Struct, frozen=True):
    """A deployment, and how people call it: `flow/deployment`."""

    deployment: DeploymentResponse
    flow_name: str

    @property
    def full_name(self) -> str:
        """`flow/deployment`."""
        return f"{self.flow_name}/{self.deployment.name}"


def find_deployment(client: CommandClient, given: str) -> FoundDeployment:
    """The deployment with an id, or with a name `flow/deployment`.

    Raises:
        NotFound: There is none; with the nearest name.
    """
    id = as_id(given)
    if id is not None:
        return _with_flow_name(client, client.call(read_deployment, id))
    flow_name, slash, name = given.partition("/")
    if slash and flow_name and name:
        try:
            return FoundDeployment(client.call(read_deployment_by_name, flow_name, name), flow_name)
        except NotFound:
            pass
    raise _no_deployment(client, given)


def _with_flow_name(client: CommandClient, deployment: DeploymentResponse) -> FoundDeployment:
    return FoundDeployment(deployment, client.call(read_flow, deployment.flow_id).name)


def deployments_with_flow_names(
    client: CommandClient, query: DeploymentQuery, most: int | None = None
) -> list[FoundDeployment]:
    """The deployments that meet a query, with the names of their flows."""
    found = list(every(client, read_deployments, query, most=most))
    names = flow_names(client, (deployment.flow_id for deployment in found))
    return [FoundDeployment(deployment, names.get(deployment.flow_id, "?")) for deployment in found]


def _no_deployment(client: CommandClient, given: str) -> NotFound:
    known = [found.full_name for found in deployments_with_flow_names(client, DeploymentQuery(), 1_000)]
    same_name = [full for full in known if full.partition("/")[2] == given]
    near = f"Did you mean {same_name[0]!r}?" if len(same_name) == 1 else did_you_mean(given, known)
    message = f"There is no deployment {given!r}. {near}".rstrip()
    hint = None if "/" in given or near else "Write FLOW/DEPLOYMENT."
    return NotFound(message, hint=hint or "`penstock deployment ls` lists them.")


def find_flow_run(client: CommandClient, given: str) -> FlowRunResponse:
    """The flow run with an id, or with a name that only one run has.

    Raises:
        NotFound: There is none; with the nearest name among the latest runs.
        Conflict: Several have the name.
    """
    id = as_id(given)
    if id is not None:
        return client.call(read_flow_run, id)
    named = FlowRunQuery(flow_runs=FlowRunFilter(name=TextInOrLike(any_=[given])), limit=_RECENT)
    found = client.call(read_flow_runs, named)
    if not found:
        recent = client.call(read_flow_runs, FlowRunQuery(limit=_RECENT))
        raise _nothing("flow run", given, [run.name for run in recent], "`penstock flow-run ls`")
    return _only("flow run", given, found)


def find_task_run(client: CommandClient, given: str) -> TaskRun:
    """The task run with an id, or with a name that only one has. Raises as `find_flow_run`."""
    id = as_id(given)
    if id is not None:
        return client.call(read_task_run, id)
    named = TaskRunQuery(task_runs=TaskRunFilter(name=TextInOrLike(any_=[given])), limit=_RECENT)
    found = client.call(read_task_runs, named)
    if not found:
        recent = client.call(read_task_runs, TaskRunQuery(limit=_RECENT))
        raise _nothing("task run", given, [run.name for run in recent], "`penstock task-run ls`")
    return _only("task run", given, found)


def _only(what: str, given: str, found: list[T]) -> T:
    if len(found) > 1:
        ids = ", ".join(str(getattr(each, "id", "")) for each in found[:5])
        message = f"{len(found)} {what}s are named {given!r}: {ids}{', …' if len(found) > 5 else ''}."
        raise Conflict(message, hint="Give the id.")
    return found[0]


def _nothing(what: str, given: str, known: Iterable[str], command: str) -> NotFound:
    message = f"There is no {what} {given!r}. {did_you_mean(given, known)}".rstrip()
    return NotFound(message, hint=f"{command} lists them.")


def find_work_pool(client: CommandClient, name: str) -> WorkPoolResponse:
    """The work pool of a name. Raises `NotFound` with the nearest one."""
    try:
        return client.call(read_work_pool, name)
    except NotFound:
        known = [pool.name for pool in every(client, read_work_pools, WorkPoolQuery())]
    raise _nothing("work pool", name, known, "`penstock work-pool ls`")


def find_work_queue(client: CommandClient, name: str, pool: str | None) -> WorkQueueResponse:
    """The work queue of a name, in `pool`, or, with None, in the only pool that has one of that name.

    Raises:
        NotFound: There is none; with the nearest one.
        InvalidInput: Several pools have one.
    """
    if pool is not None:
        return _queue_of_pool(client, name, pool)
    named = WorkQueueQuery(work_queues=WorkQueueFilter(name=TextInOrStarts(any_=[name])))
    found = list(every(client, read_all_work_queues, named))
    if len(found) > 1:
        pools = ", ".join(sorted(str(queue.work_pool_name) for queue in found))
        message = f"Several work pools have a queue {name!r}: {pools}."
        raise InvalidInput(message, hint="Say which one with --pool.")
    if not found:
        known = [queue.name for queue in every(client, read_all_work_queues, WorkQueueQuery())]
        raise _nothing("work queue", name, known, "`penstock work-queue ls`")
    return found[0]


def _queue_of_pool(client: CommandClient, name: str, pool: str) -> WorkQueueResponse:
    try:
        return client.call(read_work_queue, pool, name)
    except NotFound:
        find_work_pool(client, pool)
        known = [queue.name for queue in every(client, read_work_queues, WorkQueueQuery(), pool)]
    raise _nothing(f"work queue in the pool {pool!r} named", name, known, "`penstock work-queue ls`")


def ids(*wanted: UUID) -> IdIn:
    """A filter for these ids."""
    return IdIn(any_=list(wanted))
