"""Artifacts, and the collections that those with one key are."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Delete, Insert, Select, Update, bindparam

from penstock.contract.artifacts import ArtifactSort
from penstock.db import dialect
from penstock.db.artifact_tables import artifact_collections, artifacts
from penstock.db.tables import flow_runs

Condition = ColumnElement[bool]

artifact, collection = artifacts.c, artifact_collections.c
_latest = artifact_collections.join(artifacts, artifact.id == collection.latest_id)


Order = tuple[ColumnElement[Any], ...]

_ORDERS: Mapping[ArtifactSort, Order] = {
    ArtifactSort.CREATED_DESC: (artifact.created.desc(), artifact.id.desc()),
    ArtifactSort.UPDATED_DESC: (artifact.updated.desc(), artifact.id.desc()),
    ArtifactSort.ID_DESC: (artifact.id.desc(),),
    ArtifactSort.KEY_DESC: (artifact.key.desc(), artifact.created.desc(), artifact.id.desc()),
    ArtifactSort.KEY_ASC: (artifact.key, artifact.created, artifact.id),
}
_ORDERS_OF_COLLECTIONS: Mapping[ArtifactSort, Order] = {
    ArtifactSort.CREATED_DESC: (collection.created.desc(), collection.id.desc()),
    ArtifactSort.UPDATED_DESC: (collection.updated.desc(), collection.id.desc()),
    ArtifactSort.ID_DESC: (collection.id.desc(),),
    ArtifactSort.KEY_DESC: (collection.key.desc(),),
    ArtifactSort.KEY_ASC: (collection.key,),
}

HAS_KEY: Condition = artifact.key.is_not(None)
HAS_NO_KEY: Condition = artifact.key.is_(None)


@cache
def by_id() -> Select[Any]:
    """The artifact `row_id`."""
    return sa.select(artifacts).where(artifact.id == bindparam("row_id"))


@cache
def latest() -> Select[Any]:
    """The latest artifact of the `key`."""
    return sa.select(artifacts).select_from(_latest).where(collection.key == bindparam("key"))


def page(conditions: Iterable[Condition], sort: ArtifactSort, limit: int, offset: int) -> Select[Any]:
    """Some artifacts. By key, the databases don't agree where those without one stand: ask for one kind."""
    return sa.select(artifacts).where(*conditions).order_by(*_ORDERS[sort]).limit(limit).offset(offset)


def page_of_collections(
    conditions: Iterable[Condition], sort: ArtifactSort, limit: int, offset: int
) -> Select[Any]:
    """Some collections, with what their latest artifacts are; the conditions are about these."""
    own = (collection.id, collection.created, collection.updated, collection.key, collection.latest_id)
    shown = (artifact.type, artifact.description, artifact.data, artifact.metadata_)
    return (
        sa.select(*own, *shown, artifact.flow_run_id, artifact.task_run_id)
        .select_from(_latest)
        .where(*conditions)
        .order_by(*_ORDERS_OF_COLLECTIONS[sort])
        .limit(limit)
        .offset(offset)
    )


def count_of_collections(conditions: Iterable[Condition]) -> Select[Any]:
    """How many collections have a latest artifact that meets the conditions."""
    return sa.select(sa.func.count()).select_from(_latest).where(*conditions)


@cache
def lead() -> Insert:
    """Make an artifact the latest of its key, whose collection begins with it where there is none."""
    return dialect.upsert(artifact_collections, key=("key",), update=("updated", "latest_id"))


@cache
def touch_collection() -> Update:
    """Say that the collection whose latest is `artifact_id` has changed."""
    return artifact_collections.update().where(collection.latest_id == bindparam("artifact_id"))


@cache
def headless() -> Select[Any]:
    """Collections whose latest artifact was deleted, which nobody else looks after."""
    return (
        sa.select(collection.id, collection.key)
        .where(collection.latest_id.is_(None))
        .order_by(collection.key)
        .with_for_update(skip_locked=True)
    )


@cache
def newest() -> Select[Any]:
    """The id of the newest artifact of the `key`."""
    order = (artifact.created.desc(), artifact.id.desc())
    return sa.select(artifact.id).where(artifact.key == bindparam("key")).order_by(*order).limit(1)


def delete_of_flow_runs(ids: Sequence[UUID]) -> Delete:
    """Delete the artifacts of flow runs."""
    return artifacts.delete().where(artifact.flow_run_id.in_(ids))


@cache
def delete_of_flow() -> Delete:
    """Delete the artifacts of all runs of the flow `flow_id`."""
    of_flow = sa.select(flow_runs.c.id).where(flow_runs.c.flow_id == bindparam("flow_id"))
    return artifacts.delete().where(artifact.flow_run_id.in_(of_flow))


@cache
def delete_of_task_run() -> Delete:
    """Delete the artifacts that the task run `task_run_id` left outside of flow runs."""
    return artifacts.delete().where(
        artifact.task_run_id == bindparam("task_run_id"), artifact.flow_run_id.is_(None)
    )
