"""What limits leave of a reward: per member and period, and of a budget that all members share.

A budget is cut into SHARES, each its own record, so that a sale does not meet at one. An order asks the share that its
id falls on, and the others only where that is not enough; it takes from one share. So a budget is never overrun.
Imports worth, the calendar, records and the programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain import money
from chalicelib.domain.calendar import period_of
from chalicelib.domain.decisions import Facts
from chalicelib.domain.posting import Books
from chalicelib.domain.programme import Earn, Version
from chalicelib.domain.records import Allowed, Budget, BudgetRef, Order
from chalicelib.domain.worth import Due, Sale

SHARES = 16
KEPT_PERIODS = 3
"""Periods of which a member's uses are remembered; an order that was paid longer ago finds its limit untouched."""


class Room(Struct, frozen=True):
    """How much a limit leaves, and which limit it is."""

    left: int
    limit: str


class Limits:
    """An order's limited rewards while it is valued: `order` remembers what it got, `budgets` what that took."""

    def __init__(self, order: Order, books: Books, facts: Facts) -> None:
        self.order = order
        self._books = books
        self._facts = facts
        self._budgets: dict[BudgetRef, Budget] = {}

    @property
    def budgets(self) -> list[Budget]:
        """The shares that changed."""
        return [each for ref, each in self._budgets.items() if each != self._stored(ref)]

    def cut(self, member: str, dues: list[Due], sale: Sale | None) -> list[Due]:
        """The dues as far as limits leave them; what was taken of a limit and is not due any more goes back to it."""
        rules = [rule for rule in sale.programme.earn if rule.limits or rule.budget is not None] if sale else []
        asset = money.asset_of(sale.currency) if sale else ""
        asked = {rule.id: rule for rule in rules}
        granted: list[Allowed] = []
        for was in self.order.allowed:
            if was.rule not in asked or (was.member, was.asset) != (member, asset):
                self._take(was, -was.amount)
        for rule in rules:
            wanted = next((due.amount for due in dues if due.why.rule == rule.id), 0)
            assert sale
            granted += self._granted(member, rule, asset, wanted, sale)
        self.order = replace(self.order, allowed=tuple(granted))
        return cut(dues, granted)

    def _granted(self, member: str, rule: Earn, asset: str, wanted: int, sale: Sale) -> Iterator[Allowed]:
        was = self._was(member, rule, asset, sale)
        now = replace(was, wanted=wanted, amount=min(wanted, was.amount))
        if wanted > was.wanted:
            now = self._more(now, rule, sale)
        self._take(now, now.amount - was.amount)
        if wanted:
            yield now

    def _was(self, member: str, rule: Earn, asset: str, sale: Sale) -> Allowed:
        remembered = (
            each for each in self.order.allowed if (each.member, each.rule, each.asset) == (member, rule.id, asset)
        )
        buckets = tuple(
            f"{rule.id} {asset} {limit.per} {_period(limit.per, sale)}".rstrip()
            for limit in rule.limits
            if sale.sum_of(limit.amount) is not None
        )
        return next(remembered, Allowed(member, rule.id, asset, 0, 0, "", buckets))

    def _more(self, allowed: Allowed, rule: Earn, sale: Sale) -> Allowed:
        """As much more as every limit leaves; the budget is asked last, so that it is not asked in vain."""
        room = min(self._rooms(allowed, rule, sale), key=lambda each: each.left, default=Room(allowed.wanted, ""))
        extra = max(min(allowed.wanted - allowed.amount, room.left), 0)
        limit = room.limit if allowed.amount + extra < allowed.wanted else ""
        budget = sale.sum_of(rule.budget)
        if budget is not None and extra:
            share, left = self._share(allowed, budget, extra)
            limit = "budget" if left < extra else limit
            allowed, extra = replace(allowed, share=share), min(extra, left)
        return replace(allowed, amount=allowed.amount + extra, limit=limit)

    def _rooms(self, allowed: Allowed, rule: Earn, sale: Sale) -> Iterator[Room]:
        used = self._books.of(allowed.member).used
        stated = [limit for limit in rule.limits if sale.sum_of(limit.amount) is not None]
        for limit, bucket in zip(stated, allowed.buckets, strict=False):
            yield Room((sale.sum_of(limit.amount) or 0) - used.get(bucket, 0), limit.per)

    def _share(self, allowed: Allowed, budget: int, wanted: int) -> tuple[int, int]:
        """The share of the budget to take from, and what is left of it: the order's own if that is enough."""
        own = allowed.share if allowed.share >= 0 else crc32(str(self.order.ref).encode()) % SHARES
        shares = money.allocate(budget, [1] * SHARES)
        left = shares[own] - self._given(allowed, own)
        if left >= wanted or allowed.amount:
            return own, max(left, 0)
        self._facts.need(*(BudgetRef(allowed.rule, allowed.asset, share) for share in range(SHARES)))
        fullest = max(range(SHARES), key=lambda share: shares[share] - self._given(allowed, share))
        return fullest, max(shares[fullest] - self._given(allowed, fullest), 0)

    def _given(self, allowed: Allowed, share: int) -> int:
        return self._budget(BudgetRef(allowed.rule, allowed.asset, share)).given

    def _take(self, allowed: Allowed, amount: int) -> None:
        """Count an amount (negative: give it back) against everything that it is limited by."""
        if not amount:
            return
        member = self._books.of(allowed.member)
        used = dict(member.used)
        for bucket in allowed.buckets:
            used[bucket] = max(used.get(bucket, 0) + amount, 0)
        self._books.put(replace(member, used=_recent(used)))
        if allowed.share >= 0:
            ref = BudgetRef(allowed.rule, allowed.asset, allowed.share)
            budget = self._budget(ref)
            self._budgets[ref] = replace(budget, given=budget.given + amount)

    def _budget(self, ref: BudgetRef) -> Budget:
        return self._budgets.get(ref) or self._stored(ref)

    def _stored(self, ref: BudgetRef) -> Budget:
        return self._facts.find(ref, Budget) or Budget(ref.rule, ref.asset, ref.share)


