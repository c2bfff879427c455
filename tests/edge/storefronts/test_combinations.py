"""Two things that happen to one order or one person: what a member has after each step, of our own order format.

Steps are bodies of webhooks and commands; all cases are constructed, after the kinds of faults that other engines had.
"""

from itertools import permutations
from typing import Any

import msgspec
import pytest

from chalicelib.domain.commands import Redeem
from tests.edge.storefronts.stories import BUYERS, at, hear
from tests.world.builders import ANNA, CODE, hold, issue, merge, programme_of, redeem, settle
from tests.world.memory import Memory
from tests.world.senders import (
    Json,
    shopify_line,
    shopify_order,
    shopify_refund,
    shopify_transaction,
    standard_line,
    standard_order,
)

ME, OTHER = "shop.42", "shop.43"

Told = tuple[Any, int]
"""A body or a command, and the balance afterwards, in minor units."""


class Case(msgspec.Struct, frozen=True):
    """A programme's parts, whose balance is looked at, and the steps."""

    rules: dict[str, Any]
    steps: list[Told]
    member: str = ME
    asset: str = "EUR/2"


def goods(amount: str, line: str = "1", quantity: int = 1, **changes: object) -> Json:
    return standard_line(line, amount, tax="0.00", quantity=quantity, **changes)


def bought(order: str, minute: int = 1, *lines: Json, **changes: object) -> Json:
    """Goods for 100.00 unless other lines are stated."""
    fields: Json = {"id": order, "lines": [*lines] or [goods("100.00")], "shipping": None, "updated_at": at(minute)}
    return standard_order(**fields | changes)


def back(order: str, refund: str = "r1", **changes: object) -> Json:
    return {"type": "refund.created", "data": {"id": refund, "order": order, "currency": "EUR", **changes}}


def friend(number: str, email: str, **changes: object) -> Json:
    return {"customer": {"id": number, "email": email}, "referral_code": CODE, **changes}


ONE_BACK = {"lines": [{"line": "1", "quantity": 1}]}
HALF = {"amount": "50.00"}
PIECES: Json = {"cards": [{"id": "c", "counts": {"pieces": {"skus": ["MUG-1"]}}, "size": 5, "reward": {"amount": 4}}]}
LEVELS: Json = {
    "levels": {
        "measure": "spend",
        "per": "year",
        "counts": "at_once",
        "steps": [{"id": "green", "at": 0}, {"id": "black", "at": 100, "multiply": {"cashback": 1.5}}],
    }
}
POINTS: Json = {
    "assets": {"points": {"worth": {"EUR": 0.05}}},
    "earn": [{"id": "cashback", "percent": 5}, {"id": "p", "give": 1, "of": "points", "per": {"EUR": 1}}],
}
BY_POINTS: list[Any] = [
    bought("900", 1, goods("200.00")),
    Redeem(ME, "points", 100, order="shop/1", currency="EUR"),
    bought("1", 2, goods("50.00"), goods("50.00", "2"), paid_with_balance="5.00"),
    back("1", **ONE_BACK),
]

