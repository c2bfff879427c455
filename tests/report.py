"""What the proofs and the benchmarks found: a page for people, and rows for programs (a row for each figure).

docs/proof.md and docs/proof.json are written from docs/proof-sections.json, which holds all that the proofs have
published; docs/benchmarks.* likewise. Every command publishes one section and leaves the others as they are. A page
shows what a reader needs: all figures are in the .json file, all counters in the sections. Knows nothing of any proof
or benchmark.

python -m tests.report     renders the pages and pictures anew from the published sections
"""

from __future__ import annotations

import fcntl
import os
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct, field

from tests.chart import Chart, svg
from tests.machine import ROOT

DOCS = ROOT / "docs"


MOST_VIOLATIONS = 10
"""Violations that a page shows; all of them stand in the sections' file."""


class Book(Struct, frozen=True):
    """Sections that are published together: the `name` of their files, the `part` that a row names its section by, the
    `order` of its sections for a reader, and whether every row says its unit.
    """

    name: str
    part: str
    introduction: str
    order: tuple[str, ...]
    units: bool = False


PROOF = Book(
    "proof",
    "proof",
    """# Proof

What was tried to make the books go wrong, and what came of it. Each part was written by the command that it names. A
target that was not reached says **no**. All figures are in [proof.json](proof.json), all counters in
[proof-sections.json](proof-sections.json), every seed that ever ran in [proof-seeds.json](proof-seeds.json).
""",
    order=("soak", "bank", "crash-points", "overspend", "mutation", "verify"),
)
BENCHMARKS = Book(
    "benchmarks",
    "benchmark",
    """# Benchmarks

What an order costs, beside the least it can cost and beside what one would build instead. Times are compared within one
run on one computer, so that the ratios hold on others. A target that was missed says **no**, and why. All figures are
in [benchmarks.json](benchmarks.json), all counters in [benchmarks-sections.json](benchmarks-sections.json).
""",
    order=("alternatives", "bill", "latency", "floor", "cold-start", "flat", "heat", "what-if"),
    units=True,
)


class Row(Struct, frozen=True, omit_defaults=True):
    """One figure: its value as it is read, what it had to be, whether it is, and what it counts."""

    name: str
    value: int | float | str
    target: str
    met: bool
    unit: str = ""


class Section(Struct, frozen=True, kw_only=True):
    """What one command found.

    `shows`: what the proof shows, in plain words. `headlines`: names of the rows that the page shows, all of them if
    there are none; one that was not reached is always shown. `missed`: why a target was. `table`: a table of text, its
    first row the heading. `notes`: how it was done, for those who doubt. `counters`: numbers by name, under headings,
    which no page shows. `violations`: whatever did not hold, each with how to see it again.
    """

    name: str
    title: str
    shows: str
    rows: tuple[Row, ...]
    headlines: tuple[str, ...] = ()
    missed: str = ""
    table: tuple[tuple[str, ...], ...] = ()
    charts: tuple[Chart, ...] = ()
    seed: int | None = None
    operations: int | None = None
    counters: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    violations: tuple[str, ...] = ()
    command: str = ""
    made_at: str = ""

    @property
    def met(self) -> bool:
        """Whether every figure was reached and nothing was violated."""
        return all(row.met for row in self.rows) and not self.violations


def publish(section: Section, docs: Path = DOCS, book: Book = PROOF) -> Section:
    """Put a section into a book's files in place of the one of its name; returns it with its time and command."""
    section = msgspec.structs.replace(section, made_at=section.made_at or _now(), command=section.command or _command())
    with _alone(docs):
        sections = {old.name: old for old in published(docs, book)} | {section.name: section}
        _write_all([sections[name] for name in sorted(sections)], docs, book)
    return section


def render(docs: Path = DOCS, book: Book = PROOF) -> None:
    """Write a book's page and pictures anew."""
    with _alone(docs):
        _write_all(published(docs, book), docs, book)


def _write_all(sections: list[Section], docs: Path, book: Book) -> None:
    _write(docs / _sections(book), _json(sections))
    rows = [{book.part: section.name, **_plain(row, book)} for section in sections for row in section.rows]
    _write(docs / f"{book.name}.json", _json(rows))
    for name, picture in pictures(sections, book).items():
        _write(docs / name, picture.encode())
    _write(docs / f"{book.name}.md", page(sections, book).encode())


