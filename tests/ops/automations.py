"""Things that stories about automations begin with."""

from typing import Any
from uuid import UUID

from tests.ops.world import World

from penstock.contract.automation_log import Firing, FiringQuery
from penstock.contract.automations import Automation, AutomationCreate
from penstock.domain.automations import DoNothing, EventTrigger
from penstock.domain.events import ID, NewEvent
from penstock.server.emitting import emit
from penstock.server.services.triggers import Triggers

EVERY_FAILURE = EventTrigger(expect=["prefect.flow-run.Failed"])
DOOR = EventTrigger(expect=["door.opened"])


def body_of(**given: Any) -> dict[str, Any]:
    return {"name": "watch", "trigger": DOOR, "actions": [DoNothing()], **given}


def automation(world: World, **given: Any) -> Automation:
    made: Automation = world.call("create_automation", body=AutomationCreate(**body_of(**given)))
    return made


def event(name: str = "door.opened", resource: str = "door.1", **given: Any) -> NewEvent:
    labels = given.pop("labels", {})
    return NewEvent(event=name, resource={ID: resource, **labels}, **given)


def happen(world: World, *events: NewEvent) -> None:
    """Write events, as somebody who sends them would."""
    world.store.write(lambda tx: emit(tx, None, *events))


class Evaluator:
    """The service of one server, turned by hand."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.service = Triggers(world.db, world.limits)

    def turn(self) -> float:
        """Evaluate until there is nothing more to do now; seconds until there may be."""
        for _ in range(1000):
            done = self.world.store.run(self.service.run_once())
            if not done.done:
                return done.again_in
        raise AssertionError("it does not come to an end")


def firings(world: World, made: Automation | UUID, **given: Any) -> list[Firing]:
    """What an automation did, oldest first."""
    id = getattr(made, "id", made)
    found: list[Firing] = world.call("read_firings", id=id, body=FiringQuery(**given))
    return found[::-1]
