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
    found = {"targets": targets(section)} if any(each.unit == "ratio" for each in section.rows) else {}
    for number, (heading, counts) in enumerate(section.counters.items(), 1):
        if len(counts) > 1:
            found[f"counts-{number}"] = bars(heading, counts)
    return found


def targets(section: Section) -> str:
    """Every ratio of a section."""
    rows = [row for row in section.rows if row.unit == "ratio" and not isinstance(row.value, str)]
    return _svg(lambda axes: _ratios(axes, rows), f"{section.title}: ratios", len(rows))


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
