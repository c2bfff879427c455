"""What a campaign has cost and brought: its orders by arm, and what people spent who got something of it against those
who were held out. Reads an export of the books or the table, and writes nothing.

The effect is of everybody who had bought before the campaign began, whether they bought in it or not (intention to
treat), since who buys is itself an effect. Imports the audit's pieces, the codec and the domain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import sqrt
from statistics import NormalDist

from msgspec import Struct, field

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import midnight, start_of_day
from chalicelib.domain.members import order_payments
from chalicelib.domain.orders.kept import kept
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme, published
from chalicelib.domain.records import Order, ProgrammeVersion
from chalicelib.domain.rewards.campaigns import HELD_OUT
from chalicelib.domain.rewards.selection import base_of
from chalicelib.store.codec import record_of
from infra.audit.sources import Passed, Piece

KINDS = frozenset(record.ENTITY.kind for record in (Order, ProgrammeVersion))

FEWEST_PEOPLE = 30
"""Of so many people in each arm the mean is near enough to normal for an interval."""

CHI_SQUARE = 10.83
"""What the arms' sizes pass by chance in one case of 1,000 (one degree of freedom)."""

Amounts = dict[str, int]
"""Minor units by asset."""


class UnknownCampaign(OSError):
    """No published version has the campaign; the text names those that there are."""


class Arm(Struct):
    """Orders that the campaign was for, of which something is kept: their buyers, and what these spent on goods."""

    orders: int = 0
    buyers: int = 0
    spend: Amounts = field(default_factory=dict)


class Effect(Struct, frozen=True):
    """What a person who got something of the campaign spent on average in its days, against one who was held out.

    Amounts are in minor units of the programme's currency; `interval` has the difference in 95 of 100 cases. `note`:
    what there is to say of it: that it is shown, that it is not, or why it cannot be told (then without figures).
    """

    note: str
    treated: int = 0
    held_out: int = 0
    mean_treated: int = 0
    mean_held_out: int = 0
    difference: int = 0
    interval: tuple[int, int] | None = None


class Report(Struct, frozen=True):
    """A campaign, its cost by asset after refunds, its orders by arm and its effect."""

    campaign: str
    starts: str
    ends: str
    currency: str
    cost: Amounts
    treated: Arm
    held_out: Arm
    effect: Effect


class Bought(Struct, frozen=True):
    """What a report needs of an order that is kept."""

    at: int
    person: str
    campaigns: tuple[str, ...]
    spend: int
    asset: str
    posted: tuple[tuple[str, str, int], ...]


def report_of(pieces: Iterable[Piece], campaign: str, passed: Passed = lambda *_: None) -> Report:
    """The report of a campaign. Raises UnknownCampaign, and what reading raises."""
    versions: list[ProgrammeVersion] = []
    orders: list[Bought] = []
    for piece in pieces:
        for item in piece.items(passed):
            if item.get("k", {}).get("S") in KINDS:
                record = record_of(item)
                if isinstance(record, ProgrammeVersion):
                    versions.append(record)
                elif isinstance(record, Order) and (bought := _bought(record)):
                    orders.append(bought)
    programme, rule = _campaign(versions, campaign)
    arms = {"": Arm(), HELD_OUT: Arm()}
    for prefix, arm in arms.items():
        _fill(arm, [order for order in orders if f"{prefix}{campaign}" in order.campaigns])
    names = {campaign, *(earning.id for earning in programme.earn if earning.campaign == campaign)}
    return Report(
        campaign,
        rule.starts.isoformat(),
        rule.ends.isoformat(),
        programme.currency,
        _sums((asset, amount) for order in orders for name, asset, amount in order.posted if name in names),
        arms[""],
        arms[HELD_OUT],
        _effect(orders, rule, programme),
    )


def _campaign(versions: Iterable[ProgrammeVersion], name: str) -> tuple[Programme, Campaign]:
    """The campaign as the newest version has it that states it, and that version's programme."""
    known: set[str] = set()
    for version in sorted(versions, key=lambda version: version.number, reverse=True):
        programme = published(version.document)
        for campaign in programme.campaigns:
            if campaign.id == name:
                return programme, campaign
            known.add(campaign.id)
    raise UnknownCampaign(f"there is no campaign {name}; there are: {', '.join(sorted(known)) or 'none'}")


def _bought(order: Order) -> Bought | None:
    """What the report needs of an order; None where nothing of it is kept."""
    facts = order.facts.view
    if facts is None or not (facts.paid and facts.buyer):
        return None
    rest = kept(order_payments.by_books(facts, order))
    if not rest.share:
        return None
    posted = tuple((part.rule, part.asset, part.amount) for part in order.posted)
    spend = sum(base_of(line, with_tax=False) for line in rest.lines)
    person = order.terms.person(facts.buyer)
    return Bought(facts.at, person, order.terms.campaigns, spend, money.asset_of(facts.currency), posted)


