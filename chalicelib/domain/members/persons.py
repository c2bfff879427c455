"""Persons: the members that are one human being, their root member, and the anchors that map e-mails to roots.

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
"""The earliest orders that a person's record stores: the next one counts when an order turns out to be somebody else's;
as many as a conversion has candidates, for an older order with a code that is received later."""


def refs_of(member: str, email_hash: str) -> list[MemberRef]:
    """The references of the member and of its e-mail's anchor (`email_hash` empty: none), to read them at once."""
    return [MemberRef(name) for name in dict.fromkeys((member, guest_id(email_hash))) if name]


def identified(name: str, email_hash: str, books: Books) -> str:
    """The root of a member with an e-mail; chooses it and sets the e-mail's anchor, where that was not done before.

    An anchor that names another root than the member's stays unchanged. Members are never linked in a cycle. Raises
    Missing.
    """
    member, anchor_id = books.owner(name), guest_id(email_hash)
    if anchor_id in ("", name, member.member):
        return final(member.member, books)
    anchor = books.member(anchor_id)
    if not has_chosen(member) and has_chosen(anchor):
        books.put(replace(member, person=final(anchor_id, books)))
    elif not has_chosen(anchor):
        books.put(replace(anchor, person=final(member.member, books)))
    return final(member.member, books)


def final(root: str, books: Books) -> str:
    """The root of a member, or of a root: persons that were merged are linked from root to root. Raises Missing."""
    while parent := books.member(root).person:
        if parent == root:
            break
        root = parent
    return root


def anchored(email_hash: str, books: Books) -> str:
    """The root that an e-mail's anchor names, itself where it names none; empty without an e-mail. Raises Missing."""
    return final(guest_id(email_hash), books) if email_hash else ""


def with_first(root: Member, order: str, at: int) -> Member:
    """The root with an order added to its earliest paid ones, if it is one of them. A payment only becomes earlier.

    Of two orders paid in the same second the one with the smaller name is first, in whichever order they are received.
    """
    paid_at_of = {first.order: first.at for first in root.firsts}
    paid_at_of[order] = min(at, paid_at_of.get(order, at))
    firsts = sorted(
        (First(paid_at, name) for name, paid_at in paid_at_of.items()), key=lambda first: (first.at, first.order)
    )
    return replace(root, firsts=tuple(firsts[:MAX_FIRSTS]))


def without_first(root: Member, order: str) -> Member:
    """The root without an order among its earliest ones."""
    return replace(root, firsts=tuple(first for first in root.firsts if first.order != order))


def with_own_root(member: Member) -> Member:
    """The member with itself as root, unless its root is chosen."""
    return member if has_chosen(member) else replace(member, person=member.member)


def has_chosen(member: Member) -> bool:
    """Whether a member's root is chosen: it names one, or has bought, claimed a code or has a code of its own."""
    return bool(member.person or member.firsts or member.referrer or member.code)
