"""What a member has reached and what is next, in figures and in words: level, cards, goals, badges, weeks in a row.

A pure function of the member's record, the programme and the instant; nothing is read. Imports counters, levels and
awards.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import local_day, period_name, period_number
from chalicelib.domain.core.phrases import ENGLISH, Amount, Phrase, Plural, Span, Value, Wording, written
from chalicelib.domain.members.statements import REACHED
from chalicelib.domain.programme.awards import Card, Goal, Levels, Step
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.sale import rate_text
from chalicelib.domain.records import Cuts, Member
from chalicelib.domain.rewards.progress import awards, levels

Names = dict[str, str]
"""A text for shoppers, by language."""


class NextLevel(Struct, frozen=True):
    """The level above: from which threshold it holds, and how much is missing, in what the levels count."""

    level: str
    name: Names
    threshold: int
    missing: int
    text: str


class LevelView(Struct, frozen=True):
    """A member's level: what it multiplies, its perks and the storefront's flags, and the next one."""

    level: str
    name: Names
    score: int
    text: str
    multiply: dict[str, str]
    perks: Names
    flags: tuple[str, ...]
    next: NextLevel | None


class CardView(Struct, frozen=True):
    """A stamp card: `stamps` of `size` are on it (negative: some of a given reward are missing), full so often."""

    card: str
    name: Names
    stamps: int
    size: int
    completed: int
    text: str


class GoalView(Struct, frozen=True):
    """A goal in its running period (empty: in all): `value` of `target`, and whether it was reached; of one that was,
    `text` says no less than the target.
    """

    goal: str
    name: Names
    period: str
    value: int
    target: int
    reached: bool
    badge: Names
    text: str


class Badge(Struct, frozen=True):
    """A badge that a member has."""

    goal: str
    name: Names
    since: str


class BoardView(Struct, frozen=True):
    """A member on a leaderboard in its running period. `place`: where it is among the places of the board; beyond them
    `top_percent` says among the best how many percent it was counted by the last daily round.
    """

    board: str
    name: Names
    period: str
    score: int
    place: int | None
    top_percent: int | None
    text: str


class SegmentView(Struct, frozen=True):
    """A member's segment by the cuts in force (empty: its scores are in none), and its scores from 1 to 5."""

    segment: str
    recency: int
    frequency: int
    money: int
    text: str


class ProgressView(Struct, frozen=True):
    """A member's level (null: the programme has none, or none is reached), cards, goals, badges, weeks in a row, and
    where it is on leaderboards (empty in a quote, which reads none).

    `weeks_in_a_row`: null where the programme has no goal by weeks, without which no weeks are counted.
    `segment` is for the shop alone: null for a member's own token, without an order, or as long as there are no cuts.
    """

    member: str
    level: LevelView | None
    cards: tuple[CardView, ...]
    goals: tuple[GoalView, ...]
    badges: tuple[Badge, ...]
    weeks_in_a_row: int | None
    boards: tuple[BoardView, ...]
    segment: SegmentView | None


def progress_of(
    member: Member, programme: Programme, now: int, wording: Wording = ENGLISH, cuts: Cuts | None = None
) -> ProgressView:
    """What a member has reached under the programme in force at an instant, with its segment by some cuts. `wording`:
    the language of its texts.
    """
    today = local_day(now, programme.timezone)

    def text(phrase: Phrase) -> str:
        return written(phrase, wording, programme)

    return ProgressView(
        member=member.member,
        level=_level(member, programme.levels, programme, today, wording) if programme.levels else None,
        cards=tuple(_card(card, member, text) for card in programme.cards),
        goals=tuple(_goal(goal, member, programme, today, text) for goal in programme.goals),
        badges=tuple(_badges(member, programme)),
        weeks_in_a_row=awards.streak_of(member, today) if programme.counts_weeks else None,
        boards=(),
        segment=_segment(member, programme, cuts, today, text) if cuts else None,
    )


