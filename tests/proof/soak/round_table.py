"""The simulated table as the daily round and leaderboards see it: pages of the table, the round's progress, rows.

Does what `store/rounds.py`, `store/boards.py` and `store/table.py` do, on the shelf, with the faults of every call.
Records that a round does nothing with are left out of its pages, and so are orders that were not written for so long
that no report that is still to be made has them; what else a round does with orders is their audit, which the verdict
does at the end.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from zlib import crc32

import msgspec
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import (
    Activity,
    BoardPeriod,
    BoardRow,
    Conversion,
    DayReport,
    Entry,
    Group,
    Member,
    MemberList,
    Order,
    Outstanding,
    Profile,
    Record,
    Ref,
)
from chalicelib.domain.reports.fold import Fold
from chalicelib.store import boards
from chalicelib.store.codec import key_of
from chalicelib.store.rounds import Overtaken, Round
from chalicelib.store.table import Stale
from tests.proof.soak.hub import Hub
from tests.proof.soak.senders import DAY_S
from tests.proof.soak.shelf import Shelf
from tests.proof.soak.table import Table

PAGE = 400
"""Records that are read at once, in whole partitions."""

READ = (Member, Entry, Profile, Activity, Order, Conversion, Group, BoardPeriod)
"""The records that a round does something with."""

OLD_S = 45 * DAY_S
"""Seconds without a write after which an order is in no report that is still to be made."""

Place = tuple[str, str]
Partition = tuple[int, str]
"""Where a partition lies in the table, as if by a hash of its key."""


class RoundTable:
    """`progress`: the round's, as it was saved last. `written_at` says when an order was written last."""

    row_of = staticmethod(boards.row_of)

    def __init__(self, hub: Hub, shelf: Shelf, table: Table) -> None:
        self._hub = hub
        self._shelf = shelf
        self._table = table
        self.progress = Round()
        self._fold: tuple[int, bytes] = (0, b"")
        self._rows: dict[tuple[str, int], dict[str, BoardRow]] = {}
        self._indexed = 0
        self._order: list[Partition] = []
        self._partitions: dict[str, list[tuple[str, Ref]]] = {}
        self.written_at: dict[Ref, float] = {}
        self.counted: Callable[[DayReport | Outstanding | MemberList], None] = lambda _: None

    def written(self, changes: Sequence[Record]) -> None:
        """What a commit has written."""
        for change in changes:
            if isinstance(change, Order):
                self.written_at[change.ref] = self._hub.now

    # As `store/rounds.py`

    def current(self) -> Round:
        """The round as it was saved last."""
        return self._table.read(lambda: self.progress, lambda: self.progress)

    def fold_of(self, round_: Round) -> Fold | None:
        """What it had counted by then."""
        if not round_.parts:
            return None
        version, content = self._table.read(lambda: self._fold, lambda: self._fold)
        if version != round_.version:
            raise Overtaken
        return msgspec.json.decode(content, type=Fold)

    def save(self, round_: Round, fold: Fold | None = None) -> Round:
        """Save the progress, unless another process was faster."""
        saved = replace(round_, version=round_.version + 1, parts=int(fold is not None))
        content = msgspec.json.encode(fold) if fold else b""

        def apply() -> None:
            if self.progress.version != round_.version:
                raise Stale
            self.progress, self._fold = saved, (saved.version, content)

        try:
            self._table.write(apply)
        except Stale as error:
            raise Overtaken from error
        return saved

    def save_report(self, report: DayReport) -> None:
        """Save the report of a day, unless it has one."""

        def apply() -> None:
            if report.ref not in self._shelf.records:
                self._shelf.put(report.ref, report)
                self.counted(report)

        self._put(apply)

    def replace_latest(self, record: Outstanding | MemberList) -> None:
        """Save what is owed, or a page of a list."""

        def apply() -> None:
            self._shelf.put(record.ref, record)
            self.counted(record)

        self._put(apply)

    def pages(self, place: Place | None) -> Iterator[tuple[list[list[Record]], Place | None]]:
        """The table from a place on, in whole partitions, each page with the place after it."""
        while True:
            names, after = self._page(place)
            yield [records for name in names if (records := self._partition(name))], after
            if after is None:
                return
            place = after

    def partition(self, name: str) -> list[Record]:
        """The records of one partition."""
        self._index()
        return self._table.read(lambda: self._partition(name), lambda: self._partition(name))

    # As `store/boards.py` and `store/table.py`

    def put(self, row: BoardRow, over: int | None = None) -> bool:
        """Write a row over one of an earlier version of the member, or of one up to `over`."""
        rows = self._rows.setdefault((row.board, row.number), {})
        is_written = False

        def apply() -> None:
            nonlocal is_written
            before = rows.get(row.member)
            if before is None or before.version <= (row.version - 1 if over is None else over):
                rows[row.member], is_written = row, True
                self._shelf.put(row.ref, row)

        self._put(apply)
        return is_written

    def rows(self, board: str, number: int, *, consistent: bool = False) -> list[BoardRow]:
        """All rows of a board's period."""
        assert consistent
        return self._table.read(lambda: self.rows_now(board, number), lambda: self.rows_now(board, number))

    def rows_now(self, board: str, number: int) -> list[BoardRow]:
        """The same, without a call."""
        return list(self._rows.get((board, number), {}).values())

    def load(self, refs: Collection[Ref]) -> dict[Ref, Record | None]:
        """The records of some references."""
        return self._table.load(refs)

    def _put(self, apply: Callable[[], None]) -> None:
        """Write one item, which no transaction writes too."""
        try:
            self._table.write(apply)
        except Stale as error:
            raise Unavailable("a single put does not conflict") from error

    def _page(self, place: Place | None) -> tuple[list[str], Place | None]:
        """The partitions of the next page, and the place of its last record; None at the table's end."""

        def read() -> tuple[list[str], Place | None]:
            self._index()
            first = bisect_right(self._order, _lies(place[0])) if place else 0
            names, records = list[str](), 0
            for number in range(first, len(self._order)):
                _, name = self._order[number]
                names.append(name)
                records += len(self._partitions[name])
                if records >= PAGE:
                    break
            is_last = first + len(names) == len(self._order)
            return names, None if is_last else (names[-1], self._partitions[names[-1]][-1][0])

        return self._table.read(read, read)

    def _partition(self, name: str) -> list[Record]:
        """What is in a partition now: an order only if a report can be about it."""
        refs = [ref for _, ref in self._partitions.get(name, ())]
        if len(refs) == 1 and self.written_at.get(refs[0], self._hub.now) < self._hub.now - OLD_S:
            return []
        return [self._shelf.records[ref] for ref in refs]

    def _index(self) -> None:
        """Take in what was written for the first time since: records are never deleted."""
        records = self._shelf.records
        # From the end: walking past all that was indexed before would take longer than the rest of a page.
        new = list(islice(reversed(records.items()), len(records) - self._indexed))
        for ref, record in reversed(new):
            if isinstance(record, READ):
                name, sort_key = key_of(record)
                if name not in self._partitions:
                    insort(self._order, _lies(name))
                    self._partitions[name] = []
                insort(self._partitions[name], (sort_key, ref), key=lambda item: item[0])
        self._indexed = len(records)


def _lies(name: str) -> Partition:
    return crc32(name.encode()), name
