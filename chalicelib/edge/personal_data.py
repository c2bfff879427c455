"""Personal data: whose they are, what is held, and erasing them. The one place that knows where they lie.

An erasure is a record first (`DataRequest`), so that one that is interrupted is finished by the hourly round, and its
record is the certificate afterwards. Everything here may be done twice. What lies where: docs/personal-data.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import unquote_plus

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chalicelib.domain.commands import EraseMember
from chalicelib.domain.core.identity import GUEST, Identities, guest_id, is_guest
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.events import DataRequested
from chalicelib.domain.members.erasure import MAX_ERASED
from chalicelib.domain.records import DataRequest, Entry, Member, MemberRef, Note, Profile
from chalicelib.edge import process, telemetry
from chalicelib.store import deliveries, queries, rounds
from chalicelib.store.commit import Stale, commit
from chalicelib.store.deliveries import KeptDelivery
from chalicelib.store.reader import load

T = TypeVar("T")

PAGE = 100

_EMAIL = re.compile(r"[^\s<>()\[\],;:\\\"'=&]{1,64}@[^\s<>()\[\],;:\\\"'=&@]{1,255}")

Left = Callable[[], float]
"""How many seconds there are for more."""


class Person(Struct, frozen=True):
    """Whom to look for: member ids, keyed hashes of e-mails, and orders (`connection/order`)."""

    members: frozenset[str]
    hashes: frozenset[str]
    orders: frozenset[str]


class Held(Struct, frozen=True):
    """What is held of a member beside its records: its entries, and its orders (`connection/order`)."""

    member: Member | None
    profile: Profile | None
    entries: list[Entry]

    @property
    def orders(self) -> list[str]:
        """Orders that caused an entry."""
        return list(dict.fromkeys(each.cause for each in self.entries if "/" in each.cause))

    @property
    def noted(self) -> list[int]:
        """Numbers of entries whose reason a person wrote."""
        return [each.number for each in self.entries if any(part.why.digest for part in each.postings)]

    @property
    def undone(self) -> list[int]:
        """Numbers of the entries that somebody has undone, with a reason."""
        causes = (entry.cause for entry in self.entries)
        return [int(cause.removeprefix("undo ")) for cause in causes if cause.startswith("undo ")]

    @property
    def chained(self) -> int:
        """How many entries of before notes stood apart have such a reason in the chain, where it stays."""
        return sum(any(_is_written(part.why.rule, part.why.note) for part in each.postings) for each in self.entries)


def _is_written(rule: str, note: str) -> bool:
    return bool(note) and (rule == "adjustment" or note.startswith("the shop looked at it: "))


def held(name: str) -> Held:
    """All that is held of a member in the member's own records."""
    member, profile = queries.profile(name)
    found: list[Entry] = []
    while page := queries.entries(name, PAGE, found[-1].number if found else 0):
        found += page
        if page[-1].number <= 1:
            break
    return Held(member, profile, found)


def members_of(account: str, email_hash: str) -> tuple[str, ...]:
    """The members that a person is: the account, and the guest with that e-mail. The only place that says so."""
    return tuple(name for name in (account, guest_id(email_hash)) if name)


def person_of(asked: DataRequest, known: Iterable[Held], now: int) -> Person:
    """Whom a request is about, by all that is known of them."""
    identities = process.identities("", now)
    hashes = {name.removeprefix(GUEST) for name in asked.members if is_guest(name)} | {*asked.hashes_of}
    orders = {*asked.orders}
    for each in known:
        hashes |= {each.profile.email and identities.email_hash(each.profile.email)} if each.profile else set()
        orders |= {*each.orders}
    return Person(frozenset(asked.members), frozenset(hashes - {""}), frozenset(orders))


def request(asked: DataRequest, now: int, left: Left) -> DataRequest:
    """Store a request and do what it asks as far as the time reaches; returns it as it stands then."""
    try:
        asked = _saved(asked)
        telemetry.event(DataRequested(asked.what, asked.subject, done=False))
        return asked if asked.what == "export" else go_on(asked, now, left)
    except Stale:
        return asked  # the same request came twice at once, and the other one is at it


