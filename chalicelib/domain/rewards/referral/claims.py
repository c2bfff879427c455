"""A member's referral code, and the claim that makes its owner a friend's referrer. Imports persons, friends, records.

What friends' orders make of that for the referrer is in `settlement.py`.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import ClaimReferral, IssueCode
from chalicelib.domain.errors import AlreadyReferred, Conflict, NotANewCustomer, NotFound, SelfReferral
from chalicelib.domain.events import (
    CodeIssued,
    FriendReferred,
)
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.members import persons
from chalicelib.domain.records import (
    Code,
    CodeRef,
    Member,
    MemberRef,
)
from chalicelib.domain.rewards.referral.friends import is_own, referred


class Issued(Struct, frozen=True):
    """A member's referral code."""

    member: str
    code: str


class Claimed(Struct, frozen=True):
    """The answer to a claim: a friend and its referrer."""

    friend: str
    referrer: str


def issue_code(command: IssueCode, facts: Facts, now: int) -> Decision:
    """Give a member a code, once. Idempotent."""
    stored = facts.find(MemberRef(command.member), Member)
    member = stored or Member(command.member)
    if member.code:
        return Decision(answer=Issued(member.member, member.code))
    root = "" if member.person == member.member else member.person
    code = Code(command.candidate, member.member, root=root)
    changes = (replace(member, code=code.code), code)
    return Decision(changes, (CodeIssued(member.member),), Issued(member.member, code.code))


def claim(command: ClaimReferral, facts: Facts, now: int) -> Decision:
    """Make the owner of a code the friend's referrer. Raises Conflict, NotFound, SelfReferral, AlreadyReferred,
    NotANewCustomer.
    """
    facts.need(*persons.refs_of(command.friend, command.email_hash), CodeRef(command.code))
    code = facts.find(CodeRef(command.code), Code)
    version = facts.history.at(now)
    if version is None or version.programme.referral is None:
        raise Conflict("the programme in force has no referral rule")
    if code is None:
        raise NotFound("there is no referral code %(code)s", code=command.code)
    books = Books(facts, now, version.programme)
    friend = books.member(persons.identified(command.friend, command.email_hash, books))
    owner = persons.anchored(command.email_hash, books)
    if is_own(code, friend) or (owner and owner in (code.member, code.root)):
        raise SelfReferral("a member cannot be referred by their own code")
    is_others = friend.referrer not in ("", code.member)
    if is_others and books.owner(friend.referrer).member != books.owner(code.member).member:
        raise AlreadyReferred("%(friend)s was already referred by another member", friend=command.friend)
    if not friend.referrer:
        if friend.firsts and version.programme.referral.qualifies.first_order:
            raise NotANewCustomer(
                "%(friend)s has bought before; a code counts before the first paid order", friend=command.friend
            )
        books.put(referred(friend, code, now))
    changes = tuple(books.close("claim", version.number).records)
    events = () if friend.referrer else (FriendReferred(friend.member, code.member),)
    return Decision(changes, events, Claimed(command.friend, code.member))
