"""The API about deliveries that could not be processed: list them, replay one."""

from __future__ import annotations

from chalicelib.domain.core.calendar import iso
from chalicelib.domain.errors import Busy, Conflict, InvalidInput, TooLarge, Unavailable, Unprocessable
from chalicelib.edge import process
from chalicelib.edge.answers import Deliveries, DeliveryAnswer
from chalicelib.edge.api.webhooks import TOPICS, Received, process_delivery, reason_of
from chalicelib.edge.idempotency import once_answered
from chalicelib.edge.messages import Request
from chalicelib.store import deliveries
from chalicelib.store.deliveries import KeptDelivery


def show(request: Request) -> Deliveries:
    """Kept deliveries, newest first. Query: `limit` (1 to 100), `cursor`."""
    limit = request.number("limit", 25, 100)
    cursor = request.query.get("cursor", "")
    if cursor and not deliveries.is_id(cursor):
        raise InvalidInput("cursor", "be the next of an earlier page", cursor)
    found = deliveries.newest(request.now, limit + 1, cursor)
    more = found[limit - 1].id if len(found) > limit else None
    return Deliveries([_answer(each) for each in found[:limit]], more)


def replay(request: Request) -> Received:
    """Process a kept delivery again, as if it came now.

    Replaying one that was processed changes nothing; one that fails again is kept on, with its newest reason.
    """
    return once_answered(request, "ReplayDelivery", Received, lambda: _replay(request))


def _replay(request: Request) -> Received:
    try:
        kept, body = deliveries.find(request.path["delivery"], request.now)
    except TooLarge as error:
        raise Unprocessable(f"{error}; `reconcile` asks the storefront for its order") from error
    connection = process.secrets().connection(kept.connection, request.now)
    if connection is None:
        raise Conflict(f"the connection {kept.connection} does not exist any more")
    try:
        result = process_delivery(connection, kept.headers, body, request.now)
    except (Busy, Unavailable):
        raise
    except Exception as error:
        reason = reason_of(error)
        deliveries.mark_refused(kept.id, reason, request.now)
        raise Unprocessable(f"it still cannot be processed: {reason}") from error
    deliveries.mark_replayed(kept.id, request.now)
    return result


def _answer(kept: KeptDelivery) -> DeliveryAnswer:
    topic = next((kept.headers[name] for name in TOPICS if name in kept.headers), "")
    replayed = iso(kept.replayed_at) if kept.replayed_at else None
    return DeliveryAnswer(
        id=kept.id,
        connection=kept.connection,
        topic=topic,
        reason=kept.reason,
        received_at=iso(kept.received_ms // 1000),
        replayed_at=replayed,
        bytes=kept.size,
        sha256=kept.digest,
        whole=kept.whole,
    )
