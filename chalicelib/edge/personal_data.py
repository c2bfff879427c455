"""Personal data: collecting and erasing what is stored of a person, in members' records and in kept deliveries.

An erasure is stored as a record first (`DataRequest`), so that the round's next call, within the hour, finishes an
interrupted one; the record is the certificate afterwards. Every step is idempotent. Where personal data are stored:
docs/personal-data.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import EraseMember
from chalicelib.domain.core.identity import GUEST, guest_id, is_guest
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.events import DataRequested
from chalicelib.domain.ledger.causes import MERGE, ORDER, UNDO, Cause
from chalicelib.domain.members.erasure import MAX_ERASED
from chalicelib.domain.records import DataRequest, Entry, Member, MemberRef, Note, Profile
from chalicelib.edge import process, telemetry
from chalicelib.edge.storefronts.naming import named_in
from chalicelib.store import deliveries, queries, rounds, unfinished
from chalicelib.store.deliveries import KeptDelivery
from chalicelib.store.table import Stale, commit, load

T = TypeVar("T")

PAGE = 100

SecondsLeft = Callable[[], float]
"""Returns the seconds that remain for further work."""


class Person(Struct, frozen=True):
    """What identifies a person: member ids, keyed hashes of e-mails, and orders (`connection/order`)."""

    members: frozenset[str]
    hashes: frozenset[str]
    orders: frozenset[str]


class HeldData(Struct, frozen=True):
    """A member's records: the member, its profile and all its entries."""

    member: Member | None
    profile: Profile | None
    entries: list[Entry]

    @property
    def orders(self) -> list[str]:
        """The orders (`connection/order`) that caused an entry."""
        return list(dict.fromkeys(origin.name for origin in self._origins() if origin.kind == ORDER))

    @property
    def absorbed(self) -> list[str]:
        """The members of which it says that they were merged into it, or it into them."""
        named = (origin.name for origin in self._origins() if origin.kind == MERGE)
        return list(dict.fromkeys([*(self.member.merged if self.member else ()), *named]))

    @property
    def noted(self) -> list[int]:
        """The numbers of entries with a written reason."""
        return [entry.number for entry in self.entries if any(posting.why.digest for posting in entry.postings)]

    @property
    def undone(self) -> list[int]:
        """The numbers of redemption entries that were undone, with a written reason."""
        return [int(origin.name) for origin in self._origins() if origin.kind == UNDO]

    @property
    def chained(self) -> int:
        """The number of entries from before notes were separate records, whose written reason stays in the chain."""
        return sum(
            any(_is_written(posting.why.rule, posting.why.note) for posting in entry.postings) for entry in self.entries
        )

    def _origins(self) -> Iterator[Cause]:
        return (entry.origin for entry in self.entries)


def _is_written(rule: str, note: str) -> bool:
    return bool(note) and (rule == "adjustment" or note.startswith("the shop looked at it: "))


def held_data(name: str) -> HeldData:
    """The data stored in a member's own records. Raises Unavailable."""
    member, profile = queries.profile(name)
    entries: list[Entry] = []
    while page := queries.entries(name, PAGE, entries[-1].number if entries else 0):
        entries += page
        if page[-1].number <= 1:
            break
    return HeldData(member, profile, entries)


def held_of_all(name: str) -> dict[str, HeldData]:
    """The data of a member and of all that were merged into it, by id, its own first. Raises Unavailable."""
    held_of_members, names = {name: held_data(name)}, [name]
    for survivor in names:
        for other in held_of_members[survivor].absorbed:
            if other not in held_of_members and _has_become(other, name):
                held_of_members[other] = held_data(other)
                names.append(other)
    return held_of_members


def _has_become(name: str, survivor: str) -> bool:
    """Whether a member was merged into another one, be it by way of a third."""
    member = _member(name)
    while member and member.alias:
        if member.alias == survivor:
            return True
        member = _member(member.alias)
    return False


def members_of(account: str, email_hash: str) -> tuple[str, ...]:
    """The member ids of a person: the account's, and that of the guest with the same e-mail."""
    return tuple(name for name in (account, guest_id(email_hash)) if name)


def person_of(data_request: DataRequest, held_of_members: Iterable[HeldData], now: int) -> Person:
    """The identifying data of a request's person, from the request and from the members' records."""
    identities = process.secrets().identities("", now)
    hashes = {name.removeprefix(GUEST) for name in data_request.members if is_guest(name)} | {*data_request.hashes_of}
    orders = {*data_request.orders}
    for held in held_of_members:
        hashes |= {held.profile.email and identities.email_hash(held.profile.email)} if held.profile else set()
        orders |= {*held.orders}
    return Person(frozenset(data_request.members), frozenset(hashes - {""}), frozenset(orders))


