"""A storefront's webhook: who sent it, what it says, what it is worth. The hot path of the product.

Nothing of an unauthentic delivery is parsed or stored. An authentic one that cannot be processed is kept with its
reason and answered 2xx: some senders never repeat, others switch a failing subscription off. Only when the table is
busy or away are those that do repeat asked to.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from chalicelib.domain.commands import RecordOrder
from chalicelib.domain.errors import Busy, Rejection, Unauthenticated, Unavailable
from chalicelib.edge import journal, process
from chalicelib.edge.messages import Reply, Request
from chalicelib.edge.storefronts import DataDemand, Delivery, Ignored, Unreadable, kind
from chalicelib.store.secrets import StoredConnection

TOPICS = ("x-shopify-topic", "x-wc-webhook-topic")
"""The headers that say what a delivery is about; Stripe and Standard Webhooks say it in the body."""


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
        journal.count("RefusedDelivery")
        raise Unauthenticated("the signature does not match")
    try:
        return Reply(200, process_delivery(connection, request.headers, request.body, request.now))
    except (Busy, Unavailable) as error:
        kept = _keep(connection, request, str(error))
        if connection.kind in NEVER_REPEAT:
            return kept
        raise
    except (Unreadable, Rejection) as error:
        return _keep(connection, request, str(error))
    except Exception as error:  # noqa: BLE001 - the delivery must not be lost
        journal.failure("delivery", error)
        return _keep(connection, request, f"unexpected {type(error).__name__}; see the log")


def process_delivery(connection: StoredConnection, headers: Mapping[str, str], body: bytes, now: int) -> Received:
    """Do what an authentic delivery says. Raises Unreadable, or the Rejection that refused it."""
    identities = process.identities(connection.namespace, now)
    said = kind(connection.kind).translate(Delivery(headers, body, identities))
    if isinstance(said, DataDemand):
        from chalicelib.edge import erasure

        return Received("recorded", erasure.demanded(connection, said, now))
    if isinstance(said, Ignored):
        if said.unknown:
            journal.count("UnknownTopic", connection=connection.id)
        return Received("ignored", said.reason)
    answer = process.engine().execute(RecordOrder(connection.id, said.order, said.facts), now)
    return Received("recorded" if answer["changed"] else "unchanged", answer["nothing_due"])


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
    journal.count("KeptDelivery", connection=connection.id)
    return Reply(202, Received("kept", reason))
