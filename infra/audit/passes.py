"""The two passes over a table's pieces: `check` looks at every record, `locate` again at what did not come to zero.

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

from chalicelib.domain.audit import record_checks
from chalicelib.domain.audit.cross_checks import CAUSES, claims
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.programme.document import History, Version, published
from chalicelib.domain.records import Conversion, Entry, Group, Member, MemberRef, Order, ProgrammeVersion, Ref
from chalicelib.store.codec import Unreadable, record_of
from infra.audit.accumulator import Joiner, Subject, Tally, weight_of
from infra.audit.sources import Passed, Piece

PARTS = 64
"""Files that torn members are put down in; one of them has to fit into memory."""


class Run(Struct, frozen=True):
    """What all passes of one audit share: its secret key, the programme, where torn members are put down, and the time
    (seconds) from which on a hold counts as run out.
    """

    key: bytes
    history: History
    folder: str
    now: int


class Books(Struct):
    """One member's records, as far as they were seen."""

    member: Member | None = None
    entries: list[Entry] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def add(self, record: Member | Entry | Group) -> None:
        """One more."""
        match record:
            case Member():
                self.member = record
            case Entry():
                self.entries.append(record)
            case Group():
                self.groups.append(record)

    def records(self) -> list[Member | Entry | Group]:
        """All of them."""
        return [*([self.member] if self.member else []), *self.entries, *self.groups]

    def is_whole(self) -> bool:
        """Whether there is as much as the member's record counts: nothing more can come from elsewhere."""
        member = self.member
        return bool(
            member
            and len(self.entries) == member.entries
            and len(self.groups) == member.groups
            and len({each.number for each in self.entries}) == member.entries
        )

    def findings(self) -> list[Finding]:
        """What is wrong with the member."""
        if self.member:
            return record_checks.of_member(self.member, self.entries, self.groups)
        first = min(self.entries, key=lambda each: each.number, default=None)
        name = first.member if first else self.groups[0].referrer
        return [Finding("member_missing", name, first.number if first else 0, "there is no record of the member")]


class _Check:
    """Looks at the records of one piece."""

    def __init__(self, run: Run, label: str) -> None:
        self.tally = Tally()
        self._run, self._label = run, label
        self._joiner = Joiner(self.tally, run.key, run.now)
        self._name, self._books = "", Books()

    def see(self, record: object) -> None:
        """One record; those of a member are put together while they come one after another."""
        self.tally.counts[type(record).__name__] += 1
        self._joiner.add(record)
        match record:
            case Entry():
                self.tally.flows(record)
                self._of(record.member).add(record)
            case Order():
                self.tally.suspect(record_checks.of_order(record, self._run.history), record.ref)
            case Conversion():
                self.tally.suspect(record_checks.of_conversion(record), record.ref)
            case Member():
                self.tally.holds(record)
                self._of(record.member).add(record)
            case Group():
                self._of(record.referrer).add(record)

    def close(self) -> None:
        """Check the member whose records came last, or put them down."""
        if self._books.is_whole():
            self.tally.suspect(self._books.findings(), MemberRef(self._name))
        elif self._name:
            _put_down(self._run.folder, self._label, self._name, self._books)
        self._name, self._books = "", Books()

    def _of(self, name: str) -> Books:
        if name != self._name:
            self.close()
            self._name = name
        return self._books


def check(run: Run, piece: Piece, label: str, passed: Passed) -> Tally:
    """Look at all items of a piece. Raises what reading it raises."""
    checked = _Check(run, label)
    for item in piece.items(passed):
        try:
            record = record_of(item)
        except Unreadable as error:
            checked.tally.suspect([Finding("unreadable", str(error).partition(":")[0], 0, str(error))], None)
            continue
        if record is None:
            checked.tally.counts["other"] += 1
        else:
            checked.see(record)
    checked.close()
    return checked.tally


