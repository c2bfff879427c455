"""Commands on a member: profile, anchor of its e-mail, adjustment of a balance, write-down of vesting and expiry."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from chalicelib.domain.commands import AdjustBalance, AnchorMember, UpdateMember, WriteDown
from chalicelib.domain.core.calendar import NO_EXPIRY, VESTED_ALREADY
from chalicelib.domain.errors import InsufficientBalance, InvalidInput, NotFound
from chalicelib.domain.events import MemberUpdated
from chalicelib.domain.facts import Decision, Facts
from chalicelib.domain.ledger import causes, transfers
from chalicelib.domain.ledger.book import Books
from chalicelib.domain.ledger.transfers import Why
from chalicelib.domain.members import persons
from chalicelib.domain.programme.assets import check_known
from chalicelib.domain.records import (
    Entry,
    Member,
    MemberRef,
    Profile,
    ProfileRef,
    Record,
    note_of,
)

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


class Adjusted(Struct, frozen=True):
    """A manual posting: the entry's number, and what is available after it."""

    member: str
    entry: int
    asset: str
    available: int


class WrittenDown(Struct, frozen=True):
    """A member, and whether vesting or expiry was posted to its books."""

    member: str
    changed: bool


def update_member(command: UpdateMember, facts: Facts, now: int) -> Decision:
    """Merge the stated fields into the profile; a new e-mail's anchor names the member's person from then on."""
    facts.need(*persons.refs_of(command.member, command.email_hash), ProfileRef(command.member))
    books = Books(facts, now, None)
    persons.identified(command.member, command.email_hash, books)
    if command.email_hash:
        books.put(persons.settled(books.own(command.member)))
    stored = facts.find(ProfileRef(command.member), Profile)
    profile = _merged(stored or Profile(command.member), command)
    new = facts.find(MemberRef(command.member), Member) is None
    changes: list[Record] = [*books.close("profile", 0).records]
    if new and not any(isinstance(record, Member) and record.member == command.member for record in changes):
        changes.append(books.own(command.member))
    changes += [profile] if profile != stored else []
    events = (MemberUpdated(command.member),) if changes else ()
    return Decision(tuple(changes), events, Updated(command.member))


def anchor(command: AnchorMember, facts: Facts, now: int) -> Decision:
    """Set the anchor of a known e-mail to the member's person, as its next order would do. Idempotent."""
    facts.need(*persons.refs_of(command.member, command.email_hash))
    books = Books(facts, now, None)
    root = persons.identified(command.member, command.email_hash, books)
    settled = persons.settled(books.own(command.member))
    books.put(replace(settled, email_hash="") if settled.email_hash == command.email_hash else settled)
    changes = tuple(books.close("anchor", 0).records)
    if persons.anchored(command.email_hash, books) != root:
        return Decision(changes, answer=Anchored(APART))
    return Decision(changes, answer=Anchored(ANCHORED if changes else KNOWN))


def adjust(command: AdjustBalance, facts: Facts, now: int) -> Decision:
    """Post an amount by hand. Raises NotFound, InvalidInput for 0 or an unknown asset, and InsufficientBalance."""
    member = facts.find(MemberRef(command.member), Member)
    if member is None:
        raise NotFound("there is no member %(member)s", member=command.member)
    if not command.amount:
        raise InvalidInput("amount", "must not be 0")
    version = facts.history.at(now)
    programme = version.programme if version else None
    check_known(command.asset, programme, member.accounts)
    books = Books(facts, now, programme)
    available = _available(books, command)
    if command.amount < 0 and available + command.amount < 0:
        from chalicelib.domain.core.phrases import Amount

        raise InsufficientBalance(
            "amount must not take more than is available: %(amount)s asked, %(available)s there",
            amount=Amount(-command.amount, command.asset),
            available=Amount(available, command.asset),
        )
    why = Why("adjustment", digest=transfers.digest_of(command.reason, command.salt))
    movement = transfers.transfer(
        transfers.ADJUSTMENT, command.member, command.amount, command.asset, (VESTED_ALREADY, NO_EXPIRY), why
    )
    books.move(command.member, [movement])
    closed = books.close(causes.ADJUSTMENT, version.number if version else 0)
    entries = (record for record in closed.records if isinstance(record, Entry))
    notes = (note_of(entry, command.reason, command.salt, command.by) for entry in entries)
    member = books.of(command.member)
    answer = Adjusted(member.member, member.entries, command.asset, _available(books, command))
    return Decision((*closed.records, *notes), tuple(closed.events), answer)


def write_down(command: WriteDown, facts: Facts, now: int) -> Decision:
    """Post vesting, expiry and lapsed holds since the last entry to a member's books. Raises NotFound."""
    member = facts.find(MemberRef(command.member), Member)
    if member is None:
        raise NotFound("there is no member %(member)s", member=command.member)
    version = facts.history.at(now)
    books = Books(facts, now, version.programme if version else None)
    for asset in member.accounts:
        books.write_down(command.member, asset)
    closed = books.close(causes.TIME, version.number if version else 0)
    answer = WrittenDown(command.member, bool(closed.records))
    return Decision(tuple(closed.records), tuple(closed.events), answer)


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


def _available(books: Books, command: AdjustBalance) -> int:
    return books.account(command.member, command.asset).balance(books.now).available
