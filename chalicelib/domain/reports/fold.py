"""All that one round counts while it reads the table, a partition at a time, and the records that it makes of it.

It is saved with the round's place, so that a round of several calls counts every partition once. Imports the other
modules of reports, and the cuts of segments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import (
    Conversion,
    Cuts,
    DayReport,
    Entry,
    Group,
    Listed,
    Member,
    MemberList,
    Order,
    Outstanding,
)
from chalicelib.domain.reports.connection_activity import NOTHING_SENT, ConnectionActivity
from chalicelib.domain.reports.days import Clicks, Day
from chalicelib.domain.reports.lists import PAGE, Ranking, lists_of, places_of
from chalicelib.domain.reports.outstanding import Sums
from chalicelib.domain.rewards.progress.cuts import Tally
from chalicelib.domain.rewards.progress.segments import scored_buyer

IN_DAYS = (Entry, Conversion, Group)
"""The records that count in the day of their instant; an order counts in that of its `counted`."""


Partition = Mapping[type[Any], Sequence[Any]]
"""The records of one partition key by their classes, each in the order of their sort keys."""


def by_class(records: Iterable[Any]) -> Partition:
    """The records of a partition by their classes."""
    classes: dict[type[Any], list[Any]] = {}
    for record in records:
        classes.setdefault(type(record), []).append(record)
    return classes


class Fold(Struct):
    """What a round has counted so far. It began `began_at` an instant, on a local `day`.

    `clicks`: of all links since they exist; `connections`: what each has sent.
    """

    day: str
    began_at: int
    days: list[Day] = field(default_factory=list)
    assets: dict[str, Sums] = field(default_factory=dict)
    rankings: dict[str, Ranking] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    clicks: int = 0
    connections: dict[str, ConnectionActivity] = field(default_factory=dict)

    def add(self, records: Partition, programme: Programme, cuts: Cuts | None, now: int, today: date) -> None:
        """Count the records of one partition, which has at most one member. `cuts`: those in force."""
        self.clicks += sum([counter.amount for counter in records.get(Clicks, ())])
        if self.days:
            self._add_to_days(records, programme.currency)
        for order in records.get(Order, ()):
            activity = self.connections.get(order.connection, NOTHING_SENT)
            self.connections[order.connection] = activity.with_order(order, self.began_at)
        for member in records.get(Member, ()):
            scored = scored_buyer(member, programme, cuts, today)
            if scored:
                self.tally.add(member, scored)
            for asset, account in member.accounts.items():
                self.assets.setdefault(asset, Sums()).add(account, now)
            for name, rank, row in places_of(member, records.get(Entry, ()), scored, programme, now, today):
                self.rankings.setdefault(name, Ranking()).add(rank, row)

    def _add_to_days(self, records: Partition, currency: str) -> None:
        """Count what is of the days that are counted; most of a table is older."""
        first = self.days[0]
        recent = [order for order in records.get(Order, ()) if order.counted and order.counted.day >= first.number]
        for kind in IN_DAYS:
            recent += [record for record in records.get(kind, ()) if record.at >= first.starts_at]
        for record in recent:
            for day in self.days:
                day.add(record, currency)

    def reports(self, programme: Programme, now: int, clicks_before: int | None) -> list[DayReport]:
        """The reports of the days, the earliest first.

        The last has all clicks since the round before, which had found `clicks_before` (None: it did not count them).
        An erased member's links are no longer there, so there can be fewer than before.
        """
        reports = [day.report(money.asset_of(programme.currency), now) for day in self.days]
        clicks = 0 if clicks_before is None else max(self.clicks - clicks_before, 0)
        return [*reports[:-1], replace(reports[-1], clicks=clicks)] if reports else []

    def latest(self, programme: Programme, now: int) -> Iterator[Outstanding | MemberList]:
        """What is owed, and every list of the programme, in pages of PAGE rows; an empty list has one page."""
        holdings = {asset: sums.holding() for asset, sums in sorted(self.assets.items())}
        yield Outstanding(self.day, self.began_at, now, holdings)
        for name, rule in lists_of(programme).items():
            ranking = self.rankings.get(name, Ranking())
            rows = ranking.first()
            for page in range(max(1, -(-len(rows) // PAGE))):
                part: tuple[Listed, ...] = tuple(rows[page * PAGE : (page + 1) * PAGE])
                yield MemberList(name, page, self.day, self.began_at, now, ranking.total, rule, part)
