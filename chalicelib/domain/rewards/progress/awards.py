"""What a member has been awarded for cards, goals and levels, and what follows when the counters change.

A member's record remembers its awards (`Member.won`): what is reached is posted once, and taken back when the counter
falls below it again. A period is judged while it runs and in the one after it; what was awarded before that stays.
Imports counters, levels, the book, the programme and records.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import takewhile
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import money, series
from chalicelib.domain.core.calendar import Per, local_day, period_name, period_number
from chalicelib.domain.events import LevelChanged
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import (
    PROGRAMME,
    REFUNDED_OR_CHANGED,
    Due,
    Posted,
    Posting,
    Why,
    difference,
)
from chalicelib.domain.programme.awards import Award, Card, Goal, Step
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.history import History
from chalicelib.domain.programme.sale import lifetime
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


class GiftRule(Struct, frozen=True):
    """A version by which a gift of a level may stand: the level, in its programme, and its number."""

    step: Step
    programme: Programme
    version: int


class GiftVersions(Struct, frozen=True):
    """The programme versions that judge gifts of levels: the number of the one that gives them (0: it has none), and
    the history in which that of an earlier gift is looked up.
    """

    in_force: int = 0
    history: History = History()

    def judging(self, gift: Won, in_force: Programme) -> list[GiftRule]:
        """The version by which a gift stands, and the one in force, where that has the level: by its id, or by another
        one with the same `at` and gift. Raises Missing.
        """
        rules = []
        own = self.history.numbered(gift.version).programme if gift.version else in_force
        step = own.levels.step(gift.name) if own.levels else None
        if step and gift.version:
            rules.append(GiftRule(step, own, gift.version))
        what = step and (step.at, step.gift)
        gifted = in_force.levels.gifted if in_force.levels else ()
        same = next((other for other in gifted if other.id == gift.name), None)
        same = same or next((other for other in gifted if (other.at, other.gift) == what), None)
        return [*rules, GiftRule(same, in_force, self.in_force)] if same else rules


UNNUMBERED = GiftVersions()
"""Of a programme that is no version: it judges all gifts."""


class Judgement(Struct, frozen=True):
    """Whether a goal, or a level with a gift, was reached in a period; a streak's is named by its last week.

    `versions`: the numbers of those under which a level is.
    """

    of: Goal | Step
    kind: str
    per: Per
    number: int
    is_reached: bool
    versions: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The id of what was reached."""
        return self.of.id

    @property
    def award(self) -> Award | None:
        """What it gives; None: there is nothing to post, only to remember."""
        return self.of.reward if isinstance(self.of, Goal) else self.of.gift

    @property
    def keep(self) -> bool:
        """Whether it stays once it was reached."""
        return isinstance(self.of, Goal) and self.of.keep

    def fact(self, programme: Programme) -> str:
        """What it was reached with, in words: `3 orders in 2026-11`, `gold, 2026`."""
        if isinstance(self.of, Step):
            return f"{self.name}, {self.number}"
        text = goal_text(self.of, programme)
        period = "" if self.of.measure == "weeks" else period_name(self.per, self.number)
        return f"{text} in {period}" if period else text


def follow(
    books: Books, changes: Iterable[Counted], valued_under: Programme, in_force: Programme, today: date
) -> list[LevelChanged]:
    """Post what follows from changed counters, to each member that they are of; the levels that changed.

    `changes`: what an order counted before, and counts now. Cards and goals are those of the programme that the order
    was `valued_under` and of the one `in_force`; levels are of the latter, and their gifts of the one that gave them.
    """
    days: dict[str, set[date]] = {}
    for counted in changes:
        days.setdefault(books.owner(counted.member).member, set()).add(date.fromordinal(counted.day))
    changed = [_followed(books, name, own, (valued_under, in_force), today) for name, own in days.items()]
    return [event for event in changed if event]


def follow_level(books: Books, name: str, programme: Programme) -> LevelChanged | None:
    """Post what follows for a member whose level was set by hand."""
    today = local_day(books.now, programme.timezone)
    return _followed(books, books.owner(name).member, [], (programme, programme), today)


def follow_merge(books: Books, name: str, programme: Programme) -> LevelChanged | None:
    """Post what follows for a member that got another one's counters: in every period that is judged."""
    today = local_day(books.now, programme.timezone)
    return _followed(books, books.owner(name).member, None, (programme, programme), today)


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


def named(won: Iterable[Won], kind: str, name: str) -> list[Won]:
    """The awards for a card, goal or level: an earlier version of the programme may have had another kind by its id."""
    return [award for award in won if (award.kind, award.name) == (kind, name)]


