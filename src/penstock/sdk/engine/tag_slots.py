"""Slots of the limits of a task run's tags: taken before each attempt, given back after it."""

import time
from typing import TYPE_CHECKING

from penstock.client.retries import BRIEF, PATIENT
from penstock.contract.global_limits import ConcurrencyLeaseHolder
from penstock.domain.errors import Unavailable
from penstock.domain.limits import tag_limit
from penstock.sdk.engine.colours import Colour
from penstock.sdk.slots import SlotBlock, wanted

if TYPE_CHECKING:
    from penstock.sdk.engine.task_run import TaskCall


async def take_tag_slots(call: "TaskCall", colour: Colour) -> SlotBlock | None:
    """Wait for a slot of each limit that a tag of the run has; None, where none of them has one.

    A run whose tags had no limit when that was asked last doesn't wait for a server that is away.
    """
    tags, known = call.run.tags, call.session.unlimited_tags
    if known.are_known(tags, time.monotonic()):
        return None
    had_none = known.were_known(tags)
    asked = wanted(
        [tag_limit(tag) for tag in tags],
        1,
        holder=ConcurrencyLeaseHolder(type="task_run", id=call.run.id),
        tells=False,
        insists=BRIEF if had_none else PATIENT,
    )
    block = SlotBlock(asked, colour)
    try:
        await block.enter()
    except Unavailable:
        if had_none:
            return None
        raise
    known.learn(tags, [limit.name for limit in block.limits], time.monotonic())
    return block if block.limits else None
