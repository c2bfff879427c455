"""What a member has reached and what is next, in figures and in words: level, cards, goals, badges, weeks in a row.

A pure function of the member's record, the programme and the instant; nothing is read. Imports counters, levels and
awards.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import local_day, period_name, period_number
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
    """A goal in its running period (empty: in all): `value` of `target`, and whether it was reached."""

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

    `segment` is for the shop alone: null for a member's own token, without an order, or as long as there are no cuts.
    """

    member: str
    level: LevelView | None
    cards: tuple[CardView, ...]
    goals: tuple[GoalView, ...]
    badges: tuple[Badge, ...]
    weeks_in_a_row: int
    boards: tuple[BoardView, ...]
    segment: SegmentView | None


def progress_of(member: Member, programme: Programme, now: int, cuts: Cuts | None = None) -> ProgressView:
    """What a member has reached under the programme in force at an instant, with its segment by some cuts."""
    today = local_day(now, programme.timezone)
    return ProgressView(
        member.member,
        _level(member, programme, today),
        tuple(_card(card, member) for card in programme.cards),
        tuple(_goal(goal, member, programme, today) for goal in programme.goals),
        tuple(_badges(member, programme)),
        awards.streak_of(member, today),
        (),
        _segment(member, programme, cuts, today) if cuts else None,
    )


def _segment(member: Member, programme: Programme, cuts: Cuts, today: date) -> SegmentView | None:
    from chalicelib.domain.rewards.progress.segments import measures_of, scores_of, segment_of  # no webhook needs it

    measures = measures_of(member, programme, today)
    if measures is None:
        return None
    scores = scores_of(measures, cuts)
    segment = segment_of(scores, programme)
    text = f"recency {scores.recency}, frequency {scores.frequency}, money {scores.money} of 5"
    return SegmentView(segment, scores.recency, scores.frequency, scores.money, f"{segment or 'no segment'}: {text}")


def _level(member: Member, programme: Programme, today: date) -> LevelView | None:
    rule, step = programme.levels, levels.level_of(member, programme, today)
    if rule is None or step is None:
        return None
    score = levels.score(member, programme, rule, today)
    text = f"{title(step.name, step.id)}, with {level_text(score, rule, programme)}"
    multiply = {name: rate_text(factor) for name, factor in step.multiply.items()}
    following = _next(step, score, rule, programme)
    return LevelView(step.id, step.name, score, text, multiply, step.perks, step.flags, following)


def _next(step: Step, score: int, rule: Levels, programme: Programme) -> NextLevel | None:
    """The level above the one that is held, which may have been set by hand."""
    above = rule.steps[rule.steps.index(step) + 1 :]
    if not above:
        return None
    at = rule.threshold(above[0], programme)
    missing = max(at - score, 0)
    text = f"{level_text(missing, rule, programme)} more to {title(above[0].name, above[0].id)}"
    return NextLevel(above[0].id, above[0].name, at, missing, text)


def level_text(amount: int, rule: Levels, programme: Programme) -> str:
    """An amount of what levels count: `45.00 EUR`, `3 orders`, `120 points`."""
    asset = rule.asset(programme)
    return money.text(amount, asset) if asset else f"{amount} order{'' if amount == 1 else 's'}"


def _card(card: Card, member: Member) -> CardView:
    own = [award for award in member.won if award.name == card.id]
    completed = own[-1].number if own else 0
    stamps = awards.stamps_of(card, member) - completed * card.size
    text = f"{stamps} of {card.size} stamps"
    return CardView(card.id, card.name, stamps, card.size, completed, text)


def _goal(goal: Goal, member: Member, programme: Programme, today: date) -> GoalView:
    number, is_streak = period_number(goal.per, today), goal.measure == "weeks"
    value = awards.streak_of(member, today) if is_streak else awards.value_of(goal, member, programme, number)
    reached = any(award.name == goal.id and (goal.per == "all" or award.number == number) for award in member.won)
    target, period = goal.minor_target(programme), period_name(goal.per, number)
    text = f"{value} of {target} {goal.measure}"
    if goal.measure == "spend":
        asset = money.asset_of(programme.currency)
        text = f"{money.text(value, asset)} of {money.text(target, asset)}"
    text = f"{text} in {period}" if period else text
    return GoalView(goal.id, goal.name, period, value, target, reached, goal.badge, text)


def _badges(member: Member, programme: Programme) -> list[Badge]:
    """The badges of the goals that a member has reached; one of a period is shown until the next one is over."""
    badges = {goal.id: goal.badge for goal in programme.goals if goal.badge}
    newest = {award.name: award for award in member.won if award.name in badges}
    return [Badge(name, badges[name], date.fromordinal(award.day).isoformat()) for name, award in newest.items()]


def title(names: Names, fallback: str = "") -> str:
    """A name in English, or as the document's author wrote it first."""
    return names.get("en") or next(iter(names.values()), fallback)
