from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput

SCALES = [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)]


@pytest.mark.parametrize(("currency", "scale"), SCALES)
def test_an_asset_carries_the_scale_of_its_currency(currency: str, scale: int) -> None:
    assert money.scale_of(currency) == scale
    assert money.asset_of(currency) == f"{currency}/{scale}"
    assert money.currency_of(f"{currency}/{scale}") == currency


@pytest.mark.parametrize("currency", ["", "eur", "XYZ", "EURO", "BTC"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(InvalidInput, match="currency must be an ISO 4217 code such as EUR, got"):
        money.scale_of(currency)


@pytest.mark.parametrize(
    ("asset", "is_money"), [("EUR/2", True), ("JPY/0", True), ("points", False), ("st-1/1", False)]
)
def test_money_is_in_capital_letters(asset: str, is_money: bool) -> None:
    assert money.is_money(asset) is is_money


@pytest.mark.parametrize("currency", ["eur", "Eur", "EUR"])
def test_a_code_may_be_written_in_small_letters(currency: str) -> None:
    assert money.code_of(currency) == "EUR"


@pytest.mark.parametrize("currency", ["", "btc", "XYZ"])
def test_the_code_that_is_refused_is_shown_as_it_was_written(currency: str) -> None:
    with pytest.raises(InvalidInput, match=f"currency must be an ISO 4217 code such as EUR, got {currency!r}"):
        money.code_of(currency)


@pytest.mark.parametrize(
    ("amount", "asset", "text"),
    [
        (1234, "EUR/2", "12.34 EUR"),
        (-5, "EUR/2", "-0.05 EUR"),
        (0, "EUR/2", "0.00 EUR"),
        (1234, "JPY/0", "1234 JPY"),
        (1, "KWD/3", "0.001 KWD"),
    ],
)
def test_text_is_what_a_person_reads(amount: int, asset: str, text: str) -> None:
    assert money.text(amount, asset) == text


def test_text_keeps_every_digit() -> None:
    assert money.text(10**36 + 1, "EUR/2") == "1" + "0" * 34 + ".01 EUR"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("12.340", "EUR", 1234),
        ("-0.01", "EUR", -1),
        ("1234", "JPY", 1234),
        ("1.234", "KWD", 1234),
        ("1E+2", "EUR", 10_000),
    ],
)
def test_minor_units_are_exact(amount: str, currency: str, minor: int) -> None:
    assert money.minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(("amount", "currency"), [("12.345", "EUR"), ("0.5", "JPY"), ("1.2345", "KWD")])
def test_smaller_parts_than_the_minor_unit_are_refused(amount: str, currency: str) -> None:
    with pytest.raises(InvalidInput, match=f"amount must have at most . decimals in {currency}, got {amount}"):
        money.minor(Decimal(amount), currency)


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_only_finite_numbers_are_amounts(amount: str) -> None:
    with pytest.raises(InvalidInput, match="amount must be a finite number"):
        money.minor(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    "enter", [lambda value: money.minor(value, "EUR"), lambda value: money.minor_parts([value], "EUR")]
)
def test_floats_cannot_enter(enter: Any) -> None:
    with pytest.raises(AttributeError):
        enter(0.1)


def test_parts_sum_to_the_rounded_total_where_rounding_each_would_lose_a_cent() -> None:
    thirds = [Decimal("33.333")] * 3
    assert money.minor_parts(thirds, "EUR") == [3334, 3333, 3333]