def new_request(what: str, subject: str, source: str, now: int, **parts: object) -> DataRequest:
    """A request that is not stored yet, under a number of its own."""
    number = blake2b(msgspec.json.encode([what, subject, source, now]), digest_size=8).hexdigest()
    return DataRequest(now, number, what, subject, source, **parts)  # type: ignore[arg-type]


def go_on(asked: DataRequest, now: int, left: Left) -> DataRequest:
    """Continue an erasure; it is done when nothing is left. Raises Stale when another process is at it."""
    erase = _erase_shop if asked.what == "erase-shop" else _erase_members
    asked = erase(asked, now, left)
    if asked.done_at:
        telemetry.event(DataRequested(asked.what, asked.subject, done=True))
    return _saved(asked)


def _saved(asked: DataRequest) -> DataRequest:
    commit([asked])
    return replace(asked, version=asked.version + 1)


def _erase_members(asked: DataRequest, now: int, left: Left) -> DataRequest:
    known = [held(name) for name in asked.members]
    person = person_of(asked, known, now)
    # What is looked for in deliveries is stored before the profile that says it is erased.
    asked = _saved(replace(asked, hashes_of=tuple(sorted(person.hashes))))
    erased = dict(asked.erased)
    for name, each in zip(asked.members, known, strict=True):
        add(erased, _erase_records(name, each, asked, now))
    for delivery, body in deliveries.all_with_bodies(now):
        if left() <= 0:
            return replace(asked, erased=erased)
        if concerns(delivery, body, person, now):
            deliveries.forget(delivery)
            add(erased, {"deliveries": 1})
    return replace(asked, erased=erased, hashes_of=(), done_at=now)


def _erase_records(name: str, known: Held, asked: DataRequest, now: int) -> dict[str, int]:
    """What was erased of one member's records, by kind; `reasons_in_chain` are those that stay."""
    groups = tuple(range(1, known.member.groups + 1)) if known.member else ()
    counts: dict[str, int] = {"reasons_in_chain": known.chained} if known.chained else {}
    for command in _commands(name, known, groups, asked):
        answer = process.engine().execute(command, now)
        add(counts, {kind: count for kind, count in answer.items() if kind != "member" and count})
    return counts


def _commands(name: str, known: Held, groups: tuple[int, ...], asked: DataRequest) -> Iterator[EraseMember]:
    """The member's own records first, then what else there is of it, as much as one transaction takes at a time."""
    yield EraseMember(name, hashes=asked.hashes, anchors=asked.hashes_of if asked.hashes else ())
    orders = dict.fromkeys([*known.orders, *asked.orders])
    for numbers in _cut(known.noted):
        yield EraseMember(name, entries=tuple(numbers))
    for numbers in _cut(known.undone):
        yield EraseMember(name, reversals=tuple(numbers))
    for numbers in _cut(list(groups)):
        yield EraseMember(name, groups=tuple(numbers))
    for named in _cut(list(orders)):
        yield EraseMember(name, orders=tuple(named))


def _cut(whole: list[T]) -> Iterator[list[T]]:
    return (whole[start : start + MAX_ERASED] for start in range(0, len(whole), MAX_ERASED))


def add(counts: dict[str, int], more: dict[str, int]) -> None:
    """Add counts to counts."""
    for kind, count in more.items():
        counts[kind] = counts.get(kind, 0) + count


def _erase_shop(asked: DataRequest, now: int, left: Left) -> DataRequest:
    """Kept deliveries of the connection, then what is personal of its customers, a page of the table at a time."""
    if left() <= 0:
        return asked
    erased = dict(asked.erased)
    for delivery, _ in deliveries.all_with_bodies(now):
        if delivery.connection == asked.subject:
            deliveries.forget(delivery)
            add(erased, {"deliveries": 1})
    prefixes = _customers_of(asked.subject, now)
    for partitions, place in rounds.pages(asked.place) if prefixes else ():
        for name in _members_in(partitions, prefixes):
            add(erased, _erase_records(name, held(name), asked, now))
        asked = replace(asked, erased=dict(erased), place=place)
        if place is None or left() <= 0:
            break
        asked = _saved(asked)
    return replace(asked, erased=erased, done_at=0 if asked.place else now)