def request(data_request: DataRequest, now: int, seconds_left: SecondsLeft) -> DataRequest:
    """Store a request and carry it out within `seconds_left`; returns it with its progress."""
    try:
        data_request = _saved(data_request)
        telemetry.line(DataRequested(data_request.what, data_request.subject, done=False))
        return data_request if data_request.what == "export" else continue_erasure(data_request, now, seconds_left)
    except Stale:
        # The same request came twice in a second: the first one is carried out, or was.
        stored = load([data_request.ref])[data_request.ref]
        return stored if isinstance(stored, DataRequest) else data_request


def new_request(what: str, subject: str, source: str, now: int, **fields: object) -> DataRequest:
    """A new, unstored request, numbered by a hash of its content: all of it, so that one which asks for more in the
    same second is another request.
    """
    content = msgspec.json.encode([what, subject, source, now, fields], order="sorted")
    number = blake2b(content, digest_size=8).hexdigest()
    return DataRequest(now, number, what, subject, source, **fields)  # type: ignore[arg-type]


def continue_erasure(data_request: DataRequest, now: int, seconds_left: SecondsLeft) -> DataRequest:
    """Continue an erasure; returns it with its progress, `done_at` once complete. Raises Stale on a lost race."""
    erase = _erase_shop if data_request.what == "erase-shop" else _erase_members
    data_request = erase(data_request, now, seconds_left)
    if data_request.done_at:
        telemetry.line(DataRequested(data_request.what, data_request.subject, done=True))
    return _saved(data_request)


def _saved(data_request: DataRequest) -> DataRequest:
    commit([data_request])
    return replace(data_request, version=data_request.version + 1)


def _erase_members(data_request: DataRequest, now: int, seconds_left: SecondsLeft) -> DataRequest:
    held_of_members: dict[str, HeldData] = {}
    for name in data_request.members:
        if name not in held_of_members:  # one that was merged into another of them is read with it
            held_of_members |= held_of_all(name)
    data_request = replace(data_request, members=tuple(held_of_members))
    person = person_of(data_request, held_of_members.values(), now)
    # What is looked for in deliveries is stored before the profile that says it is erased.
    data_request = _saved(replace(data_request, hashes_of=tuple(sorted(person.hashes))))
    erased = dict(data_request.erased)
    for name, held in held_of_members.items():
        add(erased, _erase_records(name, held, data_request, now))
    for delivery, body in deliveries.all_with_bodies(now):
        if seconds_left() <= 0:
            return replace(data_request, erased=erased)
        if concerns(delivery, body, person, now):
            deliveries.forget(delivery)
            add(erased, {"deliveries": 1})
    return replace(data_request, erased=erased, hashes_of=(), done_at=now)


def _erase_records(name: str, held: HeldData, data_request: DataRequest, now: int) -> dict[str, int]:
    """The counts of what was erased of one member's records, by kind; `reasons_in_chain` counts those that stay."""
    groups = tuple(range(1, held.member.groups + 1)) if held.member else ()
    counts: dict[str, int] = {"reasons_in_chain": held.chained} if held.chained else {}
    for command in _commands(name, held, groups, data_request):
        answer = process.engine().execute(command, now)
        add(counts, {kind: count for kind, count in answer.items() if kind != "member" and count})
    return counts


def _commands(name: str, held: HeldData, groups: tuple[int, ...], data_request: DataRequest) -> Iterator[EraseMember]:
    """The commands that erase a member's data: its own records first, then the others by MAX_ERASED per transaction."""
    yield EraseMember(name, hashes=data_request.hashes, anchors=data_request.hashes_of if data_request.hashes else ())
    orders = dict.fromkeys([*held.orders, *data_request.orders])
    for numbers in _chunks(held.noted):
        yield EraseMember(name, entries=tuple(numbers))
    for numbers in _chunks(held.undone):
        yield EraseMember(name, reversals=tuple(numbers))
    for numbers in _chunks(list(groups)):
        yield EraseMember(name, groups=tuple(numbers))
    for names in _chunks(list(orders)):
        yield EraseMember(name, orders=tuple(names))


def _chunks(values: list[T]) -> Iterator[list[T]]:
    return (values[start : start + MAX_ERASED] for start in range(0, len(values), MAX_ERASED))


def add(counts: dict[str, int], more: dict[str, int]) -> None:
    """Add `more` to `counts` in place, kind by kind."""
    for kind, count in more.items():
        counts[kind] = counts.get(kind, 0) + count


