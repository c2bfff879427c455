"""The programme's versions as one history: which is in force at an instant, and what is settled once for all of them.

Into how many shares a budget is split is settled by the version that states it first, and never changes: shares of
another number would each begin anew, and together give more than the budget. Imports money, the document and records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from chalicelib.domain.core import money
from chalicelib.domain.programme.document import Programme, Version
from chalicelib.domain.records import ProgrammeList

FEWEST_SHARES, MOST_SHARES = 16, 256
"""An item takes about 50 transactions a second: 800 orders a second with 16 shares, more than 10,000 with 256."""

UNITS_A_SHARE = 20_000
"""Minor units of a budget for each of its shares, between these two: 200.00 in euros."""


class History(Struct, frozen=True):
    """All versions, oldest first, and the number of shares of each budget by its name."""

    versions: tuple[Version, ...] = ()
    shares: Mapping[str, int] = {}

    def at(self, instant: int) -> Version | None:
        """The version in force at an instant: the newest that has begun. None before the first."""
        return next((version for version in reversed(self.versions) if version.effective_at <= instant), None)

    def numbered(self, number: int) -> Version:
        """The version of that number, which must exist."""
        return self.versions[number - 1]

    def shares_of(self, rule: str, asset: str) -> int:
        """Into how many shares a rule's budget of an asset is split."""
        return self.shares.get(budget_name(rule, asset), FEWEST_SHARES)


def history_of(versions: Iterable[Version], listed: ProgrammeList | None = None) -> History:
    """The history of versions, all of which are known, with what their list says beside."""
    return History(tuple(versions), (listed.shares if listed else None) or {})


def budget_name(rule: str, asset: str) -> str:
    """The name of a budget: `summer EUR/2`."""
    return f"{rule} {asset}"


def begun(shares: Mapping[str, int], programme: Programme) -> dict[str, int]:
    """The number of shares of every budget once this programme is published; one that began before keeps its own."""
    return {**{name: number_of_shares(budget) for name, budget in _budgets(programme).items()}, **shares}


def unlisted(programmes: Iterable[Programme]) -> dict[str, int]:
    """The number of shares of budgets that began before it was written into the list."""
    return {name: FEWEST_SHARES for programme in programmes for name in _budgets(programme)}


def number_of_shares(budget: int) -> int:
    """Into how many shares a new budget of so many minor units is split."""
    return min(max(budget // UNITS_A_SHARE, FEWEST_SHARES), MOST_SHARES)


def _budgets(programme: Programme) -> dict[str, int]:
    """The budgets that a programme states, in minor units, by their names."""
    return {
        budget_name(rule.id, money.asset_of(currency)): budget
        for rule in programme.earn
        for currency in (programme.currency, *programme.currencies)
        if (budget := programme.sum_in(rule.budget, currency)) is not None
    }
