from datetime import datetime

import pytest

from chalicelib.domain.calendar import iso, start_of_day


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


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
