"""The two passes over a table's pieces: `check` reads every record, `locate` those of buckets that are not zero.

A member's entries are checked together. Where a partition's items come one after another, as in a scan, that needs no
more memory than one member; an export may tear them apart, and then they are put down in a folder, by member, and
checked at the end (`check_parts`). Imports the domain's audit; reads pieces; writes nothing but that folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
from msgspec import Struct, field

from chalicelib.domain.audit import progress_checks, record_checks
from chalicelib.domain.audit.cross_checks import CAUSES, claims
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.audit.report_checks import RoundCounts
from chalicelib.domain.programme.document import Version, published
from chalicelib.domain.programme.history import History
from chalicelib.domain.records import (
    Activity,
    BoardPeriod,
    Conversion,
    DayReport,
    Entry,
    Group,
    Member,
    MemberRef,
    Order,
    Outstanding,
    ProgrammeVersion,
    Ref,
)
from chalicelib.store import rounds
from chalicelib.store.codec import UnreadableItem, record_of
from infra.audit.accumulator import AuditTally, Joiner, Subject, weight_of
from infra.audit.sources import Passed, TablePiece

PARTS = 64
"""Files that torn members are put down in; one of them has to fit into memory."""


class Run(Struct, frozen=True):
    """What all passes of one audit share: its secret key, the programme, where torn members are put down, the time
    (seconds) from which on a hold counts as run out, and what daily rounds have counted.
    """

    key: bytes
    history: History
    folder: str
    now: int
    counted: RoundCounts = RoundCounts()


class MemberRecords(Struct):
    """One member's records read so far."""

    member: Member | None = None
    entries: list[Entry] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def add(self, record: Member | Entry | Group) -> None:
        """Add a record."""
        match record:
            case Member():
                self.member = record
            case Entry():
                self.entries.append(record)
            case Group():
                self.groups.append(record)

    def records(self) -> list[Member | Entry | Group]:
        """All records."""
        return [*([self.member] if self.member else []), *self.entries, *self.groups]

    def is_whole(self) -> bool:
        """Whether all records that the member's own record counts have been read."""
        member = self.member
        return bool(
            member
            and len(self.entries) == member.entries
            and len(self.groups) == member.groups
            and len({entry.number for entry in self.entries}) == member.entries
        )

    def findings(self, run: Run) -> list[Finding]:
        """The findings about the member."""
        if self.member:
            unfounded = progress_checks.of_awards(self.member, run.history, run.now)
            return record_checks.of_member(self.member, self.entries, self.groups) + unfounded
        first = min(self.entries, key=lambda entry: entry.number, default=None)
        name = first.member if first else self.groups[0].referrer
        return [Finding("member_missing", name, first.number if first else 0, "there is no record of the member")]


class _Checker:
    """Checks the records of one piece."""

    def __init__(self, run: Run, label: str) -> None:
        self.tally = AuditTally()
        self._run, self._label = run, label
        self._joiner = Joiner(self.tally, run.key, run.now)
        self._name, self._books = "", MemberRecords()

    def add(self, record: object) -> None:
        """Check a record; adjacent records of one member are checked together."""
        self.tally.counts[type(record).__name__] += 1
        self._joiner.add(record)
        match record:
            case Entry():
                self.tally.flows(record)
                self.tally.counted.add(record, self._run.counted)
                self._of(record.member).add(record)
            case Order():
                self.tally.suspect(of_order(record, self._run.history), record.ref)
            case Activity():
                self.tally.suspect(record_checks.of_activity(record, self._run.history), record.ref)
            case BoardPeriod():
                self.tally.suspect(record_checks.of_board(record, self._run.history), record.ref)
            case Conversion():
                self.tally.suspect(of_conversion(record, self._run.now), record.ref)
            case Member():
                self.tally.holds(record)
                self._of(record.member).add(record)
            case Group():
                self._of(record.referrer).add(record)

    def close(self) -> None:
        """Check the last member's records, or spill them to a file if they are incomplete."""
        if self._books.is_whole():
            self.tally.suspect(self._books.findings(self._run), MemberRef(self._name))
        elif self._name:
            _spill(self._run.folder, self._label, self._name, self._books)
        self._name, self._books = "", MemberRecords()

    def _of(self, name: str) -> MemberRecords:
        if name != self._name:
            self.close()
            self._name = name
        return self._books


def of_order(order: Order, history: History) -> list[Finding]:
    """What is wrong with an order: with what it posted, and with the judgements that it was valued under."""
    return record_checks.of_order(order, history) + progress_checks.of_terms(order, history)


def of_conversion(conversion: Conversion, now: int) -> list[Finding]:
    """What is wrong with a conversion: with what it says, and that its referrer's books have not followed for long."""
    overdue = Finding(
        "unsettled",
        f"{conversion.referrer} {conversion.friend}",
        0,
        f"it is still to do; the daily round settles it, or at once: settle {conversion.referrer}",
    )
    return record_checks.of_conversion(conversion) + ([overdue] if rounds.is_overdue(conversion, now) else [])


