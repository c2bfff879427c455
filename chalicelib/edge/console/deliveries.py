"""Deliveries that could not be processed: the list, what one is about, and processing it again."""

from __future__ import annotations

from chalicelib.domain.errors import Rejection, TooLarge
from chalicelib.edge.answers import DeliveryAnswer
from chalicelib.edge.api import deliveries
from chalicelib.edge.console import finding, pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.delivery_contents import contents_of
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked
from chalicelib.store import deliveries as stored

CAUSES = (
    ("the table ", marked("The table did not answer while it came. Process it again.")),
    ("others are writing", marked("Very much came at once. Process it again.")),
    ("SSM ", marked("The secrets could not be read while it came. Process it again.")),
    ("unexpected ", marked("That is our mistake. Process it again after an update of Ristourne.")),
    ("the order is recorded without a part of it", marked("The order counts, without a part that was not understood.")),
    ("the body must be at most", marked("It is larger than what can be processed.")),
    (
        "",
        marked("It was not understood: update Ristourne, or change the order in the shop."),
    ),
)
"""What to do about a kept delivery, by how its reason begins; the reason itself is for whoever mends it, in English."""


def show(visit: Visit) -> Reply:
    """Deliveries that wait, newest first; with `?state=all` those that were processed since too."""
    page = deliveries.show(visit.as_api(query={"limit": "50", "cursor": visit.request.query.get("cursor", "")}))
    return pages.page(
        visit,
        "deliveries.html",
        rows=_rows(visit, page.deliveries),
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
    contents = contents_of(body)
    return pages.page(
        visit,
        "delivery.html",
        refused,
        delivery=delivery,
        contents=contents,
        advice=advice(delivery.reason),
        buyers=finding.with_order(f"{delivery.connection}/{contents.order}"),
        zone=visit.zone(),
    )


def as_file(visit: Visit) -> Reply:
    """The same list as a file."""
    columns = ("id", "connection", "topic", "received_at", "replayed_at", "bytes", "reason")
    rows: list[DeliveryAnswer] = []
    query: dict[str, str] | None = {"limit": "100"}
    while query is not None:
        page = deliveries.show(visit.as_api(query=query))
        rows += _rows(visit, page.deliveries)
        query = query | {"cursor": page.next} if page.next else None
    return pages.as_csv("deliveries", columns, [tuple(getattr(row, name) or "" for name in columns) for row in rows])


def replay(visit: Visit) -> Reply:
    """Process a delivery again."""
    try:
        deliveries.replay(visit.as_api())
    except Rejection as error:
        return look(visit, pages.refused_by(error, "replay"))
    return pages.redirect(visit.path("deliveries", visit.request.path["delivery"], done="replayed"))


def advice(reason: str) -> str:
    """What to do about a delivery that was kept for a reason, as one of the texts that are translated."""
    return next(text for beginning, text in CAUSES if reason.startswith(beginning))


def _everything(visit: Visit) -> bool:
    return visit.request.query.get("state") == "all"


def _rows(visit: Visit, kept: list[DeliveryAnswer]) -> list[DeliveryAnswer]:
    return [delivery for delivery in kept if _everything(visit) or not delivery.replayed_at]
