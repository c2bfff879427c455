"""Amounts by period, packed: the number of the first period, then an amount for each: `(24311, 500, 0, 300)`.

Periods and their numbers are the calendar's, which is all that this imports.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.core.calendar import Per

Series = tuple[int, ...]
"""Packed amounts; empty where there are none."""

LETTERS: Mapping[Per, str] = {"day": "d", "week": "w", "month": "m", "quarter": "q", "year": "y", "all": "a"}
"""How a kind of period stands in the stored name of a series, which every write of a member repeats: `EUR/m`."""

KINDS: Mapping[str, Per] = {letter: per for per, letter in LETTERS.items()}


def unpacked(series: Series) -> dict[int, int]:
    """The amounts of a series by the numbers of their periods."""
    return dict(enumerate(series[1:], series[0])) if series else {}


def packed(amounts: Mapping[int, int]) -> Series:
    """Amounts as a series; periods with nothing in them at either end are not stored."""
    numbers = [number for number, amount in amounts.items() if amount]
    if not numbers:
        return ()
    first, last = min(numbers), max(numbers)
    return (first, *(amounts.get(number, 0) for number in range(first, last + 1)))


def last_of(series: Series) -> int:
    """The number of the last period of a series with something in it."""
    return series[0] + len(series) - 2


def amount_in(series: Series, number: int) -> int:
    """The amount in a period, 0 where nothing is remembered of it."""
    index = number - series[0] + 1 if series else 0
    return series[index] if 0 < index < len(series) else 0


def amount_between(series: Series, first: int, last: int) -> int:
    """The sum of the amounts from one period to another, both included."""
    if not series:
        return 0
    begin, end = first - series[0] + 1, last - series[0] + 2
    return sum(series[max(begin, 1) : max(end, 1)])


def added(series: Series, number: int, amount: int, oldest: int) -> Series:
    """The series with an amount more in a period (negative: less); what is before the period `oldest` is forgotten."""
    if not series:
        return (number, amount) if amount and number >= oldest else ()
    place = number - series[0] + 1 if series[0] >= oldest else 0
    # Nearly always: the period is the last one, or one after it, and nothing is forgotten.
    if place >= len(series) and amount:
        return (*series, *[0] * (place - len(series)), amount)
    if 0 < place < len(series) and (total := amount + series[place]):
        return (*series[:place], total, *series[place + 1 :])
    amounts = unpacked(series)
    amounts[number] = amounts.get(number, 0) + amount
    return packed({number: amount for number, amount in amounts.items() if number >= oldest})
