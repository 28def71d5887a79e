"""Slots of concurrency limits around code: waited for, renewed while it works, and given back.

Written once, for code with and without an event loop: `penstock.concurrency.sync` and `.asyncio` are its two
entrances, and the task runs of limited tags come through here too.
"""

import contextlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from penstock.client.client import Client
from penstock.client.retries import RetryPolicy
from penstock.contract.global_limits import (
    LONGEST_POLL,
    AcquiredSlots,
    AcquireSlots,
    ConcurrencyLeaseHolder,
    DecrementSlotsWithLease,
    IncrementSlots,
    IncrementSlotsWithLease,
    MinimalConcurrencyLimitResponse,
    acquire_slots,
    decrement_slots_with_lease,
    increment_slots,
    increment_slots_with_lease,
)
from penstock.domain.errors import InvalidInput, NotFound, PenstockError, SlotsTaken
from penstock.domain.ids import new_id
from penstock.domain.limits import SlotMode
from penstock.domain.moments import Moment
from penstock.sdk.context import FlowRunContext, TaskRunContext
from penstock.sdk.engine.colours import Colour, forgive_cancellation
from penstock.sdk.engine.interrupts import Interrupt
from penstock.sdk.engine.session import Session, current_session
from penstock.sdk.engine.slot_renewals import SlotHold
from penstock.sdk.events import emit_event
from penstock.sdk.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError

_POLL = min(10.0, LONGEST_POLL)
"""Seconds for which one request waits. A run that is cancelled meanwhile notices after it."""
_LEAST_LEASE = 60.0
"""Of the routes that the reference has."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Slots that code asks for; see `penstock.concurrency.sync.concurrency`."""

    names: tuple[str, ...]
    slots: int = 1
    mode: SlotMode = SlotMode.CONCURRENCY
    timeout_seconds: float | None = None
    max_retries: int | None = None
    lease_duration: float = 300
    strict: bool = False
    holder: ConcurrencyLeaseHolder | None = None
    raises_when_lost: bool = False
    tells: bool = True
    """Whether events tell of it."""
    insists: RetryPolicy | None = None
    """How long to try to reach the server; briefly, as the settings say, where it is left out."""


def wanted(names: str | Sequence[str], occupy: int, **given: Any) -> Wanted:
    """What is asked for, if it makes sense. Raises `InvalidInput`."""
    listed = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))
    if occupy < 1:
        message = f"At least one slot is taken, and not {occupy}."
        raise InvalidInput(message, field="occupy")
    return Wanted(names=listed, slots=occupy, **given)


class SlotBlock:
    """Slots for the time of a block of code: `enter`, and `leave` in any case.

    Args:
        colour: How its caller waits.
    """

    def __init__(self, wanted: Wanted, colour: Colour) -> None:
        self.wanted, self._colour = wanted, colour
        self.limits: list[MinimalConcurrencyLimitResponse] = []
        """Those that are known, once it is entered."""
        self._flow = FlowRunContext.get()
        self._session: Session = self._flow.session if self._flow is not None else current_session()
        self._lease_id = new_id(datetime.now(UTC))
        self._hold: SlotHold | None = None
        self._interrupt: Interrupt | None = None
        self._told: list[tuple[Any, Any]] = []

    async def enter(self) -> None:
        """Wait for the slots, and take them.

        Raises:
            AcquireConcurrencySlotTimeoutError: There was no room within the time.
            ConcurrencySlotAcquisitionError: There was no room after as many tries as were allowed, or, in
                strict mode, there is no such limit.
            InvalidInput: The limits never have so many slots.
            PenstockError: The server can't be asked.
        """
        if not self.wanted.names:
            return
        try:
            asking = _Asking(self.wanted, self._colour, self._client(), self._lease_id)
            self.limits = (await asking.wait()).limits
            self._lease_id = asking.lease_id
            self._check_names()
        except BaseException:
            await self._give_back()
            raise
        if self.wanted.mode is SlotMode.CONCURRENCY and self.limits:
            self._keep()
        if self.wanted.tells:
            self._told = [(limit, self._tell("acquired", limit, None)) for limit in self.limits]

    def _client(self) -> Client:
        lease = self._flow.hold.lease if self._flow is not None else None
        client = self._session.waiting_client(self._colour, lease)
        return client if self.wanted.insists is None else client.insisting(self.wanted.insists)

    def _check_names(self) -> None:
        if not self.wanted.strict:
            return
        known = {limit.name for limit in self.limits}
        if missing := [name for name in self.wanted.names if name not in known]:
            message = f"There is no concurrency limit {', '.join(map(repr, missing))}."
            hint = f"Make it: penstock gcl create {missing[0]} --limit 1"
            raise ConcurrencySlotAcquisitionError(message, hint=hint)

    def _keep(self) -> None:
        if self.wanted.raises_when_lost:
            self._interrupt = self._colour.interrupt()
        self._hold = SlotHold(self._lease_id, self.wanted.names, self.wanted.lease_duration, self._interrupt)
        self._session.slot_renewals.keep(self._hold)

    async def leave(self, error: BaseException | None = None) -> BaseException | None:
        """Give the slots back.

        Args:
            error: What the block raised.

        Returns:
            What its caller should raise.
        """
        if self._hold is not None:
            self._session.slot_renewals.release(self._hold)
        if self._interrupt is not None:
            self._interrupt.close()
            error = self._why(error)
        if self._hold is not None and not self._hold.is_lost:
            await self._give_back()
        for limit, acquired in self._told if self._hold is not None else ():
            self._tell("released", limit, acquired)
        return error

    def _why(self, error: BaseException | None) -> BaseException | None:
        """The loss of the slots, where the block was ended for it."""
        assert self._interrupt is not None
        reason = self._interrupt.reason
        if reason is None or isinstance(error, Exception):
            return error
        if type(error).__name__ == "CancelledError":
            forgive_cancellation()
        return reason

    async def _give_back(self) -> None:
        """Where the server can't be told, the lease ends by itself."""
        lease = self._flow.hold.lease if self._flow is not None else None
        client = self._session.client(self._colour, lease)
        with contextlib.suppress(PenstockError):
            await client.call(decrement_slots_with_lease, DecrementSlotsWithLease(lease_id=self._lease_id))

    def _tell(self, what: str, limit: MinimalConcurrencyLimitResponse, follows: Any) -> Any:
        resource = {
            "prefect.resource.id": f"prefect.concurrency-limit.{limit.id}",
            "prefect.resource.name": limit.name,
            "slots-acquired": str(self.wanted.slots),
            "limit": str(limit.limit),
        }
        return emit_event(f"prefect.concurrency-limit.{what}", resource, follows=follows)


