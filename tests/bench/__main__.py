"""What an order costs, measured part by part: python -m tests.bench [part ...] [--no-publish]; without a part, all.

Publishes docs/benchmarks.md and docs/benchmarks.json; ends with 1 if a target was missed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from importlib import import_module

from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.report import BENCHMARKS, Section, publish

PARTS = {
    "floor": "floor",
    "alternatives": "alternatives.study",
    "cold-start": "cold.study",
    "flat": "flat.study",
    "heat": "heat.study",
    "what-if": "what_if",
    "latency": "latency.study",
    "bill": "bill",
}
"""The module of each part, in the order in which they are run."""


def main() -> int:
    """Measure, print and publish."""
    asked = arguments(sys.argv[1:])
    console = Console(stderr=True)
    missed = 0
    for measured in _measured(asked.part, console):
        section = replace(measured, command=f"make bench PART={measured.name}")
        if asked.publish:
            publish(section, book=BENCHMARKS)
        Console().print(_table(section))
        missed += not section.met
    return 1 if missed else 0


def _measured(parts: Sequence[str], console: Console) -> list[Section]:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    sections = []
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("benchmarks", total=len(parts))
        for part in parts:
            progress.update(task, description=part)
            begun = time.monotonic()
            section: Section = import_module(f"tests.bench.{PARTS[part]}").measure()
            progress.console.print(f"{part}: {time.monotonic() - begun:.0f} s")
            progress.advance(task)
            sections.append(section)
    return sections


def _table(section: Section) -> Table:
    table = Table(title=section.title, title_justify="left", min_width=100)
    table.add_column("figure")
    table.add_column("value", justify="right")
    for name in ("unit", "target", "met"):
        table.add_column(name)
    for row in section.rows:
        table.add_row(row.name, str(row.value), row.unit, row.target, "yes" if row.met else "[red]no[/red]")
    return table


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """What is asked for: `part`, all of them where none is named, and whether to `publish`."""
    parser = argparse.ArgumentParser(prog="make bench", description="What an order costs.")
    parser.add_argument("part", nargs="*", metavar="part", help=f"some of: {', '.join(PARTS)}")
    parser.add_argument("--publish", action=argparse.BooleanOptionalAction, default=True)
    asked = parser.parse_args(given)
    if unknown := sorted(set(asked.part) - PARTS.keys()):
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    asked.part = asked.part or list(PARTS)
    return asked


if __name__ == "__main__":
    sys.exit(main())
