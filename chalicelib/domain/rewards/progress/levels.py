"""The level of a member: a function of the counters and the day, never stored as what decides.

So it falls at the end of a period without any job, and with a refund at once. Imports series, the programme and
counters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

from chalicelib.domain.core import series
from chalicelib.domain.core.calendar import Per, first_day, period_number
from chalicelib.domain.programme.awards import Levels, Step
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Granted, Member
from chalicelib.domain.rewards.progress.counters import amount_in, amounts_of, counter_name
from chalicelib.domain.rewards.progress.counters import is_remembered as is_period_remembered

FOREVER = date.max.toordinal()
"""The last day of a level that was given for good, where last days are compared."""

BELOW_ALL = -1
"""Less than any level needs."""

CLOSED_MONTHS = 12
"""The closed months that `rolling` counts, beside the running one."""

MONTHS = 12
"""The months of a calendar year."""

LAST_MONTH = period_number("month", date.max)
"""The number of the last month that there is."""


def level_of(member: Member, programme: Programme, day: date) -> Step | None:
    """The level of a member on a day: the one that was set by hand, or the counters' if that is higher."""
    levels = programme.levels
    if levels is None:
        return None
    amount = score(member, programme, levels, day)
    if member.granted:
        amount = max(amount, _granted(member.granted, programme, day))
    reached = bisect_right(programme.level_thresholds, amount)
    return levels.steps[reached - 1] if reached else None


def better_granted(member: Member, other: Member, programme: Programme | None, day: date) -> Granted | None:
    """Which of the levels that two members were given by hand is better on a day: the higher one, else the longer."""
    first, second = member.granted, other.granted
    if first is None or second is None:
        return first or second
    ranks = [(_granted(granted, programme, day), granted.until or FOREVER) for granted in (first, second)]
    return second if ranks[1] > ranks[0] else first


def score(member: Member, programme: Programme, levels: Levels, day: date) -> int:
    """What a member has of what the levels measure, on a day: the most that it had on that day or on one of the
    `grace_days` before it, by what the counters say now.

    On a day that is, with `counts: next_month`, what was bought in the period before the day's month began, and nothing
    of that month or of later ones. So the grace, which looks at earlier days only, lets no month in that is not closed,
    and neither does an order that is heard of late, which is judged on the day on which it was paid. With `at_once` it
    is all that the period has by now; that of `rolling` ends with the day's month.
    """
    counter, months = programme.level_counter, _months(levels.grace_days, day)
    if len(months) == 1:
        return _score(member, counter, levels, months[0])
    return max([_score(member, counter, levels, month) for month in months])


def running_score(member: Member, programme: Programme, levels: Levels, day: date) -> int:
    """What a member has in the period to which an order of the day adds: by `year` this year's, not the better one."""
    counter = programme.level_counter
    if levels.per == "year":
        return amount_in(member, counter, "year", day.year)
    return _score(member, counter, levels, period_number("month", day))


@lru_cache(256)
def _months(grace_days: int, day: date) -> range:
    """The months of a day and of the days before it that count as well: within one no day differs from another."""
    return range(period_number("month", day - timedelta(days=grace_days)), period_number("month", day) + 1)


def counted_by(levels: Levels) -> tuple[Per, ...]:
    """The kinds of periods in whose amounts levels look."""
    whole: Per = "month" if levels.per == "rolling" else "year" if levels.per == "year" else "all"
    return (whole, "month") if levels.is_delayed and whole != "month" else (whole,)


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
    for begin in (first_day("month", number) for number in months):
        yield from (day for day in {begin, begin + grace} if first < day <= last)


def _score(member: Member, counter: str, levels: Levels, month: int) -> int:
    """What a member has of a counter in the period of the levels, on the days of a month."""
    if levels.per == "rolling":
        last = month - 1 if levels.is_delayed else month
        return series.amount_between(amounts_of(member, counter, "month"), month - CLOSED_MONTHS, last)
    is_year, year, open_months = levels.per == "year", month // MONTHS, 0
    if levels.is_delayed:
        # Years and the whole are subtracted from, for they are remembered longer than months.
        end = year * MONTHS + MONTHS - 1 if is_year else LAST_MONTH
        open_months = series.amount_between(amounts_of(member, counter, "month"), month, end)
    if not is_year:
        return amount_in(member, counter, "all", 0) - open_months
    years = member.counts.get(counter_name(counter, "year"), ())
    return max(series.amount_in(years, year) - open_months, series.amount_in(years, year - 1))


def _granted(granted: Granted | None, programme: Programme | None, day: date) -> int:
    """From how much the level holds that was set by hand, from the day on which it was; BELOW_ALL where none does."""
    if programme is None or programme.levels is None or granted is None:
        return BELOW_ALL
    step = programme.levels.step(granted.level)
    holds = granted.day <= day.toordinal() <= (granted.until or FOREVER)
    return programme.levels.threshold(step, programme) if step and holds else BELOW_ALL
