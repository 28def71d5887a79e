"""Who waits for slots of concurrency limits at this server: a line for each limit, first come, first served.

Only who is first in all of its lines looks whether there is room. So a slot that becomes free wakes one,
however many wait, and nobody who asks for little overtakes one who asks for more.
"""

import asyncio
from bisect import insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count


class Ticket:
    """Somebody's place in the lines of some limits."""

    def __init__(self, names: Sequence[str], since: datetime, number: int) -> None:
        self.names = names
        self.order = (since, number)
        self._turn = asyncio.Event()

    def __lt__(self, other: "Ticket") -> bool:
        return self.order < other.order

    def call(self) -> None:
        """Its turn may have come."""
        self._turn.set()

    async def called(self, seconds: float) -> None:
        """Wait until it is called, or so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._turn.wait()
        except TimeoutError:
            return
        self._turn.clear()


class WaitingLines:
    """The lines of one process. To be used on its event loop only."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Ticket]] = {}
        self._numbers = count()

    def is_empty(self, names: Sequence[str]) -> bool:
        """Whether nobody waits for any of these limits."""
        return not any(name in self._lines for name in names)

    @contextmanager
    def joined(self, names: Sequence[str], since: datetime) -> Iterator[Ticket]:
        """A place in the lines of these limits, behind all who have waited longer.

        Args:
            names: Of the limits, each once.
            since: Since when it waits; who asks again has its old place.
        """
        ticket = Ticket(names, since, next(self._numbers))
        for name in names:
            insort(self._lines.setdefault(name, []), ticket)
        try:
            yield ticket
        finally:
            for name in names:
                self._leave(name, ticket)

    def is_first(self, ticket: Ticket) -> bool:
        """Whether its turn has come: nobody is before it in any of its lines."""
        return all(self._lines[name][0] is ticket for name in ticket.names)

    def _leave(self, name: str, ticket: Ticket) -> None:
        line = self._lines[name]
        line.remove(ticket)
        if line:
            line[0].call()
        else:
            del self._lines[name]
