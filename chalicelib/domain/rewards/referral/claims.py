"""Codes, claims, and what follows for the referrer.

A referrer's books follow the conversions by the table's stream: `settle` compares what the conversions say with what
the referrer's record says and posts the difference (`domain/rewards/referral/groups.py`), so running it twice changes
nothing.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import ClaimReferral, IssueCode, ReviewBonus, SettleReferrals
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
    ConversionRef,
    Group,
    GroupRef,
    Member,
    MemberRef,
    ReviewRef,
)
from chalicelib.domain.rewards.referral.friends import is_own, referred
from chalicelib.domain.rewards.referral.groups import ReferrerGroups, standing

MAX_TOUCHED = 40
"""Records that one settlement touches before it leaves the rest to the next: a transaction takes 100 at most, and each
conversion may complete a group of its own."""


class Issued(Struct, frozen=True):
    """A member's referral code."""

    member: str
    code: str


class Claimed(Struct, frozen=True):
    """The answer to a claim: a friend and its referrer."""

    friend: str
    referrer: str


class Reviewed(Struct, frozen=True):
    """A group and the state of its bonus: `held`, `approved`, `denied`, `limited` or `paid`."""

    referrer: str
    group: int
    state: str


class Settled(Struct, frozen=True):
    """The friends that one settlement left for the next."""

    unsettled: tuple[str, ...]


def issue_code(command: IssueCode, facts: Facts, now: int) -> Decision:
    """Give a member a code, once. Idempotent."""
    stored = facts.find(MemberRef(command.member), Member)
    member = stored or Member(command.member)
    if member.code:
        return Decision(answer=Issued(member.member, member.code))
    root = "" if persons.root_of(member) == member.member else persons.root_of(member)
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
    friend = books.own(persons.identified(command.friend, command.email_hash, books))
    owner = persons.anchored(command.email_hash, books)
    if is_own(code, friend) or (owner and owner in (code.member, code.root)):
        raise SelfReferral("a member cannot be referred by their own code")
    if friend.referrer and friend.referrer != code.member:
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


def settle(command: SettleReferrals, facts: Facts, now: int) -> Decision:
    """Settle a referrer's groups and bonuses after changed conversions. Idempotent."""
    facts.need(MemberRef(command.referrer), *(ConversionRef(command.referrer, friend) for friend in command.friends))
    groups = ReferrerGroups(command.referrer, facts, now)
    unsettled = list(command.friends)
    while unsettled and len(groups.touched) < MAX_TOUCHED:
        groups.follow(unsettled.pop(0))
    groups.complete()
    return groups.decision(Settled(tuple(unsettled)))


def review(command: ReviewBonus, facts: Facts, now: int) -> Decision:
    """A person's verdict on a group's bonus, with the postings that follow. Raises NotFound, Conflict."""
    ref = GroupRef(command.referrer, command.group)
    facts.need(MemberRef(command.referrer), ref, ReviewRef(command.referrer, command.group))
    group = facts.find(ref, Group)
    if group is None:
        raise NotFound("%(referrer)s has no group %(group)s", referrer=command.referrer, group=command.group)
    if group.broken:
        raise Conflict(
            "the group %(group)s of %(referrer)s was taken apart: a friend's order was refunded",
            group=command.group,
            referrer=command.referrer,
        )
    if command.seen and command.seen != standing(group):
        raise Conflict("the bonus was decided meanwhile, and nothing was done now; see its state before you decide")
    groups = ReferrerGroups(command.referrer, facts, now)
    groups.judge(group, command)
    return groups.decision(Reviewed(command.referrer, command.group, groups.state(ref)))