def published(docs: Path = DOCS, book: Book = PROOF) -> list[Section]:
    """The sections that were published so far."""
    path = docs / _sections(book)
    return msgspec.json.decode(path.read_bytes(), type=list[Section]) if path.exists() else []


def pictures(sections: list[Section], book: Book = PROOF) -> dict[str, str]:
    """The pictures by the names of their files."""
    return {_picture(book, section, chart): svg(chart) for section in sections for chart in section.charts}


def page(sections: list[Section], book: Book = PROOF) -> str:
    """The page for people."""
    ordered = sorted(sections, key=lambda section: (*(section.name != name for name in book.order), section.name))
    overview = [f"| {book.part} | made | holds |", "|---|---|---|"]
    overview += [
        f"| [{section.title}](#{section.name}) | {section.made_at[:10]} | {_yes(section.met)} |" for section in ordered
    ]
    return "\n".join(
        [book.introduction, *overview, "", *(line for section in ordered for line in _section(section, book))]
    )


def _section(section: Section, book: Book) -> Iterator[str]:
    # The anchor is the section's name: titles may be reworded.
    yield f'<a id="{section.name}"></a>\n\n## {section.title}\n\n{section.shows}\n'
    yield from (f"![{chart.alt}]({_picture(book, section, chart)})\n" for chart in section.charts)
    yield from _table(section)
    shown = [row for row in section.rows if not section.headlines or row.name in section.headlines or not row.met]
    if shown:
        yield "| figure | value | must be | reached |\n|---|---:|---|---|"
        yield from (f"| {row.name} | {_value(row)} | {row.target} | {_yes(row.met)} |" for row in shown)
        yield ""
    if section.missed and not section.met:
        yield f"{section.missed}\n"
    if section.notes:
        yield "<details><summary>How it was done</summary>\n"
        yield from (f"{note}\n" for note in section.notes)
        yield "</details>\n"
    if section.violations:
        others = len(section.violations) - MOST_VIOLATIONS
        more = [f"and {others} more, in {_sections(book)}"] if others > 0 else []
        lines = "\n".join([*section.violations[:MOST_VIOLATIONS], *more])
        yield f"<details><summary>What did not hold</summary>\n\n```\n{lines}\n```\n\n</details>\n"
    yield f"{_circumstances(section)}\n"


def _table(section: Section) -> Iterator[str]:
    if section.table:
        heading, *lines = section.table
        yield f"| {' | '.join(heading)} |\n|---|{'---:|' * (len(heading) - 1)}"
        yield from (f"| {' | '.join(line)} |" for line in lines)
        yield ""


def _circumstances(section: Section) -> str:
    seed = "" if section.seed is None else f", seed {section.seed}"
    operations = "" if section.operations is None else f", {_number(section.operations)} operations"
    return f"Made {section.made_at}{seed}{operations}, by `{section.command}`."


def _sections(book: Book) -> str:
    return f"{book.name}-sections.json"


def _picture(book: Book, section: Section, chart: Chart) -> str:
    return f"{book.name}-{section.name}-{chart.name}.svg"


def _yes(met: bool) -> str:
    return "yes" if met else "**no**"


def _plain(row: Row, book: Book) -> dict[str, object]:
    fields: dict[str, object] = msgspec.to_builtins(row)
    return (
        fields | {"unit": row.unit or ("ratio" if isinstance(row.value, float) else "count")} if book.units else fields
    )


def _value(row: Row) -> str:
    return f"{_number(row.value)} {row.unit}".rstrip()


def _number(value: float | str) -> str:
    return f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else str(value)


def _now() -> str:
    return datetime.fromtimestamp(int(time.time()), UTC).isoformat().replace("+00:00", "Z")


def _command() -> str:
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    module = spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).name
    return shlex.join([".venv/bin/python", "-m", module, *sys.argv[1:]])


@contextmanager
def _alone(docs: Path) -> Iterator[None]:
    """Two proofs that end at once must not lose each other's section."""
    directory = os.open(docs, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
    finally:
        os.close(directory)


def _json(content: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing: a reader never sees half a page."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


if __name__ == "__main__":
    for book in (PROOF, BENCHMARKS):
        render(book=book)
