"""What the daily round counts, on moto: reports of days, what is owed, lists; once, whatever becomes of its calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib import settings
from chalicelib.domain.commands import AdjustBalance, PublishProgramme, Redeem, SettleReferrals
from chalicelib.domain.core.calendar import local_day, start_of_day
from chalicelib.domain.records import DayReport, Listed, MemberList
from chalicelib.domain.reports import lists
from chalicelib.edge import process
from chalicelib.edge.jobs import rounds
from chalicelib.engine import Engine
from chalicelib.store import clicks, keys, reports
from chalicelib.store import rounds as stored
from chalicelib.store.dynamodb import transport
from tests.edge.jobs.test_rounds import endless
from tests.world.builders import (
    ANNA,
    BEN,
    CLEO,
    CODE,
    DAY_S,
    DORA,
    NOW,
    PAID_AT,
    bought,
    issue,
    order,
    programme_of,
    void,
)

RULES = programme_of(
    earn=[
        {"id": "cashback", "percent": 5, "vest_days": 3, "expire_days": 30},
        {"id": "leaves", "give": 1, "of": "points", "per": {"EUR": 1}},
    ],
    assets={"points": {"worth": 0.01}},
    referral={"percent": 10},
)
EUR = "EUR/2"


@pytest.fixture
def shop(moto_table: str) -> Engine:
    process.forget()
    engine = process.engine()
    engine.execute(PublishProgramme(RULES, "", 0, 0, 0), 0)
    return engine


def buy(shop: Engine) -> None:
    """Four members buy once, twice, three and four times."""
    for number, buyer in enumerate((ANNA, BEN, CLEO, DORA)):
        for count in range(number + 1):
            shop.execute(order(f"{number}-{count}", buyer), NOW)


def report_of(day: str) -> DayReport:
    (report,) = reports.reports(day, day)
    return report


def flows(report: DayReport) -> dict[tuple[str, str, str], tuple[int, int]]:
    return {(flow.what, flow.asset, flow.rule): (flow.amount, flow.entries) for flow in report.flows}


def members_of(name: str) -> list[str]:
    page = reports.member_list(name)
    assert page
    return [row.member for row in page[1]]


def rounds_until_done(now: int) -> int:
    """How many calls it took, each of which had time for one page."""
    calls = 1
    while not rounds.run(now, lambda: 0.0).done:
        calls += 1
    return calls


TODAY = local_day(NOW, RULES.timezone)
DAY = TODAY.isoformat()


class TestReports:
    def test_a_day_is_reported_when_it_is_over_by_rule_and_asset(self, shop: Engine) -> None:
        shop.execute(order("1", BEN), NOW)
        shop.execute(order("2", CLEO), NOW)
        shop.execute(void("2", CLEO), NOW + 60)
        shop.execute(AdjustBalance(CLEO, EUR, 700, "sorry", "salt"), NOW)
        shop.execute(Redeem(CLEO, EUR, 200), NOW + 120)
        rounds.run(NOW, endless)
        assert reports.reports(DAY, DAY) == []
        rounds.run(NOW + DAY_S, endless)
        report = report_of(DAY)
        assert flows(report) == {
            ("given", EUR, "cashback"): (1000, 2),
            ("taken_back", EUR, "cashback"): (500, 1),
            ("given", "points", "leaves"): (200, 2),
            ("taken_back", "points", "leaves"): (100, 1),
            ("added", EUR, "adjustment"): (700, 1),
            ("redeemed", EUR, "redemption"): (200, 1),
        }
        assert (report.made_at, report.ends_at - report.starts_at) == (NOW + DAY_S, DAY_S)

    def test_orders_goods_and_friends_are_of_the_day_on_which_they_were_paid(self, shop: Engine) -> None:
        shop.execute(issue(), NOW)
        for friend in (BEN, CLEO):
            shop.execute(bought(friend), NOW)
        shop.execute(SettleReferrals(ANNA, (BEN, CLEO)), NOW)
        shop.execute(order("gone", DORA), NOW)
        shop.execute(void("gone", DORA), NOW + 60)
        rounds.run(NOW + DAY_S, endless)
        paid = report_of(local_day(PAID_AT, RULES.timezone).isoformat())
        assert (paid.orders, paid.goods, paid.asset, paid.friends, paid.groups) == (2, 20_000, EUR, 2, 1)

    def test_clicks_are_those_since_the_round_before_in_the_last_day(self, shop: Engine) -> None:
        clicks.count(CODE)
        rounds.run(NOW, endless)
        for _ in range(3):
            clicks.count(CODE)
        rounds.run(NOW + 2 * DAY_S, endless)
        clicks.count(CODE)
        rounds.run(NOW + 3 * DAY_S, endless)
        assert [report.clicks for report in reports.reports(DAY, "9999-12-31")] == [0, 3, 1]

    def test_the_first_round_counts_no_clicks_of_all_times_before(self, shop: Engine) -> None:
        clicks.count(CODE)
        rounds.run(NOW, endless)
        assert stored.current().clicks == 1
        assert sum(report.clicks for report in reports.reports("2000-01-01", "9999-12-31")) == 0

    def test_links_that_are_gone_take_no_clicks_back(self, shop: Engine) -> None:
        rounds.run(NOW, endless)
        stored.save(replace(stored.current(), clicks=1000))
        rounds.run(NOW + DAY_S, endless)
        assert report_of(DAY).clicks == 0
        assert stored.current().clicks == 0

    def test_a_closed_day_never_changes(self, shop: Engine) -> None:
        shop.execute(order("1", BEN), NOW)
        rounds.run(NOW + DAY_S, endless)
        before = report_of(DAY)
        shop.execute(void("1", BEN), NOW + DAY_S)
        begun = replace(stored.current(), reported=(0, 0))
        stored.save(begun)
        rounds.run(NOW + 2 * DAY_S, endless)
        assert report_of(DAY) == before
        assert flows(report_of(local_day(NOW + DAY_S, RULES.timezone).isoformat()))["taken_back", EUR, "cashback"]

    def test_every_day_has_one_also_after_a_week_without_rounds(self, shop: Engine) -> None:
        for day in range(7):
            shop.execute(order(str(day), BEN), NOW + day * DAY_S)
        rounds.run(NOW, endless)
        rounds.run(NOW + 7 * DAY_S, endless)
        made = reports.reports(DAY, "9999-12-31")
        assert [report.day for report in made] == [
            date.fromordinal(TODAY.toordinal() + day).isoformat() for day in range(7)
        ]
        assert all(first.ends_at == second.starts_at for first, second in pairwise(made))
        assert [flows(report)["given", EUR, "cashback"] for report in made] == [(500, 1)] * 7

    def test_a_day_is_not_closed_before_all_that_began_in_it_has_ended(self, shop: Engine) -> None:
        midnight = report_ends(shop)
        rounds.run(midnight + rounds.CLOSING_S - 1, endless)
        assert reports.reports(DAY, DAY) == []
        rounds.run(midnight + rounds.CLOSING_S, endless)
        assert report_of(DAY).ends_at == midnight


def report_ends(shop: Engine) -> int:
    shop.execute(order("1", BEN), NOW)
    rounds.run(NOW, endless)
    return start_of_day(NOW, 1, RULES.timezone)


class TestCalls:
    @pytest.fixture
    def counted(self, shop: Engine) -> Engine:
        buy(shop)
        return shop

    def check(self) -> None:
        assert flows(report_of(DAY))["given", EUR, "cashback"] == (5000, 10)
        outstanding = reports.outstanding()
        assert outstanding
        holding = outstanding.assets[EUR]
        assert (holding.available + holding.pending, holding.members) == (5000, 4)
        assert members_of(lists.BEST) == [DORA, CLEO, BEN, ANNA]

    @pytest.mark.parametrize("page", [1, 2, 3, 7])
    def test_a_round_of_several_calls_counts_everything_once(
        self, counted: Engine, page: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stored, "PAGE", page)
        assert rounds_until_done(NOW + DAY_S) > 1
        self.check()

    @pytest.mark.parametrize("dies_at", [1, 2, 5, 9])
    def test_a_call_that_dies_is_done_again_since_the_last_save(
        self, counted: Engine, dies_at: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stored, "PAGE", 2)
        monkeypatch.setattr(rounds, "PAGES_A_SAVE", 3)
        with monkeypatch.context() as patch:
            patch.setattr(rounds, "_process_partition", Dies(dies_at, rounds._process_partition))
            with pytest.raises(RuntimeError, match="stopped"):
                rounds.run(NOW + DAY_S, endless)
        assert rounds.run(NOW + DAY_S + 3600, endless).members == 4
        self.check()

    def test_one_that_dies_while_it_publishes_publishes_again(
        self, counted: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(stored, "replace_latest", Dies(2, stored.replace_latest))
            with pytest.raises(RuntimeError, match="stopped"):
                rounds.run(NOW + DAY_S, endless)
        rounds.run(NOW + DAY_S + 3600, endless)
        self.check()

    def test_what_was_counted_is_saved_in_parts(self, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
        process.forget()
        process.engine().execute(PublishProgramme(RULES, "", 0, 0, 0), 0)
        buy(process.engine())
        monkeypatch.setattr(stored, "PAGE", 2)
        monkeypatch.setattr(stored, "PART_BYTES", 50)
        rounds.run(NOW + DAY_S, lambda: 0.0)
        assert stored.current().parts > 1
        rounds_until_done(NOW + DAY_S)
        self.check()
        assert stored.current().parts == 0

    def test_one_that_is_overtaken_between_its_two_reads_leaves_the_place_to_the_other(
        self, counted: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What the other has counted since is of another place: together they were garbage, and the call failed."""
        monkeypatch.setattr(stored, "PAGE", 2)
        rounds.run(NOW + DAY_S, lambda: 0.0)
        before = stored.current()
        rounds.run(NOW + DAY_S + 3600, lambda: 0.0)
        with monkeypatch.context() as patch:
            patch.setattr(stored, "current", lambda: before)
            assert rounds.run(NOW + DAY_S + 7200, endless) == before
        rounds_until_done(NOW + DAY_S + 7200)
        self.check()

    def test_what_a_round_of_an_earlier_release_has_counted_is_read(
        self, counted: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its parts do not say of which version they are."""
        monkeypatch.setattr(stored, "PAGE", 2)
        rounds.run(NOW + DAY_S, lambda: 0.0)
        for number in range(stored.current().parts):
            pk, sk = keys.fold_part(number)
            named = {"TableName": settings.table(), "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}
            transport.dynamodb("UpdateItem", {**named, "UpdateExpression": "REMOVE v"})
        rounds_until_done(NOW + DAY_S)
        self.check()

    def test_a_round_of_an_earlier_release_that_is_not_done_has_counted_nothing(
        self, counted: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stored, "PAGE", 2)
        rounds.run(NOW + DAY_S, lambda: 0.0)
        stored.save(stored.current())
        assert rounds.run(NOW + DAY_S, endless).done
        assert reports.outstanding() is None
        rounds.run(NOW + 2 * DAY_S, endless)
        self.check()


class Dies:
    """A function that stops the process when it is called for the n-th time."""

    def __init__(self, at: int, function: Callable[..., Any]) -> None:
        self._calls, self._at, self._function = 0, at, function

    def __call__(self, *arguments: Any) -> Any:
        self._calls += 1
        if self._calls == self._at:
            raise RuntimeError("the Lambda was stopped")
        return self._function(*arguments)


class TestLists:
    def test_they_are_in_pages_and_have_an_end(self, shop: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chalicelib.domain.reports.fold.PAGE", 2)
        monkeypatch.setattr(lists, "MOST", 3)
        buy(shop)
        rounds.run(NOW, endless)
        page = reports.member_list(lists.BEST)
        assert page
        assert (page[0].total, [row.member for row in page[1]]) == (4, [DORA, CLEO, BEN])
        monkeypatch.setattr(lists, "MOST", 1)
        rounds.run(NOW + DAY_S, endless)
        assert members_of(lists.BEST) == [DORA]

    def test_a_row_says_what_is_asked_of_a_member(self, shop: Engine) -> None:
        shop.execute(order("1", BEN), NOW)
        rounds.run(NOW, endless)
        page = reports.member_list(lists.OWED)
        assert page
        first: tuple[MemberList, tuple[Listed, ...]] = page
        assert first[1] == (Listed(BEN, 1, 10_000, 10_000, DAY[:7], (0, 0, 0), {EUR: 500, "points": 100}),)
        assert (first[0].began_at, first[0].made_at, first[0].day) == (NOW, NOW, DAY)


def test_the_last_order_of_each_connection_is_counted_once_whatever_becomes_of_the_calls(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    buy(shop)
    before = NOW + DAY_S
    first = rounds.run(before, endless)
    assert {name: activity.orders for name, activity in first.connections.items()} == {"shop": 10}
    assert PAID_AT <= first.connections["shop"].last <= NOW
    # The next round is cut off after its first page; what the last one counted is told until it has ended.
    monkeypatch.setattr(stored, "PAGE", 2)
    again = rounds.run(before + DAY_S, lambda: 0.0)
    assert (again.done, again.connections) == (False, first.connections)
    ended = rounds.run(before + DAY_S, endless)
    assert ended.connections == first.connections
