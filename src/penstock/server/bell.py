"""A waiter's bell: what one part of the server wakes another by."""

import asyncio


class Bell:
    """One waiter's bell. It remembers one ring, so that none is missed between two waits.

    `replaced` says that another waiter has taken the seat of this one, which should answer and go.
    """

    def __init__(self) -> None:
        self.replaced = False
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the waiter, from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self, seconds: float) -> bool:
        """Wait for a ring since the last wait; whether there was one within so many seconds."""
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True
