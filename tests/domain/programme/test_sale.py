"""What an order is valued under: whether its goods reach a minimum, and by how much its buyer's level multiplies; and
from when until when a reward can be spent, rule by rule, paid at noon in Paris on 31 January 2026.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chalicelib.domain.core.calendar import AWAITED, NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.sale import Sale, lifetime, lifetime_problems
from chalicelib.domain.rewards.cashback import Cashback
from tests.world.builders import NOW, at, line, programme_of, snapshot

STEPS = [{"id": "green", "at": 0}, {"id": "black", "at": 200, "multiply": {"cashback": Decimal("1.5")}}]


@pytest.mark.parametrize(
    ("level", "levels", "factor"),
    [("black", STEPS, (3, 2)), ("green", STEPS, (1, 1)), ("", STEPS, (1, 1)), ("black", None, (1, 1))],
)
def test_a_rule_is_multiplied_by_the_level_of_the_buyer_if_there_are_levels(
    level: str, levels: Any, factor: tuple[int, int]
) -> None:
    programme = programme_of(levels={"steps": levels} if levels else None)
    assert Sale("EUR", NOW, programme, level=level).factor("cashback") == factor


@pytest.mark.parametrize(
    ("minimum", "currency", "reached"),
    [
        (None, "CHF", True),
        (Decimal(50), "EUR", True),
        (Decimal("50.01"), "EUR", False),
        ({"EUR": Decimal(50)}, "CHF", False),
    ],
)
def test_goods_reach_a_minimum_that_is_stated_for_their_currency_and_any_where_none_is_stated(
    minimum: Any, currency: str, reached: bool
) -> None:
    bag = snapshot(line(net=5000, tax=1000), currency=currency)
    assert Sale(currency, NOW, programme_of()).reaches(minimum, kept_of(bag), with_tax=False) == reached


PARIS = "Europe/Paris"


PAID = at("2026-01-31T12:00:00+01:00")
DELIVERED = at("2026-02-03T15:30:00+01:00")


def times(rule: dict[str, Any], paid: int = PAID, delivered: int = 0, zone: str = PARIS) -> tuple[int, int]:
    earn = {"id": "a", "percent": Decimal(5), **rule}
    return lifetime(programme_of(timezone=zone, earn=[earn]).earn[0], paid, delivered, zone)


@pytest.mark.parametrize(
    ("rule", "vests"),
    [
        ({}, NO_EXPIRY),
        ({"vest_days": 1}, "2026-02-01T00:00:00+01:00"),
        ({"vest_days": 14}, "2026-02-14T00:00:00+01:00"),
        ({"vest_days": 60}, "2026-04-01T00:00:00+02:00"),
        ({"vest_date": "2026-02-14"}, "2026-02-14T00:00:00+01:00"),
        ({"vest_date": "2026-02-01"}, "2026-02-01T00:00:00+01:00"),
        ({"vest_date": "2026-01-31"}, NO_EXPIRY),
        ({"vest_date": "2026-01-01"}, NO_EXPIRY),
        ({"vest_date": "2026-02-10", "vest_days": 14}, "2026-02-14T00:00:00+01:00"),
        ({"vest_date": "2026-02-14", "vest_days": 14}, "2026-02-14T00:00:00+01:00"),
        ({"vest_date": "2026-02-20", "vest_days": 14}, "2026-02-20T00:00:00+01:00"),
    ],
)
def test_what_was_paid_can_be_spent_from(rule: dict[str, Any], vests: Any) -> None:
    assert times(rule)[0] == (at(vests) if vests else VESTED_ALREADY)


@pytest.mark.parametrize("rule", [{}, {"vest_days": 14}, {"vest_date": "2026-02-14"}])
def test_what_vests_on_delivery_is_awaited_before(rule: dict[str, Any]) -> None:
    assert times({"vest_on": "delivery", **rule})[0] == AWAITED


@pytest.mark.parametrize(
    ("rule", "vests"),
    [
        ({}, DELIVERED),
        ({"vest_days": 2}, at("2026-02-05T00:00:00+01:00")),
        ({"vest_date": "2026-02-03"}, DELIVERED),
        ({"vest_date": "2026-02-04"}, at("2026-02-04T00:00:00+01:00")),
        ({"vest_date": "2026-02-04", "vest_days": 2}, at("2026-02-05T00:00:00+01:00")),
        ({"vest_date": "2026-02-06", "vest_days": 2}, at("2026-02-06T00:00:00+01:00")),
    ],
)
def test_what_was_delivered_can_be_spent_from(rule: dict[str, Any], vests: int) -> None:
    assert times({"vest_on": "delivery", **rule}, delivered=DELIVERED)[0] == vests


def test_a_delivery_is_nothing_to_what_vests_on_payment() -> None:
    assert times({"vest_days": 1}, delivered=DELIVERED) == times({"vest_days": 1})
    assert times({}, delivered=DELIVERED)[0] == VESTED_ALREADY


@pytest.mark.parametrize(
    ("rule", "expires"),
    [
        ({}, NO_EXPIRY),
        ({"expire_days": 1}, "2026-02-02T00:00:00+01:00"),
        ({"expire_days": 365}, "2027-02-01T00:00:00+01:00"),
        ({"expire_months": 1}, "2026-03-01T00:00:00+01:00"),
        ({"expire_months": 2}, "2026-04-01T00:00:00+02:00"),
        ({"expire_months": 12}, "2027-02-01T00:00:00+01:00"),
        ({"expire_months": 25}, "2028-03-01T00:00:00+01:00"),
        ({"expire_end": "month"}, "2026-02-01T00:00:00+01:00"),
        ({"expire_end": "year"}, "2027-01-01T00:00:00+01:00"),
        ({"expire_days": 1, "expire_end": "month"}, "2026-03-01T00:00:00+01:00"),
        ({"expire_months": 11, "expire_end": "year"}, "2027-01-01T00:00:00+01:00"),
        ({"expire_months": 12, "expire_end": "year"}, "2028-01-01T00:00:00+01:00"),
    ],
)
def test_it_can_be_spent_until_the_last_second_of_the_last_day(rule: dict[str, Any], expires: Any) -> None:
    assert times(rule)[1] == (at(expires) if expires else NO_EXPIRY)


# Public source of the kind: Kademi #4759 and SmallShops #35, rewards that were gone before their owner could use them.
@pytest.mark.parametrize(
    ("rule", "vests", "expires"),
    [
        ({"expire_days": 30}, DELIVERED, "2026-03-06T00:00:00+01:00"),
        ({"vest_days": 14, "expire_days": 30}, "2026-02-17T00:00:00+01:00", "2026-03-20T00:00:00+01:00"),
        ({"vest_days": 14, "expire_days": 10}, "2026-02-17T00:00:00+01:00", "2026-02-28T00:00:00+01:00"),
        ({"vest_days": 14, "expire_months": 1}, "2026-02-17T00:00:00+01:00", "2026-03-18T00:00:00+01:00"),
        ({"vest_days": 28, "expire_end": "month"}, "2026-03-03T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
        ({"vest_date": "2027-01-15", "expire_days": 30}, "2027-01-15T00:00:00+01:00", "2027-02-15T00:00:00+01:00"),
    ],
)
def test_what_vests_on_delivery_expires_so_long_after_it_has_vested(
    rule: dict[str, Any], vests: Any, expires: str
) -> None:
    begins = vests if isinstance(vests, int) else at(vests)
    assert times({"vest_on": "delivery", **rule}, delivered=DELIVERED) == (begins, at(expires))


def test_what_awaits_its_delivery_does_not_expire() -> None:
    assert times({"vest_on": "delivery", "expire_days": 30}) == (AWAITED, NO_EXPIRY)


def test_what_was_delivered_before_it_was_paid_expires_so_long_after_the_payment() -> None:
    rule = {"vest_on": "delivery", "expire_days": 30}
    assert times(rule, delivered=PAID - 5 * 86400)[1] == times({"expire_days": 30})[1]


def test_what_counts_from_vesting_does_so_for_payments_too() -> None:
    rule = {"expire_from": "vesting", "vest_date": "2027-01-15", "expire_days": 30}
    assert times(rule) == (at("2027-01-15T00:00:00+01:00"), at("2027-02-15T00:00:00+01:00"))
    assert times({"expire_from": "vesting", "expire_days": 30}) == times({"expire_days": 30})


@pytest.mark.parametrize(
    ("rule", "allowed", "expires"),
    [
        ({"expire_days": 7}, "2026-01-31T12:00:00+01:00", "2026-02-08T00:00:00+01:00"),
        ({"expire_days": 7}, "2026-02-10T09:00:00+01:00", "2026-02-18T00:00:00+01:00"),
        ({"expire_days": 30, "vest_days": 14}, "2026-02-10T09:00:00+01:00", "2026-03-13T00:00:00+01:00"),
        # Counted from vesting: approved before that changes nothing, approved after it counts from then.
        (
            {"expire_days": 7, "vest_days": 14, "expire_from": "vesting"},
            "2026-02-10T09:00:00+01:00",
            "2026-02-22T00:00:00+01:00",
        ),
        (
            {"expire_days": 7, "vest_days": 14, "expire_from": "vesting"},
            "2026-02-20T09:00:00+01:00",
            "2026-02-28T00:00:00+01:00",
        ),
        ({"expire_end": "month"}, "2026-02-10T09:00:00+01:00", "2026-03-01T00:00:00+01:00"),
    ],
)
def test_what_waited_for_a_person_expires_so_long_after_it_was_allowed(
    rule: dict[str, Any], allowed: str, expires: str
) -> None:
    """docs/programme.md: nothing expires before it can be spent."""
    earning = programme_of(timezone=PARIS, earn=[{"id": "a", "percent": Decimal(5), **rule}]).earn[0]
    assert lifetime(earning, PAID, 0, PARIS, at(allowed)) == (times(rule)[0], at(expires))


def test_what_was_published_before_expire_from_existed_counts_from_the_payment_for_ever() -> None:
    stored = msgspec.json.encode({"id": "a", "percent": "5", "vest_on": "delivery", "vest_days": 14, "expire_days": 30})
    rule = msgspec.json.decode(stored, type=Cashback)
    assert lifetime(rule, PAID, PAID + 20 * 86400, PARIS) == (
        at("2026-03-06T00:00:00+01:00"),
        at("2026-03-03T00:00:00+01:00"),
    )


@pytest.mark.parametrize(
    ("zone", "vests", "expires"),
    [
        ("UTC", "2026-02-01T00:00:00+00:00", "2026-03-01T00:00:00+00:00"),
        (PARIS, "2026-02-02T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
    ],
)
def test_days_are_the_shops_own(zone: str, vests: str, expires: str) -> None:
    rule = {"vest_days": 1, "expire_days": 28, "expire_end": "month"}
    assert times(rule, at("2026-01-31T23:30:00+00:00"), zone=zone) == (at(vests), at(expires))


def test_months_end_on_the_same_day_of_a_later_month() -> None:
    assert times({"expire_months": 1}, at("2026-01-10T12:00:00+01:00"))[1] == at("2026-02-11T00:00:00+01:00")


BEGINS = at("2026-11-25T12:00:00+01:00")


@pytest.mark.parametrize(
    ("rule", "field", "got"),
    [
        ({"expire_days": 30}, "expire_days", "30"),
        ({"expire_days": 50}, "expire_days", "50"),
        ({"expire_months": 1}, "expire_months", "1"),
        ({"expire_end": "year"}, "expire_end", "'year'"),
    ],
)
@pytest.mark.parametrize("path", ["earn[0]", "referral", "referral.welcome"])
def test_what_would_be_gone_before_its_date_is_named(path: str, rule: dict[str, Any], field: str, got: str) -> None:
    """An order of 25 November vested on 15 January and expired on 26 December."""
    earning = {"percent": 5, "vest_date": "2027-01-15", **rule}
    parts: dict[str, Any] = {
        "earn[0]": {"earn": [{"id": "a", **earning}]},
        "referral": {"referral": earning},
        "referral.welcome": {"referral": {"percent": 5, "welcome": earning}},
    }
    fix = "last beyond vest_date 2027-01-15 for an order of 2026-11-25, or be counted from it (expire_from: vesting)"
    problems = lifetime_problems(programme_of(timezone=PARIS, **parts[path]), BEGINS, BEGINS)
    assert [str(problem) for problem in problems] == [f"{path}.{field} must {fix}, got {got}"]


@pytest.mark.parametrize(
    "rule",
    [
        {"expire_days": 51},
        {"expire_months": 2},
        {"expire_days": 30, "expire_from": "vesting"},
        {"expire_end": "year", "expire_from": "vesting"},
        {"expire_days": 30, "vest_on": "delivery"},
        {},
    ],
)
def test_what_lasts_beyond_its_date_is_fine(rule: dict[str, Any]) -> None:
    programme = programme_of(timezone=PARIS, earn=[{"id": "a", "percent": 5, "vest_date": "2027-01-15", **rule}])
    assert lifetime_problems(programme, BEGINS, BEGINS) == []


def test_a_date_of_the_past_does_not_matter() -> None:
    programme = programme_of(
        timezone=PARIS, earn=[{"id": "a", "percent": 5, "vest_date": "2026-11-25", "expire_days": 1}]
    )
    assert lifetime_problems(programme, BEGINS, BEGINS) == []


@pytest.mark.parametrize(("idle_days", "problems"), [(50, 1), (51, 0)])
def test_a_date_after_everybody_may_be_idle_is_named(idle_days: int, problems: int) -> None:
    earn = [{"id": "a", "percent": 5, "vest_date": "2027-01-15"}]
    programme = programme_of(timezone=PARIS, inactive_days=idle_days, earn=earn)
    problem = "earn[0].vest_date must come before inactive_days end for an order of 2026-11-25, got 2027-01-15"
    assert [*map(str, lifetime_problems(programme, BEGINS, BEGINS))] == [problem] * problems
    assert [*map(str, lifetime_problems(programme, 0, BEGINS))] == [problem] * problems
