"""Writes the members of a segment, or all, into a CSV file: from the live table or an export of it, which is read once
for the programme and the cuts, and once for the members.

Imports the audit's pieces, the codec and the domain's segments.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from io import TextIOWrapper
from pathlib import Path

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.programme.document import Programme, Version, published
from chalicelib.domain.programme.history import History, history_of
from chalicelib.domain.programme.segments import segments_of
from chalicelib.domain.records import Cuts, Member, ProgrammeList, ProgrammeVersion
from chalicelib.domain.reports.lists import row_of
from chalicelib.domain.rewards.progress.segments import scored_buyer
from chalicelib.store.codec import record_of
from infra.audit.sources import Passed, TablePiece
from infra.progress import ProgressLine
from infra.whole_file import whole_file

COLUMNS = (
    "member",
    "segment",
    "recency_days",
    "orders",
    "goods",
    "currency",
    "recency_score",
    "frequency_score",
    "money_score",
    "last_order",
    "kept",
)
"""`recency_days` since the last live order; `orders` and `goods` of the last 12 closed months and this one; `kept`: the
goods of all time. The last order is a month where its day is not remembered, and the days are since its first.
"""

MEMBER = Member.ENTITY.kind


class NoSegment(OSError):
    """What was asked for is no segment, or nobody has scores; the text says which."""


class Scored(Struct, frozen=True):
    """What members are scored by on a local day: the programme in force, and the cuts (None: there are none)."""

    programme: Programme
    cuts: Cuts | None
    day: date
    now: int


def export(parts: Sequence[TablePiece], path: Path, segment: str, day: date | None, progress: ProgressLine) -> int:
    """How many members of a segment (empty: all who have ordered) were written into a file, as of a local day (None:
    today). Raises NoSegment, and what reading raises.
    """
    scored = _scored(parts, day)
    _check(scored, segment)
    passed = progress.reading("Reading members", sum(part.size for part in parts))
    count = 0
    with whole_file(path) as binary, TextIOWrapper(binary, encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows(parts, scored, passed):
            if not segment or row[1] == segment:
                writer.writerow(row)
                count += 1
    return count


def rows(parts: Iterable[TablePiece], scored: Scored, passed: Passed = lambda *_: None) -> Iterator[list[str | int]]:
    """The row of each member with a live order, by COLUMNS; one that was merged stands in its survivor's figures."""
    asset = money.asset_of(scored.programme.currency)
    for part in parts:
        for item in part.items(passed):
            if item.get("k", {}).get("S") != MEMBER:
                continue
            member: Member = record_of(item)
            buyer = scored_buyer(member, scored.programme, scored.cuts, scored.day)
            if buyer is None:
                continue
            row, last = row_of(member, buyer, scored.programme, scored.now), buyer.bought.last
            yield [
                row.member,
                buyer.segment,
                scored.day.toordinal() - last if last else "",
                row.orders,
                money.text(row.goods, asset).partition(" ")[0],
                scored.programme.currency,
                *(score or "" for score in row.scores),
                row.last_order,
                money.text(row.kept, asset).partition(" ")[0],
            ]


def _check(scored: Scored, segment: str) -> None:
    known = segments_of(scored.programme)
    if segment and segment not in known:
        raise NoSegment(f"there is no segment {segment}; there are {', '.join(known)}")
    if segment and scored.cuts is None:
        raise NoSegment("nobody has scores: there are too few buyers or days, or no round was made lately; try --all")


def _scored(parts: Sequence[TablePiece], day: date | None) -> Scored:
    now = int(time.time())
    history = _history(parts)
    version = history.at(now)
    if version is None:
        raise NoSegment("no programme is in force")
    on = day or local_day(now, version.programme.timezone)
    return Scored(version.programme, history.cuts_on(on), on, now)


def _history(parts: Iterable[TablePiece]) -> History:
    """The programme's versions and all cuts, of which the list of versions names those that can be in force."""
    versions: list[Version] = []
    cuts: list[Cuts] = []
    listed = ProgrammeList()
    for record in (record_of(item) for part in parts for item in part.shared()):
        match record:
            case ProgrammeVersion():
                versions.append(Version(record.number, record.effective_at, published(record.document)))
            case Cuts():
                cuts.append(record)
            case ProgrammeList():
                listed = record
    return history_of(versions, listed, cuts)
