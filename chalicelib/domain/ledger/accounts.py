"""A member's account of one asset: lots, parts of holds, and debt, as functions of time; how lots are split, merged and
kept few; and traces, which say where an amount is that is not in the lot that it was given to.

No job has to run before somebody can spend: vesting, expiry and the end of holds follow from the clock, and are posted
by the next command on the account. Imports the calendar only.

Invariant: lots + parts of holds - debt = the sum of postings to the member; `lapsed` is not part of the balance.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise

from msgspec import Struct, field
from msgspec.structs import replace

from chalicelib.domain.core.calendar import AWAITED, NO_EXPIRY, VESTED_ALREADY

MAX_LOTS = 20
"""The most lots of an account; beyond it the two that expire closest together are merged, expiring later."""

MAX_HOLDS = 5

MAX_LAPSED = 8

MAX_TRACES = 8

OWED, LET_OFF = -1, -2
"""Where nothing was there to be taken, in place of the end of a lot: it is owed, or the shop has let the member off."""

FOREVER = float("inf")
"""The end of a lot that does not expire, where ends are compared."""


class Lot(Struct, frozen=True, array_like=True):
    """An amount that can be spent from `vests_at` (or VESTED_ALREADY) until before `expires_at` (or NO_EXPIRY)."""

    amount: int
    vests_at: int
    expires_at: int


class Trace(Struct, frozen=True, array_like=True):
    """Where an amount is that is not in its own lot, the one that ends at `of`.

    Positive: it was spent, and a refund has given it back to the lot that ends `at` another time. Negative: its reward
    was taken back while it was spent or held, so that it was taken from the lot that ends `at`, or is OWED or LET_OFF.
    """

    amount: int
    of: int
    at: int


class HoldPart(Struct, frozen=True, array_like=True):
    """The part of an account that a hold has set apart from the lots, until the hold ends or `until` comes."""

    hold: str
    until: int
    parts: tuple[Lot, ...]

    @property
    def amount(self) -> int:
        """The amount of the part."""
        return total(self.parts)


class Balance(Struct, frozen=True):
    """An account's balance at one instant, in minor units: what can be spent, what vests later, what holds reserve."""

    available: int
    pending: int
    held: int


