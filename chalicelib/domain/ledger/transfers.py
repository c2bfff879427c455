"""The ledger: double entry, append-only, amounts as integers; and the difference between what is due and what was
posted, as the postings that lead from the one to the other.

A posting moves an amount of one asset from one account to another, so every entry sums to zero per asset by
construction. The programme's own accounts have no stored balance and are derived from the entries. The same few lines
of `difference` serve a first order, a duplicate, a partial refund, an edit and a broken referral group. Nothing here
knows why money moves. Pure functions of values; imports accounts and the calendar only.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.ledger.accounts import Account, Lot

PROGRAMME = "programme:"
"""What the name of each of the programme's own accounts begins with."""

REFERRAL, WELCOME, ADJUSTMENT, REDEMPTION, BREAKAGE, LOSS, MERGE = (
    f"{PROGRAMME}{name}" for name in ("referral", "welcome", "adjustment", "redemption", "breakage", "loss", "merge")
)
"""The programme's own accounts, beside one for each kind of rule and award: bonuses and gifts for friends; amounts by
hand; what balances paid for; what expired unspent; what could not be taken back; what one member hands to another that
it is merged into."""

NO_REWARDS = frozenset({ADJUSTMENT, REDEMPTION, BREAKAGE, LOSS, MERGE})
"""The programme's accounts that no reward comes from; every other one is a kind of reward's."""

EXPIRED, VESTED, REVIVED, WRITTEN_OFF, REDEEMED = "expired", "vested", "revived", "written-off", "redemption"
"""The rules of postings that no programme states: what time did, what follows from it, and spending."""

MERGE_RULE = "merge"
"""The rule of what one member hands to another that it is merged into."""

DEBT = "debt"
"""The note of what is owed and handed over so: who gets it has less."""

MOVED = "moved"
"""The note of what is taken from one lot only to stand in another."""

RAISED = "raised"
"""The note of what is given of a reward after some of it was given before: its order has become dearer."""

HANDED_OVER = "moved to another customer's account"
"""The note of what is taken back because the order turned out to be somebody else's."""

UNDER_MINIMUM, EARNS_NONE = "under its minimum", "earns none"
"""The notes of a reward that is taken back whole though goods were kept: fewer than its rule asks for, or such that it
gives nothing for."""

REFUNDED_OR_CANCELLED, REFUNDED_OR_CHANGED = "refunded or cancelled", "refunded or changed"
"""The notes of what is taken back, or given back, because less of an order is kept: none of it, or a part."""

NOT_NEW, MERGED = "not a new customer", "merged"
"""The notes of a welcome gift that is taken back because an older order became known, or two members are one person."""

OF_WELCOME = "welcome gift"
"""The note of what could not be taken back of a welcome gift: the loss stands with the conversion, not the order."""

NO_RULES: Mapping[str, str] = MappingProxyType({})
"""Notes by rule, of none."""

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

    def other_side(self, account: str) -> str:
        """The other account of its two, seen from one of them."""
        return self.source if self.destination == account else self.destination


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
    current = account.up_to(now)
    postings = []
    if current.vested:
        own = account_of(member)
        postings.append(Posting(own, own, current.vested, asset, VESTED_ALREADY, NO_EXPIRY, Why(VESTED)))
    if current.expired:
        postings.append(transfer(BREAKAGE, member, -current.expired, asset, (VESTED_ALREADY, NO_EXPIRY), Why(EXPIRED)))
    return current.account, postings


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


def difference(
    posted: Sequence[Posted], due: Sequence[Due], note: str = "", owner: str = "", ended: Mapping[str, str] = NO_RULES
) -> list[tuple[str, Posting]]:
    """The postings from `posted` to `due`, each with the member that it is of; equal sides give none.

    A reward that is due less than was posted is taken back from the lot it went to. What is given stands first, so that
    what is taken finds its own lot full. `note` says why something is taken; what is given besides is noted as raised.
    `ended` says it for rules that give nothing any more. Rewards of others than the `owner` (empty: nobody in
    particular) are taken because the order is the owner's.
    """
    parts = joined((part.posted for part in due), (replace(part, amount=-part.amount) for part in posted))
    given, taken = [part for part in parts if part.amount > 0], [part for part in parts if part.amount < 0]
    reasons = {(part.posted.rule, part.posted.asset): part.why for part in reversed(due)}
    notes = dict.fromkeys([*taken, *(part for part in given if part.account == REDEMPTION)], note)
    if posted:
        notes |= {part: ended[part.rule] for part in taken if part.rule in ended}
        notes |= dict.fromkeys(_raised(posted, given), RAISED)
        notes |= dict.fromkeys(_in_another_lot(taken, parts), MOVED)
        notes |= dict.fromkeys(_handed_over(taken, owner), HANDED_OVER)
    postings = []
    for part in [*given, *taken]:
        why = replace(reasons.get((part.rule, part.asset)) or Why(part.rule), note=notes.get(part, ""))
        times = part.vests_at, part.expires_at
        posting = transfer(part.account, part.member, part.amount, part.asset, times, why)
        postings.append((part.member, posting))
    return postings


def unrecovered(posted: Iterable[Posted], due: Iterable[Due]) -> tuple[Due, ...]:
    """The losses that remain once `due` is posted: what rises again, or goes back, pays for the loss first."""
    parts = list(posted)
    losses = [part for part in parts if part.account == LOSS]
    if not losses:
        return ()
    others = [part for part in parts if part.account != LOSS]
    rise: dict[tuple[str, str], int] = {}
    for part in (*(part.posted for part in due), *(replace(part, amount=-part.amount) for part in others)):
        owner = part.member, part.asset
        rise[owner] = rise.get(owner, 0) + part.amount
    remaining = (replace(loss, amount=loss.amount - max(rise.get((loss.member, loss.asset), 0), 0)) for loss in losses)
    return tuple(unexplained(loss) for loss in remaining if loss.amount > 0)


def unexplained(posted: Posted) -> Due:
    """What stays due as it was posted; the reason is its rule alone, since nothing of it is posted anew."""
    return Due(posted, Why(posted.rule))


def joined(posted: Iterable[Posted], more: Iterable[Posted] = ()) -> tuple[Posted, ...]:
    """Two lists of what was posted as one amount for each rule and lot; what comes to nothing is not in it."""
    amounts: dict[Posted, int] = {}
    for part in (*posted, *more):
        key = replace(part, amount=0)
        amounts[key] = amounts.get(key, 0) + part.amount
    return tuple(replace(key, amount=amount) for key, amount in amounts.items() if amount)


def _raised(posted: Iterable[Posted], given: Iterable[Posted]) -> list[Posted]:
    """What is given to a lot to which some of the same reward was posted before: an order has become dearer."""
    before = {replace(part, amount=0) for part in posted if is_reward(part.account)}
    return [part for part in given if replace(part, amount=0) in before and part.account != REFERRAL]


def _in_another_lot(taken: Iterable[Posted], parts: Iterable[Posted]) -> list[Posted]:
    """What is taken from one lot only to stand in another: an order was delivered, or paid earlier than we knew."""
    sums = {replace(part, amount=0) for part in joined(_any_lot(part) for part in parts)}
    return [part for part in taken if replace(_any_lot(part), amount=0) not in sums]


def _any_lot(part: Posted) -> Posted:
    return replace(part, vests_at=VESTED_ALREADY, expires_at=NO_EXPIRY)


def _handed_over(taken: Iterable[Posted], owner: str) -> list[Posted]:
    """What is taken from members that an order turned out not to be of."""
    return [part for part in taken if owner and part.member != owner and is_reward(part.account)]


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
