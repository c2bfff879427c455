"""Stamp cards, goals and levels as the programme states them: what they count, what is reached when, what that gives.

They look at a member over several orders (`rewards/progress/` counts and awards), where an earning rule looks at one.
Imports the parts of rules, series and assets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import field

from chalicelib.domain.core import money, series
from chalicelib.domain.core.calendar import Per
from chalicelib.domain.core.validation_errors import BY_RULE
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.programme.assets import name_problems
from chalicelib.domain.programme.rules import (
    MAX_SUM,
    Document,
    Lasting,
    Selector,
    id_problems,
    lasting_problems,
    multiplied_problems,
    range_problems,
    sum_problems,
)

if TYPE_CHECKING:
    from chalicelib.domain.programme.document import Programme

MAX_CARDS, MAX_GOALS, MAX_STEPS, MAX_SIZE, MAX_TARGET = 5, 10, 10, 1000, 10**9
COUNTED_ALWAYS: tuple[Per, ...] = ("month", "year", "all")
"""The periods in which spend, orders and what levels measure are counted for every member, whatever else is asked."""

DAYS_OF_A_WEEK = 7

MAX_DISTINCT = 31
"""The most different days or categories that are counted: a month has no more days."""

MAX_WEEKS = 26
MAX_GRACE_DAYS = 92
MAX_TEXT = 200

GENEROUS = Decimal("1.5")
"""A level that multiplies by more counts closed months only, unless the programme says otherwise: what a refund of the
order that reached it leaves too much is bounded by that."""


class Award(Lasting, frozen=True, kw_only=True):
    """What a card, goal or level gives: an `amount` of the programme's money, or `give` of the asset `of`."""

    amount: Decimal | None = None
    give: Decimal | None = None
    of: str = ""

    def sum_in(self, programme: Programme) -> tuple[str, int]:
        """The asset, and the amount in its minor units."""
        asset = programme.asset_named(self.of or programme.currency)
        number = self.give if self.amount is None else self.amount
        return asset, money.minor_of(number or Decimal(0), asset)


class CardCount(Document, frozen=True):
    """What puts stamps on a card: each piece of the lines that it names, each order, or each full sum of an order."""

    pieces: Selector | None = None
    orders: bool = False
    per: dict[str, Decimal] = field(default_factory=dict)


class Card(Document, frozen=True, kw_only=True):
    """A stamp card: every `size` stamps give the reward. Another size is another card, with another id."""

    id: str
    counts: CardCount
    size: int
    reward: Award
    name: dict[str, str] = field(default_factory=dict)

    @cached_property
    def series(self) -> str:
        """The name of the counter of its stamps."""
        return f"{self.id}/{series.LETTERS['all']}"


Measure = Literal["spend", "orders", "pieces", "categories", "days", "weeks"]


class Goal(Document, frozen=True, kw_only=True):
    """A goal: `target` of what it measures in a period gives the reward and the badge, which are undone with it.

    `measure`: kept goods in the programme's currency, live orders, kept pieces, different categories or local days,
    or `weeks`: ISO weeks in a row that have a live order. `match`: only these lines count. `keep`: what was reached
    once stays, whatever is refunded.
    """

    id: str
    measure: Measure
    target: Decimal
    per: Literal["week", "month", "quarter", "year", "all"] = "all"
    match: Selector = Selector()
    reward: Award | None = None
    badge: dict[str, str] = field(default_factory=dict)
    name: dict[str, str] = field(default_factory=dict)
    keep: bool = False

    @property
    def is_distinct(self) -> bool:
        """Whether it counts distinct days or categories, and not how often."""
        return self.measure in ("categories", "days")

    @property
    def has_own_counter(self) -> bool:
        """Whether it needs a counter of its own: one of chosen lines, or by other periods than always."""
        if self.measure == "pieces":
            return True
        return self.measure in ("spend", "orders") and (self.match != Selector() or self.per not in COUNTED_ALWAYS)

    @property
    def is_shared(self) -> bool:
        """Whether it looks at a counter of other goals too, and so at what was bought before it began."""
        return not (self.has_own_counter or self.is_distinct)

    @property
    def series(self) -> str:
        """The name of the counter that belongs to the goal alone."""
        return f"{self.id}/{series.LETTERS[self.per]}"

    def minor_target(self, programme: Programme) -> int:
        """The target in what it is counted in: minor units of the programme's currency, or pieces, orders and so on."""
        if self.measure == "spend":
            return programme.sum_in(self.target, programme.currency) or 0
        return int(self.target)


