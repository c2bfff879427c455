"""The answer to a what-if: orders from where they are, replayed under a draft and under what is to be compared with it.

Reads files or a table, shows progress, writes nothing. Imports the readers, the replay and its summary.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.programme.document import Programme
from chalicelib.store.codec import records_of
from chalicelib.what_if import books
from chalicelib.what_if.comparison import CURRENT, DRAFT, Comparison, compare
from chalicelib.what_if.log import Log
from chalicelib.what_if.summary import Summary
from infra.audit.dynamodb import Table
from infra.audit.sources import Passed, ScanSegment, TablePiece, pieces
from infra.progress import ProgressLine
from infra.what_if import csv_orders, picture, report

NAMES = {DRAFT: "draft", CURRENT: "current programme"}
"""What progress calls the two replays."""


class NoOrders(OSError):
    """There is no order to ask about; the text says where it was looked for."""


class TooMuch(OSError):
    """Rewards that are more than what-if counts."""


class WhatIfAnswer(Struct, frozen=True):
    """What came of a draft, and of the current programme where there is one."""

    programme: Programme
    comparison: Comparison

    @property
    def summary(self) -> Summary:
        """The figures."""
        return self.comparison.summary

    def lines(self) -> Iterator[str]:
        """The figures as people read them."""
        return report.lines(self.summary, self.programme)

    def document(self) -> dict[str, object]:
        """The figures as JSON has them."""
        return report.document(self.summary)

    def picture(self) -> str:
        """The picture, an SVG."""
        return picture.svg(self.programme, self.comparison.draft, self.comparison.current)


class Question(Struct, frozen=True):
    """The draft that is asked about, what it is compared with (None: the version in force, if orders come with one),
    and whether campaigns that are to come are looked at on past days.
    """

    draft: Programme
    against: Programme | None = None
    on_past_days: bool = False


def of_csv(path: Path, question: Question, progress: ProgressLine) -> WhatIfAnswer:
    """The answer for the orders of a CSV file. Raises CsvError, NoOrders, TooMuch or OSError."""
    size = path.stat().st_size
    log = csv_orders.read(
        path, question.draft.timezone, lambda rows, place: progress.bar("Reading orders", place, size, f"{rows:,} rows")
    )
    return _of_log(log, question, progress, str(path))


def of_files(files: Sequence[Path], question: Question, progress: ProgressLine) -> WhatIfAnswer:
    """The answer for the orders of an export of the books. Raises SourceError, NoOrders or TooMuch."""
    return _of_pieces(pieces(files), question, progress, ", ".join(map(str, files)))


def of_table(table: Table, question: Question, progress: ProgressLine) -> WhatIfAnswer:
    """The answer for the orders of a live table, which is only read. Raises TableError, NoOrders or TooMuch."""
    return _of_pieces([ScanSegment(table, 0, 1)], question, progress, table.name)


def records(parts: Sequence[TablePiece], passed: Passed = lambda *_: None) -> Iterator[object]:
    """The records of all pieces that what-if looks at. Raises what reading raises."""
    return chain.from_iterable(records_of(part.items(passed), books.KINDS) for part in parts)


def _of_pieces(parts: Sequence[TablePiece], question: Question, progress: ProgressLine, place: str) -> WhatIfAnswer:
    passed = progress.reading("Reading the books", sum(part.size for part in parts))
    content = books.read(records(parts, passed), int(time.time()), question.draft.test_orders)
    against = question.against or content.current
    return _of_log(content.log, replace(question, against=against), progress, place)


def _of_log(log: Log, question: Question, progress: ProgressLine, place: str) -> WhatIfAnswer:
    if not len(log):
        progress.clear()
        raise NoOrders(f"{place} has no paid orders")

    def passed(part: str, count: int) -> None:
        progress.bar(f"Valuing orders under the {NAMES[part]}", count, len(log), f"{count:,} orders")

    try:
        comparison = compare(log, question.draft, question.against, passed, on_past_days=question.on_past_days)
    except OverflowError:
        raise TooMuch("a member is given more than 9 * 10^18 units of one asset; look at what the rules give") from None
    finally:
        progress.clear()
    return WhatIfAnswer(question.draft, comparison)