class _Asking:
    """Asks for slots until there is room, or it may ask no more."""

    def __init__(self, wanted: Wanted, colour: Colour, client: Client, lease_id: UUID) -> None:
        self._wanted, self._colour, self._client = wanted, colour, client
        self.lease_id = lease_id
        """Of the lease that it gets: where its server names leases itself, another than was proposed."""
        self._flow = FlowRunContext.get()
        self._since: Moment | None = None
        self._tries_left = wanted.max_retries
        timeout = wanted.timeout_seconds
        self._ends = None if timeout is None else time.monotonic() + timeout
        # The embedded server has nobody to wait with.
        self._waits_there = client.api_url is not None

    async def wait(self) -> AcquiredSlots:
        """The slots. Raises as `SlotBlock.enter` does."""
        pause = 0.0 if self._tries_left is not None else _POLL
        while True:
            if self._flow is not None:
                self._flow.hold.check()
            answer = await self._ask(self._at_most(pause))
            if answer.granted:
                return answer
            self._since = answer.waiting_since
            pause = self._next_pause(answer)
            if not self._waits_there:
                await self._colour.sleep(self._at_most(answer.retry_after or 1.0))

    def _at_most(self, seconds: float) -> float:
        return seconds if self._ends is None else min(seconds, max(0.0, self._ends - time.monotonic()))

    def _next_pause(self, answer: AcquiredSlots) -> float:
        """How long to wait with the next try. Raises when there is to be none."""
        if self._ends is not None and time.monotonic() >= self._ends:
            message = f"{answer.reason} It was waited for {self._wanted.timeout_seconds:g} s."
            raise AcquireConcurrencySlotTimeoutError(message)
        if self._tries_left is None:
            return _POLL
        if self._tries_left <= 0:
            message = f"{answer.reason} It was tried again {self._wanted.max_retries} times."
            raise ConcurrencySlotAcquisitionError(message)
        self._tries_left -= 1
        return min(answer.retry_after or 1.0, LONGEST_POLL)

    async def _ask(self, seconds: float) -> AcquiredSlots:
        if self._waits_there:
            try:
                return await self._ask_and_wait(seconds)
            except NotFound:
                self._waits_there = False  # a server that knows only the reference's routes
        return await self._ask_once()

    async def _ask_and_wait(self, seconds: float) -> AcquiredSlots:
        wanted = self._wanted
        body = AcquireSlots(
            lease_id=self.lease_id,
            names=list(wanted.names),
            slots=wanted.slots,
            mode=wanted.mode,
            lease_duration=wanted.lease_duration,
            holder=wanted.holder,
            wait_seconds=seconds,
            waiting_since=self._since,
        )
        return await self._client.call(acquire_slots, body)

    async def _ask_once(self) -> AcquiredSlots:
        wanted = self._wanted
        try:
            if wanted.mode is SlotMode.RATE_LIMIT:
                plain = IncrementSlots(slots=wanted.slots, names=list(wanted.names), mode=wanted.mode)
                limits = await self._client.call(increment_slots, plain)
                return AcquiredSlots(granted=True, limits=limits)
            leased = await self._client.call(increment_slots_with_lease, self._leased())
        except SlotsTaken as refused:
            return AcquiredSlots(granted=False, retry_after=refused.retry_after, reason=refused.message)
        self.lease_id = leased.lease_id
        return AcquiredSlots(granted=True, limits=leased.limits)

    def _leased(self) -> IncrementSlotsWithLease:
        wanted = self._wanted
        return IncrementSlotsWithLease(
            slots=wanted.slots,
            names=list(wanted.names),
            mode=wanted.mode,
            lease_duration=max(wanted.lease_duration, _LEAST_LEASE),
            holder=wanted.holder,
        )


def around() -> ConcurrencyLeaseHolder | None:
    """What the calling code runs in: a task run, or else a flow run."""
    if (task := TaskRunContext.get()) is not None:
        return ConcurrencyLeaseHolder(type="task_run", id=task.task_run.id)
    if (flow := FlowRunContext.get()) is not None:
        return ConcurrencyLeaseHolder(type="flow_run", id=flow.flow_run.id)
    return None
