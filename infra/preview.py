"""What a programme gives, in sentences for `programme check`: an order of 50 in each currency, friends, and warnings.

Values orders by the functions that post rewards; reads no table.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import ENGLISH
from chalicelib.domain.ledger.transfers import Due
from chalicelib.domain.orders.facts import Line, Snapshot
from chalicelib.domain.orders.kept import Kept, kept
from chalicelib.domain.programme.awards import Award, Step
from chalicelib.domain.programme.boards import Board
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import Reward
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.rewards import valuation
from chalicelib.domain.rewards.progress.awards import goal_text
from chalicelib.domain.rewards.progress.view import level_text

ORDER, LARGE_ORDER = Decimal(50), Decimal(5000)
"""What the order costs that is spoken of; the large one is of a currency without decimals, whose units are small."""


def sentences(programme: Programme, now: int) -> Iterator[str]:
    """A sentence for each currency: what an order that is paid now earns, by asset, and what friends bring."""
    for currency in (programme.currency, *programme.currencies):
        amount = money.minor(ORDER if money.scale_of(currency) else LARGE_ORDER, currency)
        line = Line("1", "any", "any", 1, amount, 0)
        snapshot = Snapshot(now * 1000, currency, now, paid=True, buyer="shop.1", lines=(line,))
        sale = Sale(currency, now, programme)
        dues = valuation.rewards("shop.1", kept(snapshot), sale)
        own = f"An order of {_text(amount, currency)} earns {_earned(dues, sale.asset)}"
        yield f"{'; '.join((own, *_referral(programme, sale, amount)))}."
    for activity in dict.fromkeys(rule.activity for rule in programme.earn if rule.activity):
        sale = Sale(programme.currency, now, programme, activity=activity)
        given = valuation.rewards("shop.1", Kept((), 0, 0), sale)
        yield f"The activity {activity} gives {_earned(given, sale.asset)}."
    yield from _progress(programme)


def _progress(programme: Programme) -> Iterator[str]:
    """What stamp cards, levels, goals, campaigns and boards say, a sentence for each."""
    for card in programme.cards:
        yield f"Card {card.id}: every {card.size} stamps give {_award(card.reward, programme)}."
    for step in programme.levels.steps if programme.levels else ():
        yield _level(step, programme)
    for goal in programme.goals:
        given = [_award(goal.reward, programme)] if goal.reward else []
        given += [f"the badge {ENGLISH.name(goal.badge)}"] if goal.badge else []
        period = "" if goal.per == "all" or goal.measure == "weeks" else f" in a {goal.per}"
        measured = goal_text(goal, programme)
        yield f"Goal {goal.id}: {measured}{period} give {' and '.join(given)}."
    for campaign in programme.campaigns:
        yield _campaign(campaign)
    for board in programme.boards:
        yield _board(board, programme)


def _board(board: Board, programme: Programme) -> str:
    """`Board month: the 10 members with the most spend in a month; prizes of 500 points, 200 points, 14 days later.`"""
    period = "in all" if board.per == "all" else f"in a {board.per}"
    won = ", ".join(_award(prize, programme) for prize in board.prizes)
    prizes = f"; prizes of {won}, {board.settle_days} days later" if won else ""
    return f"Board {board.id}: the {board.top} members with the most {board.measure} {period}{prizes}."


def _level(step: Step, programme: Programme) -> str:
    assert programme.levels
    threshold = level_text(programme.levels.threshold(step, programme), programme.levels, programme)
    brings = [f"{rule} times {money.plain(factor)}" for rule, factor in step.multiply.items()]
    brings += [f"a gift of {_award(step.gift, programme)}"] if step.gift else []
    brings += [ENGLISH.name(step.perks)] if step.perks else []
    return f"Level {step.id}, from {threshold}: {', '.join(brings) or 'nothing yet'}."


def _campaign(campaign: Campaign) -> str:
    brings = [f"{rule} times {money.plain(factor)}" for rule, factor in campaign.multiply.items()]
    held_out = f"; {money.plain(campaign.holdout)} % held out" if campaign.holdout else ""
    days = f"{campaign.starts} to {campaign.ends}"
    return f"Campaign {campaign.id}, {days}: {', '.join(brings) or 'rules of its own'}{held_out}."


def _award(award: Award, programme: Programme) -> str:
    asset, amount = award.sum_in(programme)
    return money.text(amount, asset)


def _earned(dues: list[Due], own: str) -> str:
    """What is earned of each asset, its own money first where there is any: `5.00 EUR and 100 points`."""
    sums: dict[str, int] = {}
    for due in sorted(dues, key=lambda due: due.posted.asset != own):
        sums[due.posted.asset] = sums.get(due.posted.asset, 0) + due.amount
    return " and ".join(money.text(amount, asset) for asset, amount in (sums or {own: 0}).items())


def _referral(programme: Programme, sale: Sale, amount: int) -> Iterator[str]:
    """What a group of friends brings their referrer, and each of them."""
    rule = programme.referral
    if rule is None:
        return
    order = _text(amount, sale.currency)
    if not programme.reaches(rule.qualifies.minimum, amount, sale.currency):
        yield f"a friend's order of {order} does not reach referral.qualifies.minimum"
        return
    friends = (
        f"{rule.friends} friends who buy for {order} each bring"
        if rule.friends > 1
        else (f"a friend who buys for {order} brings")
    )
    yield f"{friends} their referrer {_given(rule, sale, rule.friends * amount)}"
    if rule.welcome:
        yield f"such a friend gets {_given(rule.welcome, sale, amount)} as a welcome gift"


def warnings(programme: Programme) -> Iterator[str]:
    """What is allowed and probably not meant: percents below 1, which may be meant as shares."""
    for path, percent in _percents(programme):
        if percent is not None and 0 < percent < 1:
            meant = money.plain(percent * 100)
            yield f"{path} is {money.plain(percent)}, less than one percent; for {meant} percent write {meant}"


def _percents(programme: Programme) -> Iterator[tuple[str, Decimal | None]]:
    """Every percent of the document by its path."""
    for index, rule in enumerate(programme.earn):
        yield f"earn[{index}].percent", getattr(rule, "percent", None)
        for number, rate in enumerate(getattr(rule, "rates", ())):
            yield f"earn[{index}].rates[{number}].percent", rate.percent
    if programme.referral:
        yield "referral.percent", programme.referral.percent
        if programme.referral.welcome:
            yield "referral.welcome.percent", programme.referral.welcome.percent
    yield "spending.max_percent", programme.spending.max_percent


def _given(rule: Reward, sale: Sale, base: int) -> str:
    return _text(sale.rounded(sale.share(rule.percent, rule.amount, base)), sale.currency)


def _text(amount: int, currency: str) -> str:
    return money.text(amount, money.asset_of(currency))