class Account(Struct, frozen=True, omit_defaults=True, dict=True):
    """A member's account of one asset: lots, the soonest to expire first, parts of holds, and debt.

    `idle`: when everything expires because its owner was inactive (or NO_EXPIRY). `lapsed`: lots that expired unspent,
    so that a refund of what earned them does not take them a second time. `traces`: what does not lie in its own lot.
    """

    lots: tuple[Lot, ...] = field(default=(), name="l")
    debt: int = field(default=0, name="d")
    holds: tuple[HoldPart, ...] = field(default=(), name="h")
    idle: int = field(default=NO_EXPIRY, name="i")
    lapsed: tuple[Lot, ...] = field(default=(), name="x")
    traces: tuple[Trace, ...] = field(default=(), name="t")

    @cached_property
    def stored(self) -> int:
        """The sum of the postings to and from the account, by the invariant."""
        held = [lot for part in self.holds for lot in part.parts]
        return sum([lot.amount for lot in (*self.lots, *held)]) - self.debt

    def balance(self, now: int) -> Balance:
        """The balance at an instant."""
        account = self.up_to(now).account
        vested = total(_vested(account))
        return Balance(
            available=vested - account.debt,
            pending=total(account.lots) - vested,
            held=sum(part.amount for part in account.holds),
        )

    def up_to(self, now: int) -> UpToDate:
        """The account at an instant, after what time has changed since it was last written: ends of holds, vesting,
        expiry.

        What vested since, or returned from a hold, paid the debt at that time, even if it has expired by now. The
        lots that have vested say VESTED_ALREADY.
        """
        if now < self.next_change:
            return UpToDate(self, 0, 0)
        ended = sorted((part for part in self.holds if part.until <= now), key=lambda part: part.until)
        back = [(part.until, lot) for part in ended for lot in part.parts]
        vested = [(lot.vests_at, lot) for lot in self.lots if VESTED_ALREADY < lot.vests_at <= now]
        holds = tuple(part for part in self.holds if part.until > now)
        account = replace(self, holds=holds)
        if back:
            account, back = _after_holds(account, back)
            account = replace(account, lots=merged((*self.lots, *(lot for _, lot in back))))
        spendable = ((at, lot) for at, lot in (*vested, *back) if self.end_of(lot) > at)
        account = _repaid(account, [lot for _, lot in sorted(spendable, key=lambda timed: timed[0])])
        expired = tuple(lot for lot in account.lots if account.end_of(lot) <= now)
        lots = tidy([lot for lot in account.lots if account.end_of(lot) > now], now)
        lapsed = remembered((*self.lapsed, *expired)) if expired else self.lapsed
        return UpToDate(replace(account, lots=lots, lapsed=lapsed), total(lot for _, lot in vested), total(expired))

    @cached_property
    def next_change(self) -> float:
        """When time changes the account: the first instant at which a hold ends, or a lot vests or expires; FOREVER
        where nothing of it ever does.
        """
        times = [part.until for part in self.holds] + [lot.expires_at for lot in self.lots if lot.expires_at]
        times += [lot.vests_at for lot in self.lots if lot.vests_at > VESTED_ALREADY]
        times += [self.idle] if self.lots and self.idle else []
        return min(times, default=FOREVER)

    def end_of(self, lot: Lot) -> float:
        """When a lot of the account is gone if it is not spent: by its own end, or by its owner's inactivity."""
        end, idle = lot.expires_at or FOREVER, self.idle
        return idle if NO_EXPIRY < idle < end else end

    def lots_at(self, now: int) -> tuple[Lot, ...]:
        """The lots at an instant, each with the end that counts for it (or NO_EXPIRY), the soonest first."""
        account = self.up_to(now).account
        ends = ((lot, account.end_of(lot)) for lot in account.lots)
        return merged(replace(lot, expires_at=NO_EXPIRY if end == FOREVER else int(end)) for lot, end in ends)

    def ending(self, after: int, until: int) -> dict[int, int]:
        """The amounts that expire after `after` and until `until` if nothing is spent, by instant."""
        amounts: dict[int, int] = {}
        for lot in self.lots:
            end = int(min(self.end_of(lot), AWAITED))
            if after < end <= until:
                amounts[end] = amounts.get(end, 0) + lot.amount
        return amounts

    def credit(self, lot: Lot, now: int, *, is_earned: bool = False) -> Account:
        """The account with one more lot; debt is paid first, from lots that can be spent.

        `is_earned`: a reward. Where others paid for it when it was taken back, it is theirs, even after its own end.
        """
        account = self.up_to(now).account
        lots = [lot]
        if is_earned and account.traces:
            account, lots = _earned_again(account, lot, now)
        account = replace(account, lots=tidy((*account.lots, *lots), now))
        if not account.debt:
            return account
        return _repaid(account, [other for other in _vested(account) if now < self.end_of(other)])

    def take_back(self, amount: int, own: Lot, now: int) -> Account:
        """The account less `amount` of a reward: of its own lot, or where that was given back to, and else as `debit`.

        What is taken from other lots, or owed, leaves a trace; what never ends needs none.
        """
        account = self.up_to(now).account
        if own.expires_at == NO_EXPIRY:
            return account.debit(amount, own, now)
        known, _ = split(_given_back(account, own, now), amount)
        after = replace(account, lots=without(account.lots, known)).debit(amount - total(known), own, now)
        taken = without(account.lots, after.lots)
        return replace(after, traces=traced((*account.traces, *taken_for(own, taken, amount))))

    def let_off(self, amount: int) -> Account:
        """The account with so much less debt, as the loss of the shop."""
        assert amount <= self.debt, "more is let off than is owed"
        traces = paid_from(self.traces, [Lot(amount, VESTED_ALREADY, LET_OFF)])
        return replace(self, debt=self.debt - amount, traces=traces)

    def given_back(self, lot: Lot, expires_at: int) -> Account:
        """The account after what was spent of a lot is given back to one with another end."""
        return replace(self, traces=given_to(self.traces, lot, expires_at))

    def debit(self, amount: int, own: Lot, now: int) -> Account:
        """The account less `amount`: from the lot with the times of `own` first, then from spendable lots, then from
        pending ones; the rest becomes debt.
        """
        account = self.up_to(now).account
        home = home_of(account.lots, own, now)
        others = (lot for lot in account.lots if lot not in home)
        queue = sorted(others, key=lambda lot: (lot.vests_at != VESTED_ALREADY, own_end(lot)))
        return _taken(account, amount, [*home, *queue])

    def spend(self, amount: int, now: int) -> tuple[Account, tuple[Lot, ...]]:
        """The account less `amount` of what expires first, and the parts of lots taken; it must be available."""
        account = self.up_to(now).account
        queue = _vested(account)
        assert amount <= total(queue) - account.debt, "more is spent than is available"
        return _taken(account, amount, queue), split(queue, amount)[0]

    def reserve(self, hold: str, amount: int, until: int, now: int) -> Account:
        """The account with a hold of `amount`, which must be available."""
        account, parts = self.spend(amount, now)
        return replace(account, holds=(*account.holds, HoldPart(hold, until, parts)))

    def end(self, hold: str, spent: int, now: int) -> tuple[Account, tuple[Lot, ...]]:
        """The account without a hold that is in force: `spent` of it is taken, the rest returned to its lots.

        Also returns the parts that were spent, those that expire first.
        """
        account = self.up_to(now).account
        hold_part = next(part for part in account.holds if part.hold == hold)
        parts, rest = split(hold_part.parts, spent)
        account = replace(account, holds=tuple(part for part in account.holds if part is not hold_part))
        if account.traces:
            account, back = _after_holds(account, [(now, lot) for lot in rest])
            rest = tuple(lot for _, lot in back)
        # Parts that expired while they were held are returned too, so that their expiry is posted.
        alive = [lot for lot in rest if now < account.end_of(lot)]
        account = _repaid(replace(account, lots=tidy((*account.lots, *alive), now)), alive)
        return replace(account, lots=merged((*account.lots, *(lot for lot in rest if lot not in alive)))), parts

    def hold_part(self, hold: str, now: int) -> HoldPart | None:
        """The part of a hold that has not run out; None otherwise."""
        return next((part for part in self.holds if part.hold == hold and part.until > now), None)

    def revive(self, own: Lot, now: int) -> tuple[Account, int]:
        """The account without what expired unspent of a lot with the times of `own`, and that amount."""
        if own_end(own) > now and any(same_times(lot, own, now) for lot in self.lots):
            return self, 0
        parts, _ = split([lot for lot in self.lapsed if lot.expires_at == own.expires_at], own.amount)
        return _revived(replace(self, lapsed=without(self.lapsed, parts)), own, total(parts))

    def recall(self, since: int, amount: int) -> tuple[Account, tuple[Lot, ...]]:
        """The account without at most `amount` of what expired unspent after an instant, and these lots."""
        parts, _ = split([lot for lot in self.lapsed if lot.expires_at > since], amount)
        return replace(self, lapsed=without(self.lapsed, parts)), parts

    def joined(self, other: Account, now: int) -> Account:
        """The sum of two accounts, both up to date; debt is paid from what can be spent."""
        idle = max(self.idle, other.idle) if self.idle and other.idle else NO_EXPIRY
        if not (self.lots and other.lots):
            idle = self.idle if self.lots else other.idle
        lots = tidy((*self.lots, *other.lots), now)
        lapsed = remembered((*self.lapsed, *other.lapsed))
        traces = traced((*self.traces, *other.traces))
        account = Account(lots, self.debt + other.debt, (*self.holds, *other.holds), idle, lapsed, traces)
        return _repaid(account, _vested(account))


