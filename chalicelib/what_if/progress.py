"""What members have counted and been awarded while orders pass by: levels, cards, goals, and the campaigns that hold.

The product's own functions judge, count and award; between two orders a member is the bytes of four fields, so that a
million members fit into memory. Imports the domain's rewards, records and the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec
from msgspec import Struct

from chalicelib.domain.core.calendar import Per
from chalicelib.domain.ledger.transfers import Posting
from chalicelib.domain.programme.awards import Levels
from chalicelib.domain.programme.campaigns import Campaign
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Counted, Member, Won
from chalicelib.domain.rewards.campaigns import HELD_OUT, Buyer, judged, running
from chalicelib.domain.rewards.progress import awards, counters, levels
from chalicelib.what_if.log import Log

TREATED, SPARED = 1, 2
"""The bits of a member in a campaign: it had an order for which the campaign held; it had one that was held out."""


class Arm(Struct):
    """Orders of which something was kept and that a campaign holds for, or holds out: their buyers, and what these
    spent on them (kept goods without tax, in minor units by asset).
    """

    orders: int = 0
    members: int = 0
    spend: dict[str, int] = {}


class CampaignUse(Struct):
    """The orders that a campaign was for: those for which it held, and those that were held out."""

    treated: Arm
    held_out: Arm


class BuyerState(Struct, frozen=True):
    """A buyer before an order: the level, where that multiplies anything, and the campaigns as the order's terms name
    them; `holding` are those that it gets something of.
    """

    member: Member
    level: str = ""
    campaigns: tuple[str, ...] = ()
    holding: tuple[str, ...] = ()


class _State(Struct, frozen=True, array_like=True):
    """What is kept of a member between two orders, as its record has it."""

    counts: dict[str, tuple[int, ...]]
    distinct: dict[str, dict[str, int]]
    won: tuple[Won, ...]
    awarded: dict[str, int]


NOBODY = BuyerState(Member(""))
"""Who buys where a programme has no levels, cards, goals and campaigns: nothing depends on the buyer."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_State).decode


def has_progress(programme: Programme) -> bool:
    """Whether anything depends on who buys."""
    return bool(programme.levels or programme.cards or programme.goals or programme.campaigns)