def unfounded(member: Member, programme: Programme, today: date, versions: GiftVersions) -> list[Won]:
    """The awards of a member that would be taken back if they were judged now: its counters do not reach them."""
    judgements = (*_goals(member, programme, None, today), *_levels(member, programme, today, versions))
    lost = (judgement for judgement in judgements if not judgement.is_reached and not judgement.keep)
    fallen = {(judgement.kind, judgement.name, judgement.number) for judgement in lost}
    full = {card.id: max(stamps_of(card, member), 0) // card.size for card in programme.cards}
    cards = [award for award in member.won if award.kind == CARD and award.amount]
    return [
        *(award for award in cards if award.number > full.get(award.name, award.number)),
        *(award for award in member.won if (award.kind, award.name, award.number) in fallen),
    ]


def _followed(
    books: Books, name: str, days: Collection[date] | None, programmes: tuple[Programme, Programme], today: date
) -> LevelChanged | None:
    """Post what follows for one member; the change of its level, if there is one.

    `days`: those that orders count on, in whose periods goals are judged (empty: no goal is); None: in every period
    that is judged still.
    """
    valued_under, in_force = programmes
    if valued_under != in_force:
        _judge(books, name, _with_kept(valued_under, in_force), days, today, None)
    versions = GiftVersions(books.history.number_at(books.now), books.history)
    _judge(books, name, in_force, days, today, versions)
    books.put(remembered(books.owner(name), in_force, today))
    return named_level(books, name, in_force, today)


def _with_kept(programme: Programme, in_force: Programme) -> Programme:
    """A programme that keeps the goals which the one in force keeps: what that promises stays, whichever order is
    refunded.
    """
    kept = {goal.id for goal in in_force.goals if goal.keep}
    goals = tuple([replace(goal, keep=goal.keep or goal.id in kept) for goal in programme.goals])
    return replace(programme, goals=goals)


def named_level(books: Books, name: str, programme: Programme, today: date) -> LevelChanged | None:
    """The change of a member's level since its record last said one; the record says the new one now."""
    member, step = books.owner(name), levels.level_of(books.owner(name), programme, today)
    level = step.id if step else ""
    if level == member.level:
        return None
    books.put(replace(member, level=level))
    return LevelChanged(member.member, member.level, level)


def _judge(
    books: Books,
    name: str,
    programme: Programme,
    days: Collection[date] | None,
    today: date,
    versions: GiftVersions | None,
) -> None:
    """A member's awards as a programme sees them, and the postings that lead there."""
    awarded = judged(books.owner(name), programme, days, today, books.now, versions)
    books.put(awarded.member)
    for owner, posting in awarded.postings:
        books.move(owner, [posting])


def judged(
    member: Member,
    programme: Programme,
    days: Collection[date] | None,
    today: date,
    now: int,
    versions: GiftVersions | None = UNNUMBERED,
) -> Awarded:
    """A member's awards as a programme sees them, and the postings that lead there; a pure function.

    `versions`: those that judge gifts of levels; None: gifts are not looked at.

    `days`: those on which orders count or have counted, in whose periods goals are judged; None: in every period that
    is judged still. Where there is none no order has changed anything, and a new version's goals wait for the next one.
    """
    won = member.won
    for card in programme.cards:
        won = _with_card(won, card, member, programme, today, now)
    has_counted = days is None or len(days) > 0
    judgements = list(_goals(member, programme, days, today)) if programme.goals and has_counted else []
    if versions and (won or (programme.levels and programme.levels.gifted)):
        judgements += _levels(member, programme, today, versions)
    for judgement in judgements:
        won = _with_judgement(won, judgement, programme, today, now)
    if won == member.won:
        return Awarded(member, [])
    taken = [_posted(member.member, award) for award in member.won if award not in won]
    given = [
        Due(_posted(member.member, award), Why(award.name, rate=_fact(award, judgements, programme)))
        for award in won
        if award not in member.won
    ]
    return Awarded(replace(member, won=won), difference(taken, given, REFUNDED_OR_CHANGED))


def _goals(member: Member, programme: Programme, days: Iterable[date] | None, today: date) -> Iterator[Judgement]:
    """Each goal in each period that an order counts in, of those that are judged; `days` None: in all of these."""
    for goal in programme.goals:
        if goal.measure == "weeks":
            yield from _streaks(goal, member, today)
        else:
            yield from _in_periods(goal, member, programme, days, today)


def _in_periods(
    goal: Goal, member: Member, programme: Programme, days: Iterable[date] | None, today: date
) -> Iterator[Judgement]:
    running = period_number(goal.per, today)
    judged = range(max(running - JUDGED_PERIODS + 1, 0), running + 1)
    numbers = judged if days is None else {period_number(goal.per, day) for day in days}
    for number in sorted(numbers):
        if number >= judged[0]:
            is_reached = value_of(goal, member, programme, number) >= goal.minor_target(programme)
            yield Judgement(goal, GOAL, goal.per, number, is_reached)


def goal_text(goal: Goal, programme: Programme) -> str:
    """What must be reached, in words: `3 orders`, `200.00 EUR spent`, `4 weeks in a row`."""
    target = goal.minor_target(programme)
    if goal.measure == "spend":
        return f"{money.text(target, money.asset_of(programme.currency))} spent"
    return f"{target} {goal.measure}{' in a row' if goal.measure == 'weeks' else ''}"


def value_of(goal: Goal, member: Member, programme: Programme, number: int) -> int:
    """What a member has of what a goal measures in a period, in minor units where it is money."""
    if goal.is_distinct:
        return counters.distinct_in(member, goal, number)
    return counters.amount_in(member, counters.counter_of(goal, programme), goal.per, number)


def _streaks(goal: Goal, member: Member, today: date) -> Iterator[Judgement]:
    """A goal of weeks in a row, which is reached once: by the earliest run of live weeks that is long enough.

    What was reached stands by its last week, until one of its weeks falls empty; then another run may be it.
    """
    live = {week for week, count in series.unpacked(member.counts.get(counters.WEEKS, ())).items() if count > 0}
    target, oldest = int(goal.target), period_number("week", today) - counters.KEPT_PERIODS["week"] + 1
    own = [award.number for award in named(member.won, GOAL, goal.id)]
    reached = [week for week in own if goal.keep or week - target + 1 < oldest or _is_run(week, target, live)]
    if not reached:
        reached = [week for week in sorted(live) if _is_run(week, target, live)][:1]
    for number in dict.fromkeys((*own, *reached)):
        yield Judgement(goal, GOAL, "week", number, number in reached)


def _is_run(last: int, length: int, live: set[int]) -> bool:
    """Whether so many weeks in a row up to one are all live."""
    return all(week in live for week in range(last - length + 1, last + 1))


def streak_of(member: Member, today: date) -> int:
    """How many weeks in a row, up to this or the last one, have a live order."""
    live = {week for week, count in series.unpacked(member.counts.get(counters.WEEKS, ())).items() if count > 0}
    week = period_number("week", today)
    week = week if week in live else week - 1
    return len(list(takewhile(lambda back: week - back in live, range(len(live)))))


def _levels(member: Member, programme: Programme, today: date, versions: GiftVersions) -> Iterator[Judgement]:
    """The gifts of the levels that a member has reached, this year's and what was given last year.

    What was given stays while its level is reached under a version by which it stands or under the programme, so that
    no version that raises the level or gives it up takes it. What is new is given by the programme, once a year for a
    level, whatever it is called.
    """
    gifts = sorted((award for award in member.won if award.kind == LEVEL), key=attrgetter("day"))
    given: dict[tuple[str, int], list[Won]] = {}
    for gift in gifts:
        if gift.number >= today.year - 1:
            given.setdefault((gift.name, gift.number), []).append(gift)
    standing = {name for name, year in given if year == today.year}
    for (_, year), own in given.items():
        rules = [rule for gift in own for rule in versions.judging(gift, programme)]
        # Of two members that are one now both may have a year's gift: they stay together, since the earlier one's day.
        reached = [rule for rule in rules if _stays(rule, own[0], member, today)]
        if rules:
            numbers = tuple([rule.version for rule in reached])
            yield Judgement(rules[0].step, LEVEL, "year", year, bool(reached), numbers)
        standing |= {rule.step.id for rule in reached if year == today.year}
    for step in programme.levels.gifted if programme.levels else ():
        if step.id not in standing:
            is_reached = _has_reached(step, member, programme, today)
            yield Judgement(step, LEVEL, "year", today.year, is_reached, (versions.in_force,))


def _stays(rule: GiftRule, gift: Won, member: Member, today: date) -> bool:
    """Whether the level of a gift was reached under a version on any day since, by what the counters say now."""
    programme = rule.programme
    assert programme.levels, "a step is of levels"
    first, last = date.fromordinal(gift.day), min(today, date(gift.number, 12, 31))
    if not levels.is_remembered(programme.levels, first, today):
        return True  # what it rested on may be forgotten: it is final
    if member.granted:
        # A level by hand that was set anew since holds for the gift of the one before.
        member = replace(member, granted=replace(member.granted, day=gift.day))
    days = levels.turning_days(programme.levels, first, last)
    return any(_has_reached(rule.step, member, programme, day) for day in days)


def _has_reached(step: Step, member: Member, programme: Programme, day: date) -> bool:
    """Whether a member has a level, or a higher one, on a day."""
    level = levels.level_of(member, programme, day)
    return level is not None and step.at <= level.at


def _with_judgement(
    won: tuple[Won, ...], judgement: Judgement, programme: Programme, today: date, now: int
) -> tuple[Won, ...]:
    """The awards after one judgement: given when it was reached, gone when it is not any more."""
    own = [
        award
        for award in named(won, judgement.kind, judgement.name)
        if (award.per, award.number) == (judgement.per, judgement.number)
    ]
    if judgement.is_reached and not own:
        award = Won(judgement.name, judgement.kind, judgement.per, judgement.number, today.toordinal())
        award = _valued(award, judgement.award, 1, programme, now)
        return (*won, replace(award, version=judgement.versions[0]) if judgement.versions else award)
    if not judgement.is_reached and not judgement.keep:
        # Two members that are one now may both have been awarded.
        return tuple(award for award in won if award not in own)
    if judgement.versions:
        # From now on it stands by a version under which it is reached.
        return tuple(
            replace(award, version=judgement.versions[0])
            if award in own and award.version not in judgement.versions
            else award
            for award in won
        )
    return won


def _with_card(
    won: tuple[Won, ...], card: Card, member: Member, programme: Programme, today: date, now: int
) -> tuple[Won, ...]:
    """The awards after counting a card: one more when it is full again, the latest gone when stamps came back.

    Each has the number of the card's completions up to it.
    """
    full = max(stamps_of(card, member), 0) // card.size
    if not (full or won):
        return won
    own = named(won, CARD, card.id)
    given = own[-1].number if own else 0
    if full > given:
        award = Won(card.id, CARD, "all", full, today.toordinal())
        own.append(_valued(award, card.reward, full - given, programme, now))
    elif full == given:
        return won
    while own and own[-1].amount and own[-1].number > full:
        last = own.pop()
        before = own[-1].number if own else 0
        if before < full:
            own.append(replace(last, number=full, amount=last.amount // (last.number - before) * (full - before)))
    return (*(award for award in won if (award.kind, award.name) != (CARD, card.id)), *own)


def stamps_of(card: Card, member: Member) -> int:
    """All stamps that a member has had on a card."""
    return series.amount_in(member.counts.get(card.series, ()), 0)


def _valued(won: Won, award: Award | None, times: int, programme: Programme, now: int) -> Won:
    """The award with what it gives, and from when until when that can be spent."""
    if award is None:
        return won
    asset, amount = award.sum_in(programme)
    vests_at, expires_at = lifetime(award, now, 0, programme.timezone)
    return replace(won, asset=asset, amount=times * amount, vests_at=vests_at, expires_at=expires_at)


def _fact(award: Won, judgements: Iterable[Judgement], programme: Programme) -> str:
    """What an award was given for, in words: a card's stamps, or what was judged."""
    if award.kind == CARD:
        return next((f"{card.size} stamps" for card in programme.cards if card.id == award.name), "")
    own = (row for row in judgements if (row.kind, row.name, row.number) == (award.kind, award.name, award.number))
    return next((row.fact(programme) for row in own), "")


def _posted(name: str, award: Won) -> Posted:
    """What an award has posted, or will have."""
    account = f"{PROGRAMME}{award.kind}"
    return Posted(name, award.name, account, award.asset, award.vests_at, award.expires_at, award.amount)


def remembered(member: Member, programme: Programme, today: date) -> Member:
    """The member without the awards that are not judged any more; what they gave is remembered as sums."""
    if not member.won:
        return member
    weekly = {goal.id for goal in programme.goals if goal.per == "week"}
    final = [award for award in member.won if _is_final(award, weekly, today)]
    cards: dict[str, list[Won]] = {}
    for award in member.won:
        if award.kind == CARD:
            cards.setdefault(award.name, []).append(award)
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
        name = f"{award.kind} {award.asset}"
        sums[name] = sums.get(name, 0) + sign * award.amount
    return {name: amount for name, amount in sums.items() if amount}


def _is_final(award: Won, weekly: Collection[str], today: date) -> bool:
    """Whether an award stands for ever: its period is over, and so is the one after it.

    `weekly`: the goals of a week. A streak's award is named by a week too, and is remembered, for it is given once.
    """
    if award.per == "week" and award.name not in weekly:
        return False
    return award.number <= period_number(award.per, today) - JUDGED_PERIODS
