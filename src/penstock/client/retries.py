"""When a request is sent again: pure policy, without clock or chance of its own."""

from typing import Any

from msgspec import Struct

from penstock.client.errors import AnswerLost, NotTrusted
from penstock.contract.endpoint import Endpoint
from penstock.domain.errors import PenstockError, ServerUnreachable, Unavailable


class RetryPolicy(Struct, frozen=True, kw_only=True):
    """How long to insist. Delays double from `first_delay` to `longest_delay`; all are in seconds."""

    budget: float
    """No retry starts later than this after the first attempt."""
    attempts: int | None = None
    """Retries at most; None: as many as fit the budget."""
    waits_for_server: bool = True
    """Whether to wait for a server that is not there."""
    first_delay: float = 0.2
    longest_delay: float = 5.0
    jitter: float = 0.2
    """Delays are longer by up to this share, so that clients of a server that was away spread out."""

    def delay_after(
        self, attempt: int, elapsed: float, error: PenstockError, *, repeatable: bool, chance: float
    ) -> float | None:
        """Seconds to wait before the next attempt; None to give up.

        Args:
            attempt: How many attempts have failed, this one included.
            elapsed: Seconds since the first attempt began.
            error: How this attempt failed.
            repeatable: Whether doing the request twice is the same as doing it once.
            chance: From 0 to 1, for the jitter.
        """
        if not self._is_worth_it(error, repeatable) or (
            self.attempts is not None and attempt > self.attempts
        ):
            return None
        backoff = min(self.longest_delay, self.first_delay * 2.0 ** min(attempt - 1, 30))
        delay = backoff * (1.0 + self.jitter * chance)
        if isinstance(error, Unavailable) and error.retry_after is not None:
            delay = max(delay, error.retry_after)
        return delay if elapsed + delay <= self.budget else None

    def _is_worth_it(self, error: PenstockError, repeatable: bool) -> bool:
        match error:
            case NotTrusted():
                return False
            case ServerUnreachable():
                return self.waits_for_server
            case AnswerLost():
                return repeatable
            case _:
                return isinstance(error, Unavailable)


PATIENT = RetryPolicy(budget=300.0)
"""For what a run has to report: the server may be away for minutes."""

BRIEF = RetryPolicy(budget=15.0, attempts=5, waits_for_server=False)
"""For a person who waits at a terminal."""


def is_repeatable(endpoint: Endpoint[..., Any], body: Any) -> bool:
    """Whether a call that was perhaps done may be sent again: by its nature, or by a key that it carries."""
    if endpoint.idempotent or getattr(body, "idempotency_key", None):
        return True
    details = getattr(getattr(body, "state", None), "state_details", None)
    return details is not None and details.transition_id is not None
