"""Writes down what time has done to a member's balances: vesting, expiry and holds that have run out.

Whoever writes to an account writes this down first (`domain/ledger/transfers.py`); here nothing else happens. Imports
the book and records.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.commands import WriteDown
from chalicelib.domain.errors import no_member
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger import causes
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.records import Member, MemberRef


class WrittenDown(Struct, frozen=True):
    """A member, and whether vesting or expiry was posted to its books."""

    member: str
    changed: bool


def write_down(command: WriteDown, facts: Facts, now: int) -> Decision:
    """Post vesting, expiry and lapsed holds since the last entry to a member's books. Raises NotFound."""
    member = facts.find(MemberRef(command.member), Member)
    if member is None:
        raise no_member(command.member)
    books = Books(facts, now, None)
    for asset in member.accounts:
        books.write_down(command.member, asset)
    closed = books.close(causes.TIME, facts.history.number_at(now))
    answer = WrittenDown(command.member, bool(closed.records))
    return Decision(tuple(closed.records), tuple(closed.events), answer)
