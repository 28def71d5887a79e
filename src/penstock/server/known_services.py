"""Which background loops there are, and which of them the settings ask for."""

from collections.abc import Iterator

from penstock.server import ops  # noqa: F401 - first: what automations do is done by ops, of which some know actions
from penstock.server.services.actions import Actions
from penstock.server.services.base import Service
from penstock.server.services.late_runs import LateRuns
from penstock.server.services.lease_sweeper import LeaseSweeper
from penstock.server.services.missed_runs import MissedRuns
from penstock.server.services.name_stems import NameStems
from penstock.server.services.pause_expirations import PauseExpirations
from penstock.server.services.readiness import Readiness
from penstock.server.services.retention import Retention
from penstock.server.services.scheduler import Scheduler
from penstock.server.services.tallies import Tallies
from penstock.server.services.task_workers import TaskWorkers
from penstock.server.services.triggers import Triggers
from penstock.settings.tree import ServiceSettings

_ALWAYS: list[type[Service]] = [LeaseSweeper, TaskWorkers, Tallies, NameStems]
"""Without them, what a dead process holds would be held for ever; counts and searches would become slow."""


def kinds_of_services(wanted: ServiceSettings) -> Iterator[type[Service]]:
    """The loops that the settings ask for."""
    yield from _ALWAYS
    yield from (kind for kind, (_, is_wanted) in _by_kind(wanted).items() if is_wanted)


def switches_of_services(wanted: ServiceSettings) -> dict[type[Service], tuple[str | None, bool]]:
    """All loops; for each the setting that turns it off, where there is one, and whether it is on."""
    always: dict[type[Service], tuple[str | None, bool]] = dict.fromkeys(_ALWAYS, (None, True))
    named = {kind: (f"server.services.{name}.enabled", on) for kind, (name, on) in _by_kind(wanted).items()}
    return always | named


def _by_kind(wanted: ServiceSettings) -> dict[type[Service], tuple[str, bool]]:
    return {
        Scheduler: ("scheduler", wanted.scheduler.enabled),
        MissedRuns: ("scheduler", wanted.scheduler.enabled),
        LateRuns: ("late_runs", wanted.late_runs.enabled),
        PauseExpirations: ("pause_expirations", wanted.pause_expirations.enabled),
        Triggers: ("triggers", wanted.triggers.enabled),
        Actions: ("actions", wanted.actions.enabled),
        Retention: ("db_vacuum", bool(wanted.db_vacuum.enabled)),
        Readiness: ("foreman", wanted.foreman.enabled),
    }
