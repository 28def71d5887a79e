"""Calls from an event loop: each makes its way over HTTP in a thread, and the loop goes on meanwhile."""

from collections.abc import Mapping
from typing import Any

from penstock.client.http import Flight, HttpTransport
from penstock.client.transport import Request, pause_on_loop
from penstock.settings import Settings

MAX_THREADS = 32


class ThreadHopTransport:
    """`HttpTransport` for coroutines on an event loop. A call that is cancelled is broken off at once.

    At most `MAX_THREADS` calls are under way at a time; others wait their turn.
    """

    def __init__(self, url: str, settings: Settings, environment: Mapping[str, str]) -> None:
        self._http = HttpTransport(url, settings, environment)
        from concurrent.futures import ThreadPoolExecutor  # not for those who have no loop

        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="penstock-client")

    @property
    def api_url(self) -> str:
        """URL of the API."""
        return self._http.api_url

    async def send(self, request: Request) -> Any:
        """Make one attempt in a thread of its own."""
        import asyncio

        flight = Flight()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, self._http.exchange, request, flight)
        except asyncio.CancelledError:
            flight.abort()
            raise

    async def sleep(self, seconds: float) -> None:
        """Wait before the next attempt."""
        await pause_on_loop(seconds)

    def close(self) -> None:
        """Let threads end as they come free, and close the connections that are not in use."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._http.close()