class UpToDate(Struct, frozen=True):
    """An account up to date, and how much of it `vested` and `expired` since it was last written."""

    account: Account
    vested: int
    expired: int


def _vested(account: Account) -> list[Lot]:
    """The lots that can be spent of an account that is up to date, those that expire first before others."""
    return [lot for lot in account.lots if lot.vests_at == VESTED_ALREADY]


def _repaid(account: Account, queue: list[Lot]) -> Account:
    """The account with its debt paid from lots that can be spent, before they can expire."""
    if not account.debt:
        return account
    paid = min(account.debt, total(queue))
    traces = paid_from(account.traces, split(queue, paid)[0])
    return _taken(replace(account, debt=account.debt - paid, traces=traces), paid, queue)


def _taken(account: Account, amount: int, queue: list[Lot]) -> Account:
    """The account less an amount from its lots in the order of a queue; the rest becomes debt."""
    parts, _ = split(queue, amount)
    return replace(account, lots=without(account.lots, parts), debt=account.debt + amount - total(parts))


def _after_holds(account: Account, back: list[tuple[int, Lot]]) -> tuple[Account, list[tuple[int, Lot]]]:
    """The account after parts of holds pay what is owed for them, and the others, where what was taken for them was."""
    parts: list[tuple[int, Lot]] = []
    for at, lot in back:
        lots, traces = put_back(account.traces, lot, is_earned=False)
        owed = total(part for part in lots if part.expires_at == OWED)
        account = replace(account, debt=account.debt - owed, traces=traces)
        parts += [(at, part) for part in lots if part.expires_at != OWED]
    return account, parts


