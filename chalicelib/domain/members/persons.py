"""Which members are one person: the root that stands for them, chosen once, and the anchors by which e-mails find it.

An e-mail's anchor is the guest's own member, `guest.{hash}`: every delivery that brings an e-mail names it before
anything is read. It points to the root of whoever showed that e-mail first (`Member.person`). So a guest and the later
account, and two spellings of one mailbox, have one root, and only the root says whose friend the person is. Two members
that have chosen different roots before they show one e-mail stay two, until somebody merges them.
Imports the book, identity and records.
"""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.core.identity import guest_id
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.records import First, Member, MemberRef

MAX_FIRSTS = 3
"""A person's earliest orders that are remembered: the next one is the first once that turns out to be somebody else's,
and as many must be at hand as a conversion has candidates when an older one with a code is heard of."""


def refs_of(member: str, email_hash: str) -> list[MemberRef]:
    """What is read to know the person of a member that shows an e-mail (its hash, empty: none)."""
    return [MemberRef(name) for name in dict.fromkeys((member, guest_id(email_hash))) if name]


def root_of(member: Member) -> str:
    """The root of a member as it is stored."""
    return member.person or member.member


def identified(name: str, email_hash: str, books: Books) -> str:
    """The root of a member that shows an e-mail, chosen now if it was not before; and the e-mail's anchor is set.

    An anchor that names another root than the member has chosen stays as it is. Whoever is named stands for itself: of
    two members that name each other neither would. Raises Missing.
    """
    member, anchor_id = books.of(name), guest_id(email_hash)
    if anchor_id in ("", name, member.member):
        return final(root_of(member), books)
    anchor = books.own(anchor_id)
    if not has_chosen(member) and has_chosen(anchor):
        books.put(replace(member, person=final(root_of(anchor), books)))
    elif not has_chosen(anchor):
        books.put(replace(anchor, person=final(root_of(member), books)))
    return final(root_of(books.of(name)), books)


def final(root: str, books: Books) -> str:
    """The root that stands for another one since two persons turned out to be one. Raises Missing."""
    while above := books.own(root).person:
        if above == root:
            break
        root = above
    return root


def anchored(email_hash: str, books: Books) -> str:
    """The root that an e-mail's anchor names; empty where there is none yet. Raises Missing."""
    anchor = books.own(guest_id(email_hash)) if email_hash else None
    return final(root_of(anchor), books) if anchor and has_chosen(anchor) else ""


def with_first(root: Member, order: str, at: int) -> Member:
    """The root with an order among its earliest paid ones, if it is one of them. A payment only becomes earlier.

    Of two that were paid in the same second the one whose name is smaller stands first, whenever they are heard of.
    """
    known = {first.order: first.at for first in root.firsts}
    known[order] = min(at, known.get(order, at))
    firsts = sorted(
        (First(paid_at, name) for name, paid_at in known.items()), key=lambda first: (first.at, first.order)
    )
    return replace(root, firsts=tuple(firsts[:MAX_FIRSTS]))


def without_first(root: Member, order: str) -> Member:
    """The root without an order that turned out to be somebody else's."""
    return replace(root, firsts=tuple(first for first in root.firsts if first.order != order))


def settled(member: Member) -> Member:
    """The member with its root written down, for one that has done nothing else that settles it."""
    return member if has_chosen(member) else replace(member, person=member.member)


def has_chosen(member: Member) -> bool:
    """Whether a member's root is settled: it names one, or has bought, claimed a code or got one of its own."""
    return bool(member.person or member.firsts or member.referrer or member.code)
