"""What a member has been awarded for cards, goals and levels, and what follows when the counters change.

A member's record remembers its awards (`Member.won`): what is reached is posted once, and taken back when the counter
falls below it again. A period is judged while it runs and in the one after it; what was awarded before that stays.
Imports counters, levels, the book, the programme and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import money, series
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.core.series import Per
from chalicelib.domain.events import LevelChanged
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.difference import difference
from chalicelib.domain.ledger.transfers import PROGRAMME, Due, Posted, Posting, Why
from chalicelib.domain.programme.awards import Award, Card, Goal
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.lifetime import lifetime
from chalicelib.domain.records import Counted, Member, Won
from chalicelib.domain.rewards.progress import counters, levels

CARD, GOAL, LEVEL = "card", "goal", "level"
"""What awards are for; the programme's accounts that pay them are `programme:card` and so on."""

KINDS = (CARD, GOAL, LEVEL)

MAX_OF_A_CARD = 6
"""Awards of one card that are remembered apart; earlier ones are never taken back."""

JUDGED_PERIODS = 2
"""The running period and the one before it are judged."""


class Awarded(Struct, frozen=True):
    """A member with the awards that its counters give it, and the postings that lead there, each with its owner."""

    member: Member
    postings: list[tuple[str, Posting]]


class Judgement(Struct, frozen=True):
    """Whether something was reached: a goal or level by its id, in a period; `fact` is what it was reached with.

    `keep`: it stays once it was reached. `award` None: there is nothing to post, only to remember.
    """

    name: str
    kind: str
    per: Per
    number: int
    is_reached: bool
    award: Award | None
    fact: str
    keep: bool = False


def follow(
    books: Books, changes: Iterable[Counted | None], valued_under: Programme, in_force: Programme, today: date
) -> list[LevelChanged]:
    """Post what follows from changed counters, to each member that they are of; the levels that changed.

    `changes`: what an order counted before, and counts now. Cards and goals are those of the programme that the order
    was `valued_under` and of the one `in_force`; levels are of the latter.
    """
    days: dict[str, set[date]] = {}
    for counted in changes:
        if counted:
            days.setdefault(books.of(counted.member).member, set()).add(date.fromordinal(counted.day))
    changed = [_followed(books, name, days[name], (valued_under, in_force), today) for name in days]
    return [event for event in changed if event]


def follow_member(books: Books, name: str, programme: Programme) -> LevelChanged | None:
    """Post what follows for a member whose counters changed by something else than an order."""
    today = local_day(books.now, programme.timezone)
    return _followed(books, books.of(name).member, [today], (programme, programme), today)


def joined(member: Member, other: Member) -> tuple[Member, Member]:
    """Two members after the first was given the awards of the other one, which is merged into it.

    What the other one's entries gave stays summed up with it, so that the awards of each still equal its entries.
    """
    full = {award.name: award.number for award in member.won if award.kind == CARD}
    won = tuple(
        replace(award, number=award.number + full.get(award.name, 0)) if award.kind == CARD else award
        for award in other.won
    )
    survivor = replace(member, won=(*member.won, *won), awarded=totals(member.awarded, won, -1))
    return survivor, replace(other, won=(), awarded=totals(other.awarded, other.won))


def _followed(
    books: Books, name: str, days: Iterable[date], programmes: tuple[Programme, Programme], today: date
) -> LevelChanged | None:
    """Post what follows for one member; the change of its level, if there is one."""
    valued_under, in_force = programmes
    if valued_under != in_force:
        _judge(books, name, replace(valued_under, levels=None), days, today)
    _judge(books, name, in_force, days, today)
    books.put(remembered(books.of(name), today))
    return named_level(books, name, in_force, today)


def named_level(books: Books, name: str, programme: Programme, today: date) -> LevelChanged | None:
    """The change of a member's level since its record last said one; the record says the new one now."""
    member, step = books.of(name), levels.level_of(books.of(name), programme, today)
    level = step.id if step else ""
    if level == member.level:
        return None
    books.put(replace(member, level=level))
    return LevelChanged(member.member, member.level, level)


def _judge(books: Books, name: str, programme: Programme, days: Iterable[date], today: date) -> None:
    """A member's awards as a programme sees them, and the postings that lead there."""
    awarded = judged(books.of(name), programme, days, today, books.now)
    books.put(awarded.member)
    for owner, posting in awarded.postings:
        books.move(owner, [posting])


