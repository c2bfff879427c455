"""What limits leave of a reward: per member and period, and of a budget that all members share.

A budget is cut into SHARES, each its own record, so that a sale does not meet at one. An order asks the share that its
id falls on, and the others only where that is not enough. So a budget is never overrun, and none of it is left over.
Imports the book, the calendar, records and the programme.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import period_of
from chalicelib.domain.facts import Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Due
from chalicelib.domain.programme.document import Version
from chalicelib.domain.programme.rules import Earning, Limit
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Allowed, Budget, BudgetRef, Order

SHARES = 16
KEPT_PERIODS = {"day": 40, "week": 8, "month": 4, "year": 2}
"""Periods of which a member's uses are remembered; an order that was paid longer ago finds its limit untouched."""

KEPT_VERSIONS = 3
"""Programme versions whose rules a member's uses are remembered of; an older rule values old orders only."""

Per = Literal["day", "week", "month", "year", "member"]


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
        asked = [(rule, _asked(member, rule, sale)) for rule in _limited(sale)] if sale else []
        for was in self.order.terms.allowed:
            if not any(_alike(was, fresh) for _, fresh in asked):
                self._take(was, _drawn(was, ()), -was.amount)
        wanted = {due.posted.rule: due.amount for due in dues}
        granted = [self._granted(fresh, rule, wanted.get(rule.id, 0), sale) for rule, fresh in asked if sale]
        self.order = self.order.under(allowed=tuple(each for each in granted if each.wanted))
        return cut(dues, granted)

    def _granted(self, fresh: Allowed, rule: Earning, wanted: int, sale: Sale) -> Allowed:
        was = next((each for each in self.order.terms.allowed if _alike(each, fresh)), fresh)
        now = self._more(was, rule, wanted, sale) if wanted > was.wanted else _less(was, wanted)
        self._take(now, _drawn(was, now.taken), now.amount - was.amount)
        return now

    def _more(self, was: Allowed, rule: Earning, wanted: int, sale: Sale) -> Allowed:
        """As much more as every limit leaves; the budget is asked last, so that it is not asked in vain."""
        room = min(self._rooms(was, rule, sale), key=lambda each: each.left, default=Room(wanted, ""))
        extra = max(min(wanted - was.amount, room.left), 0)
        limit = room.limit if was.amount + extra < wanted else ""
        budget, taken = sale.sum_of(rule.budget), was.taken
        if budget is not None and extra:
            drawn = self._draw(was, budget, extra)
            given = sum(amount for _, amount in drawn)
            limit, extra = "budget" if given < extra else limit, given
            taken = _joined(taken, drawn)
        return replace(was, wanted=wanted, amount=was.amount + extra, limit=limit, taken=taken)

    def _rooms(self, allowed: Allowed, rule: Earning, sale: Sale) -> Iterator[Room]:
        used = self._books.of(allowed.member).used
        for limit, bucket in zip(_stated(rule, sale), allowed.buckets, strict=True):
            yield Room((sale.sum_of(limit.amount) or 0) - used.get(bucket, 0), limit.per)

    def _draw(self, allowed: Allowed, budget: int, wanted: int) -> list[tuple[int, int]]:
        """From which shares of a budget so much comes, as far as there is: the order's own if that is enough."""
        own = share_of(self.order)
        if self._left(allowed, budget, own) >= wanted:
            return [(own, wanted)]
        self._facts.need(*(BudgetRef(allowed.rule, allowed.asset, share) for share in range(SHARES)))
        lefts = {share: self._left(allowed, budget, share) for share in range(SHARES)}
        drawn: list[tuple[int, int]] = []
        for share in sorted(lefts, key=lambda share: (share != own, -lefts[share])):
            amount = min(lefts[share], wanted - sum(amount for _, amount in drawn))
            drawn += [(share, amount)] if amount > 0 else []
        return drawn

    def _left(self, allowed: Allowed, budget: int, share: int) -> int:
        given = self._budget(BudgetRef(allowed.rule, allowed.asset, share)).given
        return max(money.allocate(budget, [1] * SHARES)[share] - given, 0)

    def _take(self, allowed: Allowed, drawn: Mapping[int, int], amount: int) -> None:
        """Count an amount (negative: give it back) against the member's limits, and its parts against shares."""
        if amount and allowed.buckets:
            member = self._books.of(allowed.member)
            used = dict(member.used)
            for bucket in allowed.buckets:
                used[bucket] = max(used.get(bucket, 0) + amount, 0)
            self._books.put(replace(member, used=_recent(used, self._rules())))
        for share, part in drawn.items():
            ref = BudgetRef(allowed.rule, allowed.asset, share)
            budget = self._budget(ref)
            self._budgets[ref] = replace(budget, given=budget.given + part)

    def _rules(self) -> frozenset[str]:
        """The rules of which a member's uses still matter: those of the latest versions."""
        latest = self._facts.history.versions[-KEPT_VERSIONS:]
        return frozenset(rule.id for version in latest for rule in version.programme.earn)

    def _budget(self, ref: BudgetRef) -> Budget:
        return self._budgets.get(ref) or self._stored(ref)

    def _stored(self, ref: BudgetRef) -> Budget:
        return self._facts.find(ref, Budget) or Budget(ref.rule, ref.asset, ref.share)


