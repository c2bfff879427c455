"""What a new version of a programme probably does not mean beside what the one before it has begun, in sentences.

What members hold, have done and were given before goes on under the new version: a limit, a budget or a goal that is
new does not know of it, and an expiry leaves it alone. Imports the document and its labels.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from chalicelib.domain.core import money

if TYPE_CHECKING:
    from chalicelib.domain.core.phrases import Phrase, Value
    from chalicelib.domain.programme.assets import Asset
    from chalicelib.domain.programme.awards import Goal
    from chalicelib.domain.programme.campaigns import Campaign
    from chalicelib.domain.programme.document import Programme
    from chalicelib.domain.programme.rules import Earning, Lasting


def change_warnings(programme: Programme, before: Programme, day: date) -> Iterator[Phrase]:
    """A sentence for each thing that is meant otherwise, probably, beside what the version before has begun."""
    yield from _counted_anew(programme, before)
    yield from _rewarded_twice(programme, before)
    yield from _changed_budgets(programme, before, day)
    yield from _new_limits(programme, before, day)
    yield from _changed_holdouts(programme, before, day)
    yield from _changed_worths(programme, before)
    yield from _changed_expiries(programme, before, day)


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
