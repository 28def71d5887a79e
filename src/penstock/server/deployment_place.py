"""Where a deployment's runs go, and whether its job variables fit there."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from penstock.db.port import Transaction
from penstock.db.statements import work_pools as statements
from penstock.domain.ids import new_id
from penstock.domain.job_variable_layers import Layer
from penstock.domain.names import check_name
from penstock.domain.provenance import DEPLOYMENT
from penstock.server import named, resolution
from penstock.server.changes import changed
from penstock.server.resolution import Accepted


class Place(Struct, frozen=True, kw_only=True):
    """A queue of a pool."""

    work_queue_id: UUID
    work_pool_id: UUID
    template_version: int


async def find(tx: Transaction, pool_name: str, queue_name: str | None) -> Place:
    """The place that a deployment names. A queue that the pool does not have is made: that is how one asks.

    Raises:
        NotFound: There is no such pool.
    """
    asked = {"pool_name": pool_name, "queue_name": queue_name}
    row = await tx.fetch_one(statements.destination(), asked)
    if row is None or (row["work_queue_id"] is None and queue_name is None):
        row = await named.destination(tx, pool_name, queue_name)
    queue_id = row["work_queue_id"]
    if queue_id is None:
        queue_id = await _make_queue(tx, row["work_pool_id"], str(queue_name))
    return Place(
        work_queue_id=queue_id,
        work_pool_id=row["work_pool_id"],
        template_version=row["template_version"],
    )


async def _make_queue(tx: Transaction, pool_id: UUID, name: str) -> UUID:
    queue_id = new_id(tx.now)
    row = {
        "id": queue_id,
        "created": tx.now,
        "updated": tx.now,
        "work_pool_id": pool_id,
        "name": check_name(name, "work queue name"),
        "priority": await tx.fetch_value(statements.next_priority(), {"row_id": pool_id}),
    }
    await tx.execute(statements.add_queue(), row)
    changed(tx, "work_queues", queue_id)
    return queue_id


async def accept_job_variables(tx: Transaction, place: Place | None, job_variables: Any) -> Accepted:
    """A deployment's job variables, if they fit its pool, as far as it can be told before a run.

    Raises:
        JobVariablesInvalid: They don't.
    """
    template = None
    if place is not None:
        template = await resolution.template_of(tx, place.work_pool_id, place.template_version)
    return resolution.accept(template, (Layer(DEPLOYMENT, job_variables),), complete=False)
