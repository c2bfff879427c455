"""The ledger: double entry, append-only, amounts as integers, and lots whose availability is a function of time.

A posting moves an amount of one asset from one account to another, so every entry sums to zero per asset by
construction. Members' accounts hold lots; the programme's own accounts have no stored balance and are derived from the
entries. Nothing here knows why money moves. Imports the calendar only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from chalicelib.domain.calendar import NEVER

MAX_LOTS = 24
"""An account holds at most so many lots; beyond it the two that expire closest together become one, expiring later."""

CASHBACK, REFERRAL, WELCOME, ADJUSTMENT = (
    f"programme:{each}" for each in ("cashback", "referral", "welcome", "adjustment")
)
"""The programme's own accounts: what it spends on each kind of reward."""


def account_of(member: str) -> str:
    """The name of a member's account in a posting."""
    return f"member:{member}"


class Lot(Struct, frozen=True, array_like=True):
    """An amount that can be spent from `vests_at` (NEVER: already) until before `expires_at` (NEVER: for good)."""

    amount: int
    vests_at: int
    expires_at: int


class Account(Struct, frozen=True, omit_defaults=True):
    """A member's holding of one asset: lots, the soonest to expire first, and what the member owes."""

    lots: tuple[Lot, ...] = field(default=(), name="l")
    debt: int = field(default=0, name="d")

    def balance(self, now: int) -> Balance:
        """What the holding is worth at an instant."""
        account = _in_time(self, now)
        live = [lot for lot in account.lots if not _expired(lot, now)]
        vested = sum(lot.amount for lot in live if lot.vests_at <= now)
        return Balance(available=vested - account.debt, pending=sum(lot.amount for lot in live) - vested, held=0)

    def credit(self, lot: Lot, now: int) -> Account:
        """The account with one more lot; lots with equal times are one. Debt is paid first, if the lot can be spent."""
        account = _in_time(self, now)
        account = replace(account, lots=_tidy((*account.lots, lot), now))
        return _repaid(account, [each for each in account.lots if each.vests_at <= now and not _expired(each, now)])

    def debit(self, amount: int, own: Lot, now: int) -> Account:
        """The account after taking `amount`: from the lot like `own` first, then as spending does, the rest as debt."""
        account = _in_time(self, now)
        lots = _tidy(account.lots, now)
        home = _home(lots, own, now)
        live = (lot for lot in lots if lot not in home and not _expired(lot, now))
        others = sorted(live, key=lambda lot: (lot.vests_at > now, _end(lot)))
        return _taken(replace(account, lots=lots), amount, [*home, *others])


class Balance(Struct, frozen=True):
    """A holding at one instant, in minor units: what can be spent, what vests later, what is reserved."""

    available: int
    pending: int
    held: int


class Why(Struct, frozen=True, omit_defaults=True):
    """The reason of a posting, as data: the rule, the base it was computed on (minor units), the rate, the lines.

    `lines` pairs a line id with its share of the base; `parties` names the conversions of a bonus (`friend order`).
    """

    rule: str = field(name="r")
    base: int = field(default=0, name="b")
    rate: str = field(default="", name="p")
    lines: tuple[tuple[str, int], ...] = field(default=(), name="l")
    parties: tuple[str, ...] = field(default=(), name="f")
    note: str = field(default="", name="n")


class Posting(Struct, frozen=True, array_like=True):
    """One movement: `amount` (positive) of `asset` from `source` to `destination`, into or out of a lot."""

    source: str
    destination: str
    amount: Annotated[int, Meta(gt=0)]
    asset: str
    vests_at: int
    expires_at: int
    why: Why

    def signed(self, member: str) -> int:
        """The amount from a member's side: positive when the member got it."""
        return self.amount if self.destination == account_of(member) else -self.amount

    def lot(self) -> Lot:
        """The lot that the posting fills or empties."""
        return Lot(self.amount, self.vests_at, self.expires_at)


def transfer(programme: str, member: str, amount: int, asset: str, times: tuple[int, int], why: Why) -> Posting:
    """A posting of a signed amount: positive from the programme's account to the member, negative back."""
    ends = (programme, account_of(member)) if amount > 0 else (account_of(member), programme)
    return Posting(*ends, abs(amount), asset, *times, why)


