"""What waits to be shipped: a queue that knows about how much memory its log lines take."""

from collections import deque

from penstock.contract.events import Event
from penstock.contract.logs import LogCreate
from penstock.contract.task_runs import TaskRun
from penstock.domain.states import State

Entry = tuple[TaskRun, State | None] | LogCreate | Event


class Backlog(deque[Entry]):
    """Entries in order; any thread may append, and one at a time takes.

    `characters` is of the messages of log lines, one or a few bytes each. Adding to it takes no lock, as
    threads that log are interrupted anywhere: should it be wrong, it is right again when all is taken.
    """

    def __init__(self) -> None:
        super().__init__()
        self.characters = 0

    def append_line(self, line: LogCreate) -> None:
        """Put a log line at the end."""
        self.append(line)
        self.characters += len(line.message)

    def take(self, most: int, most_characters: int) -> list[Entry]:
        """At least one entry from the front, if there is one, and at most so many or so much."""
        taken: list[Entry] = []
        characters = 0
        while len(self) and len(taken) < most and characters < most_characters:
            entry = self.popleft()
            taken.append(entry)
            if isinstance(entry, LogCreate):
                characters += len(entry.message)
        self.characters = self.characters - characters if len(self) else 0
        return taken

    def put_back(self, entries: list[Entry]) -> None:
        """To the front, in the order in which they were taken."""
        self.extendleft(reversed(entries))
        self.characters += sum(len(entry.message) for entry in entries if isinstance(entry, LogCreate))
