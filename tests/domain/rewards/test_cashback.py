"""What an order is worth, rule by rule. In minor units; an order is one line of 100.00 unless a case says more."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.core.calendar import AWAITED
from chalicelib.domain.ledger.transfers import MAX_EXPLAINED, Due, Why
from chalicelib.domain.orders.facts import Line, Refund, Snapshot
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.rewards.valuation import rewards
from tests.world.builders import DAY_S, PAID_AT, line, programme_of, snapshot


def dues(order: Snapshot, programme: Programme) -> list[Due]:
    return rewards(order.buyer, kept_of(order), Sale(order.currency, order.at, programme))


def earned(order: Snapshot, *rules: dict[str, Any], **parts: Any) -> int:
    """The sum that the rules give; rules without an id get one."""
    named = [{"id": f"rule-{number}"} | rule for number, rule in enumerate(rules)]
    return sum(due.amount for due in dues(order, programme_of(earn=named, **parts)))


ORDER = snapshot(
    line("1", 10_000, 2000, sku="MUG", product="p1", labels=("category:cups",)),
    line("2", 5000, 1000, sku="BOWL", product="p2", labels=("collection:summer", "tag:new")),
    line("3", 3000, 0, sku="GIFT", product="p3", earns=False),
    shipping_net=500,
    shipping_tax=100,
)

CASES: dict[str, tuple[dict[str, Any], int]] = {
    "percent of the goods that earn": ({"percent": 10}, 1500),
    "with tax": ({"percent": 10, "base": {"tax": True}}, 1800),
    "with shipping": ({"percent": 10, "base": {"shipping": True}}, 1550),
    "with tax and shipping": ({"percent": 10, "base": {"tax": True, "shipping": True}}, 1860),
    "zero percent": ({"percent": 0}, 0),
    "fixed sum": ({"amount": 3}, 300),
    "fixed sum in this currency": ({"amount": {"EUR": 3}}, 300),
    "rate by sku": ({"percent": 10, "rates": [{"match": {"skus": ["MUG"]}, "percent": 1}]}, 600),
    "rate by product": ({"percent": 10, "rates": [{"match": {"products": ["p1"]}, "percent": 1}]}, 600),
    "rate by category": ({"percent": 10, "rates": [{"match": {"categories": ["cups"]}, "percent": 1}]}, 600),
    "rate by collection": ({"percent": 10, "rates": [{"match": {"collections": ["summer"]}, "percent": 1}]}, 1050),
    "rate by tag": ({"percent": 10, "rates": [{"match": {"tags": ["new"]}, "percent": 1}]}, 1050),
    "a tag is no category": ({"percent": 10, "rates": [{"match": {"categories": ["new"]}, "percent": 1}]}, 1500),
    "the first rate that matches": (
        {
            "percent": 0,
            "rates": [{"match": {"skus": ["MUG"]}, "percent": 1}, {"match": {"products": ["p1"]}, "percent": 50}],
        },
        100,
    ),
    "exclusion by sku": ({"percent": 10, "exclude": {"skus": ["MUG"]}}, 500),
    "exclusion by category": ({"percent": 10, "exclude": {"categories": ["cups"]}}, 500),
    "exclusion of all": ({"percent": 10, "exclude": {"products": ["p1", "p2"]}}, 0),
    "fixed sum for nothing eligible": ({"amount": 3, "exclude": {"products": ["p1", "p2"]}}, 0),
    "minimum reached exactly": ({"percent": 10, "minimum": 150}, 1500),
    "minimum missed by a cent": ({"percent": 10, "minimum": Decimal("150.01")}, 0),
    "minimum with tax": ({"percent": 10, "minimum": 180, "base": {"tax": True}}, 1800),
    "minimum in another currency only": ({"percent": 10, "minimum": {"USD": 1}}, 0),
    "cap": ({"percent": 10, "cap": 9}, 900),
    "cap above": ({"percent": 10, "cap": 99}, 1500),
    "cap in another currency only": ({"percent": 10, "cap": {"USD": 9}}, 0),
    "cap of a fixed sum": ({"amount": 3, "cap": 2}, 200),
    "catalogue gives labels by sku": ({"percent": 10, "exclude": {"tags": ["sale"]}}, 500),
}


@pytest.mark.parametrize(("rule", "amount"), CASES.values(), ids=CASES.keys())
def test_a_rule_gives(rule: dict[str, Any], amount: int) -> None:
    assert earned(ORDER, rule, currencies=["USD"], catalogue=[{"skus": ["MUG"], "tags": ["sale"]}]) == amount


def test_the_catalogue_labels_by_product_too() -> None:
    rule = {"percent": 10, "exclude": {"collections": ["old"]}}
    assert earned(ORDER, rule, catalogue=[{"products": ["p2"], "collections": ["old"]}]) == 1000


def test_a_reason_names_the_first_lines_of_a_long_order_and_its_whole_base() -> None:
    order = snapshot(*(line(str(number), 100) for number in range(250)))
    (due,) = dues(order, programme_of(earn=[{"id": "cashback", "percent": 5}]))
    assert (due.amount, due.why.base, len(due.why.lines)) == (1250, 25_000, MAX_EXPLAINED)


def test_a_gift_card_never_earns_whatever_a_rate_says() -> None:
    assert earned(ORDER, {"percent": 0, "rates": [{"match": {"skus": ["GIFT"]}, "percent": 50}]}) == 0


@pytest.mark.parametrize(("combine", "amount"), [("sum", 1800), ("best", 1500)])
def test_several_rules_combine_as_the_programme_says(combine: str, amount: int) -> None:
    assert earned(ORDER, {"amount": 3}, {"percent": 10}, combine=combine) == amount


def test_of_equal_rules_the_first_is_the_best() -> None:
    (due,) = dues(snapshot(), programme_of(combine="best", earn=[{"id": "b", "percent": 5}, {"id": "a", "amount": 5}]))
    assert due.posted.rule == "b"


@pytest.mark.parametrize(
    ("rounding", "halves"),
    [("half_up", [1, 2, 3]), ("half_even", [0, 2, 2]), ("down", [0, 1, 2])],
)
def test_a_reward_is_rounded_once_as_the_programme_says(rounding: str, halves: list[int]) -> None:
    assert [earned(snapshot(line(net=net)), {"percent": 1}, rounding=rounding) for net in (50, 150, 250)] == halves


def test_lines_are_not_rounded_one_by_one() -> None:
    order = snapshot(*(line(str(number), 33) for number in range(3)))
    assert earned(order, {"percent": 1}) == 1


@pytest.mark.parametrize(
    ("currency", "net", "percent", "amount", "asset"),
    [("JPY", 1234, 5, 62, "JPY/0"), ("KWD", 12_345, Decimal("2.5"), 309, "KWD/3"), ("EUR", 12_345, 5, 617, "EUR/2")],
)
def test_every_currency_earns_in_its_own_minor_unit(
    currency: str, net: int, percent: Any, amount: int, asset: str
) -> None:
    (due,) = dues(
        snapshot(line(net=net), currency=currency),
        programme_of(currency=currency, earn=[{"id": "a", "percent": percent}]),
    )
    assert (due.amount, due.posted.asset) == (amount, asset)


def test_a_currency_that_the_programme_does_not_name_earns_nothing() -> None:
    dollars = snapshot(currency="USD")
    assert earned(dollars, {"percent": 5}) == 0
    assert earned(dollars, {"percent": 5}, currencies=["USD"]) == 500
    assert earned(dollars, {"amount": 5}, currencies=["USD"]) == 0


@pytest.mark.parametrize(
    "order",
    [
        snapshot(void=True),
        snapshot(line(net=0)),
        snapshot(deduction=10_000),
        snapshot(refunds={"r": Refund(amount=10_000)}),
        snapshot(line(earns=False)),
        snapshot(line(net=-500)),
    ],
    ids=["void", "free", "paid-with-balance", "refunded", "gift-card", "negative"],
)
def test_an_order_of_which_nothing_was_kept_and_paid_earns_nothing(order: Snapshot) -> None:
    assert earned(order, {"percent": 5}) == 0
    assert earned(order, {"amount": 5}) == 0


def test_a_partial_refund_keeps_a_fixed_sum_and_shrinks_a_percent() -> None:
    half = snapshot(refunds={"r": Refund(amount=5000)})
    assert (earned(half, {"amount": 3}), earned(half, {"percent": 5})) == (300, 250)


def test_a_refund_below_the_minimum_takes_all_of_the_rule() -> None:
    assert earned(snapshot(refunds={"r": Refund(amount=1)}), {"percent": 5, "minimum": 100}) == 0


# Public source: nopCommerce #2110, a minimum and a gift card.
@pytest.mark.parametrize(
    ("order", "rule", "amount"),
    [
        (snapshot(line(net=2200), deduction=500), {"percent": 20, "minimum": 20}, 340),
        (snapshot(line(net=1999), deduction=500), {"percent": 20, "minimum": 20}, 0),
        (snapshot(line(net=2000), deduction=1999), {"amount": 3, "minimum": 20}, 300),
        (snapshot(line(net=2000), deduction=2000), {"amount": 3, "minimum": 20}, 0),
        (snapshot(line(net=1700), deduction=500, discounted=500), {"percent": 20, "minimum": 20}, 340),
        (snapshot(line(net=2000, tax=400), deduction=600), {"percent": 10, "minimum": 24, "base": {"tax": True}}, 180),
        (
            snapshot(line(net=2200), deduction=500, refunds={"r": Refund(amount=200)}),
            {"percent": 20, "minimum": 20},
            309,
        ),
        (snapshot(line(net=2200), deduction=500, refunds={"r": Refund(amount=201)}), {"percent": 20, "minimum": 20}, 0),
        (snapshot(line(net=2200), deduction=500, void=True), {"percent": 20, "minimum": 20}, 0),
    ],
)
def test_a_minimum_is_of_all_goods_that_were_kept_however_they_were_paid(
    order: Snapshot, rule: dict[str, Any], amount: int
) -> None:
    assert earned(order, rule) == amount


def test_a_reward_names_its_reason() -> None:
    order = snapshot(line("a", 10_000), line("b", 2000, sku="BOWL"), line("c", 0))
    rule = {"id": "cups", "percent": Decimal("5.0"), "rates": [{"match": {"skus": ["BOWL"]}, "percent": 10}]}
    (due,) = dues(order, programme_of(earn=[rule]))
    assert due.why == Why("cups", base=12_000, rate="5/10", lines=(("a", 10_000), ("b", 2000)))


def test_a_reward_carries_when_it_vests_and_expires() -> None:
    midnight = PAID_AT - PAID_AT % DAY_S
    (due,) = dues(snapshot(), programme_of(earn=[{"id": "a", "percent": 5, "vest_days": 14, "expire_days": 30}]))
    assert (due.posted.vests_at, due.posted.expires_at) == (midnight + 14 * DAY_S, midnight + 31 * DAY_S)


def test_lines_of_one_order_may_share_everything_but_the_id() -> None:
    twins = (Line("1", "p", "s", 1, 100, 0), Line("2", "p", "s", 1, 100, 0))
    assert earned(snapshot(*twins), {"percent": 50}) == 100


SHIPPED_ORDER = snapshot(line("1", 1000, 200), shipping_net=50, shipping_tax=10)


def dues_of_rule(rule: dict[str, Any], order: Snapshot = SHIPPED_ORDER, **parts: Any) -> list[Due]:
    programme = programme_of(earn=[{"id": "a"} | rule], **parts)
    return rewards(order.buyer, kept_of(order), Sale(order.currency, order.at, programme))


@pytest.mark.parametrize(
    ("base", "amount"),
    [
        ({}, 1000),
        ({"shipping": True}, 1050),
        ({"tax": True}, 1200),
        ({"tax": True, "shipping": True}, 1260),
    ],
)
def test_each_cent_of_the_base_counts_once(base: dict[str, bool], amount: int) -> None:
    assert [due.amount for due in dues_of_rule({"percent": 100, "base": base})] == [amount]


def test_no_percent_of_shipping_is_nothing() -> None:
    assert dues_of_rule({"percent": 0, "base": {"shipping": True}}) == []


def test_the_best_of_no_rewards_is_none() -> None:
    assert dues_of_rule({"percent": 0}, combine="best") == []


@pytest.mark.parametrize("base", [{}, {"shipping": True}])
def test_a_fixed_sum_names_no_percent(base: dict[str, bool]) -> None:
    (due,) = dues_of_rule({"amount": 3, "base": base})
    assert due.why.rate == ""


def test_a_fixed_sum_is_given_for_what_is_not_left_out() -> None:
    order = snapshot(line("1", 1000, sku="MUG"), line("2", 500, sku="BOWL"))
    (due,) = dues_of_rule({"amount": 3, "exclude": {"skus": ["MUG"]}}, order)
    assert (due.amount, due.why.base) == (300, 500)
    assert dues_of_rule({"amount": 3, "exclude": {"skus": ["MUG", "BOWL"]}}, order) == []


def test_shipping_earns_the_rule_s_own_percent_beside_lines_that_earn_another() -> None:
    rule = {"percent": 10, "rates": [{"match": {"skus": ["MUG"]}, "percent": 50}], "base": {"shipping": True}}
    (due,) = dues_of_rule(rule, snapshot(line("1", 1000, sku="MUG"), shipping_net=200))
    assert (due.amount, due.why.rate) == (520, "10/50")


def test_a_reason_names_as_many_lines_as_fit_into_an_entry() -> None:
    (due,) = dues_of_rule({"percent": 10}, snapshot(*(line(f"{number}", 100) for number in range(MAX_EXPLAINED + 1))))
    assert (len(due.why.lines), due.why.base) == (50, 5100)


def test_what_vests_on_delivery_awaits_it_unless_it_is_stated() -> None:
    (due,) = dues_of_rule({"percent": 10, "vest_on": "delivery"})
    assert due.posted.vests_at == AWAITED