def post(accounts: dict[str, Account], member: str, postings: Iterable[Posting], now: int) -> dict[str, Account]:
    """The member's accounts after some postings."""
    accounts = dict(accounts)
    for posting in postings:
        account = accounts.get(posting.asset, Account())
        if posting.destination == account_of(member):
            accounts[posting.asset] = account.credit(posting.lot(), now)
        else:
            accounts[posting.asset] = account.debit(posting.amount, posting.lot(), now)
    return accounts


def _in_time(account: Account, now: int) -> Account:
    """What time alone has done: a lot that vested since paid the debt then, even if it has expired by now.

    Only such lots still say when they vest; the others were looked at when the account was last written.
    """
    vested = (lot for lot in account.lots if NEVER < lot.vests_at <= now)
    return _repaid(account, sorted(vested, key=lambda lot: (lot.vests_at, _end(lot))))


def _repaid(account: Account, queue: list[Lot]) -> Account:
    """Debt paid from lots that can be spent, so that an expiry later does not bring it back."""
    paid = min(account.debt, sum(lot.amount for lot in queue))
    return _taken(replace(account, debt=account.debt - paid), paid, queue)


def _taken(account: Account, amount: int, queue: Iterable[Lot]) -> Account:
    """The account after taking an amount from its lots in the order of a queue, and what they lack as debt."""
    left = {lot: lot.amount for lot in account.lots}
    for lot in queue:
        taken = min(lot.amount, amount)
        left[lot] -= taken
        amount -= taken
    lots = tuple(replace(lot, amount=rest) for lot, rest in left.items() if rest)
    return Account(lots, account.debt + amount)


def _end(lot: Lot) -> float:
    return lot.expires_at or float("inf")


def _expired(lot: Lot, now: int) -> bool:
    return lot.expires_at != NEVER and lot.expires_at <= now


def _home(lots: tuple[Lot, ...], own: Lot, now: int) -> list[Lot]:
    """The lot with the times of `own`, else the one that it was merged into, if there is either."""
    same = [lot for lot in lots if _times(lot, now) == _times(own, now)]
    merged = (lot for lot in lots if _absorbs(lot, own, now))
    return (same or sorted(merged, key=lambda lot: (_end(lot), -lot.vests_at)))[:1]


def _absorbs(lot: Lot, own: Lot, now: int) -> bool:
    """Whether `own` may have been merged into this lot: it ends no sooner, vests no later, and is vested alike."""
    return _end(lot) >= _end(own) and lot.vests_at <= own.vests_at and (lot.vests_at <= now) == (own.vests_at <= now)


def _times(lot: Lot, now: int) -> tuple[int, int]:
    """What tells lots apart; vested ones forget when."""
    return NEVER if lot.vests_at <= now else lot.vests_at, lot.expires_at


def _tidy(lots: Iterable[Lot], now: int) -> tuple[Lot, ...]:
    """Equal times are one lot, empty ones go, and at most MAX_LOTS remain."""
    merged: dict[tuple[int, int], int] = {}
    for lot in lots:
        times = _times(lot, now)
        merged[times] = merged.get(times, 0) + lot.amount
    kept = sorted(
        (Lot(amount, *times) for times, amount in merged.items() if amount), key=lambda lot: (_end(lot), lot.vests_at)
    )
    while len(kept) > MAX_LOTS:
        kept = _coarser(kept, now)
    return tuple(kept)


def _coarser(lots: list[Lot], now: int) -> list[Lot]:
    """One lot fewer: the neighbours that differ least join, in the member's favour; what expired is not revived."""
    near = min(range(len(lots) - 1), key=lambda i: _distance(lots[i], lots[i + 1], now))
    first, second = lots[near], lots[near + 1]
    joined = Lot(first.amount + second.amount, min(first.vests_at, second.vests_at), second.expires_at)
    return [*lots[:near], joined, *lots[near + 2 :]]


def _distance(first: Lot, second: Lot, now: int) -> tuple[bool, bool, float, int]:
    ends = 0 if first.expires_at == second.expires_at else _end(second) - _end(first)
    vested_alike = (first.vests_at <= now) == (second.vests_at <= now)
    return _expired(first, now) != _expired(second, now), not vested_alike, ends, abs(second.vests_at - first.vests_at)
