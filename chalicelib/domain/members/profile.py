"""A member's personal data: the profile that a shop states, and the anchor by which an e-mail leads to the person.

Nothing of it is money. Imports persons, the book and records.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from chalicelib.domain.commands import AnchorMember, UpdateMember
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.events import MemberUpdated
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.members import persons
from chalicelib.domain.records import Member, MemberRef, Profile, ProfileRef, Record

MAX_CONSENTS = 20

ANCHORED, KNOWN, APART = "anchored", "known", "apart"


class Anchored(Struct, frozen=True):
    """The result for an e-mail's anchor: `anchored` (it was set to the member's person), `known` (it was before) or
    `apart` (it names another person, and stays unchanged).
    """

    result: str


class Updated(Struct, frozen=True):
    """The member whose profile was updated."""

    member: str


def update_member(command: UpdateMember, facts: Facts, now: int) -> Decision:
    """Merge the stated fields into the profile; a new e-mail's anchor names the member's person from then on."""
    facts.need(*persons.refs_of(command.member, command.email_hash), ProfileRef(command.member))
    books = Books(facts, now, None)
    persons.identified(command.member, command.email_hash, books)
    if command.email_hash:
        books.put(persons.with_own_root(books.member(command.member)))
    stored = facts.find(ProfileRef(command.member), Profile)
    profile = _merged(stored or Profile(command.member), command)
    new = facts.find(MemberRef(command.member), Member) is None
    changes: list[Record] = [*books.close("profile", 0).records]
    if new and not changes:
        changes.append(books.member(command.member))
    changes += [profile] if profile != stored else []
    events = (MemberUpdated(command.member),) if changes else ()
    return Decision(tuple(changes), events, Updated(command.member))


def anchor(command: AnchorMember, facts: Facts, now: int) -> Decision:
    """Set the anchor of a known e-mail to the member's person, as its next order would do. Idempotent."""
    facts.need(*persons.refs_of(command.member, command.email_hash))
    books = Books(facts, now, None)
    root = persons.identified(command.member, command.email_hash, books)
    member = persons.with_own_root(books.member(command.member))
    books.put(replace(member, email_hash="") if member.email_hash == command.email_hash else member)
    changes = tuple(books.close("anchor", 0).records)
    if persons.anchored(command.email_hash, books) != root:
        return Decision(changes, answer=Anchored(APART))
    return Decision(changes, answer=Anchored(ANCHORED if changes else KNOWN))


def _merged(profile: Profile, command: UpdateMember) -> Profile:
    """The profile with the fields that a command states. Raises InvalidInput for too many consents."""
    texts = {name: getattr(command, name) for name in ("email", "display_name", "locale", "birthday")}
    fields = {name: value or "" for name, value in texts.items() if value is not UNSET}
    consents = _consents(profile.consents, command.consents)
    if len(consents) > MAX_CONSENTS:
        raise InvalidInput(
            "consents",
            "must be at most %(most)s names together with those that are stored",
            most=MAX_CONSENTS,
        )
    return replace(profile, **fields, consents=consents)


def _consents(stored: dict[str, bool], change: dict[str, bool | None] | UnsetType | None) -> dict[str, bool]:
    """Consents after a change: merged by name, one that is None is erased, and all of them where the change is None."""
    if change is None:
        return {}
    consents = stored | ({} if change is UNSET else change)
    return {name: is_given for name, is_given in consents.items() if is_given is not None}
