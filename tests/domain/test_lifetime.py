"""From when until when a reward can be spent, rule by rule. Paid at noon in Paris on 31 January 2026."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.calendar import AWAITED, NEVER
from chalicelib.domain.lifetime import lifetime
from tests.builders import programme

PARIS = "Europe/Paris"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


PAID = at("2026-01-31T12:00:00+01:00")
DELIVERED = at("2026-02-03T15:30:00+01:00")


def times(rule: dict[str, Any], paid: int = PAID, delivered: int = 0, zone: str = PARIS) -> tuple[int, int]:
    earn = {"id": "a", "percent": Decimal(5), **rule}
    return lifetime(programme(timezone=zone, earn=[earn]).earn[0], paid, delivered, zone)


@pytest.mark.parametrize(
    ("rule", "vests"),
    [
        ({}, NEVER),
        ({"vest_days": 1}, "2026-02-01T00:00:00+01:00"),
        ({"vest_days": 14}, "2026-02-14T00:00:00+01:00"),
        ({"vest_days": 60}, "2026-04-01T00:00:00+02:00"),
        ({"vest_date": "2026-02-14"}, "2026-02-14T00:00:00+01:00"),
        ({"vest_date": "2026-02-01"}, "2026-02-01T00:00:00+01:00"),
        ({"vest_date": "2026-01-31"}, NEVER),
        ({"vest_date": "2026-01-01"}, NEVER),
        ({"vest_date": "2026-02-10", "vest_days": 14}, "2026-02-14T00:00:00+01:00"),
        ({"vest_date": "2026-02-14", "vest_days": 14}, "2026-02-14T00:00:00+01:00"),
        ({"vest_date": "2026-02-20", "vest_days": 14}, "2026-02-20T00:00:00+01:00"),
    ],
)
def test_what_was_paid_can_be_spent_from(rule: dict[str, Any], vests: Any) -> None:
    assert times(rule)[0] == (at(vests) if vests else NEVER)


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
    assert times({}, delivered=DELIVERED)[0] == NEVER


@pytest.mark.parametrize(
    ("rule", "expires"),
    [
        ({}, NEVER),
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
    assert times(rule)[1] == (at(expires) if expires else NEVER)


def test_expiry_counts_from_the_payment_even_where_the_delivery_vests_it() -> None:
    rule = {"vest_on": "delivery", "expire_days": 30}
    assert times(rule, delivered=DELIVERED)[1] == times({"expire_days": 30})[1]


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
