"""Leases are renewed here, by the processes that run flows."""

from uuid import UUID

from penstock.contract.leases import SUSPENDED, LeaseRenew, LeaseRenewal
from penstock.db.port import Transaction
from penstock.db.statements import leases as statements
from penstock.domain.errors import Fenced
from penstock.domain.leases import check_fence, renew
from penstock.domain.states import StateType
from penstock.server import named
from penstock.server.caller import Caller
from penstock.server.ops.registry import operation
from penstock.server.views.leases import lease_grant, lease_of


@operation("renew_lease", access="write")
async def renew_lease(tx: Transaction, caller: Caller, *, id: UUID, body: LeaseRenew) -> LeaseRenewal:
    """Say that the holder of a run is alive, and learn whether it should stop.

    Raises:
        NotFound: There is no such run.
        Fenced: The lease was taken over, given back or swept: the holder must stop.
    """
    row = named.found(await tx.fetch_one(statements.of_run(), {"run_id": id}), "flow run", id)
    lease = lease_of(row)
    if lease is None and row["state_type"] == StateType.PAUSED:
        message = "The flow run was suspended."
        raise Fenced(message, hint="It begins anew when it is resumed; this process ends.", detail=SUSPENDED)
    check_fence(lease, body.lease_id)
    assert lease is not None
    renewed = renew(lease, caller.terms, tx.now)
    await tx.execute(statements.renew(), {"row_id": lease.id, "until": renewed.expires})
    cancelling = row["state_type"] == StateType.CANCELLING
    return LeaseRenewal(lease=lease_grant(renewed, caller.terms), cancelling=cancelling)
