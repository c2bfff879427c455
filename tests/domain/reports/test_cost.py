"""What a programme costs in a period."""

from __future__ import annotations

import pytest

from chalicelib.domain.programme.document import Programme, parse
from chalicelib.domain.records import Flow
from chalicelib.domain.reports.cost import PeriodCost, cost_of
from chalicelib.domain.reports.days import PeriodReport
from chalicelib.edge.yaml_document import read_document

DOCUMENT = """
name: Acme
currency: EUR
currencies: [USD]
landing: {page: "https://acme.example", hosts: [acme.example]}
assets:
  points: {worth: 0.05}
  stars: {}
"""


@pytest.fixture
def programme() -> Programme:
    return parse(read_document(DOCUMENT.encode()))


def test_what_was_given_less_what_was_taken_back_counts_at_its_worth_by_hand_too(programme: Programme) -> None:
    """12.00 - 2.00 + 1.00 - 0.50 = 10.50, and 100 - 20 points at 0.05 = 4.00; of it 3.00 - 1.00 + 2.00 was redeemed."""
    flows = [
        Flow("given", "EUR/2", "cashback", 1200, 6),
        Flow("taken_back", "EUR/2", "cashback", 200, 1),
        Flow("added", "EUR/2", "adjustment", 100, 1),
        Flow("removed", "EUR/2", "adjustment", 50, 1),
        Flow("given", "points", "points", 100, 6),
        Flow("taken_back", "points", "points", 20, 6),
        Flow("redeemed", "EUR/2", "", 300, 2),
        Flow("given_back", "EUR/2", "", 100, 1),
        Flow("redeemed", "points", "", 40, 1),
        Flow("expired", "EUR/2", "cashback", 7, 1),
        Flow("written_off", "EUR/2", "", 9, 1),
    ]
    period = PeriodReport(1, 1, goods={"EUR/2": 20000, "USD/2": 700}, flows=flows)
    assert cost_of(period, programme) == PeriodCost(1450, 400, 20000)


def test_what_has_no_price_is_named_and_does_not_count(programme: Programme) -> None:
    flows = [
        Flow("given", "stars", "stars", 5, 1),
        Flow("expired", "gone", "old", 5, 1),
        Flow("redeemed", "USD/2", "", 100, 1),
        Flow("given", "EUR/2", "cashback", 10, 1),
    ]
    assert cost_of(PeriodReport(1, 1, flows=flows), programme) == PeriodCost(10, 0, 0, ("stars", "USD/2"))


def test_what_comes_to_nothing_costs_nothing(programme: Programme) -> None:
    flows = [Flow("given", "points", "points", 10, 1), Flow("taken_back", "points", "points", 10, 1)]
    assert cost_of(PeriodReport(1, 1, flows=flows), programme) == PeriodCost(0, 0, 0)


def test_a_period_in_which_more_was_taken_back_than_given_counts_below_nothing(programme: Programme) -> None:
    flows = [Flow("given", "points", "points", 10, 1), Flow("taken_back", "points", "points", 31, 1)]
    assert cost_of(PeriodReport(1, 1, flows=flows), programme).given == -105
