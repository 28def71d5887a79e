"""What wants a look, and when: a heap of due times."""

from datetime import datetime
from heapq import heapify, heappop, heappush
from uuid import UUID

_MOST_STALE = 64


class Agenda:
    """Things by the moment at which they want their next look. Each stands in it once."""

    def __init__(self) -> None:
        self._due: dict[UUID, datetime] = {}
        # Also holds moments that were put off or dropped since: they are passed over when they come up.
        self._heap: list[tuple[datetime, UUID]] = []

    def __len__(self) -> int:
        return len(self._due)

    def __contains__(self, id: UUID) -> bool:
        return id in self._due

    @property
    def next_due(self) -> datetime | None:
        """When the next look is wanted; None where there is nothing to look at."""
        self._pass_over_stale()
        return self._heap[0][0] if self._heap else None

    def put(self, id: UUID, due: datetime) -> None:
        """Let a thing have its next look then, whatever was said before."""
        if self._due.get(id) == due:
            return
        self._due[id] = due
        heappush(self._heap, (due, id))
        if len(self._heap) > 2 * len(self._due) + _MOST_STALE:
            self._heap = [(due, id) for id, due in self._due.items()]
            heapify(self._heap)

    def drop(self, id: UUID) -> None:
        """Look at a thing no more."""
        self._due.pop(id, None)

    def take(self, now: datetime, at_most: int) -> list[UUID]:
        """Take out what is due, the longest due first."""
        taken: list[UUID] = []
        while len(taken) < at_most and (due := self.next_due) is not None and due <= now:
            id = heappop(self._heap)[1]
            del self._due[id]
            taken.append(id)
        return taken

    def _pass_over_stale(self) -> None:
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
