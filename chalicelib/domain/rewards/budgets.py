"""What a rule may give all members together: a budget, split into shares that are records of their own.

So the orders of a sale do not all write one item. An order takes from its own share, which follows from its id; where
that is short, from a few others, which it reads in one request; and where these are short too it gets a part. Every
share that is written asserts the version it was read at: a budget is never overrun. Amounts are minor units. Imports
facts, the programme and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from random import Random
from zlib import crc32

from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.facts import Exhausted, Facts
from chalicelib.domain.programme.history import History
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Activity, Allowed, Budget, BudgetRef, Order

MOST_READ, MOST_READ_IN_ALL = 15, 96
"""Other shares that an order reads of one budget (all of a small one), and of all its rules' together: what one request
takes."""

MOST_HELD = 4
"""Shares of one budget that an order takes from, its own among them; where it is given more than a whole share has, all
that it reads."""

MOST_OTHERS = 20
"""Shares beside its own that an order takes from, of all its rules' budgets together; a transaction has 100 items."""

Parts = tuple[tuple[int, int], ...]
"""What comes from which share of a budget: its number and an amount."""


class Budgets:
    """The shares of budgets while an order is valued; those that changed leave as records."""

    def __init__(self, subject: Order | Activity, facts: Facts) -> None:
        """`subject`: the order or activity that is valued."""
        self._subject = subject
        self._facts = facts
        self._shares: dict[BudgetRef, Budget] = {}
        self._asked: dict[Exhausted, int] = {}
        self._held = dict.fromkeys(held(subject))

    @property
    def records(self) -> list[Budget]:
        """The shares that changed."""
        return [share for ref, share in self._shares.items() if share != self._stored(ref)]

    @property
    def exhausted(self) -> tuple[Exhausted, ...]:
        """The shares that were asked and have nothing left."""
        return tuple(asked for asked, size in self._asked.items() if self._share(asked[0]).given >= size)

    def reserve(self, grant: Allowed, budget: int, amount: int, rules: int) -> Parts:
        """Take up to `amount` from a rule's budget; what came from which share. Raises Missing.

        `budget`: what the rule may give in all; `rules`: how many rules have budgets. All of it comes from the order's
        own share if that is enough; else from those that it takes from already, and then from others.
        """
        own = own_share(self._subject, grant.rule, grant.asset, self._facts.history)
        if self._remaining(own, budget) >= amount:
            return self._reserved({own: amount})
        own_parts = dict.fromkeys([own, *(ref for ref in self._held if _is_of(grant, ref))])
        others = self._others(own, budget, min(MOST_READ, MOST_READ_IN_ALL // rules), own_parts)
        self._facts.need(*(ref for ref in (*own_parts, *others) if not self._is_exhausted(ref, budget)))
        amounts = _in_turn({ref: self._remaining(ref, budget) for ref in own_parts}, amount)
        of_this = {ref for ref in self._held if _is_of(grant, ref)} | amounts.keys()
        size = _sizes(budget, self._facts.history.shares_of(own.rule, own.asset))[own.share]
        most = MOST_HELD if amount <= size else MOST_READ + 1
        room = min(most - len(of_this), MOST_OTHERS - self._held_beside_own())
        remaining = {ref: self._remaining(ref, budget) for ref in others}
        return self._reserved(amounts | _fewest(remaining, amount - sum(amounts.values()), room))

    def release(self, grant: Allowed, amount: int) -> Parts:
        """Give back up to `amount` of what a grant has taken, to the shares that it came from; what is still taken.

        The shares that were asked last get theirs back first. Raises Missing.
        """
        rest, kept = amount, list[tuple[int, int]]()
        backs: dict[BudgetRef, int] = {}
        for number, part in reversed(grant.taken):
            back = min(part, rest)
            rest -= back
            kept += [(number, part - back)] if part > back else []
            backs |= {BudgetRef(grant.rule, grant.asset, number): back} if back else {}
        for ref, back in backs.items():
            self._give(ref, -back)
        taken = tuple(reversed(kept))
        still = {number for number, _ in taken}
        self._held = {ref: None for ref in self._held if ref not in backs or ref.share in still}
        return taken

    def _reserved(self, amounts: Mapping[BudgetRef, int]) -> Parts:
        for ref, amount in amounts.items():
            self._give(ref, amount)
        self._held |= dict.fromkeys(amounts)
        return tuple((ref.share, amount) for ref, amount in amounts.items())

    def _others(self, own: BudgetRef, budget: int, count: int, own_parts: Iterable[BudgetRef]) -> list[BudgetRef]:
        """Some shares that are not known as exhausted, others for each order, so that not all orders write the same."""
        shares = range(self._facts.history.shares_of(own.rule, own.asset))
        refs = (replace(own, share=number) for number in shares)
        open_refs = [ref for ref in refs if ref not in own_parts and not self._is_exhausted(ref, budget)]
        seed = crc32(str(self._subject.ref).encode())
        return Random(seed).sample(open_refs, min(count, len(open_refs)))  # noqa: S311 (no secret)

    def _held_beside_own(self) -> int:
        history = self._facts.history
        return sum(own_share(self._subject, ref.rule, ref.asset, history) != ref for ref in self._held)

    def _remaining(self, ref: BudgetRef, budget: int) -> int:
        """What a share has left of its part of the budget; of one that is known as exhausted nothing is read."""
        if self._is_exhausted(ref, budget):
            return 0
        size = _sizes(budget, self._facts.history.shares_of(ref.rule, ref.asset))[ref.share]
        self._asked[ref, budget] = size
        return max(size - self._share(ref).given, 0)

    def _is_exhausted(self, ref: BudgetRef, budget: int) -> bool:
        # What this decision itself gives back to a share makes room in it, whatever was known.
        return ref not in self._shares and (ref, budget) in self._facts.exhausted

    def _give(self, ref: BudgetRef, amount: int) -> None:
        share = self._share(ref)
        self._shares[ref] = replace(share, given=share.given + amount)

    def _share(self, ref: BudgetRef) -> Budget:
        return self._shares.get(ref) or self._stored(ref)

    def _stored(self, ref: BudgetRef) -> Budget:
        return self._facts.find(ref, Budget) or Budget(ref.rule, ref.asset, ref.share)


@lru_cache(64)
def _sizes(budget: int, shares: int) -> list[int]:
    """How much of a budget each of its shares has."""
    return money.allocate(budget, [1] * shares)


def own_share(subject: Order | Activity, rule: str, asset: str, history: History) -> BudgetRef:
    """The share of a rule's budget that an order or an activity asks first."""
    return BudgetRef(rule, asset, crc32(str(subject.ref).encode()) % history.shares_of(rule, asset))


def own_shares(subject: Order | Activity, sale: Sale | None, facts: Facts) -> list[BudgetRef]:
    """The shares that an order or an activity will ask first, but those known as exhausted: known before anything is
    read.
    """
    if sale is None or sale.currency not in sale.programme.all_currencies:
        return []
    programme, asked = sale.programme, list[Exhausted]()
    for rule in sale.rules:
        asset = rule.asset(sale.currency, programme)
        budget = rule.minor(rule.budget, asset, programme)
        if budget is not None:
            asked.append((own_share(subject, rule.id, asset, facts.history), budget))
    return [ref for ref, budget in asked if (ref, budget) not in facts.exhausted]


def held(subject: Order | Activity) -> list[BudgetRef]:
    """The shares that the grants of an order or an activity come from."""
    return [BudgetRef(grant.rule, grant.asset, number) for grant in subject.terms.allowed for number, _ in grant.taken]


def joined(taken: Parts, more: Parts) -> Parts:
    """The parts of both, one for each share."""
    sums: dict[int, int] = {}
    for share, amount in (*taken, *more):
        sums[share] = sums.get(share, 0) + amount
    return tuple(sums.items())


def _is_of(grant: Allowed, ref: BudgetRef) -> bool:
    return (ref.rule, ref.asset) == (grant.rule, grant.asset)


def _in_turn(remaining: Mapping[BudgetRef, int], amount: int) -> dict[BudgetRef, int]:
    """An amount from shares one after another, from each what it has."""
    amounts: dict[BudgetRef, int] = {}
    for ref, available in remaining.items():
        part = min(available, amount - sum(amounts.values()))
        amounts |= {ref: part} if part else {}
    return amounts


def _fewest(remaining: Mapping[BudgetRef, int], amount: int, most: int) -> dict[BudgetRef, int]:
    """An amount from at most `most` shares: from the first that has all the rest, or from the fullest if none has."""
    amounts: dict[BudgetRef, int] = {}
    rest, usable = amount, {ref: available for ref, available in remaining.items() if available}
    while rest and usable and len(amounts) < most:
        enough = (ref for ref, available in usable.items() if available >= rest)
        ref = next(enough, None) or max(usable, key=lambda ref: usable[ref])
        amounts[ref] = min(usable.pop(ref), rest)
        rest -= amounts[ref]
    return amounts
