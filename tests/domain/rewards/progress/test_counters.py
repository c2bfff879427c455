"""Counters: what an order counts for its buyer, how long that is remembered, and what two members have together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.core.calendar import Per, period_number
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Due, Posted, Why
from chalicelib.domain.orders.facts import Line
from chalicelib.domain.orders.kept import Kept, KeptLine, kept_of
from chalicelib.domain.programme.awards import MAX_DISTINCT
from chalicelib.domain.programme.document import parse
from chalicelib.domain.programme.history import History
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Counted, Member
from chalicelib.domain.rewards.progress.counters import (
    added,
    counted_of,
    counter_name,
    counter_of,
    is_remembered,
    joined,
    periods_of,
    recount,
)
from tests.domain.rewards.progress.shops import instant
from tests.world.builders import ANNA, BEN, document, line, snapshot

TODAY = date(2026, 11, 2)
NOVEMBER = 2026 * 12 + 10
TEA, CUPS = "2e74a2", "4a1ca8"
"""`category:tea` and `category:cups` as members' records have them: 24 bits of BLAKE2b."""

EXPLORER = {"id": "explorer", "measure": "categories", "target": 3, "badge": {"en": "Explorer"}}


def due(amount: int, asset: str) -> Due:
    return Due(Posted(ANNA, "rule", "programme:points", asset, 0, 0, amount), Why("rule"))


def counted(
    *lines: Line,
    dues: Iterable[Due] = (),
    day: str = "2026-11-02",
    received_on: str = "",
    currency: str = "EUR",
    rest: Kept | None = None,
    **parts: Any,
) -> Counted:
    """What an order of 100.00 counts for Anna."""
    fields: dict[str, Any] = {"earn": [], "timezone": "UTC", "assets": {"points": {}}, "currencies": ["USD"]}
    sale = Sale(currency, instant(day), parse(document(**fields | parts)))
    rest = rest or kept_of(snapshot(*lines, currency=currency, at=sale.at))
    counts = counted_of(ANNA, rest, list(dues), sale, instant(received_on or day))
    assert counts
    return counts


