"""Leaderboards: scores, places, cuts, and which changes of a member the stream is told of."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.commands import CutBoards, SeenScores
from chalicelib.domain.core.calendar import period_name, period_number
from chalicelib.domain.core.series import Series
from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.records import BoardCuts, BoardCutsRef, BoardPeriod, Member, Standing
from chalicelib.domain.rewards.progress import board_view, boards
from tests.domain.rewards.progress.shops import bought, instant, play, shop
from tests.world.audit import findings
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    DORA,
    adjust,
    document,
    issue,
    line,
    merge,
    of_line,
    order,
    refund,
    settle,
    void,
)
from tests.world.builders import bought as of_friend
from tests.world.memory import Memory

MONTH = {"id": "best", "measure": "spend", "per": "month", "top": 3}
POINTS = {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}}


def problems(*drafts: dict[str, Any], **parts: Any) -> list[str]:
    with pytest.raises(InvalidProgramme) as raised:
        parse(document(**{"assets": {"points": {}}, "boards": list(drafts)} | parts))
    return raised.value.problems


COUNTED_ALREADY = "must not be %s, under which something else is counted already; give it another id, such as %s"
PRIZE = {"give": 5, "of": "points"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"measure": "pieces"}, "boards[0].measure must be one of spend, orders, friends, points, got 'pieces'"),
        (
            {"measure": "friends"},
            "boards[0].per must be all beside measure: friends, who are not counted by period, got 'month'",
        ),
        (
            {"id": "orders", "per": "week", "measure": "orders"},
            f"boards[0].id {COUNTED_ALREADY % ('orders', 'orders-board')}",
        ),
        (
            {"id": "points", "measure": "points"},
            f"boards[0].id {COUNTED_ALREADY % ('points', 'points-board')}",
        ),
        ({"top": 0}, "boards[0].top must be between 1 and 100, got 0"),
        ({"top": 101}, "boards[0].top must be between 1 and 100, got 101"),
        ({"settle_days": -1}, "boards[0].settle_days must be between 0 and 60, got -1"),
        ({"settle_days": 61}, "boards[0].settle_days must be between 0 and 60, got 61"),
        ({"name": {"French": "x"}}, "boards[0].name must be by language, such as fr or en, got 'French'"),
        (
            {"top": 100, "prizes": [PRIZE] * 21},
            "boards[0].prizes must be at most 20, one for a place, got 21",
        ),
        (
            {"per": "all", "prizes": [PRIZE]},
            "boards[0].prizes must not stand beside per: all, a period that never ends",
        ),
        ({"prizes": [PRIZE] * 4}, "boards[0].prizes must be at most 3, one for a place, got 4"),
        ({"prizes": [{"give": 5}]}, "boards[0].prizes[0] must have of beside give"),
        (
            {"id": "cashback"},
            "boards[0].id must be unique among rules, cards, goals, levels and boards, got 'cashback'",
        ),
        (
            {"id": "Best"},
            "boards[0].id must be 1 to 32 lower-case letters, digits and dashes, not starting with referral-",
        ),
        ({"topp": 3}, "boards[0].topp is not a field of a programme; did you mean top?"),
    ],
)
def test_a_wrong_board_is_refused_with_its_path(change: dict[str, Any], problem: str) -> None:
    assert any(sentence.startswith(problem) for sentence in problems(MONTH | change)), problems(MONTH | change)


def test_there_are_five_boards_at_most() -> None:
    drafts = [MONTH | {"id": f"b{number}"} for number in range(6)]
    assert problems(*drafts) == ["boards must be between 0 and 5, got 6"]


TAKEN: dict[str, Any] = {
    "earn": [{"id": "rule", "percent": 5}],
    "campaigns": [{"id": "summer", "starts": "2026-06-21", "ends": "2026-11-30", "multiply": {"rule": 3}}],
    "cards": [{"id": "cups", "counts": {"orders": True}, "size": 5, "reward": {"amount": 4}}],
    "goals": [{"id": "often", "measure": "orders", "target": 3, "reward": {"amount": 4}}],
    "levels": {"steps": [{"id": "green", "at": 0}]},
}


@pytest.mark.parametrize("taken", ["rule", "summer", "cups", "often", "green"])
def test_the_id_of_another_part_is_no_boards(taken: str) -> None:
    says = f"boards[0].id must be unique among rules, cards, goals, levels and boards, got '{taken}'"
    assert problems(MONTH | {"id": taken}, **TAKEN) == [says]


def test_two_boards_have_two_ids() -> None:
    says = "boards[1].id must be unique among rules, cards, goals, levels and boards, got 'best'"
    assert problems(MONTH, MONTH) == [says]


@pytest.mark.parametrize(
    "parts",
    [
        {"top": 1, "settle_days": 0, "prizes": [PRIZE]},
        {"top": 100, "settle_days": 60, "prizes": [PRIZE] * 20},
        {"per": "all", "measure": "friends"},
        {"id": "orders", "measure": "orders", "per": "month"},  # counted for whoever asks, so under no id of its own
    ],
)
def test_a_board_is_taken_up_to_its_bounds(parts: dict[str, Any]) -> None:
    boards = [MONTH | parts, *(MONTH | {"id": f"b{number}"} for number in range(4))]
    assert len(parse(document(assets={"points": {}}, boards=boards)).boards) == 5


@pytest.mark.parametrize(
    ("parts", "asset", "is_counted_apart"),
    [
        ({"measure": "spend", "per": "month"}, "EUR/2", False),
        ({"measure": "spend", "per": "week"}, "EUR/2", True),
        ({"measure": "orders", "per": "year"}, "", False),
        ({"measure": "orders", "per": "quarter"}, "", True),
        ({"measure": "points", "per": "month"}, "points", True),
        ({"measure": "friends", "per": "all"}, "", False),
    ],
)
def test_what_a_board_counts_and_whether_orders_count_for_it_alone(
    parts: dict[str, Any], asset: str, is_counted_apart: bool
) -> None:
    programme = parse(document(assets={"points": {}}, boards=[MONTH | parts]))
    (board,) = programme.boards
    assert (board.asset(programme), board.has_own_counter) == (asset, is_counted_apart)


def test_a_board_that_states_nothing_has_ten_places_of_a_month_by_spend_and_settles_after_two_weeks() -> None:
    (board,) = parse(document(boards=[{"id": "best"}])).boards
    assert (board.measure, board.per, board.top, board.settle_days) == ("spend", "month", 10, 14)


def test_a_prize_that_is_gone_before_it_can_be_spent_is_refused() -> None:
    prize = {"amount": 5, "vest_days": 10, "expire_days": 5}
    assert problems(MONTH | {"prizes": [prize]})


BOARDS = [
    MONTH,
    {"id": "week", "measure": "orders", "per": "week", "top": 3},
    {"id": "quarter", "measure": "spend", "per": "quarter", "top": 3},
    {"id": "earned", "measure": "points", "per": "year", "top": 3},
    {"id": "ever", "measure": "orders", "per": "all", "top": 3},
]


def board_of(books: Memory, name: str) -> tuple[Board, Programme]:
    programme = books.history().numbered(1).programme
    return next(board for board in programme.boards if board.id == name), programme


def score(books: Memory, name: str, day: str, member: str = ANNA) -> int:
    board, programme = board_of(books, name)
    number = period_number(board.per, date.fromisoformat(day))
    return boards.score_of(books.member(member), board, programme, number)


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("best", "2026-11-26", 9990),
        ("best", "2026-10-26", 2000),
        ("week", "2026-11-26", 2),
        ("week", "2026-11-19", 0),
        ("quarter", "2026-12-01", 11990),
        ("earned", "2026-01-01", 119),
        ("ever", "2026-11-26", 3),
    ],
)
def test_a_score_is_what_the_period_has_of_the_measure(name: str, day: str, expected: int) -> None:
    books = play(
        shop(earn=[POINTS], boards=BOARDS),
        bought("1", "2026-10-20", line(net=2000)),
        bought("2", "2026-11-23", line(net=4990)),
        bought("3", "2026-11-26", line(net=5000)),
    )
    assert score(books, name, day) == expected
    assert findings(books, instant("2026-11-26")) == []


def test_a_refund_takes_off_what_the_order_counted() -> None:
    books = play(shop(earn=[POINTS], boards=BOARDS), bought("1", "2026-11-23", line(net=5000)))
    books.execute(refund("1", lines=of_line(net=2000).lines), instant("2026-11-24"))
    assert [score(books, board["id"], "2026-11-24") for board in BOARDS] == [3000, 1, 3000, 30, 1]


def test_of_two_members_who_are_one_the_survivor_has_both_scores() -> None:
    books = play(shop(boards=[MONTH]), bought("1", "2026-11-23"), bought("2", "2026-11-23", buyer=BEN))
    books.execute(merge(BEN), instant("2026-11-24"))
    assert [score(books, "best", "2026-11-24", member) for member in (ANNA, BEN)] == [20_000, 0]
    assert {member.member: member.standings for member in books.all(Member)} == {
        ANNA: (Standing("best", NOVEMBER, 20_000),),
        BEN: (Standing("best", NOVEMBER, 0),),
    }


NOVEMBER = 2026 * 12 + 10


def cut(books: Memory, *scores: int, day: str = "2026-11-24") -> None:
    packed: Series = ()
    for one_score in scores:
        packed = boards.with_score(packed, one_score)
    seen = SeenScores("best", NOVEMBER, packed)
    books.execute(CutBoards(instant(day), (seen,)), instant(day))


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [(0, 400, False), (0, 600, True), (600, 400, True), (400, 600, True), (600, 600, False), (300, 400, False)],
)
def test_only_changes_at_or_above_the_cut_are_told(before: int, after: int, is_told: bool) -> None:
    books = shop(boards=[MONTH])
    cut(books, *[500] * 30)
    assert books.history().board_cuts == {f"best {NOVEMBER}": 496}
    if before:
        play(books, bought("1", "2026-11-25", line(net=before)))
    stamp = {"stamp_ms": 2}
    play(books, bought("1", "2026-11-25", line(net=after), **stamp))
    changed = (Standing("best", NOVEMBER, after),) if is_told else ()
    assert books.member(ANNA).standings == (changed if before != after else (Standing("best", NOVEMBER, before),))


def test_a_write_that_changes_no_score_tells_nothing_again() -> None:
    books = play(shop(boards=[MONTH]), bought("1", "2026-11-25"))
    assert books.member(ANNA).standings == (Standing("best", NOVEMBER, 10_000),)
    books.execute(adjust(100), instant("2026-11-26"))
    assert books.member(ANNA).standings == ()


def test_a_programme_without_boards_takes_what_was_told_out_of_the_record() -> None:
    books = play(shop(boards=[MONTH]), bought("1", "2026-11-25"))
    without = document(timezone="UTC", assets={"points": {}})
    books.publish(parse(without), effective_at=instant("2026-11-26"), now=instant("2026-11-26"))
    play(books, bought("2", "2026-11-27"))
    assert books.member(ANNA).standings == ()


def test_a_late_order_is_told_until_its_period_is_settled() -> None:
    books = shop(boards=[MONTH | {"settle_days": 7}])
    books.execute(order("1", ANNA, at=instant("2026-11-30")), instant("2026-12-07"))
    books.execute(order("2", BEN, at=instant("2026-11-30")), instant("2026-12-08"))
    assert books.member(ANNA).standings == (Standing("best", NOVEMBER, 10_000),)
    assert books.member(BEN).standings == ()


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-11-01", ["2026-10", "2026-11"]), ("2026-11-20", ["2026-11"]), ("2026-11-30", ["2026-11", "2026-12"])],
)
def test_the_periods_that_are_open_on_a_day(day: str, expected: list[str]) -> None:
    numbers = boards.open_numbers(Board(id="best"), date.fromisoformat(day))
    assert [period_name("month", number) for number in numbers] == expected


@pytest.mark.parametrize(
    ("scores", "places"),
    [
        ({}, []),
        ({ANNA: 0}, []),
        ({ANNA: 5}, [(ANNA, 1)]),
        ({ANNA: 5, BEN: 5, CLEO: 4}, [(ANNA, 1), (BEN, 1), (CLEO, 3)]),
        ({DORA: 1, CLEO: 2, BEN: 2, ANNA: 3}, [(ANNA, 1), (BEN, 2), (CLEO, 2), (DORA, 4)]),
    ],
)
def test_tied_members_share_the_better_place(scores: dict[str, int], places: list[tuple[str, int]]) -> None:
    assert [(place.member, place.place) for place in boards.ranked(scores)] == places


@given(st.integers(1, 10**13), st.integers(1, 10**13))
def test_bins_are_in_the_order_of_scores_and_a_sixteenth_wide(number: int, other: int) -> None:
    low, high = sorted((number, other))
    assert boards.bin_of(low) <= boards.bin_of(high)
    least = boards.least_of(boards.bin_of(low))
    assert boards.bin_of(least) == boards.bin_of(low)
    assert least <= low < least + max(least // 16, 1) + 1


@given(st.lists(st.integers(0, 10**6), max_size=60), st.integers(1, 20))
def test_everybody_among_the_wanted_best_is_at_or_above_the_cut(scores: list[int], wanted: int) -> None:
    packed: Series = ()
    for one_score in scores:
        packed = boards.with_score(packed, one_score)
    cut = boards.cut_of(packed, wanted)
    live = sorted((number for number in scores if number), reverse=True)
    assert all(number >= cut for number in live[:wanted])
    assert (cut == 0) == (len(live) < wanted)


@pytest.mark.parametrize(
    ("score", "percent"), [(100, 10), (99, 10), (50, 20), (1, 100)], ids=["best", "as good", "second", "last"]
)
def test_beyond_the_board_one_is_among_the_best_so_many_percent(score: int, percent: int) -> None:
    packed: Series = ()
    for one_score in [100, 50, *[1] * 8]:
        packed = boards.with_score(packed, one_score)
    assert boards.top_percent(packed, score) == percent


def test_where_nobody_was_counted_no_percent_is_known() -> None:
    assert boards.top_percent((), 5) is None


def deliveries(seed: int) -> list[tuple[Any, int]]:
    """Orders, edits and refunds of six members within a month, some of them twice, in any order."""
    chance = Random(seed)  # noqa: S311 (a test)
    told = []
    for number in range(25):
        buyer = f"shop.m{chance.randrange(6)}"
        day = f"2026-11-{chance.randrange(1, 28):02d}"
        told.append(bought(str(number), day, line(net=chance.randrange(0, 9) * 500), buyer=buyer))
        if chance.random() < 0.4:
            gone = refund(str(number), lines=of_line(net=chance.randrange(0, 5) * 100).lines), instant("2026-11-28")
            told.append(gone)
    told += chance.sample(told, 8)
    chance.shuffle(told)
    return [(command, instant("2026-11-28")) for command, _ in told]


class Rows:
    """The rows as the stream leaves them: any state of a member may come late, twice, or before another."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, int, str], tuple[int, int]] = {}

    def hear(self, member: Member) -> None:
        for standing in member.standings:
            name = standing.board, standing.number, member.member
            version, _ = self.rows.get(name, (0, 0))
            if version < member.version:
                self.rows[name] = member.version, standing.score


