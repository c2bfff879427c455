"""Merges two members: one gets the other's balances, holds and referral, and the other becomes its alias.

One transaction of few records, because nothing unbounded moves: orders, gifts and groups still name the merged member,
and lookups follow its alias (`book.Books.owner`). An alias never changes. A concurrent delivery writes the merged
member's record too, so one of the two decides again (optimistic concurrency).
Imports friends, persons, the book and records.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import MergeMembers
from chalicelib.domain.core import usage
from chalicelib.domain.core.calendar import local_day
from chalicelib.domain.errors import Conflict, InvalidInput, no_member
from chalicelib.domain.events import Event, MembersMerged
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.causes import MERGE
from chalicelib.domain.members import persons
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.records import Code, CodeRef, Hold, HoldRef, Member, MemberRef, OrderRef, Record
from chalicelib.domain.rewards.progress import awards, counters
from chalicelib.domain.rewards.progress.levels import better_granted
from chalicelib.domain.rewards.referral import friends

NEVER_REFERRED = 1 << 62
"""The instant at which a person was referred whom nobody has referred, where instants are compared."""

MAX_MERGED = 16
"""The latest members merged into one that it remembers: what was stated of them by a reference is not given again, and
a campaign that lists one of them holds for it.
"""


class Merged(Struct, frozen=True):
    """The answer to a merge: the surviving member, and the one that was merged into it."""

    member: str
    merged: str


def merge(command: MergeMembers, facts: Facts, now: int) -> Decision:
    """Merge a member into another one. Idempotent. Raises NotFound, InvalidInput, Conflict."""
    facts.need(MemberRef(command.survivor), MemberRef(command.merged))
    programme = facts.history.programme_at(now)
    books = Books(facts, now, programme)
    for name in (command.survivor, command.merged):
        if command.must_exist and facts.find(MemberRef(name), Member) is None:
            raise no_member(name)
    if command.survivor == command.merged:
        raise InvalidInput("from", "must be another member than the one it is merged into", command.merged)
    survivor, merged = books.owner(command.survivor), books.owner(command.merged)
    answer = Merged(survivor.member, command.merged)
    if survivor == merged:
        if books.member(command.merged).alias:
            return Decision(answer=answer)
        raise Conflict(
            "%(survivor)s was merged into %(merged)s before; it stays so",
            survivor=command.survivor,
            merged=command.merged,
        )
    if merged.member != command.merged:
        raise Conflict(
            "%(merged)s was merged into %(member)s before; merge that one", merged=command.merged, member=merged.member
        )
    cause = f"{MERGE} {merged.member}"
    referral = friends.BuyerReferral(OrderRef(cause, ""), books, facts)
    _join_persons(survivor.member, merged.member, books, referral)
    holds = _holds(merged, survivor.member, facts)
    books.hand_over(merged.member, survivor.member)
    codes = _codes(survivor.member, merged.member, books, facts)
    changed = _join_members(survivor.member, merged.member, books, programme)
    causes = {survivor.member: cause, merged.member: f"{MERGE} {survivor.member}"}
    closed = books.close(cause, facts.history.number_at(now), causes=causes)
    events = (
        *closed.events,
        *referral.events,
        *changed,
        MembersMerged(survivor.member, merged.member),
    )
    return Decision((*codes, *holds, *closed.records, *referral.records), events, answer)


def _join_persons(survivor: str, merged: str, books: Books, referral: friends.BuyerReferral) -> None:
    """Give both persons one root: the one that was referred first, or else the survivor's."""
    roots = [persons.final(name, books) for name in (survivor, merged)]
    if roots[0] == roots[1]:
        return
    referred_at = [books.member(root).referred_at if books.member(root).referrer else NEVER_REFERRED for root in roots]
    first, second = roots if referred_at[0] <= referred_at[1] else reversed(roots)
    referral.merge(first, second, frozenset({survivor, merged, *roots}))


def _join_members(survivor: str, merged: str, books: Books, programme: Programme | None) -> list[Event]:
    """Give the survivor the limits used, counters, awards, prints, code and the better of both levels that were set by
    hand, and make the merged member its alias.

    Returns the change of the survivor's level, if its counters together make one.
    """
    kept_member, merged_member = books.member(survivor), books.member(merged)
    used = usage.joined(kept_member.used, merged_member.used)
    prints = kept_member.prints or merged_member.prints
    today = local_day(books.now, programme.timezone if programme else "UTC")
    granted = better_granted(kept_member, merged_member, programme, today)
    kept_member = counters.joined(kept_member, merged_member, local_day(books.now, "UTC"))
    kept_member, merged_member = awards.joined(kept_member, merged_member)
    names = (*kept_member.merged, *merged_member.merged, merged)[-MAX_MERGED:]
    code = kept_member.code or merged_member.code
    books.put(replace(kept_member, used=used, prints=prints, granted=granted, code=code, merged=names))
    ended = replace(merged_member, used={}, prints=(), code="", alias=survivor, accounts={}, merged=())
    books.put(replace(ended, level="", granted=None))
    level = awards.follow_merge(books, survivor, programme) if programme else None
    return [level] if level else []


def _holds(merged: Member, survivor: str, facts: Facts) -> list[Record]:
    """The merged member's holds, given to the survivor."""
    refs = [HoldRef(part.hold) for account in merged.accounts.values() for part in account.holds]
    facts.need(*refs)
    holds = (facts.find(ref, Hold) for ref in refs)
    return [replace(hold, member=survivor) for hold in holds if hold]


def _codes(survivor: str, merged: str, books: Books, facts: Facts) -> list[Record]:
    """The changed codes of both, which refer friends to the survivor."""
    names = [name for name in (books.member(survivor).code, books.member(merged).code) if name]
    facts.need(*(CodeRef(name) for name in names))
    person = persons.final(survivor, books)
    root = "" if person == survivor else person
    codes = (facts.find(CodeRef(name), Code) for name in names)
    changed = [code for code in codes if code and (code.member, code.root) != (survivor, root)]
    return [replace(code, member=survivor, root=root) for code in changed]
