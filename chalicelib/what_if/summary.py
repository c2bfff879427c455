"""What came of a replay, beside what the current programme gives for the same orders: in numbers.

Amounts are in minor units, by asset, never added up over assets. Imports the replay.
"""

from __future__ import annotations

from array import array
from datetime import date

from msgspec import Struct

from chalicelib.domain.core.calendar import local_day
from chalicelib.what_if.log import Log
from chalicelib.what_if.replay import CampaignOutcome, Outcome

Amounts = dict[str, int]
"""Minor units by asset."""


class BudgetFigures(Struct, frozen=True):
    """How much a budget has given, and the local day on which it ran out; null: it has something left."""

    rule: str
    asset: str
    budget: int
    given: int
    ran_out: date | None


class Reached(Struct, frozen=True):
    """How often a goal was reached or a card filled, by all members together, and what that gave."""

    reached: int
    given: Amounts


class Figures(Struct, frozen=True):
    """What a programme gives: `redeemable`, `pending` and `expired` are all of `given`, `liability` what is owed.

    `levels`: how many of those who bought have each level at the end. `idle_campaigns`: those in whose days no order
    was paid, so that what they would cost is not among the figures.
    """

    given: Amounts
    redeemable: Amounts
    pending: Amounts
    expired: Amounts
    liability: Amounts
    by_rule: dict[str, Amounts]
    rewarded_orders: int
    rewarded_members: int
    friends: int
    bonuses: int
    budgets: list[BudgetFigures]
    levels: dict[str, int]
    goals: dict[str, Reached]
    cards: dict[str, Reached]
    campaigns: dict[str, CampaignOutcome]
    idle_campaigns: tuple[str, ...] = ()


class Shift(Struct, frozen=True):
    """Members who get more (or less) of an asset than under the current programme: how many, and how much together."""

    members: int
    amount: int


class Summary(Struct, frozen=True):
    """The whole answer. `orders`: of which something was kept; `returned`: of which nothing was; `members`: who bought,
    whatever was kept of it.

    `since` and `until`: the local days of the first and the last order; figures are as of the end of that day.
    `moved`: campaigns that are to come, and the first and the last of the past days on which they were looked at.
    """

    orders: int
    members: int
    passed_over: int
    since: date
    until: date
    draft: Figures
    current: Figures | None
    winners: dict[str, Shift]
    losers: dict[str, Shift]
    moved: dict[str, tuple[date, date]] = {}
    returned: int = 0


class Trial(Struct, frozen=True):
    """What is kept of a draft that was tried: the summary, and how many of the oldest orders were not looked at."""

    summary: Summary
    left_out: int = 0


def summary_of(log: Log, timezone: str, draft: Outcome, current: Outcome | None) -> Summary:
    """The summary of a draft's replay, and of the current programme's where there is one; `timezone`: the draft's."""
    shifts, kept = _shifts(draft, current) if current else {}, log.kept_orders()
    return Summary(
        orders=kept,
        members=len(set(log.buyer)),
        passed_over=log.passed_over,
        since=local_day(min(log.at), timezone),
        until=local_day(max(log.at), timezone),
        draft=_figures(draft),
        current=_figures(current) if current else None,
        winners={asset: more for asset, (more, _) in shifts.items()},
        losers={asset: less for asset, (_, less) in shifts.items()},
        returned=len(log) - kept,
    )


def _figures(outcome: Outcome) -> Figures:
    assets = outcome.assets
    by_rule: dict[str, Amounts] = {}
    for (rule, asset), amount in outcome.by_rule.items():
        by_rule.setdefault(rule, {})[asset] = amount
    return Figures(
        given={asset: figures.given for asset, figures in assets.items()},
        redeemable={asset: figures.redeemable for asset, figures in assets.items()},
        pending={asset: figures.pending for asset, figures in assets.items()},
        expired={asset: figures.expired for asset, figures in assets.items()},
        liability={asset: figures.liability for asset, figures in assets.items()},
        by_rule=by_rule,
        rewarded_orders=outcome.rewarded_orders,
        rewarded_members=outcome.rewarded_members,
        friends=outcome.converted,
        bonuses=outcome.bonuses,
        budgets=[BudgetFigures(use.rule, use.asset, use.budget, use.given, use.ran_out) for use in outcome.budgets],
        levels=outcome.levels,
        goals={name: Reached(count, by_rule.get(name, {})) for name, count in outcome.goals.items()},
        cards={name: Reached(count, by_rule.get(name, {})) for name, count in outcome.cards.items()},
        campaigns=outcome.campaigns,
        idle_campaigns=outcome.idle_campaigns,
    )


def _shifts(draft: Outcome, current: Outcome) -> dict[str, tuple[Shift, Shift]]:
    """The winners and the losers, by asset."""
    nothing: array[int] = array("q", bytes(8 * max(len(figures.of_members) for figures in draft.assets.values())))
    shifts = {}
    for asset in sorted({*draft.assets, *current.assets}):
        after, before = (
            outcome.assets[asset].of_members if asset in outcome.assets else nothing for outcome in (draft, current)
        )
        differences = [after[member] - before[member] for member in range(len(nothing))]
        more = [difference for difference in differences if difference > 0]
        less = [difference for difference in differences if difference < 0]
        shifts[asset] = Shift(len(more), sum(more)), Shift(len(less), sum(less))
    return shifts
