"""From which amounts of goods a programme gives more: what a basket lacks of each, the least first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.domain.core import series
from chalicelib.domain.orders.facts import Line, Snapshot
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Member
from chalicelib.domain.rewards.thresholds import Threshold, thresholds
from tests.domain.rewards.progress.shops import bought, instant, play, shop
from tests.world.builders import ANNA, line, programme_of, snapshot

STEPS = [{"at": 50, "amount": 5}, {"at": 100, "amount": 12}]
POINTS: dict[str, Any] = {"assets": {"points": {}}}
DOLLARS = {"currencies": ["USD"]}


def missing_amounts(basket: Snapshot, programme: Programme) -> list[int]:
    return list(dict.fromkeys(threshold.missing for threshold in thresholds(basket, programme, Member("shop.anna"))))


def giving(per: Any, currencies: Sequence[str] = (), **parts: Any) -> dict[str, Any]:
    rule = {"id": "leaves", "give": 1, "of": "points", "per": per} | parts
    return {"earn": [rule], "currencies": currencies, **POINTS}


MISSING: dict[str, tuple[dict[str, Any], int, list[int]]] = {
    "a percent alone has no threshold": ({}, 0, []),
    "a rule's minimum": ({"earn": [{"id": "c", "percent": 5, "minimum": 50}]}, 4000, [1000]),
    "each rung that is not reached": ({"earn": [{"id": "b", "ladder": STEPS}]}, 4000, [1000, 6000]),
    "a rung that is reached lacks nothing": ({"earn": [{"id": "b", "ladder": STEPS}]}, 5000, [5000]),
    "what makes a friend's order count": ({"referral": {"percent": 10, "qualifies": {"minimum": 45}}}, 4000, [500]),
    "one amount that two rules have": (
        {"earn": [{"id": "c", "percent": 5, "minimum": 50}, {"id": "b", "ladder": STEPS}]},
        4000,
        [1000, 6000],
    ),
    "the least first": (
        {"earn": [{"id": "b", "ladder": STEPS}, {"id": "c", "percent": 5, "minimum": 60}]},
        4000,
        [1000, 2000, 6000],
    ),
    "the next full sum": (giving({"EUR": 10}), 4250, [750]),
    "one more full sum where the basket ends with one": (giving({"EUR": 10}), 4000, [1000]),
    "the first full sum of an empty basket": (giving({"EUR": 10}), 0, [1000]),
    "the hundredth full sum": (giving({"EUR": 1}), 9999, [1]),
    "no full sum after a hundred": (giving({"EUR": 1}), 10_000, []),
    "no full sum in a currency that has none": (giving({"USD": 10}, **DOLLARS), 4250, []),
    "no full sum where points are given by the order": (giving("order"), 4250, []),
    "no full sum of articles that it has not": (giving({"EUR": 10}, match={"skus": ["tea"]}), 4250, []),
    "no rung of brackets": (
        {"earn": [{"id": "b", "ladder": [{"at": 50, "percent": 5}], "count": "brackets"}]},
        4000,
        [],
    ),
    "nothing for friends whose orders all count": ({"referral": {"percent": 10}}, 4000, []),
    "nothing of a rule for an activity": (
        {"earn": [{"id": "r", "give": 20, "of": "points", "on": "review"}], **POINTS},
        4250,
        [],
    ),
}


@pytest.mark.parametrize("what", MISSING)
def test_a_basket_lacks_what_leads_to_the_next_amounts(what: str) -> None:
    parts, goods, missing = MISSING[what]
    assert missing_amounts(snapshot(line("1", goods)), programme_of(**parts)) == missing


def test_a_basket_in_another_currency_lacks_what_is_stated_in_that() -> None:
    programme = programme_of(earn=[{"id": "b", "ladder": [{"at": {"EUR": 50, "USD": 60}, "percent": 5}]}], **DOLLARS)
    assert missing_amounts(snapshot(line("1", 5500), currency="USD"), programme) == [500]


def test_a_minimum_that_is_not_stated_in_the_baskets_currency_cannot_be_reached() -> None:
    programme = programme_of(earn=[{"id": "c", "percent": 5, "minimum": {"EUR": 50}}], **DOLLARS)
    assert missing_amounts(snapshot(line("1", 0), currency="USD"), programme) == []


def test_tax_and_shipping_are_no_goods() -> None:
    basket = snapshot(line("1", 4000, 800), shipping_net=500)
    assert missing_amounts(basket, programme_of(earn=[{"id": "b", "ladder": STEPS}])) == [1000, 6000]


@pytest.mark.parametrize(("tax", "shipping", "missing"), [(True, False, 200), (False, True, 500), (True, True, 0)])
def test_a_rung_is_compared_with_what_its_rule_counts(tax: bool, shipping: bool, missing: int) -> None:
    """docs/programme.md: `base`, what a rule is computed on."""
    rung = {"id": "b", "ladder": [{"at": 50, "amount": 5}], "base": {"tax": tax, "shipping": shipping}}
    basket = snapshot(line("1", 4000, 800), shipping_net=500)
    assert missing_amounts(basket, programme_of(earn=[rung])) == ([missing] if missing else [])


def test_a_balance_pays_what_a_minimum_still_counts_and_a_rung_does_not() -> None:
    """docs/programme.md: a minimum is compared with the goods that were kept before what balance paid is taken off."""
    programme = programme_of(earn=[{"id": "c", "percent": 5, "minimum": 50}, {"id": "b", "ladder": STEPS}])
    assert missing_amounts(snapshot(line("1", 4000), deduction=1000), programme) == [1000, 2000, 7000]


def test_a_year_that_was_better_is_not_what_an_order_adds_to() -> None:
    """docs/programme.md: by year the level is that of the better of this year and the last."""
    gift = {"id": "black", "at": 1000, "gift": {"amount": 5}}
    programme = programme_of(levels={"counts": "at_once", "steps": [{"id": "green", "at": 0}, gift]})
    member = Member("shop.anna", counts={"EUR/y": series.added(series.added((), 2025, 90_000, 0), 2026, 40_000, 0)})
    assert [step.missing for step in thresholds(snapshot(line("1", 40_000)), programme, member)] == [60_000]


SPENDER = {"id": "spender", "measure": "spend", "target": 100, "per": "month", "reward": {"amount": 5}}
STAMPS = {"id": "coffee", "counts": {"per": {"EUR": 10}}, "size": 5, "reward": {"amount": 3}}
GREEN, BLACK = {"id": "green", "at": 0}, {"id": "black", "at": 100, "gift": {"amount": 5}}


def of_tea(net: int, sku: str = "tea", **parts: Any) -> Line:
    return line("1", net, sku=sku, **parts)


def levels_of(*steps: Any, **parts: Any) -> dict[str, Any]:
    return {"levels": {"counts": "at_once", "steps": steps} | parts}


NEXT: dict[str, tuple[dict[str, Any], Line, list[Threshold]]] = {
    "what a goal of spending lacks": ({"goals": [SPENDER]}, of_tea(4000), [Threshold(6000, "", "spender")]),
    "nothing of a goal that is reached": ({"goals": [SPENDER]}, of_tea(10_000), []),
    "more of the line that a goal names": (
        {"goals": [SPENDER | {"match": {"skus": ["tea"]}}]},
        of_tea(4000),
        [Threshold(6000, "1", "spender")],
    ),
    "nothing of a goal whose articles it has not": (
        {"goals": [SPENDER | {"match": {"skus": ["tea"]}}]},
        of_tea(4000, "cup"),
        [],
    ),
    "nothing of a goal that names a line that earns nothing": (
        {"goals": [SPENDER | {"match": {"skus": ["tea"]}}]},
        of_tea(4000, earns=False),
        [],
    ),
    "nothing of a goal of orders": ({"goals": [SPENDER | {"measure": "orders", "target": 3}]}, of_tea(4000), []),
    "nothing of a goal that gives a badge alone": (
        {"goals": [{**SPENDER, "reward": None, "badge": {"en": "Spender"}}]},
        of_tea(4000),
        [],
    ),
    "what fills a card": ({"cards": [STAMPS]}, of_tea(4200), [Threshold(800, "", "coffee")]),
    "what fills a card that has nothing": ({"cards": [STAMPS]}, of_tea(0), [Threshold(5000, "", "coffee")]),
    "what fills a card, whose full sums are without tax": (
        {"cards": [STAMPS]},
        of_tea(4200, tax=840),
        [Threshold(800, "", "coffee")],
    ),
    "what fills a card once more": ({"cards": [STAMPS]}, of_tea(6200), [Threshold(3800, "", "coffee")]),
    "what fills a card that is full to the cent": ({"cards": [STAMPS]}, of_tea(5000), [Threshold(5000, "", "coffee")]),
    "nothing of a card of orders": ({"cards": [STAMPS | {"counts": {"orders": True}}]}, of_tea(4200), []),
    "what a level with a gift lacks": (levels_of(GREEN, BLACK), of_tea(4000), [Threshold(6000, "", "black")]),
    "nothing of a level without a gift": (levels_of(GREEN, BLACK | {"gift": None}), of_tea(4000), []),
    "nothing of a level by orders": (levels_of(GREEN, BLACK, measure="orders"), of_tea(4000), []),
}


@pytest.mark.parametrize("what", NEXT)
def test_what_an_order_lacks_of_progress_that_it_is_counted_in(what: str) -> None:
    parts, bought_line, lacking = NEXT[what]
    books = play(shop(**parts), bought("1", "2026-11-02", bought_line))
    basket = snapshot(bought_line, at=instant("2026-11-02"))
    assert thresholds(basket, books.history().numbered(1).programme, books.member(ANNA)) == lacking


def test_a_level_of_twelve_months_lacks_less_where_something_was_bought_last_year() -> None:
    books = shop(**levels_of(GREEN, BLACK, per="rolling"))
    play(books, bought("1", "2025-12-10", of_tea(3000)), bought("2", "2026-11-02", of_tea(4000)))
    basket = snapshot(of_tea(4000), at=instant("2026-11-02"))
    lacking = thresholds(basket, books.history().numbered(1).programme, books.member(ANNA))
    assert lacking == [Threshold(3000, "", "black")]


def test_goals_and_levels_are_counted_in_the_programmes_own_currency_alone() -> None:
    """Both measure what is spent in it, however much another one is worth."""
    books = shop(goals=[SPENDER], currencies=["USD"], **levels_of(GREEN, BLACK))
    basket = snapshot(of_tea(4000), currency="USD", at=instant("2026-11-02"))
    assert thresholds(basket, books.history().numbered(1).programme, Member(ANNA)) == []
