"""How much was used in each of the latest periods, packed: a number for the first period, then an amount for each.

`{"cashback EUR/2 day": (739284, 500, 0, 300)}`: 500 on a day, 300 two days later. A bucket is one period of such a
series by its name: `cashback EUR/2 day 2025-02-01`. Amounts are minor units. Imports the calendar and series.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from chalicelib.domain.core import series
from chalicelib.domain.core.calendar import Period, local_day, number_of, period_number
from chalicelib.domain.core.series import Series

Usage = dict[str, Series]

KEPT_PERIODS: Mapping[Period, int] = {"day": 8, "week": 4, "month": 3, "year": 2}
"""Periods of a series that are remembered; what is used in an earlier one is not."""

_PERIODS: Mapping[str, Period] = {period: period for period in KEPT_PERIODS}
"""What a series can be counted by; one that is counted by `member` has no periods."""


def used_in(usage: Usage, bucket: str) -> int:
    """What was used in a bucket, as far as that is remembered."""
    name, number = _place(bucket)
    return series.amount_in(usage.get(name, ()), number)


def counted(usage: Usage, bucket: str, amount: int, now: int) -> Usage:
    """The usage with an amount more in a bucket (negative: less, not below zero), at the instant `now`."""
    name, number = _place(bucket)
    amounts = series.unpacked(usage.get(name, ()))
    amounts[number] = max(amounts.get(number, 0) + amount, 0)
    return _with(usage, name, _series(name, amounts, _latest(name, number, now)))


def joined(usage: Usage, other: Usage) -> Usage:
    """The sum of two usages."""
    for name, more in other.items():
        amounts = series.unpacked(usage.get(name, ()))
        for number, amount in series.unpacked(more).items():
            amounts[number] = amounts.get(number, 0) + amount
        usage = _with(usage, name, _series(name, amounts))
    return usage


def remembered(usage: Usage, now: int) -> Usage:
    """The usage without the series whose periods are all too old to be remembered at the instant `now`."""
    today = local_day(now, "UTC")
    return {name: amounts for name, amounts in usage.items() if not _is_over(name, amounts, today)}


def _is_over(name: str, amounts: Series, today: date) -> bool:
    """Whether a series has only periods that are too old; one by `member` never has."""
    period = _PERIODS.get(name.rpartition(" ")[2])
    if period is None:
        return False
    return series.last_of(amounts) < period_number(period, today) - KEPT_PERIODS[period]


def of_buckets(buckets: Mapping[str, int]) -> Usage:
    """The usage of an item of an earlier release: an amount for each bucket."""
    by_name: dict[str, dict[int, int]] = {}
    for bucket, amount in buckets.items():
        name, number = _place(bucket)
        by_name.setdefault(name, {})[number] = amount
    packed = {name: _series(name, amounts) for name, amounts in by_name.items()}
    return {name: amounts for name, amounts in packed.items() if amounts}


def _with(usage: Usage, name: str, amounts: Series) -> Usage:
    others = {other: kept for other, kept in usage.items() if other != name}
    return {**others, name: amounts} if amounts else others


@lru_cache(4096)
def _place(bucket: str) -> tuple[str, int]:
    """The name of a bucket's series, and the number of its period."""
    rule, asset, per, *period = bucket.split()
    return f"{rule} {asset} {per}", number_of(_PERIODS[per], period[0]) if period else 0


def _latest(name: str, number: int, now: int) -> int | None:
    """The last period that counts when an amount is counted in one; None: the last of all.

    A storefront's clock may be ahead: what it has said of a far future yields to what is counted in the present, which
    may be the next day in some time zone.
    """
    period = _PERIODS.get(name.rpartition(" ")[2])
    if period is None:
        return None
    present = period_number(period, local_day(now, "UTC")) + 1
    return present if number <= present else None


def _series(name: str, amounts: Mapping[int, int], latest: int | None = None) -> Series:
    """The amounts of the latest periods with something in them, packed; empty where there are none."""
    numbers = [number for number, amount in amounts.items() if amount and (latest is None or number <= latest)]
    if not numbers:
        return ()
    last = max(numbers)
    period = _PERIODS.get(name.rpartition(" ")[2])
    kept = KEPT_PERIODS[period] if period else 1
    return series.packed({number: amounts[number] for number in numbers if number > last - kept})
