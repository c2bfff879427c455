"""An order asks the same of DynamoDB whatever the size of the shop and the length of its history. Counts, no times."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest import mock

import pytest

from chalicelib.store.codec import item_of
from tests.bench.flat.books import Books, member, statement, translated
from tests.bench.flat.cost import Cost, ratio, read_units
from tests.bench.flat.disk import copies, row_of
from tests.bench.flat.study import comparisons, costs, counts, figures, time_rows, unit_rows
from tests.bench.flat.world import FEW, REGULAR, Scale, world
from tests.bench.shop import RULES
from tests.world.builders import DAY_S, NOW

SMALL = Scale((1_000, 5_000), orders=1_000, friends=1_000, referrers=2)


@pytest.fixture(scope="module")
def compared(dynamodb_endpoint: str) -> Iterator[dict[str, dict[str, Cost]]]:
    """Every comparison's costs on shops of a thousand and of five thousand members."""
    with mock.patch.dict(os.environ), world(SMALL) as opened:
        yield {what: costs(comparison) for what, comparison in comparisons(opened).items()}


@pytest.mark.xdist_group("dynamodb-local")
def test_costs_are_equal_in_every_shop_and_for_every_history(compared: dict[str, dict[str, Cost]]) -> None:
    assert {what: len(set(spent.values())) for what, spent in compared.items()} == dict.fromkeys(compared, 1)


@pytest.mark.xdist_group("dynamodb-local")
def test_costs_are_those_of_the_budget(compared: dict[str, dict[str, Cost]]) -> None:
    small = {what: next(iter(spent.values())) for what, spent in compared.items()}
    assert small == {
        "an order, by members": Cost(reads=1, read_units=3, writes=1, write_units=6),
        "an order, by orders before": Cost(reads=1, read_units=3, writes=1, write_units=6),
        "a friend's order, by friends before": Cost(reads=1, read_units=4, writes=1, write_units=10),
        "a settled pair, by friends before": Cost(reads=1, read_units=3, writes=1, write_units=10),
        "a balance, by orders before": Cost(reads=1, read_units=1, writes=0, write_units=0),
        "a statement, by orders before": Cost(reads=2, read_units=2, writes=0, write_units=0),
    }


def test_a_statement_says_what_the_delivery_says() -> None:
    assert statement(7, 8, NOW) == translated(7, 8, NOW)


def test_a_row_is_replaced_wherever_it_names_the_member() -> None:
    books = Books(RULES)
    books.buy(range(FEW), REGULAR, NOW, DAY_S)
    item = item_of(books.member(member(REGULAR)))
    (copy,) = copies(item, member(REGULAR), [member(5)])
    assert copy == row_of({**item, "pk": {"S": f"MEMBER#{member(5)}"}, "m": {"S": member(5)}})


def test_read_units_are_started_blocks_of_four_kilobytes() -> None:
    assert [read_units(size) for size in (0, 1, 4096, 4097, 8193)] == [1, 1, 1, 2, 3]


def test_a_dearer_contender_misses_the_target() -> None:
    cheap, dear = Cost(1, 2, 1, 6), Cost(1, 2, 1, 8)
    rows = {row.name.partition(":")[0]: row for row in unit_rows("an order", {"few": cheap, "many": dear})}
    assert {name: (row.value, row.met) for name, row in rows.items()} == {
        "round trips": (1.0, True),
        "read units": (1.0, True),
        "write units": (1.333, False),
    }


def test_time_is_compared_round_by_round() -> None:
    spent = {"few": [1.0, 2.0, 4.0], "many": [1.05, 2.1, 8.0]}
    assert ratio(spent, "many", "few") == 1.05
    assert [row.met for row in time_rows("an order", spent)] == [True]
    assert [row.met for row in time_rows("an order", {"few": [1.0], "many": [1.2]})] == [False]


def test_figures_of_a_page_say_nothing_of_writing() -> None:
    assert figures(Cost(2, 3, 0, 0)) == {"round trips": 2, "read units": 3}
    assert counts({"10": Cost(1, 2, 1, 6)}) == {"10: round trips": 2, "10: read units": 2, "10: write units": 6}
