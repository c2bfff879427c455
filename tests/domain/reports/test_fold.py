"""What a round counts of the records that it reads: days, connections, what is owed, lists of members and clicks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.ledger.accounts import Account, Lot
from chalicelib.domain.ledger.transfers import Posting, Why
from chalicelib.domain.records import Conversion, Counted, Entry, Group, Listed, Member, MemberList, Order, Outstanding
from chalicelib.domain.reports.days import Clicks, Day
from chalicelib.domain.reports.fold import Fold, by_class
from chalicelib.domain.reports.lists import BEST, OWED, PAGE, RULES, Ranking
from tests.domain.rewards.progress.shops import bought, instant, play, shop
from tests.world.builders import ANNA, BEN, CLEO, NOW, line, programme_of

PROGRAMME = programme_of(assets={"points": {}})
TODAY = date(2026, 2, 3)
MIDNIGHT = NOW - NOW % DAY_S
"""That with which 2 February 2026 begins, in UTC."""


def fold_of(*records: Any, days: int = 2) -> Fold:
    """What a round on 3 February has counted, for the days before it."""
    first = MIDNIGHT - (days - 1) * DAY_S
    ordinal = date(2026, 2, 3).toordinal() - days
    counted = [
        Day(
            date.fromordinal(ordinal + number).isoformat(),
            ordinal + number,
            first + number * DAY_S,
            first + (number + 1) * DAY_S,
        )
        for number in range(days)
    ]
    fold = Fold("2026-02-03", NOW, counted)
    fold.add(by_class(records), PROGRAMME, None, NOW, TODAY)
    return fold


def given(number: int, at: int) -> Entry:
    posting = Posting("programme:cashback", f"member:{ANNA}", 5, "EUR/2", 0, 0, Why("cashback"))
    return Entry(ANNA, number, at, f"shop/{number}", 1, (posting,))


def live(name: str, day: date | None) -> Order:
    counted = Counted(ANNA, day.toordinal(), {"EUR": 1000, "orders": 1}) if day else None
    return Order("shop", name, counted=counted)


class TestDays:
    def test_entries_friends_and_groups_count_in_the_day_of_their_instant(self) -> None:
        """A day has its first second and not that of the next one; what is older is in none."""
        first = MIDNIGHT - DAY_S
        fold = fold_of(
            *(given(number, at) for number, at in enumerate((first - 1, first, MIDNIGHT - 1, MIDNIGHT))),
            *(Conversion(ANNA, BEN, "shop/1", at=at) for at in (first - 1, first, MIDNIGHT)),
            *(Group(ANNA, number, (BEN,), 1, at) for number, at in enumerate((first - 1, first))),
        )
        reports = fold.reports(PROGRAMME, NOW, None)
        assert [report.day for report in reports] == ["2026-02-01", "2026-02-02"]
        assert [sum(flow.amount for flow in report.flows) for report in reports] == [10, 5]
        assert [(report.friends, report.groups) for report in reports] == [(1, 1), (1, 0)]

    def test_orders_count_in_the_day_on_which_they_were_paid_and_those_that_count_nothing_in_none(self) -> None:
        days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 2), date(2026, 2, 2), None)
        reports = fold_of(*(live(str(number), day) for number, day in enumerate(days))).reports(PROGRAMME, NOW, None)
        assert [(report.orders, report.goods, report.asset) for report in reports] == [
            (1, 1000, "EUR/2"),
            (2, 2000, "EUR/2"),
        ]

    def test_where_no_day_is_over_there_is_no_report(self) -> None:
        fold = fold_of(given(1, NOW), live("1", date(2026, 2, 2)), days=0)
        assert fold.reports(PROGRAMME, NOW, 7) == []

    @pytest.mark.parametrize(("before", "since"), [(None, 0), (0, 7), (4, 3), (7, 0), (9, 0)])
    def test_the_last_day_has_the_clicks_since_the_round_before_it(self, before: int | None, since: int) -> None:
        """None where that round did not count them, or links were erased since."""
        fold = fold_of(Clicks(5), Clicks(2), days=3)
        assert fold.clicks == 7
        assert [(report.day, report.clicks) for report in fold.reports(PROGRAMME, NOW, before)] == [
            ("2026-01-31", 0),
            ("2026-02-01", 0),
            ("2026-02-02", since),
        ]


class TestMembers:
    def test_what_is_owed_to_them_is_added_up_by_asset(self) -> None:
        fold = fold_of(Member(BEN, accounts={"points": Account((Lot(7, 0, 0),)), "EUR/2": Account((Lot(100, 0, 0),))}))
        fold.add(by_class([Member(CLEO, accounts={"EUR/2": Account((Lot(30, 0, 0),))})]), PROGRAMME, None, NOW, TODAY)
        owed = next(iter(fold.latest(PROGRAMME, NOW + 60)))
        assert isinstance(owed, Outstanding)
        assert (owed.day, owed.began_at, owed.made_at) == ("2026-02-03", NOW, NOW + 60)
        assert [(asset, held.available, held.members) for asset, held in owed.assets.items()] == [
            ("EUR/2", 130, 2),
            ("points", 7, 1),
        ]

    def test_who_has_bought_is_in_the_lists_of_buyers_and_counted_for_segments(self) -> None:
        books = play(shop(earn=[{"id": "cashback", "percent": 5}]), bought("1", "2026-02-01", line(net=1000)))
        fold = Fold("2026-02-03", NOW)
        rules = books.history().numbered(1).programme
        fold.add(by_class(books.records.values()), rules, None, instant("2026-02-03"), TODAY)
        fold.add(by_class([Member(BEN, accounts={"EUR/2": Account((Lot(30, 0, 0),))})]), rules, None, NOW, TODAY)
        assert {name: [row.member for row in ranking.first()] for name, ranking in fold.rankings.items()} == {
            OWED: [ANNA, BEN],
            BEST: [ANNA],
            "recent": [ANNA],
        }
        assert list(fold.connections) == ["shop"]
        assert fold.tally != Fold("", 0).tally


class TestLists:
    @pytest.mark.parametrize(
        ("members", "pages"),
        [(0, [0]), (1, [1]), (PAGE, [PAGE]), (PAGE + 1, [PAGE, 1]), (2 * PAGE, [PAGE, PAGE]), (1001, [PAGE] * 4)],
    )
    def test_a_list_is_stored_in_pages_of_which_there_is_at_least_one(self, members: int, pages: list[int]) -> None:
        ranking = Ranking()
        for number in range(members):
            ranking.add(-number, Listed(f"shop.{number}", 0, 0, 0, ""))
        fold = Fold("2026-02-03", NOW, rankings={BEST: ranking})
        stored = [
            page for page in fold.latest(PROGRAMME, NOW + 60) if isinstance(page, MemberList) and page.list == BEST
        ]
        assert [(page.page, len(page.rows)) for page in stored] == list(enumerate(pages))
        in_order = [row.member for page in stored for row in page.rows]
        assert in_order == [f"shop.{number}" for number in range(min(members, 1000))]
        first = stored[0]
        assert (first.day, first.began_at, first.made_at, first.total, first.rule) == (
            "2026-02-03",
            NOW,
            NOW + 60,
            members,
            RULES[BEST],
        )
