"""Leaderboards: the best members of a period, and where a member is on each.

Rows, and for a member what a round has seen of them, are at most a minute old; names are read from the profiles with
each request, so that an erased one is gone at once.
Imports the store's rows, the domain's views and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import iso, local_day, number_of, period_name, period_number
from chalicelib.domain.core.phrases import ENGLISH, Span, Wording
from chalicelib.domain.errors import InvalidInput, NotFound
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import BoardPeriod, BoardPeriodRef, Member, Place, Profile, ProfileRef
from chalicelib.domain.rewards.progress import board_view
from chalicelib.domain.rewards.progress.boards import open_numbers
from chalicelib.domain.rewards.progress.view import BoardView
from chalicelib.edge import process
from chalicelib.edge.answers import BoardAnswer, Money, PlaceAnswer
from chalicelib.edge.messages import Request
from chalicelib.store import table

Periods = Mapping[int, BoardPeriod | None]
"""The stored periods of a board by their numbers; None where no round has seen it."""


def show(request: Request) -> BoardAnswer:
    """The places of a leaderboard in a period: the running one, or one that is named and not forgotten."""
    return places_in(request, {})


def places_in(request: Request, read: Periods) -> BoardAnswer:
    """The places of a leaderboard as `show` answers them; periods of it that have been `read` are not read again."""
    programme = process.engine().programme_in_force(request.now)
    board = next((board for board in programme.boards if board.id == request.path["board"]), None)
    if board is None:
        raise NotFound("the programme in force has no board %(name)s", name=request.path["board"])
    number = _number(request.query.get("period", ""), board, programme, request.now)
    period = (read if number in read else stored(board.id, [number]))[number]
    if period and period.settled_at:
        settled = _answers(period.places, board, programme)
        return _answer(board, number, settled, period, exact=True)
    if period is None and not _is_open(board, number, programme, request.now):
        raise NotFound(
            "nothing is known of the board %(name)s in %(period)s", name=board.id, period=Span(board.per, number)
        )
    scores = process.boards().of(board.id, number, request.now).scores
    question = partial(board_view.is_complete, board, number, programme, period)
    complete = process.engine().of_history(question, request.now)
    exact = complete or board_view.has_best(scores, board, period, request.now)
    return _answer(board, number, _answers(board_view.places(scores, board), board, programme), period, exact=exact)


def known(board: Board, read: Periods, programme: Programme, now: int) -> list[int]:
    """Those of some periods of a board of which something is known: not settled yet, or seen by a round."""
    return [number for number, period in read.items() if period or _is_open(board, number, programme, now)]


def stored(board: str, numbers: Iterable[int]) -> Periods:
    """The stored periods of a board by some numbers."""
    refs = {number: BoardPeriodRef(board, number) for number in numbers}
    records = table.load(refs.values())
    periods = {number: records[ref] for number, ref in refs.items()}
    return {number: period if isinstance(period, BoardPeriod) else None for number, period in periods.items()}


def _is_open(board: Board, number: int, programme: Programme, now: int) -> bool:
    """Whether a period of a board is not settled, so that orders count in it."""
    return number in open_numbers(board, local_day(now, programme.timezone))


def of_member(member: Member, programme: Programme, now: int, wording: Wording = ENGLISH) -> tuple[BoardView, ...]:
    """Where a member is on each board of the programme in its running period."""
    today, views = local_day(now, programme.timezone), list[BoardView]()
    for board in programme.boards:
        running = process.boards().of(board.id, period_number(board.per, today), now)
        views.append(board_view.of_member(member, board, programme, today, running.scores, running.period, wording))
    return tuple(views)


def _number(name: str, board: Board, programme: Programme, now: int) -> int:
    """The number of the period that a request names, or of the running one. Raises InvalidInput."""
    running = period_number(board.per, local_day(now, programme.timezone))
    if not name:
        return running
    try:
        number = number_of(board.per, name)
    except ValueError:
        number = -1
    if number < 0 or period_name(board.per, number) != name:
        example = period_name(board.per, running)
        if not example:
            raise InvalidInput("period", "must be left out: the board has one period, all time", name)
        raise InvalidInput("period", "must be a %(per)s such as %(example)s", name, per=board.per, example=example)
    return number


def _answers(places: Iterable[Place], board: Board, programme: Programme) -> list[PlaceAnswer]:
    """Places with the names that may be shown."""
    places = list(places)[: board.top]
    profiles = table.load([ProfileRef(place.member) for place in places])
    return [
        PlaceAnswer(
            place.place,
            place.member,
            board_view.shown_name(profile if isinstance(profile, Profile) else None),
            place.score,
            board_view.score_text(place.score, board, programme),
            [Money(won.asset, won.amount, money.text(won.amount, won.asset)) for won in place.prizes],
        )
        for place, profile in zip(places, profiles.values(), strict=True)
    ]


def _answer(
    board: Board, number: int, places: list[PlaceAnswer], period: BoardPeriod | None, *, exact: bool
) -> BoardAnswer:
    settled = bool(period and period.settled_at)
    counted_at = iso(period.at) if period and period.at else None
    return BoardAnswer(
        board.id, board.name, board.measure, period_name(board.per, number), settled, exact, counted_at, places
    )
