"""What a caller reaches that reaches less than its role says: a run its own tree, a worker its pools.

The table of permissions says who may try what at all. Here stands, for each endpoint that changes something
and that such a caller may try, how it is told what a call is about. An endpoint that is not among them is
refused to them, so that a new one is closed until somebody has thought about it. Reads are the role's, but
for those of a pool.

It is looked at in the transaction that does what was asked.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias
from uuid import UUID

from penstock.contract.endpoint import Endpoint
from penstock.contract.permissions import Role
from penstock.contract.sockets import WORKER_CHANNEL, Socket
from penstock.db.port import Transaction
from penstock.db.statements import reach as statements
from penstock.domain.errors import Fenced, PermissionDenied
from penstock.domain.run_scopes import SETTING, RunScope
from penstock.server.caller import Caller
from penstock.server.family import FLOW_RUN, TASK_RUN, check_own
from penstock.server.family import id_in as _id_in

Arguments: TypeAlias = Mapping[str, Any]
Judge: TypeAlias = Callable[[Transaction, Caller, Arguments], Awaitable[None]]

_LAST_WORDS: Final = frozenset(
    {
        "artifacts:create",
        "artifacts:update",
        "block_documents:reveal",
        "concurrency_limits:take",
        "deployments:run",
        "events:create",
        "flow_runs:renew_lease",
        "logs:create",
        "task_runs:create",
        "variables:create",
        "variables:update",
    }
)
"""Besides reading: what the process of a run that has come to its own end may still do, and its hooks."""


async def check_reach(
    tx: Transaction, caller: Caller, endpoint: Endpoint[..., Any], arguments: Arguments, *, is_read: bool
) -> None:
    """Refuse a call that is about something else than the caller reaches.

    Raises:
        PermissionDenied: It is, or nobody can tell.
        Fenced: The run whose token was shown has ended.
    """
    if caller.is_over:
        _check_last_words(endpoint.action)
    pool = _pool_in(endpoint, arguments)
    if pool is not None and caller.work_pools is not None:
        _check_pool(caller, pool)
    elif not (is_read or _is_nobodys(endpoint)):
        await _judge(caller, endpoint)(tx, caller, arguments)


def check_socket(caller: Caller, socket: Socket, path: Mapping[str, str]) -> None:
    """The same of a websocket that is about to be opened.

    Raises:
        PermissionDenied: It is for something else than the caller reaches.
    """
    if caller.work_pools is None:
        return
    if socket is WORKER_CHANNEL:
        _check_pool(caller, path["work_pool_name"])
    elif not socket.action.endswith((":read", "events:create")):
        raise _unclear(caller, socket.path)


def _check_last_words(action: str) -> None:
    if not (action.endswith(":read") or action in _LAST_WORDS):
        raise Fenced("The flow run has ended.", hint="Its token is good for what it has still to say.")


def _is_nobodys(endpoint: Endpoint[..., Any]) -> bool:
    """Whether it is about nothing that is anybody's: it waits for something that may be read, say."""
    return endpoint.action.endswith((":read", ":probe")) and endpoint.name not in _CLAIMING


def _pool_in(endpoint: Endpoint[..., Any], arguments: Arguments) -> str | None:
    """The name of the pool that the path is about."""
    if not endpoint.path.startswith("/work_pools/{"):
        return None
    name = arguments.get("work_pool_name", arguments.get("name"))
    return name if isinstance(name, str) else None


def _judge(caller: Caller, endpoint: Endpoint[..., Any]) -> Judge:
    judges = _OF_RUNS if caller.role is Role.RUN else _OF_WORKERS
    judge = judges.get(endpoint.name)
    if judge is None:
        raise _unclear(caller, endpoint.name)
    return judge


def _unclear(caller: Caller, what: str) -> PermissionDenied:
    whose = "a run with its own token" if caller.run is not None else "a key that is bound to work pools"
    message = f"{caller.principal} may not {what}: that is not for {whose}."
    return PermissionDenied(message, hint="Use the key of somebody who may.")


