"""Values that are said to flow runs, by keys: sent, found, waited for, read, taken back."""

import time
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import msgspec

from penstock.client.client import Client
from penstock.contract import flow_run_inputs as wire
from penstock.contract.flow_run_inputs import FlowRunInput, FlowRunInputCreate, FlowRunInputQuery
from penstock.domain.errors import PenstockError, Unavailable
from penstock.sdk.caller_colour import caller_colour, finished
from penstock.sdk.context import FlowRunContext
from penstock.sdk.engine.colours import SUSPENDING, Colour
from penstock.sdk.engine.session import current_session
from penstock.sdk.exceptions import MissingContextError

SENDER = "prefect.flow-run."
"""Followed by the id of the flow run that says something."""
_SHORTEST_PAUSE = 0.05
_SHARE = 0.1
"""The pause between two looks, as a share of how long there has been nothing."""


def receiver(flow_run_id: UUID | None) -> UUID:
    """The run with this id, or else the one around the calling code.

    Raises:
        MissingContextError: There is none.
    """
    if flow_run_id is not None:
        return flow_run_id
    context = FlowRunContext.get()
    if context is None:
        raise MissingContextError("Name a flow run by flow_run_id, or call this from a flow.")
    return context.flow_run.id


def sender_here() -> str | None:
    """Who says something that is said here: the flow run around the calling code."""
    context = FlowRunContext.get()
    return f"{SENDER}{context.flow_run.id}" if context is not None else None


def client_in(colour: Colour) -> Client:
    """The client of this process."""
    return current_session().client(colour)


async def say(
    colour: Colour, key: str, value: str, flow_run_id: UUID | None = None, sender: str | None = None
) -> None:
    """Say something, which is JSON already, to a flow run."""
    body = FlowRunInputCreate(key=key, value=value, sender=sender or sender_here())
    await client_in(colour).call(wire.create_flow_run_input, receiver(flow_run_id), body)


async def hear(colour: Colour, key: str, flow_run_id: UUID | None = None) -> bytes:
    """What was said to a flow run, as JSON. Raises `NotFound`."""
    return await client_in(colour).call(wire.read_flow_run_input, receiver(flow_run_id), key)


async def find(colour: Colour, flow_run_id: UUID, query: FlowRunInputQuery) -> list[FlowRunInput]:
    """What was said to a flow run, by the beginning of its keys."""
    return await client_in(colour).call(wire.filter_flow_run_input, flow_run_id, query)


async def take_back(colour: Colour, key: str, flow_run_id: UUID | None = None) -> None:
    """Take back what was said to a flow run. Raises `NotFound`."""
    await client_in(colour).call(wire.delete_flow_run_input, receiver(flow_run_id), key)


class Patience(msgspec.Struct, frozen=True):
    """How long to wait for something, and how often to look, both in seconds."""

    timeout: float | None
    poll_interval: float

    async def until(
        self,
        ask: Callable[[float], Coroutine[Any, Any, Any]],
        look: Callable[[], Coroutine[Any, Any, Any]],
        colour: Colour,
        *,
        pushes: bool,
    ) -> Any:
        """What is waited for, or None when the time is over.

        Args:
            ask: Asks a server that answers as soon as there is something, and waits at most so many seconds.
            look: Looks once.
            pushes: Whether there is such a server; otherwise, and where it does not know how to be asked, it
                is looked for again and again.
        """
        began = time.monotonic()
        while True:
            waited = time.monotonic() - began
            left = float("inf") if self.timeout is None else self.timeout - waited
            longest = max(_SHORTEST_PAUSE, min(self.poll_interval, left, wire.MAX_INPUT_WAIT_SECONDS))
            try:
                found = await (ask(longest) if pushes and left > 0 else look())
            except PenstockError as error:
                if not pushes or isinstance(error, Unavailable):
                    raise
                pushes = False  # if it is not for that, looking fails in the same way
                continue
            if found or left <= 0:
                return found or None
            if not pushes:
                await colour.sleep(min(max(waited * _SHARE, _SHORTEST_PAUSE), longest))