@pytest.mark.parametrize("seed", range(12))
def test_at_a_quiet_instant_the_board_is_the_sort_of_all_members(seed: int) -> None:
    chance, books, states = Random(seed), shop(boards=[MONTH, BOARDS[4]]), list[Member]()  # noqa: S311 (a test)
    for command, now in deliveries(seed):
        books.execute(command, now)
        states += [books.member(record.member) for record in books.written if isinstance(record, Member)]
    states += chance.sample(states, len(states) // 2)
    chance.shuffle(states)
    rows = Rows()
    for state in states:
        rows.hear(state)
    for name, number in (("best", NOVEMBER), ("ever", 0)):
        board, programme = board_of(books, name)
        scores = {member.member: boards.score_of(member, board, programme, number) for member in books.all(Member)}
        told = {key[2]: score for key, (_, score) in rows.rows.items() if key[:2] == (name, number)}
        assert boards.ranked(told) == boards.ranked(scores)


def test_levels_that_are_times_as_good_do_not_change_a_board_of_spend() -> None:
    steps = [{"id": "a", "at": 0}, {"id": "b", "at": 50, "multiply": {"leaves": Decimal(2)}}]
    books = shop(earn=[POINTS], levels={"steps": steps, "counts": "at_once"}, boards=[MONTH])
    play(books, bought("1", "2026-11-25"), bought("2", "2026-11-26"))
    assert score(books, "best", "2026-11-26") == 20_000


def test_live_friends_are_a_score_of_all_time() -> None:
    rules = {"percent": Decimal(10)}
    books = Memory(parse(document(referral=rules, boards=[{"id": "most", "measure": "friends", "per": "all"}])))
    for command in (issue(), of_friend(BEN), of_friend(CLEO), settle(BEN, CLEO)):
        books.execute(command)
    assert books.member(ANNA).standings == (Standing("most", 0, 2),)
    books.execute(void(f"of-{BEN}", BEN, code=CODE))
    books.execute(settle(BEN))
    assert books.member(ANNA).standings == (Standing("most", 0, 1),)


def seen_by(member: str, scores: dict[str, int], period: BoardPeriod | None, top: int = 2) -> tuple[Any, ...]:
    """Place, percent and text of a member whose own record has its score among these."""
    books = play(shop(boards=[MONTH]), bought("1", "2026-11-25", line(net=scores[member]), buyer=member))
    board, programme = Board(id="best", top=top), books.history().numbered(1).programme
    day = date.fromisoformat("2026-11-25")
    view = board_view.of_member(books.member(member), board, programme, day, scores, period)
    return view.place, view.top_percent, view.text


def counted(*scores: int, sure: int = 0) -> BoardPeriod:
    """A period as a round has seen it."""
    packed: Series = ()
    for member_score in scores:
        packed = boards.with_score(packed, member_score)
    return BoardPeriod("best", NOVEMBER, at=1, sure=sure, scores=packed)


@pytest.mark.parametrize(
    ("scores", "period", "view"),
    [
        ({ANNA: 900, BEN: 500}, None, (1, None, "place 1, with 9.00 EUR in 2026-11")),
        ({ANNA: 500, BEN: 500}, None, (1, None, "place 1, with 5.00 EUR in 2026-11")),
        ({ANNA: 100, BEN: 500, CLEO: 500}, None, (None, None, "on its way, with 1.00 EUR in 2026-11")),
        (
            {ANNA: 100, BEN: 500, CLEO: 500},
            counted(100, 500, 500, 1),
            (None, 75, "among the top 75%, with 1.00 EUR in 2026-11"),
        ),
        # Somebody between may have no row: that it is the second cannot be said.
        (
            {ANNA: 100, BEN: 500},
            counted(100, 500, sure=200),
            (None, 100, "among the top 100%, with 1.00 EUR in 2026-11"),
        ),
    ],
)
def test_where_a_member_is(scores: dict[str, int], period: BoardPeriod | None, view: tuple[Any, ...]) -> None:
    assert seen_by(ANNA, scores, period) == view


@pytest.mark.parametrize(
    ("scores", "sure", "wanted", "exact"),
    [((), 0, 3, True), ((5, 4), 0, 3, True), ((5, 4, 3), 3, 3, True), ((5, 4, 3), 4, 3, False), ((), 1, 1, False)],
)
def test_a_board_is_exact_while_its_places_are_filled_by_the_sure(
    scores: tuple[int, ...], sure: int, wanted: int, exact: bool
) -> None:
    assert boards.is_exact(scores, sure, wanted) == exact


def stated_board(**parts: Any) -> tuple[Board, Programme]:
    programme = parse(document(boards=[MONTH | parts], timezone="UTC"))
    return programme.boards[0], programme


@pytest.mark.parametrize(
    ("today", "months"),
    [
        (date(2026, 11, 29), [11]),
        (date(2026, 11, 30), [11, 12]),  # an order may be ahead of our clock by a day
        (date(2026, 12, 3), [11, 12]),
        (date(2026, 12, 4), [12]),
    ],
)
def test_a_period_is_open_from_the_day_before_it_until_it_is_settled(today: date, months: list[int]) -> None:
    board, _ = stated_board(settle_days=3)
    assert [number - 2026 * 12 + 1 for number in boards.open_numbers(board, today)] == months


def test_a_board_of_all_time_has_one_period_that_is_always_open() -> None:
    board, _ = stated_board(per="all", settle_days=3)
    assert list(boards.open_numbers(board, date(2026, 11, 29))) == [0]


def test_who_has_no_friend_has_no_score_among_those_with_most_friends() -> None:
    board, programme = stated_board(measure="friends", per="all")
    scores = [boards.score_of(Member(ANNA, live=live), board, programme, 0) for live in (0, 1, 2)]
    assert scores == [0, 1, 2]


def test_members_are_counted_by_the_bins_of_their_scores_and_those_with_nothing_are_not() -> None:
    scores: Series = ()
    for score in (0, 5, 3, 5, 1):
        scores = boards.with_score(scores, score)
    assert scores == (1, 1, 0, 1, 0, 2)
    assert [boards.cut_of(scores, wanted) for wanted in (1, 2, 3, 4, 5)] == [5, 5, 3, 1, 0]


def test_a_board_has_ten_times_as_many_candidates_as_places() -> None:
    assert boards.candidates_of(stated_board(top=3)[0]) == 30


@pytest.mark.parametrize(("score", "percent"), [(9, 1), (5, 50), (3, 75), (1, 100)])
def test_a_rank_outside_the_board_is_told_in_percent_rounded_up_and_at_least_one(score: int, percent: int) -> None:
    """Of four members: two with 5, one with 3 and one with 1; a score since then may be above all of them."""
    assert boards.top_percent((1, 1, 0, 1, 0, 2), score) == percent


@pytest.mark.parametrize(("cut", "told"), [(2000, True), (2001, False)])
def test_a_score_that_just_reaches_the_candidates_is_told(cut: int, told: bool) -> None:
    books = shop(boards=[MONTH])
    november = 2026 * 12 + 10
    books.records[BoardCutsRef()] = BoardCuts(1, {boards.cut_name("best", november): cut})
    play(books, bought("1", "2026-11-02", line(net=2000)))
    assert bool(books.member(ANNA).standings) == told
