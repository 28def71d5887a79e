"""Who listens to the notices of a database, inside this process."""

import logging
from collections.abc import Callable, Iterable
from itertools import count

Listener = Callable[[str, str], None]

_logger = logging.getLogger(__name__)


class Listeners:
    """Callbacks of `Database.listen`. Safe to share between threads."""

    def __init__(self) -> None:
        self._numbers = count()
        self._listeners: dict[int, Listener] = {}

    def add(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` from now on; call what is returned to end that."""
        number = next(self._numbers)
        self._listeners[number] = listener
        return lambda: _forget(self._listeners, number)

    def tell(self, notices: Iterable[tuple[str, str]]) -> None:
        """Pass on notices, each a channel and a payload."""
        listeners = list(self._listeners.values())
        for channel, payload in notices:
            for listener in listeners:
                try:
                    listener(channel, payload)
                except Exception:
                    _logger.exception("A listener failed on a notice of %s.", channel)


def _forget(listeners: dict[int, Listener], number: int) -> None:
    listeners.pop(number, None)
