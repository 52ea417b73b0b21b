"""Charts as shapes for our own SVG template: the numbers stand in a table beside them."""

from __future__ import annotations

from collections.abc import Mapping
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
