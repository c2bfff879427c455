"""The console's figures: what is owed, reports, lists of members and segments."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest

from chalicelib.edge.console.figures import bars, lists
from chalicelib.edge.console.pages import _environment
from tests.edge.api.test_reports import buy_each_day, day_of, make_round, scored, shop
from tests.edge.browser import Browser
from tests.edge.conftest import Shop

__all__ = ["scored", "shop"]


@pytest.fixture
def visitor() -> Callable[..., Browser]:
    def make(shop: Shop, language: str = "en", role: str = "reader") -> Browser:
        browser = Browser(shop, language)
        browser.accept(role, "ben")
        return browser

    return make


FORMULAS = [
    "=1+1",
    " =1+1",
    "\u00a0\u200b+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(1)",
    '"=1+1"',
    ' "\uff1d1"',
]
"""What spreadsheets may take for a formula: signs and their full-width forms, also behind blanks and quotes."""


def lines(browser: Browser, path: str) -> list[str]:
    """The lines of a file."""
    answer = browser.open(f"/console/{path}")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), answer.body
    return answer.body.decode("utf-8-sig").splitlines()


@pytest.mark.parametrize("path", ["reports", "owed", "lists/best", "segments", "boards", "campaigns"])
def test_without_a_programme_the_next_step_is_to_write_it(
    bare_shop: Shop, visitor: Callable[..., Browser], path: str
) -> None:
    reader = visitor(bare_shop)
    assert reader.open(f"/console/{path}").status == 200
    assert "no programme is in force" in reader.text
    assert "/console/programme" in reader.page.links


@pytest.mark.parametrize("path", ["", "reports", "owed", "lists/owed", "segments/best"])
def test_before_the_first_round_a_page_says_when_there_will_be_figures(
    shop: Shop, visitor: Callable[..., Browser], path: str
) -> None:
    reader = visitor(shop)
    assert reader.open(f"/console/{path}".rstrip("/")).status == 200
    assert "Nothing was counted yet; that is done each night, after midnight." in reader.text
    french = visitor(shop, "fr")
    french.open(f"/console/{path}".rstrip("/"))
    assert (
        "Le décompte quotidien n\N{RIGHT SINGLE QUOTATION MARK}a pas encore eu lieu ; il se fait après minuit."
        in french.text
    )


def test_a_chart_is_as_high_as_its_highest_value_and_shows_the_smallest() -> None:
    made = bars.chart("Orders", [0, 1, 1000, 500], ["none", "one", "most", "half"])
    assert [(bar.x, bar.y, bar.height, bar.text) for bar in made.bars] == [
        (150.0, 95.0, 1.0, "one"),
        (300.0, 0.0, 96.0, "most"),
        (450.0, 48.0, 48.0, "half"),
    ]
    assert made.most == "most"
    assert bars.chart("Orders", [0, 0], ["none", "none"]).bars == bars.chart("Orders", [], []).bars == []


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
        assert re.search(r"The count began [0-9]+ May 2026", reader.text)

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
        assert header.startswith("Day,Currency or points,Can be spent,Pending,Held for checkouts,")
        assert header.endswith(",Expires within 365 days,Expires later,Expires never")
        assert euro == f"{first},EUR,12.00,0.00,0.00,0.00,12.00,12.00,3,0.00,12.00,0.00,0.00,0.00,0.00,0.00"
        assert points == f"{first},points,240,0,0,0,240,12.00,3,0,0,0,0,0,0,240"
        assert len(lines(reader, "owed.csv?day=2020-01-01")) == 1


class TestReports:
    def test_a_period_has_its_sums_charts_and_rules(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        bought_on = buy_each_day(shop)
        reader = visitor(shop)
        reader.open(f"/console/reports?from={bought_on}&to={bought_on}")
        assert "6orders" in reader.text
        assert "€240.00of purchases, less refunds" in reader.text
        assert "CashbackGiven€12.006" in reader.text
        assert "PointsGiven240 points6" in reader.text
        assert "Counted until 4 May 2026 inclusive, 5 May 2026" in reader.text
        chart = reader.answer.body.decode()
        assert 'class="bar" x="0.0" y="0.0" width="480.0" height="96.0"><title>4 May 2026: €12.00</title>' in chart
        assert "style=" not in chart

    def test_what_the_programme_costs_is_a_share_of_the_goods_with_that_of_the_period_before(
        self, shop: Shop, visitor: Callable[..., Browser]
    ) -> None:
        """12.00 and 240 points at 0.05 are 24.00 of 240.00; the day after 1.00 of 10.00, half of it redeemed."""
        bought_on = buy_each_day(shop)
        reader = visitor(shop)
        reader.open(f"/console/reports?from={bought_on}&to={bought_on}")
        assert "10.0%of what customers bought was given to them€24.00 of €240.00" in reader.text
        assert "0.0%was redeemed, compared with what was given€0.00 of €24.00" in reader.text
        assert "on the day before" not in reader.text
        shop.buy(50, 1, total="10.00")
        spent = {"asset": "EUR/2", "amount": 50}
        answer = shop.post("/v1/members/acme.1/redemptions", spent)
        assert answer.status == 200, answer.body
        make_round(shop)
        later = (day_of(shop) - timedelta(days=1)).isoformat()
        reader = visitor(shop)
        reader.open(f"/console/reports?from={later}&to={later}")
        assert "10.0%of what customers bought was given to them€1.00 of €10.0010.0% on the day before" in reader.text
        assert "50.0%was redeemed, compared with what was given€0.50 of €1.000.0% on the day before" in reader.text

    def test_the_chart_is_of_the_asset_that_is_asked_for(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        buy_each_day(shop)
        reader = visitor(shop)
        reader.open("/console/reports?asset=points")
        assert "4 May 2026: 240 points" in reader.text

    def test_months_are_the_days_added_up(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        buy_each_day(shop)
        shop.buy(50, 1, total="10.00")
        make_round(shop)
        reader = visitor(shop)
        reader.open("/console/reports?per=month")
        assert "May 202657 €250.00 0 0 €12.50" in reader.text
        assert "days of the period have no report" in reader.text

    def test_the_file_has_the_same_filters(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        bought_on = buy_each_day(shop)
        reader = visitor(shop)
        assert lines(reader, f"reports.csv?from={bought_on}&to={bought_on}") == [
            "Period,Days counted,Movement,Currency or points,Rule,Amount,Entries",
            f"{bought_on},1,Orders,,,6,",
            f"{bought_on},1,Friends who bought for the first time,,,0,",
            f"{bought_on},1,Complete groups of friends,,,0,",
            f"{bought_on},1,Clicks on links,,,0,",
            f'{bought_on},1,"Purchases, less refunds",EUR,,240.00,',
            f"{bought_on},1,Given,EUR,Cashback,12.00,6",
            f"{bought_on},1,Given,points,Points,240,6",
        ]
        monthly = lines(reader, "reports.csv?per=month")
        assert monthly[-1].startswith("2026-05,")
        assert monthly[-1].endswith(",Given,points,Points,240,6")
        assert reader.open("/console/reports.csv?per=week").status == 400

    @pytest.mark.parametrize(
        "query", ["from=2026-02-30", "to=20260203", "from=2026-05-04&to=2026-05-01", "from=2024-01-01"]
    )
    def test_a_period_that_cannot_be_shows_no_figures_and_keeps_what_was_typed(
        self, shop: Shop, visitor: Callable[..., Browser], query: str
    ) -> None:
        buy_each_day(shop)
        reader = visitor(shop)
        assert reader.open(f"/console/reports?{query}").status == 400
        assert "the first before the last, and 366 days together" in reader.text
        assert "6orders" not in reader.text
        for typed in query.split("&"):
            name, _, value = typed.partition("=")
            assert f'name="{name}" ' in (body := reader.answer.body.decode())
            assert f'value="{value}"' in body

    @pytest.mark.parametrize("query", ["per=week", "asset=gold"])
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


class TestLists:
    @pytest.mark.parametrize(
        ("name", "title"),
        [("best", "Best customers"), ("recent", "Recent"), ("owed", "Most owed"), ("at-risk", "Not back for a while")],
    )
    def test_every_list_says_who_is_in_it_and_leads_to_its_members(
        self, shop: Shop, visitor: Callable[..., Browser], name: str, title: str
    ) -> None:
        buy_each_day(shop)
        make_round(shop, 95 if name == "at-risk" else 1)
        reader = visitor(shop)
        reader.open(f"/console/lists/{name}")
        assert f"{title} · Ristourne" in reader.text
        assert "/console/members/acme.3" in reader.page.links
        assert "The count began" in reader.text

    def test_a_list_is_paged_and_its_file_is_whole(
        self, shop: Shop, visitor: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(lists, "PAGE", 2)
        day = buy_each_day(shop)
        reader = visitor(shop)
        reader.open("/console/lists/best")
        assert "Members 1 to 2 of 3" in reader.text
        assert "acme.3 3 €120.00 €120.00 4 May 2026 \N{EN DASH} €6.00120 points" in reader.text
        assert "/console/members/acme.1" not in reader.page.links
        assert "/console/lists/best?cursor=2" in reader.page.links
        reader.open("/console/lists/best?cursor=2")
        assert "Members 3 to 3 of 3" in reader.text
        assert "/console/members/acme.1" in reader.page.links
        assert lines(reader, "lists/best/members.csv") == [
            f"Member,{','.join(lists.COUNTED)},Balance: EUR,Balance: points,As of",
            f"acme.3,3,120.00,120.00,{day},0,0,0,6.00,120,{day_of(shop)}",
            f"acme.2,2,80.00,80.00,{day},0,0,0,4.00,80,{day_of(shop)}",
            f"acme.1,1,40.00,40.00,{day},0,0,0,2.00,40,{day_of(shop)}",
        ]

    def test_the_file_of_an_owner_has_what_it_takes_to_write_to_members(
        self, shop: Shop, visitor: Callable[..., Browser]
    ) -> None:
        buy_each_day(shop)
        profile = {
            "display_name": "Ana",
            "email": "ana@example.com",
            "locale": "fr",
            "consents": {"news": True, "post": False, "sms": True},
        }
        assert shop.call("PUT", "/v1/members/acme.3", profile, shop.admin).status == 200
        header, first, second, *_ = lines(visitor(shop, role="owner"), "lists/best/members.csv")
        assert header.startswith("Member,Name,E-mail,Language,Agreed to,Orders,Bought")
        assert first.startswith('acme.3,Ana,ana@example.com,fr,"news, sms",3,120.00')
        assert second.startswith("acme.2,,,,,2,80.00")

    @pytest.mark.parametrize("formula", FORMULAS)
    def test_no_name_in_a_file_begins_a_formula(
        self, shop: Shop, visitor: Callable[..., Browser], formula: str
    ) -> None:
        buy_each_day(shop)
        assert shop.call("PUT", "/v1/members/acme.3", {"display_name": formula}, shop.admin).status == 200
        file = "\n".join(lines(visitor(shop, role="owner"), "lists/best/members.csv"))
        assert list(csv.reader(StringIO(file)))[1][1] == f"'{formula}"

    @pytest.mark.parametrize("name", ["Tea - 5%", "Ana, -5%", "1\uff1d1", "Ana"])
    def test_other_names_stand_in_a_file_as_they_are(
        self, shop: Shop, visitor: Callable[..., Browser], name: str
    ) -> None:
        buy_each_day(shop)
        assert shop.call("PUT", "/v1/members/acme.3", {"display_name": name}, shop.admin).status == 200
        file = "\n".join(lines(visitor(shop, role="owner"), "lists/best/members.csv"))
        assert list(csv.reader(StringIO(file)))[1][1] == name

    def test_a_list_without_members_says_so(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        buy_each_day(shop)
        reader = visitor(shop)
        reader.open("/console/lists/at-risk")
        assert "Nobody was in this list when members were last counted." in reader.text
        assert len(lines(reader, "lists/at-risk/members.csv")) == 1

    @pytest.mark.parametrize("path", ["lists/worst", "lists/segment:best", "segments/worst"])
    def test_another_name_is_answered_with_those_that_there_are(
        self, shop: Shop, visitor: Callable[..., Browser], path: str
    ) -> None:
        reader = visitor(shop)
        for address in (path, f"{path}/members.csv"):
            assert reader.open(f"/console/{address}").status == 404
            assert "best" in reader.text


class TestSegments:
    def test_without_cuts_it_says_from_when_there_are_some(self, shop: Shop, visitor: Callable[..., Browser]) -> None:
        reader = visitor(shop)
        reader.open("/console/segments")
        assert "best\N{EN DASH} any4\N{EN DASH}5any" in reader.text
        assert "They are made each night, from 500 buyers and 180 days on." in reader.text
        buy_each_day(shop)
        reader = visitor(shop)
        reader.open("/console/segments/best")
        assert "Nobody was in this segment when members were last counted." in reader.text

    def test_a_segment_has_as_many_members_as_its_page_lists(
        self, scored: Shop, visitor: Callable[..., Browser]
    ) -> None:
        make_round(scored)
        for number in range(60, 64):
            scored.buy(number, 2, total="90.00")
        make_round(scored)
        reader = visitor(scored)
        reader.open("/console/segments")
        counts = {row[0]: row[1] for row in (line.split(",") for line in lines(reader, "segments.csv")[1:])}
        assert counts == {
            name: str(len(lines(reader, f"segments/{name}/members.csv")) - 1) for name in ("best", "others")
        }
        assert counts["best"] == "2"

    def test_with_cuts_members_are_counted_and_listed(self, scored: Shop, visitor: Callable[..., Browser]) -> None:
        make_round(scored)
        reader = visitor(scored)
        reader.open("/console/segments")
        assert "best1 any4\N{EN DASH}5any" in reader.text
        assert "from 3 buyers" in reader.text
        assert "/console/segments/others" in reader.page.links
        assert lines(reader, "segments.csv")[1:] == ["best,1,1,5,4,5,1,5", "others,2,1,5,1,5,1,5"]
        reader.open("/console/segments/best")
        assert "/console/members/acme.3" in reader.page.links
        assert "1 · 4 · 4" in reader.text
        assert [line.partition(",")[0] for line in lines(reader, "segments/others/members.csv")[1:]] == [
            "acme.2",
            "acme.1",
        ]


def test_a_list_has_the_names_of_members(shop: Shop, visitor: Callable[..., Browser]) -> None:
    buy_each_day(shop)
    make_round(shop)
    named = shop.call("PUT", "/v1/members/acme.1", {"display_name": "Ana <b>"}, shop.admin)
    assert named.status == 200
    reader = visitor(shop, "fr")
    reader.open("/console/lists/owed")
    assert "Ana <b>" in reader.text
    assert "acme.1" in reader.text


def test_the_usual_segments_are_called_in_the_readers_language(
    bare_shop: Shop, visitor: Callable[..., Browser]
) -> None:
    bare_shop.publish()
    reader = visitor(bare_shop, "fr")
    reader.open("/console/segments")
    assert "Fidèles" in reader.text
    reader.open("/console/segments/at-risk")
    assert "À risque" in reader.text


def test_a_large_amount_may_break_before_its_unit() -> None:
    """A narrow page cut `feuilles` inside the word."""
    large = _environment("fr").filters["large"]
    assert large(1_234_567, "feuilles") == "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567 feuilles"