class TestWhatAnOrderCounts:
    def test_its_goods_without_tax_and_itself(self) -> None:
        assert counted(line(net=1000, tax=200)).amounts == {"EUR": 1000, "orders": 1}

    def test_in_another_currency_than_the_programmes_only_itself(self) -> None:
        assert counted(currency="USD").amounts == {"orders": 1}

    @pytest.mark.parametrize(
        ("received_on", "day"),
        [("2026-11-02", date(2026, 11, 3)), ("2026-11-04", date(2026, 11, 5)), ("2026-11-05", date(2026, 11, 5))],
    )
    def test_an_order_that_is_ahead_of_our_clock_counts_tomorrow_at_the_latest(
        self, received_on: str, day: date
    ) -> None:
        assert counted(day="2026-11-05", received_on=received_on).day == day.toordinal()

    def test_what_is_earned_counts_for_levels_of_its_own_asset_alone(self) -> None:
        levels = {"measure": "points", "steps": [{"id": "green", "at": 0}]}
        counts = counted(dues=[due(20, "points"), due(500, "EUR/2")], levels=levels)
        assert counts.amounts == {"EUR": 10_000, "orders": 1, "points": 20}

    @pytest.mark.parametrize(
        ("board", "currency", "own"),
        [
            ({"measure": "spend", "per": "month"}, "EUR", {}),
            ({"measure": "friends", "per": "all"}, "EUR", {}),
            ({"measure": "spend", "per": "week"}, "EUR", {"top/w": 10_000}),
            ({"measure": "spend", "per": "week"}, "USD", {}),
            ({"measure": "orders", "per": "week"}, "USD", {"top/w": 1}),
            ({"measure": "points", "per": "month"}, "EUR", {"top/m": 20}),
        ],
    )
    def test_a_board_counts_by_itself_what_is_not_counted_always(
        self, board: dict[str, Any], currency: str, own: dict[str, int]
    ) -> None:
        counts = counted(dues=[due(20, "points"), due(500, "EUR/2")], currency=currency, boards=[{"id": "top"} | board])
        always = {"EUR": 10_000, "orders": 1} if currency == "EUR" else {"orders": 1}
        assert counts.amounts == always | own

    def test_goods_of_no_worth_bring_no_stamp_though_there_is_one_for_each_cent(self) -> None:
        card = {"id": "card", "counts": {"per": {"EUR": "0.01"}}, "size": 5, "reward": {"amount": 4}}
        assert counted(line(net=0, tax=20), cards=[card]).amounts == {"orders": 1}

    @pytest.mark.parametrize(
        ("net", "currency", "per", "stamps"),
        [(2999, "EUR", 10, 2), (3000, "EUR", 10, 3), (3000, "USD", 10, 0), (1, "EUR", "0.01", 1)],
    )
    def test_a_card_has_a_stamp_for_each_full_sum_of_a_currency_that_it_names(
        self, net: int, currency: str, per: Any, stamps: int
    ) -> None:
        card = {"id": "card", "counts": {"per": {"EUR": per}}, "size": 5, "reward": {"amount": 4}}
        counts = counted(line(net=net), currency=currency, cards=[card])
        assert counts.amounts.get("card/a", 0) == stamps

    def test_a_gift_card_that_is_bought_is_no_piece_of_a_stamp_card(self) -> None:
        card = {"id": "card", "counts": {"pieces": {"skus": ["MUG"]}}, "size": 5, "reward": {"amount": 4}}
        counts = counted(line("1", quantity=2), line("2", quantity=3, earns=False), cards=[card])
        assert counts.amounts["card/a"] == 2

    @pytest.mark.parametrize(
        ("goal", "currency", "own"),
        [
            ({"measure": "orders", "per": "week"}, "EUR", {"goal/w": 1}),
            ({"measure": "orders", "per": "month"}, "EUR", {}),
            ({"measure": "spend", "per": "week"}, "EUR", {"goal/w": 10_000}),
            ({"measure": "spend", "per": "week"}, "USD", {}),
            ({"measure": "spend", "per": "month", "match": {"skus": ["MUG"]}}, "EUR", {"goal/m": 10_000}),
            ({"measure": "spend", "per": "month", "match": {"skus": ["BOWL"]}}, "EUR", {}),
            ({"measure": "pieces", "per": "month"}, "USD", {"goal/m": 1}),
            ({"measure": "weeks", "target": 2}, "EUR", {"orders/w": 1}),
            ({"measure": "days", "per": "week"}, "EUR", {}),
        ],
    )
    def test_a_goal_counts_by_itself_what_is_not_counted_always(
        self, goal: dict[str, Any], currency: str, own: dict[str, int]
    ) -> None:
        draft = {"id": "goal", "target": 3, "badge": {"en": "Regular"}} | goal
        always = {"EUR": 10_000, "orders": 1} if currency == "EUR" else {"orders": 1}
        assert counted(currency=currency, goals=[draft]).amounts == always | own

    @pytest.mark.parametrize(
        ("goal", "counter"),
        [
            ({"measure": "weeks"}, "orders/w"),
            ({"measure": "days", "per": "month"}, "goal/m"),
            ({"measure": "categories", "per": "all"}, "goal/a"),
            ({"measure": "pieces", "per": "month"}, "goal/m"),
            ({"measure": "spend", "per": "week"}, "goal/w"),
            ({"measure": "spend", "per": "month"}, "EUR"),
            ({"measure": "orders", "per": "all"}, "orders"),
        ],
    )
    def test_a_goal_looks_into_the_counter_that_its_orders_count_in(self, goal: dict[str, Any], counter: str) -> None:
        programme = parse(document(goals=[{"id": "goal", "target": 3, "badge": {"en": "Regular"}} | goal]))
        assert counter_of(programme.goals[0], programme) == counter

    def test_an_order_whose_price_is_all_tax_is_live_and_one_without_a_price_is_not(self) -> None:
        assert counted(line(net=0, tax=20)).amounts == {"orders": 1}
        sale = Sale("EUR", instant("2026-11-02"), parse(document()))
        assert counted_of(ANNA, kept_of(snapshot(line(net=0))), [], sale, sale.at) is None

    def test_an_order_of_which_no_share_was_kept_is_not_live(self) -> None:
        sale = Sale("EUR", instant("2026-11-02"), parse(document()))
        gone = replace(kept_of(snapshot(line())), share=Fraction(0))
        assert counted_of(ANNA, gone, [], sale, sale.at) is None

    def test_an_asset_that_is_called_like_a_kind_of_periods_is_counted_by_all_of_them(self) -> None:
        """`m/a` is the asset `m` in all, and no counter by month."""
        assert [counter_name("m", per) for per in periods_of("m")] == ["m/m", "m/y", "m/a"]
        assert [counter_name("top/m", per) for per in periods_of("top/m")] == ["top/m"]
        assert [counter_name("miles/2", per) for per in periods_of("miles/2")] == [
            "miles/2/m",
            "miles/2/y",
            "miles/2/a",
        ]

    @pytest.mark.parametrize(
        ("goal", "own"),
        [
            ({"measure": "categories", "per": "week"}, False),
            ({"measure": "spend", "per": "month"}, False),
            ({"measure": "spend", "per": "week"}, True),
            ({"measure": "spend", "per": "year", "match": {"skus": ["MUG"]}}, True),
        ],
    )
    def test_which_goals_need_a_counter_of_amounts(self, goal: dict[str, Any], own: bool) -> None:
        draft = {"id": "goal", "target": 3, "badge": {"en": "Regular"}} | goal
        assert parse(document(goals=[draft])).goals[0].has_own_counter == own

    def test_the_categories_of_what_was_kept_are_counted_and_no_other_labels(self) -> None:
        back = KeptLine(line("1", labels=("category:tea",)), 0, 0, 0)
        stays = KeptLine(line("2", labels=("category:cups", "tag:gift")), 1000, 0, 1)
        assert counted(rest=Kept((back, stays), 0, 0), goals=[EXPLORER]).distinct == {"explorer/a": (CUPS,)}

    def test_of_an_order_no_more_categories_are_counted_than_a_target_can_be(self) -> None:
        many = line(labels=tuple(f"category:{number}" for number in range(MAX_DISTINCT + 1)))
        assert len(counted(many, goals=[EXPLORER]).distinct["explorer/a"]) == MAX_DISTINCT

    def test_an_order_without_categories_or_a_goal_that_asks_for_them_counts_none(self) -> None:
        regular = EXPLORER | {"measure": "orders"}
        assert counted(line(), goals=[EXPLORER]).distinct == {}
        assert counted(line(labels=("category:tea",)), goals=[regular]).distinct == {}


