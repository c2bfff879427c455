"""What findings say is what people read: no minor units, no numbers of periods, no classes."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.domain.audit import wording
from chalicelib.domain.core.calendar import AWAITED
from chalicelib.domain.ledger.transfers import Posted
from chalicelib.domain.records import Counted

DAY = date(2026, 11, 26).toordinal()


@pytest.mark.parametrize(
    ("amount", "counter", "text"),
    [
        (1, "orders", "1 order"),
        (2, "orders/w", "2 orders"),
        (54_000, "EUR/y", "540.00 EUR"),
        (22_400, "EUR", "224.00 EUR"),
        (150, "JPY/m", "150 JPY"),
        (15, "miles/1/m", "1.5 miles"),
        (15, "miles/1", "1.5 miles"),
        (7, "points/m", "7 points"),
        (3, "tea/a", "3 tea"),
        (3, "m", "3 m"),
    ],
)
def test_an_amount_of_a_counter_is_that_of_what_it_counts(amount: int, counter: str, text: str) -> None:
    assert wording.amount_of(amount, counter) == text


@pytest.mark.parametrize(
    ("counter", "number", "text"),
    [
        ("orders/d", DAY, "on 2026-11-26"),
        ("orders/w", (DAY - 1) // 7, "in 2026-W48"),
        ("EUR/m", 24_322, "in 2026-11"),
        ("EUR/q", 8107, "in 2026-Q4"),
        ("EUR/y", 2026, "in 2026"),
        ("tea/a", 0, "in all"),
    ],
)
def test_a_period_is_told_by_its_name(counter: str, number: int, text: str) -> None:
    assert wording.in_period(counter, number) == text


def test_what_an_order_counts_is_told_with_its_day_and_buyer() -> None:
    distinct = {"kinds/m": ("7c013d", "123456"), "visits/m": (f"{DAY}",)}
    counts = Counted("shop.anna", DAY, {"orders": 1, "EUR": 22_400}, distinct)
    things = "category 7c013d, category 123456 of kinds, 2026-11-26 of visits"
    text = f"1 order, 224.00 EUR, {things} on 2026-11-26 for shop.anna"
    assert wording.counted(counts) == text
    assert wording.counted(Counted("shop.anna", DAY)) == "nothing on 2026-11-26 for shop.anna"
    assert wording.counted(None) == "nothing"


@pytest.mark.parametrize(
    ("times", "text"),
    [
        ((0, 0), "at once, for good"),
        ((1_800_000_000, 0), "from 2027-01-15T08:00:00Z, for good"),
        ((AWAITED, 1_800_000_000), "once it is delivered, until 2027-01-15T08:00:00Z"),
    ],
)
def test_a_lot_is_told_by_when_it_can_be_spent(times: tuple[int, int], text: str) -> None:
    assert wording.lot(Posted("shop.anna", "cashback", "programme:cashback", "EUR/2", *times, 500)) == text
