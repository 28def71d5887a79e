"""Artifacts."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET
from msgspec.structs import asdict

from penstock.contract.artifacts import (
    Artifact,
    ArtifactCollection,
    ArtifactCollectionCriteria,
    ArtifactCollectionQuery,
    ArtifactCreate,
    ArtifactCriteria,
    ArtifactQuery,
    ArtifactSort,
    ArtifactUpdate,
)
from penstock.db.artifact_tables import artifacts
from penstock.db.port import Row, Transaction
from penstock.db.statements import artifacts as statements
from penstock.db.statements import filters, rows
from penstock.domain.artifacts import check_key, check_type, cut_metadata
from penstock.domain.ids import new_id
from penstock.server import artifacts as kept
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.changes import changed
from penstock.server.ops.registry import operation

_BY_KEY: Final = frozenset({ArtifactSort.KEY_ASC, ArtifactSort.KEY_DESC})


@operation("create_artifact", access="write")
async def create_artifact(tx: Transaction, caller: Caller, *, body: ArtifactCreate) -> Artifact:
    """Make an artifact."""
    row = {"id": new_id(tx.now), "created": tx.now, "updated": tx.now, **asdict(body)}
    if body.type is not None:
        check_type(body.type)
    if body.metadata_ is not None:
        row["metadata_"] = cut_metadata(body.metadata_)
    key = None if body.key is None else check_key(body.key)
    await tx.execute(rows.insert(artifacts), row)
    if key is not None:
        dated = {"created": tx.now, "updated": tx.now}
        head = {"id": new_id(tx.now), **dated, "key": key, "latest_id": row["id"]}
        await tx.execute(statements.lead(), head)
    _tell(tx, row)
    return Artifact(**row)


def _tell(tx: Transaction, row: Row) -> None:
    """Of the artifact, and of the flow run that left it: pages of runs watch by that."""
    changed(tx, "artifacts", row["id"])
    if row["flow_run_id"] is not None:
        changed(tx, "artifacts", row["flow_run_id"])


async def _row(tx: Transaction, id: UUID) -> Row:
    return named.found(await tx.fetch_one(statements.by_id(), {"row_id": id}), "artifact", id)


@operation("read_artifact", access="read")
async def read_artifact(tx: Transaction, caller: Caller, *, id: UUID) -> Artifact:
    """One artifact, by its id."""
    return Artifact(**await _row(tx, id))


@operation("read_latest_artifact", access="read")
async def read_latest_artifact(tx: Transaction, caller: Caller, *, key: str) -> Artifact:
    """The latest artifact of a key."""
    return Artifact(**named.found(await tx.fetch_one(statements.latest(), {"key": key}), "artifact", key))


@operation("update_artifact", access="write")
async def update_artifact(tx: Transaction, caller: Caller, *, id: UUID, body: ArtifactUpdate) -> None:
    """Change an artifact."""
    row = await _row(tx, id)
    columns = {name: value for name, value in asdict(body).items() if value is not UNSET}
    if columns.get("metadata_") is not None:
        columns["metadata_"] = cut_metadata(columns["metadata_"])
    await tx.execute(rows.update_by_id(artifacts), {"row_id": id, "updated": tx.now, **columns})
    if row["key"] is not None:
        await tx.execute(statements.touch_collection(), {"artifact_id": id, "updated": tx.now})
    _tell(tx, row)


@operation("delete_artifact", access="write")
async def delete_artifact(tx: Transaction, caller: Caller, *, id: UUID) -> None:
    """Delete an artifact. Where it was the latest of its key, the one before takes its place."""
    row = await _row(tx, id)
    await tx.execute(rows.delete_by_id(artifacts), {"row_id": id})
    await kept.settle(tx)
    _tell(tx, row)


@operation("read_artifacts", access="read")
async def read_artifacts(tx: Transaction, caller: Caller, *, body: ArtifactQuery) -> list[Artifact]:
    """The artifacts that meet the criteria."""
    conditions = filters.criteria(artifacts, body)
    if body.sort in _BY_KEY:
        found = await _by_key(tx, conditions, body)
    else:
        found = await tx.fetch_all(statements.page(conditions, body.sort, body.limit, body.offset))
    return [Artifact(**row) for row in found]


async def _by_key(tx: Transaction, conditions: Sequence[Any], body: ArtifactQuery) -> list[Row]:
    """Those with a key, and after them, newest first, those without one: an index has either in order."""
    keyed, without = [*conditions, statements.HAS_KEY], [*conditions, statements.HAS_NO_KEY]
    found = await tx.fetch_all(statements.page(keyed, body.sort, body.limit, body.offset))
    missing = body.limit - len(found)
    if missing:
        is_past = body.offset > 0 and not found
        count = await tx.fetch_value(rows.count(artifacts, keyed)) if is_past else body.offset + len(found)
        offset = max(body.offset - count, 0)
        found += await tx.fetch_all(statements.page(without, ArtifactSort.ID_DESC, missing, offset))
    return found


@operation("read_latest_artifacts", access="read")
async def read_latest_artifacts(
    tx: Transaction, caller: Caller, *, body: ArtifactCollectionQuery
) -> list[ArtifactCollection]:
    """The collections whose latest artifacts meet the criteria."""
    conditions = filters.criteria(artifacts, body)
    page = statements.page_of_collections(conditions, body.sort, body.limit, body.offset)
    return [ArtifactCollection(**row) for row in await tx.fetch_all(page)]


@operation("count_artifacts", access="read")
async def count_artifacts(tx: Transaction, caller: Caller, *, body: ArtifactCriteria) -> int:
    """How many artifacts meet the criteria."""
    return int(await tx.fetch_value(rows.count(artifacts, filters.criteria(artifacts, body))))


@operation("count_latest_artifacts", access="read")
async def count_latest_artifacts(tx: Transaction, caller: Caller, *, body: ArtifactCollectionCriteria) -> int:
    """How many collections have a latest artifact that meets the criteria."""
    conditions = filters.criteria(artifacts, body)
    return int(await tx.fetch_value(statements.count_of_collections(conditions)))
