"""The ledger: double entry, append-only, amounts as integers, and what members hold of each asset.

A posting moves an amount of one asset from one account to another, so every entry sums to zero per asset by
construction. The programme's own accounts have no stored balance and are derived from the entries. Nothing here knows
why money moves. Imports accounts and lots only.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger.accounts import Account
from chalicelib.domain.ledger.lots import Lot

PROGRAMME = "programme:"
"""What the name of each of the programme's own accounts begins with."""

CASHBACK, REFERRAL, WELCOME, ADJUSTMENT, REDEMPTION, BREAKAGE, LOSS, MERGE = (
    f"{PROGRAMME}{name}"
    for name in ("cashback", "referral", "welcome", "adjustment", "redemption", "breakage", "loss", "merge")
)
"""The programme's own accounts: what it spends on each kind of reward; what balances paid for; what expired unspent;
what could not be taken back; what one member hands to another that it is merged into."""

NO_REWARDS = frozenset({ADJUSTMENT, REDEMPTION, BREAKAGE, LOSS, MERGE})
"""The programme's accounts that no reward comes from; every other one is a kind of reward's."""

EXPIRED, VESTED, REVIVED, WRITTEN_OFF, REDEEMED = "expired", "vested", "revived", "written-off", "redemption"
"""The rules of postings that no programme states: what time did, what follows from it, and spending."""

MERGE_RULE = "merge"
"""The rule of what one member hands to another that it is merged into."""


MOVED = "moved"
"""The note of what is taken from one lot only to stand in another."""

RAISED = "raised"
"""The note of what is given of a reward after some of it was given before: its order has become dearer."""

HANDED_OVER = "moved to another customer's account"
"""The note of what is taken back because the order turned out to be somebody else's."""

NOT_NEW, MERGED = "not a new customer", "merged"
"""The notes of a welcome gift that is taken back because an older order became known, or two members are one person."""

OF_WELCOME = "welcome gift"
"""The note of what could not be taken back of a welcome gift: the loss stands with the conversion, not the order."""

MAX_EXPLAINED = 50
"""Lines that a reason names at most; an entry explains up to 20 rules and has to fit into one item."""


def account_of(member: str) -> str:
    """The name of a member's account in a posting."""
    return f"member:{member}"


def is_reward(account: str) -> bool:
    """Whether rewards come from an account, and go back to it."""
    return account.startswith(PROGRAMME) and account not in NO_REWARDS


class Why(Struct, frozen=True, omit_defaults=True):
    """The reason of a posting, as data: the rule, the base it was computed on (minor units), the rate, the lines.

    `lines` pairs a line id with its share of the base; `parties` names the conversions of a bonus (`friend order`), or
    the order that a welcome gift is for, where that is not the entry's cause.
    `limit` names the limit that kept the reward down: `order`, `day`, `week`, `month`, `year`, `member` or `budget`.
    `digest` stands for what a person wrote as the reason, whose text is kept apart (`records.Note`) so that it can be
    erased; entries from before that have it in `note`.
    `factor` is by how much a level multiplied it, and the level: `1.5 black`.
    `of` is the member that the order, the gift or the group names, where it was merged into this one since.
    """

    rule: str = field(name="r")
    base: int = field(default=0, name="b")
    rate: str = field(default="", name="p")
    lines: tuple[tuple[str, int], ...] = field(default=(), name="l")
    parties: tuple[str, ...] = field(default=(), name="f")
    note: str = field(default="", name="n")
    limit: str = field(default="", name="c")
    digest: str = field(default="", name="d")
    of: str = field(default="", name="o")
    factor: str = field(default="", name="x")


