"""How fast are whole books verified? Makes an export of a large shop, verifies it, and publishes the figures.

    python -m tests.proof.verify_bench [--entries 1000000] [--processes 2] [--live 100000] [--no-publish]

The members' year is lived by the real domain and copied under other names (`verify_world`). `--live` loads so many
entries into DynamoDB Local too and verifies them by parallel scans.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import boto3
from msgspec import Struct

from chalicelib.domain.records import Record
from infra import verify
from infra.audit.decode import line
from infra.audit.dynamodb import Table
from infra.audit.report import Report, text
from infra.local.dynamodb_local import dynamodb_local
from tests.proof.verify_world import Template, World, export
from tests.report import Row, Section, publish

WANTED_ENTRIES, WANTED_S = 1_000_000, 60
NAME = "ristourne-bench"
SHOWS = (
    "Every entry of a shop is checked against the one before it, every balance against its entries, every order "
    "against its facts, and every amount that stands in two records against the other."
)


class Measured(Struct, frozen=True):
    """A report, and the processors' time that it took in all processes."""

    report: Report
    cpu_s: float


def main() -> int:
    """Measure, print and publish; 0 when the books were right and fast enough."""
    asked = _arguments()
    records = list(World().books.records.values())
    with tempfile.TemporaryDirectory(prefix="ristourne-bench-") as folder:
        path = Path(folder, "export.ndjson")
        write(path, records, asked.entries)
        size = path.stat().st_size
        print(f"{path.name}: {size / 1e6:.0f} MB", flush=True)
        measured = _measured(lambda: verify.of_files([path], asked.processes))
    print(*text(measured.report), sep="\n", flush=True)
    rows = list(_rows("export", measured, asked.processes, WANTED_S))
    if asked.live:
        live = _live(records, asked.live, asked.processes)
        print(*text(live.report), sep="\n", flush=True)
        rows += _rows("live table (DynamoDB Local)", live, asked.processes, None)
    section = Section(name="verify", title="A million entries verified", shows=SHOWS, rows=tuple(rows), seed=1)
    if asked.publish:
        publish(section)
    return 0 if section.met else 1


def write(path: Path, records: list[Record], entries: int) -> None:
    """An export of at least so many entries."""
    with path.open("wb") as out:
        out.writelines(export(records, -(-entries // Template(records).entries)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How fast are whole books verified?")
    parser.add_argument("--entries", type=int, default=WANTED_ENTRIES)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--live", type=int, default=0, help="entries on DynamoDB Local (0: not measured)")
    parser.add_argument("--publish", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


def _measured(audit: Callable[[], Report]) -> Measured:
    before = _cpu_s()
    report = audit()
    return Measured(report, _cpu_s() - before)


def _cpu_s() -> float:
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _rows(what: str, measured: Measured, processes: int, wanted_s: int | None) -> Iterator[Row]:
    report = measured.report
    yield Row(f"findings in the {what}", report.wrong, "0", report.right)
    yield Row(f"entries in the {what}", report.counts["entries"], "counted", True)
    yield Row(f"items in the {what}", report.items, "counted", True)
    target, met = (f"below {wanted_s}", report.seconds < wanted_s) if wanted_s else ("measured", True)
    yield Row(f"seconds for the {what}, {processes} processes", f"{report.seconds:.1f}", target, met)
    yield Row(f"seconds of processors for the {what}", f"{measured.cpu_s:.1f}", "measured", True)
    yield Row(f"load of the computer after the {what}", f"{os.getloadavg()[0]:.1f}", "measured", True)


def _live(records: list[Record], entries: int, processes: int) -> Measured:
    """The same on the table of AWS's own engine, filled by batches."""
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "eu-west-1"}
    with dynamodb_local() as endpoint:
        os.environ.update(keys, AWS_ENDPOINT_URL_DYNAMODB=endpoint)
        fill(records, entries)
        return _measured(lambda: verify.of_table(Table(NAME, "eu-west-1"), processes))


def fill(records: list[Record], entries: int) -> None:
    """Put a shop of so many entries into a new table."""
    client = boto3.client("dynamodb")
    client.create_table(
        TableName=NAME,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    )
    parts = export(records, -(-entries // Template(records).entries))
    items = (line(row).item for part in parts for row in part.splitlines())
    while batch := list(islice(items, 25)):
        client.batch_write_item(RequestItems={NAME: [{"PutRequest": {"Item": item}} for item in batch]})
    client.close()


if __name__ == "__main__":
    started = time.monotonic()
    status = main()
    print(f"{time.monotonic() - started:.0f} s in all")
    sys.exit(status)
