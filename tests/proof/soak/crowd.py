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


def anybody(random: Random) -> str:
    """A member's id, each as likely as any other."""
    return f"shop.m{random.randrange(MEMBERS)}"


def referrer(number: int) -> str:
    """One who refers from the start: some of the hot members and some of the others."""
    return f"shop.m{number * number * 2}"


def mailbox(member: str, changes: int = 0) -> str:
    """The hash of a member's e-mail after it was changed so often; some have an alias of their neighbour's mailbox."""
    number = int(member.removeprefix("shop.m"))
    if changes:
        return f"hash-{member}~{changes}"
    return f"hash-shop.m{number - 1}" if number % 25 == ALIAS else f"hash-{member}"


def owner(hashed: str) -> str:
    """The account of a mailbox."""
    return hashed.removeprefix("hash-").partition("~")[0]


ALIAS = 24
"""Of 25 members the last one has the mailbox of the one before."""
