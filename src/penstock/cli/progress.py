"""What a command waits for, told on one line of the terminal, and only there."""

import sys
from types import TracebackType
from typing import Self

_TURNING = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_CLEAR_LINE = "\r\033[K"


class Progress:
    """A line on stderr that changes in place. A context manager: leaving it takes the line away.

    Where stderr is no terminal, nothing is ever written.
    """

    def __init__(self) -> None:
        self._is_drawn = sys.stderr.isatty()
        self._turn = 0

    def tell(self, text: str) -> None:
        """Let the line say `text`."""
        if self._is_drawn:
            self._turn += 1
            sys.stderr.write(f"{_CLEAR_LINE}{_TURNING[self._turn % len(_TURNING)]} {text}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away, so that something else can be printed where it is."""
        if self._is_drawn:
            sys.stderr.write(_CLEAR_LINE)
            sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clear()
