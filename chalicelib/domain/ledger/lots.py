"""Lots: amounts with instants of vesting and expiry; splitting, merging and bounding their number.

Imports the calendar only.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core.calendar import VESTED_ALREADY

MAX_LOTS = 20
"""The most lots of an account; beyond it the two that expire closest together are merged, expiring later."""

MAX_LAPSED = 8

FOREVER = float("inf")
"""The end of a lot that does not expire, where ends are compared."""


class Lot(Struct, frozen=True, array_like=True):
    """An amount that can be spent from `vests_at` (or VESTED_ALREADY) until before `expires_at` (or NO_EXPIRY)."""

    amount: int
    vests_at: int
    expires_at: int


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
            taken.append(replace(lot, amount=part) if part < lot.amount else lot)
        if part < lot.amount:
            rest.append(replace(lot, amount=lot.amount - part) if part else lot)
    return tuple(taken), tuple(rest)


def merged(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """The lots with those of equal times merged, sorted by expiry, the soonest first."""
    amounts: dict[tuple[int, int], int] = {}
    for lot in lots:
        times = lot.vests_at, lot.expires_at
        amounts[times] = amounts.get(times, 0) + lot.amount
    joined = [Lot(amount, *times) for times, amount in amounts.items() if amount]
    return tuple(sorted(joined, key=_place) if len(joined) > 1 else joined)


def _place(lot: Lot) -> tuple[float, int]:
    """Where a lot stands in an account: what expires first, and of that what vests first."""
    return lot.expires_at or FOREVER, lot.vests_at


def without(lots: Iterable[Lot], parts: Iterable[Lot]) -> tuple[Lot, ...]:
    """Lots less parts that were taken from them."""
    return merged((*lots, *(replace(part, amount=-part.amount) for part in parts)))


def tidy(lots: Iterable[Lot], now: int) -> tuple[Lot, ...]:
    """The lots with past vesting times dropped, merged to at most MAX_LOTS."""
    kept = merged(
        [replace(lot, vests_at=VESTED_ALREADY) if VESTED_ALREADY < lot.vests_at <= now else lot for lot in lots]
    )
    while len(kept) > MAX_LOTS:
        kept = _coarser(kept, now)
    return kept


def remembered(lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """The expired lots to store: the MAX_LAPSED that expired last, since refunds of older ones are unlikely."""
    return tuple(sorted(merged(replace(lot, vests_at=VESTED_ALREADY) for lot in lots), key=end_of))[-MAX_LAPSED:]


def _coarser(lots: tuple[Lot, ...], now: int) -> tuple[Lot, ...]:
    """The lots with the two most similar neighbours merged, in the member's favour."""
    near = min(range(len(lots) - 1), key=lambda i: _distance(lots[i], lots[i + 1], now))
    first, second = lots[near], lots[near + 1]
    joined = Lot(first.amount + second.amount, min(first.vests_at, second.vests_at), second.expires_at)
    return merged((*lots[:near], joined, *lots[near + 2 :]))


def _distance(first: Lot, second: Lot, now: int) -> tuple[bool, float, int]:
    ends = 0 if first.expires_at == second.expires_at else end_of(second) - end_of(first)
    vested_alike = (first.vests_at <= now) == (second.vests_at <= now)
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
