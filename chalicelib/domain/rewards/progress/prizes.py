"""What becomes of a leaderboard's periods: cuts while they run, final places once they are settled, prizes given once.

Prizes of tied places are put together and divided among those who share them. What was given stays, whatever is
refunded later. Imports boards, the book, the programme and records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import AwardPrize, CutBoards, SettleBoard
from chalicelib.domain.core.calendar import first_day, local_day, midnight, period_name
from chalicelib.domain.core.phrases import ENGLISH
from chalicelib.domain.errors import NotFound
from chalicelib.domain.events import BoardSettled
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import PROGRAMME, Posted, Why, transfer
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.document import Programme, Version
from chalicelib.domain.programme.history import History
from chalicelib.domain.programme.sale import lifetime
from chalicelib.domain.records import BoardCuts, BoardCutsRef, BoardPeriod, BoardPeriodRef, Place
from chalicelib.domain.rewards.progress.boards import candidates_of, cut_name, cut_of, is_exact, open_numbers, ranked

ACCOUNT = f"{PROGRAMME}board"
"""The programme's account that prizes come from."""

MAX_TIED = 1000
"""So many members may share a place that has a prize; a tie of more has none, for a record must stay small."""


class Cut(Struct, frozen=True):
    """How many periods of boards have a cut now."""

    periods: int


class BoardOutcome(Struct, frozen=True):
    """Whether a board's period is settled now; it is not yet where rows may be missing, which the next round mends."""

    board: str
    number: int
    settled: bool


class PrizeGiven(Struct, frozen=True):
    """Whether prizes were given to a member now."""

    member: str
    changed: bool


def cut(command: CutBoards, facts: Facts, now: int) -> Decision:
    """State the cuts that follow from the scores that a round has seen; a round states them once. Raises Missing."""
    facts.need(BoardCutsRef(), *(BoardPeriodRef(seen.board, seen.number) for seen in command.seen))
    version = facts.history.at(command.at)
    if version is None:
        return Decision(answer=Cut(0))
    boards = {board.id: board for board in version.programme.boards}
    today = local_day(now, version.programme.timezone)
    changed, cuts = list[BoardPeriod](), dict[str, int]()
    for seen in command.seen:
        board = boards.get(seen.board)
        before = facts.find(BoardPeriodRef(seen.board, seen.number), BoardPeriod)
        before = before or BoardPeriod(seen.board, seen.number)
        if board is None or before.settled_at:
            continue
        after = before
        if before.at != command.at:
            number = cut_of(seen.scores, candidates_of(board))
            after = replace(before, at=command.at, cut=number, sure=max(before.cut, number), scores=seen.scores)
            changed.append(after)
        if seen.number in open_numbers(board, today):
            cuts[cut_name(board.id, seen.number)] = after.cut
    stored = facts.find(BoardCutsRef(), BoardCuts) or BoardCuts()
    listed = [replace(stored, cuts=cuts)] if stored.cuts != cuts else []
    return Decision((*changed, *listed), answer=Cut(len(cuts)))


def settle(command: SettleBoard, facts: Facts, now: int) -> Decision:
    """Make the places of a board's period final, under the programme in force at its end. Raises NotFound, Missing."""
    ref = BoardPeriodRef(command.board, command.number)
    period, version = facts.find(ref, BoardPeriod), facts.history.at(now)
    board = _board_of(version, command.board)
    ended = ended_under(board, command.number, version, facts.history) if board and version else None
    if period is None or board is None or version is None or ended is None:
        raise NotFound(
            "there is no period %(number)s of a board %(board)s to be settled",
            number=command.number,
            board=command.board,
        )
    if period.settled_at:
        return Decision(answer=BoardOutcome(command.board, command.number, settled=True))
    terms = _board_in(ended.programme, command.board)
    is_open = command.number in open_numbers(board, local_day(now, version.programme.timezone))
    if is_open or not is_exact(command.scores.values(), period.sure, terms.top):
        return Decision(answer=BoardOutcome(command.board, command.number, settled=False))
    places = places_of(ranked(command.scores), terms, ended.programme, now)
    settled = replace(period, settled_at=now, terms=ended.number, places=places, scores=(), cut=0, sure=0)
    winners = sum(bool(place.prizes) for place in places)
    event = BoardSettled(command.board, command.number, len(places), winners)
    return Decision((settled,), (event,), BoardOutcome(command.board, command.number, settled=True))


