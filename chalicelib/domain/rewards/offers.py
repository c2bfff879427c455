"""What a programme gives and asks of one member, in sentences for before anything was bought: how it earns, which
campaigns hold for it, how it pays with its balance, and what friends bring.

The parts of a programme have their sentences here, which `summary.py` takes for owners too; what a rule gives its kind
says. Nothing is valued. Imports phrases, the programme and views.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import (
    Amount,
    AssetName,
    CalendarDay,
    Figure,
    Named,
    Phrase,
    Plural,
    ShopText,
    Title,
    Value,
    either,
    together,
)
from chalicelib.domain.members.statements import REACHED
from chalicelib.domain.programme import assets
from chalicelib.domain.programme.awards import Award, Card, Goal, Step
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.labels import part_name
from chalicelib.domain.programme.referral import Referral
from chalicelib.domain.programme.rules import Earning, Reward, Selector, Sum
from chalicelib.domain.programme.sale import rate_text
from chalicelib.domain.rewards.ladder import Ladder
from chalicelib.domain.rewards.progress.view import scored

PERIODS = {
    "day": Phrase("in a day"),
    "week": Phrase("in a week"),
    "month": Phrase("in a month"),
    "quarter": Phrase("in a quarter"),
    "year": Phrase("in a year"),
    "all": Phrase("in all"),
}
LIMITED = {
    "day": Phrase("a day"),
    "week": Phrase("a week"),
    "month": Phrase("a month"),
    "year": Phrase("a year"),
    "member": PERIODS["all"],
}
"""How often a limit counts anew."""

MEASURES = {"spend": Phrase("spend"), "orders": Phrase("orders"), "friends": Phrase("friends")}
"""What a leaderboard counts; beside these an asset."""

BEST = Phrase("Of what several rules give for one order only the most counts.")
"""What `combine: best` says."""


def earning(programme: Programme, level: str) -> Iterator[Phrase]:
    """How a member of a level earns: by orders and activities, stamp cards, levels above, goals, prizes of boards.

    What a campaign of its own brings stands in that campaign's sentence.
    """
    rules = [rule for rule in programme.earn if not rule.campaign]
    for rule in rules:
        yield from _of_rule(rule, programme, level)
    if programme.combine == "best" and len([rule for rule in rules if not rule.activity]) > 1:
        yield BEST
    yield from (of_card(card, programme) for card in programme.cards)
    steps = programme.levels.steps if programme.levels else ()
    names = [step.id for step in steps]
    above = steps[names.index(level) + 1 :] if level in names else steps
    yield from (of_level(step, programme) for step in above)
    yield from (of_goal(goal, programme) for goal in programme.goals)
    yield from (of_board(board, programme) for board in programme.boards if board.prizes)


def running(programme: Programme, level: str, campaigns: Collection[str]) -> Iterator[Phrase]:
    """A sentence for each of the campaigns that hold for a member: until when, and what it brings."""
    for campaign in programme.campaigns:
        if campaign.id in campaigns:
            yield from _of_campaign(campaign, programme, level)


def paying(programme: Programme) -> Iterator[Phrase]:
    """How a member pays with its balance: the rules of spending, and what own assets are worth."""
    yield Phrase("Choose at the checkout to pay with your balance.")
    yield from spending(programme, programme.currency)
    for name in programme.assets:
        asset = programme.asset_named(name)
        worth = worth_of(asset, programme)
        if worth:
            yield Phrase("%(amount)s are worth %(worth)s.", worth)


def spending(programme: Programme, currency: str) -> Iterator[Phrase]:
    """The rules of spending, as far as they hold for a currency: from how much on, and which part of an order."""
    rule = programme.spending
    least = programme.sum_in(rule.minimum, currency)
    if least:
        yield Phrase("It can be used from %(amount)s.", {"amount": Amount(least, money.asset_of(currency))})
    if rule.min_percent is not None:
        percent = Figure(money.plain(rule.min_percent))
        yield Phrase("It pays at least %(percent)s%% of an order.", {"percent": percent})
    if rule.max_percent is not None:
        percent = Figure(money.plain(rule.max_percent))
        yield Phrase("It pays at most %(percent)s%% of an order.", {"percent": percent})


def referring(programme: Programme, bonuses: int) -> Iterator[Phrase]:
    """What a member that has had so many bonuses gets for the next one, and what each friend gets."""
    rule = programme.referral
    if rule is None:
        return
    bonus = bonus_of(rule.of_rank(bonuses + 1), programme)
    if bonus and not rule.is_full(bonuses):
        values: dict[str, Value] = {"friends": rule.friends, "bonus": bonus}
        if rule.friends > 1:
            yield Phrase("When %(friends)s friends have bought, you get %(bonus)s.", values)
        else:
            yield Phrase("For a friend who buys you get %(bonus)s.", values)
    least = programme.sum_in(rule.qualifies.minimum, programme.currency)
    if least:
        asset = money.asset_of(programme.currency)
        yield Phrase("An order counts from %(minimum)s on.", {"minimum": Amount(least, asset)})
    if rule.welcome:
        yield from _welcome(rule.welcome, rule.qualifies.first_order, programme)


def bonus_of(rule: Referral, programme: Programme) -> Value | None:
    """What a bonus is: a share of what friends spend, or a fixed sum; None where it is nothing."""
    if not rule.percent:
        return _sum(rule, programme)
    share = Phrase("%(rate)s%% of what they have spent", {"rate": Figure(rate_text(rule.percent))})
    return share, *rule.base.excluded()


def _welcome(rule: Reward, first_order: bool, programme: Programme) -> Iterator[Phrase]:
    """What a friend is welcomed with; who need not be new may have bought before."""
    gift = _sum(rule, programme)
    if rule.percent:
        values: dict[str, Value] = {"rate": Figure(rate_text(rule.percent))}
        if first_order:
            yield Phrase("Each friend gets %(rate)s%% of the first order.", values)
        else:
            yield Phrase("Each friend gets %(rate)s%% of the order that counts.", values)
    elif gift and first_order:
        yield Phrase("Each friend gets %(gift)s with the first order.", {"gift": gift})
    elif gift:
        yield Phrase("Each friend gets %(gift)s with the order that counts.", {"gift": gift})


def _sum(rule: Reward, programme: Programme) -> Amount | None:
    """A fixed sum in the programme's own currency; None where it states none in it."""
    amount = programme.sum_in(rule.amount, programme.currency)
    return Amount(amount, money.asset_of(programme.currency)) if amount else None


