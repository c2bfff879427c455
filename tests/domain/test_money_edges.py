"""Borders of rounding and splitting that the other tests of money do not stand on."""

from decimal import Decimal

import pytest

from chalicelib.domain import money


@pytest.mark.parametrize(
    ("amounts", "parts"),
    [
        (["0.125"], [13]),
        (["0.0625", "0.0625"], [7, 6]),
        (["0.011", "0.016"], [1, 2]),
        (["0.016", "0.011"], [2, 1]),
        (["0.019", "0.014", "0.017"], [2, 1, 2]),
    ],
)
def test_the_cents_that_are_left_go_to_the_largest_remainders(amounts: list[str], parts: list[int]) -> None:
    """The total of the first two is 12.5 cents: half up, not to the even neighbour."""
    assert money.minor_parts([Decimal(each) for each in amounts], "EUR") == parts


def test_no_sign_stands_before_nothing() -> None:
    assert money.plain(Decimal("-0.0")) == "0"