async def wait_for(
    colour: Colour, flow_run_id: UUID, prefix: str, without: list[str], patience: Patience
) -> FlowRunInput | None:
    """The first thing that is said to a flow run under a new key; None when the time is over."""
    client = client_in(colour).patient()

    async def ask(seconds: float) -> list[FlowRunInput]:
        body = wire.FlowRunInputWait(prefix=prefix, limit=1, exclude_keys=without, wait_seconds=seconds)
        return await client.call(wire.await_flow_run_input, flow_run_id, body)

    async def look() -> list[FlowRunInput]:
        body = FlowRunInputQuery(prefix=prefix, limit=1, exclude_keys=without)
        return await client.call(wire.filter_flow_run_input, flow_run_id, body)

    found = await patience.until(ask, look, colour, pushes=client.api_url is not None)
    return found[0] if found else None


# What users call.


def create_flow_run_input(
    key: str, value: Any, flow_run_id: UUID | None = None, sender: str | None = None
) -> None:
    """Say something to a flow run. In a coroutine, await it.

    Args:
        key: Must be new to the run.
        value: Anything that can be said as JSON.
        flow_run_id: The run around the calling code, where it is left out.
        sender: Who says it; the flow run around the calling code, where it is left out.

    Raises:
        AlreadyExists: The run was told something under this key.
        MissingContextError: No run is named, and there is none here.
    """
    colour = caller_colour()
    return finished(say(colour, key, _json(value), flow_run_id, sender), colour)


async def acreate_flow_run_input(
    key: str, value: Any, flow_run_id: UUID | None = None, sender: str | None = None
) -> None:
    """`create_flow_run_input` that is always awaited."""
    await say(SUSPENDING, key, _json(value), flow_run_id, sender)


def read_flow_run_input(key: str, flow_run_id: UUID | None = None) -> Any:
    """What was said to a flow run under a key. In a coroutine, await it. Raises `NotFound`."""
    colour = caller_colour()
    return finished(_read(colour, key, flow_run_id), colour)


async def aread_flow_run_input(key: str, flow_run_id: UUID | None = None) -> Any:
    """`read_flow_run_input` that is always awaited."""
    return await _read(SUSPENDING, key, flow_run_id)


def filter_flow_run_input(
    key_prefix: str,
    limit: int = 1,
    exclude_keys: set[str] | None = None,
    flow_run_id: UUID | None = None,
) -> list[FlowRunInput]:
    """What was said to a flow run under keys that begin so, oldest first. In a coroutine, await it."""
    colour = caller_colour()
    return finished(_filter(colour, key_prefix, limit, exclude_keys, flow_run_id), colour)


async def afilter_flow_run_input(
    key_prefix: str,
    limit: int = 1,
    exclude_keys: set[str] | None = None,
    flow_run_id: UUID | None = None,
) -> list[FlowRunInput]:
    """`filter_flow_run_input` that is always awaited."""
    return await _filter(SUSPENDING, key_prefix, limit, exclude_keys, flow_run_id)


def delete_flow_run_input(key: str, flow_run_id: UUID | None = None) -> None:
    """Take back what was said to a flow run. In a coroutine, await it. Raises `NotFound`."""
    colour = caller_colour()
    return finished(take_back(colour, key, flow_run_id), colour)


async def adelete_flow_run_input(key: str, flow_run_id: UUID | None = None) -> None:
    """`delete_flow_run_input` that is always awaited."""
    await take_back(SUSPENDING, key, flow_run_id)


async def _read(colour: Colour, key: str, flow_run_id: UUID | None) -> Any:
    return msgspec.json.decode(await hear(colour, key, flow_run_id))


async def _filter(
    colour: Colour, prefix: str, limit: int, without: set[str] | None, flow_run_id: UUID | None
) -> list[FlowRunInput]:
    query = FlowRunInputQuery(prefix=prefix, limit=limit, exclude_keys=sorted(without or ()))
    return await find(colour, receiver(flow_run_id), query)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
