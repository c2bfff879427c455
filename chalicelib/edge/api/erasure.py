"""Handlers of personal data: erase, export, find by e-mail; and the requests of storefronts' compliance webhooks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from chalicelib.domain.commands import MergeMembers
from chalicelib.domain.core.calendar import iso
from chalicelib.domain.core.identity import guest_id, member_id, normalised_email
from chalicelib.domain.errors import InvalidInput, no_member
from chalicelib.domain.records import DataRequest, Member, MemberRef, Record
from chalicelib.edge import cursors, personal_data, process, security_log
from chalicelib.edge.answers import (
    Certificate,
    DataRequests,
    ExportAnswer,
    FoundMembers,
    GuestAnswer,
    HeldDelivery,
)
from chalicelib.edge.api import activities, members
from chalicelib.edge.idempotency import once_answered
from chalicelib.edge.messages import Request
from chalicelib.edge.storefronts import DataDemand
from chalicelib.store import deliveries
from chalicelib.store.dynamodb import queries
from chalicelib.store.secrets import StoredConnection
from chalicelib.store.table import load

REQUESTS = "data-requests"
"""The list, as its cursors name it."""

SPENT_S = 4.0
"""Seconds that a request spends on an erasure; a storefront hangs up after five. The round does the rest."""

STAYS = (
    "ledger entries, orders and balances under the member's id: the books, which have to be kept and name nobody",
    "back-ups and exports made before",
)
HASHES_STAY = "keyed hashes of e-mails: they keep one mailbox from counting as two persons; erase them with hashes"
OTHER_HASHES_STAY = (
    "keyed hashes of e-mails that the profile did not have when it was erased (state one in the profile, and erase "
    "with hashes again), and those of guests whom the books name"
)
MOVED = "prints of orders and the reason of a level, which a merge has moved from {} to {}: erase that member for them"
CHAINED = "reasons that were written before notes stood apart from the ledger: {} entries"


class PostErasure(Struct, frozen=True, forbid_unknown_fields=True):
    """`hashes`: the keyed hash of the e-mail too, after which one mailbox may count as two persons."""

    hashes: bool = False


class PostSearch(Struct, frozen=True, forbid_unknown_fields=True):
    """The e-mail to look for, in the body so that it gets into no log."""

    email: Annotated[str, Meta(max_length=254)]


class PostGuest(Struct, frozen=True, forbid_unknown_fields=True):
    """An e-mail, and that the shop has `verified` that it is the member's: by a link that was followed, or a login.

    `merge`: give the member all that the guest has, for good. Needs an Idempotency-Key, as all that moves money.
    """

    email: Annotated[str, Meta(max_length=254)]
    verified: bool
    merge: bool = False


def erase(request: Request, body: PostErasure) -> Certificate:
    """Erase the personal data of a member: profile, traits, written reasons, and kept deliveries about the member.

    Those of the members that were merged into it go too. The books stay. What takes longer than a request may is
    finished within the hour (`done_at` is null until then).
    """
    name = member_id(request.path["member"])
    return once_answered(request, "EraseMember", Certificate, lambda: _erase(request, name, body))


def _erase(request: Request, name: str, body: PostErasure) -> Certificate:
    member, profile = queries.profile(name)
    if member is None and profile is None:
        raise no_member(name)
    hashed = process.secrets().identities("", request.now).email_hash(profile.email) if profile else ""
    data_request = personal_data.new_request(
        "erase",
        name,
        security_log.caller(request),
        request.now,
        members=(name,),
        hashes_of=(hashed,) if hashed else (),
        hashes=body.hashes,
    )
    return _certificates([personal_data.request(data_request, request.now, _until(SPENT_S))])[0]


def demanded(connection: StoredConnection, demand: DataDemand, now: int) -> str:
    """Carry out the request of a storefront's compliance webhook; returns what was done, in words."""
    if demand.what == "erase-shop":
        data_request = personal_data.new_request("erase-shop", connection.id, f"connection {connection.id}", now)
        personal_data.request(data_request, now, lambda: 0.0)  # the whole table is looked through: the round's work
        # After the request is stored: without its secret the storefront's repetition would be refused.
        process.secrets().put(replace(connection, secrets=()))
        return demand.reason
    names = personal_data.members_of(demand.account, demand.email_hash)
    data_request = personal_data.new_request(
        demand.what,
        names[0],
        f"connection {connection.id}",
        now,
        members=names,
        orders=tuple(f"{connection.id}/{order}" for order in demand.orders),
        hashes_of=(demand.email_hash,) if demand.email_hash and demand.what == "erase" else (),
    )
    personal_data.request(data_request, now, _until(SPENT_S))
    return demand.reason


def requests(request: Request) -> DataRequests:
    """Requests about personal data, newest first: certificates of erasures, and exports that a shop was asked for.

    Query: `limit` (1 to 100), `cursor`.
    """
    limit = cursors.limit(request)
    data_requests = queries.data_requests(limit + 1, cursors.place(request, REQUESTS))
    has_more = len(data_requests) > limit
    following = cursors.after(queries.request_sort_key(data_requests[limit - 1]), REQUESTS) if has_more else None
    return DataRequests(_certificates(data_requests[:limit]), following)


