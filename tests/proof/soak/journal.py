"""What the models of leaderboards and segments need to know of the past: who had bought what, as it was heard.

Follows every commit, beside `watch.py`, and judges at once what can only be judged with the books as they are then:
places that become final, cuts, and the segment that a buyer is in. Of a round it knows whether anything else was
written while it read the table: only then it is fixed what the round must have counted.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from greenlet import getcurrent
from msgspec import Struct

from chalicelib.domain.records import (
    BoardPeriod,
    Cuts,
    DayReport,
    Entry,
    Group,
    Member,
    MemberList,
    Order,
    Outstanding,
    Record,
    Ref,
)
from tests.proof.soak import boards, reports, segments
from tests.proof.soak.fleet import Worker
from tests.proof.soak.hub import Hub
from tests.proof.soak.live_parts import LiveParts
from tests.proof.soak.progress import Live, local_day
from tests.proof.soak.senders import DAY_S
from tests.proof.soak.shelf import Shelf

KEPT_S = 3 * DAY_S
"""For so long commits are remembered one by one: a round takes a day at the most."""

SKEW_S = 30
"""Seconds before a round's beginning by its own clock at which others may have written what it has not seen."""


POSTED_BY_ROUNDS = ("board ", "activity ", "referral")
"""What the causes of entries begin with that a round makes itself, after it has counted what the member has."""


class Change(Struct, frozen=True):
    """An order or a member was written: `before`, what was there until then."""

    at: float
    ref: Ref
    before: Order | str


