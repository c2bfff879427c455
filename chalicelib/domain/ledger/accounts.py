"""What a member holds of one asset: lots with a beginning and an end, holds, and debt; all as functions of time.

Nobody needs a job to run before somebody can spend: what vests, expires or runs out does so by the clock, and is
written down by whoever writes the account next. Imports lots and the calendar.

At all times lots + parts of holds - debt = what was posted to the member; `lapsed` is a memory and holds nothing.
"""

from __future__ import annotations

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.core.calendar import AWAITED, NEVER
from chalicelib.domain.ledger.lots import (
    Lot,
    end_of,
    home_of,
    merged,
    remembered,
    same_times,
    split,
    tidy,
    total,
    without,
)

MAX_HOLDS = 5


class Held(Struct, frozen=True, array_like=True):
    """What a hold has taken out of the lots, until it ends or `until` comes."""

    hold: str
    until: int
    parts: tuple[Lot, ...]

    @property
    def amount(self) -> int:
        """All of it."""
        return total(self.parts)


class Balance(Struct, frozen=True):
    """A holding at one instant, in minor units: what can be spent, what vests later, what is reserved."""

    available: int
    pending: int
    held: int


class Account(Struct, frozen=True, omit_defaults=True):
    """A member's holding of one asset: lots, the soonest to expire first, holds, and what the member owes.

    `idle`: when everything is gone because its owner did nothing (NEVER: it is not). `lapsed`: lots that expired
    unspent, so that a refund of what earned them does not take it a second time.
    """

    lots: tuple[Lot, ...] = field(default=(), name="l")
    debt: int = field(default=0, name="d")
    holds: tuple[Held, ...] = field(default=(), name="h")
    idle: int = field(default=NEVER, name="i")
    lapsed: tuple[Lot, ...] = field(default=(), name="x")

    @property
    def stored(self) -> int:
        """What the postings to and from the account must sum to."""
        return total(self.lots) + sum(each.amount for each in self.holds) - self.debt

    def balance(self, now: int) -> Balance:
        """What the holding is worth at an instant."""
        account = self.passed(now).account
        vested = total(lot for lot in account.lots if lot.vests_at <= now)
        return Balance(
            available=vested - account.debt,
            pending=total(account.lots) - vested,
            held=sum(each.amount for each in account.holds),
        )

    def passed(self, now: int) -> Passed:
        """What time has done since the account was last written: holds ran out, lots vested and expired.

        What vested since, or came back from a hold, paid the debt then, even if it has expired by now.
        """
        out = [each for each in self.holds if each.until <= now]
        back = [(each.until, part) for each in out for part in each.parts]
        vested = [(lot.vests_at, lot) for lot in self.lots if NEVER < lot.vests_at <= now]
        if not (out or vested or any(_ends(self, lot) <= now for lot in self.lots)):
            return Passed(self, 0, 0)
        holds = tuple(each for each in self.holds if each.until > now)
        account = replace(self, lots=merged((*self.lots, *(part for _, part in back))), holds=holds)
        came = sorted(((at, lot) for at, lot in (*vested, *back) if _ends(self, lot) > at), key=lambda each: each[0])
        account = _repaid(account, [lot for _, lot in came])
        gone = tuple(lot for lot in account.lots if _ends(account, lot) <= now)
        lots = tidy([lot for lot in account.lots if _ends(account, lot) > now], now)
        lapsed = remembered((*self.lapsed, *gone))
        return Passed(replace(account, lots=lots, lapsed=lapsed), total(lot for _, lot in vested), total(gone))

    def ending(self, after: int, until: int) -> dict[int, int]:
        """What will be gone after `after` and at `until` at the latest if nothing is spent: the amount by its end."""
        gone: dict[int, int] = {}
        for lot in self.lots:
            end = int(min(_ends(self, lot), AWAITED))
            if after < end <= until:
                gone[end] = gone.get(end, 0) + lot.amount
        return gone

    def credit(self, lot: Lot, now: int) -> Account:
        """The account with one more lot; lots with equal times are one. Debt is paid first, if the lot can be spent."""
        account = self.passed(now).account
        account = replace(account, lots=tidy((*account.lots, lot), now))
        return _repaid(account, [each for each in account.lots if each.vests_at <= now < _ends(self, each)])

    def debit(self, amount: int, own: Lot, now: int) -> Account:
        """The account after taking `amount`: from the lot like `own` first, then as spending does, then of what vests
        later. What lacks becomes debt.
        """
        account = self.passed(now).account
        home = home_of(account.lots, own, now)
        others = (lot for lot in account.lots if lot not in home)
        return _taken(account, amount, [*home, *sorted(others, key=lambda lot: (lot.vests_at > now, end_of(lot)))])

    def spend(self, amount: int, now: int) -> tuple[Account, tuple[Lot, ...]]:
        """The account after spending what expires first, and from which lots it came; `amount` must be available."""
        account = self.passed(now).account
        queue = [lot for lot in account.lots if lot.vests_at <= now]
        assert amount <= total(queue) - account.debt, "more is spent than is available"
        return _taken(account, amount, queue), split(queue, amount)[0]

    def reserve(self, hold: str, amount: int, until: int, now: int) -> Account:
        """The account with a hold of `amount`, which must be available."""
        account, parts = self.spend(amount, now)
        return replace(account, holds=(*account.holds, Held(hold, until, parts)))

    def end(self, hold: str, spent: int, now: int) -> tuple[Account, tuple[Lot, ...]]:
        """The account without a hold that is still there: `spent` of it is gone, the rest is back in its own lots.

        Also which parts were spent, those that expire first.
        """
        account = self.passed(now).account
        held = next(each for each in account.holds if each.hold == hold)
        parts, rest = split(held.parts, spent)
        account = replace(account, holds=tuple(each for each in account.holds if each is not held))
        # Parts that expired while they were held are back too, to be written down.
        alive = [lot for lot in rest if now < _ends(account, lot)]
        account = _repaid(replace(account, lots=tidy((*account.lots, *alive), now)), alive)
        return replace(account, lots=merged((*account.lots, *(lot for lot in rest if lot not in alive)))), parts

    def held(self, hold: str, now: int) -> Held | None:
        """A hold that has not run out."""
        return next((each for each in self.holds if each.hold == hold and each.until > now), None)

    def revive(self, own: Lot, now: int) -> tuple[Account, int]:
        """How much of a lot like `own` expired unspent, at most its amount, and the account that has forgotten that."""
        live = end_of(own) > now and any(same_times(lot, own, now) for lot in self.lots)
        lapsed = () if live else self.lapsed
        parts, _ = split([lot for lot in lapsed if lot.expires_at == own.expires_at], own.amount)
        return replace(self, lapsed=without(self.lapsed, parts)), total(parts)

    def recall(self, since: int, amount: int) -> tuple[Account, tuple[Lot, ...]]:
        """At most `amount` of what has expired unspent after an instant, and the account that has forgotten that."""
        parts, _ = split([lot for lot in self.lapsed if lot.expires_at > since], amount)
        return replace(self, lapsed=without(self.lapsed, parts)), parts

    def joined(self, other: Account, now: int) -> Account:
        """The account with all that another holds, both in time: debt is paid from what can be spent."""
        idle = max(self.idle, other.idle) if self.idle and other.idle else NEVER
        if not (self.lots and other.lots):
            idle = self.idle if self.lots else other.idle
        lots = tidy((*self.lots, *other.lots), now)
        lapsed = remembered((*self.lapsed, *other.lapsed))
        account = Account(lots, self.debt + other.debt, (*self.holds, *other.holds), idle, lapsed)
        return _repaid(account, [lot for lot in account.lots if lot.vests_at <= now])

    def touched(self, idle: int, now: int) -> Account:
        """The account after its owner did something: it is gone for idleness at `idle` only (NEVER: never)."""
        return replace(self.passed(now).account, idle=idle)


class Passed(Struct, frozen=True):
    """An account in time, and how much of it `vested` and `expired` since it was last written."""

    account: Account
    vested: int
    expired: int


def _ends(account: Account, lot: Lot) -> float:
    return min(end_of(lot), account.idle or float("inf"))


def _repaid(account: Account, queue: list[Lot]) -> Account:
    """Debt paid from lots that can be spent, so that an expiry later does not bring it back."""
    paid = min(account.debt, total(queue))
    return _taken(replace(account, debt=account.debt - paid), paid, queue)


def _taken(account: Account, amount: int, queue: list[Lot]) -> Account:
    """The account after taking an amount from its lots in the order of a queue, and what they lack as debt."""
    parts, _ = split(queue, amount)
    return replace(account, lots=without(account.lots, parts), debt=account.debt + amount - total(parts))