@given(st.lists(st.decimals(0, 10**6, places=4), max_size=8), st.sampled_from([currency for currency, _ in SCALES]))
def test_parts_sum_to_the_rounded_total_and_stray_by_less_than_a_unit(parts: list[Decimal], currency: str) -> None:
    split = money.minor_parts(parts, currency)
    exact = [Fraction(part) * 10 ** money.scale_of(currency) for part in parts]
    assert sum(split) == money.round_fraction(sum(exact, Fraction(0)), "half_up")
    assert all(abs(part - whole) < 1 for part, whole in zip(split, exact, strict=True))


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (0, [5, 5], [0, 0]),
        (7, [0, 0], [7, 0]),
        (0, [], []),
        (5, [0, 1], [0, 5]),
        (1, [1, 3], [0, 1]),
        (-1, [-1, -3], [0, -1]),
        (-10, [-1, -1, -1], [-3, -3, -4]),
    ],
)
def test_allocate_gives_the_largest_remainder_first(total: int, weights: list[int], parts: list[int]) -> None:
    assert money.allocate(total, weights) == parts


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_allocated_parts_always_sum_to_the_total(total: int, weights: list[int]) -> None:
    parts = money.allocate(total, weights)
    assert sum(parts) == total
    assert min(parts) >= 0
    if any(weights):
        assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@pytest.mark.parametrize(
    ("value", "half_up", "half_even", "down"),
    [
        ("0.5", 1, 0, 0),
        ("1.5", 2, 2, 1),
        ("2.5", 3, 2, 2),
        ("-0.5", -1, 0, 0),
        ("-1.5", -2, -2, -1),
        ("0.49", 0, 0, 0),
        ("0.51", 1, 1, 0),
        ("3", 3, 3, 3),
    ],
)
def test_a_fraction_is_rounded_as_is_said(value: str, half_up: int, half_even: int, down: int) -> None:
    exact = Fraction(value)
    assert money.round_fraction(exact, "half_up") == half_up
    assert money.round_fraction(exact, "half_even") == half_even
    assert money.round_fraction(exact, "down") == down


@pytest.mark.parametrize("percent", ["2.5", "0.0001", "99.9999", "100", "0"])
def test_a_percent_is_not_rounded(percent: str) -> None:
    assert Fraction(7 * money.millionths_of(Decimal(percent)), money.MILLIONTHS) == 7 * Fraction(percent) / 100


def test_a_percent_that_millionths_cannot_hold_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="at most 4 decimals"):
        money.millionths_of(Decimal("0.00001"))


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6))
def test_the_nearest_integer_is_found_by_integers_alone(units: int, per_unit: int) -> None:
    exact = Fraction(units, per_unit)
    assert money.round_ratio(units, per_unit, "half_even") == round(exact)
    assert money.round_ratio(units, per_unit, "down") == int(exact)
    assert money.round_ratio(units, per_unit, "half_up") == int(abs(exact) + Fraction(1, 2)) * (-1 if units < 0 else 1)


@pytest.mark.parametrize(
    ("number", "text"), [("5.0", "5"), ("2.50", "2.5"), ("1E+2", "100"), ("0.0001", "0.0001"), ("0", "0")]
)
def test_a_rate_is_written_plainly(number: str, text: str) -> None:
    assert money.plain(Decimal(number)) == text


def test_parts_below_the_smallest_coin_still_come_to_their_sum() -> None:
    assert money.minor_parts([Decimal("0.004"), Decimal("0.004")], "EUR") == [1, 0]


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
    assert money.minor_parts([Decimal(amount) for amount in amounts], "EUR") == parts


@pytest.mark.parametrize(
    ("amounts", "parts"), [(["10.10", "0.05", "7"], [1010, 5, 700]), (["1", "0.005"], [100, 1]), ([], [])]
)
def test_parts_of_whole_cents_stay_as_they_are_and_one_that_is_none_is_rounded(
    amounts: list[str], parts: list[int]
) -> None:
    assert money.minor_parts([Decimal(amount) for amount in amounts], "EUR") == parts


def test_no_sign_stands_before_nothing() -> None:
    assert money.plain(Decimal("-0.0")) == "0"


@pytest.mark.parametrize(
    ("amount", "asset", "minor"),
    [("1.5", "EUR/2", 150), ("50", "points", 50), ("0.5", "stars/1", 5), ("-3", "JPY/0", -3)],
)
def test_an_amount_of_any_asset_in_its_minor_units(amount: str, asset: str, minor: int) -> None:
    assert money.minor_of(Decimal(amount), asset) == minor


@pytest.mark.parametrize(("amount", "asset"), [("0.001", "EUR/2"), ("1.5", "points"), ("0.05", "stars/1")])
def test_more_decimals_than_an_asset_has_are_refused(amount: str, asset: str) -> None:
    with pytest.raises(InvalidInput, match="amount must have at most"):
        money.minor_of(Decimal(amount), asset)
