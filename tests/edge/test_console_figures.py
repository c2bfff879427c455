"""The console's figures: what is owed, reports, lists, segments, leaderboards and campaigns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.edge.browser import Browser
from tests.edge.conftest import Shop
from tests.edge.test_reports_api import buy_each_day, day_of, make_round, shop

__all__ = ["shop"]


@pytest.fixture
def visitor() -> Callable[..., Browser]:
    def make(shop: Shop, language: str = "en", role: str = "reader") -> Browser:
        browser = Browser(shop, language)
        browser.accept(role, "ben")
        return browser

    return make


def lines(browser: Browser, path: str) -> list[str]:
    """The lines of a file."""
    answer = browser.open(f"/console/{path}")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), answer.body
    return answer.body.decode("utf-8-sig").splitlines()


@pytest.mark.parametrize("path", ["reports", "owed"])
def test_without_a_programme_the_next_step_is_to_write_it(
    bare_shop: Shop, visitor: Callable[..., Browser], path: str
) -> None:
    reader = visitor(bare_shop)
    assert reader.open(f"/console/{path}").status == 200
    assert "no programme is in force" in reader.text
    assert "/console/programme" in reader.page.links


@pytest.mark.parametrize("path", ["", "reports", "owed"])
def test_before_the_first_round_a_page_says_when_there_will_be_figures(
    shop: Shop, visitor: Callable[..., Browser], path: str
) -> None:
    reader = visitor(shop)
    assert reader.open(f"/console/{path}".rstrip("/")).status == 200
    assert "The daily round has not counted yet; it does after midnight." in reader.text
    french = visitor(shop, "fr")
    french.open(f"/console/{path}".rstrip("/"))
    assert (
        "Le décompte quotidien n\N{RIGHT SINGLE QUOTATION MARK}a pas encore eu lieu ; il se fait après minuit."
        in french.text
    )


class TestOwed:
    def test_today_has_the_sum_with_a_link(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        buy_each_day(shop)
        reader = visitor(shop)
        reader.open("/console")
        assert "€24.00is owed in all" in reader.text
        assert "/console/owed" in reader.page.links

    def test_it_is_by_asset_and_by_when_it_expires(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        buy_each_day(shop)
        reader = visitor(shop)
        reader.open("/console/owed")
        assert "€24.00is owed in all" in reader.text
        assert "within 30 days€12.00" in reader.text
        assert "never240\xa0points".replace("\xa0", " ") in reader.text
        assert "Worth€12.00" in reader.text
        assert "As the daily round has read it, from May" in reader.text

    def test_a_debt_stands_apart(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        shop.buy(1, 1, total="40.00")
        shop.give(-100)
        shop.hear(shop.order(1, 1, total="40.00", financial_status="voided"), "orders/cancelled")
        make_round(shop)
        reader = visitor(shop)
        reader.open("/console/owed")
        assert "Less debts of members€1.00 Owed\N{MINUS SIGN}€1.00" in reader.text

    def test_a_day_is_a_filter_of_the_page_and_of_the_file(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        buy_each_day(shop)
        first = day_of(shop).isoformat()
        shop.buy(50, 1, total="100.00")
        make_round(shop)
        reader = visitor(shop)
        for query, text in (
            ("", "€34.00is owed in all"),
            (f"?day={first}", "€24.00is owed in all"),
            ("?day=2020-01-01", "Choose a later one"),
        ):
            reader.open(f"/console/owed{query}")
            assert text in reader.text
        assert reader.open("/console/owed?day=tomorrow").status == 400
        assert "day must be a day such as 2026-11-26" in reader.text
        header, euro, points = lines(reader, f"owed.csv?day={first}")
        assert header.startswith("day,asset,available,pending,held,debt,owed,worth,members,within_7_days")
        assert euro == f"{first},EUR/2,12.00,0.00,0.00,0.00,12.00,12.00,3,0.00,12.00,0.00,0.00,0.00,0.00,0.00"
        assert points == f"{first},points,240,0,0,0,240,12.00,3,0,0,0,0,0,0,240"
        assert len(lines(reader, "owed.csv?day=2020-01-01")) == 1


class TestReports:
    def test_a_period_has_its_sums_charts_and_rules(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        bought_on = buy_each_day(shop)
        reader = visitor(shop)
        reader.open(f"/console/reports?from={bought_on}&to={bought_on}")
        assert "6orders" in reader.text
        assert "€240.00of goods kept" in reader.text
        assert "cashbackGiven€12.006" in reader.text
        assert "leavesGiven240 points6" in reader.text
        assert "Counted until May 4, 2026 inclusive, May 5, 2026" in reader.text
        chart = reader.answer.body.decode()
        assert 'class="bar" x="0.0" y="0.0" width="480.0" height="96.0"><title>May 4, 2026: €12.00</title>' in chart
        assert "style=" not in chart

    def test_the_chart_is_of_the_asset_that_is_asked_for(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        buy_each_day(shop)
        reader = visitor(shop)
        reader.open("/console/reports?asset=points")
        assert "May 4, 2026: 240 points" in reader.text

    def test_months_are_the_days_added_up(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        buy_each_day(shop)
        shop.buy(50, 1, total="10.00")
        make_round(shop)
        reader = visitor(shop)
        reader.open("/console/reports?per=month")
        assert "May 202657 €250.00 0 €12.50" in reader.text
        assert "days of the period have no report" in reader.text

    def test_the_file_has_the_same_filters(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        bought_on = buy_each_day(shop)
        reader = visitor(shop)
        assert lines(reader, f"reports.csv?from={bought_on}&to={bought_on}") == [
            "period,days,figure,asset,rule,amount,entries",
            f"{bought_on},1,orders,,,6,",
            f"{bought_on},1,friends,,,0,",
            f"{bought_on},1,groups,,,0,",
            f"{bought_on},1,goods,EUR/2,,240.00,",
            f"{bought_on},1,given,EUR/2,cashback,12.00,6",
            f"{bought_on},1,given,points,leaves,240,6",
        ]
        monthly = lines(reader, "reports.csv?per=month")
        assert monthly[-1].startswith("2026-05,")
        assert monthly[-1].endswith(",given,points,leaves,240,6")
        assert reader.open("/console/reports.csv?per=week").status == 400

    @pytest.mark.parametrize("query", ["from=2026-02-30", "to=20260203", "per=week", "asset=gold"])
    def test_what_cannot_be_read_is_said_on_the_page_by_name(
        self, shop: Shop, visitor: Callable[..., Browser], query: str
    ) -> None:
        buy_each_day(shop)
        reader = visitor(shop)
        assert reader.open(f"/console/reports?{query}").status == 400
        assert f"{query.partition('=')[0]} must be" in reader.text
        assert "6orders" in reader.text

    def test_a_period_without_reports_says_so(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        buy_each_day(shop)
        later = (day_of(shop) + timedelta(days=3)).isoformat()
        reader = visitor(shop)
        reader.open(f"/console/reports?from={later}&to={later}")
        assert "Choose another period" in reader.text
