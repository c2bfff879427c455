"""Writes a live table into a file as DynamoDB exports it to S3: a back-up, and what `verify --file` reads.

Unlike DynamoDB's own export it is not of one moment: the table may be written while it is read. Imports the audit's
table; writes the file whole or not at all, and into a device or a pipe as it goes.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import msgspec

from infra.audit.dynamodb import Table
from infra.whole_file import whole_file


def export(table: Table, target: Path, passed: Callable[[int], object] = lambda _: None) -> int:
    """Write all items, gzipped where the name ends with `.gz`; returns how many. Raises TableError, OSError."""
    encoder, count = msgspec.json.Encoder(), 0
    with whole_file(target) as file, _packed(file) if target.suffix == ".gz" else nullcontext(file) as out:
        for page in table.scan(0, 1):
            out.writelines(encoder.encode({"Item": item}) + b"\n" for item in page)
            count += len(page)
            passed(count)
    return count


def _packed(file: BinaryIO) -> gzip.GzipFile:
    """A file that packs what is written, without name and time, which say nothing of the books."""
    return gzip.GzipFile("", "wb", fileobj=file, mtime=0)
