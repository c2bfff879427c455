"""Codes, claims and groups of friends.

At all times: number of groups = floor(live conversions / N); a conversion is in at most one group; every bonus names
its conversions. A referrer's books follow the conversions by the table's stream: `settle` compares what the
conversions say with what the referrer's record says and posts the difference, so running it twice changes nothing.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain import posting, worth
from chalicelib.domain.commands import ClaimReferral, IssueCode, SettleReferrals
from chalicelib.domain.decisions import Decision, Facts
from chalicelib.domain.errors import AlreadyReferred, Conflict, NotANewCustomer, NotFound, SelfReferral
from chalicelib.domain.events import CodeIssued, Event, FriendReferred, GroupBroken, GroupCompleted
from chalicelib.domain.friends import is_self
from chalicelib.domain.programme import Referral, Version
from chalicelib.domain.records import (
    Code,
    CodeRef,
    Conversion,
    ConversionRef,
    Group,
    GroupRef,
    Member,
    MemberRef,
    Record,
    Ref,
)

MAX_TOUCHED = 40
"""Records that one settlement touches before it leaves the rest to the next: a transaction takes 100 at most, and each
conversion may complete a group of its own."""


class Issued(Struct, frozen=True):
    """A member's referral code."""

    member: str
    code: str


class Claimed(Struct, frozen=True):
    """Whose friend somebody is."""

    friend: str
    referrer: str


class Settled(Struct, frozen=True):
    """What one settlement left for the next."""

    left: tuple[str, ...]


def issue_code(command: IssueCode, facts: Facts, now: int) -> Decision:
    """Give a member a code; one that has a code keeps it."""
    stored = facts.find(MemberRef(command.member), Member)
    member = stored or Member(command.member)
    if member.code:
        return Decision(answer=Issued(member.member, member.code))
    code = Code(command.candidate, member.member, email_hash=member.email_hash)
    changes = (replace(member, code=code.code), code)
    return Decision(changes, (CodeIssued(member.member),), Issued(member.member, code.code))


def claim(command: ClaimReferral, facts: Facts, now: int) -> Decision:
    """Make the owner of a code the friend's referrer. Raises the rejections that stand in the way."""
    facts.need(MemberRef(command.friend), CodeRef(command.code))
    code = facts.find(CodeRef(command.code), Code)
    friend = facts.find(MemberRef(command.friend), Member) or Member(command.friend)
    version = facts.history.at(now)
    if version is None or version.programme.referral is None:
        raise Conflict("the programme in force has no referral rule")
    if code is None:
        raise NotFound(f"there is no referral code {command.code}")
    if is_self(code, friend.member, friend.email_hash, command.email_hash):
        raise SelfReferral("a member cannot be referred by their own code")
    if friend.referrer == code.member:
        return Decision(answer=Claimed(friend.member, code.member))
    if friend.referrer:
        raise AlreadyReferred(f"{friend.member} was already referred by another member")
    if friend.first_order and version.programme.referral.qualifies.first_order:
        raise NotANewCustomer(f"{friend.member} has bought before; a code counts before the first paid order")
    referred = replace(friend, referrer=code.member, referrer_hash=code.email_hash, referred_at=now)
    return Decision((referred,), (FriendReferred(friend.member, code.member),), Claimed(friend.member, code.member))


def settle(command: SettleReferrals, facts: Facts, now: int) -> Decision:
    """Bring a referrer's groups and bonuses in step with the conversions that changed."""
    mine = MemberRef(command.referrer)
    facts.need(mine, *(ConversionRef(command.referrer, friend) for friend in command.friends))
    books = _Books(facts, facts.find(mine, Member) or Member(command.referrer))
    left = list(command.friends)
    while left and len(books.touched) < MAX_TOUCHED:
        books.follow(left.pop(0))
    books.complete()
    return books.decision(now, tuple(left))


