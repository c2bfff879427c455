"""A picture (SVG) of a replay: what is given month by month, and what is owed at the end of each month.

Written by hand, as text that can be compared; colours follow the reader's light or dark scheme. The picture says in
words what it shows. Imports the replay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import accumulate
from math import ceil, floor, log10

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import Period, period_of
from chalicelib.domain.programme.document import Programme
from chalicelib.what_if.replay import AssetOutcome, Outcome

WIDTH, LEFT_MARGIN, RIGHT_MARGIN, PANEL = 760, 96, 20, 170
TOP, GAP, BOTTOM = 96, 62, 40
MOST_MONTHS, MOST_NAMES, MOST_TICKS = 48, 12, 4
STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.quiet { fill: #57606a }
.card { fill: #fbfbfa }
.grid { stroke: #d8dee4 }
.draft { fill: #1f6f8b }
.current { fill: #a8b1b8 }
.owed { fill: #1f6f8b; fill-opacity: 0.14 }
.owed-line { fill: none; stroke: #1f6f8b; stroke-width: 2 }
.current-line { fill: none; stroke: #7d868e; stroke-width: 2; stroke-dasharray: 5 4 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9da7b1 }
.card { fill: #161b22 }
.grid { stroke: #30363d }
.draft { fill: #58b4d1 }
.current { fill: #5d6670 }
.owed { fill: #58b4d1 }
.owed-line { stroke: #58b4d1 }
.current-line { stroke: #8b949e }
}"""


class Series(Struct, frozen=True):
    """A programme's amounts in minor units for each period: given in it, and owed at its end."""

    given: tuple[int, ...]
    owed: tuple[int, ...]


def svg(programme: Programme, draft: Outcome, current: Outcome | None) -> str:
    """The picture of the draft's own money, beside the current programme's where there is one."""
    asset = money.asset_of(programme.currency)
    outcomes = [outcome.assets[asset] for outcome in (draft, current) if outcome and asset in outcome.assets]
    periods = _periods(outcomes, programme.timezone)
    series = [series_of(outcome, periods, programme.timezone) for outcome in outcomes]
    lower = TOP + PANEL + GAP
    height = lower + PANEL + BOTTOM
    title = f"What if: {programme.name}"
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">',
            f'<title id="title">{escape(_in_words(title, outcomes, asset))}</title>',
            f"<style>{STYLE}</style>",
            f'<rect class="card" width="{WIDTH}" height="{height}" rx="8"/>',
            f'<text class="title" x="20" y="30">{escape(title)}</text>',
            *_legend(len(series)),
            *_panel(f"given each {_unit(periods)}, {programme.currency}", TOP, asset, [part.given for part in series]),
            *_bars([part.given for part in series], TOP),
            *_panel(f"owed at its end, {programme.currency}", lower, asset, [part.owed for part in series]),
            *_curves([part.owed for part in series], lower),
            *_names(periods, lower + PANEL),
            "</svg>\n",
        ]
    )


def _in_words(title: str, outcomes: Sequence[AssetOutcome], asset: str) -> str:
    """The picture for those who do not see it."""
    names = ("the draft", "the current programme")
    parts = (
        f"{name} gives {money.text(outcome.given, asset)} and owes {money.text(outcome.liability, asset)} at the end"
        for name, outcome in zip(names, outcomes, strict=False)
    )
    return f"{title}: {'; '.join(parts)}."


def _periods(outcomes: Sequence[AssetOutcome], timezone: str) -> list[str]:
    """The names of all months of the orders, the first to the last, or of the years where there are very many."""
    days = [day for outcome in outcomes for day in outcome.by_day]
    if not days:
        return []
    first, last = (period_of(instant, "month", timezone) for instant in (min(days), max(days)))
    year, month = map(int, first.split("-"))
    months = [first]
    while months[-1] < last:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        months.append(f"{year:04d}-{month:02d}")
    return months if len(months) <= MOST_MONTHS else sorted({name[:4] for name in months})


def _unit(periods: Sequence[str]) -> Period:
    return "year" if periods and len(periods[0]) == 4 else "month"


def series_of(outcome: AssetOutcome, periods: Sequence[str], timezone: str) -> Series:
    """The amounts of each period. What expires at a midnight was owed until the day before was over."""
    unit = _unit(periods)
    given, expired = dict.fromkeys(periods, 0), dict.fromkeys(periods, 0)
    for day, amount in outcome.by_day.items():
        given[period_of(day, unit, timezone)] += amount
    for instant, amount in outcome.expired_at.items():
        expired[min(period_of(instant - 1, unit, timezone), periods[-1])] += amount
    owed = accumulate(given[name] - expired[name] for name in periods)
    return Series(tuple(given.values()), tuple(owed))


