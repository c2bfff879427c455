"""Rewards of nothing, of shipping and of one kind: where a wrong base would not be seen in cents."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.calendar import AWAITED
from chalicelib.domain.kept import kept
from chalicelib.domain.orders import Snapshot
from chalicelib.domain.worth import MAX_EXPLAINED, Due, Sale, bonus, cashback, referral_base
from tests.builders import PAID_AT, line, programme, snapshot

ORDER = snapshot(line("1", 1000, 200), shipping_net=50, shipping_tax=10)


def dues(rule: dict[str, Any], order: Snapshot = ORDER, **parts: Any) -> list[Due]:
    stated = programme(earn=[{"id": "a"} | rule], **parts)
    return cashback(kept(order), Sale(order.currency, order.at, stated))


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
    assert [due.amount for due in dues({"percent": 100, "base": base})] == [amount]
    stated = programme(referral={"percent": 10, "base": base})
    assert stated.referral
    assert referral_base(stated.referral, kept(ORDER)) == amount


def test_no_percent_of_shipping_is_nothing() -> None:
    assert dues({"percent": 0, "base": {"shipping": True}}) == []


def test_the_best_of_no_rewards_is_none() -> None:
    assert dues({"percent": 0}, combine="best") == []


@pytest.mark.parametrize("base", [{}, {"shipping": True}])
def test_a_fixed_sum_names_no_percent(base: dict[str, bool]) -> None:
    (due,) = dues({"amount": 3, "base": base})
    assert due.why.rate == ""


def test_a_fixed_bonus_names_the_orders_of_its_own_currency_only() -> None:
    stated = programme(currencies=["USD"], referral={"amount": Decimal(15)})
    assert stated.referral
    (due,) = bonus(stated.referral, {"USD": 2000}, PAID_AT, stated, ())
    assert (due.amount, due.asset, due.why.base) == (1500, "EUR/2", 0)


def test_a_fixed_sum_is_given_for_what_is_not_left_out() -> None:
    order = snapshot(line("1", 1000, sku="MUG"), line("2", 500, sku="BOWL"))
    (due,) = dues({"amount": 3, "exclude": {"skus": ["MUG"]}}, order)
    assert (due.amount, due.why.base) == (300, 500)
    assert dues({"amount": 3, "exclude": {"skus": ["MUG", "BOWL"]}}, order) == []


def test_shipping_earns_the_rule_s_own_percent_beside_lines_that_earn_another() -> None:
    rule = {"percent": 10, "rates": [{"match": {"skus": ["MUG"]}, "percent": 50}], "base": {"shipping": True}}
    (due,) = dues(rule, snapshot(line("1", 1000, sku="MUG"), shipping_net=200))
    assert (due.amount, due.why.rate) == (520, "10/50")


def test_a_reason_names_as_many_lines_as_fit_into_an_entry() -> None:
    (due,) = dues({"percent": 10}, snapshot(*(line(f"{number}", 100) for number in range(MAX_EXPLAINED + 1))))
    assert (len(due.why.lines), due.why.base) == (50, 5100)


def test_what_vests_on_delivery_awaits_it_unless_it_is_stated() -> None:
    (due,) = dues({"percent": 10, "vest_on": "delivery"})
    assert due.vests_at == AWAITED
