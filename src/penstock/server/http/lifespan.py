"""The lifespan of an ASGI application: what a server that hosts us tells it at its start and at its end.

Our own process (`server/run.py`) enters `App.running` itself; this is for other hosts.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from penstock.server.http.answers import Receive, Send

_log = logging.getLogger(__name__)


async def span(
    running: Callable[[], AbstractAsyncContextManager[None]], receive: Receive, send: Send
) -> None:
    """Enter `running` when the host starts, and leave it when the host ends.

    Raises:
        Exception: What went wrong. The host is told first, so that it says so and ends.
    """
    phase = "startup"
    try:
        await receive()
        async with running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
            phase = "shutdown"
    except Exception as error:
        _log.exception("The %s of the server failed.", phase)
        await send({"type": f"lifespan.{phase}.failed", "message": str(error)})
        raise
    await send({"type": "lifespan.shutdown.complete"})
