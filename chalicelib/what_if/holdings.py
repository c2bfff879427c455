"""What members hold of one asset if nobody spends: the ledger's own lots, filled by what a replay credits.

Without spending there is no debt, and the lots of an account do not depend on each other until it has more of them than
it may. So a lot is only put down when it is credited; the ledger merges a member's lots where these are too many or may
have lapsed by idleness, and tells of all members' equal lots at the end what they are worth. Imports the ledger.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict

from msgspec import Struct

from chalicelib.domain.core.calendar import NO_EXPIRY
from chalicelib.domain.ledger.accounts import MAX_LOTS, Account, Lot, tidy


class Held(Struct, frozen=True):
    """What all members hold of an asset, in minor units: what can be spent, and what can later."""

    redeemable: int
    pending: int


class Holdings:
    """Members' holdings of one asset, by the members' numbers.

    `given`: what each was credited in all; `expired_at`: what has expired of all together, by instant.
    """

    def __init__(self, members: int) -> None:
        self.given = array("q", bytes(8 * members))
        self.expired_at: Counter[int] = Counter()
        self._lots: dict[int, list[Lot]] = {}
        self._idle: dict[int, int] = {}

    def credit(self, member: int, amount: int, times: tuple[int, int], at: int, idle: int) -> None:
        """Credit a member with a lot of these instants of vesting and expiry.

        `idle`: when all that the member holds expires if nothing more comes, or NO_EXPIRY.
        """
        self.given[member] += amount
        lots = self._lots.get(member)
        if lots is None:
            self._lots[member] = [Lot(amount, *times)]
        elif self._idle and self._idle.get(member, at + 1) <= at:
            self._lots[member] = self._with(member, Lot(amount, *times), at)
        elif (last := lots[-1]).expires_at == times[1] and last.vests_at == times[0]:
            lots[-1] = Lot(last.amount + amount, *times)
        elif len(lots) >= MAX_LOTS:
            self._lots[member] = self._with(member, Lot(amount, *times), at)
        else:
            lots.append(Lot(amount, *times))
        if idle:
            self._idle[member] = max(self._idle.get(member, NO_EXPIRY), idle)

    def held(self, end: int) -> Held:
        """What is held at an instant after the last credit; what has expired until then is noted. Ask once."""
        sums: dict[tuple[int, int, int], int] = defaultdict(int)
        for member, lots in self._lots.items():
            idle = self._idle.get(member, NO_EXPIRY)
            for lot in lots:
                sums[lot.vests_at, lot.expires_at, idle] += lot.amount
        redeemable = pending = 0
        for (vests_at, expires_at, idle), amount in sums.items():
            account = Account((Lot(amount, vests_at, expires_at),), idle=idle)
            self.expired_at.update(account.ending(NO_EXPIRY, end))
            balance = account.balance(end)
            redeemable += balance.available
            pending += balance.pending
        return Held(redeemable, pending)

    def _with(self, member: int, lot: Lot, at: int) -> list[Lot]:
        """A member's lots with one more, as the ledger has them at an instant; what expired before is noted."""
        lots, idle = self._lots[member], self._idle.get(member, NO_EXPIRY)
        if idle or any(NO_EXPIRY < own.expires_at <= at for own in lots):
            account = Account(tuple(lots), idle=idle)
            self.expired_at.update(account.ending(NO_EXPIRY, at))
            lots = [own for own in lots if account.end_of(own) > at]
        return list(tidy((*lots, lot), at))