def in_each_currency(amount: Sum | None, programme: Programme) -> Value | None:
    """An amount that a rule states, in each currency in which it does; None where it states none."""
    sums = [(programme.sum_in(amount, currency), money.asset_of(currency)) for currency in programme.all_currencies]
    amounts = [Amount(minor, asset) for minor, asset in sums if minor]
    return either(amounts) if amounts else None


def worth_of(asset: str, programme: Programme) -> dict[str, Value] | None:
    """A round number of an asset that is worth one of the programme's currency at least, and its worth; None where it
    cannot be spent.
    """
    for number in (10, 100, 1000, 10_000, 100_000):
        amount = number * 10 ** money.decimals_of(asset)
        worth = assets.worth_in(amount, asset, programme.currency, programme)
        if worth and worth >= 10 ** money.scale_of(programme.currency):
            return {"amount": Amount(amount, asset), "worth": Amount(worth, money.asset_of(programme.currency))}
    return None


def _of_rule(rule: Earning, programme: Programme, level: str) -> Iterator[Phrase]:
    """What a rule gives a member of a level; nothing where it gives nothing in the programme's own currency."""
    offer = rule.offer(programme)
    if offer:
        parts: Value = (*offer, *conditions(rule, programme, level), *_limits(rule, programme))
        yield Phrase("%(offer)s.", {"offer": parts})


def of_ladder(rule: Ladder, programme: Programme) -> Phrase:
    """`Rule basket: 5.00 EUR from 150.00 EUR on, 12.00 EUR from 300.00 EUR on, without tax and shipping.`"""
    steps: list[Value] = rungs_of(rule, programme)
    parts = (
        *steps,
        *only_with(rule),
        *rule.base.excluded(),
        *conditions(rule, programme, ""),
        *_limits(rule, programme),
    )
    return Phrase("%(part)s: %(stated)s.", {"part": part_name("earn", rule.id), "stated": parts})


def rungs_of(rule: Ladder, programme: Programme) -> list[Value]:
    """What each rung of a ladder gives, in each currency of the programme."""
    return [rung for currency in programme.all_currencies for rung in rule.rungs(programme, currency)]


