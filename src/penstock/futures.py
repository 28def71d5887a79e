"""Results that are still to come, and waiting for them."""

from penstock.sdk.futures import DoneAndNotDoneFutures, Future, FutureList, as_completed, wait

PenstockFuture = Future
PenstockFutureList = FutureList

__all__ = [
    "DoneAndNotDoneFutures",
    "Future",
    "FutureList",
    "PenstockFuture",
    "PenstockFutureList",
    "as_completed",
    "wait",
]
