"""Local days, months and years, and their borders."""

from datetime import date, timedelta

import pytest

from chalicelib.domain.core.calendar import (
    AWAITED,
    NO_EXPIRY,
    VESTED_ALREADY,
    Border,
    Per,
    Period,
    first_day,
    iso,
    last_day,
    local_day,
    midnight,
    months_later,
    number_of,
    period_name,
    period_number,
    period_of,
    start_of_day,
)
from tests.world.builders import at

PARIS = "Europe/Paris"


@pytest.mark.parametrize(
    ("instant", "days", "start"),
    [
        ("2026-03-28T12:00:00+01:00", 1, "2026-03-29T00:00:00+01:00"),
        ("2026-03-28T12:00:00+01:00", 2, "2026-03-30T00:00:00+02:00"),
        ("2026-10-24T12:00:00+02:00", 1, "2026-10-25T00:00:00+02:00"),
        ("2026-10-24T12:00:00+02:00", 2, "2026-10-26T00:00:00+01:00"),
        ("2026-01-31T23:59:59+01:00", 1, "2026-02-01T00:00:00+01:00"),
        ("2028-02-28T08:00:00+01:00", 1, "2028-02-29T00:00:00+01:00"),
        ("2026-12-31T08:00:00+01:00", 1, "2027-01-01T00:00:00+01:00"),
        ("2026-06-01T00:00:00+02:00", 0, "2026-06-01T00:00:00+02:00"),
        ("2026-05-31T22:30:00+00:00", 0, "2026-06-01T00:00:00+02:00"),
    ],
    ids=[
        "into-summer",
        "after-it",
        "into-winter",
        "after-it-too",
        "month",
        "leap-day",
        "year",
        "midnight",
        "local-not-utc",
    ],
)
def test_days_are_the_customers_own(instant: str, days: int, start: str) -> None:
    assert start_of_day(at(instant), days, PARIS) == at(start)


def test_a_day_that_begins_at_one_begins_at_its_first_second() -> None:
    # Beirut skipped midnight on 29 March 2026: clocks went from 23:59:59 to 01:00.
    assert start_of_day(at("2026-03-28T12:00:00+02:00"), 1, "Asia/Beirut") == at("2026-03-29T01:00:00+03:00")


def test_iso_is_utc() -> None:
    assert iso(at("2026-06-01T00:00:00+02:00")) == "2026-05-31T22:00:00Z"


def test_what_is_awaited_is_later_than_anything_and_never_is_no_instant() -> None:
    assert iso(AWAITED) == "9999-12-31T23:59:59Z"
    assert VESTED_ALREADY == NO_EXPIRY == 0


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-05-31T21:59:59+00:00", date(2026, 5, 31)),
        ("2026-05-31T22:00:00+00:00", date(2026, 6, 1)),
    ],
)
def test_a_day_begins_at_local_midnight(instant: str, day: date) -> None:
    assert local_day(at(instant), PARIS) == day
    assert midnight(date(2026, 6, 1), PARIS) == at("2026-05-31T22:00:00+00:00")


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 0, date(2026, 1, 31)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 28), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 15), 12, date(2027, 3, 15)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 1, 31), 25, date(2028, 2, 29)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(day: date, months: int, then: date) -> None:
    assert months_later(day, months) == then


@pytest.mark.parametrize(
    ("day", "border", "last"),
    [
        (date(2026, 2, 1), "month", date(2026, 2, 28)),
        (date(2028, 2, 29), "month", date(2028, 2, 29)),
        (date(2026, 4, 30), "month", date(2026, 4, 30)),
        (date(2026, 12, 31), "month", date(2026, 12, 31)),
        (date(2026, 1, 1), "year", date(2026, 12, 31)),
        (date(2026, 12, 31), "year", date(2026, 12, 31)),
    ],
)
def test_the_last_day_of_a_month_or_year(day: date, border: Border, last: date) -> None:
    assert last_day(day, border) == last


@pytest.mark.parametrize(
    ("instant", "period", "name"),
    [
        ("2026-02-02T12:00:00+01:00", "day", "2026-02-02"),
        ("2026-02-02T12:00:00+01:00", "week", "2026-W06"),
        ("2026-02-02T12:00:00+01:00", "month", "2026-02"),
        ("2026-02-02T12:00:00+01:00", "year", "2026"),
        ("2026-12-31T23:30:00+00:00", "day", "2027-01-01"),
        ("2026-12-31T23:30:00+00:00", "month", "2027-01"),
        ("2026-12-31T23:30:00+00:00", "year", "2027"),
        ("2027-01-01T12:00:00+01:00", "week", "2026-W53"),
        ("2027-01-04T00:00:00+01:00", "week", "2027-W01"),
        ("2027-01-03T23:59:59+01:00", "week", "2026-W53"),
    ],
)
def test_a_period_is_named_as_the_calendar_on_the_wall_does(instant: str, period: Period, name: str) -> None:
    assert period_of(at(instant), period, PARIS) == name


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2024, 12, 31), 2, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
    ],
)
def test_the_length_of_february_is_that_of_the_later_year(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("per", "day", "name"),
    [
        ("day", date(2026, 11, 26), "2026-11-26"),
        ("week", date(2026, 11, 26), "2026-W48"),
        ("week", date(2027, 1, 1), "2026-W53"),
        ("month", date(2026, 12, 31), "2026-12"),
        ("month", date(2027, 1, 1), "2027-01"),
        ("quarter", date(2026, 3, 31), "2026-Q1"),
        ("quarter", date(2026, 11, 26), "2026-Q4"),
        ("quarter", date(2027, 1, 1), "2027-Q1"),
        ("year", date(2026, 12, 31), "2026"),
        ("all", date(2026, 12, 31), ""),
    ],
)
def test_a_period_is_named_as_people_write_it(per: Per, day: date, name: str) -> None:
    assert period_name(per, period_number(per, day)) == name


@pytest.mark.parametrize(
    ("per", "name", "first"),
    [
        ("day", "2026-11-26", date(2026, 11, 26)),
        ("week", "2026-W01", date(2025, 12, 29)),
        ("week", "2026-W53", date(2026, 12, 28)),
        ("month", "2026-12", date(2026, 12, 1)),
        ("quarter", "2026-Q1", date(2026, 1, 1)),
        ("quarter", "2026-Q4", date(2026, 10, 1)),
        ("year", "2026", date(2026, 1, 1)),
    ],
)
def test_a_period_is_found_by_its_name_and_begins_on_its_first_day(per: Per, name: str, first: date) -> None:
    number = number_of(per, name)
    assert (period_name(per, number), first_day(per, number)) == (name, first)
    assert (period_number(per, first), period_number(per, first - timedelta(days=1))) == (number, number - 1)


def test_the_period_without_borders_has_a_number_and_no_first_day() -> None:
    assert number_of("all", "") == period_number("all", date(2026, 12, 31)) == 0
    with pytest.raises(ValueError, match="no first day"):
        first_day("all", 0)


@pytest.mark.parametrize(
    ("per", "name"), [("week", "2026-W54"), ("month", "2026-13"), ("quarter", "2026-Q5"), ("year", "MMXXVI")]
)
def test_a_name_of_no_period_is_an_error(per: Per, name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (each of these is worded by the standard library)
        number_of(per, name)