def _earned_again(account: Account, lot: Lot, now: int) -> tuple[Account, list[Lot]]:
    """The account after what it owes for a reward that comes back, and its parts, where what was taken for it was.

    What the shop has let the member off stays for a second, so that the loss, which is settled next, is taken of it.
    """
    lots, traces = put_back(account.traces, lot, is_earned=account.end_of(lot) <= now)
    owed = total(part for part in lots if part.expires_at == OWED)
    lots = [replace(part, expires_at=now + 1) if part.expires_at == LET_OFF else part for part in lots]
    account = replace(account, debt=account.debt - owed, traces=traces)
    return account, [part for part in lots if part.expires_at != OWED]


def _given_back(account: Account, own: Lot, now: int) -> list[Lot]:
    """Where a reward lies of which something was given back to other lots: its own lot, and parts of those."""
    places = [trace for trace in account.traces if trace.of == own.expires_at and trace.amount > 0]
    if not places:
        return []
    lots = [lot for lot in account.lots if same_times(lot, own, now)]
    for place in places:
        lots += split([lot for lot in account.lots if lot.expires_at == place.at], place.amount)[0]
    return lots


def _revived(account: Account, own: Lot, revived: int) -> tuple[Account, int]:
    """The account also without what was given back of a lot to others and expired there, and all that is revived."""
    lapsed, traces = account.lapsed, list[Trace]()
    for trace in account.traces:
        most = min(max(trace.amount, 0), own.amount - revived) if trace.of == own.expires_at else 0
        parts, _ = split([lot for lot in lapsed if lot.expires_at == trace.at], most)
        lapsed, revived = without(lapsed, parts), revived + total(parts)
        traces.append(replace(trace, amount=trace.amount - total(parts)))
    return replace(account, lapsed=lapsed, traces=traced(traces)), revived


def total(lots: Iterable[Lot]) -> int:
    """The sum of lots."""
    return sum([lot.amount for lot in lots])


def split(queue: Iterable[Lot], amount: int) -> tuple[tuple[Lot, ...], tuple[Lot, ...]]:
    """The first `amount` of some lots, and the rest of them."""
    taken, rest = [], []
    for lot in queue:
        part = min(lot.amount, amount)
        amount -= part
        if part:
            taken.append(replace(lot, amount=part))
        if part < lot.amount:
            rest.append(replace(lot, amount=lot.amount - part))
    return tuple(taken), tuple(rest)