def _check_pool(caller: Caller, pool: str) -> None:
    if caller.work_pools is not None and pool not in caller.work_pools:
        message = f"{caller.principal} does not reach the work pool {pool!r}."
        named = ", ".join(sorted(caller.work_pools))
        raise PermissionDenied(message, hint=f"Its key is for: {named}.")


async def _check_runs(tx: Transaction, caller: Caller, run_ids: Iterable[UUID | None]) -> None:
    """Refuse what is about a flow run that is not the caller's."""
    asked = {id for id in run_ids if id is not None}
    if not asked:
        return
    if caller.run is not None:
        await check_own(tx, caller, asked)
        return
    for row in await tx.fetch_all(statements.pools_of_runs(), {"run_ids": sorted(asked)}):
        if row["pool"] is None:
            message = f"{caller.principal} does not reach the flow run {row['id']}: it is in no work pool."
            raise PermissionDenied(message)
        _check_pool(caller, row["pool"])


async def _check_tasks(tx: Transaction, caller: Caller, task_run_ids: Iterable[UUID | None]) -> None:
    """Refuse what is about a task run of somebody else. One that nobody knows yet is nobody's."""
    asked = {id for id in task_run_ids if id is not None}
    if not asked:
        return
    found = await tx.fetch_all(statements.runs_of_task_runs(), {"run_ids": sorted(asked)})
    if any(row["flow_run_id"] is None for row in found):
        raise PermissionDenied(f"{caller.principal} may not change task runs that are of no flow run.")
    await _check_runs(tx, caller, [row["flow_run_id"] for row in found])


# How it is told what a call is about.