def conditions(rule: Earning, programme: Programme, level: str) -> Iterator[Phrase]:
    """Which level multiplies it, which articles it is for, from which order on, and how much an order gets at most."""
    step = programme.levels.step(level) if programme.levels else None
    if step and not rule.activity and step.multiply.get(rule.id, 1) != 1:
        values: dict[str, Value] = {"factor": Figure(rate_text(step.multiply[rule.id])), "level": Named("level", level)}
        yield Phrase("times %(factor)s for your level %(level)s", values)
    if getattr(rule, "match", Selector()) != Selector():
        yield Phrase("only on some articles")
    if getattr(rule, "exclude", Selector()) != Selector():
        yield Phrase("some articles excepted")
    least = programme.sum_in(getattr(rule, "minimum", None), programme.currency)
    if least:
        asset = money.asset_of(programme.currency)
        yield Phrase("for an order of %(minimum)s at least", {"minimum": Amount(least, asset)})
    yield from _cap(rule, programme)


def only_with(rule: Earning) -> Iterator[Phrase]:
    """The campaign with which alone a rule holds."""
    if rule.campaign:
        yield Phrase("only with the campaign %(campaign)s", {"campaign": Named("rule", rule.campaign)})


def _cap(rule: Earning, programme: Programme) -> Iterator[Phrase]:
    """How much an order gets of a rule at most, with what a campaign adds to it."""
    asset = rule.asset(programme.currency, programme)
    cap = rule.minor(getattr(rule, "cap", None), asset, programme)
    if cap is not None:
        yield Phrase("at most %(amount)s for each order", {"amount": Amount(cap, asset)})


def _limits(rule: Earning, programme: Programme) -> Iterator[Phrase]:
    """How much a rule or a campaign gives a member at most, and that its budget ends."""
    yield from limits(rule, programme, [rule.asset(programme.currency, programme)])
    if rule.budget is not None:
        yield Phrase("as long as the shop's budget for it lasts")


def limits(rule: Earning, programme: Programme, assets: Iterable[str]) -> Iterator[Phrase]:
    """How much a rule or a campaign gives a member of some assets at most."""
    for limit in rule.limits:
        period = LIMITED[limit.per]
        if limit.times is not None:
            times = Plural("once", "%(number)s times", limit.times)
            yield Phrase("at most %(times)s %(period)s", {"times": times, "period": period})
            continue
        sums = [(rule.minor(limit.amount, asset, programme), asset) for asset in assets]
        amounts: list[Value] = [Amount(amount, asset) for amount, asset in sums if amount is not None]
        if amounts:
            yield Phrase("at most %(amount)s %(period)s", {"amount": together(amounts), "period": period})


def _of_campaign(campaign: Campaign, programme: Programme, level: str) -> Iterator[Phrase]:
    """What a campaign multiplies, and what its own rules give, each until its last day."""
    first = [Phrase("on your first order")] if campaign.audience.first_order else []
    values: dict[str, Value] = {"day": CalendarDay(campaign.ends), "campaign": Named("rule", campaign.id)}
    factors = [
        phrase
        for rule in programme.earn
        if not rule.activity and (factor := campaign.multiply.get(rule.id))
        for phrase in (_times(rule, factor, programme), *_cap(rule, programme))
    ]
    if factors:
        brings: Value = (*factors, *first, *_limits(campaign, programme))
        lead = Phrase("Until %(day)s: %(brings)s.")
        if campaign.name:
            lead = Phrase("%(campaign)s, until %(day)s: %(brings)s.")
        yield Phrase(lead.text, values | {"brings": brings})
    for rule in programme.earn:
        offer = rule.offer(programme) if rule.campaign == campaign.id and not rule.activity else ()
        if offer:
            parts: Value = (*offer, *conditions(rule, programme, level), *first, *_limits(rule, programme))
            yield Phrase("%(offer)s, until %(day)s.", values | {"offer": parts})


def _times(rule: Earning, factor: Decimal, programme: Programme) -> Phrase:
    """By what a campaign multiplies what a rule gives."""
    return Phrase("%(rule)s times %(factor)s", {"rule": called(rule, programme), "factor": Figure(rate_text(factor))})


def called(rule: Earning, programme: Programme) -> Value:
    """What a shopper calls what a rule gives: its name, its asset, or its kind."""
    asset = rule.asset(programme.currency, programme)
    if rule.name:
        return Named("rule", rule.id)
    return rule.title(rule.id, asset) if money.is_money(asset) else AssetName(asset)


def called_card(card: Card) -> Value:
    """What a shopper calls a card: its name, else what it is beside its id."""
    return Title(Named("card", card.id), part_name("cards", card.id))


