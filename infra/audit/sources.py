"""Where the items of a table come from: pieces of export files, or segments of the table itself.

A piece is small data that any process can read on its own. Files are DynamoDB's own export (one `{"Item": ...}` a
line), plain or gzipped; a plain one is cut at lines, a gzipped one is one piece. Imports the decoder only.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import msgspec
from msgspec import Struct

from chalicelib.store.codec import Raw
from infra.audit.decode import line
from infra.audit.dynamodb import Table

CUT = 32 * 1024 * 1024
OFTEN = 1000
"""So many items pass between two reports of progress."""

Passed = Callable[[int, int], None]
"""Hears of progress: so many items more, and so many units of the piece's `size`."""


class SourceError(OSError):
    """Says what cannot be read."""


class Piece(Protocol):
    """A part of the table."""

    @property
    def size(self) -> int:
        """How much there is to pass, in units of its own (0: not known)."""

    def items(self, passed: Passed) -> Iterator[Raw]:
        """Its items. Raises SourceError."""

    def programme(self) -> Iterator[Raw]:
        """At least those of its items that belong to the programme, as far as they are not found more cheaply."""


class FilePiece(Struct, frozen=True):
    """The lines that begin within some bytes of a file; of a gzipped one, all."""

    path: str
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes, as they lie on the disk."""
        return self.end - self.start

    def items(self, passed: Passed) -> Iterator[Raw]:
        """Every item, in the order of the file."""
        with _opened(self.path) as (raw, text):
            count, before = 0, raw.tell()
            for each in self._lines(text):
                yield self._item(each)
                count += 1
                if count == OFTEN:
                    here = raw.tell()
                    passed(count, here - before)
                    count, before = 0, here
            passed(count, raw.tell() - before)

    def programme(self) -> Iterator[Raw]:
        """Found without decoding the others."""
        with _opened(self.path) as (_, text):
            yield from (self._item(each) for each in self._lines(text) if b'"PROGRAMME"' in each)

    def _lines(self, text: BinaryIO) -> Iterator[bytes]:
        try:
            if self.start:
                text.seek(self.start - 1)
                text.readline()
            left = self.end - text.tell()
            for each in text:
                if left <= 0 and not self._is_packed():
                    return
                left -= len(each)
                if each.strip():
                    yield each
        except (OSError, EOFError) as error:
            raise SourceError(f"{self.path} cannot be read: {error}") from error

    def _is_packed(self) -> bool:
        return self.path.endswith(".gz")

    def _item(self, each: bytes) -> Raw:
        try:
            return line(each).item
        except msgspec.DecodeError as error:
            raise SourceError(f"{self.path}: not a line of a DynamoDB export ({error}): {each[:60]!r}") from error


class Segment(Struct, frozen=True):
    """One of `total` parts of the live table, read with strong consistency."""

    table: Table
    number: int
    total: int

    @property
    def size(self) -> int:
        """Not known before it was read."""
        return 0

    def items(self, passed: Passed) -> Iterator[Raw]:
        """Every item, those of a partition one after another."""
        for page in self.table.scan(self.number, self.total):
            yield from page
            passed(len(page), len(page))

    def programme(self) -> Iterator[Raw]:
        """By a query, once."""
        return iter(self.table.query("PROGRAMME") if self.number == 0 else ())


def pieces(files: Sequence[Path]) -> list[Piece]:
    """The pieces of files, and of all exported files below folders. Raises SourceError."""
    found = [each for path in files for each in (_below(path) if path.is_dir() else [path])]
    if not found:
        raise SourceError(f"there is no *.json.gz, *.ndjson or *.ndjson.gz below {', '.join(map(str, files))}")
    return [piece for path in found for piece in _cut(path)]


def _below(folder: Path) -> list[Path]:
    return sorted(path for ending in ("*.json.gz", "*.ndjson", "*.ndjson.gz") for path in folder.rglob(ending))


def _cut(path: Path) -> Iterator[FilePiece]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SourceError(str(error)) from error
    step = size or 1 if path.name.endswith(".gz") else CUT
    yield from (FilePiece(str(path), start, min(start + step, size)) for start in range(0, size, step))


class _opened:  # noqa: N801 (reads as a verb)
    """A file, and its text: the same, or unpacked."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> tuple[BinaryIO, BinaryIO]:
        try:
            self._raw = Path(self._path).open("rb")
        except OSError as error:
            raise SourceError(str(error)) from error
        packed = self._path.endswith(".gz")
        return self._raw, cast("BinaryIO", gzip.GzipFile(fileobj=self._raw) if packed else self._raw)

    def __exit__(self, *_: object) -> None:
        self._raw.close()


def no_progress(items: int, size: int) -> None:
    """Hears nothing."""
