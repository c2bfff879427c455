"""What the daily round has counted, over HTTP: reports, what is owed, lists, segments."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.rewards.progress import cuts
from chalicelib.edge.jobs import rounds
from tests.edge.conftest import Shop
from tests.world.builders import DAY_S

ZONE = "Europe/Paris"

DOCUMENT = """
name: Edge Shop
currency: EUR
timezone: Europe/Paris
landing: {page: "https://shop.example/welcome", hosts: [shop.example]}
assets:
  points: {worth: 0.05}
earn:
  - {id: cashback, percent: 5, expire_days: 20}
  - {id: leaves, give: 1, of: points, per: {EUR: 1}}
segments:
  best: {frequency: [4, 5]}
  others: {}
"""


@pytest.fixture
def shop(open_shop: Shop) -> Shop:
    open_shop.replace_programme(DOCUMENT)
    return open_shop


def day_of(shop: Shop) -> date:
    return local_day(shop.now, ZONE)


def make_round(shop: Shop, days_later: int = 1) -> None:
    shop.later_s += days_later * DAY_S
    assert rounds.run(shop.now, lambda: 900.0).done


def get(shop: Shop, path: str, status: int = 200) -> Any:
    answer = shop.call("GET", f"/v1/{path}", key=shop.admin)
    assert answer.status == status, answer.body
    return answer.json


def buy_each_day(shop: Shop) -> str:
    """Three customers buy once, twice, three times on one day, whose name comes back; then a round is made."""
    bought_on = day_of(shop).isoformat()
    for customer in (1, 2, 3):
        for number in range(customer):
            assert shop.buy(10 * customer + number, customer, total="40.00").status == 200
    make_round(shop)
    return bought_on


@pytest.fixture
def scored(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Of three buyers there are scores, since yesterday."""
    monkeypatch.setattr(cuts, "MIN_BUYERS", 3)
    monkeypatch.setattr(cuts, "MIN_DAYS", 0)
    make_round(shop, 40)
    buy_each_day(shop)
    make_round(shop, 40)
    make_round(shop)
    return shop


class TestReports:
    def test_before_a_day_is_over_it_is_missing(self, shop: Shop) -> None:
        shown = get(shop, f"reports?from={day_of(shop)}&to={day_of(shop)}")
        assert (shown["days"], shown["missing"], shown["moved"]) == ([], [day_of(shop).isoformat()], [])

    def test_days_and_their_sums_say_of_when_they_are(self, shop: Shop) -> None:
        bought_on = buy_each_day(shop)
        shop.buy(50, 1, total="10.00")
        make_round(shop)
        shown = get(shop, f"reports?from={bought_on}")
        days = [date.fromisoformat(bought_on) + timedelta(days=number) for number in (0, 1)]
        assert [day["day"] for day in shown["days"]] == [day.isoformat() for day in days]
        assert (shown["first"], shown["last"], shown["missing"]) == (bought_on, days[1].isoformat(), [])
        cashback = [row for row in shown["moved"] if row["rule"] == "cashback"]
        assert [(row["what"], row["amount"], row["text"], row["entries"]) for row in cashback] == [
            ("given", 1250, "12.50 EUR", 7)
        ]
        assert [(day["orders"], day["goods_text"]) for day in shown["days"]] == [(6, "240.00 EUR"), (1, "10.00 EUR")]
        assert shown["orders"] == 7
        assert shown["days"][0]["ends_at"] == shown["days"][1]["starts_at"] < shown["days"][0]["counted_at"]

    def test_the_last_thirty_days_are_the_default(self, shop: Shop) -> None:
        shown = get(shop, "reports")
        yesterday = day_of(shop) - timedelta(days=1)
        assert (shown["first"], shown["last"]) == (
            (yesterday - timedelta(days=29)).isoformat(),
            yesterday.isoformat(),
        )

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("from=2026-02-30", "from"),
            ("to=20260203", "to"),
            ("from=2026-02-03&to=2026-02-02", "from"),
            ("from=2025-02-01&to=2026-02-02", "from"),
            ("to=0001-01-01", "to"),
        ],
    )
    def test_a_period_that_is_none_is_refused_by_name(self, shop: Shop, query: str, field: str) -> None:
        assert get(shop, f"reports?{query}", 400)["detail"].startswith(f"{field} must be a day")


