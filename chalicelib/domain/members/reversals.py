"""Undoes a redemption that paid for no order: once, back to the lots that it came from.

A redemption that paid for an order is returned with the order (`domain/members/order_payments.py`). Imports the book,
transfers and records.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.commands import UndoRedemption
from chalicelib.domain.errors import Conflict, NotFound, no_member
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger import causes, transfers
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Posting, Why
from chalicelib.domain.records import Entry, EntryRef, Member, MemberRef, Reversal, ReversalRef


class Undone(Struct, frozen=True):
    """The answer to an undone redemption: the entry `undone`, the new `entry`, and what is available after it."""

    member: str
    undone: int
    entry: int
    asset: str
    amount: int
    available: int


def undo(command: UndoRedemption, facts: Facts, now: int) -> Decision:
    """Give back what an entry has spent on no order. Raises NotFound, Conflict."""
    spent = _redemption(command, facts)
    postings = spent.redeemed()
    version = facts.history.at(now)
    books = Books(facts, now, version.programme if version else None)
    books.move(command.member, [_given_back(posting, command.member) for posting in postings])
    asset, amount = postings[0].asset, sum(posting.amount for posting in postings)
    reversal = Reversal(command.member, command.entry, now, asset, amount, command.reason)
    closed = books.close(reversal.cause, version.number if version else 0)
    member = books.of(command.member)
    available = member.accounts[asset].balance(now).available
    answer = Undone(command.member, command.entry, member.entries, asset, amount, available)
    return Decision((reversal, *closed.records), tuple(closed.events), answer)


def _redemption(command: UndoRedemption, facts: Facts) -> Entry:
    """The entry that is to be undone. Raises NotFound, or Conflict where it cannot be."""
    entry_ref = EntryRef(command.member, command.entry)
    reversal_ref = ReversalRef(command.member, command.entry)
    facts.need(MemberRef(command.member), entry_ref, reversal_ref)
    if facts.find(MemberRef(command.member), Member) is None:
        raise no_member(command.member)
    entry = facts.find(entry_ref, Entry)
    if entry is None:
        raise NotFound("%(member)s has no entry %(entry)s", member=command.member, entry=command.entry)
    if not entry.redeemed():
        raise Conflict("the entry %(entry)s is no redemption; adjust the balance instead", entry=command.entry)
    if entry.origin.kind == causes.ORDER:
        raise Conflict(
            "the entry %(entry)s paid for the order %(cause)s; refund or cancel that instead",
            entry=command.entry,
            cause=entry.cause,
        )
    undone = facts.find(reversal_ref, Reversal)
    if undone:
        from chalicelib.domain.core.phrases import Instant

        raise Conflict(
            "the redemption %(entry)s was undone at %(at)s; that is done once",
            entry=command.entry,
            at=Instant(undone.at),
        )
    return entry


def _given_back(posting: Posting, member: str) -> Posting:
    times = posting.vests_at, posting.expires_at
    return transfers.transfer(
        transfers.REDEMPTION, member, posting.amount, posting.asset, times, Why(transfers.REDEEMED)
    )