def check(run: Run, piece: TablePiece, label: str, passed: Passed) -> AuditTally:
    """The tally of all items of a piece. Raises what reading it raises."""
    checker = _Checker(run, label)
    for item in piece.items(passed):
        try:
            record = record_of(item)
        except UnreadableItem as error:
            checker.tally.suspect([Finding("unreadable", str(error).partition(":")[0], 0, str(error))], None)
            continue
        if record is None:
            checker.tally.counts["other"] += 1
        else:
            checker.add(record)
    checker.close()
    return checker.tally


def check_parts(run: Run, part: int) -> AuditTally:
    """The tally of the spilled members of one of PARTS; one without its own record is an orphan."""
    books_of: dict[str, MemberRecords] = {}
    for path in sorted(Path(run.folder).glob(f"{part:02d}-*")):
        for kind, text in _SPILLED.decode_lines(path.read_bytes()):
            record: Member | Entry | Group = msgspec.json.decode(text, type=_KINDS[kind])
            books_of.setdefault(_member_of(record), MemberRecords()).add(record)
    tally = AuditTally()
    for name, books in sorted(books_of.items()):
        if books.member:
            tally.suspect(books.findings(run), MemberRef(name))
        else:
            tally.orphans.add(name)
    return tally


class Side(Struct):
    """The claims about one subject: amounts for and against, the records that claim, and the first entry of them."""

    claimed: int = 0
    denied: int = 0
    entry: int = 0
    refs: set[Ref] = field(default_factory=set)

    @property
    def differ(self) -> bool:
        """Whether the two amounts differ."""
        return self.claimed != self.denied

    def add(self, subject: Subject, record: Any, amount: int) -> None:
        """Add a claim."""
        claimed, denied = (amount, 0) if isinstance(record, CAUSES[subject[0]]) else (0, -amount)
        entry = isinstance(record, Entry)
        ref = MemberRef(record.member) if entry else record.ref
        self.merge(Side(claimed, denied, record.number if entry else 0, {ref}))

    def merge(self, other: Side) -> None:
        """Add the claims of another piece."""
        self.claimed += other.claimed
        self.denied += other.denied
        self.entry = min(filter(None, (self.entry, other.entry)), default=0)
        self.refs |= other.refs


class Located(Struct):
    """The result of the second pass: subjects of the wanted buckets, and the records of orphans."""

    sides: dict[Subject, Side] = field(default_factory=dict)
    orphans: dict[str, MemberRecords] = field(default_factory=dict)

    def merge(self, other: Located) -> None:
        """Add the result of another piece."""
        for subject, side in other.sides.items():
            self.sides.setdefault(subject, Side()).merge(side)
        for name, books in other.orphans.items():
            for record in books.records():
                self.orphans.setdefault(name, MemberRecords()).add(record)


def locate(run: Run, piece: TablePiece, targets: tuple[Collection[int], Collection[str]], passed: Passed) -> Located:
    """The subjects of some buckets and the records of some members in a piece."""
    buckets, orphans = targets
    located = Located()
    for record in _readable(piece, passed):
        for subject, amount in claims(record, run.now):
            if weight_of(subject, run.key)[0] in buckets:
                located.sides.setdefault(subject, Side()).add(subject, record, amount)
        if isinstance(record, Member | Entry | Group) and _member_of(record) in orphans:
            located.orphans.setdefault(_member_of(record), MemberRecords()).add(record)
    return located


def _readable(piece: TablePiece, passed: Passed) -> Iterator[object]:
    for item in piece.items(passed):
        try:
            yield record_of(item)
        except UnreadableItem:
            continue


class SharedRecords(Struct):
    """What the passes need of a piece before they begin: the programme's versions, what rounds have counted."""

    versions: list[Version] = field(default_factory=list)
    counted: list[DayReport | Outstanding] = field(default_factory=list)


def shared_records(piece: TablePiece) -> SharedRecords:
    """What a piece has of what all passes need; items that cannot be read are found by `check`."""
    result = SharedRecords()
    for item in piece.shared():
        try:
            record = record_of(item)
        except UnreadableItem:
            continue
        match record:
            case ProgrammeVersion():
                result.versions.append(Version(record.number, record.effective_at, published(record.document)))
            case DayReport() | Outstanding():
                result.counted.append(record)
    return result


_KINDS: dict[str, type[Member | Entry | Group]] = {cls.__name__: cls for cls in (Member, Entry, Group)}
_SPILLED = msgspec.json.Decoder(tuple[str, str])


def _spill(folder: str, label: str, name: str, books: MemberRecords) -> None:
    part = crc32(name.encode()) % PARTS
    lines = ((type(record).__name__, msgspec.json.encode(record).decode()) for record in books.records())
    with Path(folder, f"{part:02d}-{label}").open("ab") as out:
        out.writelines(msgspec.json.encode(line) + b"\n" for line in lines)


def _member_of(record: Member | Entry | Group) -> str:
    return record.referrer if isinstance(record, Group) else record.member
