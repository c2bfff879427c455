"""Connections to shops: a guided set-up, another secret, a test of the secret, and the end."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64encode

from chalicelib.domain.core import money
from chalicelib.domain.core.phrases import Phrase
from chalicelib.domain.errors import Conflict, InvalidInput, NotFound, Rejection
from chalicelib.domain.programme.document import Programme
from chalicelib.domain.reports.connection_activity import is_silent
from chalicelib.domain.rewards.campaigns import running
from chalicelib.edge import process
from chalicelib.edge.answers import ConnectionAnswer, QuotedReward
from chalicelib.edge.api import connections, progress
from chalicelib.edge.console import pages
from chalicelib.edge.console.access.visit import Visit
from chalicelib.edge.console.connection_guides import FORMAT, GUIDES, LOOK_FOR, NAMES
from chalicelib.edge.http import body_with
from chalicelib.edge.messages import Reply
from chalicelib.edge.quotes import PostQuote, QuoteLine
from chalicelib.edge.words import marked
from chalicelib.store import deliveries, rounds

SECRET_FIELD = {"secret": "secret"}
"""Where the forms say what is wrong with a secret."""

TAKEN = marked("Another connection has this name. Choose another one, or give that one a new secret on its own page.")
RIGHT = marked("That is the secret that is in force: what the shop signs with it is accepted.")
WRONG = marked("That is another secret. Give the connection the one that the shop signs with.")

MOST_SEARCHED = 100
"""So many of the newest kept deliveries are looked through for one of the connection."""

BASKET = 10_000
"""What the order of a test pays, in minor units."""

MOST_TRIED = 200
"""Names of nobody that are tried for a test's buyer, until one is held out of no campaign."""


def show(visit: Visit) -> Reply:
    """All connections, and when each has sent its last order, as the daily round has counted."""
    listed = connections.show(visit.as_api()).connections
    counted = rounds.current()
    silent = {name for name, activity in counted.connections.items() if is_silent(activity, counted.began_at)}
    return pages.page(
        visit,
        "connections.html",
        connections=listed,
        names=NAMES,
        activities=counted.connections,
        silent=silent,
        counted_at=counted.began_at,
        zone=visit.zone(),
    )


def begin(visit: Visit, refused: pages.Refused | None = None) -> Reply:
    """The set-up: first which shop under which name, then what to paste where."""
    asked = visit.form or visit.request.query
    kind, name = asked.get("kind", ""), asked.get("id", "")
    if not refused and kind in GUIDES and name:
        refused = _name_refused(visit, name)
        kind = "" if refused else kind
    guide = GUIDES.get(kind)
    url = f"{process.address(visit.request)}/webhooks/{name}"
    return pages.page(
        visit,
        "connect.html",
        refused,
        names=NAMES,
        asked_kind=asked.get("kind", ""),
        kind=kind if guide else "",
        name=name,
        steps=guide.steps if guide else (),
        events=guide.events if guide else (),
        url=url,
        format=FORMAT if kind == "standard" else "",
        ours=_fresh(kind) if guide and guide.makes_secret else "",
    )


def _name_refused(visit: Visit, name: str) -> pages.Refused | None:
    """Why a connection cannot have a name; None where it can."""
    if name in _live(visit):
        return pages.Refused("connect", Phrase(TAKEN), "id", 409)
    try:
        connections.check_names(name, name)
    except InvalidInput as error:
        return pages.Refused("connect", error.predicate, "id")
    return None


def _live(visit: Visit) -> set[str]:
    """The names of the connections that were not removed."""
    return {stored.id for stored in process.secrets().connections(visit.now) if stored.secrets}


def add(visit: Visit) -> Reply:
    """Connect the shop."""
    form = visit.form
    try:
        if form.get("kind") not in GUIDES:
            raise Conflict("the kind must be one of %(kinds)s", kinds=tuple(GUIDES))
        fields = {name: form.get(name, "") for name in ("id", "kind", "secret")}
        body = body_with(connections.PutConnection, **fields)
        added = connections.put(visit.as_api(), body)
    except Rejection as error:
        return begin(visit, pages.refused_by(error, "connect", SECRET_FIELD))
    return pages.redirect(visit.path("connections", added.id, done="connected"))


def look(visit: Visit, refused: pages.Refused | None = None, verdict: str = "") -> Reply:
    """One connection: its address, a test of its secret, another secret, and its end."""
    connection = _stored(visit)
    guide, programme = GUIDES[connection.kind], visit.programme()
    kept = [row for row in deliveries.newest(visit.now, MOST_SEARCHED) if row.connection == connection.id]
    counted = rounds.current()
    rewards: list[QuotedReward] = []
    if verdict == RIGHT and programme:
        basket = PostQuote((QuoteLine(BASKET),), _somebody(programme, visit.now))
        rewards = progress.quote(visit.as_api(), basket).rewards
    return pages.page(
        visit,
        "connection.html",
        refused,
        connection=connection,
        names=NAMES,
        activity=counted.connections.get(connection.id),
        counted_at=counted.began_at,
        refusal=next(iter(kept), None),
        waiting=next((row for row in kept if not row.replayed_at), None),
        zone=visit.zone(),
        verdict=verdict,
        right=RIGHT,
        gives_up=guide.gives_up,
        following=(*guide.check, guide.order, LOOK_FOR),
        rewards=rewards,
        held_out=[campaign for campaign in running(programme, visit.now) if campaign.holdout] if programme else [],
        basket=BASKET,
        own=money.asset_of(programme.currency) if programme else "",
        programme=programme,
        ours=_fresh(connection.kind) if guide.makes_secret else "",
    )


def test(visit: Visit) -> Reply:
    """Whether a secret is the one that is in force."""
    stored = process.secrets().connection(visit.request.path["connection"], visit.now)
    given = visit.form.get("secret", "").strip().encode()
    live = stored.secrets if stored else ()
    is_right = sum(hmac.compare_digest(given, secret.encode()) for secret in live) > 0
    return look(visit, verdict=RIGHT if is_right else WRONG)


def rotate(visit: Visit) -> Reply:
    """Give a connection another secret, beside the one before or in its place."""
    secret, is_last = visit.form.get("secret", ""), visit.form.get("retire_old") == "1"
    try:
        body = body_with(connections.PostSecret, secret=secret, retire_old=is_last)
        connections.rotate(visit.as_api(), body)
    except Rejection as error:
        return look(visit, pages.refused_by(error, "rotate", SECRET_FIELD))
    return pages.redirect(visit.path("connections", visit.request.path["connection"], done="rotated"))


def remove(visit: Visit) -> Reply:
    """Refuse what a connection sends from now on."""
    connections.remove(visit.as_api())
    return pages.redirect(visit.path("connections", done="disconnected"))


def _stored(visit: Visit) -> ConnectionAnswer:
    name = visit.request.path["connection"]
    listed = connections.show(visit.as_api()).connections
    named = next((connection for connection in listed if connection.id == name), None)
    if named is None:
        raise NotFound("there is no connection %(name)s", name=name)
    return named


def _somebody(programme: Programme, now: int) -> str:
    """The name of a new customer who is held out of no campaign that runs."""
    campaigns = [campaign for campaign in running(programme, now) if campaign.holdout]
    names = (f"guest.test-{number}" for number in range(MOST_TRIED))
    return next((name for name in names if not any(campaign.holds_out(name) for campaign in campaigns)), "")


def _fresh(kind: str) -> str:
    """A new secret for a sender that has none of its own."""
    random = secrets.token_bytes(32)
    return f"whsec_{b64encode(random).decode()}" if kind == "standard" else random.hex()