def of_card(card: Card, programme: Programme) -> Phrase:
    """`Coffee card: every 5 stamps give 4.00 EUR, a stamp for each order.`"""
    values: dict[str, Value] = {
        "card": called_card(card),
        "stamps": Plural("every stamp gives", "every %(number)s stamps give", card.size),
        "reward": _award(card.reward, programme),
        "stamp": _stamp(card, programme),
    }
    return Phrase("%(card)s: %(stamps)s %(reward)s, %(stamp)s.", values)


def _stamp(card: Card, programme: Programme) -> Phrase:
    """What a stamp is for."""
    step = in_each_currency(card.counts.per, programme)
    if step:
        return Phrase("a stamp for each full %(amount)s of an order", {"amount": step})
    if card.counts.orders:
        return Phrase("a stamp for each order")
    return Phrase("a stamp for each piece of some articles")


def of_goal(goal: Goal, programme: Programme) -> Phrase:
    """`Goal regular: 3 orders in a month give 50 points and the badge Regular.`"""
    given: list[Value] = [_award(goal.reward, programme)] if goal.reward else []
    given += [Phrase("the badge %(badge)s", {"badge": ShopText(goal.badge)})] if goal.badge else []
    values: dict[str, Value] = {
        "goal": Named("goal", goal.id),
        "target": _target(goal, programme),
        "given": together(given),
    }
    is_single = goal.measure != "spend" and goal.target == 1
    if goal.per == "all" and is_single:
        return Phrase("Goal %(goal)s: %(target)s gives %(given)s.", values)
    if goal.per == "all":
        return Phrase("Goal %(goal)s: %(target)s give %(given)s.", values)
    values["period"] = PERIODS[goal.per]
    if is_single:
        return Phrase("Goal %(goal)s: %(target)s %(period)s gives %(given)s.", values)
    return Phrase("Goal %(goal)s: %(target)s %(period)s give %(given)s.", values)


def _target(goal: Goal, programme: Programme) -> Value:
    target = goal.minor_target(programme)
    if goal.measure == "spend":
        values: dict[str, Value] = {"amount": Amount(target, money.asset_of(programme.currency))}
        of_some = goal.match != Selector()
        return Phrase("%(amount)s spent on some articles", values) if of_some else Phrase("%(amount)s spent", values)
    reached = REACHED["weeks in a row" if goal.measure == "weeks" else goal.measure](target)
    return Phrase("%(pieces)s of some articles", {"pieces": reached}) if goal.match != Selector() else reached


def of_board(board: Board, programme: Programme) -> Phrase:
    """`Board month: the 10 members with the most spend in a month; prizes of 500 points, 200 points, 14 days later.`"""
    values: dict[str, Value] = {
        "board": Named("board", board.id),
        "members": Plural("the member", "the %(number)s members", board.top),
        "measure": MEASURES.get(board.measure) or AssetName(programme.asset_named(board.measure)),
        "period": PERIODS[board.per],
        "won": tuple(_award(prize, programme) for prize in board.prizes),
        "later": Plural("%(number)s day later", "%(number)s days later", board.settle_days),
    }
    if not board.prizes:
        return Phrase("Board %(board)s: %(members)s with the most %(measure)s %(period)s.", values)
    return Phrase(
        "Board %(board)s: %(members)s with the most %(measure)s %(period)s; prizes of %(won)s, %(later)s.",
        values,
    )


def of_level(step: Step, programme: Programme) -> Phrase:
    """`Level Black, from 200.00 EUR: leaves times 1.5, a gift of 40 leaves, Free delivery.`"""
    assert programme.levels
    brings: list[Value] = multiplied(step.multiply, programme)
    brings += [Phrase("a gift of %(award)s", {"award": _award(step.gift, programme)})] if step.gift else []
    brings += [ShopText(step.perks)] if step.perks else []
    values: dict[str, Value] = {
        "level": Named("level", step.id),
        "threshold": scored(programme.levels.threshold(step, programme), programme.levels, programme),
        "brings": tuple(brings) or Phrase("nothing yet"),
    }
    return Phrase("Level %(level)s, from %(threshold)s: %(brings)s.", values)


def multiplied(factors: Mapping[str, Decimal], programme: Programme) -> list[Value]:
    """What rules are multiplied by, `leaves times 1.5` for each."""
    return [
        Phrase("%(rule)s times %(factor)s", {"rule": Named("earning", rule), "factor": Figure(money.plain(factor))})
        for rule, factor in programme.multiplied(factors).items()
    ]


def _award(award: Award, programme: Programme) -> Amount:
    asset, amount = award.sum_in(programme)
    return Amount(amount, asset)