class Step(Document, frozen=True, kw_only=True):
    """A level, from so much of what the levels measure. `multiply`: rules by id, and by how much what they give grows.

    `perks` are a text for shoppers by language, `flags` are for the storefront. `gift` is given once per level and
    year.
    """

    id: str
    at: Decimal
    name: dict[str, str] = field(default_factory=dict)
    multiply: Annotated[dict[str, Decimal], BY_RULE] = field(default_factory=dict)
    gift: Award | None = None
    perks: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


class Levels(Document, frozen=True, kw_only=True):
    """The levels, from the lowest.

    `measure`: kept goods (`spend`), live `orders`, or an asset: what orders earned of it. `per`: `year` is the better
    of this and the last calendar year, `rolling` the last 12 closed months and this one, `lifetime` all. A level is
    kept for `grace_days` after what it stood on has left the period. `counts`: whether an order counts `at_once` or
    from the month after it on (`next_month`, the default where a level multiplies by more than 1.5), whatever the
    grace is.
    """

    steps: tuple[Step, ...]
    measure: str = "spend"
    per: Literal["year", "rolling", "lifetime"] = "year"
    grace_days: int = 0
    counts: Literal["at_once", "next_month"] | None = None

    @cached_property
    def is_delayed(self) -> bool:
        """Whether only closed months count."""
        if self.counts:
            return self.counts == "next_month"
        return any(factor > GENEROUS for step in self.steps for factor in step.multiply.values())

    @cached_property
    def gifted(self) -> tuple[Step, ...]:
        """The levels that give something once a year."""
        return tuple(step for step in self.steps if step.gift)

    def counter(self, programme: Programme) -> str:
        """The name of the counter that decides: `EUR`, `orders`, or an asset of the ledger."""
        return programme.currency if self.measure == "spend" else self.asset(programme) or self.measure

    def asset(self, programme: Programme) -> str:
        """The asset in which the levels measure; empty where they count orders."""
        if self.measure == "orders":
            return ""
        return programme.asset_named(programme.currency if self.measure == "spend" else self.measure)

    def threshold(self, step: Step, programme: Programme) -> int:
        """From how much a level holds, in what the counter counts."""
        return _minor_of(step.at, self.asset(programme))

    def step(self, name: str) -> Step | None:
        """The level of that id; None where there is none."""
        return next((step for step in self.steps if step.id == name), None)


_minor_of = lru_cache(256)(money.minor_of)
"""A programme states few levels, and each order asks for all of them."""


