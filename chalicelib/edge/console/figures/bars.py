"""Bar charts of numbers, as the sizes that an SVG in a page has."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

WIDTH, HEIGHT = 600, 96
"""The size of a chart in its own units; a page stretches it."""

GAP = 0.2
"""The part of a bar's place that stays free."""


class Bar(Struct, frozen=True):
    """A bar in the chart's units, and the text of it."""

    x: float
    y: float
    width: float
    height: float
    text: str


class Chart(Struct, frozen=True):
    """One bar for each value but 0, in their places; `most` is the text of the highest."""

    title: str
    bars: list[Bar]
    most: str


def chart(title: str, values: Sequence[int], texts: Sequence[str]) -> Chart:
    """The chart of values that are not negative, whose highest is as high as the chart."""
    highest = max(values, default=0)
    if not highest:
        return Chart(title, [], "")
    place = WIDTH / len(values)
    bars = []
    for number, (value, text) in enumerate(zip(values, texts, strict=True)):
        # What is more than nothing can be seen.
        height = max(1.0, round(value / highest * HEIGHT, 1))
        if value:
            x, width = round(number * place, 2), round(place * (1 - GAP), 2)
            bars.append(Bar(x, round(HEIGHT - height, 1), width, height, text))
    return Chart(title, bars, texts[values.index(highest)])
