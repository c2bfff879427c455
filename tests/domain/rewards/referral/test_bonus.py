"""What friends' orders give: the bonus of a group, and the friend's welcome gift. In minor units."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.ledger.transfers import REFERRAL, WELCOME, Due, Why
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.rewards.referral.bonus import bonus, bonus_base, welcome
from tests.world.builders import ANNA, BEN, PAID_AT, line, programme_of, snapshot


def gift(order: Snapshot, **rule: Any) -> Due | None:
    programme = programme_of(currencies=["USD"], referral={"percent": 10, "welcome": rule})
    assert programme.referral
    assert programme.referral.welcome
    return welcome(BEN, programme.referral.welcome, kept_of(order), Sale(order.currency, order.at, programme))


def test_a_welcome_reward_may_be_larger_than_the_order() -> None:
    due = gift(snapshot(line(net=100)), amount=10)
    assert due
    assert (due.amount, due.posted.account, due.why.rule) == (1000, WELCOME, "referral-welcome")


def test_a_welcome_reward_is_a_share_of_the_goods_without_tax() -> None:
    due = gift(snapshot(line(net=10_000, tax=2000)), percent=10)
    assert due
    assert due.amount == 1000


@pytest.mark.parametrize("order", [snapshot(void=True), snapshot(currency="USD")], ids=["void", "currency-not-stated"])
def test_without_a_base_there_is_no_welcome_reward(order: Snapshot) -> None:
    assert gift(order, amount=10) is None


def bonuses(bases: dict[str, int], **rule: Any) -> list[Due]:
    programme = programme_of(currencies=["USD"], referral=rule)
    assert programme.referral
    return bonus(ANNA, programme.referral, bases, PAID_AT, programme, ("ben 1", "cleo 2"))


def test_a_bonus_is_a_share_of_the_friends_orders_in_each_currency() -> None:
    dues = bonuses({"USD": 2000, "EUR": 10_000}, percent=10)
    assert [(due.amount, due.posted.asset, due.posted.account) for due in dues] == [
        (1000, "EUR/2", REFERRAL),
        (200, "USD/2", REFERRAL),
    ]
    assert [due.why for due in dues] == [
        Why("referral-bonus", base=10_000, rate="10", parties=("ben 1", "cleo 2")),
        Why("referral-bonus", base=2000, rate="10", parties=("ben 1", "cleo 2")),
    ]


@pytest.mark.parametrize("bases", [{"EUR": 1}, {"EUR": 99_999}, {"USD": 2000}, {"EUR": 5, "USD": 5}])
def test_a_fixed_bonus_is_given_once_whatever_currency_the_friends_paid_in(bases: dict[str, int]) -> None:
    assert [(due.amount, due.posted.asset) for due in bonuses(bases, amount=15)] == [(1500, "EUR/2")]


def test_without_any_kept_order_there_is_no_bonus() -> None:
    assert bonuses({"EUR": 0, "USD": 5}, percent=10)[0].posted.asset == "USD/2"
    assert bonuses({"EUR": 0}, amount=15) == bonuses({"EUR": 0}, percent=10) == bonuses({}, amount=15) == []


def test_a_fixed_bonus_names_the_orders_of_its_own_currency_only() -> None:
    programme = programme_of(currencies=["USD"], referral={"amount": Decimal(15)})
    assert programme.referral
    (due,) = bonus(ANNA, programme.referral, {"USD": 2000}, PAID_AT, programme, ())
    assert (due.amount, due.posted.asset, due.why.base) == (1500, "EUR/2", 0)


@pytest.mark.parametrize(
    ("base", "amount"),
    [
        ({}, 1000),
        ({"shipping": True}, 1050),
        ({"tax": True}, 1200),
        ({"tax": True, "shipping": True}, 1260),
    ],
)
def test_each_cent_of_a_bonus_s_base_counts_once(base: dict[str, bool], amount: int) -> None:
    shipped = snapshot(line("1", 1000, 200), shipping_net=50, shipping_tax=10)
    rule = programme_of(referral={"percent": 10, "base": base}).referral
    assert rule
    assert bonus_base(rule, kept_of(shipped)) == amount


def test_a_gift_card_is_in_no_base() -> None:
    """A card keeps its worth and may pay for the next friend's: its 10% would be money for nothing."""
    bought = snapshot(line("1", 500), line("2", 50_000, earns=False))
    due = gift(bought, percent=10)
    assert due
    assert (due.amount, due.why.base) == (50, 500)
    assert gift(snapshot(line("2", 50_000, earns=False)), percent=10) is None
    rule = programme_of(referral={"friends": 1, "percent": 10}).referral
    assert rule
    assert bonus_base(rule, kept_of(bought)) == 500
