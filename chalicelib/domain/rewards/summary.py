"""What a programme gives, as sentences: an order of 50 in each currency, friends, activities, ladders, stamp cards,
levels, goals, campaigns and leaderboards, and from when until when what was earned can be spent.

Values orders by the functions that post rewards, limits and budgets among them. Imports phrases, the programme and
rewards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import (
    Amount,
    CalendarDay,
    Figure,
    Named,
    Phrase,
    Plural,
    Value,
    day_count,
    together,
    with_semicolons,
)
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Due
from chalicelib.domain.orders.facts import Line, Snapshot
from chalicelib.domain.orders.kept import Kept, kept_of
from chalicelib.domain.programme.awards import Card, Goal, Levels, Step
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.campaigns import Audience, Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.history import sole
from chalicelib.domain.programme.labels import SEGMENT_NAMES, part_name
from chalicelib.domain.programme.rules import Earning
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Missing, Order, Record, Ref
from chalicelib.domain.rewards import offers, valuation
from chalicelib.domain.rewards.activity_recording import NOTHING
from chalicelib.domain.rewards.campaigns import running
from chalicelib.domain.rewards.expiry import expiring, vesting
from chalicelib.domain.rewards.ladder import Ladder
from chalicelib.domain.rewards.limits import Limits
from chalicelib.domain.rewards.referral.bonus import bonus, welcome

ORDER, LARGE_ORDER = Decimal(50), Decimal(5000)
"""What the order costs that is spoken of; the large one is of a currency without decimals, whose units are small."""

BUYER = "shop.1"
"""Who buys it: nobody of whom anything is known."""

ToldPart = Ladder | Card | Step | Goal | Campaign | Board
TOLD = (Ladder, Card, Step, Goal, Campaign, Board)
"""The parts of a programme that have a sentence of their own."""


def sentences(programme: Programme, now: int) -> Iterator[Phrase]:
    """A sentence for each currency: what an order that is paid now earns, by asset, and what friends bring."""
    first = programme.levels.steps[0].id if programme.levels else ""
    for currency in programme.all_currencies:
        amount = money.minor(ORDER if money.scale_of(currency) else LARGE_ORDER, currency)
        asset = money.asset_of(currency)
        line = Line("1", "any", "any", 1, amount, 0)
        sale = Sale(currency, now, programme, level=first)
        kept = kept_of(Snapshot(now, currency, now, buyer=BUYER, lines=(line,)))
        values: dict[str, Value] = {
            "amount": Amount(amount, asset),
            "earned": _earned(_granted(kept, sale), asset),
        }
        order = Phrase("An order of %(amount)s earns %(earned)s", values)
        if running(programme, now):
            order = Phrase("An order of %(amount)s earns %(earned)s, without campaigns", values)
        parts = [order, *_referral(programme, sale, kept, amount)]
        yield Phrase("%(sentence)s.", {"sentence": with_semicolons(parts)})
    for activity in dict.fromkeys(rule.activity for rule in programme.earn if rule.activity):
        sale = Sale(programme.currency, now, programme, activity=activity)
        earned = _earned(_granted(NOTHING, sale), money.asset_of(programme.currency))
        values = {"activity": Named("activity", activity), "earned": earned}
        yield Phrase("The activity %(activity)s gives %(earned)s.", values)
    yield from _conditional(programme)
    yield from _limited(programme)
    yield from _friends(programme)
    yield from _bonuses(programme)
    yield from _progress(programme)
    yield from _spending(programme)


def _granted(kept: Kept, sale: Sale) -> list[Due]:
    """What rules give a new member, as far as limits and budgets leave it while nothing of them is used."""
    dues, records = valuation.rewards(BUYER, kept, sale), dict[Ref, Record | None]()
    while True:
        facts = Facts(records, sole(sale.programme))
        try:
            return Limits(Order("", ""), Books(facts, sale.at, None), facts).grant(BUYER, dues, sale)
        except Missing as missing:
            records |= dict.fromkeys(missing.refs)


def _conditional(programme: Programme) -> Iterator[Phrase]:
    """What orders earn by the rules of which an order of 50 shows a part or nothing, as shoppers read it: for some
    articles, from some sum on, or up to some sum, with a campaign alone, or where only the best of several counts. A
    ladder has a sentence of its own.
    """
    rules = [rule for rule in programme.earn if not rule.activity]
    is_best = programme.combine == "best" and len(rules) > 1
    for rule in rules:
        if not isinstance(rule, Ladder):
            conditions = (*offers.conditions(rule, programme, ""), *offers.only_with(rule))
            told = rule.offer(programme) if conditions or is_best or getattr(rule, "rates", ()) else ()
            if told:
                yield Phrase("%(offer)s.", {"offer": (*told, *conditions)})
    if is_best:
        yield offers.BEST


def _limited(programme: Programme) -> Iterator[Phrase]:
    """The most that each rule gives a member, and all members together; a campaign says so itself, and a ladder says
    the first of both.
    """
    for rule in programme.earn:
        limits = () if isinstance(rule, Ladder) else offers.limits(rule, programme, rule.assets(programme))
        most = (*limits, *_budget([rule], programme))
        if most:
            yield Phrase("%(part)s: %(stated)s.", {"part": part_name("earn", rule.id), "stated": most})


def _friends(programme: Programme) -> Iterator[Phrase]:
    """Which friends count for a bonus: whether they may have bought before, for how much they buy, and until when."""
    rule = programme.referral
    if rule is None:
        return
    parts: list[Value] = [
        Phrase("a new customer") if rule.qualifies.first_order else Phrase("also one who has bought before")
    ]
    least, days = offers.in_each_currency(rule.qualifies.minimum, programme), day_count(rule.window_days)
    if least:
        values: dict[str, Value] = {"least": least, "days": days}
        parts.append(
            Phrase("with an order of %(least)s or more that is paid within %(days)s after coming by the code", values)
        )
    else:
        parts.append(Phrase("with an order that is paid within %(days)s after coming by the code", {"days": days}))
    yield Phrase("A friend counts: %(parts)s.", {"parts": with_semicolons(parts)})


def _bonuses(programme: Programme) -> Iterator[Phrase]:
    """What a bonus for friends becomes with the member's number of them, and how many there are at most."""
    rule = programme.referral
    if rule is None:
        return
    for step in rule.ladder:
        given = offers.bonus_of(rule.of_rank(step.bonuses), programme)
        if given:
            values: dict[str, Value] = {"number": step.bonuses, "bonus": given}
            yield Phrase("From a member's bonus number %(number)s on, the bonus for friends is %(bonus)s.", values)
    if rule.limit is not None:
        most = Plural("%(number)s bonus for friends", "%(number)s bonuses for friends", rule.limit)
        yield Phrase("A member gets at most %(most)s.", {"most": most})


