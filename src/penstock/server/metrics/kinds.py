"""Counters and histograms, and the text by which they are told.

The text is that of Prometheus, version 0.0.4. A metric has a few labels whose values are few as well: routes,
states, names of services; never an id, or anything that a caller chose.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MOST_SERIES: Final = 2_000
"""Of one metric; what comes beyond is counted under `other`."""

Sample = tuple[Sequence[str], float]
"""Values of the labels, and the number."""


class Counter:
    """A number that only grows, for each combination of its labels."""

    def __init__(self, name: str, help: str, *labels: str) -> None:
        self.name, self.help, self.labels = name, help, labels
        self._values: dict[tuple[str, ...], float] = {} if labels else {(): 0.0}

    def count(self, *labels: str, by: float = 1.0) -> None:
        """Count one more, or `by`."""
        key = _bounded(labels, self._values)
        self._values[key] = self._values.get(key, 0.0) + by

    def lines(self) -> Iterator[str]:
        """The metric as text."""
        return samples("counter", self.name, self.help, self.labels, list(self._values.items()))


class Histogram:
    """How often something was how large, for each combination of its labels.

    Args:
        bounds: The upper ends of the classes that are told apart, ascending.
    """

    def __init__(self, name: str, help: str, bounds: Sequence[float], *labels: str) -> None:
        self.name, self.help, self.labels, self._bounds = name, help, labels, tuple(bounds)
        self._classes: dict[tuple[str, ...], list[int]] = {}
        self._sums: dict[tuple[str, ...], float] = {}

    def observe(self, value: float, *labels: str) -> None:
        """Count one of this size."""
        key = _bounded(labels, self._classes)
        classes = self._classes.get(key)
        if classes is None:
            classes = self._classes[key] = [0] * (len(self._bounds) + 1)
        classes[bisect_left(self._bounds, value)] += 1
        self._sums[key] = self._sums.get(key, 0.0) + value

    def lines(self) -> Iterator[str]:
        """The metric as text."""
        yield from head("histogram", self.name, self.help)
        for key, classes in list(self._classes.items()):
            yield from histogram_lines(self.name, self.labels, key, self._bounds, classes, self._sums[key])


def histogram_lines(
    name: str,
    labels: Sequence[str],
    key: Sequence[str],
    bounds: Sequence[float],
    classes: Sequence[int],
    total: float,
) -> Iterator[str]:
    """One series of a histogram as text: how many there were up to each bound."""
    below = 0
    for bound, count in zip((*bounds, None), classes, strict=True):
        below += count
        end = "+Inf" if bound is None else f"{bound:g}"
        yield f"{name}_bucket{_braces((*labels, 'le'), (*key, end))} {below}"
    yield f"{name}_sum{_braces(labels, key)} {_number(total)}"
    yield f"{name}_count{_braces(labels, key)} {below}"


def gauge(name: str, help: str, labels: Sequence[str], values: Iterable[Sample]) -> Iterator[str]:
    """Numbers that go up and down, as text."""
    return samples("gauge", name, help, labels, values)


def samples(
    kind: str, name: str, help: str, labels: Sequence[str], values: Iterable[Sample]
) -> Iterator[str]:
    """Numbers of one metric, as text."""
    yield from head(kind, name, help)
    for key, value in values:
        yield f"{name}{_braces(labels, key)} {_number(value)}"


def head(kind: str, name: str, help: str) -> Iterator[str]:
    """What stands before the numbers of a metric."""
    yield f"# HELP {name} {help}"
    yield f"# TYPE {name} {kind}"


def _bounded(labels: tuple[str, ...], known: Mapping[tuple[str, ...], object]) -> tuple[str, ...]:
    if labels in known or len(known) < MOST_SERIES:
        return labels
    return ("other",) * len(labels)


def _braces(labels: Sequence[str], values: Sequence[str]) -> str:
    if not labels:
        return ""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(labels, values, strict=True))
    return f"{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
