"""What a campaign has cost and brought: its orders by arm, and what people spent who could get something of it against
those who were held out.

The effect is of everybody who had bought before the campaign began, whether they bought in it or not (intention to
treat), since who buys is itself an effect. Pure functions of the records. Imports money, the calendar, orders and the
programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import midnight, start_of_day
from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import NotFound
from chalicelib.domain.members import order_payments
from chalicelib.domain.orders.kept import kept_of
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme, published
from chalicelib.domain.records import Order, ProgrammeVersion
from chalicelib.domain.rewards.campaigns import HELD_OUT

KINDS = frozenset(record.ENTITY.kind for record in (Order, ProgrammeVersion))
"""The kinds of records that are looked at; items of others need not be deserialised."""

FEWEST_PEOPLE = 30
"""Of so many people in each arm the mean is near enough to normal for an interval."""

NORMAL_QUANTILE = 1.959963984540054
"""Of a normal distribution 95 of 100 cases are within so many standard errors of its mean."""

CHI_SQUARE = 10.83
"""What the arms' sizes pass by chance in one case of 1,000 (one degree of freedom)."""

SHOWN, NOT_SHOWN, UNEVEN, CHANGED = "shown", "not_shown", "uneven_arms", "changed_holdout"
NOBODY_HELD_OUT, FIRST_ORDERS, TOO_FEW = "nobody_held_out", "first_orders", "too_few_people"
"""What can be told of an effect: there is one, there may be none, the figures are not to be trusted; or why nothing can
be told.
"""

_NOTES = {
    SHOWN: Phrase("The difference is larger than chance alone would make it."),
    NOT_SHOWN: Phrase("Chance alone may have made the difference: no effect is shown."),
    UNEVEN: Phrase("Do not trust it: the groups are of other sizes than the hold-out says."),
    CHANGED: Phrase(
        "Do not trust it: the hold-out, or its salt, was changed while the campaign ran, so that people of each group "
        "were in the other one before."
    ),
    NOBODY_HELD_OUT: Phrase("It cannot be told: nobody is held out. State holdout in the next campaign."),
    FIRST_ORDERS: Phrase(
        "It cannot be told: the campaign is for first orders, and whoever had bought before gets nothing of it."
    ),
    TOO_FEW: Phrase(
        "It cannot be told: of those who had bought before it began, %(treated)s could get something and %(held_out)s "
        "were held out; it takes %(fewest)s of each."
    ),
}

Amounts = dict[str, int]
"""Minor units by asset."""


class CampaignArm(Struct, frozen=True):
    """Orders that the campaign was for, of which something is kept: their buyers, and what these spent on goods."""

    orders: int = 0
    buyers: int = 0
    spend: Amounts = field(default_factory=dict)


class Effect(Struct, frozen=True):
    """What a person who could get something of the campaign spent on average in its days, against one who was held out.

    `treated` and `held_out` are people. Amounts are in minor units of the programme's currency; `interval` has the
    difference in 95 of 100 cases, None where nothing can be told. `verdict` is one of the words above.
    """

    verdict: str
    treated: int = 0
    held_out: int = 0
    mean_treated: int = 0
    mean_held_out: int = 0
    difference: int = 0
    interval: tuple[int, int] | None = None

    @property
    def note(self) -> Phrase:
        """What there is to say of it, in a sentence."""
        values = {"treated": self.treated, "held_out": self.held_out, "fewest": FEWEST_PEOPLE}
        return Phrase(_NOTES[self.verdict].text, values)


class CampaignReport(Struct, frozen=True):
    """A campaign from its first to its last day, its cost by asset after refunds, its orders by arm, and its effect.

    Of several runs under the same id, as of each year, it is of the newest that has orders.
    """

    campaign: str
    starts: str
    ends: str
    currency: str
    cost: Amounts
    treated: CampaignArm
    held_out: CampaignArm
    effect: Effect


class _Purchase(Struct, frozen=True):
    """What a report needs of an order that is kept. `arm` is None where the campaign was not for it, else HELD_OUT or
    an empty text; `spend` is in minor units of `asset`; `posted` has the rewards of an order that was treated.
    """

    at: int
    person: str
    arm: str | None
    spend: int
    asset: str
    posted: tuple[tuple[str, str, int], ...]


