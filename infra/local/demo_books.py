"""Books in memory, for the demo's earlier days: the engine decides over a dictionary, and all records are put into the
table at once, since a local AWS takes longer over a write than a decision takes.

There is one writer, so that no write is ever stale.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, islice
from typing import Any

from msgspec.structs import replace

from chalicelib import settings
from chalicelib.domain.commands import Command
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import DayReport, MemberList, Outstanding, Record, Ref
from chalicelib.domain.reports.days import days_to_report
from chalicelib.domain.reports.fold import Fold, by_class
from chalicelib.domain.rewards.progress.cuts import cuts_of
from chalicelib.engine import Engine
from chalicelib.store.codec import VERSION, Key, item_of, key_of
from chalicelib.store.dynamodb import transport

MAX_PUTS = 25
"""The most that one BatchWriteItem takes."""


class DemoBooks:
    """The records by their keys, and the engine over them."""

    def __init__(self) -> None:
        self._records: dict[Key, Any] = {}
        self._reported = (0, 0)
        self.engine = Engine(load=self._load, commit=self._commit)

    def execute(self, command: Command, now: int) -> Any:
        """The answer to a command. Raises a Rejection."""
        return self.engine.execute(command, now)

    def count(self, programme: Programme, now: int) -> None:
        """Count all records as a daily round does that begins at an instant: reports of the days that are over, what is
        owed, and the cuts of segments from the next day on.
        """
        today = local_day(now, programme.timezone)
        cuts = self.engine.of_history(lambda history: history.cuts_on(today), now)
        fold = Fold(today.isoformat(), now, days_to_report(self._reported, today, programme.timezone))
        for records in self._partitions():
            fold.add(by_class(records), programme, cuts, now, today)
        counted: list[DayReport | Outstanding | MemberList] = [*fold.reports(programme, now, None)]
        for record in (*counted, *fold.latest(programme, now)):
            self._records[key_of(record)] = replace(record, version=1)
        self._reported = fold.days[-1].number, fold.days[-1].ends_at
        if fold.tally.tells(today):
            self.execute(cuts_of(fold.tally, today.toordinal() + 1), now)

    def save(self) -> None:
        """Put every record into the table."""
        records = iter(self._records.values())
        while part := [{"PutRequest": {"Item": _item(record)}} for record in islice(records, MAX_PUTS)]:
            while part:
                reply = transport.dynamodb("BatchWriteItem", {"RequestItems": {settings.table(): part}})
                part = reply.get("UnprocessedItems", {}).get(settings.table(), [])

    def _load(self, refs: Collection[Ref]) -> dict[Ref, Record | None]:
        return {ref: self._records.get(key_of(ref)) for ref in refs}

    def _commit(self, changes: Sequence[Record]) -> None:
        self._records |= {key_of(change): replace(change, version=change.version + 1) for change in changes}

    def _partitions(self) -> Iterator[list[Any]]:
        """The records of each partition key, in the order of their sort keys."""
        for _, part in groupby(sorted(self._records.items(), key=lambda row: row[0]), key=lambda row: row[0][0]):
            yield [record for _, record in part]


def _item(record: Record) -> dict[str, Any]:
    return {VERSION: {"N": "1"}, **item_of(record)}
