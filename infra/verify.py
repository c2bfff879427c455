"""Verifies the books of a whole table: a live one, or an export of it. Finds the first wrong entry, if there is one.

Every entry is linked to the one before it, every balance is the sum of its entries, every order has posted what its
facts are worth, and every amount that stands in two records stands in both. Imports the audit; writes nothing.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chalicelib.domain.audit.cross_checks import BONUSES, BUDGETED, COUNTED, DISTINCT
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.audit.report_checks import RoundCounts, counted_of, of_counted
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.history import History, history_of
from chalicelib.domain.records import MemberRef, Ref
from infra.audit import passes, workers
from infra.audit.accumulator import AuditTally, Subject, Suspect
from infra.audit.dynamodb import Table
from infra.audit.explain import finding_of
from infra.audit.passes import Located, MemberRecords, Run, Side
from infra.audit.recheck import Recheck
from infra.audit.report import Report, report_of
from infra.audit.sources import ScanSegment, TablePiece, pieces
from infra.audit.workers import Workers

BUCKETS_AT_ONCE = 256
"""The most buckets of the join that a second pass collects, which bounds its memory."""

OF_MANY = BUDGETED, COUNTED, DISTINCT
"""Kinds of subjects that orders without number claim something about, which cannot be read again one by one: such a
difference is a finding where a whole scan later says the same.
"""

SEGMENTS_EACH = 4

Tick = Callable[[str, int, int], object]
"""Called with the step, the items read, and the size read."""


def of_files(files: Sequence[Path], processes: int = 1, tick: Tick = lambda *_: None) -> Report:
    """Verify exported files, or folders of them. Raises SourceError."""
    return _Audit(pieces(files), None, processes, tick).report()


def of_table(table: Table, processes: int = 1, tick: Tick = lambda *_: None) -> Report:
    """Verify a live table. Raises TableError."""
    total = processes * SEGMENTS_EACH
    return _Audit([ScanSegment(table, number, total) for number in range(total)], table, processes, tick).report()


class _Audit:
    def __init__(self, parts: Sequence[TablePiece], table: Table | None, processes: int, tick: Tick) -> None:
        self._pieces = parts
        self._table = table
        self._processes = min(processes, len(parts))
        self._tick = tick
        self._step = ""
        self._tally = AuditTally()

    def report(self) -> Report:
        """Check every record, locate differences, read suspects again; returns the report."""
        started = time.monotonic()
        report_progress = lambda items, size: self._tick(self._step, items, size)  # noqa: E731 (the step changes)
        with (
            tempfile.TemporaryDirectory(prefix="ristourne-verify-") as folder,
            Workers(self._processes, report_progress) as pool,
        ):
            self._pool = pool
            history, counted = self._shared()
            self._run = Run(secrets.token_bytes(32), history, folder, int(time.time()), counted)
            self._check()
            self._tally.suspect(of_counted(counted, self._tally.counted), None)
            findings = self._settled()
        # Of very many findings one tally keeps the first; on a live table those were read again, and only they count.
        more = 0 if self._table else self._tally.wrong - len(self._tally.suspects)
        return report_of(
            self._tally, findings, len(findings) + more, time.monotonic() - started, live=bool(self._table)
        )

    def _shared(self) -> tuple[History, RoundCounts]:
        """The programme's versions, as far as they are numbered without a gap, and what daily rounds have counted."""
        self._step = "programme"
        shared = passes.SharedRecords()
        for of_piece in self._pool.map(passes.shared_records, [(piece,) for piece in self._pieces]):
            shared.versions += of_piece.versions
            shared.counted += of_piece.counted
        versions: list[Version] = []
        for version in sorted(shared.versions, key=lambda version: version.number):
            if version.number == len(versions) + 1:
                versions.append(version)
        return history_of(versions), counted_of(shared.counted)

    def _check(self) -> None:
        self._step = "entries"
        arguments = [(self._run, piece, str(index)) for index, piece in enumerate(self._pieces)]
        for tally in self._pool.map(_check, arguments):
            self._tally.merge(tally)
        self._step = "members"
        torn = sorted({int(path.name[:2]) for path in Path(self._run.folder).iterdir()})
        for tally in self._pool.map(passes.check_parts, [(self._run, part) for part in torn]):
            self._tally.merge(tally)

    def _settled(self) -> list[Finding]:
        """All findings, sorted: those with an entry first, by member and number."""
        suspects = self._tally.suspects
        sides: dict[Subject, Side] = {}
        if self._tally.open_buckets() or self._tally.orphans:
            located = self._locate()
            sides = {subject: side for subject, side in located.sides.items() if _is_wrong(subject, side)}
            suspects = suspects + [
                suspect for books in located.orphans.values() for suspect in _suspects(books, self._run)
            ]
        sides = {subject: side for subject, side in sides.items() if not _is_covered(subject, suspects)}
        if self._table:
            suspects, sides = self._recheck(self._table, suspects, sides)
        known = {suspect.finding.where for suspect in suspects}
        findings = [suspect.finding for suspect in suspects] + [finding_of(*item, known) for item in sides.items()]
        return sorted(
            findings,
            key=lambda finding: (not finding.entry, finding.where, finding.entry, finding.what, finding.detail),
        )

    def _locate(self) -> Located:
        self._step = "differences"
        buckets = frozenset(sorted(self._tally.open_buckets())[:BUCKETS_AT_ONCE])
        targets = buckets, frozenset(self._tally.orphans)
        located = Located()
        for piece_located in self._pool.map(_locate, [(self._run, piece, targets) for piece in self._pieces]):
            located.merge(piece_located)
        return located

    def _recheck(
        self, table: Table, suspects: list[Suspect], sides: dict[Subject, Side]
    ) -> tuple[list[Suspect], dict[Subject, Side]]:
        """The suspects and sides that persist when a live table is read again."""
        self._step = "recheck"
        rechecker = Recheck(table, self._run)
        refs: dict[Ref, None] = {suspect.ref: None for suspect in suspects if suspect.ref}
        kept = [suspect for suspect in suspects if suspect.ref is None]
        kept += [Suspect(finding, ref) for ref in refs for finding in rechecker.findings(ref)]
        confirmed = {
            subject: rechecker.side(subject, side) for subject, side in sides.items() if subject[0] not in OF_MANY
        }
        of_many = {subject: side for subject, side in sides.items() if subject[0] in OF_MANY}
        twice = self._locate().sides if of_many else {}
        confirmed |= {subject: side for subject, side in of_many.items() if _same(twice.get(subject), side)}
        return kept, {subject: side for subject, side in confirmed.items() if _is_wrong(subject, side)}


def _is_wrong(subject: Subject, side: Side) -> bool:
    """Whether two amounts may not differ. A member's record has not all of many different things, so that it may have
    less of one than its orders, and never more.
    """
    return side.denied > side.claimed if subject[0] == DISTINCT else side.differ


def _same(first: Side | None, second: Side) -> bool:
    return first is not None and (first.claimed, first.denied) == (second.claimed, second.denied)


def _is_covered(subject: Subject, suspects: Sequence[Suspect]) -> bool:
    """Whether a difference of bonuses is already a finding of the referrer's own records."""
    own = (suspect.finding.where.partition(" ")[0] for suspect in suspects if suspect.finding.what == "bonus_differs")
    return subject[0] == BONUSES and subject[1] in own


def _suspects(books: MemberRecords, run: Run) -> list[Suspect]:
    return [Suspect(finding, MemberRef(finding.where)) for finding in books.findings(run)]


def _check(run: Run, piece: TablePiece, label: str) -> AuditTally:
    return passes.check(run, piece, label, workers.passed)


def _locate(run: Run, piece: TablePiece, targets: tuple[frozenset[int], frozenset[str]]) -> Located:
    return passes.locate(run, piece, targets, workers.passed)
