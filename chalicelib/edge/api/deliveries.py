"""Handlers of deliveries that could not be processed: list them, replay one."""

from __future__ import annotations

from chalicelib.domain.core.calendar import iso
from chalicelib.domain.errors import Busy, Conflict, TooLarge, Unavailable, Unprocessable
from chalicelib.edge import cursors, process
from chalicelib.edge.answers import DeliveryAnswer, DeliveryPage
from chalicelib.edge.api.webhooks import TOPICS, Received, failure_of, process_delivery
from chalicelib.edge.idempotency import once_answered
from chalicelib.edge.messages import Request
from chalicelib.store import deliveries
from chalicelib.store.deliveries import KeptDelivery

DELIVERIES = "deliveries"
"""The list, as its cursors name it."""


def show(request: Request) -> DeliveryPage:
    """Kept deliveries, newest first. Query: `limit` (1 to 100), `cursor`."""
    limit = cursors.limit(request)
    headers, after = page_of(limit, request.query.get("cursor", ""), request.now, waiting=False)
    return DeliveryPage([_answer(header) for header in headers], after)


def page_of(limit: int, cursor: str, now: int, *, waiting: bool) -> tuple[list[KeptDelivery], str | None]:
    """Kept deliveries, all or those that were not replayed, and the cursor of the next page. Raises InvalidInput for a
    wrong cursor.
    """
    before = cursors.place_of(cursor, DELIVERIES, form=deliveries.DELIVERY_ID)
    headers = deliveries.newest(now, limit + 1, before, waiting=waiting)
    return headers[:limit], cursors.after(headers[limit - 1].id, DELIVERIES) if len(headers) > limit else None


def topic_of(header: KeptDelivery) -> str:
    """The topic that a delivery's headers name; empty for kinds whose bodies have it."""
    return next((header.headers[name] for name in TOPICS if name in header.headers), "")


def replay(request: Request) -> Received:
    """Process a kept delivery again, as if it came now.

    Replaying one that was processed changes nothing; one that fails again is kept on, with its newest reason.
    """
    return once_answered(request, "ReplayDelivery", Received, lambda: _replay(request))


def _replay(request: Request) -> Received:
    try:
        header, body = deliveries.find(request.path["delivery"], request.now)
    except TooLarge as error:
        raise Unprocessable("%(error)s; `reconcile` asks the storefront for its order", error=error.phrase) from error
    connection = process.secrets().connection(header.connection, request.now)
    if connection is None:
        raise Conflict("the connection %(connection)s does not exist any more", connection=header.connection)
    try:
        result = process_delivery(connection, header.headers, body, request.now)
    except (Busy, Unavailable):
        raise
    except Exception as error:
        failure = failure_of(error)
        deliveries.mark_refused(header.id, failure.reason, request.now, failure.cause)
        raise Unprocessable("it still cannot be processed: %(reason)s", reason=failure.reason) from error
    deliveries.mark_replayed(header.id, request.now)
    return result


def _answer(header: KeptDelivery) -> DeliveryAnswer:
    replayed = iso(header.replayed_at) if header.replayed_at else None
    return DeliveryAnswer(
        id=header.id,
        connection=header.connection,
        topic=topic_of(header),
        cause=header.cause,
        reason=header.reason,
        received_at=iso(header.received_ms // 1000),
        replayed_at=replayed,
        bytes=header.size,
        sha256=header.digest,
        whole=header.whole,
    )
