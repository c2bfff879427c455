"""Adjusts a balance by hand: one posting, whose reason a person writes. Imports the book, transfers and records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import AdjustBalance
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.errors import InsufficientBalance, InvalidInput, no_member
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger import causes, transfers
from chalicelib.domain.ledger.accounts import Lot, own_end, split
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Posting, Why
from chalicelib.domain.programme.assets import check_known
from chalicelib.domain.records import Entry, Member, MemberRef, note_of


class Adjusted(Struct, frozen=True):
    """A manual posting: the entry's number, and what is available after it."""

    member: str
    entry: int
    asset: str
    available: int


def adjust(command: AdjustBalance, facts: Facts, now: int) -> Decision:
    """Post an amount by hand. Raises NotFound, InvalidInput for 0 or an unknown asset, and InsufficientBalance."""
    member = facts.find(MemberRef(command.member), Member)
    if member is None:
        raise no_member(command.member)
    if not command.amount:
        raise InvalidInput("amount", "must not be 0")
    programme = facts.history.programme_at(now)
    check_known(command.asset, programme, member.accounts)
    books = Books(facts, now, programme)
    lots: Iterable[Lot] = (Lot(command.amount, VESTED_ALREADY, NO_EXPIRY),)
    if command.amount < 0:
        check_available(-command.amount, _available(books, command), command.asset)
        lots = _taken(books, command)
    books.move(command.member, _movements(command, lots))
    closed = books.close(causes.ADJUSTMENT, facts.history.number_at(now))
    entries = (record for record in closed.records if isinstance(record, Entry))
    notes = (note_of(entry, command.reason, command.salt, command.by) for entry in entries)
    member = books.owner(command.member)
    answer = Adjusted(member.member, member.entries, command.asset, _available(books, command))
    return Decision((*closed.records, *notes), tuple(closed.events), answer)


def _movements(command: AdjustBalance, lots: Iterable[Lot]) -> Iterator[Posting]:
    """The postings of an amount by hand: one for each lot that it fills, or is taken from where that is below 0."""
    why = Why("adjustment", digest=transfers.digest_of(command.reason, command.salt))
    for lot in lots:
        times = lot.vests_at, lot.expires_at
        yield transfers.transfer(transfers.ADJUSTMENT, command.member, lot.amount, command.asset, times, why)


def _taken(books: Books, command: AdjustBalance) -> Iterator[Lot]:
    """The parts of lots that are taken, below 0: of what never expires first, then of what expires first."""
    lots = books.account(command.member, command.asset).lots_at(books.now)
    vested = [lot for lot in lots if lot.vests_at == VESTED_ALREADY]
    queue = sorted(vested, key=lambda lot: (lot.expires_at != NO_EXPIRY, own_end(lot)))
    return (replace(part, amount=-part.amount) for part in split(queue, -command.amount)[0])


def check_available(amount: int, available: int, asset: str) -> None:
    """Raises InsufficientBalance where more would be taken by hand than is available."""
    if amount > available:
        from chalicelib.domain.core.phrases import Amount

        raise InsufficientBalance(
            "amount must not take more than is available: %(amount)s asked, %(available)s there",
            amount=Amount(amount, asset),
            available=Amount(available, asset),
        )


def _available(books: Books, command: AdjustBalance) -> int:
    return books.account(command.member, command.asset).balance(books.now).available
