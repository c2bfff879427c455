"""The referral programme's document: what converts a friend, what is given for friends, and when a person looks at it.

Imports the parts of rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.rules import (
    MAX_DAYS,
    Base,
    Document,
    Reward,
    Sum,
    range_problems,
    reward_problems,
    sum_problems,
    worth_problems,
)

if TYPE_CHECKING:
    from chalicelib.domain.programme.document import Programme

MAX_FRIENDS, MAX_VELOCITY, MAX_WEIGHT, MAX_STEPS = 10, 20, 1000, 10

SIGNALS = (
    "same-email",
    "same-address",
    "same-phone",
    "same-card",
    "same-device",
    "disposable-mail",
    "velocity",
    "ring",
)
"""What can speak against a referral bonus; `rewards/referral/fraud_signals.py` says what each means and weighs."""


class Qualifies(Document, frozen=True):
    """Which order converts a friend: the first paid one (or any later one too), of at least `minimum` of kept goods, of
    which balance may have paid a part, not all.
    """

    first_order: bool = True
    minimum: Sum | None = None


class Welcome(Reward, frozen=True, kw_only=True):
    """What the friend gets with the converting order."""


class Velocity(Document, frozen=True):
    """At most so many bonuses for one member within any `days` days."""

    bonuses: int
    days: int


class ReviewRule(Document, frozen=True):
    """When a bonus waits for a person: the weights of its signals (`domain/rewards/referral/fraud_signals.py`) add up
    to `threshold` or more.

    `weights` states others than the usual ones; a weight of 0 switches a signal off.
    """

    threshold: int = 100
    weights: dict[str, int] = field(default_factory=dict)


class BonusStep(Document, frozen=True, kw_only=True):
    """What a bonus is from the member's n-th one on: `percent` of the friends' orders, or a fixed `amount`."""

    bonuses: int
    percent: Decimal | None = None
    amount: Sum | None = None


class Referral(Reward, frozen=True, kw_only=True):
    """The bonus for every `friends` live conversions: `percent` of the friends' qualifying orders, or a fixed `amount`.

    `window_days`: a friend converts within so many days of coming to us by the code. `limit`: bonuses a member can
    hold at most; a group of friends that completes beyond it, or faster than `velocity`, earns nothing. `ladder`: what
    a bonus is instead from a number of bonuses on, those that the member holds when the group completes and this one.
    """

    friends: int = 2
    base: Base = Base()
    qualifies: Qualifies = Qualifies()
    welcome: Welcome | None = None
    window_days: int = 30
    limit: int | None = None
    velocity: Velocity | None = None
    review: ReviewRule | None = None
    ladder: tuple[BonusStep, ...] = ()

    def is_full(self, bonuses: int) -> bool:
        """Whether a member that holds so many bonuses gets no more."""
        return self.limit is not None and bonuses >= self.limit

    def of_rank(self, rank: int) -> Referral:
        """The rule as it holds for the bonus that is the n-th when its group completes; 0: before that was counted."""
        reached = [step for step in self.ladder if step.bonuses <= rank]
        return replace(self, percent=reached[-1].percent, amount=reached[-1].amount) if reached else self


def referral_problems(rule: Referral, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with the referral programme, each naming the path, the rule and the value."""
    yield from range_problems("referral.friends", rule.friends, 1, MAX_FRIENDS)
    yield from range_problems("referral.window_days", rule.window_days, 1, MAX_DAYS)
    if rule.limit is not None and rule.limit < 1:
        yield InvalidInput("referral.limit", "must be 1 or more", rule.limit)
    if rule.velocity:
        yield from range_problems("referral.velocity.bonuses", rule.velocity.bonuses, 1, MAX_VELOCITY)
        yield from range_problems("referral.velocity.days", rule.velocity.days, 1, MAX_DAYS)
    if rule.review:
        yield from _review_problems(rule.review)
    yield from _ladder_problems(rule.ladder, programme)
    yield from reward_problems("referral", rule, programme)
    if rule.vest_on == "delivery":
        yield InvalidInput("referral.vest_on", "must be payment; a bonus is of several orders, and is not delivered")
    yield from sum_problems("referral.qualifies.minimum", rule.qualifies.minimum, programme)
    if rule.welcome:
        yield from reward_problems("referral.welcome", rule.welcome, programme)
        yield from _gift_problems(rule.welcome)


def _gift_problems(gift: Welcome) -> Iterator[InvalidInput]:
    """What of a welcome gift is stated and gives nothing."""
    amounts: dict[str, Decimal | None] = {"percent": gift.percent}
    if isinstance(gift.amount, dict):
        amounts |= {f"amount.{currency}": amount for currency, amount in gift.amount.items()}
    else:
        amounts["amount"] = gift.amount
    for name, amount in amounts.items():
        if amount is not None and not amount:
            yield InvalidInput(f"referral.welcome.{name}", "must be more than 0; for no gift, leave it out", 0)


def _ladder_problems(ladder: tuple[BonusStep, ...], programme: Programme) -> Iterator[InvalidInput]:
    numbers = [step.bonuses for step in ladder]
    if numbers != sorted(set(numbers)) or (numbers and numbers[0] < 2):
        yield InvalidInput("referral.ladder", "must begin with bonuses: 2 or more and rise")
    if len(ladder) > MAX_STEPS:
        yield InvalidInput("referral.ladder", "must have at most %(most)s steps", len(ladder), most=MAX_STEPS)
    for index, step in enumerate(ladder):
        yield from worth_problems(f"referral.ladder[{index}]", step.percent, step.amount, programme)


def _review_problems(review: ReviewRule) -> Iterator[InvalidInput]:
    yield from range_problems("referral.review.threshold", review.threshold, 1, MAX_WEIGHT)
    for name, weight in review.weights.items():
        if name not in SIGNALS:
            yield InvalidInput(
                f"referral.review.weights.{name}", "must be one of %(names)s", name, names=tuple(SIGNALS)
            )
        yield from range_problems(f"referral.review.weights.{name}", weight, 0, MAX_WEIGHT)
