"""What a programme may say and probably does not mean, in sentences: a warning refuses nothing.

Those here are about the document alone; those of `change_warnings.py` are about what members hold or have done under
the version before it. Imports the document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise, product
from math import prod
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.programme import assets
from chalicelib.domain.programme.change_warnings import change_warnings

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Phrase, Value
    from chalicelib.domain.programme.awards import Step
    from chalicelib.domain.programme.campaigns import Audience, Campaign
    from chalicelib.domain.programme.document import Programme

EXAMPLES = ("example", "invalid", "test", "example.com", "example.net", "example.org")
"""Hosts that are reserved for examples and tests (RFC 2606), with all below them."""

HALF, EVERYTHING = Decimal(50), Decimal(100)
"""In percent: from so much of what is bought on a reward is probably a slip; of all people when nobody is left."""


def warnings(programme: Programme, day: date, before: Programme | None = None) -> Iterator[Phrase]:
    """A sentence for each thing that is allowed and probably not meant, on the `day` from which the version holds.

    Campaigns that are over by then are not looked at. `before`: the version that it follows.
    """
    from chalicelib.domain.core.phrases import Phrase

    yield from overlaps(programme, day)
    yield from change_warnings(programme, before, day) if before else ()
    yield from _empty_audiences(programme, day)
    yield from _vain_holdouts(programme, day)
    yield from _empty_budgets(programme, day)
    yield from _called_alike(programme)
    yield from _generous_points(programme)
    yield from _generous_percents(programme, day)
    yield from _earned_by_any_order(programme)
    yield from _poorer_levels(programme)
    for path, percent in _percents(programme):
        if percent is not None and 0 < percent < 1:
            values = {"path": path, "percent": money.plain(percent), "meant": money.plain(percent * 100)}
            yield Phrase(
                "Less than one percent: %(path)s is %(percent)s; for %(meant)s percent write %(meant)s", values
            )
    if programme.spending.max_percent == 0:
        yield Phrase(
            "No order can be paid with a balance: spending.max_percent is 0; without it all of an order can be"
        )
    if programme.clawback == "loss":
        yield Phrase(
            "With clawback: loss, a member who spends a reward and then returns both the order that earned it and the "
            "order that it paid for has the reward for nothing, and can do so again and again; with clawback: negative "
            "it is owed"
        )
    host = str(urlsplit(programme.landing.page).hostname)
    if f".{host}".endswith(tuple(f".{name}" for name in EXAMPLES)):
        yield Phrase(
            "The page of your shop is on %(host)s, which is reserved for examples: links of members would lead "
            "nowhere; write its true address",
            {"host": host},
        )


def overlaps(programme: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for the campaigns that multiply a rule on the same days, each what the others have multiplied."""
    from chalicelib.domain.core.phrases import CalendarDay, Figure, Named, Phrase

    for rule in programme.earn:
        for campaigns in _meeting([c for c in programme.campaigns if c.ends >= day and rule.id in c.multiply]):
            *others, last = (Named("rule", campaign.id) for campaign in campaigns)
            factor = prod((campaign.multiply[rule.id] for campaign in campaigns), start=Decimal(1))
            values: dict[str, Value] = {
                "first": tuple(others),
                "second": last,
                "starts": CalendarDay(max(campaign.starts for campaign in campaigns)),
                "ends": CalendarDay(min(campaign.ends for campaign in campaigns)),
                "rule": Named("rule", rule.id),
                "factor": Figure(money.plain(factor)),
            }
            if len(campaigns) > 2:
                yield Phrase(
                    "The campaigns %(first)s and %(second)s overlap from %(starts)s to %(ends)s: for whoever is in all "
                    "of them, %(rule)s is multiplied by each, %(factor)s times in all",
                    values,
                )
                continue
            yield Phrase(
                "The campaigns %(first)s and %(second)s overlap from %(starts)s to %(ends)s: for whoever is in both, "
                "%(rule)s is multiplied by both, %(factor)s times in all",
                values,
            )


def _meeting(campaigns: Sequence[Campaign]) -> list[tuple[Campaign, ...]]:
    """The campaigns that one order can be in together, two or more, where none can be in all of them and more."""
    starts = dict.fromkeys(sorted(campaign.starts for campaign in campaigns))
    running = ([c for c in campaigns if c.starts <= day <= c.ends] for day in starts)
    groups = {tuple(c.id for c in group): group for day in running for group in _held_together(day)}
    return [
        group for ids, group in groups.items() if len(group) > 1 and not any({*ids} < {*others} for others in groups)
    ]


def _held_together(campaigns: Sequence[Campaign]) -> list[tuple[Campaign, ...]]:
    """Of campaigns of one day those that hold for one order, for each kind of order that their audiences tell apart."""
    audiences = [campaign.audience for campaign in campaigns]
    levels = dict.fromkeys(("", *(name for audience in audiences for name in audience.levels)))
    segments = dict.fromkeys(("", *(name for audience in audiences for name in audience.segments)))
    listed = dict.fromkeys(name for audience in audiences for name in audience.members)
    # Of all members that the same campaigns list one is enough.
    alike = {tuple(name in audience.members for audience in audiences): name for name in listed}
    kinds = product(levels, segments, ("", *alike.values()), (False, True))
    return [tuple(c for c in campaigns if _holds(c.audience, *kind)) for kind in kinds]


