"""Undoes an adjustment, or a redemption that paid for no order: once, back to the lots that it came from.

A redemption that paid for an order is returned with the order (`domain/members/order_payments.py`). Imports the book,
transfers and records.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.commands import UndoEntry
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY, local_day
from chalicelib.domain.errors import Conflict, NotFound, no_member
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger import causes, transfers
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Posting, Why
from chalicelib.domain.members.adjustments import check_available
from chalicelib.domain.records import Entry, EntryRef, Member, MemberRef, Reversal, ReversalRef


class Undone(Struct, frozen=True):
    """The answer to an undone entry: the entry `undone`, the new `entry`, and what is available after it."""

    member: str
    undone: int
    entry: int
    asset: str
    amount: int
    available: int


def undo(command: UndoEntry, facts: Facts, now: int) -> Decision:
    """Move back what an entry has spent on no order, or what a person adjusted. Raises NotFound, Conflict, and
    InsufficientBalance where what was given by hand is not there any more.
    """
    entry = _undoable(command, facts)
    programme = facts.history.programme_at(now)
    books = Books(facts, now, programme)
    spent, adjusted = entry.redeemed(), entry.adjusted()
    moved = [_given_back(posting, command.member) for posting in spent]
    moved = moved or [_corrected(posting, command.member, books) for posting in adjusted]
    account, asset = transfers.REDEMPTION if spent else transfers.ADJUSTMENT, moved[0].asset
    amount = sum(posting.signed(command.member) for posting in moved)
    books.move(command.member, moved)
    reversal = Reversal(command.member, command.entry, now, asset, amount, command.reason, account)
    day = local_day(entry.at, programme.timezone if programme else "UTC")
    closed = books.close(reversal.cause, facts.history.number_at(now), day.isoformat())
    member = books.owner(command.member)
    available = member.accounts[asset].balance(now).available
    answer = Undone(command.member, command.entry, member.entries, asset, amount, available)
    return Decision((reversal, *closed.records), tuple(closed.events), answer)


def _undoable(command: UndoEntry, facts: Facts) -> Entry:
    """The entry that is to be undone. Raises NotFound, or Conflict where it cannot be."""
    entry_ref = EntryRef(command.member, command.entry)
    reversal_ref = ReversalRef(command.member, command.entry)
    facts.need(MemberRef(command.member), entry_ref, reversal_ref)
    if facts.find(MemberRef(command.member), Member) is None:
        raise no_member(command.member)
    entry = facts.find(entry_ref, Entry)
    if entry is None:
        raise NotFound("%(member)s has no entry %(entry)s", member=command.member, entry=command.entry)
    if not entry.redeemed() and entry.origin.kind != causes.ADJUSTMENT:
        raise Conflict(
            "the entry %(entry)s is no redemption and no adjustment; adjust the balance instead", entry=command.entry
        )
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
            "the entry %(entry)s was undone at %(at)s; that is done once",
            entry=command.entry,
            at=Instant(undone.at),
        )
    return entry


def _given_back(posting: Posting, member: str) -> Posting:
    times = posting.vests_at, posting.expires_at
    return transfers.transfer(
        transfers.REDEMPTION, member, posting.amount, posting.asset, times, Why(transfers.REDEEMED)
    )


def _corrected(posting: Posting, member: str, books: Books) -> Posting:
    """What moves an adjustment back: into the lot that it was taken from, or out of what is available."""
    amount, times = -posting.signed(member), (posting.vests_at, posting.expires_at)
    available = books.account(member, posting.asset).balance(books.now).available
    if amount < 0:
        check_available(-amount, available, posting.asset)
        times = VESTED_ALREADY, NO_EXPIRY
    return transfers.transfer(transfers.ADJUSTMENT, member, amount, posting.asset, times, Why("adjustment"))
