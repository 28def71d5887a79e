"""The automations that may fire, ready to be asked, and kept for as long as nobody changes them."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from penstock.db.port import Row, Transaction
from penstock.db.statements import automations as statements
from penstock.domain.automations import MetricTrigger, Trigger
from penstock.domain.events import ID, Event, resource_id
from penstock.domain.triggers import Interests, Watch, metric
from penstock.server.rendering.renderer import renderer
from penstock.server.views.automations import core_from

_LOG = logging.getLogger("penstock.server.automations")
_ECHO: Final = "prefect.automation."
_ACTIONS: Final = ("actions", "actions_on_trigger", "actions_on_resolve")


class Listener:
    """One automation."""

    def __init__(self, row: Row) -> None:
        """Raises `msgspec.ValidationError` where the row can't be read."""
        self.row = row
        self.id: UUID = row["id"]
        self.since: datetime = row["since"]
        self.trigger: Trigger = core_from(row).trigger
        self.watch = Watch(self.trigger)
        self._resource = resource_id("automation", self.id)
        self._wants_echo = any(name.startswith(_ECHO) for name in names_in(self.watch) or ())

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.row["name"])

    @property
    def has_templates(self) -> bool:
        """Whether its actions are filled before they are done."""
        return any("{{" in text or "{%" in text for text in (json.dumps(self.row[each]) for each in _ACTIONS))

    def hears(self, event: Event) -> bool:
        """Whether an event is for it at all.

        What was received before it began is not; nor is what tells of its own firings, unless it asks for
        that by name: whoever listens to everything would listen to themselves for ever.
        """
        if event.received is not None and event.received < self.since:
            return False
        is_echo = event.event.startswith(_ECHO) and event.resource[ID] == self._resource
        return self._wants_echo or not is_echo


def names_in(watch: Watch) -> list[str] | None:
    """The names of events that a trigger cares for, some with a `*` at their end; None: all names."""
    names: list[str] = []
    for source in watch.sources.values():
        if isinstance(source.trigger, MetricTrigger):
            names += metric.NAMES
        elif not source.trigger.expect:
            return None
        else:
            names += [*source.trigger.expect, *source.trigger.after]
    return names


class Listeners:
    """All automations that may fire, as of one moment."""

    def __init__(self, by_id: Mapping[UUID, Listener]) -> None:
        self.by_id = by_id
        self._interests = Interests({id: listener.watch for id, listener in by_id.items()})

    def concerned(self, event: Event) -> list[Listener]:
        """Those that an event concerns."""
        found = (self.by_id[id] for id in self._interests.concerned(event))
        return [listener for listener in found if listener.hears(event)]


class Audience:
    """Keeps the listeners of one server. What it has is compared with the database in each transaction."""

    def __init__(self) -> None:
        self._versions: list[tuple[UUID, Any]] = []
        self._listeners = Listeners({})

    async def gather(self, tx: Transaction) -> Listeners:
        """The automations that may fire, as they are in this transaction."""
        versions = [(row["id"], row["updated"]) for row in await tx.fetch_all(statements.versions())]
        if versions != self._versions:
            listeners = await self._load(tx, versions)
            self._versions, self._listeners = versions, listeners
            if any(listener.has_templates for listener in listeners.by_id.values()):
                # The first to fire after a start need not wait for the process that fills them.
                tx.after_commit(renderer.warm_up)
        return self._listeners

    async def _load(self, tx: Transaction, versions: list[tuple[UUID, Any]]) -> Listeners:
        known = dict(self._versions)
        kept = {
            id: self._listeners.by_id[id]
            for id, at in versions
            if known.get(id) == at and id in self._listeners.by_id
        }
        rows = await tx.fetch_all(statements.by_ids([id for id, _ in versions if id not in kept]))
        fresh = {row["id"]: row for row in rows}
        by_id: dict[UUID, Listener] = {}
        for id, _ in versions:
            try:
                by_id[id] = kept[id] if id in kept else Listener(fresh[id])
            except Exception:
                _LOG.exception("The automation %s can't be read, and is left out.", id)
        return Listeners(by_id)