class _Books:
    """A referrer's books while they are brought in step; what changed leaves as records in one decision."""

    def __init__(self, facts: Facts, member: Member) -> None:
        self.touched: dict[Ref, Conversion | Group] = {}
        self._facts = facts
        self._before = self._member = member
        self._differences: list[posting.Difference] = []
        self._events: list[Event] = []
        self._terms = 0

    def follow(self, friend: str) -> None:
        """Do what the friend's conversion now asks for."""
        conversion = self._conversion(friend)
        if conversion is None or not conversion.todo:
            return
        self._put(replace(conversion, todo=0))
        if conversion.group:
            group = self._group(conversion.group)
            self._price(group) if conversion.live else self._break(group)
        elif conversion.live and friend not in self._member.open:
            self._open([friend], live=+1)
        elif not conversion.live and friend in self._member.open:
            waiting = tuple(each for each in self._member.open if each != friend)
            self._member = replace(self._member, open=waiting, live=self._member.live - 1)

    def complete(self) -> None:
        """Put waiting conversions into groups, the earliest first, while there are enough."""
        self._facts.need(*(self._ref(friend) for friend in self._member.open))
        for friend in self._member.open:
            self.follow(friend)
        found = (self._conversion(friend) for friend in self._member.open)
        waiting = sorted((each for each in found if each), key=lambda each: (each.at, each.friend))
        version = self._facts.history.at(waiting[-1].at) if waiting else None
        rule = version.programme.referral if version else None
        while version and rule and len(waiting) >= rule.friends:
            self._join(waiting[: rule.friends], version, rule)
            waiting = waiting[rule.friends :]
        self._member = replace(self._member, open=tuple(each.friend for each in waiting))

    def decision(self, now: int, left: tuple[str, ...]) -> Decision:
        """What was done, as records to write."""
        changes: list[Record] = list(self.touched.values())
        postings = [each for _, each in self._differences]
        if postings:
            self._member, entry = posting.book(self._member, postings, now, "referral", self._terms)
            changes.append(entry)
            self._events += posting.rewards(self._member.member, postings, entry.cause)
        if self._member != self._before:
            changes.append(self._member)
        return Decision(tuple(changes), tuple(self._events), Settled(left))

    def _open(self, friends: list[str], live: int) -> None:
        waiting = dict.fromkeys([*self._member.open, *friends])
        self._member = replace(self._member, open=tuple(waiting), live=self._member.live + live)

    def _join(self, conversions: list[Conversion], version: Version, rule: Referral) -> None:
        number = self._member.groups + 1
        limited = rule.limit is not None and self._member.bonuses >= rule.limit
        friends = tuple(each.friend for each in conversions)
        at = max(each.at for each in conversions)
        for each in conversions:
            self._put(replace(each, group=number))
        self._member = replace(self._member, groups=number, bonuses=self._member.bonuses + (not limited))
        self._events.append(GroupCompleted(self._member.member, number))
        self._price(Group(self._member.member, number, friends, version.number, at, limited=limited))

    def _break(self, group: Group) -> None:
        members = self._members(group)
        for each in members:
            self._put(replace(each, group=0))
        self._open([each.friend for each in members if each.live], live=-sum(not each.live for each in members))
        self._member = replace(self._member, bonuses=self._member.bonuses - (not group.limited))
        self._events.append(GroupBroken(group.referrer, group.number))
        self._post(replace(group, broken=True), [], "a friend's order was refunded")

    def _price(self, group: Group) -> None:
        """Post what the group's bonus differs by: the whole of it at first, a part when a friend's order shrinks."""
        version = self._facts.history.numbered(group.terms)
        rule = version.programme.referral
        members = self._members(group)
        bases: dict[str, int] = {}
        for each in members:
            bases[each.currency] = bases.get(each.currency, 0) + each.base
        parties = tuple(f"{each.friend} {each.order}" for each in members)
        dues = worth.bonus(rule, bases, group.at, version.programme, parties) if rule and not group.limited else []
        self._post(group, dues, "a friend's order was partly refunded")

    def _post(self, group: Group, dues: list[worth.Due], note: str) -> None:
        due = posting.as_posted(group.referrer, dues)
        self._differences += posting.difference(group.posted, due, [each.why for each in dues], note)
        self._terms = max(self._terms, group.terms)
        self._put(replace(group, posted=due))

    def _members(self, group: Group) -> list[Conversion]:
        self._facts.need(*(self._ref(friend) for friend in group.friends))
        return [each for friend in group.friends if (each := self._conversion(friend))]

    def _conversion(self, friend: str) -> Conversion | None:
        ref = self._ref(friend)
        changed = self.touched.get(ref)
        return changed if isinstance(changed, Conversion) else self._facts.find(ref, Conversion)

    def _group(self, number: int) -> Group:
        ref = GroupRef(self._before.member, number)
        changed = self.touched.get(ref)
        group = changed if isinstance(changed, Group) else self._facts.find(ref, Group)
        assert group, f"{ref} is named by a conversion and has no record"
        return group

    def _put(self, record: Conversion | Group) -> None:
        self.touched[record.ref] = record

    def _ref(self, friend: str) -> ConversionRef:
        return ConversionRef(self._before.member, friend)
