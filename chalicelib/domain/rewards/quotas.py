"""What a rule may give one member in a day, a week, a month, a year or in all: the member's quota.

A member's record remembers what limited rules have given in each period (`Member.used`), an order in which periods its
reward counts (`Allowed.buckets`). Amounts are minor units. Imports the calendar, the programme and records.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import usage
from chalicelib.domain.core.calendar import period_of
from chalicelib.domain.programme.rules import Earning, Limit
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Allowed, Member

UNLIMITED = 1 << 62

Per = Literal["day", "week", "month", "year", "member"]


class Quota(Struct, frozen=True):
    """What a member can still get of a rule, and which limit says so."""

    remaining: int
    per: str


COUNT = "#"
"""Stands in a bucket for the asset where it counts how often something was given; no asset is called so."""


def quotas(member: Member, rule: Earning, grant: Allowed, sale: Sale) -> Iterator[Quota]:
    """What each limit of a rule leaves a member in the period that an order or an activity counts in.

    Once something is granted, more of it is not one time more.
    """
    for (limit, most), bucket in zip(_limits(rule, sale), grant.buckets, strict=True):
        remaining = most - usage.used_in(member.used, bucket)
        if limit.times is not None:
            remaining = UNLIMITED if remaining > 0 or grant.amount else 0
        yield Quota(remaining, limit.per)


def counted(member: Member, grant: Allowed, amount: int, now: int) -> Member:
    """The member after a grant has changed to an amount at `now`: so much more or less is used of it.

    What was used of a rule counts for as long as its periods are remembered, and in all for ever, whichever versions
    have left the rule out meanwhile.
    """
    used = usage.remembered(member.used, now)
    for bucket in grant.buckets:
        once = (amount > 0) - (grant.amount > 0)
        more = once if bucket.split()[1] == COUNT else amount - grant.amount
        used = usage.counted(used, bucket, more, now)
    return replace(member, used=used)


def buckets(rule: Earning, asset: str, sale: Sale) -> tuple[str, ...]:
    """The periods in which an order counts, one for each limit: `cashback EUR/2 month 2026-02`.

    `review # month 2026-02` counts how often an activity gave anything.
    """
    measured = ((limit, asset if limit.times is None else COUNT) for limit, _ in _limits(rule, sale))
    return tuple(_bucket(rule, measure, limit.per, sale) for limit, measure in measured)


def _limits(rule: Earning, sale: Sale) -> list[tuple[Limit, int]]:
    """The limits that are stated for what the rule gives, each with its amount in minor units, or its times."""
    asset = rule.asset(sale.currency, sale.programme)
    amounts = ((limit, limit.times or rule.minor(limit.amount, asset, sale.programme)) for limit in rule.limits)
    return [(limit, amount) for limit, amount in amounts if amount is not None]


def _bucket(rule: Earning, measure: str, per: Per, sale: Sale) -> str:
    period = "" if per == "member" else period_of(sale.at, per, sale.programme.timezone)
    return f"{rule.id} {measure} {per} {period}".rstrip()
