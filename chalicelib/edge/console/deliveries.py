"""Deliveries that could not be processed: the list, what one is about, and processing it again."""

from __future__ import annotations

from msgspec import Struct

from chalicelib.domain.errors import Rejection, TooLarge
from chalicelib.edge import process
from chalicelib.edge.api import deliveries
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.delivery_contents import contents_of, heading_of
from chalicelib.edge.console.members import lookup
from chalicelib.edge.console.spreadsheets import LocalTime, as_csv
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked
from chalicelib.store import deliveries as stored
from chalicelib.store.deliveries import KeptDelivery

UNREADABLE = marked(
    "A part of it was not understood. Process it again after an update of Ristourne, or change the order in the shop, "
    "which sends it anew."
)
OWN_UNREADABLE = marked(
    "Your own system has sent something that the format does not allow. Its page, which owners can open, names the "
    "place: mend it there, and send the order again."
)

ADVICE = {
    "unavailable": marked("Ristourne could not read its own data while it came. Process it again."),
    "busy": marked("Very much came at once. Process it again."),
    "internal": marked("That is our mistake. Process it again after an update of Ristourne."),
    "partly_unreadable": marked("The order counts, without a part that was not understood."),
    "refused": marked(
        "It was understood, but does not agree with what is known, such as the order's currency. Its page, which "
        "owners can open, says with what."
    ),
    "too_large": marked("It is larger than what can be processed."),
}
"""What to do about a kept delivery, by its cause; its reason is for whoever mends it, in English."""


class DeliveryRow(Struct, frozen=True):
    """A kept delivery in a list: its topic and its order, empty where it names none, and what to do about it."""

    header: KeptDelivery
    topic: str
    order: str
    advice: str


def show(visit: Visit) -> Reply:
    """Deliveries that wait, newest first; with `?state=all` those that were processed since too."""
    rows, after = _page(visit, 50, visit.request.query.get("cursor", ""))
    everything = _everything(visit)
    return pages.page(visit, "deliveries.html", rows=rows, next=after, everything=everything, zone=visit.zone())


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
        advice=advice(delivery.cause, connection.kind if connection else ""),
        buyers=lookup.of_delivery(contents, delivery.connection, visit.now),
        zone=visit.zone(),
    )


def as_file(visit: Visit) -> Reply:
    """The same list as a file."""
    columns = (
        marked("Message"),
        marked("Connection"),
        marked("About"),
        marked("Order"),
        marked("Received"),
        marked("Processed"),
        marked("Bytes"),
        marked("Why"),
        *((marked("Reason, for whoever mends it"),) if visit.is_owner else ()),
    )
    rows, after = _page(visit, 100)
    while after:
        more, after = _page(visit, 100, after)
        rows += more
    return as_csv(visit, "deliveries", columns, [_cells(visit, row) for row in rows])


def _cells(visit: Visit, row: DeliveryRow) -> tuple[object, ...]:
    """A delivery as a row of the file."""
    header = row.header
    when = LocalTime(header.received_ms // 1000), LocalTime(header.replayed_at or None)
    technical = (header.reason,) if visit.is_owner else ()  # as its page is, which says it too
    why = visit.words.gettext(row.advice)
    return header.id, header.connection, row.topic, row.order, *when, header.size, why, *technical


def replay(visit: Visit) -> Reply:
    """Process a delivery again."""
    try:
        deliveries.replay(visit.as_api())
    except Rejection as error:
        return look(visit, pages.refused_by(error, "replay"))
    return pages.redirect(visit.path("deliveries", visit.request.path["delivery"], done="replayed"))


def advice(cause: str, kind: str) -> str:
    """What to do about a delivery that a connection of a kind sent and that was kept for a cause, as one of the texts
    that are translated.
    """
    return ADVICE.get(cause, OWN_UNREADABLE if kind == "standard" else UNREADABLE)


def _everything(visit: Visit) -> bool:
    return visit.request.query.get("state") == "all"


def _page(visit: Visit, limit: int, cursor: str = "") -> tuple[list[DeliveryRow], str | None]:
    """A page of the list, and the cursor of the next one."""
    headers, after = deliveries.page_of(limit, cursor, visit.now, waiting=not _everything(visit))
    kinds = {connection.id: connection.kind for connection in process.secrets().known_connections(visit.now)}
    return [_row(header, kinds.get(header.connection, "")) for header in headers], after


def _row(header: KeptDelivery, kind: str) -> DeliveryRow:
    topic, order = heading_of(header.small_body, kind)
    return DeliveryRow(header, deliveries.topic_of(header) or topic, order, advice(header.cause, kind))