def award(command: AwardPrize, facts: Facts, now: int) -> Decision:
    """Post what a member's place has won, if that was not done. Raises NotFound, Missing."""
    period = facts.find(BoardPeriodRef(command.board, command.number), BoardPeriod)
    place = next((place for place in period.places if place.member == command.member), None) if period else None
    if period is None or place is None:
        raise NotFound(
            "%(member)s has no place on the board %(board)s in the period %(number)s",
            member=command.member,
            board=command.board,
            number=command.number,
        )
    if place.posted or not place.prizes:
        return Decision(answer=PrizeGiven(command.member, changed=False))
    programme = facts.history.numbered(period.terms).programme
    why = Why(command.board, rate=_reason(place, period, programme))
    books = Books(facts, now, programme)
    for prize in place.prizes:
        times = prize.vests_at, prize.expires_at
        books.move(place.member, [transfer(prize.account, prize.member, prize.amount, prize.asset, times, why)])
    closed = books.close(period.cause, period.terms)
    done = replace(place, posted=True)
    places = tuple(done if other == place else other for other in period.places)
    changes = (replace(period, places=places), *closed.records)
    return Decision(changes, tuple(closed.events), PrizeGiven(command.member, changed=True))


def ended_under(board: Board, number: int, version: Version, history: History) -> Version | None:
    """The version in force at the end of a board's period, in the zone of the version of now; None where that had no
    such board. Raises Missing.
    """
    if board.per == "all":
        return None
    ended = history.at(midnight(first_day(board.per, number + 1), version.programme.timezone) - 1)
    return ended if _board_of(ended, board.id) else None


def places_of(ranking: Sequence[Place], board: Board, programme: Programme, now: int) -> tuple[Place, ...]:
    """The final places of a board: as many as it has, and all who share one with a prize; with what they have won."""
    places: list[Place] = []
    for number, group in groupby(ranking, key=lambda place: place.place):
        tied = list(group)
        if number <= len(board.prizes):
            is_small = len(tied) <= MAX_TIED
            # Of a tie that is too large so many stay that it can still be seen to be.
            places += _with_prizes(tied, board, programme, now) if is_small else tied[: MAX_TIED + 1]
        else:
            places += tied[: max(board.top - len(places), 0)]
    return tuple(places)


def _with_prizes(tied: Sequence[Place], board: Board, programme: Programme, now: int) -> Iterator[Place]:
    """Members who share a place, with equal parts of the prizes of all places that they take; what cannot be divided
    goes to the first of them by name, a minor unit each.
    """
    first = tied[0].place - 1
    sums: dict[tuple[str, int, int], int] = {}
    for prize in board.prizes[first : first + len(tied)]:
        asset, amount = prize.sum_in(programme)
        lot = (asset, *lifetime(prize, now, 0, programme.timezone))
        sums[lot] = sums.get(lot, 0) + amount
    for index, place in enumerate(tied):
        parts = ((lot, amount // len(tied) + (index < amount % len(tied))) for lot, amount in sums.items())
        prizes = tuple(Posted(place.member, board.id, ACCOUNT, *lot, amount) for lot, amount in parts if amount)
        yield replace(place, prizes=prizes)


def _reason(place: Place, period: BoardPeriod, programme: Programme) -> str:
    """What a prize is for, in words: `place 1 of Best customers, 2026-11`."""
    board = _board_in(programme, period.board)
    return f"place {place.place} of {ENGLISH.name(board.name, board.id)}, {period_name(board.per, period.number)}"


def _board_in(programme: Programme, name: str) -> Board:
    return next(board for board in programme.boards if board.id == name)


def _board_of(version: Version | None, name: str) -> Board | None:
    boards = version.programme.boards if version else ()
    return next((board for board in boards if board.id == name), None)