class TestOwed:
    def test_before_the_first_round_there_is_nothing_to_show(self, shop: Shop) -> None:
        assert "no round" in get(shop, "owed", 404)["detail"]

    def test_it_is_by_asset_and_by_when_it_expires(self, shop: Shop) -> None:
        buy_each_day(shop)
        shown = get(shop, "owed")
        assert shown["day"] == day_of(shop).isoformat()
        euro, points = shown["assets"]
        assert (euro["asset"], euro["available"], euro["owed"], euro["text"], euro["members"]) == (
            "EUR/2",
            1200,
            1200,
            "12.00 EUR",
            3,
        )
        assert (euro["worth"], points["text"], points["worth"]) == ("12.00 EUR", "240 points", "12.00 EUR")
        assert [(row["text"], row["amount_text"]) for row in euro["endings"] if row["amount"]] == [
            ("within 30 days", "12.00 EUR")
        ]
        assert [row["text"] for row in points["endings"] if row["amount"]] == ["never"]

    def test_an_earlier_day_shows_the_round_before(self, shop: Shop) -> None:
        buy_each_day(shop)
        first = day_of(shop).isoformat()
        shop.buy(50, 1, total="100.00")
        make_round(shop)
        assert get(shop, "owed")["assets"][0]["owed"] == 1700
        assert get(shop, f"owed?day={first}")["assets"][0]["owed"] == 1200
        early = get(shop, "owed?day=2020-01-01", 404)["detail"]
        assert early == f"what was owed is known from {first} on, not of 2020-01-01"


class TestLists:
    def test_they_are_paged_and_say_who_is_in_them(self, shop: Shop) -> None:
        buy_each_day(shop)
        first = get(shop, "lists/best?limit=2")
        assert [row["member"] for row in first["members"]] == ["acme.3", "acme.2"]
        assert (first["total"], first["name"]) == (3, "best")
        rest = get(shop, f"lists/best?limit=2&cursor={first['next']}")
        assert [(row["member"], row["goods_text"]) for row in rest["members"]] == [("acme.1", "40.00 EUR")]
        assert rest["next"] is None
        assert get(shop, "lists/owed")["members"][0]["owed"] == ["6.00 EUR", "120 points"]
        assert len(get(shop, "lists/recent")["members"]) == 3
        assert get(shop, "lists/at-risk")["members"] == []

    def test_who_ordered_twice_and_not_for_three_months_is_at_risk(self, shop: Shop) -> None:
        buy_each_day(shop)
        make_round(shop, 95)
        assert [row["member"] for row in get(shop, "lists/at-risk")["members"]] == ["acme.3", "acme.2"]
        make_round(shop, 300)
        assert get(shop, "lists/at-risk")["members"] == []

    def test_another_name_is_answered_with_those_that_there_are(self, shop: Shop) -> None:
        assert "owed, best, recent, at-risk" in get(shop, "lists/segment:best", 404)["detail"]
        assert "best, others" in get(shop, "segments/worst/members", 404)["detail"]
        assert get(shop, "lists/best", 404)


class TestSegments:
    def test_without_cuts_nobody_is_in_any(self, shop: Shop) -> None:
        buy_each_day(shop)
        assert get(shop, "segments") == {
            "segments": [{"segment": "best", "members": 0}, {"segment": "others", "members": 0}],
            "cuts": None,
        }
        assert get(shop, "segments/best/members")["members"] == []
        assert get(shop, "members/acme.1/progress")["segment"] is None

    def test_with_cuts_in_force_members_are_counted_and_listed(self, scored: Shop) -> None:
        make_round(scored)
        shown = get(scored, "segments")
        assert shown["segments"] == [{"segment": "best", "members": 1}, {"segment": "others", "members": 2}]
        assert (shown["cuts"]["buyers"], shown["cuts"]["frequency"]) == (3, [1, 2, 2, 3])
        best = get(scored, "segments/best/members")
        assert [(row["member"], row["scores"]) for row in best["members"]] == [("acme.3", [1, 4, 4])]
        others = get(scored, "segments/others/members?limit=1")
        assert [row["member"] for row in others["members"]] == ["acme.2"]
        rest = get(scored, f"segments/others/members?limit=1&cursor={others['next']}")
        assert ([row["member"] for row in rest["members"]], rest["next"]) == (["acme.1"], None)

    def test_a_member_has_its_segment_and_scores_in_words_for_the_shop_alone(self, scored: Shop) -> None:
        assert get(scored, "members/acme.3/progress")["segment"] == {
            "segment": "best",
            "recency": 1,
            "frequency": 4,
            "money": 4,
            "text": "best: recency 1, frequency 4, money 4 of 5",
        }
        token = scored.call("POST", "/v1/members/acme.3/token", key=scored.storefront).json["token"]
        shown = scored.call("GET", "/v1/members/acme.3/progress", key=token)
        assert (shown.status, shown.json["segment"]) == (200, None)


@pytest.mark.parametrize(
    ("query", "first"), [("to=9999-12-31", "9999-12-02"), ("from=9999-12-01&to=9999-12-31", "9999-12-01")]
)
def test_the_last_day_that_there_is_is_a_day(shop: Shop, query: str, first: str) -> None:
    answer = get(shop, f"reports?{query}")
    assert (answer["first"], answer["last"], answer["days"]) == (first, "9999-12-31", [])
    assert (answer["missing"][0], answer["missing"][-1]) == (first, "9999-12-31")


def test_a_period_that_begins_on_the_last_day_that_there_is_ends_today_and_is_refused(shop: Shop) -> None:
    answer = shop.call("GET", "/v1/reports?from=9999-12-31", key=shop.admin)
    assert answer.problem == (400, "invalid_input")
    assert answer.detail.startswith("from must be a day until `to`")
