"""Which campaigns hold for an order, judged once, and what they add to what other rules give.

Imports money, the programme and transfers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.ledger.transfers import Due, Posted, Why
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import Earned, Earning
from chalicelib.domain.programme.sale import Sale, rate_text

HELD_OUT = "-"
"""Before a campaign's id in an order's terms: its buyer is of those who get nothing of it."""


class Buyer(Struct, frozen=True):
    """What campaigns ask of a buyer before the order: the person, the member, the level, and whether it is the first
    order.
    """

    person: str
    member: str
    level: str
    is_first: bool


class Valued(Struct, frozen=True):
    """What a rule gives for an order, exactly and as due, multiplied by `factor`."""

    rule: Earning
    earned: Earned
    factor: Fraction
    due: Due


def campaigns_on(programme: Programme, at: int) -> tuple[str, ...]:
    """The ids of the campaigns that run at an instant, whomever they are for."""
    zone = programme.timezone
    return tuple(campaign.id for campaign in programme.campaigns if campaign.is_running(at, zone))


def judged(programme: Programme, at: int, buyer: Buyer) -> tuple[str, ...]:
    """The ids of the campaigns that hold for an order that was paid at an instant; those held out with HELD_OUT."""
    running = (campaign for campaign in programme.campaigns if campaign.is_running(at, programme.timezone))
    return tuple(
        f"{HELD_OUT if campaign.holds_out(buyer.person) else ''}{campaign.id}"
        for campaign in running
        if _is_for(campaign, buyer)
    )


def _is_for(campaign: Campaign, buyer: Buyer) -> bool:
    audience = campaign.audience
    if audience.levels and buyer.level not in audience.levels:
        return False
    if audience.members and buyer.member not in audience.members:
        return False
    return buyer.is_first or not audience.first_order


def amount_of(earned: Earned, factor: Fraction, sale: Sale) -> tuple[int, bool]:
    """What is due of something earned and multiplied, in minor units, and whether the cap of the order kept it down."""
    millionths = earned.millionths * factor.numerator
    if earned.cap is not None and earned.cap * money.MILLIONTHS * factor.denominator < millionths:
        return earned.cap, True
    return sale.rounded(millionths, earned.asset, factor.denominator), False


def boosts(valued: Sequence[Valued], sale: Sale) -> list[Due]:
    """What the campaigns that hold add to what rules give: multiplied with it inside its one rounding, less it."""
    factors: dict[str, Fraction] = {}
    dues: list[Due] = []
    for campaign in sale.programme.campaigns:
        if campaign.id in sale.campaigns:
            dues += _boost(campaign, valued, factors, sale)
    return dues


def _boost(campaign: Campaign, valued: Sequence[Valued], factors: dict[str, Fraction], sale: Sale) -> Iterator[Due]:
    """What one campaign adds; `factors`: by how much earlier ones have multiplied each rule, and now this one too."""
    parts: dict[Posted, Due] = {}
    for part in valued:
        multiplier = campaign.multiply.get(part.rule.id)
        if multiplier is None:
            continue
        before = part.factor * factors.get(part.rule.id, Fraction(1))
        factors[part.rule.id] = factors.get(part.rule.id, Fraction(1)) * Fraction(multiplier)
        extra = amount_of(part.earned, before * Fraction(multiplier), sale)[0] - amount_of(part.earned, before, sale)[0]
        if extra:
            due = _due(campaign, part, extra, f"{campaign.id}, {rate_text(multiplier)} times {part.rule.id}", sale)
            key = replace(due.posted, amount=0)
            parts[key] = _together(parts[key], due) if key in parts else due
    yield from parts.values()


def _due(campaign: Campaign, part: Valued, extra: int, rate: str, sale: Sale) -> Due:
    """The extra as the campaign's own, in the lot of what it multiplies unless the campaign has an expiry."""
    posted = part.due.posted
    times = sale.lifetime(campaign) if campaign.expires else (posted.vests_at, posted.expires_at)
    return Due(
        Posted(posted.member, campaign.id, campaign.account, posted.asset, *times, extra),
        Why(campaign.id, part.earned.why.base, rate),
    )


def _together(due: Due, other: Due) -> Due:
    posted = replace(due.posted, amount=due.amount + other.amount)
    return Due(posted, replace(due.why, rate=f"{due.why.rate}, {other.why.rate.partition(', ')[2]}"))