class _Run(Struct, frozen=True):
    """Days in which a campaign ran, from `begin` until before `end`, with the newest version that states them."""

    programme: Programme
    campaign: Campaign
    begin: int
    end: int

    def of(self, purchases: Iterable[_Purchase]) -> list[_Purchase]:
        """Those of some purchases that were paid in these days."""
        return [purchase for purchase in purchases if self.begin <= purchase.at < self.end]


def report_of(records: Iterable[object], campaign: str) -> CampaignReport:
    """The report of a campaign, from all orders and versions of the programme that are among records.

    Raises NotFound where no version has the campaign.
    """
    versions: list[ProgrammeVersion] = []
    purchases: list[_Purchase] = []
    for record in records:
        if isinstance(record, ProgrammeVersion):
            versions.append(record)
        elif isinstance(record, Order) and (purchase := _purchase(record, campaign)):
            purchases.append(purchase)
    run = _newest_run(_runs(versions, campaign), purchases)
    programme, rule, purchases_of_run = run.programme, run.campaign, run.of(purchases)
    names = {campaign, *(earning.id for earning in programme.earn if earning.campaign == campaign)}
    posted = (part for purchase in purchases_of_run for part in purchase.posted)
    return CampaignReport(
        campaign=campaign,
        starts=rule.starts.isoformat(),
        ends=rule.ends.isoformat(),
        currency=programme.currency,
        cost=_sums((asset, amount) for name, asset, amount in posted if name in names),
        treated=_arm(purchase for purchase in purchases_of_run if purchase.arm == ""),
        held_out=_arm(purchase for purchase in purchases_of_run if purchase.arm == HELD_OUT),
        effect=_effect(purchases, rule, programme),
    )


def _runs(versions: Iterable[ProgrammeVersion], name: str) -> list[_Run]:
    """The runs of a campaign, that of the newest version which states it first. Raises NotFound.

    Versions whose days meet have had them moved, and are of one run; days apart, as those of the year before, are of
    another one under the same id.
    """
    newest_first = sorted(versions, key=lambda version: version.number, reverse=True)
    programmes = [published(version.document) for version in newest_first]
    campaigns = [(programme, campaign) for programme in programmes for campaign in programme.campaigns]
    runs: list[_Run] = []
    for programme, campaign in campaigns:
        if campaign.id == name:
            begin, end = _days(campaign, programme)
            place = next((n for n, run in enumerate(runs) if run.begin <= end and begin <= run.end), None)
            if place is None:
                runs.append(_Run(programme, campaign, begin, end))
            else:
                run = runs[place]
                runs[place] = replace(run, begin=min(begin, run.begin), end=max(end, run.end))
    if not runs:
        names = tuple(sorted({campaign.id for _, campaign in campaigns})) or Phrase("none")
        raise NotFound("there is no campaign %(campaign)s; there are: %(campaigns)s", campaign=name, campaigns=names)
    return runs


def _newest_run(runs: Sequence[_Run], purchases: Iterable[_Purchase]) -> _Run:
    """The newest run that the campaign was for an order in; where it never was, the newest: next year's may be planned
    while this year's is looked at.
    """
    judged = [purchase for purchase in purchases if purchase.arm is not None]
    return next((run for run in runs if run.of(judged)), runs[0])


def _purchase(order: Order, campaign: str) -> _Purchase | None:
    """What the report needs of an order; None where nothing of it is kept."""
    facts = order.bought
    if facts is None or not (facts.paid and facts.buyer):
        return None
    kept = kept_of(order_payments.by_books(facts, order))
    if not kept.share:
        return None
    arms = (arm for arm in ("", HELD_OUT) if f"{arm}{campaign}" in order.terms.campaigns)
    arm = next(arms, None)
    posted = order.posted if arm == "" else ()
    return _Purchase(
        at=facts.at,
        person=order.terms.person(facts.buyer),
        arm=arm,
        spend=sum(line.base(with_tax=False) for line in kept.lines),
        asset=money.asset_of(facts.currency),
        posted=tuple((part.rule, part.asset, part.amount) for part in posted),
    )


