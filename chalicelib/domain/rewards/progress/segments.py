"""The segment of a member: a function of its record, the cuts in force and the day, of which nothing is stored.

A score is 1 + floor(5 * (rank - 1) / buyers), and equal values have the rank of the first of them; the cuts that say so
are made by the daily round (`cuts.py`). Imports series, the programme, counters and records.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from chalicelib.domain.core import series
from chalicelib.domain.core.calendar import Per, period_number
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
    orders, goods = goods_of(member, programme, today)
    return Measures(last_order_of(member, today)[0], coarse(orders), coarse(goods))


def goods_of(member: Member, programme: Programme, today: date) -> tuple[int, int]:
    """The live orders and the kept goods (minor units of the programme's currency) of the last CLOSED_MONTHS closed
    months and the running one.
    """
    month = period_number("month", today)
    orders, goods = (
        series.amount_between(amounts_of(member, counter, "month"), month - CLOSED_MONTHS, month)
        for counter in (ORDERS, programme.currency)
    )
    return orders, goods


def last_order_of(member: Member, today: date) -> tuple[int, bool]:
    """The day of the last live order (an ordinal), and whether it is exact: it is where days are counted and it is one
    of the latest 28, else it is the first day of its month. 0 where not even the month is remembered.

    A refund takes an order off its day and off its month alike, so that nothing depends on what came first.
    """
    days, months = _live_periods(member, DAYS, "day", today), _live_periods(member, ORDERS, "month", today)
    month = max(months, default=0)
    first = date(month // 12, month % 12 + 1, 1).toordinal() if month else 0
    day = max(days, default=0)
    return max(first, day), day >= first > 0


def _live_periods(member: Member, counter: str, per: Per, today: date) -> list[int]:
    """The remembered periods that have a live order."""
    counts = series.unpacked(amounts_of(member, counter, per)).items()
    return [number for number, count in counts if count > 0 and is_remembered(per, number, today)]


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
