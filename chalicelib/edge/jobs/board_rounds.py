"""The daily round's part for leaderboards: counts all scores, mends rows that the stream has lost, makes the cuts,
settles periods that are over, and gives their prizes.

A row is needed of whoever may be among the candidates of all members seen so far: the cut of all of them can only be
higher. Everything can be done again; a prize is given once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import date
from functools import cached_property, partial

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.audit.record_checks import Finding
from chalicelib.domain.commands import AwardPrize, CutBoards, SeenScores, SettleBoard
from chalicelib.domain.core.series import Series
from chalicelib.domain.errors import Busy, Unavailable
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.document import Programme, Version
from chalicelib.domain.records import BoardPeriod, BoardPeriodRef, BoardRow, Member, Standing
from chalicelib.domain.rewards.progress.boards import (
    candidates_of,
    cut_name,
    cut_of,
    open_numbers,
    score_of,
    with_score,
)
from chalicelib.domain.rewards.progress.prizes import ended_under
from chalicelib.edge import process, telemetry
from chalicelib.store import boards, table
from chalicelib.store.rounds import Round

OVERDUE_PERIODS = 2
"""So many periods that are over are settled, if that was not done: a round may have been missed."""

RECUT_EVERY = 100
"""After so many scores the cut of those seen so far is worked out again."""


class Subject(Struct, frozen=True, dict=True):
    """A period of a board that the round looks at. `is_over`: it is to be settled."""

    programme: Programme
    board: Board
    number: int
    is_over: bool

    @cached_property
    def name(self) -> str:
        """Its name among the cuts."""
        return cut_name(self.board.id, self.number)


class BoardRound:
    """One call's share of a round."""

    def __init__(self, round_: Round, now: int, publish: Callable[[Iterable[Finding]], int]) -> None:
        """What the programme in force at the round's beginning says holds for all of it: cuts must not be of some."""
        version = process.engine().of_history(lambda history: history.at(round_.began_at), now)
        self._now, self._publish = now, publish
        self._subjects = list(_subjects(version, date.fromisoformat(round_.day), now)) if version else []
        # Read before any member: then none can be newer than its member's record, but one from before a restore.
        self._rows = {subject.name: _rows_of(subject) for subject in self._subjects}
        self._seen: dict[str, int] = {}
        self._cuts: dict[str, int] = {}

    def look(self, round_: Round, member: Member) -> Round:
        """The round after the scores of a member, whose rows are mended. Raises Unavailable."""
        if not self._subjects:
            return round_
        scores, findings = dict(round_.scores), list[Finding]()
        for subject in self._subjects:
            score = score_of(member, subject.board, subject.programme, subject.number)
            scores[subject.name] = with_score(scores.get(subject.name, ()), score)
            is_candidate = score > 0 and score >= self._cut(subject, scores[subject.name])
            findings += self._mended(member, subject, score, is_candidate=is_candidate)
        return replace(round_, scores=scores, findings=round_.findings + self._publish(findings))

    def finish(self, round_: Round) -> None:
        """Make the cuts of a round that has seen all members, settle what is over, and give the prizes."""
        if not self._subjects:
            return
        seen = (
            SeenScores(subject.board.id, subject.number, round_.scores.get(subject.name, ()))
            for subject in self._subjects
        )
        with suppress(Busy):  # the next round does it
            process.engine().execute(CutBoards(round_.began_at, tuple(seen)), self._now)
        for subject in (subject for subject in self._subjects if subject.is_over):
            try:
                if self._settle(subject):
                    _award(subject, self._now)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - one board must not keep the round from its end
                telemetry.failure("leaderboard", error)
                text = f"it is over and cannot be settled: {type(error).__name__}"
                self._publish([Finding("board_unsettled", subject.name, 0, text)])

    def _cut(self, subject: Subject, scores: Series) -> int:
        """From which score on a member may be a candidate, by the scores seen so far, or a little before."""
        seen = self._seen.get(subject.name, 0)
        if seen % RECUT_EVERY == 0:
            self._cuts[subject.name] = cut_of(scores, candidates_of(subject.board))
        self._seen[subject.name] = seen + 1
        return self._cuts[subject.name]

    def _mended(self, member: Member, subject: Subject, score: int, *, is_candidate: bool) -> Iterator[Finding]:
        """Write a member's row where it is missing or another score's; a finding where that cannot be the stream's
        delay.
        """
        row = self._rows[subject.name].get(member.member)
        if row.score == score if row else not is_candidate:
            return
        right = boards.row_of(member, Standing(subject.board.id, subject.number, score), self._now)
        boards.put(right, over=max(member.version, row.version if row else 0))
        if row and row.version == member.version:
            text = f"its row says {row.score}, its record {score}"
            yield Finding("row_differs", f"{subject.name} {member.member}", 0, text)

    def _settle(self, subject: Subject) -> bool:
        """Whether a period that is over is settled now."""
        scores = {name: row.score for name, row in _rows_of(subject).items()}
        command = SettleBoard(subject.board.id, subject.number, scores)
        return bool(process.engine().execute(command, self._now)["settled"])


def _subjects(version: Version, today: date, now: int) -> Iterator[Subject]:
    """The periods that run or wait, and those that are over and not settled, or have prizes that were not given."""
    for board in version.programme.boards:
        numbers = open_numbers(board, today)
        yield from (Subject(version.programme, board, number, is_over=False) for number in numbers)
        over = range(numbers[0] - OVERDUE_PERIODS, numbers[0]) if board.per != "all" else ()
        ended = [number for number in over if _has_ended(board, number, version, now)]
        stored = table.load([BoardPeriodRef(board.id, number) for number in ended])
        for ref, period in stored.items():
            if isinstance(ref, BoardPeriodRef) and not (isinstance(period, BoardPeriod) and _is_done(period)):
                yield Subject(version.programme, board, ref.number, is_over=True)


def _rows_of(subject: Subject) -> dict[str, BoardRow]:
    """The rows of a board's period by member, as they are now."""
    return {row.member: row for row in boards.rows(subject.board.id, subject.number, consistent=True)}


def _has_ended(board: Board, number: int, version: Version, now: int) -> bool:
    """Whether the programme had the board at the period's end."""
    question = partial(ended_under, board, number, version)
    return process.engine().of_history(question, now) is not None


def _is_done(period: BoardPeriod) -> bool:
    return bool(period.settled_at) and all(place.posted for place in period.places if place.prizes)


def _award(subject: Subject, now: int) -> None:
    """Give the prizes of a settled period that were not given."""
    ref = BoardPeriodRef(subject.board.id, subject.number)
    period = table.load([ref])[ref]
    assert isinstance(period, BoardPeriod)
    for place in period.places:
        if place.prizes and not place.posted:
            with suppress(Busy):  # the next round does it
                process.engine().execute(AwardPrize(ref.board, ref.number, place.member), now)
