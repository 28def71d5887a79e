"""Slots of task runs whose states come one by one: taken when a run begins, given back when it leaves off.

A run that holds a slot already, because its client took one for it, needs no other.
"""

import math
from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from penstock.db.port import Row, Transaction
from penstock.db.statements import limits as statements
from penstock.domain.ids import new_id
from penstock.domain.limits import LimitFacts, tag_limit, tag_of
from penstock.domain.states import State, StateType
from penstock.domain.transitions import SlotFacts
from penstock.server import slots
from penstock.server.caller import Caller
from penstock.server.slots import Holder


class TagSlots(Struct, frozen=True):
    """The limits of a task run's tags, locked until the transaction ends."""

    run_id: UUID
    limits: tuple[LimitFacts, ...] = ()
    held: frozenset[UUID] = frozenset()
    """Those of which the run holds a slot already."""

    def facts(self, tx: Transaction) -> Sequence[SlotFacts]:
        """What the rules ask about them."""
        return [
            SlotFacts(
                name=f"the tag {tag_of(limit.name)!r}",
                limit=limit.limit,
                taken=math.ceil(limit.taken(tx.now)),
                held=limit.id in self.held,
            )
            for limit in self.limits
            if limit.is_active
        ]


async def look(tx: Transaction, row: Row, current: State | None, proposed: State) -> TagSlots:
    """What a run needs that is about to run; nothing for any other."""
    run_id: UUID = row["id"]
    is_running = current is not None and current.type is StateType.RUNNING
    if proposed.type is not StateType.RUNNING or is_running or not row["tags"]:
        return TagSlots(run_id)
    limits = await slots.lock(tx, map(tag_limit, row["tags"]))
    return TagSlots(run_id, limits, frozenset(await slots.held_by(tx, run_id, limits)))


async def follow(
    tx: Transaction, caller: Caller, found: TagSlots, before: StateType | None, state: State
) -> None:
    """A run has entered a state: its slots are taken, or given back."""
    if state.type is StateType.RUNNING:
        holder = Holder(lease_id=new_id(tx.now), type="task_run", id=found.run_id)
        for limit in found.limits:
            if limit.is_active and limit.id not in found.held:
                await slots.hold(tx, caller, limit, holder)
    elif before is StateType.RUNNING:
        await end(tx, found.run_id)


async def end(tx: Transaction, run_id: UUID) -> None:
    """Give back what a task run holds that renews nothing."""
    await slots.end(tx, await tx.fetch_all(statements.of_holder(), {"run_id": run_id}))