def _legend(count: int) -> Iterator[str]:
    names = [("draft", "the draft"), ("current", "the current programme")][:count]
    x = 20
    for name, text in names:
        yield f'<rect class="{name}" x="{x}" y="44" width="12" height="12" rx="2"/>'
        yield f'<text class="quiet" x="{x + 18}" y="55">{text}</text>'
        x += 110


def _panel(title: str, top: int, asset: str, series: Sequence[Sequence[int]]) -> Iterator[str]:
    """A panel's heading, its lines and what they stand for."""
    yield f'<text class="quiet" x="20" y="{top - 14}">{escape(title)}</text>'
    ticks = _ticks(series)
    for tick in ticks:
        y = _y(tick, ticks[-1], top)
        yield f'<line class="grid" x1="{LEFT_MARGIN}" x2="{WIDTH - RIGHT_MARGIN}" y1="{y}" y2="{y}"/>'
        yield f'<text class="quiet" x="{LEFT_MARGIN - 8}" y="{y + 4}" text-anchor="end">{_number(tick, asset)}</text>'


def _bars(series: Sequence[Sequence[int]], top: int) -> Iterator[str]:
    most = _ticks(series)[-1]
    slot = _slot(series)
    width = max(slot * 0.72 / max(len(series), 1), 1)
    for place, (name, amounts) in enumerate(zip(("draft", "current"), series, strict=False)):
        for index, amount in enumerate(amounts):
            x, y = LEFT_MARGIN + slot * (index + 0.14) + width * place, _y(amount, most, top)
            size = f'width="{width * 0.92:.1f}" height="{top + PANEL - y}"'
            yield f'<rect class="{name}" x="{x:.1f}" y="{y}" {size} rx="1"/>'


def _curves(series: Sequence[Sequence[int]], top: int) -> Iterator[str]:
    most, slot, base = _ticks(series)[-1], _slot(series), top + PANEL
    for name, amounts in reversed(list(zip(("owed-line", "current-line"), series, strict=False))):
        points = [(LEFT_MARGIN + slot * (index + 0.5), _y(amount, most, top)) for index, amount in enumerate(amounts)]
        line = " ".join(f"{x:.1f},{y}" for x, y in points)
        if name == "owed-line" and points:
            yield f'<polygon class="owed" points="{points[0][0]:.1f},{base} {line} {points[-1][0]:.1f},{base}"/>'
        yield f'<polyline class="{name}" points="{line}"/>'


def _names(periods: Sequence[str], base: int) -> Iterator[str]:
    slot, step = (WIDTH - LEFT_MARGIN - RIGHT_MARGIN) / max(len(periods), 1), max(ceil(len(periods) / MOST_NAMES), 1)
    for index in range(0, len(periods), step):
        x = LEFT_MARGIN + slot * (index + 0.5)
        yield f'<text class="quiet" x="{x:.1f}" y="{base + 22}" text-anchor="middle">{periods[index]}</text>'


def _slot(series: Sequence[Sequence[int]]) -> float:
    return (WIDTH - LEFT_MARGIN - RIGHT_MARGIN) / max(max(map(len, series), default=0), 1)


def _y(amount: float, most: float, top: int) -> int:
    return top + PANEL - round(PANEL * max(amount, 0) / most)


def _ticks(series: Sequence[Sequence[int]]) -> list[int]:
    """Multiples of 1, 2 or 5 times a power of ten, from 0 to at least the largest amount."""
    most = max((amount for amounts in series for amount in amounts), default=0)
    if most <= 0:
        return [0, 1]
    power = 10 ** floor(log10(max(most / MOST_TICKS, 1)))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * MOST_TICKS >= most)
    return [step * multiple for multiple in range(ceil(most / step) + 1)]


def _number(amount: int, asset: str) -> str:
    """An amount without its currency and without decimals that say nothing, with narrow spaces between thousands."""
    whole = money.text(amount, asset).partition(" ")[0]
    number = whole.rstrip("0").rstrip(".") if "." in whole else whole
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    front, point, back = digits.partition(".")
    return f"{sign}{int(front):,}{point}{back}".replace(",", "\u202f")