class MemberProgress:
    """The members of a replay by number. `reached`: how often each goal was reached and each card filled; `campaigns`:
    the orders that each was for; `ran`: those in whose days an order was paid.

    Orders come the earliest first; `begin_day` is told each local day before its first order.
    """

    def __init__(self, programme: Programme, log: Log) -> None:
        names = log.members
        self.reached: Counter[str] = Counter()
        self._programme = programme
        self._names, self._merged = names, log.merged_into
        self._states = [b""] * len(names)
        self._seen = {campaign.id: bytearray(len(names)) for campaign in programme.campaigns}
        self.campaigns = {campaign.id: CampaignUse(Arm(), Arm()) for campaign in programme.campaigns}
        self._multiplying = _multiplying(programme.levels)
        self._asked = _asked_counters(programme)
        self.ran: set[str] = set()
        self._day, self._running = date.min, list[Campaign]()

    def begin_day(self, day: date, at: int) -> None:
        """Another local day begins, of which `at` is an instant."""
        self._day, self._running = day, running(self._programme, at)
        self.ran.update(campaign.id for campaign in self._running)

    def state(self, buyer: int, person: int) -> BuyerState:
        """A buyer as the order finds it; `person`: the member that stands for the buyer's person."""
        member, programme = self._member(buyer), self._programme
        step = levels.level_of(member, programme, self._day) if programme.levels else None
        level = step.id if step else ""
        multiplying = level if level in self._multiplying else ""
        if not self._running:
            return BuyerState(member, multiplying)
        root = member if person == buyer else self._member(person)
        is_first = not any(counters.amount_in(other, counters.ORDERS, "all", 0) for other in (member, root))
        ids = (self._names[buyer], *self._merged.get(buyer, ()))
        campaigns = judged(self._running, Buyer(self._names[person], ids, level, is_first))
        holding = tuple([name for name in campaigns if not name.startswith(HELD_OUT)])
        return BuyerState(member, multiplying, campaigns, holding)

    def asked_of(self, counted: Counted) -> Counted:
        """What an order counts, without the counters in which nothing of the programme looks."""
        asked = self._asked
        amounts = {name: amount for counter, amount in counted.amounts.items() for name in asked.get(counter, ())}
        return Counted(counted.member, counted.day, amounts, counted.distinct)

    def follow(self, buyer: int, state: BuyerState, counted: Counted, at: int) -> list[Posting]:
        """Count an order for its buyer; what its awards post. `counted`: as of whatever day."""
        if not self._asked:
            return []
        today = self._day
        before = counters.added(state.member, counted, today, 1, today)
        awarded = awards.judged(before, self._programme, [today], today, at)
        if awarded.member is before:
            self._put(buyer, before)
            return []
        self._count(before.won, awarded.member.won)
        # What is final now is forgotten with the next award: what is judged does not look at it.
        self._put(buyer, awards.remembered(awarded.member, self._programme, today))
        return [posting for _, posting in awarded.postings]

    def note(self, buyer: int, campaigns: Iterable[str], spend: int, asset: str) -> None:
        """Note an order for which campaigns were judged, and what was spent on it in minor units of an asset."""
        for name in campaigns:
            campaign, bit = name.removeprefix(HELD_OUT), SPARED if name.startswith(HELD_OUT) else TREATED
            use, seen = self.campaigns[campaign], self._seen[campaign]
            arm = use.held_out if bit == SPARED else use.treated
            arm.orders += 1
            arm.members += not seen[buyer] & bit
            arm.spend[asset] = arm.spend.get(asset, 0) + spend
            seen[buyer] |= bit

    def levels(self, buyers: Iterable[int]) -> dict[str, int]:
        """How many of some members have each level on the last day that has begun, from the lowest."""
        if self._programme.levels is None:
            return {}
        counts = {step.id: 0 for step in self._programme.levels.steps}
        for buyer in buyers:
            step = levels.level_of(self._member(buyer), self._programme, self._day)
            if step:
                counts[step.id] += 1
        return counts

    def _member(self, number: int) -> Member:
        encoded = self._states[number]
        if not encoded:
            return NOBODY.member
        state = _decode(encoded)
        return Member("", counts=state.counts, distinct=state.distinct, won=state.won, awarded=state.awarded)

    def _put(self, number: int, member: Member) -> None:
        self._states[number] = _encode((member.counts, member.distinct, member.won, member.awarded))

    def _count(self, before: tuple[Won, ...], after: tuple[Won, ...]) -> None:
        """Count goals that were reached, and how often cards were filled."""
        for award in after:
            if award.kind == awards.GOAL and award not in before:
                self.reached[award.name] += 1
        filled, were = _filled(after), _filled(before)
        for card, number in filled.items():
            self.reached[card] += number - were.get(card, 0)


def _multiplying(rule: Levels | None) -> frozenset[str]:
    """The levels that multiply anything; what others get follows from what was kept alone."""
    return frozenset(step.id for step in rule.steps if step.multiply) if rule else frozenset()


def _asked_counters(programme: Programme) -> dict[str, list[str]]:
    """The stored counters of which levels, cards, goals or the audience of a campaign ask, by what orders count."""
    asked: list[tuple[str, Per]] = [(card.series, "all") for card in programme.cards]
    asked += [(counters.counter_of(goal, programme), goal.per) for goal in programme.goals]
    if programme.levels:
        asked += [(programme.level_counter, per) for per in levels.counted_by(programme.levels)]
    if any(campaign.audience.first_order for campaign in programme.campaigns):
        asked.append((counters.ORDERS, "all"))
    stored: dict[str, list[str]] = {}
    for counter, per in dict.fromkeys(asked):
        stored.setdefault(counter, []).append(counters.counter_name(counter, per))
    return stored


def _filled(won: Iterable[Won]) -> Mapping[str, int]:
    """How often each card was full."""
    return {award.name: award.number for award in won if award.kind == awards.CARD}
