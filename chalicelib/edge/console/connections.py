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
from chalicelib.edge.http import body_with
from chalicelib.edge.messages import Reply
from chalicelib.edge.storefronts import KINDS
from chalicelib.edge.words import marked
from chalicelib.store import deliveries, rounds

NAMES = {"shopify": "Shopify", "woocommerce": "WooCommerce", "stripe": "Stripe", "standard": "Standard Webhooks"}

EVENTS = {
    "shopify": (
        marked("Order creation"),
        marked("Order payment"),
        marked("Order update"),
        marked("Order cancellation"),
        marked("Order fulfillment"),
        marked("Order deletion"),
        marked("Refund create"),
    ),
    "woocommerce": (
        marked("Order created"),
        marked("Order updated"),
        marked("Order deleted"),
        marked("Order restored"),
    ),
    "stripe": (
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "invoice.paid",
        "invoice_payment.paid",
        "payment_intent.succeeded",
        "charge.succeeded",
        "charge.captured",
        "charge.refunded",
        "charge.updated",
        "refund.failed",
        "refund.updated",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    ),
}
"""What a shop has to send, as its own pages call it; docs/storefronts.md names the same."""

STEPS = {
    "shopify": (
        marked("In the admin open Settings > Notifications > Webhooks and choose Create webhook."),
        marked(
            "Make one for each of these events, with the format JSON, the newest stable API version, and as URL the "
            "address below:"
        ),
        marked("Under the list the page says “Your webhooks will be signed with” and a key. Paste that key here:"),
    ),
    "woocommerce": (
        marked("Copy the secret below and connect first: WooCommerce calls the address when a webhook is saved."),
        marked(
            "In WordPress open WooCommerce > Settings > Advanced > Webhooks. Add one for each of these topics, with "
            "the Status Active, WP REST API Integration v3, and as Delivery URL the address below:"
        ),
        marked("The Secret is the same for all four. It is shown here once:"),
    ),
    "stripe": (
        marked("In Workbench > Webhooks choose Create new destination, your own account and the newest API version."),
        marked("Choose these events, then Webhook endpoint, and as Endpoint URL the address below:"),
        marked("On the destination's page reveal the Signing secret, whsec_…, and paste it here:"),
    ),
    "standard": (
        marked("Copy the secret below: your own system signs with it, by a library of Standard Webhooks."),
        marked("It posts each order in the format below, signed, to this address, and again whenever it changes:"),
        marked("The secret is shown here once:"),
    ),
}
"""What to do in the shop: before the address, with the address, and with the secret."""

FORMAT = """{"type": "order.paid", "data": {
  "id": "1001", "number": "#1001",
  "status": "paid", "currency": "EUR",
  "paid_at": "2026-01-31T09:02:00Z",
  "updated_at": "2026-01-31T09:02:00Z",
  "customer": {"id": "42", "email": "ana@example.com"},
  "lines": [{"id": "1", "product": "mug", "quantity": 2,
             "amount": "40.00", "tax": "8.00"}],
  "shipping": {"amount": "5.00", "tax": "1.00"}}}"""
"""An order as one's own system states it, with what each should have; docs/storefronts.md has all fields."""

NEXT = {
    "shopify": (
        marked("In Shopify, under Settings > Notifications > Webhooks, choose Send test notification beside one."),
        marked("Shopify must say that it succeeded. A webhook that fails has another address or key than this page."),
    ),
    "woocommerce": (
        marked("In WordPress open any order and save it; nothing has to be changed."),
        marked("WooCommerce > Status > Logs shows the answer in the log webhooks-delivery, which must be 200 or 202."),
    ),
    "stripe": (
        marked("In Stripe's test mode pay something, or run: stripe trigger payment_intent.succeeded"),
        marked("The destination's Event deliveries must show the event as delivered."),
    ),
    "standard": (
        marked("Have your system post an order that was paid today."),
        marked("The answer must be 200 with the result recorded; a reason in it names what is not as meant."),
    ),
}
"""What to do once the connection is there: have the shop call, and what it must say then."""

TRY = {
    "shopify": marked(
        "Then place a small order yourself and pay it: one that Shopify marks as a test earns nothing, unless the "
        "programme's settings count test orders too."
    ),
    "woocommerce": marked("Then place a small order yourself and pay it."),
    "stripe": marked(
        "Then pay something small: in test mode with the signing secret of the test mode, which makes the whole "
        "connection a trial."
    ),
    "standard": marked(
        "Then place a small order yourself and pay it: one that says test: true earns nothing, unless the programme's "
        "settings count test orders too."
    ),
}
"""How an order comes about that shows whether a reward does."""

LOOK_FOR = marked(
    "Look for its number under Members: the customer is there with what it earned. What could not be processed stands "
    "at once under Messages; the time of the last order here is counted each night."
)

GIVES_UP = {
    "shopify": marked("After 8 refusals in a row Shopify ends its webhooks; you would have to make them again."),
    "woocommerce": marked(
        "After 5 refusals WooCommerce switches its webhooks off; you would have to activate them again."
    ),
}
"""What a shop does whose deliveries are refused for long."""

SECRET_FIELD = {"secret": "secret"}
"""Where the forms say what is wrong with a secret."""

MAKES_OURS = ("woocommerce", "standard")
"""Kinds whose secret we make; the others have one of their own."""

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
    if not refused and kind in KINDS and name:
        refused = _name_refused(visit, name)
        kind = "" if refused else kind
    url = f"{process.address(visit.request)}/webhooks/{name}"
    return pages.page(
        visit,
        "connect.html",
        refused,
        names=NAMES,
        asked_kind=asked.get("kind", ""),
        kind=kind if kind in KINDS else "",
        name=name,
        steps=STEPS.get(kind, ()),
        events=EVENTS.get(kind, ()),
        url=url,
        format=FORMAT if kind == "standard" else "",
        ours=_fresh(kind) if kind in MAKES_OURS else "",
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
        if form.get("kind") not in KINDS:
            raise Conflict("the kind must be one of %(kinds)s", kinds=tuple(KINDS))
        fields = {name: form.get(name, "") for name in ("id", "kind", "secret")}
        body = body_with(connections.PutConnection, **fields)
        added = connections.put(visit.as_api(), body)
    except Rejection as error:
        return begin(visit, pages.refused_by(error, "connect", SECRET_FIELD))
    return pages.redirect(visit.path("connections", added.id, done="connected"))


def look(visit: Visit, refused: pages.Refused | None = None, verdict: str = "") -> Reply:
    """One connection: its address, a test of its secret, another secret, and its end."""
    connection = _stored(visit)
    programme = visit.programme()
    kept = [row for row in deliveries.newest(visit.now, MOST_SEARCHED) if row.connection == connection.id]
    counted = rounds.current()
    rewards: list[QuotedReward] = []
    if verdict == RIGHT and programme:
        basket = progress.PostQuote((progress.QuoteLine(BASKET),), _somebody(programme, visit.now))
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
        gives_up=GIVES_UP.get(connection.kind, ""),
        following=(*NEXT.get(connection.kind, ()), TRY.get(connection.kind, ""), LOOK_FOR),
        rewards=rewards,
        held_out=[campaign for campaign in running(programme, visit.now) if campaign.holdout] if programme else [],
        basket=BASKET,
        own=money.asset_of(programme.currency) if programme else "",
        programme=programme,
        ours=_fresh(connection.kind) if connection.kind in MAKES_OURS else "",
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
