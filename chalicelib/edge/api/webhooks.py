"""A storefront's webhook: who sent it, what it says, what it is worth. The hot path of the product.

Nothing of an unauthentic delivery is parsed or stored. An authentic one that cannot be processed is kept with its
reason and answered 2xx: some senders never repeat, others switch a failing subscription off. Only when the table is
busy or away are those that do repeat asked to. That holds for one that is too large, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from chalicelib.domain.commands import MergeMembers, RecordOrder
from chalicelib.domain.errors import Busy, InvalidInput, Rejection, TooLarge, Unauthenticated, Unavailable
from chalicelib.domain.orders import recording
from chalicelib.edge import process, telemetry
from chalicelib.edge.messages import Reply, Request
from chalicelib.edge.storefronts import DataDemand, Delivery, Ignored, Merge, OrderStatement, UnreadableDelivery, kind
from chalicelib.settings import MAX_DELIVERY_BYTES
from chalicelib.store.secrets import StoredConnection

TOPICS = ("x-shopify-topic", "x-wc-webhook-topic")
"""The headers that say what a delivery is about; Stripe and Standard Webhooks say it in the body."""


_ADDRESS = re.compile(r"\S+@\S+")

NEVER_REPEAT = frozenset({"woocommerce"})
"""Kinds that send a delivery once. The others are asked to come again when the trouble passes by itself; the copy that
is kept does no harm, since what is known already changes nothing."""


class Received(Struct, frozen=True, omit_defaults=True):
    """What became of a delivery: `recorded`, `unchanged` (we knew it all), `ignored` or `kept`.

    `reason`: why it was ignored or kept, or why the order earns nothing.
    """

    result: str
    reason: str = ""


def receive(request: Request) -> Reply:
    """Take a storefront's signed delivery. A forged one and one of an unknown connection look alike."""
    connection = process.secrets().connection(request.path["connection"], request.now)
    if connection is None or not _authentic(connection, request):
        telemetry.count("RefusedDelivery")
        raise Unauthenticated("the signature does not match")
    try:
        return Reply(200, process_delivery(connection, request.headers, request.body, request.now))
    except (Busy, Unavailable) as error:
        reply = _keep(connection, request, reason_of(error))
        if connection.kind in NEVER_REPEAT:
            return reply
        raise
    except Exception as error:  # noqa: BLE001 - the delivery must not be lost
        return _keep(connection, request, reason_of(error))


def process_delivery(connection: StoredConnection, headers: Mapping[str, str], body: bytes, now: int) -> Received:
    """Do what an authentic delivery says. Raises the Rejection that refused it, or UnreadableDelivery: of a part, too.

    What could be understood is recorded then, and the delivery is kept for the rest.
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
    received = _recorded(connection.id, translation, now)
    if translation.left_out:
        raise UnreadableDelivery(f"the order is recorded without a part of it: {'; '.join(translation.left_out)}")
    return received


def _recorded(connection: str, statement: OrderStatement, now: int) -> Received:
    """Record an order, or an invoice and then each order that paid it.

    Those are commands of their own: where one fails the delivery does, and all of it is done again when it is repeated.
    """
    execute = process.engine().execute
    answer = execute(RecordOrder(connection, statement.order, statement.facts), now)
    payments = recording.of_payments(answer).items()
    answers = [execute(RecordOrder(connection, order, facts), now) for order, facts in payments]
    changed = any(result["changed"] for result in [answer, *answers])
    reasons = dict.fromkeys(result["nothing_due"] for result in answers or [answer])
    return Received("recorded" if changed else "unchanged", "; ".join(filter(None, reasons)))


def translated(
    connection: StoredConnection, headers: Mapping[str, str], body: bytes, now: int
) -> OrderStatement | Ignored:
    """What an authentic delivery says of an order. Raises UnreadableDelivery, or a Rejection."""
    if len(body) > MAX_DELIVERY_BYTES:
        raise TooLarge(f"the body must be at most {MAX_DELIVERY_BYTES} bytes, got {len(body)}")
    identities = process.identities(connection.namespace, now)
    return kind(connection.kind).translate(Delivery(headers, body, identities))


def reason_of(error: Exception) -> str:
    """Why a delivery could not be processed, without anything of it that could be personal; our own mistakes are
    logged.
    """
    match error:
        case InvalidInput():
            reason = error.without_value
        case UnreadableDelivery() | Rejection():
            reason = str(error)
        case _:
            telemetry.failure("delivery", error)
            reason = f"unexpected {type(error).__name__}; see the log"
    return _ADDRESS.sub("(an address)", reason)


def _authentic(connection: StoredConnection, request: Request) -> bool:
    storefront = kind(connection.kind)
    if storefront.verify(connection.secrets, request.headers, request.body, request.now):
        return True
    return connection.kind == "woocommerce" and _is_greeting(request)


def _is_greeting(request: Request) -> bool:
    """WooCommerce greets a new webhook with an unsigned form, which says nothing and changes nothing."""
    from chalicelib.edge.storefronts.woocommerce import is_ping

    return is_ping(request.body)


def _keep(connection: StoredConnection, request: Request, reason: str) -> Reply:
    from chalicelib.store import deliveries

    headers = {name: request.headers[name] for name in (*TOPICS, "content-type") if name in request.headers}
    deliveries.keep(connection.id, headers, request.body, reason, request.now * 1000)
    telemetry.count("KeptDelivery", connection=connection.id)
    return Reply(202, Received("kept", reason))
