"""Lots: amounts with instants of vesting and expiry; splitting, merging and bounding their number; and traces of what
lies in another lot than its own, or was taken from another one.

Imports the calendar only.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core.calendar import VESTED_ALREADY

MAX_LOTS = 20
"""The most lots of an account; beyond it the two that expire closest together are merged, expiring later."""

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
    """Where an amount of what ends at `of` is, if not there: it was given back to the lot that ends `at` another time;
    or, where it is negative, it had been spent or was held when it was taken, and was taken from that lot.
    """

    amount: int
    of: int
    at: int


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
    amounts: dict[tuple[int, int], int] = {}
    for lot in lots:
        times = lot.vests_at, lot.expires_at
        amounts[times] = amounts.get(times, 0) + lot.amount
    joined = [Lot(amount, *times) for times, amount in amounts.items() if amount]
    return tuple(sorted(joined, key=lambda lot: (lot.expires_at or FOREVER, lot.vests_at)))


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
    return tuple(sorted(merged(replace(lot, vests_at=VESTED_ALREADY) for lot in lots), key=end_of))[-MAX_LAPSED:]


def _coarser(lots: tuple[Lot, ...]) -> tuple[Lot, ...]:
    """Merged lots with the two most similar neighbours as one, in the member's favour: they stay in order so."""
    distances = [_distance(first, second) for first, second in pairwise(lots)]
    near = distances.index(min(distances))
    first, second = lots[near], lots[near + 1]
    joined = Lot(first.amount + second.amount, min(first.vests_at, second.vests_at), second.expires_at)
    return (*lots[:near], joined, *lots[near + 2 :])


def _distance(first: Lot, second: Lot) -> tuple[bool, float, int]:
    ends = 0 if first.expires_at == second.expires_at else end_of(second) - end_of(first)
    vested_alike = (first.vests_at == VESTED_ALREADY) == (second.vests_at == VESTED_ALREADY)
    return not vested_alike, ends, abs(second.vests_at - first.vests_at)


def home_of(lots: Iterable[Lot], own: Lot, now: int) -> list[Lot]:
    """The lot with the times of `own`, else the one that it may have been merged into; empty if there is neither."""
    lots = list(lots)
    same = [lot for lot in lots if same_times(lot, own, now)]
    absorbing = (lot for lot in lots if _absorbs(lot, own, now))
    return (same or sorted(absorbing, key=lambda lot: (end_of(lot), -lot.vests_at)))[:1]


def same_times(lot: Lot, own: Lot, now: int) -> bool:
    """Whether two lots have equal times: the same end, and the same vesting or both vested."""
    return (_vests(lot, now), lot.expires_at) == (_vests(own, now), own.expires_at)


def _absorbs(lot: Lot, own: Lot, now: int) -> bool:
    """Whether `own` may have been merged into a lot: it ends no sooner, vests no later, and is vested alike."""
    return (
        end_of(lot) >= end_of(own) and lot.vests_at <= own.vests_at and (lot.vests_at <= now) == (own.vests_at <= now)
    )


def _vests(lot: Lot, now: int) -> int:
    return VESTED_ALREADY if lot.vests_at <= now else lot.vests_at


def end_of(lot: Lot) -> float:
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
    while waiting:
        lot = waiting.pop()
        rest = lot.amount
        for number, trace in enumerate(after):
            is_of_it = trace.of == lot.expires_at and (is_earned or trace.at != LET_OFF)
            part = min(rest, max(-trace.amount, 0)) if is_of_it else 0
            rest -= part
            after[number] = replace(trace, amount=trace.amount + part)
            if part:
                (parts if trace.at in (OWED, LET_OFF) else waiting).append(Lot(part, VESTED_ALREADY, trace.at))
        parts += [replace(lot, amount=rest)] if rest else []
        is_earned = False
    return parts, traced(after)
