"""Rewards of nothing, of shipping and of one kind: where a wrong base would not be seen in cents."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.orders import Snapshot, kept
from chalicelib.domain.worth import Due, Sale, bonus, cashback, referral_base
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