def check_parts(run: Run, part: int) -> Tally:
    """Check the members that were put down in one of PARTS; one whose own record is not there is an orphan."""
    found: dict[str, Books] = {}
    for path in sorted(Path(run.folder).glob(f"{part:02d}-*")):
        for kind, text in _DOWN.decode_lines(path.read_bytes()):
            record: Member | Entry | Group = msgspec.json.decode(text, type=_KINDS[kind])
            found.setdefault(_whose(record), Books()).add(record)
    tally = Tally()
    for name, books in sorted(found.items()):
        if books.member:
            tally.suspect(books.findings(), MemberRef(name))
        else:
            tally.orphans.add(name)
    return tally


class Side(Struct):
    """What was claimed of one subject: for and against it, by which records, in which entry first."""

    claimed: int = 0
    denied: int = 0
    entry: int = 0
    refs: set[Ref] = field(default_factory=set)

    @property
    def differ(self) -> bool:
        """Whether the two sides do not say the same."""
        return self.claimed != self.denied

    def add(self, subject: Subject, record: Any, amount: int) -> None:
        """Add a claim."""
        claimed, denied = (amount, 0) if isinstance(record, CAUSES[subject[0]]) else (0, -amount)
        entry = isinstance(record, Entry)
        ref = MemberRef(record.member) if entry else record.ref
        self.merge(Side(claimed, denied, record.number if entry else 0, {ref}))

    def merge(self, other: Side) -> None:
        """Add what another piece claims."""
        self.claimed += other.claimed
        self.denied += other.denied
        self.entry = min(filter(None, (self.entry, other.entry)), default=0)
        self.refs |= other.refs


class Located(Struct):
    """What a second look found: subjects in the buckets that were asked for, and all that is left of orphans."""

    sides: dict[Subject, Side] = field(default_factory=dict)
    orphans: dict[str, Books] = field(default_factory=dict)

    def merge(self, other: Located) -> None:
        """Add another piece's."""
        for subject, side in other.sides.items():
            self.sides.setdefault(subject, Side()).merge(side)
        for name, books in other.orphans.items():
            for each in books.records():
                self.orphans.setdefault(name, Books()).add(each)


def locate(run: Run, piece: Piece, asked: tuple[Collection[int], Collection[str]], passed: Passed) -> Located:
    """Look again at a piece, for some buckets and some members."""
    buckets, orphans = asked
    found = Located()
    for record in _readable(piece, passed):
        for subject, amount in claims(record, run.now):
            if weight_of(subject, run.key)[0] in buckets:
                found.sides.setdefault(subject, Side()).add(subject, record, amount)
        if isinstance(record, Member | Entry | Group) and _whose(record) in orphans:
            found.orphans.setdefault(_whose(record), Books()).add(record)
    return found


def _readable(piece: Piece, passed: Passed) -> Iterator[object]:
    for item in piece.items(passed):
        try:
            yield record_of(item)
        except Unreadable:
            continue


def programme(piece: Piece) -> list[Version]:
    """The versions of the programme that a piece has."""
    records = (record_of(item) for item in piece.programme() if item.get("pk") == {"S": "PROGRAMME"})
    return [
        Version(each.number, each.effective_at, published(each.document))
        for each in records
        if isinstance(each, ProgrammeVersion)
    ]


_KINDS: dict[str, type[Member | Entry | Group]] = {each.__name__: each for each in (Member, Entry, Group)}
_DOWN = msgspec.json.Decoder(tuple[str, str])


def _put_down(folder: str, label: str, name: str, books: Books) -> None:
    part = crc32(name.encode()) % PARTS
    lines = ((type(each).__name__, msgspec.json.encode(each).decode()) for each in books.records())
    with Path(folder, f"{part:02d}-{label}").open("ab") as out:
        out.writelines(msgspec.json.encode(each) + b"\n" for each in lines)


def _whose(record: Member | Entry | Group) -> str:
    return record.referrer if isinstance(record, Group) else record.member
