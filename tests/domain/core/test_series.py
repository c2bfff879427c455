"""Amounts by period, packed: adding one gives what unpacked amounts give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.core.series import added, packed, unpacked


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
