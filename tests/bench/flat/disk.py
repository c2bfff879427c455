"""DynamoDB Local with its table in a file, and a million items put into that file within a minute.

AWS's engine keeps a table in SQLite, an item as DynamoDB's own JSON beside its key. Over its API a million puts take
half an hour; what is measured afterwards goes through its API as ever. Knows no benchmark.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from chalicelib.store.codec import Raw
from infra.local.dynamodb_local import engine_options, fetch, find, wait_ready
from infra.local.local_aws import HOST, free_port
from tests.world.meter import item_size

ROOM_BYTES = 4 * 10**9

COLUMNS = ("hashKey", "rangeKey", "hashValue", "rangeValue", "itemSize", "ObjectJSON")

Row = tuple[bytes, bytes, bytes, bytes, int, bytes]


class Disk(Struct, frozen=True):
    """Where a DynamoDB Local answers, and the file that it keeps its tables in."""

    endpoint: str
    file: Path


@contextmanager
def local_on_disk() -> Iterator[Disk]:
    """A DynamoDB Local of its own; the file goes with it."""
    options = [option for option in engine_options(fetch()) if option != "-inMemory"]
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ristourne-bench-", dir=_roomy()) as folder:
        command = [find("java", "a Java run time"), *options, "-dbPath", folder, "-port", str(port)]
        log = Path(folder, "log")
        with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as child:
            try:
                wait_ready(f"http://{HOST}:{port}", child, log)
                yield Disk(f"http://{HOST}:{port}", Path(folder, "shared-local-instance.db"))
            finally:
                child.kill()


def _roomy() -> str | None:
    """Memory where there is room for the file: the engine waits for a disk after every write. None: the usual place."""
    roomy = Path("/dev/shm").is_dir() and shutil.disk_usage("/dev/shm").free > ROOM_BYTES
    return "/dev/shm" if roomy else None


def fill(disk: Disk, table: str, rows: Iterable[Row]) -> None:
    """Put items into a table that exists; one of the same key is replaced."""
    with closing(sqlite3.connect(disk.file, timeout=60)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -200000")
        columns = tuple(name for (name,) in database.execute("SELECT name FROM pragma_table_info(?)", (table,)))
        assert columns == COLUMNS, f"DynamoDB Local keeps a table otherwise than we know: {columns}"
        database.executemany(f'INSERT OR REPLACE INTO "{table}" VALUES (?, ?, ?, ?, ?, ?)', rows)  # noqa: S608


def row_of(item: Raw) -> Row:
    """An item as it lies in the file."""
    return _row(item["pk"]["S"].encode(), item["sk"]["S"].encode(), item_size(item), msgspec.json.encode(item))


def copies(item: Raw, name: str, names: Iterable[str]) -> Iterator[Row]:
    """The same item under other names of equal length, wherever it says `name`."""
    first = row_of(item)
    mark = name.encode()
    for key in names:
        new = key.encode()
        assert len(new) == len(mark)
        yield _row(first[0].replace(mark, new), first[1].replace(mark, new), first[4], first[5].replace(mark, new))


def _row(partition: bytes, sort: bytes, size: int, document: bytes) -> Row:
    # The hashes order a scan, and nothing here scans: any will do that differ.
    return partition, sort, hashlib.sha1(partition).digest(), hashlib.sha1(sort).digest(), size, document  # noqa: S324
