"""Bar charts in SVG, written by hand: bars need no library, and the text of the file can be compared.

A chart has one scale, which is drawn; the product's bars stand out from what it is compared with. Colours follow the
reader's light or dark scheme. Every bar says its value, and the chart says all of them in words (`Chart.alt`).
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import ceil, floor, log10

from msgspec import Struct

WIDTH, ROW, LABELS, RIGHT, TOP, BOTTOM = 760, 24, 260, 210, 66, 34
MOST_TICKS = 5
STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.quiet { fill: #57606a }
.card { fill: #fbfbfa }
.grid { stroke: #d8dee4 }
.ours { fill: #1f6f8b }
.other { fill: #a8b1b8 }
.reach { stroke: #57606a; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9da7b1 }
.card { fill: #161b22 }
.grid { stroke: #30363d }
.ours { fill: #58b4d1 }
.other { fill: #5d6670 }
.reach { stroke: #9da7b1 }
}"""


class Bar(Struct, frozen=True, omit_defaults=True):
    """One value. `reach`: a second, larger one that a thin line ends at; `note`: words after the value."""

    label: str
    value: int | float
    ours: bool = False
    reach: int | float = 0
    note: str = ""


class Group(Struct, frozen=True):
    """Bars under a heading; an empty heading has no line."""

    heading: str
    bars: tuple[Bar, ...]


class Chart(Struct, frozen=True, omit_defaults=True):
    """`name`: of its file; `scale`: what the axis counts, with its unit; `reach`: what a thin line stands for."""

    name: str
    title: str
    scale: str
    groups: tuple[Group, ...]
    reach: str = ""
    logarithmic: bool = False

    @property
    def alt(self) -> str:
        """The chart in words, for those who do not see it."""
        groups = (f"{f'{group.heading}: ' if group.heading else ''}{_in_words(group)}" for group in self.groups)
        return f"{self.title} ({self.scale}). {'; '.join(groups)}."


def _in_words(group: Group) -> str:
    return ", ".join(f"{bar.label} {number(bar.value)}{f' ({bar.note})' if bar.note else ''}" for bar in group.bars)


def svg(chart: Chart) -> str:
    """The picture."""
    rows = sum(len(group.bars) + bool(group.heading) for group in chart.groups)
    bottom = TOP + ROW * rows + 8 * (len(chart.groups) - 1)
    height = bottom + BOTTOM
    ends = (max(bar.value, bar.reach) for group in chart.groups for bar in group.bars)
    ticks = (_decades if chart.logarithmic else _round_steps)(max(ends, default=1))
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">',
            f'<title id="title">{escape(chart.alt)}</title>',
            f"<style>{STYLE}</style>",
            f'<rect class="card" width="{WIDTH}" height="{height}" rx="8"/>',
            f'<text class="title" x="20" y="30">{escape(chart.title)}</text>',
            f'<text class="quiet" x="20" y="50">{escape(_subtitle(chart))}</text>',
            *_axis(chart, ticks, bottom),
            *_groups(chart, ticks[-1]),
            "</svg>\n",
        ]
    )


def _subtitle(chart: Chart) -> str:
    parts = [chart.scale, f"the line: {chart.reach}" if chart.reach else "", "logarithmic" * chart.logarithmic]
    return "; ".join(filter(None, parts))


def _axis(chart: Chart, ticks: list[float], bottom: int) -> Iterator[str]:
    crowded = len(ticks) > MOST_TICKS + 1
    for index, tick in enumerate(ticks):
        x = _x(chart, tick, ticks[-1])
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP - 6}" y2="{bottom}"/>'
        if not (crowded and index % 2):
            yield f'<text class="quiet" x="{x}" y="{bottom + 18}" text-anchor="middle">{number(tick)}</text>'


def _groups(chart: Chart, most: float) -> Iterator[str]:
    y = TOP
    for group in chart.groups:
        if group.heading:
            yield f'<text class="quiet" x="20" y="{y + 16}">{escape(group.heading)}</text>'
            y += ROW
        for bar in group.bars:
            yield _bar(chart, bar, most, y)
            y += ROW
        y += 8


def _bar(chart: Chart, bar: Bar, most: float, y: int) -> str:
    end = _x(chart, bar.value, most)
    reach = _x(chart, bar.reach, most) if bar.reach else end
    line = f'<line class="reach" x1="{end}" x2="{reach}" y1="{y + 11}" y2="{y + 11}"/>' if bar.reach else ""
    weight = ' font-weight="600"' if bar.ours else ""
    note = f'<tspan class="quiet" dx="10" font-weight="400">{escape(bar.note)}</tspan>' if bar.note else ""
    return (
        f'<text x="{LABELS - 10}" y="{y + 16}" text-anchor="end"{weight}>{escape(bar.label)}</text>'
        f'<rect class="{"ours" if bar.ours else "other"}" x="{LABELS}" y="{y + 3}" width="{max(end - LABELS, 1)}" '
        f'height="16" rx="2"/>{line}<text x="{reach + 6}" y="{y + 16}"{weight}>{number(bar.value)}{note}</text>'
    )


def _x(chart: Chart, value: float, most: float) -> int:
    share = log10(max(value, 1)) / log10(most) if chart.logarithmic else value / most
    return LABELS + round((WIDTH - LABELS - RIGHT) * share)


def _decades(most: float) -> list[float]:
    """1, 10, 100 ... up to at least the largest value."""
    return [10**power for power in range(max(ceil(log10(most)), 1) + 1)]


def _round_steps(most: float) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten, from 0 up to at least the largest value."""
    power = 10 ** floor(log10(most / MOST_TICKS))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * MOST_TICKS >= most)
    return [step * multiple for multiple in range(ceil(most / step) + 1)]


def number(value: float) -> str:
    """With narrow spaces between thousands, and no decimals that say nothing."""
    digits = f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:,.0f}"
    return digits.replace(",", "\u202f")
