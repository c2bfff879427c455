"""Amounts as operators write them, with all decimals of the asset."""

import pytest

from infra.api import ApiError
from infra.commands.terminal import amount


@pytest.mark.parametrize(
    ("text", "asset", "minor"),
    [
        ("3.00", "EUR", (300, "EUR/2")),
        ("-3.00", "EUR/2", (-300, "EUR/2")),
        ("300", "JPY", (300, "JPY/0")),
        ("50", "points", (50, "points")),
        ("5.5", "points/1", (55, "points/1")),
    ],
)
def test_an_amount_is_read_with_all_its_decimals(text: str, asset: str, minor: tuple[int, str]) -> None:
    assert amount(text, asset) == minor


NO_DECIMALS = (
    "amount must be written with all decimals of points, such as 3, got '5.0'; "
    "an asset with decimals is named with their number, as points/1"
)


@pytest.mark.parametrize(
    ("text", "asset", "problem"),
    [
        ("3", "EUR", "amount must be written with all decimals of EUR, such as 3.00, got '3'"),
        (
            "5.0",
            "points",
            NO_DECIMALS,
        ),
        (
            "3.00",
            "eur",
            "amount must be written with all decimals of eur, such as 3, got '3.00'; the currency is written EUR",
        ),
        ("5", "points/1", "amount must be written with all decimals of points, such as 3.0, got '5'"),
        ("3.00", "EURO", "asset must be a currency such as EUR, or one of the programme such as points, got 'EURO'"),
    ],
)
def test_another_is_refused(text: str, asset: str, problem: str) -> None:
    with pytest.raises(ApiError) as refused:
        amount(text, asset)
    assert str(refused.value) == problem
