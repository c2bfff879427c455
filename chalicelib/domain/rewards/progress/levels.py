"""The level of a member: a function of the counters and the day, never stored as what decides.

So it falls at the end of a period without any job, and with a refund at once. Imports series, the programme and
counters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta

from chalicelib.domain.core import series
from chalicelib.domain.core.calendar import period_number
from chalicelib.domain.programme.awards import Levels, Step
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Granted, Member
from chalicelib.domain.rewards.progress.counters import amount_in, amounts_of
from chalicelib.domain.rewards.progress.counters import is_remembered as is_period_remembered

FOREVER = date.max.toordinal()
"""The last day of a level that was given for good, where last days are compared."""

CLOSED_MONTHS = 12
"""The closed months that `rolling` counts, beside the running one."""


def level_of(member: Member, programme: Programme, day: date) -> Step | None:
    """The level of a member on a day: the one that was set by hand, or the counters' if that is higher."""
    levels = programme.levels
    if levels is None:
        return None
    amount = max(score(member, programme, levels, day), _granted(member.granted, programme, levels, day))
    return at(levels, programme, amount)


def at(levels: Levels, programme: Programme, amount: int) -> Step | None:
    """The highest level that holds for an amount; None below the first."""
    reached = bisect_right(programme.level_thresholds, amount)
    return levels.steps[reached - 1] if reached else None


def better_granted(member: Member, other: Member, programme: Programme | None, day: date) -> Granted | None:
    """Which of the levels that two members were given by hand is better on a day: the higher one, else the longer."""
    first, second = member.granted, other.granted
    if first is None or second is None:
        return first or second
    levels = programme.levels if programme else None
    ranks = [
        (_granted(granted, programme, levels, day) if programme and levels else -1, granted.until or FOREVER)
        for granted in (first, second)
    ]
    return second if ranks[1] > ranks[0] else first


def score(member: Member, programme: Programme, levels: Levels, day: date) -> int:
    """What a member has of what the levels measure, on a day; within the grace the better of both ends of it."""
    amount = _score(member, programme, levels, day)
    if not levels.grace_days or levels.per == "lifetime":
        return amount
    # What is counted of the days since then is in both, since a period that runs has no end yet.
    return max(amount, _score(member, programme, levels, day - timedelta(days=levels.grace_days)))


def is_remembered(levels: Levels, day: date, today: date) -> bool:
    """Whether the counters still have all that a level on a day rests on."""
    first = day - timedelta(days=levels.grace_days)
    if levels.per == "rolling":
        return is_period_remembered("month", period_number("month", first) - CLOSED_MONTHS, today)
    return levels.per == "lifetime" or is_period_remembered("year", first.year - 1, today)


def turning_days(levels: Levels, first: date, last: date) -> Iterator[date]:
    """The first day, and the days after it up to the last one on which time alone can change a level: a month begins,
    or one began `grace_days` before.
    """
    yield first
    grace = timedelta(days=levels.grace_days)
    months = range(period_number("month", first - grace), period_number("month", last) + 1)
    for begin in (date(number // 12, number % 12 + 1, 1) for number in months):
        yield from (day for day in {begin, begin + grace} if first < day <= last)


def _score(member: Member, programme: Programme, levels: Levels, day: date) -> int:
    counter, month = levels.counter(programme), period_number("month", day)
    running = amount_in(member, counter, "month", month) if levels.is_delayed else 0
    if levels.per == "lifetime":
        return amount_in(member, counter, "all", 0) - running
    if levels.per == "rolling":
        return series.amount_between(amounts_of(member, counter, "month"), month - CLOSED_MONTHS, month) - running
    this = amount_in(member, counter, "year", day.year) - running
    return max(this, amount_in(member, counter, "year", day.year - 1))


def _granted(granted: Granted | None, programme: Programme, levels: Levels, day: date) -> int:
    """From how much the level holds that was set by hand and has not ended; -1 where there is none."""
    step = levels.step(granted.level) if granted and (not granted.until or day.toordinal() <= granted.until) else None
    return levels.threshold(step, programme) if step else -1
