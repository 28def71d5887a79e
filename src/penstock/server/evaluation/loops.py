"""Automations that feed themselves are found, so that they can be stopped."""

from collections import Counter
from datetime import timedelta
from typing import Final
from uuid import UUID

from penstock.db.port import Transaction
from penstock.db.statements import firings
from penstock.domain.events import ID, ROLE, Event, resource_id
from penstock.server.evaluation.folding import Fired
from penstock.server.event_sources.resources import CAUSE, DEPTH

DEEPEST: Final = 10
"""How many firings may lead to one, each by its actions."""
MOST_A_MINUTE: Final = 100
"""How often an automation may fire in a minute because of what its own actions did."""
_BEHIND: Final = frozenset({"creator", CAUSE})
_MINUTE = timedelta(minutes=1)
_NEXT_STEP = "Let its trigger leave out what its actions do, then enable it again."


def depth_of(event: Event | None) -> int:
    """How many firings led to an event, each by its actions."""
    depths = [labels[DEPTH] for labels in event.related if DEPTH in labels] if event else []
    return max((int(depth) for depth in depths if depth.isascii() and depth.isdigit()), default=0)


def is_own(fired: Fired) -> bool:
    """Whether an automation fired because of what its own actions did."""
    return fired.event is not None and _made_by(fired.event.related, fired.listener.id)


def _made_by(related: list[dict[str, str]], automation_id: UUID) -> bool:
    id = resource_id("automation", automation_id)
    return any(labels.get(ID) == id and labels.get(ROLE) in _BEHIND for labels in related)


class LoopGuard:
    """Looks at firings, one after the other, and says which automation must be stopped, and why."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._own: Counter[UUID] = Counter()

    async def objection(self, fired: Fired) -> str | None:
        """Why the automation must not go on, or None."""
        depth = depth_of(fired.event)
        if depth > DEEPEST:
            return (
                f"It feeds itself: {depth} firings in a row were each made by the actions of the one before, "
                f"and at most {DEEPEST} may be. {_NEXT_STEP}"
            )
        if not is_own(fired):
            return None
        id = fired.listener.id
        if id not in self._own:
            self._own[id] = await self._lately(id)
        self._own[id] += 1
        if self._own[id] > MOST_A_MINUTE:
            return (
                f"It feeds itself: it fired more than {MOST_A_MINUTE} times in a minute because of what its "
                f"own actions did. {_NEXT_STEP}"
            )
        return None

    async def _lately(self, automation_id: UUID) -> int:
        asked = {
            "of_automation": automation_id,
            "since": self._tx.now - _MINUTE,
            "at_most": MOST_A_MINUTE + 1,
        }
        rows = await self._tx.fetch_all(firings.by_caused_events(), asked)
        return sum(_made_by(row["related"], automation_id) for row in rows)