def progress_problems(programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with the cards, goals and levels of a document, each naming the path, the rule and the value."""
    yield from range_problems("cards", len(programme.cards), 0, MAX_CARDS)
    yield from range_problems("goals", len(programme.goals), 0, MAX_GOALS)
    for index, card in enumerate(programme.cards):
        yield from _card_problems(f"cards[{index}]", card, programme)
    for index, goal in enumerate(programme.goals):
        yield from _goal_problems(f"goals[{index}]", goal, programme)
    if programme.levels:
        yield from _level_problems(programme.levels, programme)
    yield from _unique_id_problems(programme)
    for index, card in enumerate(programme.cards):
        yield from counter_problems(f"cards[{index}]", "card", card.series, programme)
    for index, goal in enumerate(programme.goals):
        if goal.has_own_counter:
            yield from counter_problems(f"goals[{index}]", "goal", goal.series, programme)


def awards_of(programme: Programme) -> dict[str, Award]:
    """Every award that the document states, by its path in it."""
    awards = {f"cards[{index}].reward": card.reward for index, card in enumerate(programme.cards)}
    awards |= {f"goals[{index}].reward": goal.reward for index, goal in enumerate(programme.goals) if goal.reward}
    steps = programme.levels.steps if programme.levels else ()
    return awards | {f"levels.steps[{index}].gift": step.gift for index, step in enumerate(steps) if step.gift}


def _unique_id_problems(programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with ids: they stand in the ledger, so each is of one thing only."""
    known = {rule.id for rule in programme.rules}
    ids = {f"cards[{index}].id": card.id for index, card in enumerate(programme.cards)}
    ids |= {f"goals[{index}].id": goal.id for index, goal in enumerate(programme.goals)}
    steps = programme.levels.steps if programme.levels else ()
    ids |= {f"levels.steps[{index}].id": step.id for index, step in enumerate(steps)}
    for path, name in ids.items():
        yield from id_problems(path, name)
        if name in known:
            yield InvalidInput(path, "must be unique among rules, cards, goals and levels", name)
        known.add(name)


def counter_problems(path: str, kind: str, counter: str, programme: Programme) -> Iterator[InvalidInput]:
    """A problem where the own counter of a card, goal or board would be one that orders or an asset have already."""
    name, _, letter = counter.partition("/")
    always = letter in [series.LETTERS[per] for per in COUNTED_ALWAYS]
    if name == "orders" or (name in programme.assets and always):
        yield InvalidInput(
            f"{path}.id",
            "must not be %(name)s, under which something else is counted already; give it another id, such as "
            "%(other)s",
            name=name,
            other=f"{name}-{kind}",
        )


def _card_problems(path: str, card: Card, programme: Programme) -> Iterator[InvalidInput]:
    counts = card.counts
    ways = [counts.pieces is not None, counts.orders, bool(counts.per)]
    if sum(ways) != 1:
        yield InvalidInput(f"{path}.counts", "must be one of pieces, orders and per")
    if counts.pieces == Selector():
        yield InvalidInput(f"{path}.counts.pieces", "must name at least one sku, product, category, collection or tag")
    yield from sum_problems(f"{path}.counts.per", counts.per, programme)
    for currency, amount in counts.per.items():
        if not amount:
            yield InvalidInput(f"{path}.counts.per.{currency}", "must be more than 0", amount)
    yield from range_problems(f"{path}.size", card.size, 1, MAX_SIZE)
    yield from name_problems(f"{path}.name", card.name)
    yield from award_problems(f"{path}.reward", card.reward, programme)


def _goal_problems(path: str, goal: Goal, programme: Programme) -> Iterator[InvalidInput]:
    if goal.reward is None and not goal.badge:
        yield InvalidInput(path, "must have a reward or a badge")
    if goal.measure == "spend":
        yield from sum_problems(f"{path}.target", goal.target, programme)
    elif not goal.target.is_finite() or goal.target != goal.target.to_integral_value():
        yield InvalidInput(f"{path}.target", "must be a whole number", goal.target)
    days = DAYS_OF_A_WEEK if goal.per == "week" else MAX_DISTINCT
    most = {"categories": MAX_DISTINCT, "days": days, "weeks": MAX_WEEKS}.get(goal.measure, MAX_TARGET)
    if goal.target.is_finite() and not 0 < goal.target <= most:
        yield InvalidInput(f"{path}.target", "must be more than 0 and at most %(most)s", goal.target, most=most)
    if goal.match != Selector() and goal.measure not in ("spend", "pieces"):
        yield InvalidInput(f"{path}.match", "must stand beside measure: spend or pieces")
    if goal.measure == "weeks" and goal.per != "all":
        yield InvalidInput(f"{path}.per", "must not stand beside measure: weeks; weeks in a row may cross any border")
    yield from name_problems(f"{path}.name", goal.name)
    yield from name_problems(f"{path}.badge", goal.badge)
    if goal.reward:
        yield from award_problems(f"{path}.reward", goal.reward, programme)


def _level_problems(levels: Levels, programme: Programme) -> Iterator[InvalidInput]:
    measures = ["spend", "orders", *programme.assets]
    if levels.measure not in measures:
        yield InvalidInput("levels.measure", "must be one of %(names)s", levels.measure, names=tuple(measures))
        return
    yield from range_problems("levels.steps", len(levels.steps), 1, MAX_STEPS)
    yield from range_problems("levels.grace_days", levels.grace_days, 0, MAX_GRACE_DAYS)
    if levels.grace_days and levels.per == "lifetime":
        yield InvalidInput("levels.grace_days", "must not stand beside per: lifetime; nothing leaves a lifetime")
    for index, step in enumerate(levels.steps):
        yield from _step_problems(f"levels.steps[{index}]", step, levels, programme)
    numbers = [step.at for step in levels.steps]
    # What is no number cannot be compared: it has been told by itself.
    is_sound = numbers and all(number.is_finite() for number in numbers)
    if is_sound and (numbers[0] != 0 or sorted(set(numbers)) != numbers):
        yield InvalidInput("levels.steps", "must begin with at: 0 and rise")


def _step_problems(path: str, step: Step, levels: Levels, programme: Programme) -> Iterator[InvalidInput]:
    decimals = money.decimals_of(levels.asset(programme))
    if not step.at.is_finite() or not 0 <= step.at <= MAX_SUM or step.at != round(step.at, decimals):
        from chalicelib.domain.core.phrases import decimal_count

        yield InvalidInput(
            f"{path}.at",
            "must be between 0 and %(most)s, with at most %(decimals)s",
            step.at,
            most=MAX_SUM,
            decimals=decimal_count(decimals),
        )
    yield from multiplied_problems(f"{path}.multiply", step.multiply, programme)
    for rule, factor in step.multiply.items():
        if not factor.is_finite() or not 1 <= factor <= 100 or factor != round(factor, 2):
            yield InvalidInput(f"{path}.multiply.{rule}", "must be between 1 and 100, with at most 2 decimals", factor)
    yield from name_problems(f"{path}.name", step.name)
    yield from _perk_problems(f"{path}.perks", step.perks)
    for number, flag in enumerate(step.flags):
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,31}", flag):
            yield InvalidInput(f"{path}.flags[{number}]", "must be 1 to 32 lower-case letters, digits and dashes", flag)
    if step.gift:
        yield from award_problems(f"{path}.gift", step.gift, programme)


