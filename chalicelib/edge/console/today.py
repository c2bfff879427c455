"""The first page: what waits for a person, and what is still to be set up."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.domain.core.calendar import DAY_S, local_day
from chalicelib.domain.reports.connection_activity import is_silent
from chalicelib.domain.reports.outstanding import SOON, expiring_soon, owed_in_all
from chalicelib.edge import process
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.deliveries import advice
from chalicelib.edge.messages import Reply
from chalicelib.store import today
from chalicelib.store.rounds import Round
from chalicelib.store.waiting import MOST_COUNTED


def show(visit: Visit) -> Reply:
    """Bonuses that wait, deliveries that could not be processed, connections that fell silent, what the daily round
    found and what is owed, and the next step.
    """
    programme, zone = visit.programme(), visit.zone()
    day = local_day(visit.now, zone)
    shown = today.read([day.isoformat(), (day - timedelta(days=1)).isoformat()], visit.now)
    counted, outstanding, waiting = shown.round, shown.outstanding, shown.waiting
    secrets = process.secrets()
    # The first one may have been added a moment ago, by another process.
    known = secrets.known_connections(visit.now) or secrets.connections(visit.now)
    kinds = {stored.id: stored.kind for stored in known}
    connected = [stored.id for stored in known if stored.secrets]
    return pages.page(
        visit,
        "today.html",
        waiting=waiting,
        advice=advice(waiting.cause, kinds.get(waiting.connection, "")),
        most=MOST_COUNTED,
        round=counted,
        owed=owed_in_all(outstanding, programme) if outstanding and programme else {},
        expiring=expiring_soon(outstanding, programme) if outstanding and programme else 0,
        soon=SOON,
        owed_at=outstanding.made_at if outstanding else 0,
        programme=programme,
        connections=connected,
        silent=silent(counted, connected),
        zone=zone,
    )


def silent(counted: Round, connected: list[str]) -> list[tuple[str, int]]:
    """The connections that have fallen silent, as of the round that counted, with the whole days since."""
    return [
        (name, (counted.began_at - activity.last) // DAY_S)
        for name, activity in sorted(counted.connections.items())
        if name in connected and is_silent(activity, counted.began_at)
    ]
