"""What rules of a programme are made of, where no single kind of reward is meant."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.core.phrases import written
from chalicelib.domain.errors import InvalidProgramme
from chalicelib.domain.ledger.transfers import Why
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.document import parse
from chalicelib.domain.programme.rules import Base, Earning, Selector
from chalicelib.domain.programme.sale import Sale
from tests.world.builders import CASHBACK, NOW, document, programme_of, snapshot

REVIEW = {"id": "review", "on": "review", "give": 5, "of": "EUR"}
REFERRAL = {"percent": 10}


def problems(**parts: Any) -> list[str]:
    with pytest.raises(InvalidProgramme) as refused:
        parse(document(**parts))
    return refused.value.problems


def review(limit: dict[str, Any]) -> list[str]:
    return problems(earn=[REVIEW | {"limits": [limit]}])


def test_an_activity_is_limited_by_an_amount_or_by_how_often() -> None:
    assert review({"per": "day", "times": 1, "amount": 5}) == ["earn[0].limits[0] must have either amount or times"]
    assert review({"per": "day"}) == ["earn[0].limits[0] must have either amount or times"]
    assert review({"per": "day", "times": 0}) == ["earn[0].limits[0].times must be between 1 and 1000000, got 0"]
    assert review({"per": "day", "times": 10**6 + 1}) == [
        "earn[0].limits[0].times must be between 1 and 1000000, got 1000001"
    ]
    both = [{"per": "day", "times": 10**6}, {"per": "day", "amount": 5}, {"per": "week", "times": 1}]
    assert len(programme_of(earn=[REVIEW | {"limits": both}]).earn[0].limits) == 3


def test_an_order_is_limited_by_an_amount_alone() -> None:
    limited = CASHBACK | {"limits": [{"per": "day"}]}
    assert problems(earn=[limited]) == ["earn[0].limits[0].amount must be given"]
    says = "must stand in a rule with on, for an activity; what orders give is limited by amount"
    often = CASHBACK | {"limits": [{"per": "day", "times": 2, "amount": 5}]}
    assert problems(earn=[often]) == [f"earn[0].limits[0].times {says}"]


@pytest.mark.parametrize("vest_days", [0, 40])
def test_two_lengths_of_one_expiry_are_one_problem(vest_days: int) -> None:
    """Whether any of the two is too short cannot be told before it is known which one is meant."""
    both = CASHBACK | {"vest_days": vest_days, "expire_days": 0, "expire_months": 1}
    assert problems(earn=[both]) == ["earn[0] must have either expire_days or expire_months"]


def test_from_when_nothing_expires_is_one_problem_on_delivery_too() -> None:
    rule = CASHBACK | {"vest_on": "delivery", "expire_from": "payment"}
    assert problems(earn=[rule]) == ["earn[0].expire_from must stand beside expire_days, expire_months or expire_end"]


@pytest.mark.parametrize(
    ("lasting", "problem"),
    [
        ({"vest_days": -1}, ".vest_days must be between 0 and 3650, got -1"),
        ({"expire_days": 30, "expire_months": 1}, " must have either expire_days or expire_months"),
        ({"expire_days": 0}, ".expire_days must be between 1 and 3650, got 0"),
        ({"vest_date": "1999-12-31"}, ".vest_date must be between 2000-01-01 and 2999-12-31, got 1999-12-31"),
    ],
)
def test_bonuses_and_gifts_of_friends_last_as_rules_do(lasting: dict[str, Any], problem: str) -> None:
    assert problems(referral=REFERRAL | lasting) == [f"referral{problem}"]
    welcome = {"percent": 3} | lasting
    assert problems(referral=REFERRAL | {"welcome": welcome}) == [f"referral.welcome{problem}"]


def test_a_bonus_is_a_percent_or_a_sum_in_a_currency_of_the_programme() -> None:
    assert problems(referral={"percent": 5, "amount": 5}) == ["referral must have either percent or amount"]
    assert problems(referral={"amount": {"USD": 5}}) == [
        "referral.amount.USD must be in one of the programme's currencies, got 'USD'"
    ]
    assert problems(referral={"percent": 101}) == ["referral.percent must be between 0 and 100, got 101"]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "must be 1 to 32 lower-case letters, digits and dashes, not starting with referral-, got ''"),
        ("-a", "must be 1 to 32 lower-case letters, digits and dashes, not starting with referral-, got '-a'"),
        (
            "a" * 33,
            f"must be 1 to 32 lower-case letters, digits and dashes, not starting with referral-, got '{'a' * 33}'",
        ),
        ("merge", "must be none of adjustment, expired, merge, redemption, revived, vested, written-off: the ledger"),
    ],
)
def test_an_id_is_short_and_none_of_the_ledgers(name: str, problem: str) -> None:
    (sentence,) = problems(earn=[CASHBACK | {"id": name}])
    assert sentence.startswith(f"earn[0].id {problem}")
    assert programme_of(earn=[CASHBACK | {"id": "a" * 32}]).earn[0].id == "a" * 32


def test_a_selector_names_labels_as_lines_carry_them() -> None:
    selector = Selector(skus=("A",), categories=("tea", "mugs"), collections=("gifts",), tags=("new",))
    assert selector.labels() == ["category:tea", "category:mugs", "collection:gifts", "tag:new"]
    assert Selector(skus=("A",), products=("p1",)).labels() == []


@pytest.mark.parametrize(
    ("base", "says"),
    [
        (Base(), ["without tax and shipping"]),
        (Base(tax=True), ["without shipping"]),
        (Base(shipping=True), ["without tax"]),
        (Base(tax=True, shipping=True), []),
    ],
)
def test_a_base_says_what_of_the_price_it_leaves_out(base: Base, says: list[str]) -> None:
    assert [written(phrase) for phrase in base.excluded()] == says


@pytest.mark.parametrize(
    ("rate", "says"),
    [("", "a fixed sum"), ("5", "5% of 40.00 EUR"), ("2/5/10", "2%, 5% and 10% of parts of 40.00 EUR")],
)
def test_a_statement_says_what_share_was_given(rate: str, says: str) -> None:
    assert written(Earning.share(Why("cashback", base=4000, rate=rate), "EUR/2")) == says


class Unfinished(Earning, frozen=True, kw_only=True):
    """A kind of which nobody has said what it gives."""

    KIND = "unfinished"
    NAME = "Unfinished"


def test_a_kind_that_does_not_say_what_it_gives_gives_nothing_in_silence() -> None:
    rule, programme = Unfinished(id="a"), programme_of()
    with pytest.raises(NotImplementedError):
        list(rule.problems("earn[0]", programme))
    with pytest.raises(NotImplementedError):
        rule.earned(kept_of(snapshot()), Sale("EUR", NOW, programme))
    with pytest.raises(NotImplementedError):
        rule.offer(programme)
    assert not rule.FROM_KEPT_ALONE  # so that a replay asks it anew for each order
