"""Reads suspect records of a live table again: a difference may be a write between two reads, so only what persists
after TIMES reads is a finding. Reads the table; imports the domain's audit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from chalicelib.domain.audit import record_checks
from chalicelib.domain.audit.cross_checks import (
    BONUSES,
    CONVERTED,
    GIFTS,
    HELD,
    MERGED,
    NOTED,
    POSTED,
    claims,
)
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.ledger import causes
from chalicelib.domain.ledger.causes import Cause
from chalicelib.domain.records import (
    Activity,
    ActivityRef,
    BoardPeriod,
    BoardPeriodRef,
    Conversion,
    ConversionRef,
    Entry,
    Group,
    GroupRef,
    HoldRef,
    Member,
    MemberRef,
    NoteRef,
    Ref,
    ReversalRef,
    order_ref,
)
from chalicelib.store.codec import key_of, record_of
from chalicelib.store.keys import member_partition
from infra.audit import passes
from infra.audit.accumulator import Subject
from infra.audit.dynamodb import Table
from infra.audit.passes import MemberRecords, Run, Side

T = TypeVar("T")

TIMES = 5
PAUSE_S = 0.2

OF_ENTRIES = POSTED, NOTED, MERGED, BONUSES
"""Kinds of subjects of which entries claim something, so that a member's are all read again."""


class Recheck:
    """Reads suspect records again, up to TIMES, with pauses."""

    def __init__(self, table: Table, run: Run, sleep: Callable[[float], object] = time.sleep) -> None:
        self._table = table
        self._run = run
        self._now = run.now
        self._sleep = sleep

    def findings(self, ref: Ref) -> list[Finding]:
        """The findings about a member or an order that persist."""
        return self._until(lambda: self._current_findings(ref), lambda findings: not findings)

    def side(self, subject: Subject, side: Side) -> Side:
        """Both sides of a subject as they are now; `side` names the records that claimed something about it."""
        refs = side.refs | set(_named(subject))
        return self._until(lambda: self._current_side(subject, refs), lambda side: not side.differ)

    def _until(self, look: Callable[[], T], is_right: Callable[[T], bool]) -> T:
        result = look()
        for _ in range(TIMES - 1):
            if is_right(result):
                break
            self._sleep(PAUSE_S)
            result = look()
        return result

    def _current_findings(self, ref: Ref) -> list[Finding]:
        if isinstance(ref, MemberRef):
            books = self._books(ref.member)
            return books.findings(self._run) if books.records() else []
        record = self._record(ref)
        if isinstance(record, Conversion):
            return passes.of_conversion(record, self._now)
        if isinstance(record, Activity):
            return record_checks.of_activity(record, self._run.history)
        if isinstance(record, BoardPeriod):
            return record_checks.of_board(record, self._run.history)
        return passes.of_order(record, self._run.history) if record else []

    def _current_side(self, subject: Subject, refs: Iterable[Ref]) -> Side:
        side = Side()
        for record in self._records(subject[0], refs):
            for claimed, amount in claims(record, self._now):
                if claimed == subject:
                    side.add(subject, record, amount)
        return side

    def _records(self, kind: str, refs: Iterable[Ref]) -> Iterator[Any]:
        for ref in refs:
            if kind in OF_ENTRIES and isinstance(ref, MemberRef):
                yield from self._books(ref.member).records()
                continue
            if kind == BONUSES:
                continue  # a group is among its referrer's records, which the subject names
            record = self._record(ref)
            yield from [record] if record else []

    def _record(self, ref: Ref) -> Any:
        item = self._table.get(key_of(ref))
        return record_of(item) if item else None

    def _books(self, name: str) -> MemberRecords:
        """A consistent read of a member's records: repeated if the member was written meanwhile."""
        return self._until(lambda: self._query(name), lambda books: self._record(MemberRef(name)) == books.member)

    def _query(self, name: str) -> MemberRecords:
        books = MemberRecords()
        for record in map(record_of, self._table.query(member_partition(name))):
            if isinstance(record, Member | Entry | Group):
                books.add(record)
        return books


def _named(subject: Subject) -> Iterator[Ref]:
    """The references that follow from a subject's own names."""
    kind, *names = subject
    if kind == POSTED:
        yield MemberRef(names[1])
        yield from [] if names[0] == GIFTS else [_caused(names[0], names[1])]
    elif kind == HELD:
        yield from (HoldRef(names[0]), MemberRef(names[1]))
    elif kind == CONVERTED:
        yield from (ConversionRef(names[0], names[1]), _caused(names[2], names[0]))
    elif kind == NOTED:
        yield from (MemberRef(names[0]), NoteRef(names[0], int(names[1])))
    elif kind == MERGED:
        yield from (MemberRef(names[0]), MemberRef(names[1]))
    elif kind == BONUSES:
        yield MemberRef(names[0])
    else:
        yield from (ConversionRef(names[0], names[1]), GroupRef(names[0], int(names[2])))


def _caused(cause: str, member: str) -> Ref:
    """The record that says what was posted for a cause of a member's entries."""
    origin = Cause.parse(cause)
    match origin.kind:
        case causes.UNDO:
            return ReversalRef(member, int(origin.name))
        case causes.ACTIVITY:
            return ActivityRef(member, *origin.name.split(" "))
        case causes.BOARD:
            board, number = origin.name.split(" ")
            return BoardPeriodRef(board, int(number))
        case causes.HOLD:
            return HoldRef(origin.name)
        case _:
            return order_ref(origin.name)
