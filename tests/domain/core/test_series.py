"""Amounts by period, packed: adding one gives what unpacked amounts give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.core.series import Series, added, amount_between, amount_in, packed, unpacked


@given(
    st.dictionaries(st.integers(1, 8), st.integers(-3, 3)), st.integers(1, 10), st.integers(-3, 3), st.integers(0, 6)
)
def test_an_amount_more_is_what_the_unpacked_amounts_say(
    amounts: dict[int, int], number: int, amount: int, oldest: int
) -> None:
    series = packed(amounts)
    sums = unpacked(series)
    sums[number] = sums.get(number, 0) + amount
    assert added(series, number, amount, oldest) == packed({name: sums[name] for name in sums if name >= oldest})


SERIES = (10, 500, 0, -300, 40)
"""500 in period 10, nothing in 11, -300 in 12, 40 in 13."""


@pytest.mark.parametrize(
    ("amounts", "series"),
    [
        ({}, ()),
        ({10: 0, 11: 0}, ()),
        ({13: 40, 10: 500, 12: -300}, SERIES),
        ({9: 0, 10: 500, 11: 0, 12: -300, 13: 40, 14: 0}, SERIES),
    ],
    ids=["none", "nothing", "gaps", "nothing-at-the-ends"],
)
def test_amounts_are_packed_from_the_first_to_the_last(amounts: dict[int, int], series: Series) -> None:
    assert packed(amounts) == series


def test_a_period_that_is_not_remembered_has_nothing() -> None:
    assert [amount_in(SERIES, number) for number in range(8, 16)] == [0, 0, 500, 0, -300, 40, 0, 0]
    assert amount_in((), 10) == 0


@pytest.mark.parametrize(
    ("first", "last", "amount"),
    [
        (10, 13, 240),
        (10, 10, 500),
        (11, 12, -300),
        (12, 13, -260),
        (1, 10, 500),
        (13, 99, 40),
        (1, 99, 240),
        (1, 9, 0),
        (14, 99, 0),
        (12, 11, 0),
    ],
)
def test_a_sum_is_of_both_periods_and_those_between(first: int, last: int, amount: int) -> None:
    assert amount_between(SERIES, first, last) == amount
    assert amount_between((), first, last) == 0


@pytest.mark.parametrize(
    ("number", "amount", "oldest", "series"),
    [
        (14, 7, 10, (*SERIES, 7)),
        (16, 7, 10, (*SERIES, 0, 0, 7)),
        (14, 0, 10, SERIES),
        (13, 7, 10, (10, 500, 0, -300, 47)),
        (13, -40, 10, (10, 500, 0, -300)),
        (11, 7, 10, (10, 500, 7, -300, 40)),
        (10, 7, 10, (10, 507, 0, -300, 40)),
        (10, -500, 10, (12, -300, 40)),
        (8, 7, 8, (8, 7, 0, 500, 0, -300, 40)),
        (9, 7, 10, SERIES),
        (14, 7, 12, (12, -300, 40, 7)),
        (14, 7, 11, (12, -300, 40, 7)),
        (13, 7, 14, ()),
        (20, 7, 20, (20, 7)),
    ],
)
def test_an_amount_more_in_a_period(number: int, amount: int, oldest: int, series: Series) -> None:
    assert added(SERIES, number, amount, oldest) == series


def test_an_amount_that_looks_like_the_number_of_a_period() -> None:
    assert added((10, 11, 4), 11, 7, 10) == (10, 11, 11)


def test_the_first_amount_of_a_series() -> None:
    assert added((), 10, 5, 10) == added((), 10, 5, 1) == (10, 5)
    assert added((), 10, 5, 11) == added((), 10, 0, 10) == ()
