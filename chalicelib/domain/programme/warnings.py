"""What a programme may say and probably does not mean: percents below 1, which may be meant as shares, a landing page
on a host that is nobody's, campaigns that multiply each other or hold for nobody, hold-outs that teach nothing,
budgets of nothing, rewards worth half of what is bought, levels that bring less than a lower one, parts that are
called alike, gifts and bonuses that the smallest order earns, what was spent of returned orders let off, levels and
leaderboards that leave out what members have done before, limits and budgets that leave out what was given, hold-outs
that change, goals that are rewarded twice, another worth of what members hold, and an expiry that leaves it alone.

A warning refuses nothing. Imports the document and its labels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise, product
from math import prod
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.programme import assets

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Phrase, Value
    from chalicelib.domain.programme.assets import Asset
    from chalicelib.domain.programme.awards import Goal, Step
    from chalicelib.domain.programme.campaigns import Audience, Campaign
    from chalicelib.domain.programme.document import Programme
    from chalicelib.domain.programme.rules import Earning, Lasting

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
    yield from _against(programme, before, day) if before else ()
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


def _against(programme: Programme, before: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for each thing that is meant otherwise, probably, beside what the version before has begun."""
    yield from _counted_anew(programme, before)
    yield from _rewarded_twice(programme, before)
    yield from _changed_budgets(programme, before, day)
    yield from _new_limits(programme, before, day)
    yield from _changed_holdouts(programme, before, day)
    yield from _changed_worths(programme, before)
    yield from _changed_expiries(programme, before, day)


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


def _in_another_currency(programme: Programme, before: Programme) -> Iterator[Phrase]:
    """A sentence for the parts that measure what is spent, where the programme's currency was another one. Goals and
    leaderboards have other ids then (`programme/succession.py`).
    """
    from chalicelib.domain.core.phrases import Phrase

    by_spend = programme.levels and programme.levels.measure == "spend"
    goals = [goal.has_own_counter for goal in programme.goals if goal.measure == "spend"]
    boards = [board.has_own_counter for board in programme.boards if board.measure == "spend"]
    if by_spend or not all((*goals, *boards)):
        yield Phrase(
            "What is spent counts in %(currency)s from this version on, and in %(before)s until then: levels, goals "
            "and leaderboards of it begin with nothing",
            {"currency": programme.currency, "before": before.currency},
        )


def _counted_anew(programme: Programme, before: Programme) -> Iterator[Phrase]:
    """A sentence for levels, and for each leaderboard, that count from this version on what members had before it."""
    from chalicelib.domain.core.phrases import AssetName, InProgramme, Named, Phrase

    yield from _in_another_currency(programme, before) if programme.currency != before.currency else ()
    given = {asset for rule in before.earn if not rule.activity for asset in rule.assets(before)}
    counter = programme.level_counter
    if counter in given and counter != before.level_counter:
        yield Phrase(
            "Levels count %(asset)s from this version on: what orders earned of it before counts for no level, and "
            "every member begins at the lowest; measure: spend or orders has what was bought before",
            {"asset": InProgramme(AssetName(counter), programme)},
        )
    known = {board.id for board in before.boards}
    for board in programme.boards:
        is_of_asset = board.measure not in ("spend", "orders")
        is_new = board.has_own_counter and board.id not in known
        if is_new and (not is_of_asset or board.asset(programme) in given):
            yield Phrase(
                "The leaderboard %(board)s counts from this version on: of the period that runs then it leaves out "
                "what was bought before",
                {"board": Named("board", board.id)},
            )


