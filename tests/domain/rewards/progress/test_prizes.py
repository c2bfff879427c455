"""A board's period that is over: final places, prizes that tied members share, given once; and what the audit sees."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.audit import record_checks
from chalicelib.domain.commands import AwardPrize, CutBoards, SeenScores, SettleBoard
from chalicelib.domain.core.series import Series
from chalicelib.domain.errors import NotFound
from chalicelib.domain.events import BoardSettled
from chalicelib.domain.programme.document import parse
from chalicelib.domain.records import BoardCuts, BoardCutsRef, BoardPeriod, BoardPeriodRef, Place
from chalicelib.domain.rewards.progress import boards
from tests.domain.rewards.progress.shops import balance, bought, instant, play, reasons, shop
from tests.world.audit import findings
from tests.world.builders import ANNA, BEN, CLEO, DORA, document, line, merge
from tests.world.memory import Memory

NOVEMBER = 2026 * 12 + 10
REF = BoardPeriodRef("best", NOVEMBER)
PRIZES = [{"give": 500, "of": "points"}, {"give": 201, "of": "points"}, {"amount": 3, "expire_days": 10}]
BOARD: dict[str, Any] = {"id": "best", "per": "month", "top": 3, "prizes": PRIZES, "name": {"en": "Best customers"}}
SETTLED = instant("2026-12-15")


def shop_with_board(**change: Any) -> Memory:
    return shop(boards=[BOARD | change])


def buying(books: Memory, scores: dict[str, int]) -> Memory:
    for number, (member, net) in enumerate(scores.items()):
        play(books, bought(str(number), "2026-11-25", line(net=net), buyer=member))
    return books


def seen(books: Memory, scores: dict[str, int], now: int) -> None:
    packed: Series = ()
    for score in scores.values():
        packed = boards.with_score(packed, score)
    books.execute(CutBoards(now, (SeenScores("best", NOVEMBER, packed),)), now)


def settle(books: Memory, scores: dict[str, int], now: int = SETTLED) -> bool:
    """What a round does at the end of a period."""
    seen(books, scores, now)
    answer: bool = books.execute(SettleBoard("best", NOVEMBER, scores), now)["settled"]
    return answer


def award(books: Memory, *members: str, now: int = SETTLED) -> list[bool]:
    return [books.execute(AwardPrize("best", NOVEMBER, member), now)["changed"] for member in members]


def period(books: Memory) -> BoardPeriod:
    return books.find(REF, BoardPeriod)


SCORES = {ANNA: 9000, BEN: 8000, CLEO: 8000, DORA: 7000}


def test_places_are_final_and_each_has_its_prize() -> None:
    books = buying(shop_with_board(), SCORES)
    assert settle(books, SCORES)
    places = [(place.member, place.place, [won.amount for won in place.prizes]) for place in period(books).places]
    assert places == [(ANNA, 1, [500]), (BEN, 2, [101, 150]), (CLEO, 2, [100, 150])]
    assert books.events[-1] == BoardSettled("best", NOVEMBER, 3, 3)


def test_a_prize_is_given_once_and_says_why() -> None:
    books = buying(shop_with_board(), SCORES)
    settle(books, SCORES)
    assert award(books, ANNA, BEN, ANNA, BEN) == [True, True, False, False]
    assert (balance(books), balance(books, member=BEN), balance(books, "EUR/2", BEN)) == (500, 101, 150)
    assert reasons(books)[-1] == "Prize of a leaderboard: place 1 of Best customers, 2026-11."
    assert books.entries(ANNA)[-1].cause == f"board best {NOVEMBER}"
    assert findings(books, SETTLED) == []


def test_who_has_no_place_or_no_prize_gets_nothing() -> None:
    books = buying(shop_with_board(prizes=PRIZES[:1]), SCORES)
    settle(books, SCORES)
    assert award(books, BEN) == [False]
    with pytest.raises(NotFound, match=rf"{DORA} has no place on the board best in the period {NOVEMBER}"):
        award(books, DORA)
    with pytest.raises(NotFound, match=f"no place on the board best in the period {NOVEMBER}"):
        award(shop_with_board(), ANNA)


def test_a_prize_names_the_board_that_it_is_of() -> None:
    other = BOARD | {"id": "other", "name": {"en": "Others"}, "prizes": [{"give": 1, "of": "points"}]}
    ever = {"id": "ever", "per": "all"}
    books = buying(shop(boards=[ever, other, BOARD]), SCORES)
    settle(books, SCORES)
    award(books, ANNA)
    assert (balance(books), reasons(books)[-1]) == (
        *(500, "Prize of a leaderboard: place 1 of Best customers, 2026-11."),
    )


def test_the_last_place_has_its_prize_too() -> None:
    scores = {ANNA: 9, BEN: 8, CLEO: 7, DORA: 6}
    books = shop_with_board()
    settle(books, scores)
    assert [[won.amount for won in place.prizes] for place in period(books).places] == [[500], [201], [300]]


@pytest.mark.parametrize(
    ("scores", "placed"),
    [
        pytest.param({ANNA: 9, BEN: 8, CLEO: 7, DORA: 6}, [ANNA, BEN, CLEO], id="as many as it has places"),
        pytest.param({ANNA: 9, BEN: 8, CLEO: 7}, [ANNA, BEN, CLEO], id="just so many"),
        pytest.param({ANNA: 9, BEN: 7, CLEO: 7, DORA: 7}, [ANNA, BEN, CLEO], id="of those tied the first by name"),
        pytest.param({ANNA: 9, BEN: 9, CLEO: 9, DORA: 9}, [ANNA, BEN, CLEO, DORA], id="all who share a prize"),
        pytest.param(
            {ANNA: 9, BEN: 9, CLEO: 9, DORA: 9, "shop.eva": 8}, [ANNA, BEN, CLEO, DORA], id="and nobody after them"
        ),
    ],
)
def test_who_is_on_a_settled_board(scores: dict[str, int], placed: list[str]) -> None:
    books = shop_with_board(prizes=PRIZES[:1])
    settle(books, scores)
    assert [place.member for place in period(books).places] == placed


def test_a_settled_board_stays_whatever_is_heard_later() -> None:
    books = buying(shop_with_board(), SCORES)
    settle(books, SCORES)
    before = period(books)
    assert (before.settled_at, before.scores, before.cut, before.sure) == (SETTLED, (), 0, 0)
    assert settle(books, SCORES | {DORA: 99_000}, SETTLED + 9)
    assert period(books) == before


def test_before_the_days_are_over_nothing_is_settled() -> None:
    books = buying(shop_with_board(), SCORES)
    assert not settle(books, SCORES, instant("2026-12-14"))
    assert period(books).places == ()


@pytest.mark.parametrize("name", ["other", "best"])
@pytest.mark.parametrize("books", [shop_with_board(), Memory()], ids=["a shop with a board", "before any programme"])
def test_a_board_or_a_period_that_nobody_knows_is_refused(name: str, books: Memory) -> None:
    with pytest.raises(NotFound, match=f"there is no period {NOVEMBER} of a board {name} to be settled"):
        books.execute(SettleBoard(name, NOVEMBER, {}), SETTLED)


def test_a_board_that_never_ends_is_not_settled() -> None:
    books = shop_with_board(per="all", prizes=[])
    books.execute(CutBoards(SETTLED, (SeenScores("best", 0, (9, 1)),)), SETTLED)
    with pytest.raises(NotFound, match="there is no period 0 of a board best to be settled"):
        books.execute(SettleBoard("best", 0, {ANNA: 9}), SETTLED)


def test_rows_that_may_lack_somebody_are_not_settled_yet() -> None:
    """The cut before was higher than what the rows reach: who lies between may have no row."""
    books = shop_with_board(top=2, prizes=PRIZES[:1])
    high, low = ({f"shop.m{number}": score for number in range(30)} for score in (900, 500))
    seen(books, high, instant("2026-11-29"))
    assert not settle(books, low)
    assert (period(books).cut, period(books).sure) == (496, 896)
    assert settle(books, low, SETTLED + 86_400)
    assert (period(books).cut, period(books).sure) == (0, 0)


@pytest.mark.parametrize(
    ("seconds", "terms", "points"), [(-20 * 86_400, 2, 1), (-1, 2, 1), (0, 1, 500), (86_400, 1, 500)]
)
def test_the_prizes_are_those_of_the_periods_end(seconds: int, terms: int, points: int) -> None:
    books = buying(shop_with_board(), SCORES)
    later = BOARD | {"prizes": [{"give": 1, "of": "points"}]}
    document_ = document(earn=[], timezone="UTC", assets={"points": {}}, boards=[later])
    begins = instant("2026-12-01") - 12 * 3600 + seconds
    books.publish(parse(document_), effective_at=begins, now=begins)
    settle(books, SCORES)
    assert [won.amount for won in period(books).places[0].prizes] == [points]
    assert period(books).terms == terms


def test_a_board_that_was_not_there_at_the_periods_end_is_not_settled() -> None:
    books = shop()
    document_ = document(earn=[], timezone="UTC", assets={"points": {}}, boards=[BOARD])
    books.publish(parse(document_), effective_at=instant("2026-12-02"), now=instant("2026-12-02"))
    seen(books, SCORES, SETTLED)
    with pytest.raises(NotFound):
        books.execute(SettleBoard("best", NOVEMBER, SCORES), SETTLED)


def test_a_member_that_was_merged_since_gets_its_prize_as_the_survivor() -> None:
    books = buying(shop_with_board(), SCORES)
    settle(books, SCORES)
    books.execute(merge(CLEO), SETTLED)
    assert award(books, ANNA, CLEO) == [True, True]
    assert (balance(books), balance(books, "EUR/2")) == (600, 150)
    assert findings(books, SETTLED) == []


@pytest.mark.parametrize("tied", [2, 3, 7, 701, 1000])
def test_what_tied_members_share_comes_to_the_prizes_of_their_places(tied: int) -> None:
    scores = {f"shop.m{number:04d}": 5 for number in range(tied)}
    books = shop_with_board()
    assert settle(books, scores)
    won = [prize for place in period(books).places for prize in place.prizes]
    sums = {asset: sum(prize.amount for prize in won if prize.asset == asset) for asset in ("points", "EUR/2")}
    assert sums == {"points": 701, "EUR/2": 300 if tied > 2 else 0}
    assert all(prize.amount for prize in won)
    for asset in ("points", "EUR/2"):
        amounts = {prize.amount for prize in won if prize.asset == asset}
        assert not amounts or max(amounts) - min(amounts) <= 1


@pytest.mark.parametrize("tied", [1001, 1009])
def test_a_tie_of_very_many_has_no_prize(tied: int) -> None:
    scores = {f"shop.m{number:04d}": 5 for number in range(tied)}
    books = shop_with_board()
    assert settle(books, scores)
    assert len(period(books).places) == 1001
    assert period(books).places[:3] == tuple(Place(f"shop.m{number:04d}", 1, 5) for number in range(3))
    assert not any(place.prizes for place in period(books).places)
    assert record_checks.of_board(period(books), books.history()) == []


def test_the_cuts_are_told_to_everybody_and_stated_once_a_round() -> None:
    books, now = shop_with_board(), instant("2026-11-25")
    seen(books, {f"shop.m{number}": 500 for number in range(30)}, now)
    assert books.find(BoardCutsRef(), BoardCuts).cuts == {f"best {NOVEMBER}": 496}
    assert (period(books).cut, period(books).sure) == (496, 496)
    seen(books, {}, now)
    assert period(books).cut == 496
    seen(books, {}, now + 86_400)
    assert (period(books).cut, period(books).sure) == (0, 496)
    assert books.find(BoardCutsRef(), BoardCuts).cuts == {f"best {NOVEMBER}": 0}


def test_a_cut_is_of_the_boards_that_there_are_and_told_of_periods_that_are_open() -> None:
    """October's places are final from 15 November on; what is seen of it then is kept, and nobody is told."""
    books, now = shop_with_board(), instant("2026-11-25")
    row = (9, 100)
    names = [("best", NOVEMBER), ("other", NOVEMBER), ("best", NOVEMBER - 1)]
    command = CutBoards(now, tuple(SeenScores(name, number, row) for name, number in names))
    assert books.execute(command, now) == {"periods": 1}
    assert books.round_trips == 1
    assert [(cut.board, cut.number, cut.cut, cut.scores) for cut in books.all(BoardPeriod)] == [
        ("best", NOVEMBER, 9, row),
        ("best", NOVEMBER - 1, 9, row),
    ]
    assert books.find(BoardCutsRef(), BoardCuts).cuts == {f"best {NOVEMBER}": 9}
    books.execute(replace(command, at=now + 86_400), now + 86_400)
    assert [type(record) for record in books.written] == [BoardPeriod, BoardPeriod]


