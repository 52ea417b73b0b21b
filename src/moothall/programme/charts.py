"""Charts as shapes for our own SVG template: the numbers stand in a table beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .selectors import Figure
from .types import Way

WIDTH, BAR, GAP, LABEL, TOP = 640, 40, 18, 24, 4


@dataclass(frozen=True, slots=True)
class Bar:
    way: Way
    label: str
    number: int
    y: int
    width: int
    inside: bool
    """The number fits into the bar."""


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars one under the other, to a scale that starts at nothing."""

    width: int
    height: int
    bar: int
    bars: tuple[Bar, ...]
    whole: int


def comparison_chart(figures: Mapping[Way, Figure], needs: int) -> BarChart:
    """Needs met, each way, against all needs."""
    bars, y = [], TOP
    for way, figure in figures.items():
        width = round(WIDTH * figure.needs_met / needs) if needs else 0
        bars.append(Bar(way, str(way.label), figure.needs_met, y + LABEL, width, inside=width > 90))
        y += LABEL + BAR + GAP
    return BarChart(WIDTH, y, BAR, tuple(bars), needs)


@dataclass(frozen=True, slots=True)
class ProgressChart:
    """A plan's value and its bound over time: points as SVG takes them. Empty lines where nothing is known yet."""

    width: int
    height: int
    value: str
    bound: str
    seconds: float
    least: float
    most: float


def progress_chart(history: Sequence[Sequence[float]]) -> ProgressChart:
    """`history` holds [seconds, value, bound], in order of time. The scale begins a little below the first value."""
    if not history:
        return ProgressChart(WIDTH, 200, "", "", 0, 0, 0)
    seconds = max(1.0, history[-1][0])
    values, bounds = [row[1] for row in history], [row[2] for row in history]
    most = max(*bounds, *values, 1.0)
    least = min(values) - 0.05 * (most - min(values))
    span = max(most - least, 1e-9)

    def points(column: list[float]) -> str:
        pairs = [(WIDTH * row[0] / seconds, 190 - 180 * (each - least) / span) for row, each in zip(history, column)]
        if len(pairs) == 1:
            pairs.append((WIDTH, pairs[0][1]))
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)

    return ProgressChart(WIDTH, 200, points(values), points(bounds), seconds, least, most)
