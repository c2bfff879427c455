"""A test delivery and a sample order of each kind of storefront, for `connection test`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from chalicelib.domain.programme.campaigns import Campaign

CUSTOMER = 999_999_999_999
"""A customer whom no storefront has; the ones below it do not exist either."""

MOST_TRIED = 200
"""How many made-up customers are tried for one whom no campaign holds out."""


class Sample(NamedTuple):
    """The body of a delivery, and the topic that Shopify and WooCommerce state in a header."""

    topic: str
    body: bytes


def harmless_delivery(kind: str) -> Sample:
    """A delivery that is authentic where its signature is, and changes nothing."""
    topic = "ristourne/test" if kind == "shopify" else "ristourne.test"
    return Sample(topic, json.dumps({"type": topic}).encode())


def customer_for(kind: str, namespace: str, campaigns: Iterable[Campaign]) -> int:
    """A made-up customer whom none of the campaigns holds out, or as few as can be."""
    holding_out = [campaign for campaign in campaigns if campaign.holdout]

    def held_out(customer: int) -> int:
        return sum(campaign.holds_out(f"{namespace}.{_name(kind, customer)}") for campaign in holding_out)

    return min(range(CUSTOMER, CUSTOMER - MOST_TRIED, -1), key=held_out)


def paid_order(kind: str, currency: str, now: int, customer: int = CUSTOMER) -> Sample:
    """An order of a new customer over one piece of 100.00 (100 in a currency without decimals), paid at that second."""
    topic, order = _ORDERS[kind](currency, now, customer)
    return Sample(topic, json.dumps(order).encode())


def _name(kind: str, customer: int) -> str:
    """A made-up customer's id as its storefront writes it."""
    return f"cus_{customer}" if kind == "stripe" else str(customer)


def _shopify(currency: str, now: int, customer: int) -> tuple[str, Any]:
    at = _iso(now)
    line = {"id": CUSTOMER, "quantity": 1, "price": "100.00"}
    stamps = dict.fromkeys(("created_at", "processed_at", "updated_at"), at)
    paid = {"financial_status": "paid", "total_price": "100.00", "customer": {"id": customer}}
    return "orders/paid", {"id": CUSTOMER, "currency": currency, "line_items": [line], **stamps, **paid}


def _woocommerce(currency: str, now: int, customer: int) -> tuple[str, Any]:
    stamps = dict.fromkeys(("date_created_gmt", "date_modified_gmt", "date_paid_gmt"), _iso(now)[:19])
    line = {"id": 1, "product_id": 1, "quantity": 1, "total": "100.00", "total_tax": "0.00"}
    sums = {"total": "100.00", "shipping_total": "0.00", "shipping_tax": "0.00"}
    order = {"id": CUSTOMER, "status": "processing", "currency": currency, "customer_id": customer}
    return "order.created", {**order, **stamps, **sums, "line_items": [line]}


def _stripe(currency: str, now: int, customer: int) -> tuple[str, Any]:
    from chalicelib.domain.core import money

    amount = 100 * 10 ** money.scale_of(currency)
    intent = {"id": "pi_ristourne_test", "object": "payment_intent", "created": now, "currency": currency.lower()}
    intent |= {"customer": _name("stripe", customer), "amount_received": amount, "status": "succeeded", "metadata": {}}
    event = {"id": "evt_ristourne_test", "object": "event", "type": "payment_intent.succeeded", "created": now}
    return "payment_intent.succeeded", {**event, "data": {"object": intent}}


def _standard(currency: str, now: int, customer: int) -> tuple[str, Any]:
    line = {"id": "1", "product": "test", "sku": "", "quantity": 1, "amount": "100.00", "tax": "0.00"}
    order = {"id": "ristourne-test", "status": "paid", "currency": currency, "tax_included": False, "lines": [line]}
    stamps = dict.fromkeys(("created_at", "paid_at", "updated_at"), _iso(now))
    return "order.paid", {"type": "order.paid", "data": {**order, **stamps, "customer": {"id": str(customer)}}}


def _iso(now: int) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z")


_ORDERS: dict[str, Callable[[str, int, int], tuple[str, Any]]] = {
    "shopify": _shopify,
    "woocommerce": _woocommerce,
    "stripe": _stripe,
    "standard": _standard,
}
