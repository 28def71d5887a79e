"""The schedules of a deployment, kept as lists of requests say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import asdict

from penstock.contract.schedules import (
    DeploymentSchedule,
    DeploymentScheduleCreate,
    DeploymentScheduleUpdate,
)
from penstock.db.place_tables import deployment_schedules
from penstock.db.port import Row, Transaction
from penstock.db.statements import deployments as statements
from penstock.db.statements import rows
from penstock.domain.catch_up import CatchUp
from penstock.domain.errors import AlreadyExists, InvalidInput
from penstock.domain.ids import new_id
from penstock.domain.schedules import parse_schedule
from penstock.server.changes import changed

Request = DeploymentScheduleCreate | DeploymentScheduleUpdate
_OWN: Mapping[str, Callable[[Any], Any]] = {"catch_up": CatchUp, "max_lateness_seconds": float}
"""What the reference does not know: left out of an answer where nothing is said."""


def schedule_answer(row: Row) -> DeploymentSchedule:
    """A schedule, from its row."""
    shown = {name: row[name] for name in DeploymentSchedule.__struct_fields__ if name not in _OWN}
    shown |= {name: kind(row[name]) for name, kind in _OWN.items() if row[name] is not None}
    return DeploymentSchedule(**{**shown, "schedule": parse_schedule(row["schedule"])})


async def of_deployments(tx: Transaction, deployment_ids: Sequence[UUID]) -> dict[UUID, list[Row]]:
    """The schedules of several deployments."""
    found: dict[UUID, list[Row]] = {id: [] for id in deployment_ids}
    for row in await tx.fetch_all(statements.schedules(), {"row_ids": list(deployment_ids)}):
        found[row["deployment_id"]].append(row)
    return found


async def add(tx: Transaction, deployment_id: UUID, requests: Sequence[Request]) -> list[UUID]:
    """Give a deployment more schedules; one that `replaces` another takes its place.

    Raises:
        AlreadyExists: A slug is taken.
        InvalidInput: A request has no schedule.
    """
    known = await _by_slug(tx, deployment_id)
    pairs = [(request, known.get(_text(request.replaces))) for request in requests]
    replaced = {old["slug"] for _, old in pairs if old is not None}
    _check_slugs(requests, known.keys() - replaced)
    return [await save(tx, deployment_id, request, old) for request, old in pairs]


async def replace_all(tx: Transaction, deployment_id: UUID, requests: Sequence[Request]) -> None:
    """Let a deployment have these schedules and no others. Those whose slug stays keep their ids.

    Raises:
        AlreadyExists: Two have the same slug.
        InvalidInput: A request has no schedule.
    """
    _check_slugs(requests, ())
    known = await _by_slug(tx, deployment_id)
    pairs = [(request, known.get(_text(request.slug) or _text(request.replaces))) for request in requests]
    kept = {old["id"] for _, old in pairs if old is not None}
    for row in (await of_deployments(tx, [deployment_id]))[deployment_id]:
        if row["id"] not in kept:
            await tx.execute(rows.delete_by_id(deployment_schedules), {"row_id": row["id"]})
    for request, old in pairs:
        await save(tx, deployment_id, request, old)


async def _by_slug(tx: Transaction, deployment_id: UUID) -> dict[str | None, Row]:
    known = (await of_deployments(tx, [deployment_id]))[deployment_id]
    return {row["slug"]: row for row in known if row["slug"] is not None}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _check_slugs(requests: Sequence[Request], taken: Iterable[str | None]) -> None:
    seen = set(taken)
    for slug in filter(None, (_text(request.slug) for request in requests)):
        if slug in seen:
            message = f"The deployment has a schedule {slug!r} already."
            raise AlreadyExists(message, hint="Give it another slug, or say which one it replaces.")
        seen.add(slug)


async def save(tx: Transaction, deployment_id: UUID, request: Request, old: Row | None) -> UUID:
    """Make a schedule, or change `old` to what the request says; its id."""
    changed(tx, "deployments", deployment_id)
    said = {name: value for name, value in asdict(request).items() if value is not UNSET}
    said.pop("replaces", None)
    if said.get("active", True) is None:
        said.pop("active")
    if said.get("schedule") is None:
        said.pop("schedule", None)
    if old is not None:
        columns = {"row_id": old["id"], "updated": tx.now, **said}
        await tx.execute(rows.update_by_id(deployment_schedules), columns)
        id: UUID = old["id"]
        return id
    if "schedule" not in said:
        raise InvalidInput("A schedule needs cron, interval or rrule.", field="schedule")
    made = new_id(tx.now)
    row = {"id": made, "created": tx.now, "updated": tx.now, "deployment_id": deployment_id, **said}
    await tx.execute(rows.insert(deployment_schedules), row)
    return made
