"""Lists of members: the first thousand by some order, of all that a round reads.

Imports assets, counters, segments and records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct, field

from chalicelib.domain.core.calendar import period_name, period_number
from chalicelib.domain.ledger import causes
from chalicelib.domain.ledger.transfers import account_of, is_reward
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.segments import segments_of
from chalicelib.domain.records import Entry, Listed, Member
from chalicelib.domain.reports.outstanding import owed_to, own_worth
from chalicelib.domain.rewards.progress.counters import ORDERS, amount_in
from chalicelib.domain.rewards.progress.segments import Bought, ScoredBuyer

MOST = 1000
"""Members in a list."""

PAGE = 250
"""Members in one item of a list: less than 100 kB."""

OWED, BEST, RECENT, AT_RISK = "owed", "best", "recent", "at-risk"

RULES = {
    OWED: "members who have something, the most first, by its worth in the programme's currency; what has no price in "
    "it comes last",
    BEST: "members by their kept goods of the last 12 closed months and this one, the most first",
    RECENT: "members by the time of the last order that gave them something, the latest first",
    AT_RISK: "members who ordered at least twice and last did 3 to 12 months ago, the most kept goods first",
}
"""The lists that every programme has, and who is in them."""

LEAST_ORDERS, QUIET_MONTHS = 2, (3, 12)
"""Who is in AT_RISK: with so many live orders at least, the last of them so many months ago."""

SEGMENT = "segment:"
"""What the name of a segment's list begins with."""


NOTHING_BOUGHT = Bought(orders=0, goods=0, last=0, is_exact=False)


class Ranking(Struct):
    """A list that is being made: the best rows so far with what they are ranked by, fewer than twice MOST of them.

    `least`: the rank from which a row can still be in the list (None: any). `total`: how many members were added.
    """

    rows: list[tuple[int, Listed]] = field(default_factory=list)
    total: int = 0
    least: int | None = None

    def add(self, rank: int, row: Listed) -> None:
        """Add a member."""
        self.total += 1
        if self.least is not None and rank < self.least:
            return
        self.rows.append((rank, row))
        if len(self.rows) >= 2 * MOST:
            self.rows = self._first()
            self.least = self.rows[-1][0]

    def first(self) -> list[Listed]:
        """The rows of the list: the highest rank first, those of equal rank by their members' ids."""
        return [row for _, row in self._first()]

    def _first(self) -> list[tuple[int, Listed]]:
        return sorted(self.rows, key=lambda ranked: (-ranked[0], ranked[1].member))[:MOST]


def lists_of(programme: Programme) -> dict[str, str]:
    """The lists of a programme, and who is in each, in words."""
    segments = {f"{SEGMENT}{name}": _segment_rule(name) for name in segments_of(programme)}
    return RULES | segments


def places_of(
    member: Member, entries: Sequence[Entry], scored: ScoredBuyer | None, programme: Programme, now: int, today: date
) -> Iterator[tuple[str, int, Listed]]:
    """The lists that a member is in, with its rank and its row in each; one that was merged is in none."""
    if member.alias:
        return
    row = row_of(member, scored, programme, now)
    worths = [(amount, own_worth(amount, asset, programme) or 0) for asset, amount in row.owed.items()]
    worth = sum(worth for _, worth in worths)
    if worth > 0 or any(amount > 0 and not worth for amount, worth in worths):
        yield OWED, max(worth, 0), row
    if scored is None:
        return
    if row.goods > 0:
        yield BEST, row.goods, row
    if given_at := [entry.at for entry in entries if _gives_for_order(entry)]:
        yield RECENT, max(given_at), row
    if _is_at_risk(member, scored.bought, today):
        yield AT_RISK, row.kept, row
    if scored.segment:
        yield f"{SEGMENT}{scored.segment}", row.goods, row


def row_of(member: Member, scored: ScoredBuyer | None, programme: Programme, now: int) -> Listed:
    """The row of a member in any list; `scored` is None for one without a live order."""
    bought, scores = (scored.bought, scored.scores) if scored else (NOTHING_BOUGHT, None)
    return Listed(
        member=member.member,
        orders=bought.orders,
        goods=bought.goods,
        kept=amount_in(member, programme.currency, "all", 0),
        last_order=_last_order(bought),
        scores=(scores.recency, scores.frequency, scores.money) if scores else (0, 0, 0),
        owed=owed_to(member, now),
    )


def _last_order(bought: Bought) -> str:
    """The day of the last order as text, or its month where only that is known; empty where nothing is."""
    if not bought.last:
        return ""
    if bought.is_exact:
        return period_name("day", bought.last)
    return period_name("month", period_number("month", date.fromordinal(bought.last)))


def _segment_rule(name: str) -> str:
    return f"members in the segment {name}, the most kept goods of the last 12 closed months and this one first"


def _gives_for_order(entry: Entry) -> bool:
    """Whether an entry gave something for an order."""
    own, is_of_order = account_of(entry.member), entry.origin.kind == causes.ORDER
    return is_of_order and any(part.destination == own and is_reward(part.source) for part in entry.postings)


def _is_at_risk(member: Member, bought: Bought, today: date) -> bool:
    if not bought.last or amount_in(member, ORDERS, "all", 0) < LEAST_ORDERS:
        return False
    months = period_number("month", today) - period_number("month", date.fromordinal(bought.last))
    return QUIET_MONTHS[0] <= months <= QUIET_MONTHS[1]
