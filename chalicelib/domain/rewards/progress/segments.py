"""The segment of a member: a function of its record, the cuts in force and the day, of which nothing is stored.

A score is 1 + floor(5 * (rank - 1) / buyers), and equal values have the rank of the first of them; the cuts that say so
are made by the daily round (`cuts.py`). Imports series, the programme, counters and records.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date

from msgspec import Struct

from chalicelib.domain.core import series
from chalicelib.domain.core.calendar import Per, first_day, period_number
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


class Bought(Struct, frozen=True):
    """What a member has bought by a day: live orders and kept goods (minor units) of the months that count, and the day
    of the last live order (an ordinal) as `last_order_of` says it.
    """

    orders: int
    goods: int
    last: int
    is_exact: bool

    @property
    def measures(self) -> Measures:
        """What the member is scored by."""
        return Measures(self.last, coarse(self.orders), coarse(self.goods))


class ScoredBuyer(Struct, frozen=True):
    """A buyer on a day: what was bought, and the scores and the segment that cuts make of it (without cuts none)."""

    bought: Bought
    scores: Scores | None
    segment: str


def scored_buyer(member: Member, programme: Programme, cuts: Cuts | None, today: date) -> ScoredBuyer | None:
    """A member as a buyer on a day; None without a live order, or where the survivor of a merge has its orders."""
    bought = None if member.alias else bought_by(member, programme, today)
    if bought is None:
        return None
    scores = scores_of(bought.measures, cuts) if cuts else None
    return ScoredBuyer(bought, scores, segment_of(scores, programme) if scores else NOWHERE)


def bought_by(member: Member, programme: Programme, today: date) -> Bought | None:
    """What a member has bought by a day; None for one without a live order."""
    if not amount_in(member, ORDERS, "all", 0):
        return None
    return Bought(*goods_of(member, programme, today), *last_order_of(member, today))


def measures_of(member: Member, programme: Programme, today: date) -> Measures | None:
    """What a member is scored by on a day; None for one without a live order."""
    bought = bought_by(member, programme, today)
    return bought.measures if bought else None


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
    day, month = _last_live(member, DAYS, "day", today), _last_live(member, ORDERS, "month", today)
    first = first_day("month", month).toordinal() if month else 0
    return max(first, day), day >= first > 0


def _last_live(member: Member, counter: str, per: Per, today: date) -> int:
    """The last period that has a live order, of those that are remembered; 0 where there is none."""
    first, *counts = amounts_of(member, counter, per) or (0,)
    for number in range(first + len(counts) - 1, first - 1, -1):
        if counts[number - first] > 0:
            return number if is_remembered(per, number, today) else 0
    return 0


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
    bought = bought_by(member, programme, today) if cuts else None
    return segment_of(scores_of(bought.measures, cuts), programme) if bought and cuts else NOWHERE


def _score(value: int, cuts: tuple[int, ...]) -> int:
    return 1 + bisect_left(cuts, value)


def _holds(segment: Segment, scores: Scores) -> bool:
    (recent, latest), (rare, often), (little, much) = segment.recency, segment.frequency, segment.money
    return recent <= scores.recency <= latest and rare <= scores.frequency <= often and little <= scores.money <= much