def merged(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """The lots with those of equal times merged: what expires first stands first, and of that what vests first."""
    amounts: dict[tuple[float, int], int] = {}
    for lot in lots:
        place = lot.expires_at or FOREVER, lot.vests_at
        amounts[place] = amounts.get(place, 0) + lot.amount
    return tuple(
        [
            Lot(amount, vests_at, NO_EXPIRY if end == FOREVER else int(end))
            for (end, vests_at), amount in sorted(amounts.items())
            if amount
        ]
    )


def without(lots: Iterable[Lot], parts: Iterable[Lot]) -> tuple[Lot, ...]:
    """Lots less parts that were taken from them."""
    return merged((*lots, *(replace(part, amount=-part.amount) for part in parts)))


def tidy(lots: Iterable[Lot], now: int) -> tuple[Lot, ...]:
    """The lots with past vesting times dropped, merged to at most MAX_LOTS."""
    kept = merged(
        [replace(lot, vests_at=VESTED_ALREADY) if VESTED_ALREADY < lot.vests_at <= now else lot for lot in lots]
    )
    while len(kept) > MAX_LOTS:
        kept = _coarser(kept)
    return kept


def remembered(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """The expired lots to store: the MAX_LAPSED that expired last, since refunds of older ones are unlikely."""
    return tuple(sorted(merged(replace(lot, vests_at=VESTED_ALREADY) for lot in lots), key=own_end))[-MAX_LAPSED:]


def _coarser(lots: tuple[Lot, ...]) -> tuple[Lot, ...]:
    """Merged lots with the two most similar neighbours as one, in the member's favour: they stay in order so."""
    distances = [
        (
            (first.vests_at == VESTED_ALREADY) != (second.vests_at == VESTED_ALREADY),
            0 if first.expires_at == second.expires_at else own_end(second) - own_end(first),
            abs(second.vests_at - first.vests_at),
        )
        for first, second in pairwise(lots)
    ]
    near = distances.index(min(distances))
    first, second = lots[near], lots[near + 1]
    joined = Lot(first.amount + second.amount, min(first.vests_at, second.vests_at), second.expires_at)
    return (*lots[:near], joined, *lots[near + 2 :])


def home_of(lots: Iterable[Lot], own: Lot, now: int) -> list[Lot]:
    """The lot with the times of `own`, else the one that it may have been merged into; empty if there is neither."""
    lots = list(lots)
    same = [lot for lot in lots if same_times(lot, own, now)]
    absorbing = (lot for lot in lots if _absorbs(lot, own, now))
    return (same or sorted(absorbing, key=lambda lot: (own_end(lot), -lot.vests_at)))[:1]


def same_times(lot: Lot, own: Lot, now: int) -> bool:
    """Whether two lots have equal times: the same end, and the same vesting or both vested."""
    return (_vests(lot, now), lot.expires_at) == (_vests(own, now), own.expires_at)


def _absorbs(lot: Lot, own: Lot, now: int) -> bool:
    """Whether `own` may have been merged into a lot: it ends no sooner, vests no later, and is vested alike."""
    return (
        own_end(lot) >= own_end(own) and lot.vests_at <= own.vests_at and (lot.vests_at <= now) == (own.vests_at <= now)
    )


def _vests(lot: Lot, now: int) -> int:
    return VESTED_ALREADY if lot.vests_at <= now else lot.vests_at


def own_end(lot: Lot) -> float:
    """When a lot expires by itself, FOREVER where it never does; an account may lose it sooner (`Account.end_of`)."""
    return lot.expires_at or FOREVER


def traced(traces: Iterable[Trace]) -> tuple[Trace, ...]:
    """The traces to store, equal ones as one; what is in its own lot needs none. Beyond MAX_TRACES the last to end."""
    amounts: dict[tuple[int, int, bool], int] = {}
    for trace in traces:
        place = trace.of, trace.at, trace.amount > 0
        amounts[place] = amounts.get(place, 0) + trace.amount
    kept = [Trace(amount, of, at) for (of, at, _), amount in sorted(amounts.items()) if amount and of != at]
    return tuple(kept[-MAX_TRACES:])


def taken_for(own: Lot, parts: Iterable[Lot], amount: int) -> list[Trace]:
    """The traces of an amount that is taken for a lot: from parts of others, and what they lack is owed."""
    lots = list(parts)
    owed = Lot(amount - total(lots), VESTED_ALREADY, OWED)
    return [Trace(-part.amount, own.expires_at, part.expires_at) for part in (*lots, owed)]


def given_to(traces: Iterable[Trace], lot: Lot, at: int) -> tuple[Trace, ...]:
    """The traces after what a lot held is given back to one that ends at another time, whatever lot it was of first."""
    rest, after = lot.amount, []
    for trace in traces:
        part = min(rest, max(trace.amount, 0)) if trace.at == lot.expires_at else 0
        rest -= part
        after += [replace(trace, amount=trace.amount - part), Trace(part, trace.of, at)]
    return traced((*after, Trace(rest, lot.expires_at, at)))


def paid_from(traces: Iterable[Trace], parts: Iterable[Lot]) -> tuple[Trace, ...]:
    """The traces after parts of lots have paid what is owed."""
    after = list(traces)
    for lot in parts:
        rest, before, after = lot.amount, after, []
        for trace in before:
            part = min(rest, -trace.amount) if trace.at == OWED else 0
            rest -= part
            after += [replace(trace, amount=trace.amount + part), Trace(-part, trace.of, lot.expires_at)]
    return traced(after)


def put_back(traces: Iterable[Trace], lot: Lot, *, is_earned: bool) -> tuple[list[Lot], tuple[Trace, ...]]:
    """The parts of a lot that comes back, each with the end of what was taken for it meanwhile, and other traces.

    `is_earned`: it is a reward, which makes up for what the shop has let the member off; what was held does not. What
    it fills may itself have been taken for something: then that comes back too.
    """
    waiting, parts, after = [lot], list[Lot](), list(traces)
    fills_let_off = is_earned
    while waiting:
        lot = waiting.pop()
        rest = lot.amount
        for number, trace in enumerate(after):
            is_of_it = trace.of == lot.expires_at and (fills_let_off or trace.at != LET_OFF)
            part = min(rest, max(-trace.amount, 0)) if is_of_it else 0
            rest -= part
            after[number] = replace(trace, amount=trace.amount + part)
            if part:
                (parts if trace.at in (OWED, LET_OFF) else waiting).append(Lot(part, VESTED_ALREADY, trace.at))
        parts += [replace(lot, amount=rest)] if rest else []
        # Only the reward itself makes up for what was let off, not what was taken for it and comes back in turn.
        fills_let_off = False
    return parts, traced(after)