def _progress(programme: Programme) -> Iterator[Phrase]:
    """What ladders, stamp cards, levels, goals, campaigns and boards say, a sentence for each."""
    told: list[ToldPart] = [rule for rule in programme.earn if isinstance(rule, Ladder)]
    told += programme.cards
    yield from (sentence_of(part, programme) for part in told)
    if programme.levels:
        yield from _levels(programme.levels)
        yield from (sentence_of(step, programme) for step in programme.levels.steps)
    rest: list[ToldPart] = [*programme.goals, *programme.campaigns, *programme.boards]
    yield from (sentence_of(part, programme) for part in rest)


def _spending(programme: Programme) -> Iterator[Phrase]:
    """How a balance pays, and from when until when what was earned can be spent."""
    campaigns = [campaign.id for campaign in programme.campaigns]
    yield from _paying(programme)
    yield from vesting(programme, campaigns, for_owner=True)
    yield from expiring(programme, campaigns, for_owner=True)


def _paying(programme: Programme) -> Iterator[Phrase]:
    """How a balance pays: from how much on, which part of an order, and what own assets are worth; nothing where all of
    it can pay all of any order.
    """
    rule = programme.spending
    least = offers.in_each_currency(rule.minimum, programme)
    parts: list[Value] = [Phrase("from %(least)s on", {"least": least})] if least else []
    if rule.min_percent:
        parts.append(Phrase("at least %(percent)s%% of an order", {"percent": Figure(money.plain(rule.min_percent))}))
    if rule.max_percent is not None:
        parts.append(Phrase("at most %(percent)s%% of an order", {"percent": Figure(money.plain(rule.max_percent))}))
    worths = [offers.worth_of(programme.asset_named(name), programme) for name in programme.assets]
    parts += [Phrase("%(amount)s are worth %(worth)s", worth) for worth in worths if worth]
    if parts:
        yield Phrase("Paying with a balance: %(parts)s.", {"parts": with_semicolons(parts)})


COUNTED_FOR_LEVELS = {
    "year": Phrase("the better of this year and the last one counts"),
    "rolling": Phrase("the last 12 months and this one count"),
    "lifetime": Phrase("all counts, for ever"),
}
"""Of which time levels count what was bought or earned."""


def _levels(levels: Levels) -> Iterator[Phrase]:
    """What holds for all levels, which their own sentences do not say: of which time, from when and how long."""
    parts: list[Value] = [COUNTED_FOR_LEVELS[levels.per]]
    parts += [Phrase("each month counts once it is over")] if levels.is_delayed else []
    parts += (
        [Phrase("a level stands %(days)s longer", {"days": day_count(levels.grace_days)})] if levels.grace_days else []
    )
    yield Phrase("Levels: %(parts)s.", {"parts": with_semicolons(parts)})


def sentence_of(part: ToldPart, programme: Programme) -> Phrase:
    """What a ladder, a stamp card, a level, a goal, a campaign or a board of a programme says."""
    match part:
        case Ladder():
            return offers.of_ladder(part, programme)
        case Card():
            return offers.of_card(part, programme)
        case Step():
            return offers.of_level(part, programme)
        case Goal():
            return offers.of_goal(part, programme)
        case Campaign():
            return _campaign(part, programme)
    return offers.of_board(part, programme)