def export(request: Request) -> ExportAnswer:
    """All that is held of a member: profile, balances, entries with their whys, and kept deliveries about the member.

    `merged` names the members that were merged into it: each has an export of its own, of what it had until then.
    Query: `limit` (1 to 100) and `cursor` of the entries.
    """
    name = member_id(request.path["member"])
    held_of_members = personal_data.held_of_all(name)
    held = held_of_members[name]
    if held.member is None and held.profile is None:
        raise no_member(name)
    about = DataRequest(0, "", "export", name, "", members=tuple(held_of_members))
    person = personal_data.person_of(about, held_of_members.values(), request.now)
    about_person = [
        delivery
        for delivery, body in deliveries.all_with_bodies(request.now)
        if personal_data.concerns(delivery, body, person, request.now)
    ]
    return ExportAnswer(
        profile=members.profile(request),
        member=members.answer(request, held.member) if held.member and not held.member.alias else None,
        traits=list(held.member.prints) if held.member else [],
        orders=held.orders,
        activities=[activities.shown(activity) for other in held_of_members for activity in queries.activities(other)],
        statement=members.statement_of(request, name) if held.member else None,
        merged=[other for other in held_of_members if other != name],
        deliveries=[
            HeldDelivery(delivery.id, delivery.connection, iso(delivery.received_ms // 1000))
            for delivery in about_person
        ],
    )


def search(request: Request, body: PostSearch) -> FoundMembers:
    """Find members by an exact e-mail: the guest who bought with it, and the account that showed it first.

    The e-mail stands in the body, never in a URL.
    """
    guest_member, others = personal_data.with_email(_email(body.email), request.now)
    matches = [*([guest_member] if guest_member else []), *others]
    return FoundMembers([members.answer(request, member) for member in matches])


def guest(request: Request, body: PostGuest) -> GuestAnswer:
    """The guest with a member's e-mail, for a shop that has verified the e-mail; merge it on request."""
    name = member_id(request.path["member"])
    if not body.verified:
        raise InvalidInput("verified", "must be true: verify first that the e-mail is the member's")
    email = _email(body.email)
    if not body.merge:
        guest_member, _ = personal_data.with_email(email, request.now)
        return GuestAnswer(name, members.answer(request, guest_member) if guest_member else None)
    request.check_key()
    return once_answered(request, "MergeGuest", GuestAnswer, lambda: _merge_guest(request, name, email))


def _merge_guest(request: Request, name: str, email: str) -> GuestAnswer:
    """Merge the guest with an e-mail into a member; the answer is of the guest before it."""
    guest_member, _ = personal_data.with_email(email, request.now)
    if guest_member is None:
        return GuestAnswer(
            name,
            None,
            merged=_is_merged(name, guest_id(process.secrets().identities("", request.now).email_hash(email))),
        )
    shown = members.answer(request, guest_member)
    process.engine().execute(MergeMembers(name, guest_member.member, must_exist=False), request.now)
    return GuestAnswer(name, shown, merged=True)


def _is_merged(name: str, guest_name: str) -> bool:
    """Whether a guest was merged into a member before."""
    member = queries.member(name)
    return bool(member and guest_name in member.merged)


def _email(email: str) -> str:
    if not normalised_email(email):
        raise InvalidInput("email", "must be an e-mail address")
    return email


def _certificates(data_requests: Sequence[DataRequest]) -> list[Certificate]:
    """The certificates of some requests; the members whose erasure was asked for are read at once."""
    subjects = load({MemberRef(data_request.subject) for data_request in data_requests if data_request.what == "erase"})
    return [_certificate(data_request, subjects.get(MemberRef(data_request.subject))) for data_request in data_requests]


def _certificate(data_request: DataRequest, subject: Record | None) -> Certificate:
    chained = data_request.erased.get("reasons_in_chain", 0)
    stays = [] if data_request.what == "export" else list(STAYS)
    stays += [] if data_request.what == "export" else [OTHER_HASHES_STAY if data_request.hashes else HASHES_STAY]
    stays += [CHAINED.format(chained)] if chained else []
    stays += _moved(data_request, subject.alias) if isinstance(subject, Member) and subject.alias else []
    return Certificate(
        id=queries.request_sort_key(data_request),
        what=data_request.what,
        subject=data_request.subject,
        members=list(data_request.members),
        source=data_request.source,
        asked_at=iso(data_request.at),
        done_at=iso(data_request.done_at) if data_request.done_at else None,
        erased={kind: count for kind, count in data_request.erased.items() if kind != "reasons_in_chain"},
        stays=stays,
    )


def _moved(data_request: DataRequest, alias: str) -> list[str]:
    """What a merge has moved to a member that the erasure is not about; `alias`: whom the subject was merged into."""
    survivor = queries.member(alias)
    is_elsewhere = survivor is not None and survivor.member not in data_request.members
    return [MOVED.format(data_request.subject, survivor.member)] if survivor and is_elsewhere else []


def _until(seconds: float) -> personal_data.SecondsLeft:
    end = time.monotonic() + seconds
    return lambda: end - time.monotonic()
