"""From which amounts of goods a programme gives more: minimums, rungs of ladders, full sums, a card that is full, and
the goal and the level with a gift that are next.

Nothing is valued: whether a step brings what it promises its reader asks. Imports what was kept, the programme, the
sale and a member's progress.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from chalicelib.domain.core.calendar import local_day, period_number
from chalicelib.domain.orders.facts import Snapshot
from chalicelib.domain.orders.kept import Kept, kept_of
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.rules import Base, Earning, Selector
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Member
from chalicelib.domain.rewards.progress import awards, levels
from chalicelib.domain.rewards.referral.bonus import GIFT
from chalicelib.domain.rewards.selection import NOTHING, chosen, labelled

MANY_TIMES = 100
"""A full sum that a basket has so often already is no step that is worth a word."""


class Threshold(NamedTuple):
    """What a basket lacks of goods, in minor units, until a part of the programme may give more.

    `like`: the id of the line of which it must be more; empty where any goods will do.
    """

    missing: int
    like: str
    part: str


def thresholds(basket: Snapshot, programme: Programme, member: Member) -> list[Threshold]:
    """What a basket lacks to each amount from which something gives more, the least first.

    `member`: its buyer's record with what the basket counts. Where a rule counts some articles alone, one that the
    basket has; of articles that it has not, nothing is next.
    """
    sale = Sale(basket.currency, basket.at, programme)
    kept = labelled(kept_of(basket), sale)
    today = local_day(basket.at, programme.timezone)
    lacking = [*_of_rules(kept, sale), *_of_cards(kept, sale, member)]
    if basket.currency == programme.currency:
        lacking += [*_of_goals(kept, programme, member, today), *_of_levels(programme, member, today)]
    return sorted({threshold for threshold in lacking if threshold.missing > 0})


def _of_rules(kept: Kept, sale: Sale) -> Iterator[Threshold]:
    """Minimums, rungs of ladders and full sums."""
    for rule in sale.programme.earning_by.get("", ()):
        minimum = sale.sum_of(getattr(rule, "minimum", None))
        if minimum:
            yield Threshold(minimum - kept.goods_with_balance(_base(rule).tax), "", rule.id)
        yield from _within(rule, kept, sale)
    if (referral := sale.programme.referral) and (least := sale.sum_of(referral.qualifies.minimum)):
        yield Threshold(least - kept.goods_with_balance(referral.base.tax), "", GIFT)


def _within(rule: Earning, kept: Kept, sale: Sale) -> Iterator[Threshold]:
    """The rungs and full sums of what a rule counts itself: of the lines that it names, with tax and shipping or not.

    What lies in a bracket brings no more from one cent on, so brackets have no steps.
    """
    ladder = getattr(rule, "ladder", ()) if getattr(rule, "count", "whole") == "whole" else ()
    rungs = [least for rung in ladder if (least := sale.sum_of(rung.at))]
    per, base = getattr(rule, "per", None), _base(rule)
    step = sale.sum_of(per) if isinstance(per, dict) else None
    only, exclude = getattr(rule, "match", NOTHING), getattr(rule, "exclude", NOTHING)
    like = _like(kept, only, exclude)
    if like is None:
        return
    has = sum(part.base(base.tax) for part in chosen(kept, only, exclude))
    has += kept.shipping(base.tax) if base.shipping else 0
    for rung in rungs:
        yield Threshold(rung - has, like, rule.id)
    if step and has // step < MANY_TIMES:
        yield Threshold(step - has % step, like, rule.id)


def _base(rule: Earning) -> Base:
    """What a rule is computed on beside goods; nothing for a kind that is computed on none."""
    base: Base = getattr(rule, "base", Base())
    return base


def _of_cards(kept: Kept, sale: Sale, member: Member) -> Iterator[Threshold]:
    """Cards with a stamp for each full sum, until they are full."""
    for card in sale.programme.cards:
        step, goods = sale.sum_of(card.counts.per), max(kept.goods(with_tax=False), 0)
        if step:
            given = awards.named(member.won, awards.CARD, card.id)
            full = given[-1].number + 1 if given else 1
            lacks = full * card.size - awards.stamps_of(card, member)
            yield Threshold((goods // step + lacks) * step - goods, "", card.id)


def _of_goals(kept: Kept, programme: Programme, member: Member, today: date) -> Iterator[Threshold]:
    """Goals of what is spent, in their running period."""
    for goal in programme.goals:
        like = _like(kept, goal.match, NOTHING)
        if goal.measure == "spend" and goal.reward and like is not None:
            has = awards.value_of(goal, member, programme, period_number(goal.per, today))
            yield Threshold(goal.minor_target(programme) - has, like, goal.id)


def _of_levels(programme: Programme, member: Member, today: date) -> Iterator[Threshold]:
    """Levels with a gift, by what is spent."""
    rule = programme.levels
    if rule is None or rule.measure != "spend":
        return
    has = levels.running_score(member, programme, rule, today)
    for step in rule.gifted:
        yield Threshold(rule.threshold(step, programme) - has, "", step.id)


def _like(kept: Kept, only: Selector, exclude: Selector) -> str | None:
    """The first line that a selector names, where it names some lines alone; None where the basket has none."""
    if only == NOTHING:
        return ""
    return next((part.line.id for part in chosen(kept, only, exclude) if part.line.earns), None)