def _segment(
    member: Member, programme: Programme, cuts: Cuts, today: date, text: Callable[[Phrase], str]
) -> SegmentView | None:
    from chalicelib.domain.rewards.progress.segments import measures_of, scores_of, segment_of  # no webhook needs it

    measures = measures_of(member, programme, today)
    if measures is None:
        return None
    scores = scores_of(measures, cuts)
    segment = segment_of(scores, programme)
    values: dict[str, Value] = {
        "segment": segment or Phrase("no segment"),
        "recency": scores.recency,
        "frequency": scores.frequency,
        "money": scores.money,
    }
    phrase = Phrase("%(segment)s: recency %(recency)s, frequency %(frequency)s, money %(money)s of 5", values)
    return SegmentView(segment, scores.recency, scores.frequency, scores.money, text(phrase))


def _level(member: Member, rule: Levels, programme: Programme, today: date, wording: Wording) -> LevelView | None:
    step = levels.level_of(member, programme, today)
    if step is None:
        return None
    score = levels.score(member, programme, rule, today)
    reached: dict[str, Value] = {"level": wording.name(step.name, step.id), "score": scored(score, rule, programme)}
    text = written(Phrase("%(level)s, with %(score)s", reached), wording, programme)
    multiply = {name: rate_text(factor) for name, factor in programme.multiplied(step.multiply).items()}
    following = _next(step, score, rule, programme, wording)
    return LevelView(step.id, step.name, score, text, multiply, step.perks, step.flags, following)


def _next(step: Step, score: int, rule: Levels, programme: Programme, wording: Wording) -> NextLevel | None:
    """The level above the one that is held, which may have been set by hand."""
    above = rule.steps[rule.steps.index(step) + 1 :]
    if not above:
        return None
    at = rule.threshold(above[0], programme)
    missing = at - score
    level = wording.name(above[0].name, above[0].id)
    values: dict[str, Value] = {"missing": scored(missing, rule, programme), "level": level}
    text = written(Phrase("%(missing)s more to %(level)s", values), wording, programme)
    return NextLevel(above[0].id, above[0].name, at, missing, text)


def scored(amount: int, rule: Levels, programme: Programme) -> Value:
    """An amount of what levels count: `45.00 EUR`, `3 orders`, `120 points`."""
    asset = rule.asset(programme)
    return Amount(amount, asset) if asset else Plural("%(number)s order", "%(number)s orders", amount)


def _card(card: Card, member: Member, text: Callable[[Phrase], str]) -> CardView:
    own = awards.named(member.won, awards.CARD, card.id)
    completed = own[-1].number if own else 0
    stamps = awards.stamps_of(card, member) - completed * card.size
    phrase = Phrase("%(value)s of %(target)s", {"value": stamps, "target": REACHED["stamps"](card.size)})
    return CardView(card.id, card.name, stamps, card.size, completed, text(phrase))


def _goal(goal: Goal, member: Member, programme: Programme, today: date, text: Callable[[Phrase], str]) -> GoalView:
    number, is_streak = period_number(goal.per, today), goal.measure == "weeks"
    value = awards.streak_of(member, today) if is_streak else awards.value_of(goal, member, programme, number)
    own = awards.named(member.won, awards.GOAL, goal.id)
    reached = any(goal.per == "all" or award.number == number for award in own)
    target, period = goal.minor_target(programme), period_name(goal.per, number)
    # What goes beyond the target would read as `4 of 3 orders`, and what is kept after a fall as not reached.
    shown, asset = target if reached else min(value, target), money.asset_of(programme.currency)
    values: dict[str, Value] = {"value": Amount(shown, asset), "target": Amount(target, asset)}
    if goal.measure != "spend":
        values = {"value": shown, "target": REACHED["weeks in a row" if is_streak else goal.measure](target)}
    phrase = Phrase("%(value)s of %(target)s", values)
    if period:
        phrase = Phrase("%(reached)s in %(period)s", {"reached": phrase, "period": Span(goal.per, number)})
    return GoalView(goal.id, goal.name, period, value, target, reached, goal.badge, text(phrase))


def _badges(member: Member, programme: Programme) -> list[Badge]:
    """The badges of the goals that a member has reached; one of a period is shown until the next one is over."""
    badges = {goal.id: goal.badge for goal in programme.goals if goal.badge}
    newest = {award.name: award for award in member.won if award.kind == awards.GOAL and award.name in badges}
    return [Badge(name, badges[name], date.fromordinal(award.day).isoformat()) for name, award in newest.items()]
