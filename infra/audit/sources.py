"""The pieces that an audit reads: parts of export files, or segments of the live table.

A piece is small data that any process can read on its own. Files are DynamoDB's own export (one `{"Item": ...}` a
line), plain or gzipped; a plain one is cut at lines, a gzipped one is one piece. Imports the decoder only.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import msgspec
from msgspec import Struct

from chalicelib.domain.records import Cuts, DayReport, Outstanding, ProgrammeVersion
from chalicelib.store.codec import Raw
from infra.audit.decode import line
from infra.audit.dynamodb import Table

CUT = 32 * 1024 * 1024
PROGRESS_ITEMS = 1000
"""Items between two reports of progress."""

SHARED = tuple(record.ENTITY.pk for record in (ProgrammeVersion, Cuts, DayReport, Outstanding))
"""The partitions that are read before all others: the programme, cuts of segments, what rounds have counted."""

Passed = Callable[[int, int], None]
"""Called with progress: further items, and further units of the piece's `size`."""


class SourceError(OSError):
    """An export file cannot be read; the text says which and why."""


class TablePiece(Protocol):
    """A part of the table."""

    @property
    def size(self) -> int:
        """The size in units of its own (0: unknown)."""

    def items(self, passed: Passed) -> Iterator[Raw]:
        """Its items. Raises SourceError."""

    def shared(self) -> Iterator[Raw]:
        """Its items of the partitions in SHARED; it may yield others too."""


class FilePiece(Struct, frozen=True):
    """The lines of a file that begin within a range of bytes; of a gzipped file, all lines."""

    path: str
    start: int
    end: int

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return self.end - self.start

    def items(self, passed: Passed) -> Iterator[Raw]:
        """Every item, in the order of the file."""
        with _OpenExport(self.path) as (raw, text):
            count, before = 0, raw.tell()
            for text_line in self._lines(text):
                yield self._item(text_line)
                count += 1
                if count == PROGRESS_ITEMS:
                    here = raw.tell()
                    passed(count, here - before)
                    count, before = 0, here
            passed(count, raw.tell() - before)

    def shared(self) -> Iterator[Raw]:
        """The lines with a partition key in SHARED; other lines are not decoded."""
        keys = re.compile("|".join(f'"{partition}"' for partition in SHARED).encode())
        with _OpenExport(self.path) as (_, text):
            yield from (self._item(text_line) for text_line in self._lines(text) if keys.search(text_line))

    def _lines(self, text: BinaryIO) -> Iterator[bytes]:
        try:
            if self.start:
                text.seek(self.start - 1)
                text.readline()
            remaining = self.end - text.tell()
            for text_line in text:
                if remaining <= 0 and not self._is_packed():
                    return
                remaining -= len(text_line)
                if text_line.strip():
                    yield text_line
        except (OSError, EOFError) as error:
            raise SourceError(f"{self.path} cannot be read: {error}") from error

    def _is_packed(self) -> bool:
        return self.path.endswith(".gz")

    def _item(self, text_line: bytes) -> Raw:
        try:
            return line(text_line).item
        except msgspec.DecodeError as error:
            start = text_line[:60].decode(errors="replace").strip()
            raise SourceError(
                f"{self.path} is no export of a table: where a line has an item it has {start!r} ({error}). "
                "Name files that DynamoDB or `ristourne export FILE --stage STAGE` has written"
            ) from error


class ScanSegment(Struct, frozen=True):
    """One of `total` parts of the live table, read with strong consistency."""

    table: Table
    number: int
    total: int

    @property
    def size(self) -> int:
        """0: unknown before it was read."""
        return 0

    def items(self, passed: Passed) -> Iterator[Raw]:
        """Every item, those of a partition one after another."""
        for page in self.table.scan(self.number, self.total):
            yield from page
            passed(len(page), len(page))

    def shared(self) -> Iterator[Raw]:
        """The items of the partitions in SHARED by queries, for the first segment only."""
        for partition in SHARED if self.number == 0 else ():
            yield from self.table.query(partition)


def pieces(files: Sequence[Path]) -> list[TablePiece]:
    """The pieces of files, and of all exported files below folders. Raises SourceError."""
    paths = [file for path in files for file in (_below(path) if path.is_dir() else [path])]
    if not paths:
        raise SourceError(f"there is no *.json.gz, *.ndjson or *.ndjson.gz below {', '.join(map(str, files))}")
    return [piece for path in paths for piece in _cut(path)]


def _below(folder: Path) -> list[Path]:
    return sorted(path for ending in ("*.json.gz", "*.ndjson", "*.ndjson.gz") for path in folder.rglob(ending))


def _cut(path: Path) -> Iterator[FilePiece]:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    step = size or 1 if path.name.endswith(".gz") else CUT
    yield from (FilePiece(str(path), start, min(start + step, size)) for start in range(0, size, step))


class _OpenExport:
    """A context manager of an export file: the file, and its decompressed content."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> tuple[BinaryIO, BinaryIO]:
        try:
            self._raw = Path(self._path).open("rb")
        except OSError as error:
            raise SourceError(f"{self._path}: {error.strerror}") from error
        packed = self._path.endswith(".gz")
        return self._raw, cast("BinaryIO", gzip.GzipFile(fileobj=self._raw) if packed else self._raw)

    def __exit__(self, *_: object) -> None:
        self._raw.close()
