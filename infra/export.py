"""Writes a live table into a file as DynamoDB exports it to S3: a back-up, and what `verify --file` reads.

Unlike DynamoDB's own export it is not of one moment: the table may be written while it is read. Imports the audit's
table; writes the file whole or not at all.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import msgspec

from infra.audit.dynamodb import Table


def export(table: Table, target: Path, passed: Callable[[int], object] = lambda _: None) -> int:
    """Write all items, gzipped where the name ends with `.gz`; returns how many. Raises TableError, OSError."""
    unfinished, count = target.with_name(f".{target.name}.part"), 0
    encoder = msgspec.json.Encoder()
    with gzip.open(unfinished, "wb") if target.suffix == ".gz" else unfinished.open("wb") as out:
        for page in table.scan(0, 1):
            out.writelines(encoder.encode({"Item": item}) + b"\n" for item in page)
            count += len(page)
            passed(count)
    unfinished.replace(target)
    return count
