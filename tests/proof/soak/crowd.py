"""Who takes part: a few members very often and most of them once, by Zipf's law."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from random import Random

MEMBERS = 3000

_WEIGHTS = list(accumulate(1 / (rank + 3) ** 0.9 for rank in range(MEMBERS)))


def somebody(random: Random) -> str:
    """A member's id."""
    return f"shop.m{bisect(_WEIGHTS, random.random() * _WEIGHTS[-1])}"


def referrer(number: int) -> str:
    """One who refers from the start: some of the hot members and some of the others."""
    return f"shop.m{number * number * 2}"
