"""What a rule may give one member in a day, a week, a month, a year or in all: the member's quota.

A member's record remembers what limited rules have given in each period (`Member.used`), an order in which periods its
reward counts (`Allowed.buckets`). Amounts are minor units. Imports the calendar, the programme and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import usage
from chalicelib.domain.core.calendar import period_of
from chalicelib.domain.programme.rules import Earning, Limit
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Member

Per = Literal["day", "week", "month", "year", "member"]


class Quota(Struct, frozen=True):
    """What a member can still get of a rule, and which limit says so."""

    remaining: int
    per: str


def quotas(member: Member, rule: Earning, buckets: Sequence[str], sale: Sale) -> Iterator[Quota]:
    """What each limit of a rule leaves a member in the period that an order counts in."""
    for (limit, amount), bucket in zip(_limits(rule, sale), buckets, strict=True):
        yield Quota(amount - usage.used_in(member.used, bucket), limit.per)


def counted(member: Member, buckets: Iterable[str], amount: int, rules: frozenset[str] | None, now: int) -> Member:
    """The member with an amount more used (negative: less) at `now`.

    Of other rules than `rules` nothing is remembered any more; None: of all.
    """
    used = member.used if rules is None else usage.of_rules(member.used, rules)
    for bucket in buckets:
        used = usage.counted(used, bucket, amount, now)
    return replace(member, used=used)


def buckets(rule: Earning, asset: str, sale: Sale) -> tuple[str, ...]:
    """The periods in which an order counts, one for each limit: `cashback EUR/2 month 2026-02`."""
    return tuple(_bucket(rule, asset, limit.per, sale) for limit, _ in _limits(rule, sale))


def _limits(rule: Earning, sale: Sale) -> list[tuple[Limit, int]]:
    """The limits that are stated for what the rule gives for the order, each with its amount in minor units."""
    asset = rule.asset(sale.currency, sale.programme)
    amounts = ((limit, rule.minor(limit.amount, asset, sale.programme)) for limit in rule.limits)
    return [(limit, amount) for limit, amount in amounts if amount is not None]


def _bucket(rule: Earning, asset: str, per: Per, sale: Sale) -> str:
    period = "" if per == "member" else period_of(sale.at, per, sale.programme.timezone)
    return f"{rule.id} {asset} {per} {period}".rstrip()
