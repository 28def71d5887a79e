"""What befell transactions: why they were begun anew, and what refuses to be written."""

from collections import Counter
from typing import Final, Literal

from penstock.db.errors import ConnectionLost, DatabaseBusy, DatabaseUnavailable, Deadlock

Reason = Literal["deadlock", "serialization", "connection"]
REASONS: Final[tuple[Reason, ...]] = ("deadlock", "serialization", "connection")


class Troubles:
    """Of one process, since it began."""

    def __init__(self) -> None:
        self.retries: Counter[Reason] = Counter()
        """How often a transaction was begun anew, by the reason."""
        self.refusal: DatabaseUnavailable | None = None
        """Why a write was refused for which neither haste nor the network is to blame: the disk is full, say.

        It stays until somebody has seen a write succeed, and takes it away: one that changed no row, and so
        met no obstacle, would prove nothing.
        """

    def retried(self, error: Exception) -> None:
        """Count a transaction that is begun anew because of `error`."""
        self.retries[_reason(error)] += 1

    def refused(self, error: DatabaseUnavailable) -> None:
        """Remember a write that was refused, if trying again would not have helped."""
        if not isinstance(error, DatabaseBusy | ConnectionLost):
            self.refusal = error


def _reason(error: Exception) -> Reason:
    if isinstance(error, Deadlock):
        return "deadlock"
    return "connection" if isinstance(error, ConnectionLost) else "serialization"
