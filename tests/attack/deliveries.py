"""Genuine deliveries of each kind of sender: the recorded payloads and small made ones, signed by the sender's library
where there is one that signs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import standardwebhooks
import stripe
from msgspec import Struct

from infra.signing import sign
from tests.machine import PAYLOADS
from tests.world.senders import (
    shopify_order,
    standard_dispute,
    standard_order,
    stripe_charge,
    stripe_event,
    stripe_intent,
    stripe_session,
    woocommerce_order,
)

SECRETS = {
    "shopify": "hush-shpss-attacked-1",
    "woocommerce": "wc-secret-attacked-01",
    "stripe": "whsec_stripe_attacked_01",
    "standard": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}
"""The secret of each kind's connection, whose id is `shop-` and the kind."""

SHOPIFY_TOPICS = {
    "orders_paid": "orders/paid",
    "orders_create": "orders/create",
    "orders_updated": "orders/updated",
    "orders_cancelled": "orders/cancelled",
    "orders_edited": "orders/edited",
    "refunds_create": "refunds/create",
    "refunds_1": "refunds/create",
    "order_rest": "orders/create",
    "refund_rest": "refunds/create",
    "customers_create": "customers/create",
    "customers_data_request": "customers/data_request",
    "customers_merge": "customers/merge",
    "customers_redact": "customers/redact",
}
"""The topic of a recorded Shopify payload, by a part of its file's name; shop/redact would end the connection."""

STRIPE_TYPES = {
    "charge": "charge.refunded",
    "checkout.session": "checkout.session.completed",
    "refund.json": "refund.created",
}


class Sent(Struct, frozen=True):
    """One delivery as it reaches the API. `later_s`: how long after `signed_at` it is received, in seconds."""

    kind: str
    connection: str
    headers: Mapping[str, str]
    body: bytes
    signed_at: int
    later_s: int = 0


def payloads() -> Iterator[tuple[str, str, Any]]:
    """Kind, topic and payload of every delivery that there is to tamper with."""
    for path in sorted(PAYLOADS.glob("*.json")):
        kind = path.name.partition("_")[0]
        recorded = json.loads(path.read_text())
        if kind == "shopify" and "shop_redact" not in path.name:
            yield kind, next(topic for part, topic in SHOPIFY_TOPICS.items() if part in path.name), recorded
        elif kind == "woocommerce":
            yield kind, "order.updated", recorded
        elif kind == "stripe" and "fixture_event" not in path.name:
            name = next(name for part, name in reversed(STRIPE_TYPES.items()) if part in path.name)
            thing = recorded["object"] if isinstance(recorded["object"], dict) else recorded
            yield kind, name, stripe_event(name, thing)
    yield "shopify", "orders/paid", shopify_order()
    yield "shopify", "orders/delete", {"id": 820982911946154509}
    yield "woocommerce", "order.created", woocommerce_order()
    yield "woocommerce", "order.deleted", {"id": 728}
    yield from (("stripe", "", event) for event in (stripe_session(), stripe_intent(), stripe_charge()))
    yield from (("standard", "", event) for event in (standard_order(), standard_dispute()))


def genuine(now: int) -> list[Sent]:
    """Every payload, signed at `now` as its sender signs."""
    return [signed(kind, topic, json.dumps(payload).encode(), now) for kind, topic, payload in payloads()]


def signed(kind: str, topic: str, body: bytes, now: int, secret: str = "") -> Sent:
    """A delivery to the kind's connection, signed by the sender's library; Shopify and WooCommerce publish none."""
    secret = secret or SECRETS[kind]
    if kind == "stripe":
        header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, now)
        headers = {"Content-Type": "application/json", "Stripe-Signature": header}
    elif kind == "standard":
        signature = standardwebhooks.Webhook(secret).sign("msg_1", datetime.fromtimestamp(now, UTC), body.decode())
        headers = {"Content-Type": "application/json", "webhook-id": "msg_1", "webhook-timestamp": str(now)}
        headers |= {"webhook-signature": signature}
    else:
        headers = sign(kind, secret, body, topic, now)
    return Sent(kind, f"shop-{kind}", headers, body, now)
