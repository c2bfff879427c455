"""What a rule may give one member in a day, a week, a month, a year or in all: the member's quota.

A member's record remembers what limited rules have given in each period (`Member.used`), an order in which periods its
reward counts (`Allowed.buckets`). Amounts are minor units. Imports the calendar, the programme and records.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core.calendar import period_of
from chalicelib.domain.programme.rules import Earning, Limit
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Member

KEPT_PERIODS = {"day": 40, "week": 8, "month": 4, "year": 2}
"""Periods of which a member's uses are remembered; an order that was paid longer ago finds its quota untouched."""

Per = Literal["day", "week", "month", "year", "member"]


class Quota(Struct, frozen=True):
    """What a member can still get of a rule, and which limit says so."""

    remaining: int
    per: str


def quotas(member: Member, rule: Earning, buckets: Sequence[str], sale: Sale) -> Iterator[Quota]:
    """What each limit of a rule leaves a member in the period that an order counts in."""
    for limit, bucket in zip(_limits(rule, sale), buckets, strict=True):
        yield Quota((sale.sum_of(limit.amount) or 0) - member.used.get(bucket, 0), limit.per)


def counted(member: Member, buckets: Sequence[str], amount: int, rules: Collection[str]) -> Member:
    """The member with an amount more used (negative: less); only what was used of `rules` is still remembered."""
    used = dict(member.used)
    for bucket in buckets:
        used[bucket] = max(used.get(bucket, 0) + amount, 0)
    return replace(member, used=_recent(used, rules))


def buckets(rule: Earning, asset: str, sale: Sale) -> tuple[str, ...]:
    """The periods in which an order counts, one for each limit: `cashback EUR/2 month 2026-02`."""
    return tuple(_bucket(rule, asset, limit.per, sale) for limit in _limits(rule, sale))


def _limits(rule: Earning, sale: Sale) -> list[Limit]:
    """The limits that are stated for the order's currency."""
    return [limit for limit in rule.limits if sale.sum_of(limit.amount) is not None]


def _bucket(rule: Earning, asset: str, per: Per, sale: Sale) -> str:
    period = "" if per == "member" else period_of(sale.at, per, sale.programme.timezone)
    return f"{rule.id} {asset} {per} {period}".rstrip()


def _recent(used: dict[str, int], rules: Collection[str]) -> dict[str, int]:
    """Without what is used up to nothing, without rules that are gone, and of each limit the latest periods only."""
    kept: dict[str, int] = {}
    for bucket in sorted(used, reverse=True):
        rule, asset, per, *_ = bucket.split()
        alike = sum(other.startswith(f"{rule} {asset} {per} ") for other in kept)
        if used[bucket] and rule in rules and alike < KEPT_PERIODS.get(per, 1):
            kept[bucket] = used[bucket]
    return dict(sorted(kept.items()))
