"""The segment of a member: a function of its record, the cuts in force and the day, of which nothing is stored.

A score is 1 + floor(5 * (rank - 1) / buyers), and equal values have the rank of the first of them; the cuts that say so
are made by the daily round (`cuts.py`). Imports series, the programme, counters and records.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from chalicelib.domain.core import series
from chalicelib.domain.core.calendar import period_number
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.segments import Segment, segments_of
from chalicelib.domain.records import Cuts, Member
from chalicelib.domain.rewards.progress.counters import DAYS, ORDERS, amount_in, amounts_of, is_remembered
from chalicelib.domain.rewards.progress.levels import CLOSED_MONTHS

SIGNIFICANT = 1000
"""Amounts from here on are taken to three significant digits, so that a tally of all members stays small."""

NOWHERE = ""
"""The segment of a member whose scores are in none of those that the programme states."""


class Measures(Struct, frozen=True):
    """What a member is scored by: the local day of the last live order (an ordinal), live orders, and kept goods."""

    recency: int
    frequency: int
    money: int


class Scores(Struct, frozen=True):
    """The scores of a member, from 1 to 5."""

    recency: int
    frequency: int
    money: int


def measures_of(member: Member, programme: Programme, today: date) -> Measures | None:
    """What a member is scored by on a day; None for one without a live order."""
    if not amount_in(member, ORDERS, "all", 0):
        return None
    month = period_number("month", today)
    orders = series.amount_between(amounts_of(member, ORDERS, "month"), month - CLOSED_MONTHS, month)
    kept = series.amount_between(amounts_of(member, programme.currency, "month"), month - CLOSED_MONTHS, month)
    return Measures(_last_day(member, today), coarse(orders), coarse(kept))


def _last_day(member: Member, today: date) -> int:
    """The day of the last live order: exact where days are counted and it is one of the latest 28, else the first day
    of its month. 0 where not even the month is remembered.

    A refund takes an order off its day and off its month alike, so that nothing depends on what came first.
    """
    days = [
        number
        for number, count in series.unpacked(amounts_of(member, DAYS, "day")).items()
        if count > 0 and is_remembered("day", number, today)
    ]
    months = [
        number
        for number, count in series.unpacked(amounts_of(member, ORDERS, "month")).items()
        if count > 0 and is_remembered("month", number, today)
    ]
    first = date(max(months) // 12, max(months) % 12 + 1, 1).toordinal() if months else 0
    return max(first, max(days, default=0))


def coarse(amount: int) -> int:
    """An amount rounded down to three significant digits; 0 for what is below it."""
    if amount < SIGNIFICANT:
        return max(amount, 0)
    step: int = 10 ** (len(str(amount)) - len(str(SIGNIFICANT - 1)))
    return amount // step * step


def scores_of(measures: Measures, cuts: Cuts) -> Scores:
    """The scores that cuts give to what a member has."""
    return Scores(
        _score(measures.recency, cuts.recency),
        _score(measures.frequency, cuts.frequency),
        _score(measures.money, cuts.money),
    )


def segment_of(scores: Scores, programme: Programme) -> str:
    """The first segment of the programme that the scores are in, NOWHERE if none is."""
    segments = segments_of(programme)
    return next((name for name, segment in segments.items() if _holds(segment, scores)), NOWHERE)


def segment_on(member: Member, programme: Programme, cuts: Cuts | None, today: date) -> str:
    """The segment of a member on a day; NOWHERE too without an order, or as long as there are no cuts."""
    measures = measures_of(member, programme, today) if cuts else None
    return segment_of(scores_of(measures, cuts), programme) if measures and cuts else NOWHERE


def _score(value: int, limits: tuple[int, ...]) -> int:
    return 1 + sum(value > limit for limit in limits)


def _holds(segment: Segment, scores: Scores) -> bool:
    ranges = (
        (segment.recency, scores.recency),
        (segment.frequency, scores.frequency),
        (segment.money, scores.money),
    )
    return all(low <= score <= high for (low, high), score in ranges)
