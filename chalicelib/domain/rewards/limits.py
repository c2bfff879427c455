"""What an order or activity is granted of its rewards: as much as the member's quotas leave, then the rule's budget.

A grant is asked for again only when more is wanted than before, so that valuing the same facts again gives the same; a
refund releases what it takes back. Imports budgets, quotas, the book and the programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from msgspec.structs import replace

from chalicelib.domain.facts import Exhausted, Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Due
from chalicelib.domain.programme.rules import Earning
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Activity, Allowed, Budget, Missing, Order, Ref
from chalicelib.domain.rewards import budgets, quotas
from chalicelib.domain.rewards.quotas import Quota

S = TypeVar("S", Order, Activity)


class Limits(Generic[S]):
    """The limited rewards of an order or an activity while it is valued: `subject` remembers what it was granted."""

    def __init__(self, subject: S, books: Books, facts: Facts) -> None:
        self.subject: S = subject
        self._books = books
        self._budgets = budgets.Budgets(subject, facts)

    @property
    def shares(self) -> list[Budget]:
        """The shares of budgets that changed."""
        return self._budgets.records

    @property
    def exhausted(self) -> tuple[Exhausted, ...]:
        """The shares of budgets that were asked and have nothing left."""
        return self._budgets.exhausted

    def grant(self, member: str, dues: list[Due], sale: Sale | None) -> list[Due]:
        """The dues as far as they are granted; what was granted and is not due any more is released. Raises Missing."""
        asked = [(rule, _asked(member, rule, sale)) for rule in _limited(sale)] if sale else []
        for before in self.subject.terms.allowed:
            if not any(_counts_alike(before, fresh) for _, fresh in asked):
                self._lowered(before, 0)
        wanted = {due.posted.rule: due.amount for due in dues}
        grants = self._grants(asked, wanted, sale) if sale else []
        self.subject = self.subject.under(allowed=tuple(grant for grant in grants if grant.wanted))
        return granted(dues, grants)

    def _grants(self, asked: Iterable[tuple[Earning, Allowed]], wanted: Mapping[str, int], sale: Sale) -> list[Allowed]:
        """What each rule is granted; what all of them miss is asked for at once."""
        grants: list[Allowed] = []
        missing: set[Ref] = set()
        for rule, fresh in asked:
            before = next((grant for grant in self.subject.terms.allowed if _counts_alike(grant, fresh)), fresh)
            amount = wanted.get(rule.id, 0)
            try:
                more = amount > before.wanted
                grants.append(self._raised(before, rule, amount, sale) if more else self._lowered(before, amount))
            except Missing as also:
                missing |= also.refs
        if missing:
            raise Missing(missing)
        return grants

    def _raised(self, grant: Allowed, rule: Earning, wanted: int, sale: Sale) -> Allowed:
        """As much more as every quota leaves; the budget is asked last, so that it is not asked in vain."""
        member = self._books.owner(grant.member)
        remaining = quotas.quotas(member, rule, grant, sale)
        tightest = min(remaining, key=lambda quota: quota.remaining, default=Quota(wanted, ""))
        extra = max(min(wanted - grant.amount, tightest.remaining), 0)
        limit = tightest.per if grant.amount + extra < wanted else ""
        budget, taken = rule.minor(rule.budget, grant.asset, sale.programme), grant.taken
        if budget is not None and extra:
            parts = self._budgets.reserve(grant, budget, extra, _with_budgets(sale))
            reserved = sum(amount for _, amount in parts)
            limit, extra = "budget" if reserved < extra else limit, reserved
            taken = budgets.joined(taken, parts)
        self._count(grant, grant.amount + extra)
        return replace(grant, wanted=wanted, amount=grant.amount + extra, limit=limit, taken=taken)

    def _lowered(self, grant: Allowed, wanted: int) -> Allowed:
        """What is still granted when less is wanted; the rest is released."""
        amount = min(wanted, grant.amount)
        taken = self._budgets.release(grant, grant.amount - amount)
        self._count(grant, amount)
        return replace(grant, wanted=wanted, amount=amount, taken=taken)

    def _count(self, grant: Allowed, amount: int) -> None:
        """Count against the member's quotas that an amount is granted now, instead of what was before."""
        if amount != grant.amount and grant.buckets:
            member = self._books.owner(grant.member)
            self._books.put(quotas.counted(member, grant, amount, self._books.now))


def named(limit: str) -> str:
    """A limit as a person reads it."""
    names = {"order": "per order", "member": "per member", "budget": "the budget for all members"}
    return names.get(limit, f"per {limit}")


def granted(dues: Iterable[Due], grants: Iterable[Allowed]) -> list[Due]:
    """Dues as far as they were granted; what is not limited stays whole."""
    by_rule = {grant.rule: grant for grant in grants}
    reduced = (_reduced(due, by_rule.get(due.posted.rule)) for due in dues)
    return [due for due in reduced if due]


def _reduced(due: Due, grant: Allowed | None) -> Due | None:
    if grant is None or grant.amount == due.amount:
        return due
    if not grant.amount:
        return None
    return Due(replace(due.posted, amount=grant.amount), replace(due.why, limit=grant.limit))


def _limited(sale: Sale) -> list[Earning]:
    return [rule for rule in sale.rules if rule.is_limited()]


def _with_budgets(sale: Sale) -> int:
    """How many rules have budgets."""
    return sum(rule.budget is not None for rule in sale.rules)


def _asked(member: str, rule: Earning, sale: Sale) -> Allowed:
    """What a rule has been asked for so far: nothing, and where it will count."""
    asset = rule.asset(sale.currency, sale.programme)
    return Allowed(member, rule.id, asset, 0, 0, "", quotas.buckets(rule, asset, sale))


def _counts_alike(grant: Allowed, other: Allowed) -> bool:
    """Whether both count in the same places: for the same member, rule, asset and periods."""
    return _place(grant) == _place(other)


def _place(grant: Allowed) -> tuple[str, str, str, tuple[str, ...]]:
    """Where a grant counts: its member, rule, asset and periods."""
    return grant.member, grant.rule, grant.asset, grant.buckets