def tally(month: int, **values: int) -> dict[str, dict[str, int]]:
    """How many orders of a month have each category."""
    return {f"explorer/m {month}": values}


class TestRemembering:
    """17 months of amounts, two of different things; this one included."""

    def test_an_order_of_a_forgotten_month_leaves_its_months_as_they_are(self) -> None:
        member = Member(ANNA, counts={"orders/m": (NOVEMBER - 17, 1, 1)})
        old = Counted(ANNA, date(2025, 6, 30).toordinal(), {"orders": 1})
        assert added(member, old, date.fromordinal(old.day), 1, TODAY).counts["orders/m"] == (NOVEMBER - 17, 1, 1)
        first = date(2025, 7, 1)
        order = Counted(ANNA, first.toordinal(), {"orders": 1})
        assert added(Member(ANNA), order, first, 1, TODAY).counts["orders/m"] == (NOVEMBER - 16, 1)

    @pytest.mark.parametrize(("per", "first"), [("quarter", date(2026, 4, 1)), ("year", date(2024, 1, 1))])
    def test_three_quarters_and_three_years_are_remembered(self, per: Per, first: date) -> None:
        number = period_number(per, first)
        assert [is_remembered(per, period, TODAY) for period in (number, number - 1)] == [True, False]

    def test_different_things_of_two_months_ago_are_forgotten_with_the_next_order(self) -> None:
        last, before = tally(NOVEMBER - 1, tea=1), tally(NOVEMBER - 2, tea=1)
        member = Member(ANNA, distinct=last | before)
        assert added(member, Counted(ANNA, TODAY.toordinal(), {"orders": 1}), TODAY, 1, TODAY).distinct == last

    @pytest.mark.parametrize(("month", "day"), [(NOVEMBER - 1, date(2026, 10, 1)), (None, date(2026, 9, 30))])
    def test_different_things_of_an_order_count_in_this_month_and_the_last(self, month: int | None, day: date) -> None:
        order = Counted(ANNA, day.toordinal(), {}, {"explorer/m": ("tea",)})
        assert added(Member(ANNA), order, day, 1, TODAY).distinct == (tally(month, tea=1) if month else {})

    def test_different_things_in_all_are_never_forgotten(self) -> None:
        order = Counted(ANNA, date(2020, 1, 1).toordinal(), {}, {"explorer/a": ("tea",)})
        assert added(Member(ANNA), order, date(2020, 1, 1), 1, TODAY).distinct == {"explorer/a 0": {"tea": 1}}

    def test_an_order_that_is_taken_off_leaves_nothing_of_it(self) -> None:
        order = Counted(ANNA, TODAY.toordinal(), {"orders": 1}, {"explorer/m": ("tea",)})
        member = added(added(Member(ANNA), order, TODAY, 1, TODAY), order, TODAY, -1, TODAY)
        assert (member.counts, member.distinct) == ({}, {})

    def test_what_counts_the_same_is_not_counted_anew(self) -> None:
        """Nothing was read for it, which would raise."""
        order = Counted(ANNA, TODAY.toordinal(), {"orders": 1})
        books = Books(Facts({}, History()), instant("2026-11-02"), None)
        recount(books, order, order, TODAY)
        assert books.close("shop/1", 1).records == []


class TestJoined:
    def test_two_members_have_the_sum_of_their_different_things(self) -> None:
        ben = Member(BEN, distinct=tally(NOVEMBER, tea=2, cups=1) | tally(NOVEMBER - 1, cups=1))
        both = joined(Member(ANNA, distinct=tally(NOVEMBER, tea=1)), ben, TODAY)
        assert both.distinct == tally(NOVEMBER, tea=3, cups=1) | tally(NOVEMBER - 1, cups=1)

    def test_amounts_that_come_to_nothing_are_not_stored(self) -> None:
        week = period_number("week", TODAY)
        anna, ben = (Member(name, counts={"points/w": (week, amount)}) for name, amount in ((ANNA, 5), (BEN, -5)))
        assert joined(anna, ben, TODAY).counts == {}
