"""What limits and budgets grant of orders' rewards in a replay: the product's own functions over records in memory.

Imports the domain's limits and records.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from chalicelib.domain.facts import Exhausted, Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Due
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.programme.history import budgets_of, sole
from chalicelib.domain.programme.sale import Sale
from chalicelib.domain.records import Budget, BudgetRef, Member, MemberRef, Missing, Order, Record, Ref
from chalicelib.domain.rewards import budgets
from chalicelib.domain.rewards.limits import Limits

CONNECTION = "what-if"
"""The connection of a replay's orders: which share of a budget an order asks first follows from its name."""


class BudgetUse(Struct):
    """How much a rule's budget has given, in minor units of the asset, and the local day on which it ran out."""

    rule: str
    asset: str
    budget: int
    given: int = 0
    ran_out: date | None = None


class Grants:
    """Members' quotas and the shares of budgets while orders pass by in time."""

    def __init__(self, programme: Programme) -> None:
        self._history = sole(programme)
        self._members: dict[int, Member] = {}
        self._shares: dict[BudgetRef, Budget] = {}
        self._exhausted: set[Exhausted] = set()
        self.budgets = {key: BudgetUse(*key, budget) for key, budget in budgets_of(programme).items()}

    def granted(self, number: int, buyer: int, dues: list[Due], sale: Sale, day: date) -> list[Due]:
        """The dues of an order as far as they are granted. `number`: the order's; `dues`: of limited rules, or more."""
        asked = [due for due in dues if not self._has_run_out(due)]
        if not asked:
            return []
        order, ref = Order(CONNECTION, str(number)), MemberRef(str(buyer))
        records: dict[Ref, Record | None] = {ref: self._members.get(buyer) or Member(ref.member)}
        facts = Facts(records, self._history, self._exhausted)
        own = budgets.own_shares(order, sale, facts)
        records |= {share: self._shares.get(share) for share in own}
        while True:
            books = Books(facts, sale.at, sale.programme)
            limits = Limits(order, books, facts)
            try:
                granted = limits.grant(ref.member, asked, sale)
                break
            except Missing as missing:
                records |= {share: self._shares.get(share) for share in missing.refs if isinstance(share, BudgetRef)}
        self._members[buyer] = books.member(ref.member)
        self._shares |= {share.ref: share for share in limits.shares}
        self._exhausted.update(limits.exhausted)
        self._count(granted, day)
        return granted

    def _has_run_out(self, due: Due) -> bool:
        use = self.budgets.get((due.posted.rule, due.posted.asset))
        return use is not None and use.given >= use.budget

    def _count(self, granted: list[Due], day: date) -> None:
        for due in granted:
            use = self.budgets.get((due.posted.rule, due.posted.asset))
            if use:
                use.given += due.amount
                use.ran_out = day if use.given >= use.budget else None