def _fill(arm: Arm, orders: list[Bought]) -> None:
    arm.orders, arm.buyers = len(orders), len({order.person for order in orders})
    arm.spend = _sums((order.asset, order.spend) for order in orders)


def _sums(amounts: Iterable[tuple[str, int]]) -> Amounts:
    sums: Amounts = {}
    for asset, amount in amounts:
        sums[asset] = sums.get(asset, 0) + amount
    return {asset: amount for asset, amount in sums.items() if amount}


def _effect(orders: Iterable[Bought], campaign: Campaign, programme: Programme) -> Effect:
    """The difference between the arms, by Welch's interval."""
    if not campaign.holdout:
        return Effect("not told: nobody is held out (state holdout)")
    if campaign.audience.first_order:
        return Effect("not told: the campaign is for first orders, and those who had bought before get nothing of it")
    treated, held_out = _spending(orders, campaign, programme)
    if min(len(treated), len(held_out)) < FEWEST_PEOPLE:
        return Effect(
            f"not told: {len(treated)} and {len(held_out)} people had bought before it began, and {FEWEST_PEOPLE} in "
            "each arm are needed",
            len(treated),
            len(held_out),
        )
    (mean, error), (mean_out, error_out) = _mean_and_error(treated), _mean_and_error(held_out)
    difference, reach = mean - mean_out, NormalDist().inv_cdf(0.975) * sqrt(error**2 + error_out**2)
    interval = round(difference - reach), round(difference + reach)
    note = "shown" if interval[0] > 0 or interval[1] < 0 else "not shown: the interval holds 0"
    if _is_skewed(len(treated), len(held_out), campaign):
        note = "not to be trusted: the arms are of other sizes than the holdout says, was it changed meanwhile?"
    return Effect(note, len(treated), len(held_out), round(mean), round(mean_out), round(difference), interval)


def _spending(orders: Iterable[Bought], campaign: Campaign, programme: Programme) -> tuple[list[int], list[int]]:
    """What everybody who had bought before spent in the campaign's days, by arm."""
    begin = midnight(campaign.starts, programme.timezone)
    end = start_of_day(midnight(campaign.ends, programme.timezone), 1, programme.timezone)
    asset = money.asset_of(programme.currency)
    earlier, spent = set[str](), dict[str, int]()
    for order in orders:
        if order.at < begin:
            earlier.add(order.person)
        elif order.at < end and order.asset == asset:
            spent[order.person] = spent.get(order.person, 0) + order.spend
    arms: tuple[list[int], list[int]] = [], []
    for person in sorted(earlier):
        arms[campaign.holds_out(person)].append(spent.get(person, 0))
    return arms


def _mean_and_error(values: list[int]) -> tuple[float, float]:
    """The mean of some values and its standard error."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, sqrt(variance / len(values))


def _is_skewed(treated: int, held_out: int, campaign: Campaign) -> bool:
    """Whether so uneven arms come about by chance in less than one case of 1,000."""
    expected = (treated + held_out) * float(campaign.holdout) / 100
    return (held_out - expected) ** 2 / expected + (held_out - expected) ** 2 / (
        treated + held_out - expected
    ) > CHI_SQUARE


def lines(report: Report) -> Iterator[str]:
    """A report as people read it."""
    asset = money.asset_of(report.currency)
    yield f"Campaign {report.campaign}, {report.starts} to {report.ends}"
    yield f"  has cost   {_texts(report.cost)}, after refunds"
    for name, arm in (("treated", report.treated), ("held out", report.held_out)):
        yield f"  {name:<9}  {arm.orders:,} orders of {arm.buyers:,} buyers, {_texts(arm.spend)} of goods"
    effect = report.effect
    if effect.interval is None:
        yield f"  effect     {effect.note}"
        return
    yield (
        f"  effect     of those who had bought before, {effect.treated:,} spent "
        f"{money.text(effect.mean_treated, asset)} on average in its days, "
        f"{effect.held_out:,} held out {money.text(effect.mean_held_out, asset)}"
    )
    low, high = (money.text(bound, asset) for bound in effect.interval)
    difference = money.text(effect.difference, asset)
    yield f"             {difference} a person (95 %: {low} to {high}); {effect.note}"


def _texts(amounts: Amounts) -> str:
    return " and ".join(money.text(amount, asset) for asset, amount in sorted(amounts.items())) or "nothing"