def _erase_shop(data_request: DataRequest, now: int, seconds_left: SecondsLeft) -> DataRequest:
    """Erase a connection's kept deliveries, then its customers' personal data, a page of the table at a time."""
    if seconds_left() <= 0:
        return data_request
    erased = dict(data_request.erased)
    for delivery, _ in deliveries.all_with_bodies(now):
        if delivery.connection == data_request.subject:
            deliveries.forget(delivery)
            add(erased, {"deliveries": 1})
    prefixes = _customers_of(data_request.subject, now)
    for partitions, place in rounds.pages(data_request.place) if prefixes else ():
        for name in _members_in(partitions, prefixes):
            add(erased, _erase_records(name, held_data(name), data_request, now))
        data_request = replace(data_request, erased=dict(erased), place=place)
        if place is None or seconds_left() <= 0:
            break
        data_request = _saved(data_request)
    return replace(data_request, erased=erased, done_at=0 if data_request.place else now)


def _customers_of(connection: str, now: int) -> tuple[str, ...]:
    """The prefixes of member ids that belong to a storefront alone; none where another active one shares its namespace.

    Guests belong to every storefront: they are erased with the last active one.
    """
    connections = process.secrets().connections(now)
    namespace = next((candidate.namespace for candidate in connections if candidate.id == connection), connection)
    others = [other for other in connections if other.id != connection and other.secrets]
    if any(other.namespace == namespace for other in others):
        return ()
    return (f"{namespace}.",) if others else (f"{namespace}.", GUEST)


def _members_in(partitions: list[rounds.Partition], prefixes: tuple[str, ...]) -> Iterator[str]:
    """The members of some partitions with personal data stored."""
    for records in partitions:
        names = {record.member for record in records if is_personal(record)}
        yield from (name for name in sorted(names) if name.startswith(prefixes))


def is_personal(record: object) -> bool:
    """Whether a record has anything about a person; an empty profile has not."""
    match record:
        case Profile():
            return record != Profile(record.member, record.version)
        case Member():
            return bool(record.prints or record.groups)
        case Note():
            return bool(record.text)
        case _:
            return False


def concerns(delivery: KeptDelivery, body: bytes, person: Person, now: int) -> bool:
    """Whether a kept delivery is about a person: by customer number, order or e-mail anywhere in its body."""
    connection = process.secrets().connection(delivery.connection, now)
    identities = process.secrets().identities(connection.namespace if connection else delivery.connection, now)
    named = named_in(body)
    members = {*named.customers, *(f"{identities.namespace}.{customer}" for customer in named.customers)}
    orders = {f"{delivery.connection}/{order}" for order in (*named.orders, *named.ids)}
    if members & person.members or orders & person.orders:
        return True
    return any(identities.email_hash(email) in person.hashes for email in named.emails)


def with_email(email: str, now: int) -> tuple[Member | None, list[Member]]:
    """The members with an e-mail: the guest who bought with it, and the accounts that its anchor names.

    The guest is None where nobody has bought as one, or it was merged.
    """
    anchor = _member(guest_id(process.secrets().identities("", now).email_hash(email)))
    if anchor is None:
        return None, []
    others = (_member(name) for name in dict.fromkeys((anchor.alias, anchor.person)) if name)
    guest = None if anchor.alias or _only_leads(anchor) else anchor
    return guest, [member for member in others if member and member.member != anchor.member]


def _only_leads(anchor: Member) -> bool:
    """Whether nobody has bought as the guest whom an e-mail's anchor is: it has nothing but the person that it names.

    Ledger entries do not tell: who has earned nothing so far may have stamps, and count for a level or a goal. Nor does
    the level that was last said: the daily round says the lowest one of an anchor too.
    """
    bare = Member(anchor.member, anchor.version, person=anchor.person, was_root=anchor.was_root)
    return anchor == replace(bare, email_hash=anchor.email_hash, prints=anchor.prints, level=anchor.level)


def _member(name: str) -> Member | None:
    record = load([MemberRef(name)])[MemberRef(name)]
    return record if isinstance(record, Member) else None


def finish_open(now: int, seconds_left: SecondsLeft) -> None:
    """Continue interrupted erasures, the oldest first, within `seconds_left`."""
    for data_request in unfinished.erasures():
        if seconds_left() <= 0:
            return
        try:
            continue_erasure(data_request, now, seconds_left)
        except Stale:
            continue  # another process has continued it
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one that fails must not keep the others, or the round, from going on
            telemetry.failure("erasure", error)
