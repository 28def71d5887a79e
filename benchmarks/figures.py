"""A measured figure, its bar, and the table of all of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """One line of the table. Lower is better unless `higher_is_better`."""

    what: str
    unit: str
    ours: float
    bar: float
    peer: float | None = None
    higher_is_better: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure is on the good side of its bar."""
        return self.ours >= self.bar if self.higher_is_better else self.ours <= self.bar

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer."""
        if self.peer is None or not self.ours or not self.peer:
            return None
        return self.ours / self.peer if self.higher_is_better else self.peer / self.ours


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of `values` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def middle(values: Sequence[float]) -> float:
    """The median: of repeated timings on a noisy machine, the one to quote."""
    return median(values)


def show(figures: Iterable[Figure]) -> str:
    """The figures as an aligned text table."""
    header = ("what", "ours", "bar", "", "peer", "times better", "note")
    rows = [header, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.higher_is_better else "≤"
    return (
        figure.what,
        _amount(figure.ours, figure.unit),
        f"{sign} {_amount(figure.bar, figure.unit)}",
        "met" if figure.met else "MISSED",
        "-" if figure.peer is None else _amount(figure.peer, figure.unit),
        "-" if figure.ratio is None else f"{figure.ratio:,.1f}",
        figure.note,
    )


def _amount(value: float, unit: str) -> str:
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return f"{text} {unit}".rstrip()
