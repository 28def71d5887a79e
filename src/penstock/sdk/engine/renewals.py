"""One thread that renews what this process holds, each at its own time.

It begins with the first that is held. Renewals go on while user code keeps the main thread busy, and stop
with the process: then the server gives what was held to others.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from uuid import UUID


class Renewable(Protocol):
    """Something that is held for a time. Whoever renews it sets `renew_at`, a time of the monotonic clock."""

    renew_at: float


H = TypeVar("H", bound=Renewable)


class Renewals(Generic[H]):
    """What is held, and the thread that renews it.

    Args:
        thread: The thread's name.
        renew: Renews one. It raises nothing, and sets when it wants to be called again.
    """

    def __init__(self, thread: str, renew: Callable[[H], None]) -> None:
        self._name, self._renew = thread, renew
        self._held: dict[UUID, H] = {}
        # Entered itself, not as the condition: a thread that is interrupted on its way in keeps no lock.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self.is_closed = False
        self._wakes_at = math.inf

    def keep(self, key: UUID, hold: H) -> None:
        """Renew this from now on."""
        with self._lock:
            self._held[key] = hold
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            elif hold.renew_at < self._wakes_at:
                self._changed.notify_all()

    def release(self, key: UUID) -> bool:
        """Renew it no more. False where it was not kept, or somebody has released it already."""
        with self._lock:
            return self._held.pop(key, None) is not None

    def is_kept(self, key: UUID) -> bool:
        """Whether it is renewed."""
        return key in self._held

    def kept(self) -> list[H]:
        """All that is renewed now."""
        with self._lock:
            return list(self._held.values())

    def renew_now(self, hold: H, until: Callable[[], bool], seconds: float) -> None:
        """Have one renewed at once, and wait until that is so, but no longer than the seconds."""
        with self._lock:
            hold.renew_at = 0.0
            self._changed.notify_all()
            self._changed.wait_for(lambda: until() or self.is_closed, seconds)

    def close(self) -> None:
        """Renew nothing any more, and wait for the thread if it is not in the middle of a request."""
        with self._lock:
            self.is_closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(0.1)

    def _run(self) -> None:
        while not self.is_closed:
            for hold in self._due():
                self._renew(hold)
                with self._lock:
                    self._changed.notify_all()

    def _due(self) -> list[H]:
        with self._lock:
            now = time.monotonic()
            due = [hold for hold in self._held.values() if hold.renew_at <= now]
            if not due and not self.is_closed:
                self._wakes_at = min((hold.renew_at for hold in self._held.values()), default=math.inf)
                self._changed.wait(None if self._wakes_at == math.inf else self._wakes_at - now)
            return due
