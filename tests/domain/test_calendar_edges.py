"""Months across the end of a year, where only one of the two years has a 29 February."""

from datetime import date

import pytest

from chalicelib.domain.calendar import months_later


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