def _holds(audience: Audience, level: str, segment: str, member: str, is_first: bool) -> bool:
    """Whether an audience has an order: of a buyer of a level (empty: another one), of a segment, of an id, the first
    one or not. Before a first order nobody is in a segment.
    """
    return (
        (not audience.levels or level in audience.levels)
        and (not audience.segments or (segment in audience.segments and not is_first))
        and (not audience.members or member in audience.members)
        and (is_first or not audience.first_order)
    )


def _empty_audiences(programme: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for each campaign for first orders that asks for what nobody is before a first order."""
    from chalicelib.domain.core.phrases import Named, Phrase

    steps = programme.levels.steps if programme.levels else ()
    first_levels = {step.id for step in steps if step.at <= 0}
    for campaign in programme.campaigns:
        audience = campaign.audience
        if campaign.ends < day or not audience.first_order:
            continue
        values: dict[str, Value] = {"campaign": Named("rule", campaign.id)}
        if audience.segments:
            yield Phrase(
                "The campaign %(campaign)s is for first orders and for segments, and nobody is in a segment before a "
                "first order: it would hold for nobody",
                values,
            )
        elif audience.levels and not first_levels & {*audience.levels}:
            yield Phrase(
                "The campaign %(campaign)s is for first orders and for levels that nobody has reached before a first "
                "order: it would hold for nobody but those who were given one by hand",
                values,
            )


def _vain_holdouts(programme: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for each campaign that holds everybody out, or people of whom nothing can be told."""
    from chalicelib.domain.core.phrases import Named, Phrase

    for campaign in programme.campaigns:
        values: dict[str, Value] = {"campaign": Named("rule", campaign.id)}
        if campaign.ends < day or not campaign.holdout:
            continue
        if campaign.holdout == EVERYTHING:
            yield Phrase("The campaign %(campaign)s holds everybody out: nobody gets anything of it", values)
        elif campaign.audience.first_order:
            yield Phrase(
                "The campaign %(campaign)s is for first orders, so what it does cannot be told: who is held out misses "
                "it, and nothing is learnt from that; hold nobody out",
                values,
            )


def _empty_budgets(programme: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for each rule or campaign that has a budget of nothing."""
    from chalicelib.domain.core.phrases import Named, Phrase

    over = {campaign.id for campaign in programme.campaigns if campaign.ends < day}
    for rule in programme.rules:
        sums = rule.budget.values() if isinstance(rule.budget, dict) else [rule.budget]
        is_over = rule.id in over or getattr(rule, "campaign", "") in over
        if rule.budget is not None and not is_over and not any(sums):
            yield Phrase("The budget of %(rule)s is 0: it gives nothing", {"rule": Named("rule", rule.id)})


def _generous_percents(programme: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for each rule, the bonus for friends and their welcome that is half of what is bought, or more."""
    from chalicelib.domain.core.phrases import Figure, Named, Phrase

    over = {campaign.id for campaign in programme.campaigns if campaign.ends < day}
    for rule in programme.earn:
        if rule.campaign in over:
            continue
        percent = _generous((rule, *getattr(rule, "rates", ()), *getattr(rule, "ladder", ())))
        if percent:
            values: dict[str, Value] = {"rule": Named("rule", rule.id), "percent": Figure(money.plain(percent))}
            yield Phrase("What %(rule)s gives is worth up to %(percent)s%% of what is bought", values)
    referral = programme.referral
    bonus = _generous((referral, *referral.ladder) if referral else ())
    if bonus:
        values = {"percent": Figure(money.plain(bonus))}
        yield Phrase("The bonus for friends is up to %(percent)s%% of what they buy", values)
    welcome = _generous([referral.welcome] if referral else ())
    if welcome:
        values = {"percent": Figure(money.plain(welcome))}
        yield Phrase("The gift for a friend's first order is %(percent)s%% of it", values)


def _generous(parts: Iterable[object]) -> Decimal | None:
    """The highest percent that one of some parts of the document has, if that is half of what is bought or more."""
    percents = (percent for part in parts if (percent := getattr(part, "percent", None)) and percent >= HALF)
    return max(percents, default=None)


def _generous_points(programme: Programme) -> Iterator[Phrase]:
    """A sentence for each rule whose points are worth half of what is bought, or more."""
    from chalicelib.domain.core.phrases import Figure, Named, Phrase

    for rule in programme.earn:
        per, give, asset = (
            getattr(rule, "per", None),
            getattr(rule, "give", None),
            rule.asset(programme.currency, programme),
        )
        step = programme.sum_in(per, programme.currency) if isinstance(per, dict) else None
        if step and give:
            worth = assets.worth_in(money.minor_of(give, asset), asset, programme.currency, programme)
            if worth and 2 * worth >= step:
                values: dict[str, Value] = {"rule": Named("rule", rule.id), "percent": Figure(str(100 * worth // step))}
                yield Phrase("What %(rule)s gives is worth %(percent)s%% of what is bought", values)


def _earned_by_any_order(programme: Programme) -> Iterator[Phrase]:
    """A sentence for the welcome gift, and one for the bonus, where it is a sum and the smallest order earns it."""
    from chalicelib.domain.core.phrases import Amount, Phrase

    rule = programme.referral
    if rule is None:
        return
    gift = Phrase(
        "A friend's order of %(least)s is enough for the welcome gift of %(amount)s; state the smallest order that "
        "counts (referral.qualifies.minimum)"
    )
    bonus = Phrase(
        "Friends' orders of %(least)s are enough for a bonus of %(amount)s; state the smallest order that counts "
        "(referral.qualifies.minimum)"
    )
    given = [rule.welcome.amount] if rule.welcome else []
    for sentence, amounts in ((gift, given), (bonus, [rule.amount, *(step.amount for step in rule.ladder)])):
        sums = (
            (number, programme.asset_named(currency))
            for amount in amounts
            for currency in programme.all_currencies
            if (number := programme.sum_in(amount, currency))
            if programme.reaches(rule.qualifies.minimum, 1, currency)
        )
        for amount, asset in islice(sums, 1):
            yield replace(sentence, values={"least": Amount(1, asset), "amount": Amount(amount, asset)})


def _poorer_levels(programme: Programme) -> Iterator[Phrase]:
    """A sentence for each level that lacks something of what the level below it brings.

    A gift is not among that: whoever reaches a level gets the gifts of those below it too.
    """
    from chalicelib.domain.core.phrases import Named, Phrase

    steps = programme.levels.steps if programme.levels else ()
    for below, level in pairwise(steps):
        lacks = tuple(_lacking(below, level))
        if lacks:
            values: dict[str, Value] = {
                "level": Named("level", level.id),
                "below": Named("level", below.id),
                "lacks": lacks,
            }
            yield Phrase(
                "The level %(level)s brings less than %(below)s below it: %(lacks)s; a member has what its own level "
                "brings alone",
                values,
            )


def _lacking(below: Step, level: Step) -> Iterator[Phrase]:
    """What of a level the one above it does not bring, or less of it."""
    from chalicelib.domain.core.phrases import Figure, Named, Phrase, ShopText

    for rule, before in below.multiply.items():
        factor = level.multiply.get(rule, Decimal(1))
        if factor < before:
            values: dict[str, Value] = {
                "rule": Named("rule", rule),
                "factor": Figure(money.plain(factor)),
                "before": Figure(money.plain(before)),
            }
            yield Phrase("%(rule)s times %(factor)s instead of %(before)s", values)
    if below.perks and not level.perks:
        yield Phrase("not “%(perks)s”", {"perks": ShopText(below.perks)})
    if flags := tuple(flag for flag in below.flags if flag not in level.flags):
        yield Phrase("without the flags %(flags)s", {"flags": flags})


def _called_alike(programme: Programme) -> Iterator[Phrase]:
    """The names that two cards, goals, levels or campaigns have in a language, and activities with two rules."""
    from chalicelib.domain.core.phrases import Named, Phrase

    steps = programme.levels.steps if programme.levels else ()
    assets = tuple(programme.assets.values())
    for parts in (programme.cards, programme.goals, steps, programme.campaigns, programme.boards, assets):
        names = Counter((language, name) for part in parts for language, name in part.name.items())
        for name in dict.fromkeys(name for (_, name), count in names.items() if count > 1):
            yield Phrase(
                "Two parts of the same kind are called %(name)s; customers cannot tell them apart", {"name": name}
            )
    activities = Counter(rule.activity for rule in programme.earn if rule.activity)
    for activity in (activity for activity, count in activities.items() if count > 1):
        values: dict[str, Value] = {"activity": Named("activity", activity)}
        yield Phrase("The activity %(activity)s is rewarded by several rules; it earns by all of them", values)


def _percents(programme: Programme) -> Iterator[tuple[str, Decimal | None]]:
    """Every percent of the document by its path."""
    for index, rule in enumerate(programme.earn):
        yield f"earn[{index}].percent", getattr(rule, "percent", None)
        for number, rate in enumerate(getattr(rule, "rates", ())):
            yield f"earn[{index}].rates[{number}].percent", rate.percent
        for number, rung in enumerate(getattr(rule, "ladder", ())):
            yield f"earn[{index}].ladder[{number}].percent", rung.percent
    for index, campaign in enumerate(programme.campaigns):
        yield f"campaigns[{index}].holdout", campaign.holdout
    if programme.referral:
        yield "referral.percent", programme.referral.percent
        for number, step in enumerate(programme.referral.ladder):
            yield f"referral.ladder[{number}].percent", step.percent
        if programme.referral.welcome:
            yield "referral.welcome.percent", programme.referral.welcome.percent
    yield "spending.min_percent", programme.spending.min_percent
    yield "spending.max_percent", programme.spending.max_percent