class Journal:
    """`orders`: as they are now; `aliases`: who was merged into whom. `buyers`: the segments that buyers were in when
    their orders were valued. `others`: how many commits there were that are not a round's; `exact`: how much of what
    rounds did could be compared. `sums`: what was posted to each member, by asset.
    """

    def __init__(self, hub: Hub, shelf: Shelf, sums: Mapping[tuple[str, str], int]) -> None:
        self._hub = hub
        self._sums = sums
        self._shelf = shelf
        self.live_parts = LiveParts(shelf)
        self.orders: dict[Ref, Order] = {}
        self.aliases: dict[str, str] = {}
        self.buyers: dict[Ref, str] = {}
        self.others = 0
        self.exact: dict[str, int] = dict.fromkeys(
            ("settled boards", "cuts", "buyers of a segment", "reports", "owed", "lists"), 0
        )
        self._of_buyer: dict[str, dict[Ref, Order]] = {}
        self._changes: deque[Change] = deque()
        self._quiet_since: tuple[int, float] = (0, 0)
        self._given: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()
        self._groups = 0
        self._families: dict[str, list[Live]] | None = None
        self._looked_at: tuple[int, int, int] | None = None

    def round_begins(self) -> None:
        """A round begins to read the table."""
        self._quiet_since = self.others, self._hub.now
        self._given.clear()
        self._taken.clear()
        self._groups = 0

    @property
    def is_quiet(self) -> bool:
        """Whether nothing else was written since the round began, on the same local day."""
        others, since = self._quiet_since
        return self.others == others and local_day(int(since)) == local_day(int(self._hub.now))

    def before(self, changes: Sequence[Record]) -> Callable[[], None]:
        """Look at what is stored now; what is returned is called when the changes are written."""
        stored = {change.ref: self._shelf.records.get(change.ref) for change in changes}
        return lambda: self._written(changes, stored)

    def _written(self, changes: Sequence[Record], stored: Mapping[Ref, Record | None]) -> None:
        worker = getcurrent()
        self.others += not isinstance(worker, Worker) or worker.rarity == 1
        as_of = worker.as_of if isinstance(worker, Worker) else 0
        for change in changes:
            if isinstance(change, Order):
                before = stored[change.ref]
                self._valued(change, before if isinstance(before, Order) else None, changes, as_of)
        self._groups += sum(isinstance(change, Group) for change in changes)
        for change in changes:
            self._note(change, stored[change.ref], as_of)
        while self._changes and self._changes[0].at < self._hub.now - KEPT_S:
            self._changes.popleft()

    def _note(self, change: Record, before: Record | None, as_of: int) -> None:
        """One record was written."""
        match change:
            case Order():
                self._order(change.ref)
            case Entry() if change.cause.startswith(POSTED_BY_ROUNDS):
                for posting in change.postings:
                    amount = posting.signed(change.member)
                    (self._given if amount > 0 else self._taken)[posting.asset] += abs(amount)
            case Member() if change.alias and change.member not in self.aliases:
                self._changes.append(Change(self._hub.now, change.ref, ""))
                self.aliases[change.member] = change.alias
                self._families = None
            case BoardPeriod() if change.settled_at and not _was_settled(before):
                self._settled(change, as_of)
            case Cuts():
                segments.check_in_time(change, self._hub.now)
                if not self.is_quiet:
                    return
                self.exact["cuts"] += 1
                segments.check_cuts(change, self._look(as_of), as_of)

    def counted(self, record: DayReport | Outstanding | MemberList) -> None:
        """A round has counted something."""
        if not self.is_quiet:
            return
        match record:
            case DayReport():
                self.exact["reports"] += 1
                reports.check_counted(self._shelf, record, self.families(), self._groups)
            case Outstanding():
                self.exact["owed"] += 1
                reports.check_owed(record, self._sums, self._given, self._taken)
            case MemberList():
                self.exact["lists"] += 1
                reports.check_list(record, self._look(record.made_at))

    def families(self) -> dict[str, list[Live]]:
        """What counts of all orders, by the member that has them now."""
        if self._families is None:
            self._families = {}
            for order in self.orders.values():
                if live := self.live_parts.live(order):
                    self._families.setdefault(boards.survivor(live.member, self.aliases), []).append(live)
        return self._families

    def _look(self, as_of: int) -> segments.Look:
        """What all members have bought by an instant: worked out once while nobody else writes."""
        state = self.others, len(self._shelf.all(Cuts)), as_of
        if self._looked_at != state:
            self._looked_at, self._last_look = state, segments.Look(self._shelf, self.families(), as_of)
        return self._last_look

    def _order(self, ref: Ref) -> None:
        order, before = self._shelf.find(ref, Order), self.orders.get(ref)
        self._changes.append(Change(self._hub.now, ref, before or ""))
        self.orders[ref] = order
        self._families = None
        if before:
            self._of_buyer[before.facts.buyer.member].pop(ref)
        self._of_buyer.setdefault(order.facts.buyer.member, {})[ref] = order

    def _valued(self, order: Order, before: Order | None, changes: Iterable[Record], as_of: int) -> None:
        """An order was valued first, or for another buyer: its buyer's segment is that of the orders before it."""
        programme = segments.asking(self._shelf, order)
        if programme is None or (before and _valued_as(before) == _valued_as(order)):
            return
        buyer = boards.survivor(order.facts.buyer.member, self.aliases)
        if not any(isinstance(change, Member) and change.member == buyer for change in changes):
            # What it was judged by may have been read a while before: nothing asserts it.
            self.buyers.pop(order.ref, None)
            return
        names = (
            [name for name in self._of_buyer if boards.survivor(name, self.aliases) == buyer] if self.aliases else []
        )
        others = [other for name in names or [buyer] for other in self._of_buyer.get(name, {}).values()]
        lives = [self.live_parts.live(other) for other in others if other.ref != order.ref]
        today = local_day(as_of)
        segment = segments.segment_of([live for live in lives if live], programme, self._shelf, today)
        self.buyers[order.ref] = segment
        self.exact["buyers of a segment"] += bool(segment)

    def _settled(self, period: BoardPeriod, as_of: int) -> None:
        """Places become final: they are those of some instant since the round began to read."""
        self.exact["settled boards"] += 1
        since = [change for change in self._changes if change.at >= period.at - SKEW_S]
        states = [self._scores(self.orders, self.aliases, period)]
        orders, aliases = dict(self.orders), dict(self.aliases)
        for change in reversed(since):
            if isinstance(change.before, Order):
                orders[change.ref] = change.before
            elif orders.pop(change.ref, None) is None:
                aliases.pop(change.ref.member, None)  # type: ignore[union-attr]
            states.append(self._scores(orders, aliases, period))
        boards.check_settled(period, states, self._shelf.history(), as_of)

    def _scores(self, orders: Mapping[Ref, Order], aliases: Mapping[str, str], period: BoardPeriod) -> dict[str, int]:
        lives = (live for live in map(self.live_parts.live, orders.values()) if live)
        return boards.scores(lives, aliases, period.board, period.number)


def _was_settled(before: Record | None) -> bool:
    return isinstance(before, BoardPeriod) and bool(before.settled_at)


def _valued_as(order: Order) -> tuple[int, str, int]:
    """For whom, under which version and as of when an order is valued."""
    buyer = order.terms.buyer or order.facts.buyer.member
    return order.terms.version if order.facts.paid_at else 0, buyer, order.facts.paid_at
