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

from chalicelib.domain.audit.cross_checks import BONUSES, BUDGETED
from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.programme.document import History, Version
from chalicelib.domain.records import MemberRef, Ref
from infra.audit import passes, workers
from infra.audit.accumulator import Subject, Suspect, Tally
from infra.audit.dynamodb import Table
from infra.audit.explain import explained
from infra.audit.passes import Books, Located, Run, Side
from infra.audit.recheck import Again
from infra.audit.report import Report, reported
from infra.audit.sources import Piece, Segment, pieces
from infra.audit.workers import Workers

BUCKETS_AT_ONCE = 256
"""How much of the table a second look keeps at the most: so many of the join's buckets."""

SEGMENTS_EACH = 4

Tick = Callable[[str, int, int], object]
"""Hears what is done, how many items were passed, and how much of the whole size."""


def of_files(files: Sequence[Path], processes: int = 1, tick: Tick = lambda *_: None) -> Report:
    """Verify exported files, or folders of them. Raises SourceError."""
    return _Audit(pieces(files), None, processes, tick).report()


def of_table(table: Table, processes: int = 1, tick: Tick = lambda *_: None) -> Report:
    """Verify a live table. Raises TableError."""
    total = processes * SEGMENTS_EACH
    return _Audit([Segment(table, number, total) for number in range(total)], table, processes, tick).report()


class _Audit:
    def __init__(self, parts: Sequence[Piece], table: Table | None, processes: int, tick: Tick) -> None:
        self._pieces = parts
        self._table = table
        self._processes = min(processes, len(parts))
        self._tick = tick
        self._step = ""
        self._tally = Tally()

    def report(self) -> Report:
        """Look at everything; again at what does not agree; and say what was found."""
        started = time.monotonic()
        heard = lambda items, size: self._tick(self._step, items, size)  # noqa: E731 (the step changes)
        with tempfile.TemporaryDirectory(prefix="ristourne-verify-") as folder, Workers(self._processes, heard) as pool:
            self._pool = pool
            self._run = Run(secrets.token_bytes(32), self._history(), folder, int(time.time()))
            self._check()
            findings = self._settled()
        # Of very many findings one tally keeps the first; on a live table those were read again, and only they count.
        more = 0 if self._table else self._tally.wrong - len(self._tally.suspects)
        return reported(self._tally, findings, len(findings) + more, time.monotonic() - started, bool(self._table))

    def _history(self) -> History:
        """The programme's versions, as far as they are numbered without a gap."""
        self._step = "programme"
        found = [each for some in self._pool.map(passes.programme, [(each,) for each in self._pieces]) for each in some]
        versions: list[Version] = []
        for each in sorted(found, key=lambda each: each.number):
            if each.number == len(versions) + 1:
                versions.append(each)
        return History(tuple(versions))

    def _check(self) -> None:
        self._step = "entries"
        asked = [(self._run, piece, str(index)) for index, piece in enumerate(self._pieces)]
        for tally in self._pool.map(_check, asked):
            self._tally.merge(tally)
        self._step = "members"
        torn = sorted({int(path.name[:2]) for path in Path(self._run.folder).iterdir()})
        for tally in self._pool.map(passes.check_parts, [(self._run, part) for part in torn]):
            self._tally.merge(tally)

    def _settled(self) -> list[Finding]:
        """All findings, in order: the first wrong entry stands first."""
        suspects = self._tally.suspects
        sides: dict[Subject, Side] = {}
        if self._tally.open_buckets() or self._tally.orphans:
            located = self._locate()
            sides = {subject: side for subject, side in located.sides.items() if side.differ}
            suspects = suspects + [one for books in located.orphans.values() for one in _suspects(books)]
        sides = {subject: side for subject, side in sides.items() if not _is_said(subject, suspects)}
        if self._table:
            suspects, sides = self._again(self._table, suspects, sides)
        known = {each.finding.where for each in suspects}
        found = [each.finding for each in suspects] + [explained(*each, known) for each in sides.items()]
        return sorted(found, key=lambda each: (not each.entry, each.where, each.entry, each.what, each.detail))

    def _locate(self) -> Located:
        self._step = "differences"
        buckets = frozenset(sorted(self._tally.open_buckets())[:BUCKETS_AT_ONCE])
        asked = buckets, frozenset(self._tally.orphans)
        located = Located()
        for each in self._pool.map(_locate, [(self._run, piece, asked) for piece in self._pieces]):
            located.merge(each)
        return located

    def _again(
        self, table: Table, suspects: list[Suspect], sides: dict[Subject, Side]
    ) -> tuple[list[Suspect], dict[Subject, Side]]:
        """What stays of suspicions on a live table."""
        self._step = "again"
        again = Again(table, self._run)
        refs: dict[Ref, None] = {each.ref: None for each in suspects if each.ref}
        kept = [each for each in suspects if each.ref is None]
        kept += [Suspect(found, ref) for ref in refs for found in again.findings(ref)]
        still = {subject: again.side(subject, side) for subject, side in sides.items() if subject[0] != BUDGETED}
        # A budget is claimed by orders without number: it is called wrong where a whole scan later says the same.
        budgets = {subject: side for subject, side in sides.items() if subject[0] == BUDGETED}
        twice = self._locate().sides if budgets else {}
        still |= {subject: side for subject, side in budgets.items() if _same(twice.get(subject), side)}
        return kept, {subject: side for subject, side in still.items() if side.differ}


def _same(first: Side | None, second: Side) -> bool:
    return first is not None and (first.claimed, first.denied) == (second.claimed, second.denied)


def _is_said(subject: Subject, suspects: Sequence[Suspect]) -> bool:
    """Whether a bonus that differs shows in its referrer's own records; a merged referrer's stands in another's."""
    own = (one.finding.where.partition(" ")[0] for one in suspects if one.finding.what == "bonus_differs")
    return subject[0] == BONUSES and subject[1] in own


def _suspects(books: Books) -> list[Suspect]:
    return [Suspect(each, MemberRef(each.where)) for each in books.findings()]


def _check(run: Run, piece: Piece, label: str) -> Tally:
    return passes.check(run, piece, label, workers.passed)


def _locate(run: Run, piece: Piece, asked: tuple[frozenset[int], frozenset[str]]) -> Located:
    return passes.locate(run, piece, asked, workers.passed)