def named(limit: str) -> str:
    """A limit as a person reads it."""
    names = {"order": "per order", "member": "per member", "budget": "the budget for all members"}
    return names.get(limit, f"per {limit}")


def shares_asked(order: Order, version: Version | None, currency: str) -> list[BudgetRef]:
    """The shares of budgets that an order will ask first: known before anything is read."""
    if version is None or not version.programme.rewards(currency):
        return []
    asset, own = money.asset_of(currency), crc32(str(order.ref).encode()) % SHARES
    return [BudgetRef(rule.id, asset, own) for rule in version.programme.earn if rule.budget is not None]


def cut(dues: Iterable[Due], granted: Iterable[Allowed]) -> list[Due]:
    """Dues as far as they were granted; what is not limited is left whole."""
    by_rule = {each.rule: each for each in granted}
    return [left for due in dues if (left := _left(due, by_rule.get(due.why.rule)))]


def _left(due: Due, allowed: Allowed | None) -> Due | None:
    if allowed is None or allowed.amount == due.amount:
        return due
    return replace(due, amount=allowed.amount, why=replace(due.why, limit=allowed.limit)) if allowed.amount else None


def _period(per: str, sale: Sale) -> str:
    return "" if per == "member" else period_of(sale.at, per, sale.programme.timezone)  # type: ignore[arg-type]


def _recent(used: dict[str, int]) -> dict[str, int]:
    """Without what is used up to nothing, and of each limit the latest KEPT_PERIODS only."""
    kept: dict[str, int] = {}
    for bucket in sorted(used, reverse=True):
        kind = bucket.split()[:3]
        if used[bucket] and sum(each.split()[:3] == kind for each in kept) < KEPT_PERIODS:
            kept[bucket] = used[bucket]
    return dict(sorted(kept.items()))
