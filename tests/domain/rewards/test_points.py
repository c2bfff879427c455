"""Points: which lines a reason names, and the most that a rule may give."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.ledger.transfers import MAX_EXPLAINED
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.rewards.points import Points
from tests.world.builders import NOW, line, programme_of, snapshot

EACH_EURO = {"id": "points", "give": 1, "of": "points", "per": {"EUR": 1}}


def explained(*prices: int, **rule: Any) -> tuple[tuple[str, int], ...]:
    """The lines that the reason names, of an order with lines of these prices."""
    programme = programme_of(earn=[EACH_EURO | rule], assets={"points": {}})
    (points,) = programme.earn
    assert isinstance(points, Points)
    bag = snapshot(*(line(str(number), net) for number, net in enumerate(prices)))
    earned = points.earned(kept_of(bag), Sale("EUR", NOW, programme))
    assert earned
    return earned.why.lines


def test_a_reason_names_the_lines_that_count_and_not_those_that_cost_nothing() -> None:
    assert explained(100, 0, 200, base={"shipping": True}) == (("0", 100), ("2", 200))


def test_a_reason_names_so_many_lines_at_most() -> None:
    assert len(explained(*[100] * (MAX_EXPLAINED + 1))) == MAX_EXPLAINED


def test_a_rule_may_give_as_much_as_a_sum_can_be() -> None:
    assert programme_of(earn=[EACH_EURO | {"give": 1_000_000_000}], assets={"points": {}}).earn


def test_points_for_sums_of_another_currency_are_no_offer() -> None:
    programme = programme_of(currencies=["USD"], earn=[EACH_EURO | {"per": {"USD": 1}}], assets={"points": {}})
    assert programme.earn[0].offer(programme) == ()