def _arm(purchases: Iterable[_Purchase]) -> CampaignArm:
    of_arm = list(purchases)
    buyers = {purchase.person for purchase in of_arm}
    return CampaignArm(len(of_arm), len(buyers), _sums((purchase.asset, purchase.spend) for purchase in of_arm))


def _sums(amounts: Iterable[tuple[str, int]]) -> Amounts:
    sums: Amounts = {}
    for asset, amount in amounts:
        sums[asset] = sums.get(asset, 0) + amount
    return {asset: amount for asset, amount in sums.items() if amount}


def _effect(purchases: Sequence[_Purchase], campaign: Campaign, programme: Programme) -> Effect:
    """The difference between the arms, by Welch's interval."""
    if not campaign.holdout:
        return Effect(NOBODY_HELD_OUT)
    if campaign.audience.first_order:
        return Effect(FIRST_ORDERS)
    begin, end = _days(campaign, programme)
    treated, held_out = _spending(purchases, campaign, (begin, end), money.asset_of(programme.currency))
    if min(len(treated), len(held_out)) < FEWEST_PEOPLE:
        return Effect(TOO_FEW, len(treated), len(held_out))
    (mean, error), (mean_out, error_out) = _mean_and_error(treated), _mean_and_error(held_out)
    difference, reach = mean - mean_out, NORMAL_QUANTILE * sqrt(error**2 + error_out**2)
    interval = round(difference - reach), round(difference + reach)
    verdict = SHOWN if interval[0] > 0 or interval[1] < 0 else NOT_SHOWN
    if _is_skewed(len(treated), len(held_out), campaign):
        verdict = UNEVEN
    if any(begin <= purchase.at < end and _is_of_another_arm(purchase, campaign) for purchase in purchases):
        verdict = CHANGED
    return Effect(
        verdict=verdict,
        treated=len(treated),
        held_out=len(held_out),
        mean_treated=round(mean),
        mean_held_out=round(mean_out),
        difference=round(difference),
        interval=interval,
    )


def _spending(
    purchases: Iterable[_Purchase], campaign: Campaign, days: tuple[int, int], asset: str
) -> tuple[list[int], list[int]]:
    """What everybody who had bought before spent of an asset in some days, by arm: those treated, those held out."""
    begin, end = days
    earlier, spent = set[str](), dict[str, int]()
    for purchase in purchases:
        if purchase.at < begin:
            earlier.add(purchase.person)
        elif purchase.at < end and purchase.asset == asset:
            spent[purchase.person] = spent.get(purchase.person, 0) + purchase.spend
    arms: tuple[list[int], list[int]] = [], []
    for person in earlier:
        arms[campaign.holds_out(person)].append(spent.get(person, 0))
    return arms


def _days(campaign: Campaign, programme: Programme) -> tuple[int, int]:
    """The first instant of a campaign and the first one after it. Its id may have been another one's in other days."""
    last = midnight(campaign.ends, programme.timezone)
    return midnight(campaign.starts, programme.timezone), start_of_day(last, 1, programme.timezone)


def _mean_and_error(values: list[int]) -> tuple[float, float]:
    """The mean of some values and its standard error, from whole sums, so that their order cannot matter."""
    count, total = len(values), sum(values)
    deviations = count * sum(value**2 for value in values) - total**2
    return total / count, sqrt(deviations / (count - 1)) / count


def _is_of_another_arm(purchase: _Purchase, campaign: Campaign) -> bool:
    """Whether an order was judged for the arm that its buyer is not in now: its version held out other people."""
    return purchase.arm is not None and (purchase.arm == HELD_OUT) != campaign.holds_out(purchase.person)


def _is_skewed(treated: int, held_out: int, campaign: Campaign) -> bool:
    """Whether so uneven arms come about by chance in less than one case of 1,000."""
    expected = (treated + held_out) * float(campaign.holdout) / 100
    square = (held_out - expected) ** 2
    return square / expected + square / (treated + held_out - expected) > CHI_SQUARE
