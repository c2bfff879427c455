"""Post the difference: from what is due and what was posted to the postings between, and into members' books.

The same few lines serve a first order, a duplicate, a partial refund, an edit and a broken referral group.
Imports ledger, records, events and worth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from chalicelib.domain import ledger
from chalicelib.domain.events import Event, RewardPosted
from chalicelib.domain.ledger import Posting, Why
from chalicelib.domain.records import Entry, Member, Posted
from chalicelib.domain.worth import Due

Difference = tuple[str, Posting]
"""A member and one posting for that member."""


def as_posted(member: str, dues: Iterable[Due]) -> tuple[Posted, ...]:
    """What will have been posted once `dues` are: the form in which the record remembers it."""
    return tuple(
        Posted(member, due.why.rule, due.account, due.asset, due.vests_at, due.expires_at, due.amount) for due in dues
    )


def difference(
    posted: Sequence[Posted], due: Sequence[Posted], whys: Sequence[Why], note: str = ""
) -> list[Difference]:
    """The postings from `posted` to `due`; `whys` explain `due` one by one. Equal sides give none.

    A reward that is due less than was posted is taken back from the lot it went to.
    """
    reasons = {(each.rule, each.asset): why for each, why in zip(due, whys, strict=True)}
    amounts: dict[Posted, int] = {}
    for sign, side in ((1, due), (-1, posted)):
        for each in side:
            key = replace(each, amount=0)
            amounts[key] = amounts.get(key, 0) + sign * each.amount
    return [
        (
            key.member,
            _posting(
                key, amount, replace(reasons.get((key.rule, key.asset), Why(key.rule)), note=note if amount < 0 else "")
            ),
        )
        for key, amount in amounts.items()
        if amount
    ]


def book(
    member: Member, postings: Sequence[Posting], now: int, cause: str, terms: int, label: str = ""
) -> tuple[Member, Entry]:
    """The member after some postings, and the ledger entry that holds them."""
    entry = Entry(member.member, member.entries + 1, now, cause, terms, tuple(postings), label)
    accounts = ledger.post(member.accounts, member.member, postings, now)
    return replace(member, entries=entry.number, accounts=accounts), entry


def rewards(member: str, postings: Iterable[Posting], cause: str) -> list[Event]:
    """An event for each posting, signed from the member's side."""
    return [RewardPosted(member, each.why.rule, each.signed(member), each.asset, cause) for each in postings]


def _posting(key: Posted, amount: int, why: Why) -> Posting:
    return ledger.transfer(key.account, key.member, amount, key.asset, (key.vests_at, key.expires_at), why)
