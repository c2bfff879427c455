"""Leaderboards: those of the programme, and the places of each in a period."""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.core.calendar import local_day, period_name, period_number
from chalicelib.domain.errors import NotFound
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.document import Programme
from chalicelib.edge.answers import BoardAnswer, PlaceAnswer
from chalicelib.edge.api import boards as api
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.spreadsheets import as_csv, number
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import Words, marked

PERIODS = 6
"""Periods that a page leads to, the running one first."""

MEASURES = {"spend": marked("Goods kept"), "orders": marked("Orders"), "friends": marked("Friends who bought")}
"""What a leaderboard compares, besides an asset of the programme."""

PERS = {
    "week": marked("each week"),
    "month": marked("each month"),
    "quarter": marked("each quarter"),
    "year": marked("each year"),
    "all": marked("in all"),
}
"""How often a leaderboard begins anew."""


class PlaceRow(Struct, frozen=True):
    """A place on a leaderboard; `score` is text, and `prizes` are texts of what it has won."""

    place: PlaceAnswer
    score: str
    prizes: list[str]


def show(visit: Visit) -> Reply:
    """The leaderboards of the programme in force."""
    programme = visit.programme()
    return pages.page(
        visit,
        "boards.html",
        programme=programme,
        is_counted=True,
        boards=programme.boards if programme else (),
        measures={board.id: _measure(visit.words, board, programme) for board in programme.boards} if programme else {},
        pers=PERS,
    )


def look(visit: Visit) -> Reply:
    """The places of a leaderboard in the running period, or in `?period=`. Raises NotFound for an unknown board."""
    programme = visit.programme_in_force()
    board = _board(visit, programme)
    running = period_number(board.per, local_day(visit.now, programme.timezone))
    last = api.stored(board.id, range(running, running - (1 if board.per == "all" else PERIODS), -1))
    answer = _answer(visit, last)
    return pages.page(
        visit,
        "board.html",
        programme=programme,
        is_counted=True,
        board=board,
        measure=_measure(visit.words, board, programme),
        answer=answer,
        is_running=bool(answer and answer.period == period_name(board.per, running)),
        period=answer.period if answer else visit.request.query.get("period", ""),
        periods=_periods(visit, board, programme, last),
        rows=[_row(visit.words, row, board, programme) for row in answer.places] if answer else [],
        zone=programme.timezone,
    )


def as_file(visit: Visit) -> Reply:
    """The same places as a file."""
    programme = visit.programme_in_force()
    board, answer = _board(visit, programme), _answer(visit, {})
    columns = (
        marked("Period"),
        marked("Place"),
        marked("Member"),
        marked("Name on the leaderboard"),
        _measure(visit.words, board, programme),
        marked("Prizes"),
        marked("Places are final"),
    )
    rows = [_cells(visit.words, answer, row, board, programme) for row in answer.places] if answer else []
    return as_csv(visit, f"board-{board.id}", columns, rows)


def _board(visit: Visit, programme: Programme) -> Board:
    name = visit.request.path["board"]
    board = next((board for board in programme.boards if board.id == name), None)
    if board is None:
        raise NotFound("the programme in force has no board %(name)s", name=name)
    return board


def _answer(visit: Visit, read: api.Periods) -> BoardAnswer | None:
    """The places; None for a period of which nothing is known. Raises InvalidInput for what is no period."""
    try:
        return api.places_in(visit.as_api(), read)
    except NotFound:
        return None


def _measure(words: Words, board: Board, programme: Programme) -> str:
    """What a leaderboard compares, for people."""
    if board.measure in MEASURES:
        return words.gettext(MEASURES[board.measure])
    return words.name_of(board.asset(programme), programme)


def _periods(visit: Visit, board: Board, programme: Programme, last: api.Periods) -> list[tuple[str, str]]:
    """The last periods of which something is known, each as the address names it and as people write it; none for a
    board of all time.
    """
    if board.per == "all":
        return []
    numbers = api.known(board, last, programme, visit.now)
    return [(period_name(board.per, number), visit.words.period(board.per, number)) for number in numbers]


def _row(words: Words, row: PlaceAnswer, board: Board, programme: Programme) -> PlaceRow:
    asset = board.asset(programme)
    score = words.amount(row.score, asset, programme) if asset else words.number(row.score)
    return PlaceRow(row, score, [words.amount(prize.amount, prize.asset, programme) for prize in row.prizes])


def _cells(
    words: Words, answer: BoardAnswer, row: PlaceAnswer, board: Board, programme: Programme
) -> tuple[object, ...]:
    asset, prizes = board.asset(programme), " + ".join(_row(words, row, board, programme).prizes)
    score = number(row.score, asset) if asset else row.score
    final = words.gettext(marked("yes") if answer.settled else marked("no"))
    return (answer.period, row.place, row.member, row.name, score, prizes, final)