CASES = {
    "what was spent is owed after half was refunded": Case(
        {}, [(bought("1"), 500), (redeem(500, member=ME), 0), (back("1", **HALF), -250)]
    ),
    "the shop bears what was spent, and the next order is the member's": Case(
        {"clawback": "loss"},
        [(bought("1"), 500), (redeem(500, member=ME), 0), (back("1", **HALF), 0), (bought("2"), 500)],
    ),
    "the shop bore a refund that is withdrawn": Case(
        {"clawback": "loss"},
        [
            (bought("1"), 500),
            (redeem(500, member=ME), 0),
            (back("1", updated_at=at(5), **HALF), 0),
            (back("1", updated_at=at(6)), 0),
        ],
    ),
    "an order is another customer's after its cashback was spent": Case(
        {}, [(bought("1"), 500), (redeem(500, member=ME), 0), (bought("1", 2, customer={"id": "77"}), -500)]
    ),
    "a hold of a merged member pays an order that is refunded": Case(
        {},
        [
            (bought("900", 1, goods("1000.00")), 0),
            (bought("901", customer={"id": "43"}), 500),
            (hold(2_000, member=ME, order="shop/1", capture_on_paid=True), 500),
            (merge(ME, OTHER), 3_500),
            (bought("1", 3, paid_with_balance="20.00"), 3_900),
            (bought("1", 4, status="refunded", paid_with_balance="20.00"), 5_500),
        ],
        member=OTHER,
    ),
    "two accounts that were two friends are one person": Case(
        {"referral": {"friends": 2, "percent": 10}},
        [
            (issue(), 0),
            (bought("1", **friend("50", "x@example.com")), 0),
            (bought("2", **friend("51", "y@example.com")), 0),
            (settle("shop.50", "shop.51"), 2_000),
            (merge("shop.51", "shop.50"), 2_000),
            (settle("shop.50", "shop.51"), 0),
        ],
        member=ANNA,
    ),
    "two accounts of one address are one friend": Case(
        {"referral": {"friends": 2, "percent": 10}},
        [
            (issue(), 0),
            (bought("1", **friend("50", "x@example.com")), 0),
            (bought("2", **friend("51", "X@Example.com ")), 0),
            (settle("shop.50", "shop.51"), 0),
        ],
        member=ANNA,
    ),
    "a friend's order is edited below the minimum": Case(
        {"referral": {"friends": 1, "percent": 10, "qualifies": {"minimum": 20}}},
        [
            (issue(), 0),
            (bought("1", **friend("50", "x@example.com")), 0),
            (settle("shop.50"), 1_000),
            (bought("1", 2, goods("15.00"), **friend("50", "x@example.com")), 1_000),
            (settle("shop.50"), 0),
        ],
        member=ANNA,
    ),
    "a friend pays a part with balance, and half is refunded": Case(
        {"referral": {"friends": 1, "percent": 10}},
        [
            (issue(), 0),
            (bought("1", **friend("50", "x@example.com", paid_with_balance="20.00")), 0),
            (settle("shop.50"), 800),
            (back("1", **HALF), 800),
            (settle("shop.50"), 400),
        ],
        member=ANNA,
    ),
    "a goal of two orders, of which one is edited, and a third makes up for it": Case(
        {"goals": [{"id": "g", "measure": "spend", "target": 150, "per": "month", "reward": {"amount": 5}}]},
        [
            (bought("1"), 500),
            (bought("2"), 1_500),
            (bought("2", 2, goods("40.00")), 700),
            (bought("3", 2, goods("20.00")), 1_300),
        ],
    ),
    "a card's reward is spent, and a piece comes back": Case(
        PIECES,
        [
            (bought("1", 1, goods("50.00", quantity=5)), 650),
            (redeem(650, member=ME), 0),
            (back("1", **ONE_BACK), -450),
        ],
    ),
    "a piece is swapped for another, which comes back": Case(
        PIECES,
        [
            (bought("1", 1, goods("50.00", quantity=5)), 650),
            (
                bought("1", 2, goods("50.00", quantity=5), goods("10.00", "2"), refunds=[{"id": "r1", **ONE_BACK}]),
                650,
            ),
            (back("1", "r2", lines=[{"line": "2", "quantity": 1}]), 200),
        ],
    ),
    "the order that reached a level is edited, and the next one stays as it was judged": Case(
        LEVELS, [(bought("1"), 500), (bought("2"), 1_250), (bought("1", 2, goods("50.00")), 1_000)]
    ),
    "an order that is partly paid with points is half refunded: points": Case(
        POINTS, list(zip(BY_POINTS, (200, 100, 195, 197), strict=True)), asset="points"
    ),
    "an order that is partly paid with points is half refunded: cashback": Case(
        POINTS, list(zip(BY_POINTS, (1_000, 1_000, 1_475, 1_238), strict=True))
    ),
    "what vests on delivery is half refunded before it": Case(
        {"earn": [{"id": "cashback", "percent": 5, "vest_on": "delivery"}]},
        [
            (bought("1"), 0),
            (back("1", **HALF), 0),
            ({"type": "order.delivered", "data": {"id": "1", "delivered_at": "2026-01-31T12:00:00Z"}}, 250),
        ],
    ),
    "a monthly limit is reached, and a refund makes room for the next order": Case(
        {"earn": [{"id": "cashback", "percent": 5, "limits": [{"amount": 10, "per": "month"}]}]},
        [
            (bought("1", 1, goods("200.00")), 1_000),
            (bought("2"), 1_000),
            (back("1", amount="100.00"), 500),
            (bought("3", 1, goods("60.00")), 800),
        ],
    ),
    "the best of two rules after the line of the better one came back": Case(
        {
            "combine": "best",
            "earn": [{"id": "a", "percent": 5}, {"id": "b", "percent": 8, "exclude": {"skus": ["Y"]}}],
        },
        [(bought("1", 1, goods("50.00", sku="X"), goods("50.00", "2", sku="Y")), 500), (back("1", **ONE_BACK), 250)],
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("twice", [False, True])
def test_each_step_leaves_the_balance_that_is_due(name: str, twice: bool) -> None:
    case = CASES[name]
    shop = Memory(programme_of(**case.rules))
    for step, balance in case.steps:
        if isinstance(step, dict):
            for _ in range(1 + twice):
                hear(shop, "standard", "", step)
        else:
            shop.execute(step)
        assert shop.available(case.member, case.asset) == balance


SIX = bought("1", 1, goods("60.00", quantity=6))
FIVE = bought("1", 2, goods("50.00", quantity=5))
LOWERED: dict[str, tuple[list[Json], int]] = {
    "a piece goes by an edit": ([SIX, FIVE], 650),
    "it goes by an edit, and a refund names it": ([SIX, FIVE, back("1", **ONE_BACK)], 650),
    "a refund names its sum as well": (
        [SIX, FIVE, back("1", lines=[{"line": "1", "quantity": 1, "amount": "10.00"}])],
        650,
    ),
    "the body of the edit has the refund": (
        [SIX, bought("1", 2, goods("50.00", quantity=5), refunds=[{"id": "r1", **ONE_BACK}])],
        650,
    ),
    "another piece comes back": ([SIX, FIVE, back("1", **ONE_BACK), back("1", "r2", **ONE_BACK)], 200),
    "a piece of another line comes back": (
        [
            bought("1", 1, goods("60.00", quantity=6), goods("20.00", "2", 2)),
            bought("1", 2, goods("50.00", quantity=5), goods("20.00", "2", 2)),
            back("1", lines=[{"line": "1", "quantity": 1}, {"line": "2", "quantity": 1}]),
        ],
        700,
    ),
    "four pieces go by two edits and one refund": (
        [
            SIX,
            FIVE,
            bought("1", 3, goods("20.00", quantity=2)),
            back("1", lines=[{"line": "1", "quantity": 4, "amount": "40.00"}]),
        ],
        100,
    ),
    "an edit leaves one piece, and a refund names all": (
        [SIX, bought("1", 2, goods("10.00")), back("1", lines=[{"line": "1", "quantity": 6}])],
        0,
    ),
    "it is cancelled after the edit": ([SIX, FIVE, bought("1", 3, goods("50.00", quantity=5), status="cancelled")], 0),
}


@pytest.mark.parametrize("name", LOWERED)
def test_a_piece_that_an_edit_and_a_refund_tell_of_comes_off_once(name: str) -> None:
    """docs/storefronts.md, Edits; docs/programme.md: pieces come back by their own line only, by number."""
    told, available = LOWERED[name]
    for shuffled in permutations(told):
        shop = Memory(programme_of(**PIECES))
        for body in shuffled:
            hear(shop, "standard", "", body)
        assert shop.available(ME) == available


def test_a_piece_that_shopify_names_after_an_edit_is_another_one() -> None:
    """`current_quantity` and what refunds name: an edit took one of three pieces, and another one came back later."""
    edited = {**shopify_line(1, "50.00", 3), "sku": "MUG-1"}
    named = {"line_item_id": 1, "quantity": 1, "subtotal": "50.00", "total_tax": "0.00"}
    of_edit = shopify_refund(71, transactions=[shopify_transaction("50.00")])
    later = shopify_refund(72, refund_line_items=[named], transactions=[shopify_transaction("50.00")])
    shop = Memory(programme_of(earn=[{"id": "gems", "give": 1, "of": "gems", "per": "piece"}], assets={"gems": {}}))
    for minute, pieces, refunds, gems in ((1, 3, [], 3), (2, 2, [of_edit], 2), (3, 1, [of_edit, later], 1)):
        lines = [{**edited, "current_quantity": pieces}]
        hear(shop, "shopify", "orders/updated", shopify_order(line_items=lines, refunds=refunds, updated_at=at(minute)))
        assert shop.available(BUYERS["shopify"], "gems") == gems
