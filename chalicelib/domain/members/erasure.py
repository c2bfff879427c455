"""Erases a member's personal data and keeps the books. Where personal data are stored: docs/personal-data.md.

The profile, the traits of orders (prints) and written reasons are erased; ids, amounts and the chain stay. Idempotent.
Imports records, commands and events.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import EraseMember
from chalicelib.domain.core.identity import guest_id
from chalicelib.domain.events import MemberErased
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.records import (
    Conversion,
    ConversionRef,
    Member,
    MemberRef,
    Note,
    NoteRef,
    Order,
    Profile,
    ProfileRef,
    Record,
    Ref,
    Reversal,
    ReversalRef,
    Review,
    ReviewRef,
    order_ref,
)

MAX_ERASED = 80
"""The most notes, reviews and orders of one command, which fit into a transaction with the member's own records."""


class Erased(Struct, frozen=True):
    """The number of erased records by kind: `profiles`, `traits`, `hashes`, `reasons`."""

    member: str
    profiles: int = 0
    traits: int = 0
    hashes: int = 0
    reasons: int = 0


def erase(command: EraseMember, facts: Facts, now: int) -> Decision:
    """Erase a member's profile and traits, and the reasons and traits in the records that the command names."""
    facts.need(MemberRef(command.member), ProfileRef(command.member), *_named(command))
    member = facts.find(MemberRef(command.member), Member)
    changes: list[tuple[str, Record]] = []
    profile = facts.find(ProfileRef(command.member), Profile)
    if profile and profile != Profile(command.member, profile.version):
        changes.append(("profiles", Profile(command.member, profile.version)))
    if member:
        changes += _of_member(member, command, facts)
    changes += _reasons(command, facts)
    changes += _orders(command, facts)
    counts = {
        kind: sum(changed_kind == kind for changed_kind, _ in changes)
        for kind in ("profiles", "traits", "hashes", "reasons")
    }
    events = (MemberErased(command.member, counts),) if changes else ()
    return Decision(tuple(record for _, record in changes), events, Erased(command.member, **counts))


def _named(command: EraseMember) -> Iterator[Ref]:
    yield from (NoteRef(command.member, number) for number in command.entries)
    yield from (ReversalRef(command.member, number) for number in command.reversals)
    yield from (ReviewRef(command.member, number) for number in command.groups)
    yield from (order_ref(name) for name in command.orders)


def _of_member(member: Member, command: EraseMember, facts: Facts) -> Iterator[tuple[str, Record]]:
    """The changes to its own records: its traits, its conversion's, and with `hashes` the anchors of its e-mails."""
    anchors = [MemberRef(guest_id(email_hash)) for email_hash in command.anchors if command.hashes]
    facts.need(*anchors)
    for anchor in (facts.find(ref, Member) for ref in anchors):
        if anchor and anchor.member != member.member and _only_leads(anchor):
            yield "hashes", replace(anchor, person="")
    conversion_ref = ConversionRef(member.referrer, member.member)
    granted = replace(member.granted, reason="") if member.granted else None
    email_hash = "" if command.hashes else member.email_hash
    cleared = replace(member, prints=(), email_hash=email_hash, granted=granted)
    if cleared != member:
        kind = "traits" if member.prints else "reasons" if granted != member.granted else "hashes"
        yield kind, cleared
    conversion = facts.find(conversion_ref, Conversion) if member.referrer else None
    if conversion and conversion.prints:
        yield "traits", replace(conversion, prints=())


def _only_leads(anchor: Member) -> bool:
    """Whether an anchor only points to a root, so that it can be erased. Orders or members name a former root or alias.

    Without such a link one person would be two again, and get rewards twice.
    """
    return anchor.person not in ("", anchor.member) and not anchor.was_root and not anchor.alias


def _reasons(command: EraseMember, facts: Facts) -> Iterator[tuple[str, Record]]:
    """The changes to records with written reasons; a note's digest stays, since the entry's chain covers it."""
    for number in command.entries:
        note = facts.find(NoteRef(command.member, number), Note)
        if note and note.text:
            yield "reasons", replace(note, text="", salt="")
    for number in command.reversals:
        reversal = facts.find(ReversalRef(command.member, number), Reversal)
        if reversal and reversal.reason:
            yield "reasons", replace(reversal, reason="")
    for number in command.groups:
        review = facts.find(ReviewRef(command.member, number), Review)
        if review and review.reason:
            yield "reasons", replace(review, reason="")


def _orders(command: EraseMember, facts: Facts) -> Iterator[tuple[str, Record]]:
    """The changes to orders whose facts have the buyer's traits, as earlier releases stored them."""
    for name in command.orders:
        order = facts.find(order_ref(name), Order)
        if order and order.facts.remembered() != order.facts:
            yield "traits", replace(order, facts=order.facts.remembered())
