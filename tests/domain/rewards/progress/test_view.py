"""What a member has reached and what is next, as the widget, the API and the console show it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.programme.document import parse
from chalicelib.domain.records import Cuts, Granted, Member, Won
from chalicelib.domain.rewards.progress.view import (
    Badge,
    CardView,
    GoalView,
    LevelView,
    NextLevel,
    ProgressView,
    SegmentView,
    progress_of,
)
from tests.domain.rewards.progress.shops import instant
from tests.world.builders import ANNA, document

NOVEMBER = 2026 * 12 + 10
DAY = date(2026, 11, 25)
POINTS = {"give": 50, "of": "points"}


def view(member: Member, cuts: Cuts | None = None, **parts: Any) -> ProgressView:
    """What Anna is shown on 25 November 2026."""
    fields: dict[str, Any] = {"timezone": "UTC", "assets": {"points": {}}} | parts
    return progress_of(member, parse(document(**fields)), instant(DAY.isoformat()), cuts=cuts)


def counted(*won: Won, **counts: tuple[int, ...]) -> Member:
    """Anna with awards and counters, which are named here `EUR_y` and so on."""
    return Member(ANNA, won=won, counts={name.replace("_", "/"): series for name, series in counts.items()})


BLACK = {
    "id": "black",
    "at": 200,
    "name": {"en": "Black"},
    "multiply": {"cashback": "1.50"},
    "perks": {"en": "Free delivery"},
    "flags": ["free-delivery"],
}
STEPS = [{"id": "green", "at": 0}, BLACK, {"id": "white", "at": 800}]


class TestLevel:
    def test_without_levels_there_is_none(self) -> None:
        assert view(counted()).level is None

    def test_it_says_what_is_missing_to_the_next_one(self) -> None:
        assert view(counted(EUR_y=(2026, 12_000)), levels={"steps": STEPS}).level == LevelView(
            "green",
            {},
            12_000,
            "green, with 120.00 EUR",
            {},
            {},
            (),
            NextLevel("black", {"en": "Black"}, 20_000, 8000, "80.00 EUR more to Black"),
        )

    def test_it_says_what_it_brings(self) -> None:
        level = view(counted(EUR_y=(2026, 20_000)), levels={"steps": STEPS}).level
        assert level == LevelView(
            "black",
            {"en": "Black"},
            20_000,
            "Black, with 200.00 EUR",
            {"cashback": "1.5"},
            {"en": "Free delivery"},
            ("free-delivery",),
            NextLevel("white", {}, 80_000, 60_000, "600.00 EUR more to white"),
        )

    def test_the_highest_has_none_above_it(self) -> None:
        level = view(counted(EUR_y=(2026, 80_000)), levels={"steps": STEPS}).level
        assert level
        assert (level.level, level.next) == ("white", None)

    def test_above_one_that_was_set_by_hand_all_that_was_not_bought_is_missing(self) -> None:
        member = Member(ANNA, counts={"EUR/y": (2026, 12_000)}, granted=Granted("black", 0, DAY.toordinal()))
        level = view(member, levels={"steps": STEPS}).level
        assert level
        assert level.next
        assert (level.level, level.score, level.next.missing) == ("black", 12_000, 68_000)

    @pytest.mark.parametrize(("orders", "text"), [(1, "green, with 1 order"), (2, "green, with 2 orders")])
    def test_it_may_count_orders(self, orders: int, text: str) -> None:
        steps = [{"id": "green", "at": 0}, {"id": "black", "at": 3}]
        level = view(counted(orders_y=(2026, orders)), levels={"measure": "orders", "steps": steps}).level
        assert level
        assert level.text == text


def card(name: str, size: int) -> dict[str, Any]:
    return {"id": name, "name": {"en": name}, "counts": {"orders": True}, "size": size, "reward": POINTS}


def full(name: str, times: int) -> Won:
    return Won(name, "card", "all", times, 1, "points", 50)


@pytest.mark.parametrize(
    ("stamps", "won", "on_it", "completed"),
    [
        pytest.param(3, (), 3, 0, id="not full yet"),
        pytest.param(7, (full("coffee", 1),), 2, 1, id="full once"),
        pytest.param(17, (full("coffee", 1), full("coffee", 3), full("tea", 9)), 2, 3, id="full three times"),
        pytest.param(4, (full("coffee", 1),), -1, 1, id="a reward that stays without all of its stamps"),
    ],
)
def test_a_card_shows_its_stamps_and_how_often_it_was_full(
    stamps: int, won: tuple[Won, ...], on_it: int, completed: int
) -> None:
    cards = view(counted(*won, coffee_a=(0, stamps)), cards=[card("coffee", 5), card("tea", 9)]).cards
    assert [row.card for row in cards] == ["coffee", "tea"]
    assert cards[0] == CardView("coffee", {"en": "coffee"}, on_it, 5, completed, f"{on_it} of 5 stamps")


def goal(**parts: Any) -> dict[str, Any]:
    return {"id": "regular", "measure": "orders", "target": 3, "per": "month", "reward": POINTS} | parts


def reached(name: str = "regular", number: int = NOVEMBER, **parts: Any) -> Won:
    return Won(name, "goal", parts.pop("per", "month"), number, parts.pop("day", 1))


WEEK = 105_706
"""The number of the week of 23 November 2026."""


@pytest.mark.parametrize(
    ("draft", "member", "value", "is_reached", "text"),
    [
        pytest.param(goal(), counted(orders_m=(NOVEMBER, 2)), 2, False, "2 of 3 orders in 2026-11", id="on the way"),
        pytest.param(
            goal(), counted(reached(), orders_m=(NOVEMBER, 4)), 4, True, "3 of 3 orders in 2026-11", id="beyond it"
        ),
        pytest.param(
            goal(),
            counted(reached(number=NOVEMBER - 1), orders_m=(NOVEMBER - 1, 3)),
            0,
            False,
            "0 of 3 orders in 2026-11",
            id="in the month before only",
        ),
        pytest.param(
            goal(),
            counted(reached("another"), orders_m=(NOVEMBER, 2)),
            2,
            False,
            "2 of 3 orders in 2026-11",
            id="another",
        ),
        pytest.param(
            goal(per="all", target=9), counted(orders_a=(0, 2)), 2, False, "2 of 9 orders", id="in all, on the way"
        ),
        pytest.param(
            goal(per="all"),
            counted(reached(number=0, per="all"), orders_a=(0, 3)),
            3,
            True,
            "3 of 3 orders",
            id="in all, reached",
        ),
        pytest.param(
            goal(measure="weeks", per="all"),
            counted(reached(number=WEEK - 9, per="week"), orders_w=(WEEK - 1, 1, 1)),
            2,
            True,
            "3 of 3 weeks in a row",
            id="a streak of before, and the one that runs",
        ),
        pytest.param(
            goal(measure="spend", target=200),
            counted(EUR_m=(NOVEMBER, 12_000)),
            12_000,
            False,
            "120.00 EUR of 200.00 EUR in 2026-11",
            id="money",
        ),
    ],
)
def test_a_goal_is_shown_with_what_there_is_of_it(
    draft: dict[str, Any], member: Member, value: int, is_reached: bool, text: str
) -> None:
    shown = view(member, goals=[draft | {"name": {"en": "Regulars"}, "badge": {"en": "Regular"}}]).goals
    period = "" if draft["per"] == "all" else "2026-11"
    target = draft["target"] * (100 if draft["measure"] == "spend" else 1)
    assert shown == (
        GoalView("regular", {"en": "Regulars"}, period, value, target, is_reached, {"en": "Regular"}, text),
    )


def test_a_badge_is_shown_since_it_was_reached_last() -> None:
    goals = [goal(badge={"en": "Regular"}), goal(id="plain"), goal(id="never", badge={"en": "Never"})]
    days = [date(2026, 10, 9).toordinal(), date(2026, 11, 3).toordinal()]
    won = [reached(number=NOVEMBER - 1, day=days[0]), reached(day=days[1]), reached("plain"), full("coffee", 1)]
    assert view(counted(*won), goals=goals).badges == (Badge("regular", {"en": "Regular"}, "2026-11-03"),)


def test_weeks_in_a_row_are_shown_to_every_member_by_name() -> None:
    shown = view(counted(orders_w=(WEEK - 2, 1, 1, 1)), goals=[goal(measure="weeks", per="all")])
    assert (shown.member, shown.weeks_in_a_row, shown.boards) == (ANNA, 3, ())


def test_weeks_that_no_goal_has_counted_are_none_and_not_no_weeks() -> None:
    """docs/programme.md: weeks in a row are counted, and shown, where a goal measures them."""
    assert view(counted(), goals=[goal()]).weeks_in_a_row is None
    assert view(counted(), goals=[goal(measure="weeks", per="all")]).weeks_in_a_row == 0


CUTS = Cuts(
    1,
    day=DAY.toordinal(),
    at=0,
    buyers=500,
    recency=(1, 2, 10**7, 10**7),
    frequency=(0, 9, 9, 9),
    money=(999, 999, 999, 9999),
)
BUYER = {
    "EUR_m": (NOVEMBER, 1000),
    "orders_a": (0, 1),
    "orders_m": (NOVEMBER, 1),
    "orders_d": (DAY.toordinal(), 1),
}


@pytest.mark.parametrize(("least", "segment", "text"), [(4, "best", "best"), (5, "", "no segment")])
def test_a_segment_is_shown_with_its_scores(least: int, segment: str, text: str) -> None:
    shown = view(counted(**BUYER), CUTS, segments={"best": {"money": [least, 5]}}).segment
    assert shown == SegmentView(segment, 3, 2, 4, f"{text}: recency 3, frequency 2, money 4 of 5")


def test_there_is_no_segment_without_an_order_or_without_cuts() -> None:
    assert view(counted(), CUTS, segments={"best": {"money": [4, 5]}}).segment is None
    assert view(counted(**BUYER), segments={"best": {"money": [4, 5]}}).segment is None
