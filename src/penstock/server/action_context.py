"""What the templates of an action see: the event, the automation, and the things that the event is about.

All of it is plain data. Only what a template names is read, and what may hold credentials is left out: job
variables, pull steps and base job templates are not for templates.
"""

from collections.abc import Callable, Collection
from typing import Any, Final
from uuid import UUID

import msgspec

from penstock.db.port import Transaction
from penstock.domain.errors import NotFound
from penstock.domain.events import as_data
from penstock.server import action_reads
from penstock.server.action_kinds import Occasion
from penstock.server.action_targets import ids_of
from penstock.server.caller import Caller
from penstock.server.use_cases import use

_HIDDEN: Final = frozenset(
    {
        "base_job_template",
        "context",
        "empirical_policy",
        "infrastructure_document_id",
        "infrastructure_pid",
        "job_variables",
        "job_variable_warnings",
        "lease",
        "pull_steps",
        "storage_configuration",
    }
)
"""Fields of answers that templates don't see."""

_READ: Final = frozenset({"deployment", "flow", "flow_run", "task_run", "work_pool", "work_queue"})
"""Names of what has to be read."""
_OF_RUN: Final = {
    "flow": "flow_id",
    "deployment": "deployment_id",
    "work_queue": "work_queue_id",
    "work_pool": "work_pool_id",
}
"""By which field a run leads to what the event does not name itself."""


async def context_of(
    tx: Transaction, caller: Caller, occasion: Occasion, names: Collection[str]
) -> dict[str, Any]:
    """What templates that name `names` are filled in from. What there is not is left out."""
    context = {name: make(occasion) for name, make in _AT_HAND.items() if name in names}
    if occasion.event is None:
        context.pop("event", None)
    reader = _Reader(tx, caller, occasion)
    for name in sorted(_READ.intersection(names)):
        if (found := await reader.read(name)) is not None:
            context[name] = found
    return context


async def variables_of(tx: Transaction, caller: Caller, names: Collection[str]) -> dict[str, Any]:
    """The values of variables, those that there are."""
    values = {}
    for name in sorted(names):
        try:
            values[name] = (await use(tx, caller, "read_variable_by_name", name=name)).value
        except NotFound:
            continue  # whoever fills in the template says where it is missed
    return values


def _automation(occasion: Occasion) -> dict[str, Any]:
    return {
        "id": str(occasion.automation_id),
        "name": occasion.name,
        "description": occasion.description,
        "tags": occasion.tags,
        "trigger": occasion.trigger,
    }


def _firing(occasion: Occasion) -> dict[str, Any]:
    return {
        "id": str(occasion.firing_id),
        "trigger_id": str(occasion.trigger_id),
        "state": occasion.state,
        "fired": occasion.fired.isoformat(),
        "labels": occasion.labels,
        "events": occasion.events,
    }


_AT_HAND: Final[dict[str, Callable[[Occasion], Any]]] = {
    "automation": _automation,
    "event": lambda occasion: as_data(occasion.event) if occasion.event else None,
    "events": lambda occasion: occasion.events,
    "firing": _firing,
    "labels": lambda occasion: occasion.labels,
    "metric": lambda occasion: occasion.trigger.get("metric"),
    "trigger": lambda occasion: occasion.trigger,
}


class _Reader:
    """Reads things that the event is about, each once."""

    def __init__(self, tx: Transaction, caller: Caller, occasion: Occasion) -> None:
        self._tx, self._caller, self._occasion = tx, caller, occasion
        self._read: dict[str, dict[str, Any] | None] = {}

    async def read(self, name: str) -> dict[str, Any] | None:
        """What a template means by `name`; None where the event has to do with none, or it is gone."""
        if name not in self._read:
            self._read[name] = await self._look_up(name)
        return self._read[name]

    async def _look_up(self, name: str) -> dict[str, Any] | None:
        id = await self._id(name)
        if id is None:
            return None
        try:
            answer = await action_reads.READS[name.replace("_", "-")](self._tx, self._caller, id)
        except NotFound:
            return None
        data = msgspec.to_builtins(answer)
        return {field: value for field, value in data.items() if field not in _HIDDEN}

    async def _id(self, name: str) -> UUID | None:
        found = ids_of(name.replace("_", "-"), self._occasion)
        if found:
            return found[0] if len(found) == 1 else None
        if name not in _OF_RUN or (run := await self.read("flow_run")) is None:
            return None
        id = run.get(_OF_RUN[name])
        return UUID(id) if id else None