def _perk_problems(path: str, perks: Mapping[str, str]) -> Iterator[InvalidInput]:
    yield from name_problems(path, {language: text[:1] for language, text in perks.items()})
    for language, text in perks.items():
        if len(text) > MAX_TEXT:
            yield InvalidInput(
                f"{path}.{language}", "must be at most %(most)s characters", f"{text[:20]}...", most=MAX_TEXT
            )


def _amount_problems(path: str, number: Decimal, decimals: int) -> Iterator[InvalidInput]:
    """What is wrong with how much of an asset with so many decimals an award gives."""
    if number.is_finite() and 0 < number <= MAX_SUM and number == round(number, decimals):
        return
    if not decimals:
        yield InvalidInput(path, "must be a whole number from 1 to %(most)s", number, most=MAX_SUM)
        return
    from chalicelib.domain.core.phrases import decimal_count

    yield InvalidInput(
        path,
        "must be more than 0 and at most %(most)s, with at most %(decimals)s",
        number,
        most=MAX_SUM,
        decimals=decimal_count(decimals),
    )


def award_problems(path: str, award: Award, programme: Programme) -> Iterator[InvalidInput]:
    """What is wrong with what a card, goal, level or place gives."""
    if (award.amount is None) == (award.give is None):
        yield InvalidInput(path, "must have either amount, or give and of")
    if award.give is None and award.of:
        yield InvalidInput(path, "must have give beside of")
    if award.give is not None and not award.of:
        yield InvalidInput(path, "must have of beside give")
    names = [*programme.assets, programme.currency]
    if award.of and award.of not in names:
        yield InvalidInput(
            f"{path}.of",
            "must be one of the programme's assets and its currency: %(names)s",
            award.of,
            names=tuple(names),
        )
        return
    decimals = money.decimals_of(programme.asset_named(award.of or programme.currency))
    for name, number in (("amount", award.amount), ("give", award.give)):
        if number is not None:
            yield from _amount_problems(f"{path}.{name}", number, decimals)
    if award.vest_on == "delivery":
        yield InvalidInput(f"{path}.vest_on", "must be payment; an award is of several orders, and is not delivered")
    yield from lasting_problems(path, award, programme)
