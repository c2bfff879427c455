"""The bank's own idea of a member's account, written from the rules in the documents and from nothing else.

- A reward is a percent of what was kept, rounded half up, and expires with its lot; what is given by hand never does.
- Spending and holds take what expires first, and never more than is there.
- A hold keeps its parts until it ends, once: captured in part or whole, released, or run out. What is not captured goes
  back to its lots, and is gone if they have expired by then.
- What is taken back comes from the lot that it went to, or the next one, with which that may have been joined; then
  from what expires first; then it is owed. What had expired unspent is not taken a second time. What comes back of that
  lot later, from a hold or as a reward, settles what is owed for it, or is what was taken in its place, even after its
  end.
- An order that was paid in time captures its hold even if that has run out meanwhile; what is not there any more is
  owed. What an order was paid with goes back to its lots with the part of the order that is not kept.
- Debt is paid by whatever can be spent next.

Standard library only, on purpose: it must not share a mistake with what it checks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

FOR_EVER = 10**12
"""When a lot ends that never does."""


OWED = -1
"""Stands for a lot where nothing was there to be taken."""

REMEMBERED = 8
"""Of so many lots and ends it is remembered what was taken in place of what."""


class Impossible(Exception):
    """What happened could not have happened by the rules; says why."""


def reward(net: int, refunds: list[int], percent: int, *, void: bool) -> int:
    """What an order of `net` minor units earns after its refunds."""
    kept = 0 if void else max(net - sum(refunds), 0)
    return (kept * percent * 2 + 100) // 200


def still_spent(net: int, refunds: list[int], captured: int, *, void: bool) -> int:
    """What balance still pays for an order of `net` minor units: of `captured`, the part that was kept, half up."""
    kept = 0 if void else max(net - sum(refunds), 0)
    return (captured * kept * 2 + net) // (2 * net)


def ends(expires_at: int) -> int:
    """The instant at which a lot is gone; 0 means never."""
    return expires_at or FOR_EVER


def nearest(lots: dict[int, int], end: int) -> int | None:
    """The lot of that end, else the next that ends later; None if there is neither."""
    return min((expiry for expiry, amount in lots.items() if amount and expiry >= end), default=None)


def added(parts: dict[int, int], end: int, amount: int) -> dict[int, int]:
    """Some parts and one more; nothing is no part."""
    return {**parts, end: parts.get(end, 0) + amount} if amount else parts


@dataclass
class Reserved:
    """A hold: until when, and from which lots."""

    until: int
    parts: dict[int, int]

    @property
    def amount(self) -> int:
        return sum(self.parts.values())


@dataclass
class Account:
    """Amounts by the instant at which they are gone, holds, debt, and what expired unspent.

    `expired` is what time took and nobody has written down yet, `lapsed` what it took of each lot; `ran_out` names the
    holds that time has ended. `instead` is what was taken in place of what ends at one instant: from lots that end at
    another one, or OWED (0: from what never ends).
    """

    lots: dict[int, int] = field(default_factory=dict)
    holds: dict[str, Reserved] = field(default_factory=dict)
    debt: int = 0
    lapsed: dict[int, int] = field(default_factory=dict)
    expired: int = 0
    ran_out: set[str] = field(default_factory=set)
    instead: dict[tuple[int, int], int] = field(default_factory=dict)

    @property
    def free(self) -> int:
        return sum(self.lots.values())

    @property
    def held(self) -> int:
        return sum(hold.amount for hold in self.holds.values())

    def pass_time(self, now: int) -> None:
        """Holds run out and lots expire, each at its own instant."""
        back: list[tuple[int, dict[int, int]]] = []
        for name, hold in sorted(self.holds.items(), key=lambda pair: pair[1].until):
            if hold.until <= now:
                del self.holds[name]
                self.ran_out.add(name)
                back.append((hold.until, hold.parts))
        self._back(back)
        self._expire(now)

    def credit(self, amount: int, end: int, now: int, *, earned: bool) -> None:
        """Pays debt first, if it can be spent at all. `earned`: a reward, which may have been taken back before."""
        self.pass_time(now)
        parts = sorted(self._restored(end, amount)) if earned else [(end, amount)]
        for place, part in parts:
            self._comes(place, part, now)
        self._expire(now)

    def take_back(self, amount: int, end: int, now: int) -> int:
        """A reward is reversed; returns how much of it had expired already, and so is not taken again."""
        self.pass_time(now)
        home = nearest(self.lots, end)
        lives_on = end > now and end in self.lots
        revived = 0 if lives_on else min(amount, self.lapsed.get(end, 0))
        if revived:
            self.lapsed[end] -= revived
        rest = amount - revived
        if home:
            taken = min(rest, self.lots[home])
            self._put(home, -taken)
            self._note(end, home, taken)
            rest -= taken
        taken = min(rest, self.free)
        for place, part in self._take(taken).items():
            self._note(end, place, part)
        self.debt += rest - taken
        self._note(end, OWED, rest - taken)
        return revived

    def spend(self, amount: int, now: int) -> dict[int, int]:
        """Parts that pay for something. Raises Impossible when there is not enough."""
        self.pass_time(now)
        if amount > self.free - self.debt:
            raise Impossible(f"overspent: {amount} of {self.free - self.debt}")
        return self._take(amount)

    def hold(self, name: str, amount: int, until: int, now: int) -> None:
        self.holds[name] = Reserved(until, self.spend(amount, now))

    def overspend(self, amount: int, since: int, now: int) -> tuple[dict[int, int], int]:
        """What has been used already is paid: with what expired since it was held, then with what is there.

        The rest is owed. Returns the parts, and how much of them had expired.
        """
        self.pass_time(now)
        parts: dict[int, int] = {}
        for end in sorted(expiry for expiry in self.lapsed if expiry > since):
            recalled = min(self.lapsed[end], amount - sum(parts.values()))
            self.lapsed[end] -= recalled
            parts = added(parts, end, recalled)
        recalled, rest = sum(parts.values()), amount - sum(parts.values())
        available = min(max(self.free - self.debt, 0), rest)
        for end, part in self._take(available).items():
            parts = added(parts, end, part)
        self.debt += rest - available
        return added(parts, FOR_EVER, rest - available), recalled

    def end(self, name: str, spent: int, now: int) -> dict[int, int]:
        """A hold ends: `spent` of it is gone, the rest is back; returns the parts that are gone.

        Raises Impossible if the hold is not there, or too small.
        """
        self.pass_time(now)
        if name not in self.holds:
            raise Impossible(f"{name} had ended already")
        hold = self.holds.pop(name)
        if spent > hold.amount:
            raise Impossible(f"overspent: {spent} captured of {hold.amount} held")
        gone: dict[int, int] = {}
        for end in sorted(hold.parts):
            taken = min(spent, hold.parts[end])
            hold.parts[end] -= taken
            spent -= taken
            gone = added(gone, end, taken)
        self._back([(now, hold.parts)])
        self._expire(now)
        return gone

    def _back(self, ended: list[tuple[int, dict[int, int]]]) -> None:
        """Parts of holds that ended at some instants: what is owed for them is settled by them before anything else."""
        parts = [(at, end, amount) for at, amounts in ended for end, amount in sorted(amounts.items())]
        for at, place, part in [(at, *placed) for at, end, amount in parts for placed in self._restored(end, amount)]:
            self._comes(place, part, at)

    def _comes(self, end: int, amount: int, at: int) -> None:
        paid = min(self.debt, amount) if end > at else 0
        self.debt -= paid
        self._put(end, amount - paid)
        for owing in sorted(key for key in self.instead if key[1] == OWED):
            part = min(paid, self.instead[owing])
            paid -= part
            self._note(owing[0], OWED, -part)
            self._note(owing[0], end, part)

    def _restored(self, end: int, amount: int) -> list[tuple[int, int]]:
        """Where an amount belongs that comes back: to what is owed for it, or was taken in its place, or to its lot."""
        parts = []
        for of, place in sorted(key for key in self.instead if key[0] == end):
            part = min(amount, self.instead.get((of, place), 0))
            amount -= part
            self._note(end, place, -part)
            if place == OWED:
                self.debt -= part
            elif part:
                parts += self._restored(ends(place), part)
        return [*parts, (end, amount)] if amount else parts

    def _note(self, end: int, place: int, amount: int) -> None:
        """So much more was taken from a lot in place of another one; what never ends is not followed."""
        key = end, 0 if place == FOR_EVER else place
        if amount and end not in (FOR_EVER, place):
            self.instead[key] = self.instead.get(key, 0) + amount
            self.instead = {pair: rest for pair, rest in self.instead.items() if rest}
            for oldest in sorted(self.instead)[:-REMEMBERED]:
                del self.instead[oldest]

    def _expire(self, now: int) -> None:
        for end in [end for end in self.lots if end <= now]:
            amount = self.lots.pop(end)
            self.expired += amount
            self.lapsed[end] = self.lapsed.get(end, 0) + amount

    def _put(self, end: int, amount: int) -> None:
        self.lots[end] = self.lots.get(end, 0) + amount
        if not self.lots[end]:
            del self.lots[end]

    def _take(self, amount: int) -> dict[int, int]:
        """From what expires first."""
        parts: dict[int, int] = {}
        for end in sorted(self.lots):
            parts[end] = min(amount, self.lots[end])
            amount -= parts[end]
        for end, taken in parts.items():
            self._put(end, -taken)
        return {end: taken for end, taken in parts.items() if taken}
