"""What is owed to members, by asset and by the days until it expires. Imports accounts, assets and records."""

from __future__ import annotations

from bisect import bisect_left

from msgspec import Struct, field

from chalicelib.domain.core import money
from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.ledger.accounts import FOREVER, Account, total
from chalicelib.domain.programme.assets import worth_in
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Holding, Member, Outstanding

ENDS = (7, 30, 90, 180, 365)
"""Days until something expires, by which it is divided; after them come what expires later and what never does."""

SOON = 30
"""The days, one of `ENDS`, within which something is said to expire soon."""


class Sums(Struct):
    """A `Holding` that is being counted."""

    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    members: int = 0
    by_end: list[int] = field(default_factory=lambda: [0] * (len(ENDS) + 2))

    def add(self, account: Account, now: int) -> None:
        """Count an account as it is at an instant."""
        current = account.up_to(now).account
        vested = total(lot for lot in current.lots if lot.vests_at <= now)
        held = [lot for part in current.holds for lot in part.parts]
        self.available += vested
        self.pending += total(current.lots) - vested
        self.held += total(held)
        self.debt += current.debt
        self.members += bool(current.lots or held)
        for lot in (*current.lots, *held):
            end = current.end_of(lot)
            place = len(ENDS) + 1 if end == FOREVER else bisect_left(ENDS, (end - now) / DAY_S)
            self.by_end[place] += lot.amount

    def holding(self) -> Holding:
        """What was counted."""
        return Holding(self.available, self.pending, self.held, self.debt, self.members, tuple(self.by_end))


def owed_to(member: Member, now: int) -> dict[str, int]:
    """What a member has at an instant, by asset: available, pending and held, less a debt. What is 0 is not named."""
    amounts = {asset: account.up_to(now).account.stored for asset, account in sorted(member.accounts.items())}
    return {asset: amount for asset, amount in amounts.items() if amount}


def own_worth(amount: int, asset: str, programme: Programme) -> int | None:
    """What an amount is worth in the programme's currency, in its minor units; None where there is no price."""
    if asset == money.asset_of(programme.currency):
        return amount
    return worth_in(amount, asset, programme.currency, programme)


def owed_in_all(outstanding: Outstanding, programme: Programme) -> dict[str, int]:
    """What is owed to all members, in minor units by asset: what has a price in the programme's currency added up in
    that, and everything else in its own asset.
    """
    own = money.asset_of(programme.currency)
    amounts = {own: 0}
    for asset, holding in outstanding.assets.items():
        worth = own_worth(holding.owed, asset, programme)
        name, amount = (asset, holding.owed) if worth is None else (own, worth)
        amounts[name] = amounts.get(name, 0) + amount
    return amounts


def expiring_soon(outstanding: Outstanding, programme: Programme) -> int:
    """What expires within `SOON` days, in minor units of the programme's currency; what has no price does not count."""
    parts = ENDS.index(SOON) + 1
    amounts = ((sum(holding.by_end[:parts]), asset) for asset, holding in outstanding.assets.items())
    return sum(own_worth(amount, asset, programme) or 0 for amount, asset in amounts)
