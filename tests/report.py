"""What the proofs and the benchmarks found: a page for people, and rows for programs (a row for each figure).

docs/proof.md and docs/proof.json are written from docs/proof-sections.json, which holds all that the proofs have
published; docs/benchmarks.* likewise. Every command publishes one section and leaves the others as they are. Knows
nothing of any proof or benchmark.
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

from tests.chart import bars
from tests.machine import ROOT

DOCS = ROOT / "docs"


class Book(Struct, frozen=True):
    """Sections that are published together: the `name` of their files, the `part` that a row names its section by, and
    whether every row says its unit.
    """

    name: str
    part: str
    introduction: str
    units: bool = False


PROOF = Book(
    "proof",
    "proof",
    """# Proof

What was tried to make the books go wrong, and what came of it. Each part below was written by a command that anybody
can run; it says what the part shows, which figures had to be reached, and how to do it again. A line that was not
reached says **no**. The commands write this page, and its figures into [proof.json](proof.json); do not edit either.
""",
)
BENCHMARKS = Book(
    "benchmarks",
    "benchmark",
    """# Benchmarks

What an order costs: round trips, write units, processor time, cold start, bytes and dollars, beside the floor and
beside what one would build instead. Times are ratios of two things measured in one run on one computer, so that they
hold on others. A target that was missed says **no**, and its section says why. `make bench` writes this page, and its
figures into [benchmarks.json](benchmarks.json); do not edit either.
""",
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

    `shows`: what the proof shows, in plain words. `counters`: tables of numbers by name, each under its heading; they
    are drawn too where `drawn`. `pictures`: drawings by name, as SVG. `notes`: what a reader has to know besides, such
    as the cause of a missed target. `violations`: whatever did not hold, each with how to see it again.
    """

    name: str
    title: str
    shows: str
    rows: tuple[Row, ...]
    seed: int | None = None
    operations: int | None = None
    counters: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    drawn: bool = False
    pictures: Mapping[str, str] = field(default_factory=dict)
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
        for name, drawing in section.pictures.items():
            _write(docs / _picture(book, section, name), drawing.encode())
        stored = msgspec.structs.replace(section, pictures=dict.fromkeys(section.pictures, ""))
        sections = {each.name: each for each in published(docs, book)} | {section.name: stored}
        ordered = [sections[name] for name in sorted(sections)]
        _write(docs / _sections(book), _json(ordered))
        rows = [{book.part: each.name, **_plain(row, book)} for each in ordered for row in each.rows]
        _write(docs / f"{book.name}.json", _json(rows))
        for each in (each for each in ordered if each.drawn):
            _write(docs / _drawing(book, each), bars(each.title, each.counters).encode())
        _write(docs / f"{book.name}.md", page(ordered, book).encode())
    return section


def published(docs: Path = DOCS, book: Book = PROOF) -> list[Section]:
    """The sections that were published so far."""
    path = docs / _sections(book)
    return msgspec.json.decode(path.read_bytes(), type=list[Section]) if path.exists() else []


def page(sections: list[Section], book: Book = PROOF) -> str:
    """The page for people."""
    overview = [f"| {book.part} | made | holds |", "|---|---|---|"]
    overview += [f"| [{each.title}](#{each.name}) | {each.made_at[:10]} | {_yes(each.met)} |" for each in sections]
    return "\n".join([book.introduction, *overview, "", *(line for each in sections for line in _section(each, book))])


def _section(section: Section, book: Book) -> Iterator[str]:
    # The anchor is the section's name: titles may be reworded.
    yield f'<a id="{section.name}"></a>\n\n## {section.title}\n\n{section.shows}\n'
    yield "| figure | value | must be | reached |\n|---|---:|---|---|"
    yield from (f"| {each.name} | {_value(each)} | {each.target} | {_yes(each.met)} |" for each in section.rows)
    yield ""
    yield from (f"{each}\n" for each in section.notes)
    yield from (f"![{section.title}: {name}]({_picture(book, section, name)})\n" for name in section.pictures)
    if section.drawn:
        yield f"![{section.title}: how often]({_drawing(book, section)})\n"
    for heading, counts in section.counters.items():
        yield f"<details><summary>{heading}</summary>\n\n| what | how often |\n|---|---:|"
        yield from (f"| {name} | {_number(count)} |" for name, count in counts.items())
        yield "\n</details>\n"
    yield from (f"**Violation**\n\n```\n{each}\n```\n" for each in section.violations)
    yield f"{_circumstances(section)}\n"


def _circumstances(section: Section) -> str:
    seed = "" if section.seed is None else f", seed {section.seed}"
    operations = "" if section.operations is None else f", {_number(section.operations)} operations"
    return f"Made {section.made_at}{seed}{operations}, by `{section.command}`."


def _sections(book: Book) -> str:
    return f"{book.name}-sections.json"


def _drawing(book: Book, section: Section) -> str:
    return f"{book.name}-{section.name}.svg"


def _picture(book: Book, section: Section, name: str) -> str:
    return f"{book.name}-{section.name}-{name}.svg"


def _yes(met: bool) -> str:
    return "yes" if met else "**no**"


def _plain(row: Row, book: Book) -> dict[str, object]:
    stated: dict[str, object] = msgspec.to_builtins(row)
    return (
        stated | {"unit": row.unit or ("ratio" if isinstance(row.value, float) else "count")} if book.units else stated
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