def _customers_of(connection: str, now: int) -> tuple[str, ...]:
    """How the ids of a storefront's customers begin; none where another one that is on shares them.

    Guests belong to every storefront: they go with the last one.
    """
    connections = process.secrets().connections(now)
    namespace = next((each.namespace for each in connections if each.id == connection), connection)
    others = [each for each in connections if each.id != connection and each.secrets]
    if any(each.namespace == namespace for each in others):
        return ()
    return (f"{namespace}.",) if others else (f"{namespace}.", GUEST)


def _members_in(partitions: list[rounds.Partition], prefixes: tuple[str, ...]) -> Iterator[str]:
    """Members of whom something personal is stored."""
    for records in partitions:
        names = {each.member for each in records if _is_personal(each)}
        yield from (name for name in sorted(names) if name.startswith(prefixes))


def _is_personal(record: object) -> bool:
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
    """Whether a kept delivery is about a person: by customer number, order or e-mail, wherever these stand in it."""
    connection = process.secrets().connection(delivery.connection, now)
    identities = process.identities(connection.namespace if connection else delivery.connection, now)
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _has_email(unquote_plus(body.decode(errors="replace")), person, identities)
    orders = {f"{delivery.connection}/{each}" for each in _order_ids(document)}
    if orders & person.orders:
        return True
    for key, value in _values(document):
        if "customer" in key and f"{identities.namespace}.{value}" in person.members:
            return True
        if isinstance(value, str) and "@" in value and _has_email(value, person, identities):
            return True
    return False


def _has_email(text: str, person: Person, identities: Identities) -> bool:
    return any(identities.email_hash(found) in person.hashes for found in _EMAIL.findall(text))


def _values(document: object) -> Iterator[tuple[str, object]]:
    """Every text and number with the name that it stands under; the id of a customer under the customer's name."""
    waiting: list[tuple[str, object]] = [("", document)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += ((_name(key, str(name)), each) for name, each in value.items())
        elif isinstance(value, list):
            waiting += ((key, each) for each in value)
        else:
            yield key, value


def _name(above: str, name: str) -> str:
    return above if name == "id" and "customer" in above else name.lower()


def _order_ids(document: object) -> Iterator[object]:
    """What may be the order's id: at the top, or where Stripe and Standard Webhooks put what they are about."""
    for path in ((), ("data",), ("data", "object"), ("data", "order"), ("order",)):
        found = document
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, dict):
            yield from (found[name] for name in ("id", "order_id") if isinstance(found.get(name), str | int))


def with_email(email: str, now: int) -> tuple[Member | None, list[Member]]:
    """Who is known by an e-mail: the guest who bought with it, and whoever showed it first or has the guest's books.

    The guest is None where nobody has bought as one, or not any more: it was merged.
    """
    anchor = _member(guest_id(process.identities("", now).email_hash(email)))
    if anchor is None:
        return None, []
    others = (_member(name) for name in dict.fromkeys((anchor.alias, anchor.person)) if name)
    guest = anchor if anchor.entries and not anchor.alias else None
    return guest, [member for member in others if member and member.member != anchor.member]


def _member(name: str) -> Member | None:
    found = load([MemberRef(name)])[MemberRef(name)]
    return found if isinstance(found, Member) else None


def finish_open(now: int, left: Left) -> None:
    """Continue erasures that were interrupted, the oldest first."""
    for asked in queries.open_data_requests():
        if left() <= 0:
            return
        try:
            go_on(asked, now, left)
        except Stale:
            continue  # another process is at it
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one that fails must not keep the others, or the round, from going on
            telemetry.failure("erasure", error)
