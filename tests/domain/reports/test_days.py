"""Reports of days: what an entry counts as, and the days that a round reports, whatever becomes of rounds and zones."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.commands import MergeMembers, Redeem
from chalicelib.domain.core.calendar import DAY_S, local_day, midnight
from chalicelib.domain.ledger.transfers import LOSS, REDEMPTION, Posting, Why
from chalicelib.domain.records import Conversion, Counted, DayReport, Entry, Flow, Group, Order
from chalicelib.domain.reports.days import FIRST_DAYS, FLOWS, Day, by_period, days_to_report, flows_of, totals_of
from tests.world.builders import ANNA, BEN, NOW, order, programme_of, refund, void
from tests.world.memory import Memory

EUR = "EUR/2"
CASHBACK: dict[str, Any] = {"id": "cashback", "percent": 5, "expire_days": 30}
OWN = f"member:{ANNA}"


def entry(*postings: tuple[str, str, int, str], asset: str = EUR) -> Entry:
    moved = tuple(Posting(source, end, amount, asset, 0, 0, Why(rule)) for source, end, amount, rule in postings)
    return Entry(ANNA, 1, NOW, "shop/1", 1, moved)


def named(*entries: Entry) -> list[tuple[str, str, int]]:
    return [(flow.what, flow.rule, flow.amount) for item in entries for flow in flows_of(item)]


class TestFlows:
    @pytest.mark.parametrize(
        ("account", "given", "taken"),
        [
            ("programme:cashback", "given", "taken_back"),
            ("programme:level", "given", "taken_back"),
            (REDEMPTION, "given_back", "redeemed"),
            ("programme:breakage", "revived", "expired"),
            ("programme:adjustment", "added", "removed"),
            (LOSS, "written_off", "recovered"),
        ],
    )
    def test_they_are_called_by_the_account_and_the_direction(self, account: str, given: str, taken: str) -> None:
        assert named(entry((account, OWN, 5, "rule"))) == [(given, "rule", 5)]
        assert named(entry((OWN, account, 5, "rule"))) == [(taken, "rule", 5)]
        assert {given, taken} <= set(FLOWS)

    def test_what_goes_there_and_back_in_one_entry_cancels(self) -> None:
        moved = entry((OWN, "programme:cashback", 5, "cashback"), ("programme:cashback", OWN, 7, "cashback"))
        assert named(moved) == [("given", "cashback", 2)]
        assert named(entry((OWN, "programme:cashback", 5, "a"), ("programme:cashback", OWN, 5, "a"))) == []

    def test_rules_and_assets_are_apart(self) -> None:
        assert named(
            entry(("programme:cashback", OWN, 5, "a"), ("programme:cashback", OWN, 7, "b")),
            entry(("programme:points", OWN, 9, "a"), asset="points"),
        ) == [("given", "a", 5), ("given", "b", 7), ("given", "a", 9)]

    def test_vesting_and_what_a_merge_hands_over_are_none(self) -> None:
        assert named(entry((OWN, OWN, 5, "vested"))) == []
        books = Memory(programme_of(earn=[CASHBACK]))
        for buyer in (ANNA, BEN):
            books.execute(order(buyer, buyer), NOW)
        books.execute(MergeMembers(ANNA, BEN), NOW)
        assert sum(amount for _, _, amount in named(*books.all(Entry))) == 1000

    def test_they_add_up_to_what_members_have(self) -> None:
        books = Memory(programme_of(earn=[CASHBACK]))
        for command in (order("1", ANNA), order("2", ANNA), refund("1", amount=4000), void("2", ANNA)):
            books.execute(command, NOW)
        books.execute(Redeem(ANNA, EUR, 100), NOW)
        signs = {"given": 1, "taken_back": -1, "redeemed": -1}
        assert sum(signs[what] * amount for what, _, amount in named(*books.all(Entry))) == 200
        assert books.member(ANNA).accounts[EUR].stored == 200


class TestDays:
    def test_the_first_round_reports_a_month_and_today_is_not_over(self) -> None:
        today = date(2026, 11, 26)
        days = days_to_report((0, 0), today, "Europe/Paris")
        assert (days[0].day, days[-1].day, len(days)) == ("2026-10-26", "2026-11-25", FIRST_DAYS)
        assert (days[0].starts_at, days[-1].ends_at) == (
            midnight(date(2026, 10, 26), "Europe/Paris"),
            midnight(today, "Europe/Paris"),
        )

    def test_the_next_round_goes_on_where_the_last_one_ended(self) -> None:
        (day,) = days_to_report(after(days_to_report((0, 0), date(2026, 11, 26), "UTC")), date(2026, 11, 27), "UTC")
        assert (day.day, day.ends_at - day.starts_at) == ("2026-11-26", DAY_S)
        assert days_to_report(after([day]), date(2026, 11, 27), "UTC") == []

    def test_a_day_of_the_change_to_winter_time_has_25_hours(self) -> None:
        (day,) = days_to_report(
            (date(2026, 10, 24).toordinal(), midnight(date(2026, 10, 25), "Europe/Paris")),
            date(2026, 10, 26),
            "Europe/Paris",
        )
        assert day.ends_at - day.starts_at == 25 * 3600

    @given(
        rounds=st.lists(
            st.tuples(
                st.integers(1, 80), st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris"])
            ),
            max_size=6,
        )
    )
    def test_every_instant_is_in_one_report_whatever_zone_and_rounds(self, rounds: list[tuple[int, str]]) -> None:
        days = days_to_report((0, 0), local_day(NOW, "UTC"), "UTC")
        now = NOW
        for later, zone in rounds:
            now += later * DAY_S
            days += days_to_report(after(days), local_day(now, zone), zone)
        assert all(day.ends_at == following.starts_at < following.ends_at for day, following in pairwise(days))
        names = [day.day for day in days]
        assert names == sorted(set(names))
        assert all(date.fromisoformat(day.day).toordinal() == day.number for day in days)
        assert days[-1].ends_at <= now + DAY_S

    def test_a_month_without_rounds_is_made_up_for_by_the_next_ones(self) -> None:
        before = (date(2026, 1, 1).toordinal(), midnight(date(2026, 1, 2), "UTC"))
        today, days = date(2026, 3, 10), list[Day]()
        while more := days_to_report(after(days) if days else before, today, "UTC"):
            assert len(more) <= FIRST_DAYS
            days += more
        expected = [date(2026, 1, 2) + timedelta(days=number) for number in range(67)]
        assert [day.day for day in days] == [day.isoformat() for day in expected]


def after(days: list[Day]) -> tuple[int, int]:
    return days[-1].number, days[-1].ends_at


def test_reports_add_up_by_asset_kind_and_rule() -> None:
    first, second = (Day(f"2026-11-{number}", 0, NOW, NOW + 1) for number in (10, 11))
    first.add(entry(("programme:cashback", OWN, 5, "b"), ("programme:cashback", OWN, 1, "a")), "EUR")
    for day in (first, second):
        day.add(entry((OWN, REDEMPTION, 3, "redemption")), "EUR")
    flows = totals_of([first.report(EUR, NOW), second.report(EUR, NOW)])
    assert [(flow.what, flow.rule, flow.amount, flow.entries) for flow in flows] == [
        ("given", "a", 1, 1),
        ("given", "b", 5, 1),
        ("redeemed", "redemption", 6, 2),
    ]


START, END = NOW, NOW + DAY_S
PARTS = {"orders": 0, "goods": 0, "friends": 0, "groups": 0}


def bought(day: int, amounts: dict[str, int] | None = None) -> Order:
    return Order("shop", "1", counted=Counted(ANNA, day, amounts or {}))


@pytest.mark.parametrize(
    ("record", "counts"),
    [
        pytest.param(bought(100, {EUR: 300, "orders": 1}), {"orders": 1, "goods": 300}, id="an order and its goods"),
        pytest.param(bought(100, {"USD": 300}), {"orders": 1}, id="an order in another currency"),
        pytest.param(bought(99), {}, id="an order of the day before"),
        pytest.param(Order("shop", "1"), {}, id="an order that counts for nobody"),
        pytest.param(Conversion(ANNA, BEN, "shop/1", live=True, at=START), {"friends": 1}, id="a friend"),
        pytest.param(Conversion(ANNA, BEN, "shop/1", live=False, at=START), {}, id="a friend who cancelled"),
        pytest.param(Conversion(ANNA, BEN, "shop/1", live=True, at=START - 1), {}, id="a friend of the day before"),
        pytest.param(Group(ANNA, 1, (BEN,), 1, END - 1), {"groups": 1}, id="a group in the last second"),
        pytest.param(Group(ANNA, 1, (BEN,), 1, END), {}, id="a group of the next day"),
        pytest.param(Group(ANNA, 1, (BEN,), 1, START, broken=True), {}, id="a broken group"),
    ],
)
def test_a_day_counts_twice_what_it_is_told_of_twice(
    record: Order | Conversion | Group, counts: dict[str, int]
) -> None:
    day = Day("2026-02-02", 100, START, END)
    for times in (1, 2):
        day.add(record, EUR)
        expected = PARTS | {name: times * count for name, count in counts.items()}
        assert {name: getattr(day, name) for name in PARTS} == expected


@pytest.mark.parametrize(("at", "is_in"), [(START - 1, False), (START, True), (END - 1, True), (END, False)])
def test_an_entry_is_of_the_day_in_which_it_was_written(at: int, is_in: bool) -> None:
    day = Day("2026-02-02", 100, START, END)
    day.add(replace(entry(("programme:cashback", OWN, 5, "cashback")), at=at), EUR)
    assert bool(day.flows) is is_in


def test_the_report_of_a_day_has_all_that_was_counted() -> None:
    day = Day("2026-02-02", 100, START, END)
    records = [
        entry(("programme:points", OWN, 7, "b"), ("programme:points", OWN, 9, "a"), asset="points"),
        entry((OWN, REDEMPTION, 3, "redemption")),
        entry(("programme:cashback", OWN, 5, "cashback")),
        entry(("programme:cashback", OWN, 6, "cashback")),
        bought(100, {"EUR": 300}),
        Conversion(ANNA, BEN, "shop/1", live=True, at=START),
        *(Group(ANNA, number, (BEN,), 1, START) for number in (1, 2)),
    ]
    for record in records:
        day.add(record, "EUR")
    flows = (
        Flow("given", EUR, "cashback", 11, 2),
        Flow("redeemed", EUR, "redemption", 3, 1),
        Flow("given", "points", "a", 9, 1),
        Flow("given", "points", "b", 7, 1),
    )
    assert day.report(EUR, END + 5) == DayReport("2026-02-02", START, END, END + 5, flows, 1, 300, EUR, 1, 2)


def test_a_period_adds_up_orders_friends_groups_clicks_and_goods() -> None:
    reports = [
        DayReport("2026-02-02", START, END, END, (), 1, 300, EUR, 2, 3, 4),
        DayReport("2026-02-03", END, END, END, (), 10, 500, "USD/2", 20, 30, 40),
        DayReport("2026-02-04", END, END, END, (), 100, 700, EUR, 200, 300, 400),
    ]
    (month,) = by_period(reports, date(2026, 2, 1), date(2026, 2, 28), "month")
    assert (month.number, month.days, month.orders, month.friends) == (2026 * 12 + 1, 3, 111, 222)
    assert (month.groups, month.clicks, month.goods) == (333, 444, {EUR: 1000, "USD/2": 500})


def test_a_round_goes_on_from_the_day_after_where_the_zone_has_moved_ahead() -> None:
    """Reports were made until noon UTC of 3 February, which is the 4th in Kiritimati: its rest is of that day."""
    noon = midnight(date(2026, 2, 3), "UTC") + DAY_S // 2
    (day,) = days_to_report((date(2026, 2, 2).toordinal(), noon), date(2026, 2, 5), "Pacific/Kiritimati")
    assert (day.day, day.starts_at, day.ends_at) == (
        "2026-02-04",
        noon,
        midnight(date(2026, 2, 5), "Pacific/Kiritimati"),
    )


def test_days_are_added_up_by_month_and_a_month_without_reports_has_none() -> None:
    days = ("2026-09-30", "2026-11-01", "2026-11-26")
    reports = [
        DayReport(day, NOW, NOW, NOW, (Flow("given", EUR, rule, 5, 1),), 2, 300, EUR, 1, 0)
        for day, rule in zip(days, ("a", "a", "b"), strict=True)
    ]
    months = by_period(reports, date(2026, 9, 30), date(2026, 11, 26), "month")
    assert [(month.days, month.orders, month.friends, month.goods) for month in months] == [
        (1, 2, 1, {EUR: 300}),
        (0, 0, 0, {}),
        (2, 4, 2, {EUR: 600}),
    ]
    assert [month.amount("given", EUR) for month in months] == [5, 0, 10]
    assert months[2].amount("given", "points") == months[2].amount("expired", EUR) == 0
    assert [flow.rule for flow in months[2].flows] == ["a", "b"]
    assert len(by_period(reports, date(2026, 9, 30), date(2026, 11, 26), "day")) == 58
