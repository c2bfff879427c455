"""What a programme may say and probably does not mean: percents below 1, which may be meant as shares, a landing page
on a host that is nobody's, campaigns that multiply each other or hold for nobody, points that are worth much, levels
that bring less than a lower one, parts that are called alike, gifts and bonuses that the smallest order earns, and what
was spent of returned orders let off.

A warning refuses nothing. Imports the document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations, islice, pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.programme import assets

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Phrase, Value
    from chalicelib.domain.programme.awards import Step
    from chalicelib.domain.programme.document import Programme

EXAMPLES = ("example", "invalid", "test", "example.com", "example.net", "example.org")
"""Hosts that are reserved for examples and tests (RFC 2606), with all below them."""


def warnings(programme: Programme, today: date) -> Iterator[Phrase]:
    """A sentence for each thing that is allowed and probably not meant; campaigns that are over `today` are no more."""
    from chalicelib.domain.core.phrases import Phrase

    yield from overlaps(programme, today)
    yield from _empty_audiences(programme, today)
    yield from _called_alike(programme)
    yield from _generous_points(programme)
    yield from _earned_by_any_order(programme)
    yield from _poorer_levels(programme)
    for path, percent in _percents(programme):
        if percent is not None and 0 < percent < 1:
            values = {"path": path, "percent": money.plain(percent), "meant": money.plain(percent * 100)}
            yield Phrase(
                "Less than one percent: %(path)s is %(percent)s; for %(meant)s percent write %(meant)s", values
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


def overlaps(programme: Programme, today: date) -> Iterator[Phrase]:
    """A sentence for each rule that two campaigns multiply on the same days, each what the other has multiplied."""
    from chalicelib.domain.core.phrases import CalendarDay, Figure, Named, Phrase

    to_come = [campaign for campaign in programme.campaigns if campaign.ends >= today]
    for first, second in combinations(to_come, 2):
        starts, ends = max(first.starts, second.starts), min(first.ends, second.ends)
        for rule in first.multiply.keys() & second.multiply.keys() if starts <= ends else ():
            factor = first.multiply[rule] * second.multiply[rule]
            yield Phrase(
                "The campaigns %(first)s and %(second)s overlap from %(starts)s to %(ends)s: for whoever is in both, "
                "%(rule)s is multiplied by both, %(factor)s times in all",
                {
                    "first": Named("rule", first.id),
                    "second": Named("rule", second.id),
                    "starts": CalendarDay(starts),
                    "ends": CalendarDay(ends),
                    "rule": Named("rule", rule),
                    "factor": Figure(money.plain(factor)),
                },
            )


def _empty_audiences(programme: Programme, today: date) -> Iterator[Phrase]:
    """A sentence for each campaign for first orders that asks for what nobody is before a first order."""
    from chalicelib.domain.core.phrases import Named, Phrase

    steps = programme.levels.steps if programme.levels else ()
    first_levels = {step.id for step in steps if step.at <= 0}
    for campaign in programme.campaigns:
        audience = campaign.audience
        if campaign.ends < today or not audience.first_order:
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
        if step and give and not money.is_money(asset):
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
            if amount is not None and (number := programme.sum_in(amount, currency))
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
