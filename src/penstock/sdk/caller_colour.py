"""Functions that serve code with and without an event loop: which of the two is calling."""

import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

from penstock.colourless import run_sync
from penstock.sdk.context import FlowRunContext, TaskRunContext
from penstock.sdk.engine.colours import BLOCKING, SUSPENDING, Colour

T = TypeVar("T")


def caller_colour() -> Colour:
    """`SUSPENDING` in an asynchronous flow or task, and elsewhere in a coroutine; else `BLOCKING`."""
    task, flow = TaskRunContext.get(), FlowRunContext.get()
    if task is not None:
        return SUSPENDING if task.task.isasync else BLOCKING
    if flow is not None:
        return SUSPENDING if flow.flow.isasync else BLOCKING
    asyncio = sys.modules.get("asyncio")
    return SUSPENDING if asyncio is not None and asyncio._get_running_loop() is not None else BLOCKING


def finished(work: Coroutine[Any, Any, T], colour: Colour) -> T:
    """What `work` returns; where the caller suspends, the coroutine, to be awaited by it."""
    outcome: Any = work if colour.suspends else run_sync(work)
    result: T = outcome
    return result
