"""Handler of storefronts' webhooks: verifies a delivery, translates it and executes its commands. The hot path.

Nothing of an unauthentic delivery is parsed or stored. An authentic one that cannot be processed, or is too large, is
kept with its reason and answered 2xx: some senders never repeat, others switch a failing subscription off. Only when
the table is busy or unavailable are senders that repeat answered 503.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from chalicelib.domain.commands import MergeMembers, RecordOrder
from chalicelib.domain.errors import Busy, InvalidInput, Rejection, TooLarge, Unauthenticated, Unavailable
from chalicelib.domain.orders import recording
from chalicelib.edge import process, telemetry
from chalicelib.edge.messages import Reply, Request
from chalicelib.edge.storefronts import (
    DataDemand,
    Delivery,
    Ignored,
    Merge,
    OrderStatement,
    PartlyUnreadable,
    UnreadableDelivery,
    kind,
    signatures,
)
from chalicelib.settings import MAX_DELIVERY_BYTES
from chalicelib.store.secrets import StoredConnection

TOPICS = ("x-shopify-topic", "x-wc-webhook-topic")
"""The headers of a delivery's topic; Stripe and Standard Webhooks state it in the body."""


_ADDRESS = re.compile(r"\S+@\S+")

STAMP_AHEAD = "a time in it is ahead of our clock: it counts as of its arrival"

NEVER_REPEAT = frozenset({"woocommerce"})
"""Kinds that send a delivery once. The others are answered 503 on a transient failure, and send it again; the kept copy
does no harm, since recording is idempotent."""


class Received(Struct, frozen=True, omit_defaults=True):
    """The result of a delivery: `recorded`, `unchanged` (nothing in it is new), `ignored` or `kept`.

    `reason`: why it was ignored or kept, why the order earns nothing, or what of it was passed over or changes nothing.
    """

    result: str
    reason: str = ""


class Failure(Struct, frozen=True):
    """Why a delivery could not be processed: `cause` as one word of `store.deliveries.CAUSES`, `reason` as a sentence
    without personal data.
    """

    cause: str
    reason: str


def receive(request: Request) -> Reply:
    """Receive a storefront's signed delivery. A forged one and one of an unknown connection get the same answer."""
    connection = process.secrets().connection(request.path["connection"], request.now)
    try:
        is_signed = connection is not None and kind(connection.kind).verify(
            connection.secrets, request.headers, request.body, request.now
        )
        if connection is None or not (is_signed or _is_ping(connection, request)):
            raise signatures.refusal(request.headers)
    except Unauthenticated:
        from chalicelib.edge import security_log

        telemetry.count("RefusedDelivery")
        security_log.refused_signature(connection.id if connection else None)
        raise
    try:
        return Reply(200, process_delivery(connection, request.headers, request.body, request.now))
    except (Busy, Unavailable) as error:
        reply = _keep(connection, request, failure_of(error))
        if connection.kind in NEVER_REPEAT:
            return reply
        raise
    except Exception as error:  # noqa: BLE001 - the delivery must not be lost
        return _keep(connection, request, failure_of(error))


def process_delivery(connection: StoredConnection, headers: Mapping[str, str], body: bytes, now: int) -> Received:
    """Execute the commands of an authentic delivery. Raises a Rejection, or UnreadableDelivery: of a part, too.

    The readable part is recorded then, and the delivery is kept for the rest.
    """
    translation = translated(connection, headers, body, now)
    if isinstance(translation, DataDemand):
        from chalicelib.edge.api import erasure

        return Received("recorded", erasure.demanded(connection, translation, now))
    if isinstance(translation, Merge):
        merged = process.engine().execute(MergeMembers(translation.survivor, translation.merged, must_exist=False), now)
        return Received("recorded", f"{merged['merged']} was merged into {merged['member']}")
    if isinstance(translation, Ignored):
        if translation.unknown:
            telemetry.count("UnknownTopic", connection=connection.id)
        return Received("ignored", translation.reason)
    recorded = _recorded(connection.id, translation, now)
    if translation.left_out:
        raise PartlyUnreadable(f"the order is recorded without a part of it: {'; '.join(translation.left_out)}")
    return recorded


def _recorded(connection: str, statement: OrderStatement, now: int) -> Received:
    """Record an order, or an invoice and then each order that paid it.

    Each is a command of its own: where one fails the delivery fails, and a repetition does all of them again.
    """
    execute = process.engine().execute
    answer = execute(RecordOrder(connection, statement.order, statement.facts), now)
    payments = recording.of_payments(answer) if "payments" in answer else {}
    answers = [execute(RecordOrder(connection, order, facts), now) for order, facts in payments.items()]
    valued = answers or [answer]
    if statement.facts.is_ahead(now):
        telemetry.count("StampAhead", connection=connection)
    notes = [note for result in valued for note in result.get("notes", ())]
    return received(
        statement,
        [*notes, *(result["nothing_due"] for result in valued)],
        changed=any(result["changed"] for result in [answer, *answers]),
        now=now,
    )


def received(statement: OrderStatement, remarks: Iterable[str], *, changed: bool, now: int) -> Received:
    """The answer to a delivery whose commands were executed, or would be. `remarks`: those on what it is worth."""
    ahead = [STAMP_AHEAD] if statement.facts.is_ahead(now) else []
    reasons = dict.fromkeys([*statement.notes, *remarks, *ahead])
    return Received("recorded" if changed else "unchanged", "; ".join(filter(None, reasons)))


def translated(
    connection: StoredConnection, headers: Mapping[str, str], body: bytes, now: int
) -> OrderStatement | Ignored:
    """The facts in an authentic delivery. Raises UnreadableDelivery, or a Rejection."""
    if len(body) > MAX_DELIVERY_BYTES:
        raise TooLarge(
            "the body must be at most %(most)s bytes, got %(size)s",
            most=MAX_DELIVERY_BYTES,
            size=len(body),
        )
    identities = process.secrets().identities(connection.namespace, now)
    return kind(connection.kind).translate(Delivery(headers, body, identities))


def failure_of(error: Exception) -> Failure:
    """Why a delivery failed; an unexpected exception is logged."""
    match error:
        case PartlyUnreadable():
            cause, reason = "partly_unreadable", str(error)
        case UnreadableDelivery():
            cause, reason = "unreadable", str(error)
        case InvalidInput():
            cause, reason = "refused", str(error.without_value())
        case Busy() | Unavailable() | TooLarge():
            cause, reason = error.code, str(error)
        case Rejection():
            cause, reason = "refused", str(error)
        case _:
            telemetry.failure("delivery", error)
            cause, reason = "internal", f"unexpected {type(error).__name__}; see the log"
    return Failure(cause, _ADDRESS.sub("(an address)", reason))


def _is_ping(connection: StoredConnection, request: Request) -> bool:
    """Whether the body is WooCommerce's unsigned ping of a new webhook."""
    if connection.kind != "woocommerce":
        return False
    from chalicelib.edge.storefronts.woocommerce import is_ping

    return is_ping(request.body)


def _keep(connection: StoredConnection, request: Request, failure: Failure) -> Reply:
    from chalicelib.store import deliveries

    headers = {name: request.headers[name] for name in (*TOPICS, "content-type") if name in request.headers}
    deliveries.keep(connection.id, headers, request.body, failure.reason, request.now * 1000, failure.cause)
    telemetry.count("KeptDelivery", connection=connection.id)
    return Reply(202, Received("kept", failure.reason))