def judged(member: Member, programme: Programme, days: Iterable[date], today: date, now: int) -> Awarded:
    """A member's awards as a programme sees them, and the postings that lead there; a pure function.

    `days`: those on which orders count or have counted; goals are judged in their periods.
    """
    won = member.won
    for card in programme.cards:
        won = _with_card(won, card, member, programme, today, now)
    facts: dict[str, str] = {card.id: f"{card.size} stamps" for card in programme.cards}
    for judgement in (*_goals(member, programme, days, today), *_levels(member, programme, today)):
        won = _with_judgement(won, judgement, programme, today, now)
        facts[judgement.name] = judgement.fact
    if won == member.won:
        return Awarded(member, [])
    before, after = _posted(member.member, member.won), _posted(member.member, won)
    due = [Due(posted, Why(posted.rule, rate=facts.get(posted.rule, ""))) for posted in after]
    return Awarded(replace(member, won=won), difference(before, due, "refunded or changed"))


def _goals(member: Member, programme: Programme, days: Iterable[date], today: date) -> Iterator[Judgement]:
    """Each goal in each period that an order counts in."""
    for goal in programme.goals:
        if goal.measure == "weeks":
            yield _streak(goal, member, days, today)
            continue
        numbers = {series.period_number(goal.per, day) for day in days}
        for number in sorted(numbers):
            if goal.per != "all" and number <= series.period_number(goal.per, today) - JUDGED_PERIODS:
                continue
            is_reached = value_of(goal, member, programme, number) >= goal.minor_target(programme)
            fact = _fact(goal, programme, series.period_name(goal.per, number))
            yield Judgement(goal.id, GOAL, goal.per, number, is_reached, goal.reward, fact, goal.keep)


def _fact(goal: Goal, programme: Programme, period: str) -> str:
    """What a goal was reached with, in words: `3 orders in 2026-11`."""
    target = goal.minor_target(programme)
    measured = f"{target} {goal.measure}"
    if goal.measure == "spend":
        measured = f"{money.text(target, money.asset_of(programme.currency))} spent"
    return f"{measured} in {period}" if period else measured


def value_of(goal: Goal, member: Member, programme: Programme, number: int) -> int:
    """What a member has of what a goal measures in a period, in minor units where it is money."""
    if counters.is_distinct(goal):
        return counters.distinct_in(member, goal, number)
    if counters.has_own_counter(goal):
        return counters.amount_in(member, goal.series, goal.per, number)
    counter = programme.currency if goal.measure == "spend" else counters.ORDERS
    return counters.amount_in(member, counter, goal.per, number)


def _streak(goal: Goal, member: Member, days: Iterable[date], today: date) -> Judgement:
    """A goal of weeks in a row: reached if a run of live weeks is long enough; what was reached stands by its week."""
    live = {week for week, count in series.unpacked(member.counts.get(counters.WEEKS, ())).items() if count > 0}
    before = next((award for award in member.won if award.name == goal.id), None)
    fact, target = f"{goal.target:f} weeks in a row", int(goal.target)
    if before:
        weeks = range(before.number - target + 1, before.number + 1)
        oldest = series.period_number("week", today) - counters.KEPT_PERIODS["week"] + 1
        is_reached = weeks[0] < oldest or all(week in live for week in weeks)
        return Judgement(goal.id, GOAL, "week", before.number, is_reached, goal.reward, fact, goal.keep)
    ends = (_end_of_run(series.period_number("week", day), target, live) for day in sorted(days))
    number = next((end for end in ends if end), 0)
    return Judgement(goal.id, GOAL, "week", number, bool(number), goal.reward, fact, goal.keep)


def _end_of_run(week: int, target: int, live: set[int]) -> int:
    """The week in which the run of live weeks around a week reached the target; 0 where it did not."""
    if week not in live:
        return 0
    first = week - len(list(takewhile(lambda back: week - back in live, range(1, len(live) + 1))))
    return first + target - 1 if all(first + count in live for count in range(target)) else 0


def streak_of(member: Member, today: date) -> int:
    """How many weeks in a row, up to this or the last one, have a live order."""
    live = {week for week, count in series.unpacked(member.counts.get(counters.WEEKS, ())).items() if count > 0}
    week = series.period_number("week", today)
    week = week if week in live else week - 1
    return len(list(takewhile(lambda back: week - back in live, range(len(live) + 1))))


