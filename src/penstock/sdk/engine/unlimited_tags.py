"""Which tags have no concurrency limit, as far as this process knows.

Most have none, and a task run with such tags should cost no question: what the server said is remembered for
a few seconds. So a limit that is made now holds for task runs that begin after them.
"""

from collections.abc import Iterable

from penstock.domain.limits import tag_limit

REMEMBERED = 10.0
"""Seconds for which nobody asks again about a tag that has no limit."""


class UnlimitedTags:
    """The tags that had no limit when the server was asked last, and when that was."""

    def __init__(self) -> None:
        self._asked: dict[str, float] = {}

    def are_known(self, tags: Iterable[str], now: float) -> bool:
        """Whether nobody needs to ask about any of these tags."""
        return all(now - self._asked.get(tag, now - REMEMBERED) < REMEMBERED for tag in tags)

    def were_known(self, tags: Iterable[str]) -> bool:
        """Whether none of them had a limit when it was asked about last, however long ago."""
        return all(tag in self._asked for tag in tags)

    def learn(self, tags: Iterable[str], limited: Iterable[str], now: float) -> None:
        """The server was asked about tags; `limited` are the names of the limits that it knows."""
        named = set(limited)
        for tag in tags:
            if tag_limit(tag) in named:
                self._asked.pop(tag, None)
            else:
                self._asked[tag] = now