async def _free(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    """Nothing that is anybody's."""


def _if_may(scope: RunScope) -> Judge:
    """What all share, and a run may write where its work pool says so."""

    async def judge(tx: Transaction, caller: Caller, arguments: Arguments) -> None:  # noqa: ARG001
        if scope in caller.scopes:
            return
        message = f"{caller.principal} may not write {scope}: the tokens of its work pool's runs may not."
        hint = f'Add "{scope}" to `{SETTING}` in the base job template of the work pool.'
        raise PermissionDenied(message, hint=hint)

    return judge


async def _this_run(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    await _check_runs(tx, caller, [arguments["id"]])


async def _this_task_run(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    await _check_tasks(tx, caller, [arguments["id"]])


async def _new_run(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    """A run that a run makes is its child; it can't give itself to somebody else."""
    body = arguments["body"]
    for each in body if isinstance(body, list) else [body]:
        await _check_tasks(tx, caller, [each.parent_task_run_id])
        await _check_runs(tx, caller, [each.parent_flow_run_id])
        if getattr(each, "work_pool_name", None) or getattr(each, "deployment_id", None):
            message = "A run with its own token starts others in a work pool by their deployments only."
            raise PermissionDenied(message, hint="Call run_deployment.")


async def _run_of_deployment(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    body = arguments["body"]
    for each in body if isinstance(body, list) else [body]:
        await _check_tasks(tx, caller, [each.parent_task_run_id])
        await _check_runs(tx, caller, [each.parent_flow_run_id])


async def _new_task_run(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    body = arguments["body"]
    await _check_runs(tx, caller, [body.flow_run_id])
    await _check_tasks(tx, caller, [body.id])


async def _records(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    records = arguments["body"].records
    await _check_runs(tx, caller, [record.flow_run_id for record in records])
    await _check_tasks(tx, caller, [record.id for record in records])


async def _logs(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    lines = arguments["body"]
    await _check_runs(tx, caller, [line.flow_run_id for line in lines])
    await _check_tasks(tx, caller, [line.task_run_id for line in lines])


async def _events(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    """What happened to runs is told by these runs; of all else, whoever may tell of something."""
    events = arguments["body"]
    about = [str(event.resource.get("prefect.resource.id", "")) for event in events]
    runs = {_id_in(resource, FLOW_RUN) for resource in about}
    told = [event for event, resource in zip(events, about, strict=True) if _id_in(resource, TASK_RUN)]
    related = [str(part.get("prefect.resource.id", "")) for event in told for part in event.related]
    await _check_runs(tx, caller, runs | {_id_in(resource, FLOW_RUN) for resource in related})
    await _check_tasks(tx, caller, [_id_in(resource, TASK_RUN) for resource in about])


async def _new_artifact(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    body = arguments["body"]
    await _check_runs(tx, caller, [body.flow_run_id])
    await _check_tasks(tx, caller, [body.task_run_id])


async def _this_artifact(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    found = await tx.fetch_one(statements.run_of_artifact(), {"row_id": arguments["id"]})
    if found is None:
        return
    if found["flow_run_id"] is None:
        raise PermissionDenied(f"{caller.principal} may not change an artifact that is of no flow run.")
    await _check_runs(tx, caller, [found["flow_run_id"]])


async def _said_to_run(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    """A run speaks in its own name, to its own and to those who have spoken to it."""
    sender = _id_in(arguments["body"].sender or "", FLOW_RUN)
    if arguments["body"].sender is not None and sender is None:
        raise PermissionDenied(f"{caller.principal} says something in its own name.")
    await _check_runs(tx, caller, [sender])
    asked = {"run_id": caller.run, "by_sender": f"{FLOW_RUN}{arguments['id']}"}
    if caller.run is None or await tx.fetch_one(statements.has_said(), asked) is None:
        await _this_run(tx, caller, arguments)


async def _named_pool(tx: Transaction, caller: Caller, arguments: Arguments) -> None:  # noqa: ARG001
    _check_pool(caller, arguments["body"].name)


async def _pool_of_queue(tx: Transaction, caller: Caller, arguments: Arguments) -> None:
    pool = await tx.fetch_value(statements.pool_of_queue(), {"row_id": arguments["id"]})
    if pool is not None:
        _check_pool(caller, pool)


_CLAIMING: Final = frozenset(
    {"get_scheduled_flow_runs", "get_scheduled_flow_runs_for_deployments", "read_work_queue_runs"}
)
"""Read by name, but whoever asks takes note of it."""

_OF_BOTH: Final[Mapping[str, Judge]] = {
    "create_logs": _logs,
    "create_events": _events,
    "create_flow_run_input": _said_to_run,
    "delete_flow_run_input": _this_run,
    "renew_lease": _this_run,
    "resume_flow_run": _this_run,
    "set_flow_run_state": _this_run,
    "update_flow_run": _this_run,
    "update_flow_run_labels": _this_run,
}

_VARIABLES, _BLOCKS = _if_may("variables"), _if_may("blocks")

_OF_RUNS: Final[Mapping[str, Judge]] = {
    **_OF_BOTH,
    "acquire_slots": _free,
    "bulk_create_flow_runs_from_deployment": _run_of_deployment,
    "create_artifact": _new_artifact,
    "create_block_document": _BLOCKS,
    "create_block_schema": _BLOCKS,
    "create_block_type": _BLOCKS,
    "create_flow": _free,
    "create_flow_run": _new_run,
    "create_flow_run_from_deployment": _run_of_deployment,
    "create_task_run": _new_task_run,
    "create_variable": _VARIABLES,
    "decrement_slots": _free,
    "decrement_slots_with_lease": _free,
    "decrement_tag_slots": _free,
    "delete_variable": _VARIABLES,
    "delete_variable_by_name": _VARIABLES,
    "hold_slots": _free,
    "increment_slots": _free,
    "increment_slots_with_lease": _free,
    "increment_tag_slots": _free,
    "record_task_runs": _records,
    "renew_slot_lease": _free,
    "set_task_run_state": _this_task_run,
    "update_artifact": _this_artifact,
    "update_block_document": _BLOCKS,
    "update_block_type": _BLOCKS,
    "update_task_run": _this_task_run,
    "update_variable": _VARIABLES,
    "update_variable_by_name": _VARIABLES,
}

_OF_WORKERS: Final[Mapping[str, Judge]] = {
    **_OF_BOTH,
    "create_work_pool": _named_pool,
    "end_run_token": _this_run,
    "read_work_queue_runs": _pool_of_queue,
    "release_flow_run": _this_run,
    "report_launch": _this_run,
}
