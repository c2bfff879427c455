"""What storefronts send, made small: bodies with sensible defaults, and signed deliveries of them."""

import json
from typing import Any

from chalicelib.domain.core.identity import Identities, new_code
from chalicelib.domain.orders.facts import OrderFacts, Snapshot
from chalicelib.edge.storefronts import Delivery, Ignored, OrderStatement, kind
from infra.signing import sign

Json = dict[str, Any]

NOW = 1_770_000_000
IDENTITIES = Identities(b"the key of the tests", "shop")
CODE = new_code(b"friends")
SECRETS = {
    "shopify": "hush-shpss-test",
    "woocommerce": "wc-test-secret",
    "stripe": "whsec_test_secret",
    "standard": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


def encoded(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def delivery(sender: str, body: object, topic: str = "") -> Delivery:
    raw = encoded(body)
    headers = sign(sender, SECRETS[sender], raw, topic, NOW)
    return Delivery({name.lower(): value for name, value in headers.items()}, raw, IDENTITIES)


def translation(sender: str, body: object, topic: str = "") -> OrderStatement | Ignored:
    """What comes of a signed delivery of this body."""
    sent = delivery(sender, body, topic)
    assert kind(sender).verify([SECRETS[sender]], sent.headers, sent.body, NOW)
    return kind(sender).translate(sent)


def statement_of(sender: str, body: object, topic: str = "") -> OrderStatement:
    statement = translation(sender, body, topic)
    assert isinstance(statement, OrderStatement), statement
    return statement


def facts(sender: str, body: object, topic: str = "") -> OrderFacts:
    return statement_of(sender, body, topic).facts


def snapshot(sender: str, body: object, topic: str = "") -> Snapshot:
    (only,) = facts(sender, body, topic).sources.values()
    return only


def shop_money(amount: str, presentment: str = "999.99", currency: str = "EUR") -> Json:
    return {
        "shop_money": {"amount": amount, "currency_code": currency},
        "presentment_money": {"amount": presentment, "currency_code": "JPY"},
    }


def shopify_line(line: object = 11, price: str = "40.00", quantity: int = 1, **more: object) -> Json:
    return {
        "id": line,
        "price": price,
        "quantity": quantity,
        "product_id": 632910392,
        "sku": "MUG",
        "tax_lines": [],
        "discount_allocations": [],
        **more,
    }


def shopify_order(order: int = 820982911946154508, **changes: object) -> Json:
    return {
        "id": order,
        "name": "#1001",
        "currency": "EUR",
        "created_at": "2026-01-31T10:00:00+01:00",
        "processed_at": "2026-01-31T10:00:01+01:00",
        "updated_at": "2026-01-31T10:00:02+01:00",
        "cancelled_at": None,
        "financial_status": "paid",
        "email": "ana@example.com",
        "customer": {"id": 115310627314723954, "email": "ana@example.com"},
        "taxes_included": False,
        "line_items": [shopify_line()],
        "shipping_lines": [],
        "note_attributes": [],
        "discount_codes": [],
        "landing_site": None,
        "landing_site_ref": None,
        "refunds": [],
        **changes,
    }


def shopify_refund(refund: int = 71, order: int | None = 820982911946154508, **changes: object) -> Json:
    return {
        "id": refund,
        "order_id": order,
        "refund_line_items": [],
        "refund_shipping_lines": [],
        "order_adjustments": [],
        "total_duties_set": shop_money("0.00"),
        **changes,
    }


def shopify_transaction(amount: str, currency: str | None = "EUR", **changes: object) -> Json:
    return {"kind": "refund", "status": "success", "amount": amount, "currency": currency, **changes}


def shopify_dispute(**changes: object) -> Json:
    """The body of disputes/create: a chargeback of 15.00 on the order above."""
    return {
        "id": 285332461850802050,
        "order_id": 820982911946154508,
        "type": "chargeback",
        "amount": "15.00",
        "currency": "EUR",
        "reason": "fraudulent",
        "network_reason_code": "4837",
        "status": "needs_response",
        "evidence_due_by": "2026-02-20T19:00:00-05:00",
        "evidence_sent_on": None,
        "finalized_on": None,
        "initiated_at": "2026-02-10T09:00:00Z",
        **changes,
    }


def shopify_parcel(**changes: object) -> Json:
    return {
        "id": 255858046,
        "order_id": 820982911946154508,
        "status": "success",
        "shipment_status": "delivered",
        "updated_at": "2026-02-03T12:00:00Z",
        **changes,
    }


SHOPIFY_BUYER: Json = {
    "phone": None,
    "shipping_address": {
        "address1": "12, Rue de la Paix",
        "address2": "",
        "zip": "75002",
        "city": "Paris",
        "country": "France",
        "country_code": "FR",
        "phone": "+33 1 23 45 67 89",
        "latitude": 48.8691,
    },
    "billing_address": None,
    "client_details": {"browser_ip": "192.0.2.7", "user_agent": "Firefox"},
}
"""What else Shopify's order says of the buyer."""


def woocommerce_line(line: int = 315, total: str = "6.00", tax: str = "0.00", **more: object) -> Json:
    return {"id": line, "product_id": 93, "sku": "WOO-1", "quantity": 2, "total": total, "total_tax": tax, **more}


def woocommerce_order(order: int = 727, **changes: object) -> Json:
    return {
        "id": order,
        "number": "727",
        "status": "processing",
        "currency": "EUR",
        "date_created_gmt": "2026-01-31T09:00:00",
        "date_modified_gmt": "2026-01-31T09:00:08",
        "date_paid_gmt": "2026-01-31T09:00:05",
        "date_completed_gmt": None,
        "customer_id": 26,
        "billing": {"email": "joao@example.com"},
        "shipping_total": "10.00",
        "shipping_tax": "0.00",
        "line_items": [woocommerce_line()],
        "fee_lines": [],
        "coupon_lines": [],
        "meta_data": [],
        "refunds": [],
        **changes,
    }


def stripe_event(event: str, thing: Json, created: int = NOW) -> Json:
    return {"id": "evt_1", "object": "event", "type": event, "created": created, "data": {"object": thing}}


def stripe_session(**changes: object) -> Json:
    session = {
        "id": "cs_test_1",
        "object": "checkout.session",
        "mode": "payment",
        "created": NOW - 60,
        "currency": "eur",
        "customer": "cus_1",
        "customer_details": {"email": "ana@example.com"},
        "customer_email": None,
        "payment_intent": "pi_1",
        "payment_status": "paid",
        "amount_total": 5300,
        "total_details": {"amount_tax": 800, "amount_shipping": 500, "amount_discount": 0},
        "client_reference_id": None,
        "metadata": {},
        **changes,
    }
    return stripe_event("checkout.session.completed", session)


def stripe_intent(**changes: object) -> Json:
    intent = {
        "id": "pi_1",
        "object": "payment_intent",
        "created": NOW - 70,
        "currency": "eur",
        "customer": None,
        "amount_received": 5300,
        "status": "succeeded",
        "receipt_email": "ana@example.com",
        "metadata": {},
        **changes,
    }
    return stripe_event("payment_intent.succeeded", intent)


def stripe_charge(event: str = "charge.refunded", at: int = NOW, **changes: object) -> Json:
    charge = {
        "id": "ch_1",
        "object": "charge",
        "created": NOW - 65,
        "currency": "eur",
        "customer": None,
        "payment_intent": "pi_1",
        "amount": 5300,
        "amount_captured": 5300,
        "amount_refunded": 0,
        "paid": True,
        "captured": True,
        "receipt_email": None,
        "billing_details": {"email": "ana@example.com"},
        "metadata": {},
        **changes,
    }
    return stripe_event(event, charge, at)


def stripe_dispute(event: str = "created", at: int = NOW, **changes: object) -> Json:
    """A chargeback of 15.00 on the charge above."""
    dispute = {
        "id": "du_1",
        "object": "dispute",
        "created": NOW - 5,
        "amount": 1500,
        "balance_transactions": [],
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "currency": "eur",
        "reason": "fraudulent",
        "status": "needs_response",
        **changes,
    }
    return stripe_event(f"charge.dispute.{event}", dispute, at)


def standard_dispute(event: str = "opened", **changes: object) -> Json:
    """A chargeback of 15.00 on the order below."""
    data = {"id": "d1", "order": "1001", "amount": "15.00", "currency": "EUR", "at": "2026-02-10T09:00:00Z", **changes}
    return {"type": f"dispute.{event}", "data": data}


def standard_line(line: str = "1", amount: object = "40.00", **more: object) -> Json:
    return {"id": line, "product": "mug", "sku": "MUG-1", "quantity": 2, "amount": amount, "tax": "8.00", **more}


def standard_order(**changes: object) -> Json:
    order = {
        "id": "1001",
        "number": "#1001",
        "status": "paid",
        "currency": "EUR",
        "created_at": "2026-01-31T09:00:00Z",
        "paid_at": "2026-01-31T09:02:00Z",
        "updated_at": "2026-01-31T09:02:01Z",
        "customer": {"id": "42", "email": "ana@example.com"},
        "lines": [standard_line()],
        "shipping": {"amount": "5.00", "tax": "1.00"},
        **changes,
    }
    return {"type": "order.paid", "data": order}
