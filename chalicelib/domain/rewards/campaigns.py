"""Which campaigns hold for an order, judged once, and what they add to what other rules give.

Imports the programme and transfers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.ledger.transfers import Why
from chalicelib.domain.programme.campaigns import AND, Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import Earned, RuleWorth
from chalicelib.domain.programme.sale import Ratio, Sale, rate_text

HELD_OUT = "-"
"""Before a campaign's id in an order's terms: its buyer is of those who get nothing of it."""

ONCE = Decimal(1)
"""By how much a campaign multiplies a rule that it does not name."""


class Buyer(Struct, frozen=True):
    """What campaigns ask of a buyer before the order: the person, the ids of the member and of those that were merged
    into it, the level, whether it is the first order, and the segment (empty: none).
    """

    person: str
    ids: Collection[str]
    level: str
    is_first: bool
    segment: str = ""


class Valued(Struct, frozen=True):
    """What a rule gives for an order, rounded and exactly, multiplied by `factor`."""

    worth: RuleWorth
    earned: Earned
    factor: Ratio


def running(programme: Programme, at: int) -> list[Campaign]:
    """The campaigns that run at an instant, whomever they are for."""
    return [campaign for campaign in programme.campaigns if campaign.is_running(at, programme.timezone)]


def judged(campaigns: Iterable[Campaign], buyer: Buyer) -> tuple[str, ...]:
    """The ids of those of the running campaigns that hold for an order; those held out with HELD_OUT."""
    return tuple([arm(campaign, buyer.person) for campaign in campaigns if _is_for(campaign, buyer)])


def arm(campaign: Campaign, person: str) -> str:
    """A campaign's id as an order's terms have it for a person, with HELD_OUT before it where it is held out."""
    return f"{HELD_OUT if campaign.holds_out(person) else ''}{campaign.id}"


def _is_for(campaign: Campaign, buyer: Buyer) -> bool:
    audience = campaign.audience
    if audience.levels and buyer.level not in audience.levels:
        return False
    if audience.segments and buyer.segment not in audience.segments:
        return False
    if audience.members and not any(name in audience.members for name in buyer.ids):
        return False
    return buyer.is_first or not audience.first_order


def boosted(part: Valued, sale: Sale) -> int:
    """What a rule gives together with what the campaigns that hold add to it."""
    factor = part.factor
    for campaign in sale.boosting:
        factor = _times(factor, campaign.multiply.get(part.worth.rule.id, ONCE))
    return sale.amount_of(part.earned, factor)[0]


def boosts(valued: Sequence[Valued], sale: Sale) -> list[RuleWorth]:
    """What the campaigns that hold add to what rules give: multiplied with it inside its one rounding, less it."""
    factors = {part.worth.rule.id: part.factor for part in valued}
    names = {rule: rule for rule in factors}
    worths: list[RuleWorth] = []
    for campaign in sale.boosting:
        worths += _boost(campaign, valued, factors, names, sale).values()
    return worths


def _boost(
    campaign: Campaign, valued: Sequence[Valued], factors: dict[str, Ratio], names: dict[str, str], sale: Sale
) -> dict[str, RuleWorth]:
    """What one campaign adds, by asset.

    `factors`: by how much each rule is multiplied in all, now with it. `names`: what of each rule it multiplies, the
    campaigns before it too, now with it: `cashback and tea`.
    """
    worths: dict[str, RuleWorth] = {}
    for part in valued:
        rule, multiplier = part.worth.rule, campaign.multiply.get(part.worth.rule.id)
        if multiplier is None:
            continue
        before, multiplied = factors[rule.id], names[rule.id]
        names[rule.id] = f"{multiplied}{AND}{campaign.id}"
        after = factors[rule.id] = _times(before, multiplier)
        amount, is_capped = sale.amount_of(part.earned, after)
        extra = amount - sale.amount_of(part.earned, before)[0]
        if extra:
            why = Why(campaign.id, part.earned.why.base, f"{campaign.id}, {rate_text(multiplier)} times {multiplied}")
            boost = _worth(campaign, part, extra, replace(why, limit="order") if is_capped else why)
            worths[boost.asset] = _together(worths[boost.asset], boost) if boost.asset in worths else boost
    return worths


def _times(factor: Ratio, multiplier: Decimal) -> Ratio:
    """A factor multiplied by a number."""
    numerator, denominator = multiplier.as_integer_ratio()
    return factor[0] * numerator, factor[1] * denominator


def _worth(campaign: Campaign, part: Valued, extra: int, why: Why) -> RuleWorth:
    """The extra as the campaign's own, with the days of what it multiplies unless the campaign has an expiry."""
    lasting = campaign if campaign.expires else part.worth.lasting
    return RuleWorth(campaign, lasting, part.worth.asset, extra, why)


def _together(worth: RuleWorth, other: RuleWorth) -> RuleWorth:
    """The boosts of two rules of one asset, with the days of the first."""
    rate = f"{worth.why.rate}, {other.why.rate.partition(', ')[2]}"
    limit = worth.why.limit or other.why.limit
    return replace(worth, amount=worth.amount + other.amount, why=replace(worth.why, rate=rate, limit=limit))
