"""Erase what is personal of a member and leave the books whole. What is where: docs/personal-data.md.

The profile, the traits that orders told (prints) and what persons wrote as reasons go; ids, amounts and the chain stay.
Everything here may be done twice. Imports records, commands and events.
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
"""Notes, reviews and orders that one command may name: with the member's own records they fit into a transaction."""


class Erased(Struct, frozen=True):
    """How many records of each kind lost what was personal: `profiles`, `traits`, `hashes`, `reasons`."""

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
    counts = {kind: sum(what == kind for what, _ in changes) for kind in ("profiles", "traits", "hashes", "reasons")}
    events = (MemberErased(command.member, counts),) if changes else ()
    return Decision(tuple(record for _, record in changes), events, Erased(command.member, **counts))


def _named(command: EraseMember) -> Iterator[Ref]:
    yield from (NoteRef(command.member, number) for number in command.entries)
    yield from (ReversalRef(command.member, number) for number in command.reversals)
    yield from (ReviewRef(command.member, number) for number in command.groups)
    yield from (order_ref(name) for name in command.orders)


def _of_member(member: Member, command: EraseMember, facts: Facts) -> Iterator[tuple[str, Record]]:
    """The member's own records: its traits, with `hashes` what leads from its e-mails to it; its traits as a friend."""
    anchors = [MemberRef(guest_id(email_hash)) for email_hash in command.anchors if command.hashes]
    facts.need(*anchors)
    for anchor in (facts.find(ref, Member) for ref in anchors):
        if anchor and anchor.member != member.member and _only_leads(anchor):
            yield "hashes", replace(anchor, person="")
    conversion_ref = ConversionRef(member.referrer, member.member)
    email_hash = "" if command.hashes else member.email_hash
    if member.prints or email_hash != member.email_hash:
        what = "traits" if member.prints else "hashes"
        yield what, replace(member, prints=(), email_hash=email_hash)
    conversion = facts.find(conversion_ref, Conversion) if member.referrer else None
    if conversion and conversion.prints:
        yield "traits", replace(conversion, prints=())


def _only_leads(anchor: Member) -> bool:
    """Whether an anchor's person can be forgotten. One that was a root, or was merged, is named by orders or members.

    Without the root that stands for it now, a person of the books would be two again, and be given things twice.
    """
    return anchor.person not in ("", anchor.member) and not anchor.was_root and not anchor.alias


def _reasons(command: EraseMember, facts: Facts) -> Iterator[tuple[str, Record]]:
    """What persons wrote: of a note the digest stays, which the entry's link covers."""
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
    """Orders whose facts still have traits of the buyer, as they were stored before these were dropped at once."""
    for name in command.orders:
        order = facts.find(order_ref(name), Order)
        if order and order.facts.remembered() != order.facts:
            yield "traits", replace(order, facts=order.facts.remembered())