class Posting(Struct, frozen=True, array_like=True):
    """One movement: `amount` (positive) of `asset` from `source` to `destination`, into or out of a lot.

    From a member to the same member: what was pending can be spent.
    """

    source: str
    destination: str
    amount: Annotated[int, Meta(gt=0)]
    asset: str
    vests_at: int
    expires_at: int
    why: Why

    def signed(self, member: str) -> int:
        """The amount from a member's side: positive when the member got it, 0 when it only vested."""
        account = account_of(member)
        return self.amount * ((self.destination == account) - (self.source == account))


class Posted(Struct, frozen=True, array_like=True):
    """What has been posted so far for one rule to one member's lot; `account` is the programme's.

    A balance that was spent on an order stands here too, with a negative amount.
    """

    member: str
    rule: str
    account: str
    asset: str
    vests_at: int
    expires_at: int
    amount: int


class Due(Struct, frozen=True):
    """What is due to a member's lot, as it will have been posted, and why."""

    posted: Posted
    why: Why

    @property
    def amount(self) -> int:
        """The amount in minor units of the asset."""
        return self.posted.amount


def transfer(programme: str, member: str, amount: int, asset: str, times: tuple[int, int], why: Why) -> Posting:
    """A posting of a signed amount: positive from the programme's account to the member, negative back."""
    ends = (programme, account_of(member)) if amount > 0 else (account_of(member), programme)
    return Posting(*ends, abs(amount), asset, *times, why)


def written_down(account: Account, member: str, asset: str, now: int) -> tuple[Account, list[Posting]]:
    """The account in time, and postings of what time has done to it since it was last written."""
    if now < account.next_change:
        return account, []
    passed = account.passed(now)
    postings = []
    if passed.vested:
        own = account_of(member)
        postings.append(Posting(own, own, passed.vested, asset, VESTED_ALREADY, NO_EXPIRY, Why(VESTED)))
    if passed.expired:
        postings.append(transfer(BREAKAGE, member, -passed.expired, asset, (VESTED_ALREADY, NO_EXPIRY), Why(EXPIRED)))
    return passed.account, postings


def moved(account: Account, posting: Posting, member: str, now: int) -> tuple[Account, list[Posting]]:
    """The account after a posting, and that posting beside what it brings with it.

    What is taken back of a lot that expired unspent is not taken a second time: breakage gives it back first. What
    is given to a lot that has expired by now expires at once, but for what was spent of it when it was taken back.
    """
    account, before = written_down(account, member, posting.asset, now)
    times = posting.vests_at, posting.expires_at
    lot = Lot(posting.amount, *times)
    if posting.destination == account_of(member):
        if posting.source == LOSS:
            return account.let_off(posting.amount), [*before, posting]
        is_earned = posting.source not in NO_REWARDS
        account = account.credit(lot, now, is_earned=is_earned)
        account, after = written_down(account, member, posting.asset, now)
        return account, [*before, posting, *after]
    if posting.destination == LOSS:
        # Of what ends first: that is what was earned again, where its own lot has ended.
        return account.debit(posting.amount, Lot(posting.amount, VESTED_ALREADY, now), now), [*before, posting]
    account, revived = account.revive(lot, now)
    if revived:
        before.append(transfer(BREAKAGE, member, revived, posting.asset, times, Why(REVIVED)))
    amount, take = posting.amount - revived, account.take_back if is_reward(posting.destination) else account.debit
    return take(amount, lot, now), [*before, posting]


def totals(postings: Iterable[Posting], member: str) -> dict[str, int]:
    """What postings sum to for a member, by asset."""
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.asset] = sums.get(posting.asset, 0) + posting.signed(member)
    return sums


def link(head: str, content: object) -> str:
    """The next link of a hash chain: 128 bits of BLAKE2b over the link before and what is said now.

    Whoever changes, drops or inserts an entry breaks every link after it (`domain/audit/record_checks.py` follows
    them).
    """
    digest = hashlib.blake2b(msgspec.json.encode([head, content]), digest_size=16).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def digest_of(text: str, salt: str) -> str:
    """A text linked to its salt, as in a chain: without the salt nobody can try which text it was."""
    return link(salt, text)
