"""Counts as bars, in SVG. Written by hand: bars need no library, and the text of the file can be compared.

The scale is logarithmic, because faults are rare beside what they happen to; every bar says its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from math import log10

WIDTH, ROW, TOP, NAMES = 760, 20, 44, 290
STYLE = 'role="img" font-size="12" font-family="system-ui, sans-serif" fill="#222"'
COLOURS = ("#2f6f8f", "#b3543c", "#5b7f3a", "#7a5c99")


def bars(title: str, counters: Mapping[str, Mapping[str, int]]) -> str:
    """A picture of some tables of counts, one below the other."""
    height = TOP + sum(ROW * (len(counts) + 2) for counts in counters.values())
    most = max((count for counts in counters.values() for count in counts.values()), default=1)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" {STYLE}>',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#fbfaf7"/>',
            f'<text x="20" y="28" font-size="15" font-weight="600">{escape(title)}</text>',
            *_tables(counters, most),
            "</svg>\n",
        ]
    )


def _tables(counters: Mapping[str, Mapping[str, int]], most: int) -> Iterator[str]:
    y = TOP + ROW
    for (heading, counts), colour in zip(counters.items(), COLOURS * len(counters), strict=False):
        yield f'<text x="20" y="{y}" font-weight="600" fill="{colour}">{escape(heading)}</text>'
        for name, count in counts.items():
            y += ROW
            yield _bar(name, count, most, y, colour)
        y += 2 * ROW


def _bar(name: str, count: int, most: int, y: int, colour: str) -> str:
    length = round((WIDTH - NAMES - 110) * log10(count + 1) / log10(most + 1)) if most else 0
    number = f"{count:,}".replace(",", " ")
    return (
        f'<text x="{NAMES - 8}" y="{y}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{NAMES}" y="{y - 11}" width="{length}" height="13" rx="2" fill="{colour}"/>'
        f'<text x="{NAMES + length + 6}" y="{y}" fill="#555">{number}</text>'
    )
