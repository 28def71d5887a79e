"""What there is, as actions and their templates see it: read by the use cases that answer requests."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from penstock.contract.filters import WorkPoolFilter
from penstock.contract.operators import IdIn
from penstock.contract.work_pools import WorkPoolQuery, WorkPoolResponse
from penstock.db.port import Transaction
from penstock.domain.errors import NotFound
from penstock.server.blocks import document
from penstock.server.caller import Caller
from penstock.server.use_cases import use


async def work_pool(tx: Transaction, caller: Caller, id: UUID) -> WorkPoolResponse:
    """A work pool by its id, which requests know by name. Raises `NotFound`."""
    query = WorkPoolQuery(work_pools=WorkPoolFilter(id=IdIn(any_=[id])), limit=1)
    found: list[WorkPoolResponse] = await use(tx, caller, "read_work_pools", body=query)
    if not found:
        message = f"There is no work pool {id}."
        raise NotFound(message)
    return found[0]


async def name_of(tx: Transaction, caller: Caller, noun: str, id: UUID) -> str | None:
    """What a thing is called. Raises `NotFound`."""
    if noun == "block-document":
        return str((await document(tx, id))["name"])
    found = await READS[noun](tx, caller, id)
    return found.name  # type: ignore[no-any-return]  # every one of them has a name


def _by(use_case: str) -> Callable[[Transaction, Caller, UUID], Awaitable[Any]]:
    async def read(tx: Transaction, caller: Caller, id: UUID) -> Any:
        return await use(tx, caller, use_case, id=id)

    return read


READS: Final[dict[str, Callable[[Transaction, Caller, UUID], Awaitable[Any]]]] = {
    "automation": _by("read_automation"),
    "deployment": _by("read_deployment"),
    "flow": _by("read_flow"),
    "flow-run": _by("read_flow_run"),
    "task-run": _by("read_task_run"),
    "work-pool": work_pool,
    "work-queue": _by("read_work_queue_by_id"),
}
"""How a thing is read by its id, by the noun in ids of resources."""
