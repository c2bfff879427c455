"""The cuts that scores are made by: a tally of all buyers becomes a numbered version, in force from the next local day.

Imports the programme, records and segments.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.commands import PublishCuts
from chalicelib.domain.core.calendar import first_day, last_day
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.programme.history import KEPT_CUTS
from chalicelib.domain.programme.segments import HIGHEST
from chalicelib.domain.records import Cuts, Member, ProgrammeList, ProgrammeListRef
from chalicelib.domain.rewards.progress.counters import ORDERS, amounts_of
from chalicelib.domain.rewards.progress.segments import ScoredBuyer

MIN_BUYERS, MIN_DAYS = 500, 180
"""From so many buyers, and so many days after the month of the first order, there are scores: fewer tell nothing."""


class Tally(Struct):
    """How many buyers have each value of each measure, and how many members are in each segment; a round adds to it.

    `oldest` is the number of the earliest month that has an order of anybody (0: none).
    """

    recency: dict[int, int] = field(default_factory=dict)
    frequency: dict[int, int] = field(default_factory=dict)
    money: dict[int, int] = field(default_factory=dict)
    members: dict[str, int] = field(default_factory=dict)
    oldest: int = 0

    @property
    def buyers(self) -> int:
        """The number of members with a live order in the months that count."""
        return sum(self.frequency.values())

    def add(self, member: Member, scored: ScoredBuyer) -> None:
        """Count a buyer; one that was merged stands in its survivor's figures."""
        measures = scored.bought.measures
        if scored.scores:
            self.members[scored.segment] = self.members.get(scored.segment, 0) + 1
        if not measures.frequency:
            return
        for counts, value in (
            (self.recency, measures.recency),
            (self.frequency, measures.frequency),
            (self.money, measures.money),
        ):
            counts[value] = counts.get(value, 0) + 1
        first = amounts_of(member, ORDERS, "month")[0]
        self.oldest = min(self.oldest or first, first)

    def tells(self, today: date) -> bool:
        """Whether it is of enough buyers and days to score by."""
        if self.buyers < MIN_BUYERS:
            return False
        month_end = last_day(first_day("month", self.oldest), "month")
        return (today - month_end).days >= MIN_DAYS


def cuts_of(tally: Tally, day: int) -> PublishCuts:
    """The cuts that a tally of at least one buyer gives, in force from a local day (an ordinal).

    A member is above the n-th cut if at least n fifths of the buyers have less: the cut is the value that the last of
    these fifths has. That is exact for every value, also for one that no buyer had.
    """
    return PublishCuts(
        day=day,
        buyers=tally.buyers,
        recency=_cuts(tally.recency),
        frequency=_cuts(tally.frequency),
        money=_cuts(tally.money),
        members=tally.members,
    )


def _cuts(counts: Mapping[int, int]) -> tuple[int, ...]:
    """The cuts of a measure, given how many buyers have each value."""
    total, passed, cuts = sum(counts.values()), 0, list[int]()
    for value in sorted(counts):
        passed += counts[value]
        while len(cuts) < HIGHEST - 1 and passed * HIGHEST >= (len(cuts) + 1) * total:
            cuts.append(value)
    return tuple(cuts)


def publish(command: PublishCuts, facts: Facts, now: int) -> Decision:
    """Number the cuts and name them in the list of the programme's versions, once for a day."""
    listed = facts.find(ProgrammeListRef(), ProgrammeList) or ProgrammeList()
    if listed.cuts and listed.cuts[-1][1] >= command.day:
        return Decision()
    number = listed.cuts[-1][0] + 1 if listed.cuts else 1
    cuts = Cuts(
        number=number,
        day=command.day,
        at=now,
        buyers=command.buyers,
        recency=command.recency,
        frequency=command.frequency,
        money=command.money,
        members=command.members,
    )
    kept = (*listed.cuts, (number, command.day))[-KEPT_CUTS:]
    return Decision((replace(listed, cuts=kept), cuts))