def _campaign(campaign: Campaign, programme: Programme) -> Phrase:
    """`Campaign summer, 2027-06-21 to 2027-07-04: leaves times 3; for the levels black; budget 500 leaves.`"""
    own = tuple(Named("rule", rule.id) for rule in programme.earn if rule.campaign == campaign.id and not rule.activity)
    brings = offers.multiplied(campaign.multiply, programme)
    brings += [Phrase("rules of its own (%(rules)s)", {"rules": own})] if own else []
    parts: list[Value] = [
        tuple(brings) or Phrase("nothing yet"),
        *_audience(campaign.audience, programme),
        *offers.limits(campaign, programme, campaign.assets(programme)),
    ]
    parts += _budget([campaign, *(rule for rule in programme.earn if rule.campaign == campaign.id)], programme)
    if campaign.holdout:
        parts.append(Phrase("%(percent)s%% held out", {"percent": Figure(money.plain(campaign.holdout))}))
    values: dict[str, Value] = {
        "campaign": Named("rule", campaign.id),
        "first": CalendarDay(campaign.starts),
        "last": CalendarDay(campaign.ends),
        "brings": with_semicolons(parts),
    }
    return Phrase("Campaign %(campaign)s, %(first)s to %(last)s: %(brings)s.", values)


def _audience(audience: Audience, programme: Programme) -> Iterator[Phrase]:
    """Whom a campaign is for; nothing where that is everybody."""
    levels: dict[str, Value] = {"levels": tuple(Named("level", name) for name in audience.levels)}
    called = {} if programme.segments else SEGMENT_NAMES
    segments: dict[str, Value] = {"segments": tuple(called.get(name, name) for name in audience.segments)}
    if len(audience.levels) == 1:
        yield Phrase("for the level %(levels)s", levels)
    elif audience.levels:
        yield Phrase("for the levels %(levels)s", levels)
    if len(audience.segments) == 1:
        yield Phrase("for the segment %(segments)s", segments)
    elif audience.segments:
        yield Phrase("for the segments %(segments)s", segments)
    if audience.first_order:
        yield Phrase("for first orders")
    if audience.members:
        listed = Plural("%(number)s listed member", "%(number)s listed members", len(audience.members))
        yield Phrase("for %(members)s", {"members": listed})


def _budget(rules: Iterable[Earning], programme: Programme) -> Iterator[Phrase]:
    """The most that some rules may cost, a campaign with its own ones; nothing where they have no budget."""
    amounts: list[Value] = []
    for rule in rules:
        for asset in rule.assets(programme):
            budget = rule.minor(rule.budget, asset, programme)
            amounts += [Amount(budget, asset)] if budget is not None else []
    if amounts:
        yield Phrase("budget %(amounts)s", {"amounts": together(amounts)})


def _earned(dues: Iterable[Due], own: str) -> Value:
    """What is earned of each asset, its own money first where there is any: `5.00 EUR and 100 points`."""
    sums: dict[str, int] = {}
    for due in sorted(dues, key=lambda due: due.posted.asset != own):
        sums[due.posted.asset] = sums.get(due.posted.asset, 0) + due.amount
    return together([Amount(amount, asset) for asset, amount in (sums or {own: 0}).items()])


def _referral(programme: Programme, sale: Sale, kept: Kept, amount: int) -> Iterator[Phrase]:
    """What a group of friends brings their referrer, and each of them, where each buys for so much."""
    rule = programme.referral
    if rule is None:
        return
    asset = money.asset_of(sale.currency)
    order: Value = Amount(amount, asset)
    if rule.qualifies.minimum is not None and programme.sum_in(rule.qualifies.minimum, sale.currency) is None:
        yield Phrase(
            "friends' orders in %(currency)s bring nothing: the least that they must buy for "
            "(referral.qualifies.minimum) is not stated in it",
            {"currency": sale.currency},
        )
        return
    if not programme.reaches(rule.qualifies.minimum, amount, sale.currency):
        yield Phrase("a friend's order of %(order)s is below the least that friends must buy for", {"order": order})
        return
    dues = bonus(BUYER, rule, {sale.currency: rule.friends * amount}, sale.at, programme)
    values: dict[str, Value] = {"friends": rule.friends, "order": order, "bonus": _earned(dues, asset)}
    if rule.friends > 1:
        yield Phrase("%(friends)s friends who buy for %(order)s each bring their referrer %(bonus)s", values)
    else:
        yield Phrase("a friend who buys for %(order)s brings their referrer %(bonus)s", values)
    if rule.welcome:
        gift = welcome(BUYER, rule.welcome, kept, sale)
        yield Phrase("such a friend gets %(gift)s as a welcome gift", {"gift": _earned([gift] if gift else [], asset)})
