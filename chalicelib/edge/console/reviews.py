"""Bonuses that wait for a person: the list, one of them with what speaks against it, and the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.domain.errors import InvalidInput, NotFound, Rejection
from chalicelib.edge.answers import ReviewAnswer
from chalicelib.edge.api import reviews
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.members.forms import reason_of
from chalicelib.edge.console.spreadsheets import LocalTime, as_csv, number
from chalicelib.edge.http import body_with
from chalicelib.edge.messages import Reply
from chalicelib.edge.words import marked
from chalicelib.store.dynamodb import queries

VERDICTS = ("approve", "deny", "undo")

SIGNALS = {
    "same-email": marked("one mailbox: the e-mails differ in nothing that matters"),
    "same-address": marked("the same postal address"),
    "same-phone": marked("the same telephone number"),
    "same-card": marked("the same payment card"),
    "same-device": marked("the same device"),
    "disposable-mail": marked("an e-mail address to throw away"),
    "velocity": marked("many bonuses within a short time"),
    "ring": marked("the two recommend each other, in a circle"),
}
"""What a signal says, for people."""

STATES = {
    "held": (marked("waits for you"), "wait"),
    "approved": (marked("approved"), "done"),
    "denied": (marked("denied"), "bad"),
    "paid": (marked("paid"), "done"),
    "limited": (marked("paid, up to a limit"), "done"),
    "broken": (marked("void: a friend's order was refunded"), "bad"),
}
"""What the state of a bonus is called, and the shape beside it."""

DECISIONS = {"approve": marked("approved"), "deny": marked("denied")}
"""What a person has decided, by the verdict; nothing is of a bonus that waits, or became void before."""


def show(visit: Visit) -> Reply:
    """Bonuses that wait, newest first; with `?state=all` those that were decided too."""
    page = reviews.show(visit.as_api(query=_query(visit)))
    names = queries.names({review.referrer for review in page.reviews})
    return pages.page(visit, "reviews.html", page=page, names=names, **_shown(visit))


def as_file(visit: Visit) -> Reply:
    """The same list as a file."""
    columns = (
        marked("Member"),
        marked("Group of friends"),
        marked("Decision"),
        marked("State"),
        marked("Since"),
        marked("Weight of what speaks against it"),
        marked("What speaks against it"),
        marked("Bonus"),
        marked("Currency or points"),
        marked("Decided on"),
        marked("Reason"),
    )
    rows: list[tuple[object, ...]] = []
    query: dict[str, str] | None = _query(visit) | {"limit": "100"}
    while query is not None:
        page = reviews.show(visit.as_api(query=query))
        rows += [row for review in page.reviews for row in _rows(visit, review)]
        query = query | {"cursor": page.next} if page.next else None
    return as_csv(visit, "reviews", columns, rows)


def look(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """One bonus: whose, for which friends, what speaks against it, and the buttons of the verdict."""
    review = reviews.find(visit.as_api())
    if review is None:
        raise NotFound("there is no such bonus that was held for a person")
    names = queries.names([review.referrer, *(friend.friend for friend in review.friends)])
    return pages.page(visit, "review.html", refused, review=review, names=names, **_shown(visit))


def decide(visit: Visit) -> Reply:
    """Approve a bonus, deny it, or take the verdict back; only in the state that the page of the form showed."""
    verdict, seen = visit.form.get("verdict", ""), visit.form.get("seen", "")
    if verdict not in VERDICTS:
        raise InvalidInput("verdict", "must be one of %(names)s", names=tuple(VERDICTS))
    if seen not in STATES:
        raise InvalidInput("seen", "must be one of %(names)s", names=tuple(STATES))
    try:
        body = body_with(reviews.PostReview, verdict=verdict, reason=reason_of(visit))
        reviews.judge(visit.as_api(), body, seen)
    except Rejection as error:
        return look(visit, pages.refused_by(error, verdict))
    return pages.redirect(visit.path("reviews", done=verdict))


def _query(visit: Visit) -> dict[str, str]:
    everything = "1" if visit.request.query.get("state") == "all" else ""
    return {"all": everything, "cursor": visit.request.query.get("cursor", "")}


def _shown(visit: Visit) -> dict[str, Any]:
    """What every page of bonuses needs."""
    everything = visit.request.query.get("state") == "all"
    return {
        "signals": SIGNALS,
        "states": STATES,
        "everything": everything,
        "zone": visit.zone(),
        "programme": visit.programme(),
    }


def _rows(visit: Visit, review: ReviewAnswer) -> Iterator[tuple[object, ...]]:
    """The rows of a bonus in the file: for each amount that is at stake, or a single one without an amount."""
    words, programme = visit.words, visit.programme()
    signals = [words.gettext(SIGNALS.get(signal.signal, "")) or signal.signal for signal in review.signals]
    about = (
        review.referrer,
        review.group,
        words.gettext(DECISIONS.get(review.verdict, "")),
        words.gettext(STATES[review.state][0]),
        LocalTime(review.held_at),
        review.score,
        ", ".join(signals),
    )
    decided = LocalTime(review.decided_at), review.reason
    bonus: list[tuple[object, ...]] = [
        (number(part.amount, part.asset), words.name_of(part.asset, programme)) for part in review.bonus
    ]
    for amounts in bonus or [(None, None)]:
        yield (*about, *amounts, *decided)