def named(limit: str) -> str:
    """A limit as a person reads it."""
    names = {"order": "per order", "member": "per member", "budget": "the budget for all members"}
    return names.get(limit, f"per {limit}")


def share_of(order: Order) -> int:
    """The share of every budget that an order asks first."""
    return crc32(str(order.ref).encode()) % SHARES


def shares_asked(order: Order, version: Version | None, currency: str) -> list[BudgetRef]:
    """The shares of budgets that an order will ask first: known before anything is read."""
    if version is None or not version.programme.rewards(currency):
        return []
    asset = money.asset_of(currency)
    return [BudgetRef(rule.id, asset, share_of(order)) for rule in version.programme.earn if rule.budget is not None]


def cut(dues: Iterable[Due], granted: Iterable[Allowed]) -> list[Due]:
    """Dues as far as they were granted; what is not limited is left whole."""
    by_rule = {each.rule: each for each in granted}
    return [left for due in dues if (left := _left(due, by_rule.get(due.posted.rule)))]


def _left(due: Due, allowed: Allowed | None) -> Due | None:
    if allowed is None or allowed.amount == due.amount:
        return due
    if not allowed.amount:
        return None
    return Due(replace(due.posted, amount=allowed.amount), replace(due.why, limit=allowed.limit))


def _limited(sale: Sale) -> list[Earning]:
    return [rule for rule in sale.programme.earn if rule.is_limited()]


def _asked(member: str, rule: Earning, sale: Sale) -> Allowed:
    """What a rule has been asked for so far: nothing, and where it will count."""
    asset = money.asset_of(sale.currency)
    buckets = tuple(_bucket(rule, asset, limit.per, sale) for limit in _stated(rule, sale))
    return Allowed(member, rule.id, asset, 0, 0, "", buckets)


def _stated(rule: Earning, sale: Sale) -> list[Limit]:
    """The limits that are stated for the order's currency."""
    return [limit for limit in rule.limits if sale.sum_of(limit.amount) is not None]


def _bucket(rule: Earning, asset: str, per: Per, sale: Sale) -> str:
    period = "" if per == "member" else period_of(sale.at, per, sale.programme.timezone)
    return f"{rule.id} {asset} {per} {period}".rstrip()


def _alike(one: Allowed, other: Allowed) -> bool:
    """Whether both count in the same places: for the same member, rule, asset and periods."""
    return (one.member, one.rule, one.asset, one.buckets) == (other.member, other.rule, other.asset, other.buckets)


def _less(was: Allowed, wanted: int) -> Allowed:
    """What is left when less is wanted: the shares that were asked last get theirs back first."""
    left = amount = min(wanted, was.amount)
    taken: list[tuple[int, int]] = []
    for share, part in was.taken:
        taken += [(share, min(part, left))] if left else []
        left -= min(part, left)
    return replace(was, wanted=wanted, amount=amount, taken=tuple(taken))


def _joined(taken: Iterable[tuple[int, int]], more: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    sums: dict[int, int] = {}
    for share, amount in (*taken, *more):
        sums[share] = sums.get(share, 0) + amount
    return tuple(sums.items())


def _drawn(was: Allowed, now: Iterable[tuple[int, int]]) -> dict[int, int]:
    """What each share gives more than before, or (negative) gets back."""
    changed = dict(_joined(now, ((share, -amount) for share, amount in was.taken)))
    return {share: amount for share, amount in changed.items() if amount}


def _recent(used: dict[str, int], rules: Collection[str]) -> dict[str, int]:
    """Without what is used up to nothing, without rules that are gone, and of each limit the latest periods only."""
    kept: dict[str, int] = {}
    for bucket in sorted(used, reverse=True):
        rule, asset, per, *_ = bucket.split()
        alike = sum(each.startswith(f"{rule} {asset} {per} ") for each in kept)
        if used[bucket] and rule in rules and alike < KEPT_PERIODS.get(per, 1):
            kept[bucket] = used[bucket]
    return dict(sorted(kept.items()))
