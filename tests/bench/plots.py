"""The pictures of the benchmarks, drawn by matplotlib as SVG from the figures of a section. Measures nothing."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from tests.report import Row, Section

COLOURS = ("#2f6f8f", "#b3543c", "#5b7f3a", "#7a5c99", "#c29a2e", "#777777")
MISSED = "#b3543c"


def pictures(section: Section) -> dict[str, str]:
    """A section's pictures, by name."""
    rows = [row for row in section.rows if row.unit in ("", "ratio") and isinstance(row.value, float)]
    found = {"ratios": ratios(f"{section.title}: ratios", rows)} if rows else {}
    for number, (heading, counts) in enumerate(section.counters.items(), 1):
        if len(counts) > 1:
            found[f"counts-{number}"] = bars(heading, counts)
    return found


def ratios(title: str, rows: Sequence[Row]) -> str:
    """Ratios beside what they must be; a missed one stands out."""
    return _svg(lambda axes: _ratios(axes, rows), title, len(rows))


def curves(title: str, lines: Mapping[str, Mapping[int, tuple[float, float]]]) -> str:
    """Medians (solid) and 99th percentiles (dashed) in milliseconds, by number of connections."""

    def draw(axes: Any) -> None:
        for (name, points), colour in zip(lines.items(), COLOURS, strict=False):
            for which, style in ((0, "-"), (1, "--")):
                label = f"{name}, {('median', '99th percentile')[which]}"
                axes.plot(list(points), [each[which] for each in points.values()], style, color=colour, label=label)
        axes.set(xscale="log", yscale="log", xlabel="connections", ylabel="milliseconds")
        axes.set_xticks(list(next(iter(lines.values()))), labels=list(map(str, next(iter(lines.values())))))
        axes.legend(fontsize=8, frameon=False)

    return _svg(draw, title, 12)


def bars(title: str, counts: Mapping[str, float]) -> str:
    """Numbers by name, as bars."""

    def draw(axes: Any) -> None:
        names = list(counts)[::-1]
        drawn = axes.barh(names, [counts[name] for name in names], color=COLOURS[0])
        axes.bar_label(drawn, fmt="{:,.0f}", padding=4, fontsize=9)
        axes.margins(x=0.15)

    return _svg(draw, title, len(counts))


def _ratios(axes: Any, rows: Sequence[Row]) -> None:
    names = [row.name for row in rows][::-1]
    values = [float(row.value) for row in rows][::-1]
    drawn = axes.barh(names, values, color=[COLOURS[0] if row.met else MISSED for row in rows][::-1])
    labels = [f"{row.value} ({row.target})" for row in rows[::-1]]
    axes.bar_label(drawn, labels=labels, padding=4, fontsize=9)
    axes.axvline(1, color="#222222", linewidth=0.8)
    axes.margins(x=0.35)


def _svg(draw: Any, title: str, rows: int) -> str:
    # Imported here: whoever only counts does not need it.
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update(
        {"svg.hashsalt": "ristourne", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
    )
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(10, 1.1 + 0.32 * rows), layout="constrained")
    draw(axes)
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    axes.spines[["top", "right"]].set_visible(False)
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    plt.close(figure)
    return out.getvalue()
