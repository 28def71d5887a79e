"""Spans of time as people say them."""

from datetime import timedelta

_SCALE = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def in_words(span: timedelta) -> str:
    """A span in the largest unit that fits twice, rounded down: `90 s`, `2 min`, `47 h`, `3 d`."""
    seconds = max(int(span.total_seconds()), 0)
    unit, size = next(((unit, size) for unit, size in _SCALE if seconds >= 2 * size), _SCALE[-1])
    return f"{seconds // size} {unit}"


def runs_in_words(count: int) -> str:
    """`1 run`, `2 runs`."""
    return f"{count:,} run" if count == 1 else f"{count:,} runs"