def test_before_any_programme_is_in_force_there_is_no_cut() -> None:
    books = Memory()
    assert books.execute(CutBoards(SETTLED, (SeenScores("best", NOVEMBER, (9, 100)),)), SETTLED) == {"periods": 0}
    assert books.written == ()


PLANTED = {
    "a prize of another amount": lambda place: replace(place, prizes=(replace(place.prizes[0], amount=900),)),
    "a prize of somebody else": lambda place: replace(place, prizes=(replace(place.prizes[0], member=DORA),)),
    "another place": lambda place: replace(place, place=2),
    "no prize": lambda place: replace(place, prizes=()),
}


@pytest.mark.parametrize("what", PLANTED)
def test_the_audit_finds_what_is_planted_in_a_settled_board(what: str) -> None:
    books = buying(shop_with_board(), SCORES)
    settle(books, SCORES)
    assert record_checks.of_board(period(books), books.history()) == []
    first, *others = period(books).places
    wrong = replace(period(books), places=(PLANTED[what](first), *others))
    assert [finding.what for finding in record_checks.of_board(wrong, books.history())] == ["prizes_differ"]


def test_the_audit_finds_a_prize_that_the_entries_do_not_have() -> None:
    books = buying(shop_with_board(), SCORES)
    settle(books, SCORES)
    award(books, ANNA)
    first, *others = period(books).places
    books.records[REF] = replace(period(books), places=(first, replace(others[0], posted=True), *others[1:]))
    differ = findings(books, SETTLED)
    assert len(differ) == 2
    assert all("programme:board" in text for text in differ)