def _levels(member: Member, programme: Programme, today: date) -> Iterator[Judgement]:
    """The gifts of the levels that a member has reached this year, by what the counters say, and only refunds undo."""
    if programme.levels is None:
        return
    steps = programme.levels.steps
    current = levels.level_of(member, programme, today)
    for step in steps:
        if step.gift is None:
            continue
        before = next((award for award in member.won if (award.name, award.number) == (step.id, today.year)), None)
        day = date.fromordinal(before.day) if before else today
        then = levels.level_of(member, programme, day) if before else current
        is_reached = then is not None and steps.index(then) >= steps.index(step)
        yield Judgement(step.id, LEVEL, "year", today.year, is_reached, step.gift, f"{step.id}, {today.year}")


def _with_judgement(
    won: tuple[Won, ...], judgement: Judgement, programme: Programme, today: date, now: int
) -> tuple[Won, ...]:
    """The awards after one judgement: given when it was reached, gone when it is not any more."""
    place = judgement.name, judgement.per, judgement.number
    before = next((award for award in won if (award.name, award.per, award.number) == place), None)
    if judgement.is_reached and before is None:
        award = Won(judgement.name, judgement.kind, judgement.per, judgement.number, today.toordinal())
        return (*won, _valued(award, judgement.award, 1, programme, now))
    if before and not judgement.is_reached and not judgement.keep:
        # Two members that are one now may both have been awarded.
        return tuple(award for award in won if (award.name, award.per, award.number) != place)
    return won


def _with_card(
    won: tuple[Won, ...], card: Card, member: Member, programme: Programme, today: date, now: int
) -> tuple[Won, ...]:
    """The awards after counting a card: one more when it is full again, the latest gone when stamps came back.

    Each has the number of the card's completions up to it.
    """
    own = [award for award in won if award.name == card.id]
    others = tuple(award for award in won if award.name != card.id)
    given, full = own[-1].number if own else 0, max(stamps_of(card, member), 0) // card.size
    if full > given:
        award = Won(card.id, CARD, "all", full, today.toordinal())
        own.append(_valued(award, card.reward, full - given, programme, now))
    while own and own[-1].amount and own[-1].number > full:
        last = own.pop()
        before = own[-1].number if own else 0
        if before < full:
            own.append(replace(last, number=full, amount=last.amount // (last.number - before) * (full - before)))
    return (*others, *own)


def stamps_of(card: Card, member: Member) -> int:
    """All stamps that a member has had on a card."""
    return counters.amount_in(member, card.series, "all", 0)


def _valued(won: Won, award: Award | None, times: int, programme: Programme, now: int) -> Won:
    """The award with what it gives, and from when until when that can be spent."""
    if award is None:
        return won
    asset, amount = award.sum_in(programme)
    vests_at, expires_at = lifetime(award, now, 0, programme.timezone)
    return replace(won, asset=asset, amount=times * amount, vests_at=vests_at, expires_at=expires_at)


def _posted(name: str, won: Iterable[Won]) -> list[Posted]:
    """What awards have posted, or will have."""
    return [
        Posted(
            name, award.name, f"{PROGRAMME}{award.kind}", award.asset, award.vests_at, award.expires_at, award.amount
        )
        for award in won
        if award.amount
    ]


def remembered(member: Member, today: date) -> Member:
    """The member without the awards that are not judged any more; what they gave is remembered as sums."""
    final = [award for award in member.won if _is_final(award, today)]
    cards = {
        award.name: [other for other in member.won if other.name == award.name]
        for award in member.won
        if award.kind == CARD
    }
    for awards in cards.values():
        final += awards[:-MAX_OF_A_CARD]
    if not final:
        return member
    kept = [award for award in member.won if award not in final]
    marks = [
        replace(awards[-MAX_OF_A_CARD - 1], asset="", amount=0, vests_at=0, expires_at=0)
        for awards in cards.values()
        if len(awards) > MAX_OF_A_CARD
    ]
    return replace(member, won=(*marks, *kept), awarded=totals(member.awarded, final))


def totals(awarded: dict[str, int], won: Iterable[Won], sign: int = 1) -> dict[str, int]:
    """Sums of what awards gave, by account and asset such as `goal points`, with some more added (or taken off)."""
    sums = dict(awarded)
    for award in won:
        if award.amount:
            name = f"{award.kind} {award.asset}"
            sums[name] = sums.get(name, 0) + sign * award.amount
    return {name: amount for name, amount in sums.items() if amount}


def _is_final(award: Won, today: date) -> bool:
    """Whether an award stands for ever: its period is over, and so is the one after it."""
    if award.per in ("all", "week"):
        return False
    return award.number <= series.period_number(award.per, today) - JUDGED_PERIODS
