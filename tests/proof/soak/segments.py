"""Segments, worked out a second time: cuts, scores, and the segment of a buyer, from what was heard of all orders.

Uses none of `domain/rewards/progress/{segments,cuts}.py`. What is left open: which cuts were in force on a day is taken
from their stored versions (the newest one that had begun, of the last month); what a round counts while others write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Cuts, Order
from tests.proof.soak.hub import Violation
from tests.proof.soak.options import DEFAULTS
from tests.proof.soak.progress import Live, local_day, number_of
from tests.proof.soak.shelf import Shelf

MEASURES = ("recency", "frequency", "money")
CUTS_LAST_DAYS = 31
DAYS_REMEMBERED, MONTHS_REMEMBERED, MONTHS_COUNTED = 28, 16, 13
CALL_S, LEAD_S, CACHE_S = 900, 120, 60
"""Seconds that a call of the round can last, that cuts are made before they are in force, and that a process may go
without reading which there are.
"""


def asking(shelf: Shelf, order: Order) -> Programme | None:
    """The programme that an order is valued under, if a campaign for segments ran when it was paid."""
    if not order.facts.paid_at or not order.facts.buyer.member:
        return None
    version, day = shelf.history().at(order.facts.paid_at), local_day(order.facts.paid_at)
    campaigns = version.programme.campaigns if version else ()
    is_asked = any(campaign.audience.segments and campaign.starts <= day <= campaign.ends for campaign in campaigns)
    return version.programme if version and is_asked else None


class Look:
    """What all members have bought by a day, and the cuts in force then: worked out once, whatever is compared."""

    def __init__(self, shelf: Shelf, families: Mapping[str, Sequence[Live]], as_of: int) -> None:
        version, self.today = shelf.history().at(as_of), local_day(as_of)
        assert version
        self.families = families
        self.cuts = in_force(shelf, self.today)
        self._programme = version.programme

    @cached_property
    def goods(self) -> dict[str, tuple[int, int]]:
        """The orders of each member in the months that count, and the goods that were kept of them."""
        return {member: goods_of(lives, self.today) for member, lives in self.families.items()}

    @cached_property
    def measures(self) -> dict[str, tuple[int, int, int]]:
        """What each member with a live order is scored by."""
        values = ((member, measures(lives, self.today)) for member, lives in self.families.items())
        return {member: measured for member, measured in values if measured}

    @cached_property
    def members(self) -> Counter[str]:
        """How many members are in each segment; empty without cuts."""
        if self.cuts is None:
            return Counter()
        return Counter(_segment(values, self.cuts, self._programme) for values in self.measures.values())


def segment_of(lives: Sequence[Live], programme: Programme, shelf: Shelf, today: date) -> str:
    """The segment of a member with these orders; empty where there is none."""
    values, cuts = measures(lives, today), in_force(shelf, today)
    return _segment(values, cuts, programme) if values and cuts else ""


def measures(lives: Sequence[Live], today: date) -> tuple[int, int, int] | None:
    """The day of the last order, how many orders there were, and what was kept of them. None for nobody's."""
    if not lives:
        return None
    orders, goods = goods_of(lives, today)
    return last_day(lives, today), _three_digits(orders), _three_digits(goods)


def last_day(lives: Sequence[Live], today: date) -> int:
    """The day of the last order, as far as days are remembered, else the first of its month; 0 where that is not."""
    first_month = number_of("month", today) - MONTHS_REMEMBERED + 1
    last = max(number_of("month", live.day) for live in lives)
    since = date(last // 12, last % 12 + 1, 1).toordinal() if last >= first_month else 0
    day = max([live.day.toordinal() for live in lives if live.is_dated], default=0)
    return max(since, day if day > today.toordinal() - DAYS_REMEMBERED else 0)


def goods_of(lives: Sequence[Live], today: date) -> tuple[int, int]:
    """The orders of the months that count, and the goods that were kept of them."""
    last = number_of("month", today)
    counted = [live for live in lives if last - MONTHS_COUNTED < number_of("month", live.day) <= last]
    return len(counted), sum([live.spend or 0 for live in counted])


def in_force(shelf: Shelf, today: date) -> Cuts | None:
    """The newest cuts that have begun, unless they are too old."""
    begun = [cuts for cuts in shelf.all(Cuts) if 0 <= today.toordinal() - cuts.day < CUTS_LAST_DAYS]
    return max(begun, key=lambda cuts: cuts.number, default=None)


def check_in_time(made: Cuts, at: float) -> None:
    """Every process has read that there are new cuts when they begin to be in force."""
    if made.day <= local_day(int(at) + CACHE_S).toordinal():
        raise Violation(f"{made} was written at {at}, when some do not know of it until it is in force")


def check_cuts(made: Cuts, look: Look, as_of: int) -> None:
    """The cuts that a round has made while nobody else wrote are those of all buyers, in force from the next day.

    How many members were in each segment is as of the cuts before.
    """
    buyers, members = [values for values in look.measures.values() if values[1]], look.members
    right = tuple(_cuts(sorted(value[place] for value in buyers)) for place in range(len(MEASURES)))
    made_as = made.recency, made.frequency, made.money
    if (made_as, made.buyers, made.members) != (right, len(buyers), members):
        raise Violation(f"{made} is not what {len(buyers)} buyers make, {right} and {members}")
    if made.day != (local_day(as_of + CALL_S + LEAD_S) + timedelta(days=1)).toordinal():
        raise Violation(f"{made}, made on {look.today}, is not in force from the next day")


def _cuts(values: Sequence[int]) -> tuple[int, ...]:
    """What the last of each fifth of the buyers has."""
    return tuple(values[-(-fifths * len(values) // 5) - 1] for fifths in range(1, 5))


def _segment(values: tuple[int, int, int], cuts: Cuts, programme: Programme) -> str:
    limits = cuts.recency, cuts.frequency, cuts.money
    scores = {
        measure: 1 + sum([value > limit for limit in of])
        for measure, value, of in zip(MEASURES, values, limits, strict=True)
    }
    segments: Mapping[str, Any] = programme.segments or DEFAULTS
    for name, segment in segments.items():
        ranges = segment if isinstance(segment, dict) else {measure: getattr(segment, measure) for measure in MEASURES}
        if not [measure for measure, (low, high) in ranges.items() if not low <= scores[measure] <= high]:
            return name
    return ""


def _three_digits(amount: int) -> int:
    if amount < 1000:
        return amount
    digits = str(amount)
    return int(digits[:3] + "0" * (len(digits) - 3)) if len(digits) > 3 else amount
