"""Automations that fire, and the service that does what they are to do."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from tests.ops.automations import DOOR, Evaluator, automation, event, firings, happen
from tests.ops.world import World

from penstock.contract.automation_log import Firing, FiringAction
from penstock.db.event_tables import event_outbox, events
from penstock.domain.events import Event, NewEvent
from penstock.server.services.actions import Actions
from penstock.server.views.automations import event_from


class Actor:
    """The services of one server that automations need, turned by hand."""

    def __init__(self, world: World, db: Any = None) -> None:
        self.world = world
        self.evaluator = Evaluator(world)
        self.service = Actions(db or world.db, world.limits)

    def turn(self) -> float:
        """Do all that is due; seconds until there may be more."""
        return self.world.store.run(self._turn())

    async def _turn(self) -> float:
        for _ in range(100):
            done = await self.service.run_once()
            await self.service.end()
            if done.again_in > 0 and not done.done:
                return done.again_in
        raise AssertionError("it does not come to an end")

    def fire(self, *actions: Any, about: NewEvent | None = None, **given: Any) -> list[FiringAction]:
        """An automation with these actions fires, and they are done; what became of them."""
        return self.firing(*actions, about=about, **given).actions

    def firing(self, *actions: Any, about: NewEvent | None = None, **given: Any) -> Firing:
        """The same, and the firing."""
        made = automation(self.world, actions=list(actions), **given)
        happen(self.world, about or event())
        self.evaluator.turn()
        # The log stands in the order of the firings, each a tick after the one before.
        self.world.clock.advance(seconds=0.001)
        self.turn()
        (fired,) = firings(self.world, made)
        return fired


def events_about(world: World, prefix: str) -> list[Event]:
    """The events whose names begin with `prefix`, in the order in which they were written."""
    order = event_outbox.c.position
    query = sa.select(events).join(event_outbox, event_outbox.c.event_id == events.c.id).order_by(order)
    found = world.store.read(lambda tx: tx.fetch_all(query))
    return [event_from(row) for row in found if row["event"].startswith(prefix)]


def run_id(done: FiringAction) -> UUID:
    """The run that an action made."""
    assert done.status == "done", done.reason
    assert done.flow_run_id is not None
    return UUID(str(done.flow_run_id))


__all__ = ["DOOR", "Actor", "automation", "event", "events_about", "firings", "happen", "run_id"]
