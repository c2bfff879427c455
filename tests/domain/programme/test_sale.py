"""What an order is valued under: whether its goods reach a minimum, and by how much its buyer's level multiplies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.orders.kept import kept
from chalicelib.domain.programme.sale import Sale
from tests.world.builders import NOW, line, programme, snapshot

STEPS = [{"id": "green", "at": 0}, {"id": "black", "at": 200, "multiply": {"cashback": Decimal("1.5")}}]


@pytest.mark.parametrize(
    ("level", "levels", "factor"),
    [("black", STEPS, (3, 2)), ("green", STEPS, (1, 1)), ("", STEPS, (1, 1)), ("black", None, (1, 1))],
)
def test_a_rule_is_multiplied_by_the_level_of_the_buyer_if_there_are_levels(
    level: str, levels: Any, factor: tuple[int, int]
) -> None:
    stated = programme(levels={"steps": levels} if levels else None)
    assert Sale("EUR", NOW, stated, level=level).factor("cashback") == factor


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
    assert Sale(currency, NOW, programme()).reaches(minimum, kept(bag), with_tax=False) == reached