def _rewarded_twice(programme: Programme, before: Programme) -> Iterator[Phrase]:
    """A sentence for each goal that takes the place of another one, and counts what was counted for that."""
    from chalicelib.domain.core.phrases import Named, Phrase

    known, stay = {goal.id for goal in before.goals}, {goal.id for goal in programme.goals}
    for goal in programme.goals:
        begins_anew = goal.measure == "spend" and programme.currency != before.currency
        if goal.id in known or not (goal.reward and goal.is_shared) or begins_anew:
            continue
        for other in before.goals:
            if other.reward and other.id not in stay and _counts_alike(goal, other):
                yield Phrase(
                    "The goal %(goal)s counts the same as %(old)s, which is left out: whoever has reached %(old)s in "
                    "the running period keeps its reward, and gets that of %(goal)s too with the next order or refund, "
                    "if what was counted reaches it",
                    {"goal": Named("goal", goal.id), "old": Named("goal", other.id)},
                )


def _counts_alike(goal: Goal, other: Goal) -> bool:
    """Whether two goals look at the same, but for how much of it reaches them."""
    return (goal.measure, goal.per, goal.match) == (other.measure, other.per, other.match)


def _changed_budgets(programme: Programme, before: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for each budget that is new, or smaller than before: what was given without it is in none of its
    shares, and what was given before fills only those that gave it, so that the others give as much as they have now.
    """
    from chalicelib.domain.core.phrases import Amount, Named, Phrase

    for rule, known in _running(programme, before, day):
        for asset in rule.assets(programme):
            budget, earlier = rule.minor(rule.budget, asset, programme), known.minor(known.budget, asset, before)
            if not budget or asset not in known.assets(before):
                continue
            values: dict[str, Value] = {"rule": Named("rule", rule.id), "budget": Amount(budget, asset)}
            if earlier is None:
                yield Phrase(
                    "The budget of %(rule)s is new and counts from this version on: what was given without it is not "
                    "in it, and up to %(budget)s more can be given",
                    values,
                )
            elif budget < earlier:
                yield Phrase(
                    "The budget of %(rule)s is smaller than before, and what was given before counts only in the part "
                    "of it that gave it: up to %(budget)s more can be given; to end it exactly, give it another id, "
                    "and as its budget what is left",
                    values,
                )


def _new_limits(programme: Programme, before: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for each rule that had no such limit: what it gives is remembered by the limits that it has alone."""
    from chalicelib.domain.core.phrases import Named, Phrase

    for rule, known in _running(programme, before, day):
        limits, earlier = ({(limit.per, limit.times is None) for limit in part.limits} for part in (rule, known))
        if limits - earlier:
            yield Phrase(
                "The limits of %(rule)s that are new count from this version on: what it gave a member before is not "
                "in them",
                {"rule": Named("rule", rule.id)},
            )


def _running(programme: Programme, before: Programme, day: date) -> Iterator[tuple[Earning, Earning]]:
    """The rules and campaigns that can give something on that day and could before, as they are and as they were."""
    idle = {campaign.id for campaign in programme.campaigns if not campaign.starts <= day <= campaign.ends}
    earlier = {rule.id: rule for rule in before.rules}
    for rule in programme.rules:
        if rule.id in earlier and idle.isdisjoint((rule.id, rule.campaign)):
            yield rule, earlier[rule.id]


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


def _changed_holdouts(programme: Programme, before: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for each campaign that runs in the version before, and holds out other people than it does there."""
    from chalicelib.domain.core.phrases import Named, Phrase

    known = {campaign.id: campaign for campaign in before.campaigns if campaign.starts <= day <= campaign.ends}
    for campaign in programme.campaigns:
        earlier = known.get(campaign.id)
        if earlier and campaign.ends >= day and _split(campaign) != _split(earlier):
            yield Phrase(
                "The hold-out of %(campaign)s changes while it runs: people of each group were in the other one "
                "before, so that its effect cannot be told any more",
                {"campaign": Named("rule", campaign.id)},
            )


def _split(campaign: Campaign) -> tuple[Decimal, str]:
    """What decides who is held out; the salt of no hold-out is nothing."""
    return campaign.holdout, campaign.salt if campaign.holdout else ""


def _changed_worths(programme: Programme, before: Programme) -> Iterator[Phrase]:
    """A sentence for each currency in which an asset that members may hold has another worth than before, or none."""
    from chalicelib.domain.core.phrases import AssetTitle, InProgramme, Phrase, exact_amount

    earlier = before.assets
    known = ((name, earlier[name], asset) for name, asset in programme.assets.items() if name in earlier)
    for name, was, asset in known:
        for currency in before.all_currencies:
            worth, after = was.worth_in(currency, before), asset.worth_in(currency, programme)
            if worth is None or worth == after:
                continue
            priced = money.asset_of(currency)
            values: dict[str, Value] = {
                "asset": InProgramme(AssetTitle(asset.ledger_name(name)), programme),
                "before": exact_amount(worth, priced),
            }
            if after is None:
                yield Phrase(
                    "%(asset)s: the worth of %(before)s is dropped, so that nothing that members hold pays in "
                    "%(currency)s any more, but for open holds; to end it with what is held, keep the worth and remove "
                    "the rules that give it",
                    {**values, "currency": currency},
                )
                continue
            yield Phrase(
                "%(asset)s: worth %(after)s instead of %(before)s from this version on, also of all that members hold: "
                "what it pays and what is owed for it change at once, and only open holds pay what they were placed at",
                {**values, "after": exact_amount(after, priced)},
            )


def _changed_expiries(programme: Programme, before: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for all parts of which what they give expires otherwise from this version on."""
    from chalicelib.domain.core.phrases import Phrase

    running = {rule.id for rule, _ in _running(programme, before, day)}
    earlier = dict(_lasting(before, running))
    changed = tuple(
        _called(*place)
        for place, part in _lasting(programme, running)
        if (was := earlier.get(place)) and _ending(part) != _ending(was)
        if not (_ends_as_its_asset(part, programme) and _ends_as_its_asset(was, before))
    )
    if changed:
        yield Phrase(
            "%(parts)s: the expiry that changes is that of what is earned from this version on; what members hold "
            "already keeps the day on which it expires, or never does",
            {"parts": changed},
        )


def _lasting(programme: Programme, running: Collection[str]) -> Iterator[tuple[tuple[str, str], Asset | Lasting]]:
    """The assets, and what parts give, by the list that each is in and its id; what stands once has no id.

    `running`: the ids of the rules and campaigns that are looked at.
    """
    yield from ((("assets", name), asset) for name, asset in programme.assets.items())
    yield from ((("earn", rule.id), rule) for rule in programme.earn if rule.id in running)
    yield from ((("campaigns", campaign.id), campaign) for campaign in programme.campaigns if campaign.id in running)
    yield from ((("cards", card.id), card.reward) for card in programme.cards)
    steps = programme.levels.steps if programme.levels else ()
    yield from ((("steps", step.id), step.gift) for step in steps if step.gift)
    yield from ((("goals", goal.id), goal.reward) for goal in programme.goals if goal.reward)
    if programme.referral:
        yield ("referral", ""), programme.referral
        if programme.referral.welcome:
            yield ("welcome", ""), programme.referral.welcome


def _called(section: str, name: str) -> Phrase:
    """What a part that gives something is called at the beginning of a sentence."""
    from chalicelib.domain.programme.labels import SECTIONS, WITHIN, part_name

    return part_name(section, name) if name else (SECTIONS.get(section) or WITHIN[section])


def _ending(part: Asset | Lasting) -> tuple[object, ...]:
    """What decides when something expires; from when that is counted, only where it does."""
    terms = part.expire_days, part.expire_months, part.expire_end
    return *terms, any(terms) and getattr(part, "expire_from", None) == "vesting"


def _ends_as_its_asset(part: Asset | Lasting, programme: Programme) -> bool:
    """Whether a reward expires as its asset does, which is told of that."""
    asset = programme.assets.get(getattr(part, "of", ""))
    return asset is not None and _ending(part) == _ending(asset)


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
