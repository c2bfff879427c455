"""Deliveries that could not be processed: the list, what one is about, and processing it again."""

from __future__ import annotations

from chalicelib.domain.errors import Rejection, TooLarge
from chalicelib.edge import process
from chalicelib.edge.answers import DeliveryAnswer, DeliveryPage
from chalicelib.edge.api import deliveries
from chalicelib.edge.console import finding, pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.delivery_contents import contents_of
from chalicelib.edge.console.spreadsheets import LocalTime, as_csv
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked
from chalicelib.store import deliveries as stored

UNREADABLE = marked("It was not understood: update Ristourne, or change the order in the shop.")

ADVICE = {
    "unavailable": marked("The table or the secrets could not be read while it came. Process it again."),
    "busy": marked("Very much came at once. Process it again."),
    "internal": marked("That is our mistake. Process it again after an update of Ristourne."),
    "partly_unreadable": marked("The order counts, without a part that was not understood."),
    "too_large": marked("It is larger than what can be processed."),
}
"""What to do about a kept delivery, by its cause; its reason is for whoever mends it, in English."""


def show(visit: Visit) -> Reply:
    """Deliveries that wait, newest first; with `?state=all` those that were processed since too."""
    page = _page(visit, 50, visit.request.query.get("cursor", ""))
    return pages.page(
        visit,
        "deliveries.html",
        rows=page.deliveries,
        next=page.next,
        advice=advice,
        everything=_everything(visit),
        zone=visit.zone(),
    )


def look(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """One delivery: which order, whose, how much, why it waits, and its body for whoever mends the cause."""
    try:
        delivery, body = stored.find(visit.request.path["delivery"], visit.now)
    except TooLarge:
        delivery, body = stored.header(visit.request.path["delivery"], visit.now), b""
    connection = process.secrets().connection(delivery.connection, visit.now)
    contents = contents_of(body, in_minor=connection is not None and connection.kind == "stripe")
    return pages.page(
        visit,
        "delivery.html",
        refused,
        delivery=delivery,
        contents=contents,
        advice=advice(delivery.cause),
        buyers=finding.of_delivery(contents, delivery.connection, visit.now),
        zone=visit.zone(),
    )


def as_file(visit: Visit) -> Reply:
    """The same list as a file."""
    columns = (
        marked("Message"),
        marked("Connection"),
        marked("About"),
        marked("Received"),
        marked("Processed"),
        marked("Bytes"),
        marked("Why"),
        *((marked("Reason, for whoever mends it"),) if visit.is_owner else ()),
    )
    rows: list[DeliveryAnswer] = []
    page = _page(visit, 100)
    rows += page.deliveries
    while page.next:
        page = _page(visit, 100, page.next)
        rows += page.deliveries
    return as_csv(visit, "deliveries", columns, [_cells(visit, row) for row in rows])


def _cells(visit: Visit, row: DeliveryAnswer) -> tuple[object, ...]:
    """A delivery as a row of the file."""
    why = visit.words.gettext(advice(row.cause))
    when = LocalTime(row.received_at), LocalTime(row.replayed_at)
    technical = (row.reason,) if visit.is_owner else ()  # as its page is, which says it too
    return row.id, row.connection, row.topic, *when, row.bytes, why, *technical


def replay(visit: Visit) -> Reply:
    """Process a delivery again."""
    try:
        deliveries.replay(visit.as_api())
    except Rejection as error:
        return look(visit, pages.refused_by(error, "replay"))
    return pages.redirect(visit.path("deliveries", visit.request.path["delivery"], done="replayed"))


def advice(cause: str) -> str:
    """What to do about a delivery that was kept for a cause, as one of the texts that are translated."""
    return ADVICE.get(cause, UNREADABLE)


def _everything(visit: Visit) -> bool:
    return visit.request.query.get("state") == "all"


def _page(visit: Visit, limit: int, cursor: str = "") -> DeliveryPage:
    return deliveries.page_of(limit, cursor, visit.now, waiting=not _everything(visit))
