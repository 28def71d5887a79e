"""What is said to flow runs, by keys."""

import time
from uuid import UUID

from penstock.contract.flow_run_inputs import (
    FlowRunInput,
    FlowRunInputCreate,
    FlowRunInputQuery,
    FlowRunInputWait,
)
from penstock.db.port import Database, Transaction
from penstock.db.statements import flow_run_inputs as statements
from penstock.domain.errors import AlreadyExists, NotFound, TooLarge
from penstock.domain.names import check_name
from penstock.domain.parameters import BY_REFERENCE
from penstock.server import run_input, runs
from penstock.server.bus import Bus, run_input_topic
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation


@operation("create_flow_run_input", access="write")
async def create_flow_run_input(
    tx: Transaction, caller: Caller, *, id: UUID, body: FlowRunInputCreate
) -> None:
    """Say something to a flow run.

    Raises:
        NotFound: There is no such run.
        AlreadyExists: It was told something under this key.
        TooLarge: The value is larger than a run's parameters may be.
    """
    check_name(body.key, "key")
    _check_size(body.value, caller)
    await runs.load(tx, id)
    if not await tx.execute(statements.add(), run_input.row_of(tx, id, body.key, body.value, body.sender)):
        message = f"The flow run was told something under the key {body.key!r} already."
        raise AlreadyExists(message, hint="Choose another key, or delete that one first.")
    run_input.told(tx, id)


def _check_size(value: str, caller: Caller) -> None:
    size, limit = len(value.encode()), caller.limits.parameter_bytes
    if size > limit:
        message = f"The value is {size} bytes; this server takes {limit}."
        raise TooLarge(message, hint=BY_REFERENCE, detail={"size": size, "limit": limit})


@operation("filter_flow_run_input", access="read")
async def filter_flow_run_input(
    tx: Transaction, caller: Caller, *, id: UUID, body: FlowRunInputQuery
) -> list[FlowRunInput]:
    """What was said to a flow run, by the beginning of its keys."""
    return await run_input.said(tx, id, body.prefix, body.exclude_keys, body.limit)


@operation("await_flow_run_input", access="poll")
async def await_flow_run_input(
    db: Database, bus: Bus, caller: Caller, *, id: UUID, body: FlowRunInputWait
) -> list[FlowRunInput]:
    """The same, and where there is nothing yet, as soon as there is.

    Raises:
        NotFound: There is no such run.
    """

    async def look(tx: Transaction) -> list[FlowRunInput]:
        return await run_input.said(tx, id, body.prefix, body.exclude_keys, body.limit)

    ends = time.monotonic() + body.wait_seconds
    await db.read(lambda tx: runs.load(tx, id))
    with bus.listening(run_input_topic(id)) as bell:
        while True:
            found = await db.read(look)
            left = ends - time.monotonic()
            if found or left <= 0 or bus.is_closing:
                return found
            await bell.wait(left)


@operation("read_flow_run_input", access="read")
async def read_flow_run_input(tx: Transaction, caller: Caller, *, id: UUID, key: str) -> bytes:
    """One value that was said to a flow run, as it was sent.

    Raises:
        NotFound: Nothing was said under this key.
    """
    row = await tx.fetch_one(statements.by_key(), {"run_id": id, "key": key})
    if row is None:
        raise _unknown(key)
    return str(row["value"]).encode()


@operation("delete_flow_run_input", access="write")
async def delete_flow_run_input(tx: Transaction, caller: Caller, *, id: UUID, key: str) -> None:
    """Take back what was said to a flow run.

    Raises:
        NotFound: Nothing was said under this key.
    """
    if not await tx.execute(statements.delete(), {"run_id": id, "key": key}):
        raise _unknown(key)


def _unknown(key: str) -> NotFound:
    return NotFound(f"Nothing was said to this flow run under the key {key!r}.")
