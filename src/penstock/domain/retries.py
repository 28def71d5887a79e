"""When a task is tried again: pure arithmetic over its policy."""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class UniformSource(Protocol):
    """Where jitter comes from: `random.Random` fits."""

    def uniform(self, a: float, b: float) -> float:
        """A number between `a` and `b`."""


class TaskRetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts after the first, the seconds before each, and how much those may vary.

    `delays` may be shorter than `retries`: its last entry counts for all that follow. `jitter` is a share of
    the delay: 0.5 makes ten seconds anything from ten to fifteen.
    """

    retries: int = 0
    delays: Sequence[float] = ()
    jitter: float | None = None

    def delay_before(self, attempt: int, rng: UniformSource) -> float:
        """Seconds to wait before retry number `attempt`, which counts from 1."""
        if not self.delays:
            return 0.0
        delay = self.delays[min(attempt, len(self.delays)) - 1]
        return delay * rng.uniform(1.0, 1.0 + self.jitter) if self.jitter else delay

    def allows(self, attempt: int) -> bool:
        """Whether retry number `attempt`, which counts from 1, may happen."""
        return attempt <= self.retries


def exponential_delays(factor: float, retries: int) -> list[float]:
    """Delays that double: `factor`, 2 × `factor`, 4 × `factor`, …, one for each retry, in seconds."""
    return [factor * 2.0**attempt for attempt in range(retries)]
