"""Whose child a flow run is: a run reaches itself and all that it has made, and no others."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from penstock.db.port import Transaction
from penstock.db.statements import reach as statements
from penstock.domain.errors import PermissionDenied
from penstock.server.caller import Caller
from penstock.server.kept import Kept

FLOW_RUN: Final = "prefect.flow-run."
TASK_RUN: Final = "prefect.task-run."
MADE_BY: Final = "run"
"""In `created_by` of a flow run: the run whose token made it."""
_DEEPEST: Final = 50
"""How far up a run's parents are looked for."""
_known: Final[Kept[tuple[UUID, UUID], bool]] = Kept(4_096)
"""Who was found to be whose child: that never changes."""


def id_in(resource_id: str, prefix: str) -> UUID | None:
    """The id of a run in the id of its resource; None where it is another's."""
    if not resource_id.startswith(prefix):
        return None
    try:
        return UUID(resource_id.removeprefix(prefix))
    except ValueError:
        return None


def made_by(caller: Caller) -> dict[str, Any]:
    """What a flow run remembers of the run that makes it by its token."""
    return {} if caller.run is None else {MADE_BY: str(caller.run)}


async def check_own(tx: Transaction, caller: Caller, run_ids: Collection[UUID]) -> None:
    """Refuse flow runs that are neither the caller's own run nor below it. Of one that is not there, that
    is said by whoever looks for it.

    Raises:
        PermissionDenied: One of them is another's.
    """
    own = caller.run
    assert own is not None, "the caller is a run"
    for id in sorted(run_ids):
        if id == own or _known.get((own, id)):
            continue
        if await _is_below(tx, own, id):
            continue
        raise PermissionDenied(
            f"{caller.principal} does not reach the flow run {id}.",
            hint="A run's token is for the run itself, and for those that it has started.",
        )


async def _is_below(tx: Transaction, own: UUID, id: UUID) -> bool:
    """Whether `id` was made by `own`, or by what that has made; also where there is no run `id`.

    Only what was written down when it was made counts: nobody can say that afterwards, as they can of task
    runs.
    """
    at = id
    for depth in range(_DEEPEST):
        found = await tx.fetch_one(statements.maker(), {"run_id": at})
        if found is None:
            return depth == 0
        made = (found["created_by"] or {}).get(MADE_BY)
        if made is None:
            return False
        at = UUID(made)
        if at == own:
            return _known.put((own, id), True)
    return False
