"""The first page: what waits for a person, and what is still to be set up."""

from __future__ import annotations

from chalicelib.domain.reports.outstanding import owed_in_all
from chalicelib.edge import process
from chalicelib.edge.console import pages
from chalicelib.edge.console.visit import Visit
from chalicelib.edge.messages import Reply
from chalicelib.store import deliveries, queries, reports, rounds

MOST_SHOWN = 100
"""So many kept deliveries are counted; beyond them there are simply many."""


def show(visit: Visit) -> Reply:
    """Bonuses that wait, deliveries that could not be processed, what the daily round found and what is
    owed, and the next step.
    """
    kept = [header for header in deliveries.newest(visit.now, MOST_SHOWN) if not header.replayed_at]
    programme = visit.programme()
    outstanding = reports.outstanding() if programme else None
    connections = [stored for stored in process.secrets().connections(visit.now) if stored.secrets]
    return pages.page(
        visit,
        "today.html",
        reviews=len(queries.reviews(decided=False)),
        kept=len(kept),
        newest=kept[0] if kept else None,
        most=MOST_SHOWN,
        round=rounds.current(),
        owed=owed_in_all(outstanding, programme) if outstanding and programme else {},
        owed_at=outstanding.made_at if outstanding else 0,
        programme=programme,
        connections=connections,
        zone=visit.zone(),
    )
