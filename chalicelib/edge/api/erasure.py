"""The API about personal data: erase, export, find by e-mail; and what storefronts' compliance webhooks ask for."""

from __future__ import annotations

import time
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from chalicelib.domain.commands import MergeMembers
from chalicelib.domain.core.calendar import iso
from chalicelib.domain.core.identity import member_id, normalised_email
from chalicelib.domain.errors import InvalidInput, NotFound
from chalicelib.domain.records import DataRequest
from chalicelib.edge import personal_data, process
from chalicelib.edge.answers import (
    Certificate,
    DataRequests,
    ExportAnswer,
    FoundMembers,
    GuestAnswer,
    HeldDelivery,
)
from chalicelib.edge.api import members
from chalicelib.edge.idempotency import once, once_answered
from chalicelib.edge.messages import Request
from chalicelib.edge.storefronts import DataDemand
from chalicelib.store import deliveries, queries
from chalicelib.store.secrets import StoredConnection

PAGE, MAX_PAGE = 25, 100

SPENT_S = 4.0
"""So long an erasure is worked on while somebody waits; a storefront hangs up after five seconds."""

STAYS = (
    "ledger entries, orders and balances under the member's id: the books, which have to be kept and name nobody",
    "back-ups and exports made before",
)
HASHES_STAY = "keyed hashes of e-mails: they keep one mailbox from counting as two persons; erase them with hashes"
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
    """Erase a member's personal data: profile, traits, written reasons, and kept deliveries about the member.

    The books stay. What takes longer than a request may is finished by the hourly round (`done_at` is null until then).
    """
    name = member_id(request.path["member"])
    return once_answered(request, "EraseMember", Certificate, lambda: _erase(request, name, body))


def _erase(request: Request, name: str, body: PostErasure) -> Certificate:
    member, profile = queries.profile(name)
    if member is None and profile is None:
        raise NotFound(members.UNKNOWN.format(name))
    hashed = process.identities("", request.now).email_hash(profile.email) if profile else ""
    asked = personal_data.new_request(
        "erase",
        name,
        f"key {request.caller.name}",
        request.now,
        members=(name,),
        hashes_of=(hashed,) if hashed else (),
        hashes=body.hashes,
    )
    return _certificate(personal_data.request(asked, request.now, _until(SPENT_S)))


def demanded(connection: StoredConnection, demand: DataDemand, now: int) -> str:
    """Do what a storefront's compliance webhook asks for; returns what was done, in words."""
    if demand.what == "erase-shop":
        process.secrets().put(replace(connection, secrets=()))
        asked = personal_data.new_request("erase-shop", connection.id, f"connection {connection.id}", now)
        personal_data.request(asked, now, lambda: 0.0)  # the whole table is looked through: the round's work
        return demand.reason
    names = personal_data.members_of(demand.account, demand.email_hash)
    asked = personal_data.new_request(
        demand.what,
        names[0],
        f"connection {connection.id}",
        now,
        members=names,
        orders=tuple(f"{connection.id}/{order}" for order in demand.orders),
        hashes_of=(demand.email_hash,) if demand.email_hash and demand.what == "erase" else (),
    )
    personal_data.request(asked, now, _until(SPENT_S))
    return demand.reason


def requests(request: Request) -> DataRequests:
    """Requests about personal data, newest first: certificates of erasures, and exports that a shop was asked for.

    Query: `limit` (1 to 100), `cursor`.
    """
    limit = request.number("limit", PAGE, MAX_PAGE)
    found = queries.data_requests(limit + 1, request.query.get("cursor", ""))
    more = queries.request_sort_key(found[limit - 1]) if len(found) > limit else None
    return DataRequests([_certificate(each) for each in found[:limit]], more)


def export(request: Request) -> ExportAnswer:
    """All that is held of a member: profile, balances, entries with their whys, and kept deliveries about the member.

    Query: `limit` (1 to 100) and `cursor` of the entries.
    """
    name = member_id(request.path["member"])
    known = personal_data.held(name)
    if known.member is None and known.profile is None:
        raise NotFound(members.UNKNOWN.format(name))
    person = personal_data.person_of(DataRequest(0, "", "export", name, "", members=(name,)), [known], request.now)
    kept = [
        delivery
        for delivery, body in deliveries.all_with_bodies(request.now)
        if personal_data.concerns(delivery, body, person, request.now)
    ]
    return ExportAnswer(
        profile=members.profile(request),
        member=members.show(request) if known.member else None,
        traits=list(known.member.prints) if known.member else [],
        orders=known.orders,
        statement=members.statement(request) if known.member else None,
        deliveries=[HeldDelivery(each.id, each.connection, iso(each.received_ms // 1000)) for each in kept],
    )


def search(request: Request, body: PostSearch) -> FoundMembers:
    """Find members by an exact e-mail: the guest who bought with it, and the account that showed it first.

    The e-mail stands in the body, never in a URL.
    """
    guest_member, others = personal_data.with_email(_email(body.email), request.now)
    found = [*([guest_member] if guest_member else []), *others]
    return FoundMembers([members.answer(request, member) for member in found])


def guest(request: Request, body: PostGuest) -> GuestAnswer:
    """What a member has bought for as a guest, for a shop that has verified that the e-mail is the member's."""
    name = member_id(request.path["member"])
    if not body.verified:
        raise InvalidInput("verified", "be true: verify first that the e-mail is the member's")
    found, _ = personal_data.with_email(_email(body.email), request.now)
    if body.merge:
        request.check_key()
    if found and body.merge:
        once(request, MergeMembers(name, found.member, must_exist=False))
    return GuestAnswer(name, members.answer(request, found) if found else None, bool(found and body.merge))


def _email(email: str) -> str:
    if not normalised_email(email):
        raise InvalidInput("email", "be an e-mail address")
    return email


def _certificate(asked: DataRequest) -> Certificate:
    chained = asked.erased.get("reasons_in_chain", 0)
    stays = [] if asked.what == "export" else list(STAYS)
    stays += [] if asked.what == "export" or asked.hashes else [HASHES_STAY]
    stays += [CHAINED.format(chained)] if chained else []
    return Certificate(
        id=queries.request_sort_key(asked),
        what=asked.what,
        subject=asked.subject,
        members=list(asked.members),
        source=asked.source,
        asked_at=iso(asked.at),
        done_at=iso(asked.done_at) if asked.done_at else None,
        erased={kind: count for kind, count in asked.erased.items() if kind != "reasons_in_chain"},
        stays=stays,
    )


def _until(seconds: float) -> personal_data.Left:
    end = time.monotonic() + seconds
    return lambda: end - time.monotonic()
