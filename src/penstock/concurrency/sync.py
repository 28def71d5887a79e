"""Concurrency limits around code that has no event loop."""

from collections.abc import Iterator
from contextlib import contextmanager

from penstock.colourless import run_sync
from penstock.contract.global_limits import ConcurrencyLeaseHolder
from penstock.domain.limits import SlotMode
from penstock.sdk.engine.colours import BLOCKING
from penstock.sdk.exceptions import AcquireConcurrencySlotTimeoutError, ConcurrencySlotAcquisitionError
from penstock.sdk.slots import SlotBlock, around, wanted


@contextmanager
def concurrency(
    names: str | list[str],
    occupy: int = 1,
    timeout_seconds: float | None = None,
    max_retries: int | None = None,
    lease_duration: float = 300,
    strict: bool = False,
    holder: ConcurrencyLeaseHolder | None = None,
    raise_on_lease_renewal_failure: bool | None = None,
) -> Iterator[None]:
    """Work under slots of concurrency limits: wait for them, hold them while the block runs, give them back.

    Whoever has waited longest is next. The slots are held under a lease that is renewed while the block runs,
    so that they come free when this process dies; inside a flow run, also when that ends.

    Args:
        names: Of one or more limits; of all of them slots are taken, or of none.
        occupy: Slots of each.
        timeout_seconds: How long to wait; None: for as long as it takes.
        max_retries: How often to try again; None: as often as it takes.
        lease_duration: Seconds after which the slots of a process that is silent are free.
        strict: Raise where there is no limit of a name; otherwise it limits nothing.
        holder: What works under the slots; the run around the calling code where it is left out.
        raise_on_lease_renewal_failure: Whether the block is ended when the slots are lost, as after a long
            outage; None: in strict mode. Otherwise a line is logged.

    Raises:
        AcquireConcurrencySlotTimeoutError: There was no room within the time.
        ConcurrencySlotAcquisitionError: There was no room after all tries, or, in strict mode, no such limit.
        ConcurrencyLeaseLost: The slots were lost while the block ran.
        InvalidInput: The limits never have so many slots.
    """
    raises = strict if raise_on_lease_renewal_failure is None else raise_on_lease_renewal_failure
    asked = wanted(
        names,
        occupy,
        timeout_seconds=timeout_seconds,
        max_retries=max_retries,
        lease_duration=lease_duration,
        strict=strict,
        holder=holder or around(),
        raises_when_lost=raises,
    )
    block = SlotBlock(asked, BLOCKING)
    run_sync(block.enter())
    try:
        yield
    except BaseException as error:
        ended_by = run_sync(block.leave(error))
        if ended_by is error or ended_by is None:
            raise
        raise ended_by from None
    else:
        run_sync(block.leave())


def rate_limit(
    names: str | list[str], occupy: int = 1, timeout_seconds: float | None = None, strict: bool = False
) -> None:
    """Wait until so much may begin under rate limits: limits whose slots decay.

    Args:
        names: Of one or more limits.
        occupy: Slots of each.
        timeout_seconds: How long to wait; None: for as long as it takes.
        strict: Raise where there is no limit of a name; otherwise it limits nothing.

    Raises:
        AcquireConcurrencySlotTimeoutError: There was no room within the time.
        ConcurrencySlotAcquisitionError: In strict mode, there is no such limit.
        InvalidInput: The slots of a limit don't decay, or it never has so many.
    """
    mode = SlotMode.RATE_LIMIT
    asked = wanted(names, occupy, timeout_seconds=timeout_seconds, strict=strict, mode=mode)
    run_sync(SlotBlock(asked, BLOCKING).enter())


__all__ = [
    "AcquireConcurrencySlotTimeoutError",
    "ConcurrencyLeaseHolder",
    "ConcurrencySlotAcquisitionError",
    "concurrency",
    "rate_limit",
]
