"""Members spend: holds at checkouts, tied to orders and not, captures, releases, redemptions; shops review bonuses.

A client looks at a balance before it asks, as a checkout does; by the time it is answered the balance may be another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from chalicelib.domain.commands import (
    CaptureHold,
    Command,
    PlaceHold,
    Redeem,
    ReleaseHold,
    ReviewBonus,
    UndoEntry,
    UpdateLevel,
    WriteDown,
)
from chalicelib.domain.core.money import is_money
from chalicelib.domain.records import Group, Member, MemberRef, Review
from tests.proof.soak.club import Club
from tests.proof.soak.counter import Counter
from tests.proof.soak.fleet import Ending
from tests.proof.soak.hub import Hub
from tests.proof.soak.senders import Senders
from tests.proof.soak.shelf import Shelf
from tests.properties.invariants import survivor

HOLD_S = 3600
RECENT = 60
"""Groups that somebody may look at."""


class Wish(Struct, frozen=True):
    """Whose balance, in which asset, and how much somebody wants to spend."""

    member: str
    asset: str
    amount: int


class Wallet:
    """`counter`: where orders are begun and paid."""

    def __init__(self, hub: Hub, senders: Senders, shelf: Shelf, club: Club, counter: Counter) -> None:
        self._hub = hub
        self._senders = senders
        self._shelf = shelf
        self._club = club
        self._counter = counter

    def acts(self) -> list[tuple[Callable[[], None], int]]:
        """What happens here, and how often."""
        return [(self.places, 12), (self.redeems, 8), (self.undoes, 2), (self.sweeps, 2), (self.reviews, 3)]

    def places(self) -> None:
        """A hold, for some order that is not paid yet or for none."""
        random, wish = self._hub.random, self._wish()
        if wish is None:
            return
        number, order, total = len(self._club.requests), "", wish.amount * 4
        if random.random() < 0.6:
            sale = self._counter.begins(wish.member, wish.asset.partition("/")[0], wish.amount)
            order = str(sale.statements.ref)
            self._hub.after(random.uniform(5, 1.5 * HOLD_S), lambda: self._counter.pays(sale))
        hold = PlaceHold(wish.member, f"h_{number}", wish.asset, wish.amount, order, total, random.random() < 0.7)
        self._club.moves(hold)
        for _ in range(random.choice([0, 1, 1, 2])):
            self._hub.after(random.uniform(0.1, 1.2 * HOLD_S), lambda: self._ends(hold))

    def redeems(self) -> None:
        """At once, for an order or for none."""
        random, wish = self._hub.random, self._wish()
        if wish is None:
            return
        order = ""
        if random.random() < 0.6:
            sale = self._counter.begins(wish.member, wish.asset.partition("/")[0], wish.amount)
            order = str(sale.statements.ref)
            self._hub.after(random.uniform(1, 600), lambda: self._counter.pays(sale))
        self._club.moves(Redeem(wish.member, wish.asset, wish.amount, order, wish.amount * 4))

    def undoes(self) -> None:
        """An administrator undoes what somebody has redeemed lately; what paid for an order is refused."""
        random, member = self._hub.random, self._club.member()
        spent = [entry.number for entry in self._shelf.entries(member)[-RECENT:] if entry.redeemed()]
        if spent:
            self._club.moves(UndoEntry(member, random.choice(spent), "by mistake"))

    def sweeps(self) -> None:
        """What time has done is written down, and the levels that it has changed are said, member by member."""
        for _ in range(4):
            member = self._club.member()
            self._send(WriteDown(member))
            self._send(UpdateLevel(member))

    def reviews(self) -> None:
        """A person looks at a bonus: mostly at one that waits."""
        random = self._hub.random
        waiting = [(review.referrer, review.number) for review in self._shelf.all(Review)]
        groups = waiting or [(group.referrer, group.number) for group in self._shelf.all(Group)[-RECENT:]]
        if groups:
            referrer, number = random.choice(groups[-RECENT:])
            verdict: Any = random.choice(["approve", "approve", "deny", "undo"])
            self._send(ReviewBonus(referrer, number, verdict, "looked at"))

    def _wish(self) -> Wish | None:
        """Of somebody who has something, by any id; now and then more than there is."""
        random, name = self._hub.random, self._club.member()
        member = self._shelf.records.get(MemberRef(survivor(self._shelf, name)))
        if not isinstance(member, Member) or not member.accounts:
            return None
        assets = sorted(filter(is_money, member.accounts))
        if not assets:
            return None
        asset = random.choice(assets)
        available = member.accounts[asset].balance(int(self._hub.now)).available
        if available < 1:
            return None
        return Wish(name, asset, available + 1 if random.random() < 0.1 else random.randint(1, available))

    def _ends(self, hold: PlaceHold) -> None:
        """Captured or released, whole or in part; sometimes by two people at once."""
        for _ in range(2 if self._hub.random.random() < 0.3 else 1):
            self._club.moves(self._end_of(hold))

    def _end_of(self, hold: PlaceHold) -> Command:
        random = self._hub.random
        if random.random() < 0.4:
            return ReleaseHold(hold.member, hold.hold)
        part = random.randint(1, hold.amount) if random.random() < 0.5 else None
        return CaptureHold(hold.member, hold.hold, part)

    def _send(self, command: Command) -> None:
        self._senders.call(command, None, _whatever)


def _whatever(ending: Ending, answer: Any) -> None:
    """Both are fine: such a command may be refused, and may be sent again."""
