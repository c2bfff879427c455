"""A leaderboard as people read it: who is on it, where a member is, whether it is exact, and which names are shown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.history import history_of
from chalicelib.domain.records import BoardPeriod, Member, Place, Profile
from chalicelib.domain.rewards.progress import board_view
from chalicelib.domain.rewards.progress.view import BoardView
from tests.domain.rewards.progress.shops import instant
from tests.world.builders import ANNA, BEN, CLEO, NOW, programme_of

NOVEMBER = 2026 * 12 + 10
DAY = date(2026, 11, 25)
BOARD = Board(id="best", top=2, name={"en": "Best customers"})
DOCUMENT = {"timezone": "UTC", "boards": [{"id": "other"}, {"id": "best", "top": 2}]}
PROGRAMME = programme_of(**DOCUMENT)


def seen(*bins: int, at: int = NOW, sure: int = 0) -> BoardPeriod:
    """A period as a round has seen it: how many members have a score of each bin from 1 on."""
    return BoardPeriod("best", NOVEMBER, at=at, sure=sure, scores=(1, *bins) if bins else ())


@pytest.mark.parametrize(
    ("own", "rows", "period", "place", "percent", "text"),
    [
        pytest.param(9, {BEN: 5}, None, 1, None, "place 1, with 0.09 EUR in 2026-11", id="first"),
        pytest.param(5, {BEN: 9, CLEO: 5}, None, 2, None, "place 2, with 0.05 EUR in 2026-11", id="tied for the last"),
        pytest.param(4, {BEN: 9, CLEO: 5}, None, None, None, "on its way, with 0.04 EUR in 2026-11", id="beyond them"),
        pytest.param(5, {ANNA: 99}, None, 1, None, "place 1, with 0.05 EUR in 2026-11", id="a row of before a refund"),
        pytest.param(5, {BEN: 9}, seen(sure=5), 2, None, "place 2, with 0.05 EUR in 2026-11", id="just sure"),
        pytest.param(
            4, {}, seen(1, 0, 0, 3, sure=5), None, 75, "among the top 75%, with 0.04 EUR in 2026-11", id="not sure"
        ),
        pytest.param(4, {}, seen(sure=5), None, None, "on its way, with 0.04 EUR in 2026-11", id="nobody was counted"),
        pytest.param(
            5, {}, seen(1, 0, 0, 3), 1, None, "place 1, with 0.05 EUR in 2026-11", id="a place needs no percent"
        ),
        pytest.param(0, {}, seen(1, 0, 0, 3), None, None, "not on it yet in 2026-11", id="nothing"),
    ],
)
def test_where_a_member_is(
    own: int, rows: dict[str, int], period: BoardPeriod | None, place: int | None, percent: int | None, text: str
) -> None:
    member = Member(ANNA, counts={"EUR/m": (NOVEMBER, own)} if own else {})
    view = board_view.of_member(member, BOARD, PROGRAMME, DAY, rows, period)
    assert view == BoardView("best", {"en": "Best customers"}, "2026-11", own, place, percent, text)


def test_a_board_of_all_time_names_no_period() -> None:
    ever = Board(id="ever", per="all")
    view = board_view.of_member(Member(ANNA, counts={"EUR/a": (0, 5)}), ever, PROGRAMME, DAY, {}, None)
    assert (view.period, view.text) == ("", "place 1, with 0.05 EUR")


@pytest.mark.parametrize(
    ("measure", "score", "text"),
    [
        ("spend", 120, "1.20 EUR"),
        *(("orders", 1, "1 order"), ("orders", 3, "3 orders")),
        *(("friends", 1, "1 friend"), ("friends", 3, "3 friends")),
        ("points", 3, "3 points"),
    ],
)
def test_a_score_is_written_in_what_it_measures(measure: str, score: int, text: str) -> None:
    assert board_view.score_text(score, Board(id="best", measure=measure), programme_of(assets={"points": {}})) == text


def test_a_board_has_as_many_members_as_places() -> None:
    rows = {ANNA: 5, BEN: 9, CLEO: 4}
    assert board_view.places(rows, BOARD) == [Place(BEN, 1, 9), Place(ANNA, 2, 5)]


BEGAN = instant("2026-11-01") - DAY_S // 2
"""The first second of November."""

WITHOUT: dict[str, Any] = DOCUMENT | {"boards": [{"id": "other"}]}


@pytest.mark.parametrize(
    ("versions", "per", "period", "is_complete"),
    [
        pytest.param([(0, DOCUMENT)], "month", None, True, id="it was there before"),
        pytest.param([(BEGAN, DOCUMENT)], "month", None, True, id="it was there from the first second on"),
        pytest.param([(BEGAN + 1, DOCUMENT)], "month", None, False, id="no programme was"),
        pytest.param([(0, WITHOUT), (BEGAN + 1, DOCUMENT)], "month", None, False, id="it began in the midst"),
        pytest.param([(0, DOCUMENT)], "month", seen(), False, id="a round has looked at it since"),
        pytest.param([(0, DOCUMENT)], "all", None, False, id="all time has begun before it"),
    ],
)
def test_rows_are_all_that_is_needed_where_the_board_was_there_from_the_beginning(
    versions: list[tuple[int, dict[str, Any]]], per: Any, period: BoardPeriod | None, is_complete: bool
) -> None:
    publications = [
        Version(number, since, programme_of(**parts)) for number, (since, parts) in enumerate(versions, start=1)
    ]
    board = Board(id="best", per=per)
    assert board_view.is_complete(board, NOVEMBER, PROGRAMME, period, history_of(publications)) is is_complete


@pytest.mark.parametrize(
    ("period", "is_sure"),
    [
        pytest.param(None, False, id="no round"),
        pytest.param(seen(sure=5), True, id="two are sure"),
        pytest.param(seen(sure=6), False, id="one is"),
        pytest.param(seen(at=NOW - 2 * DAY_S + 1), True, id="not two days ago yet"),
        pytest.param(seen(at=NOW - 2 * DAY_S), False, id="two days ago"),
    ],
)
def test_the_best_are_sure_by_what_a_round_has_seen_lately(period: BoardPeriod | None, is_sure: bool) -> None:
    assert board_view.has_best({ANNA: 9, BEN: 5}, BOARD, period, NOW) is is_sure


@pytest.mark.parametrize(
    ("name", "consents", "shown"),
    [
        ("Ada Lovelace", {"leaderboard": True}, "Ada L."),
        ("Ada King of lovelace", {"leaderboard": True}, "Ada L."),
        ("Ada", {"leaderboard": True}, "Ada"),
        ("", {"leaderboard": True}, ""),
        ("Ada Lovelace", {"leaderboard": False}, ""),
        ("Ada Lovelace", {"newsletter": True}, ""),
    ],
)
def test_a_name_is_shown_as_its_owner_agreed(name: str, consents: dict[str, bool], shown: str) -> None:
    assert board_view.shown_name(Profile(ANNA, display_name=name, consents=consents)) == shown


def test_without_a_profile_no_name_is_shown() -> None:
    assert board_view.shown_name(None) == ""
