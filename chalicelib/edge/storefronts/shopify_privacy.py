"""Shopify's compliance topics: customers/redact, customers/data_request and shop/redact.

Source: https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance. A topic is not signed, only the body is:
a body that has anything more than its topic says is refused, so that no other delivery can be passed off as one of
these. Imports the domain only.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from chalicelib.edge.storefronts import DataDemand, Delivery, UnreadableDelivery, reading
from chalicelib.edge.storefronts.reading import Id

ABOUT_A_CUSTOMER: dict[str, tuple[Literal["erase", "export"], str]] = {
    "customers/redact": ("erase", "orders_to_redact"),
    "customers/data_request": ("export", "orders_requested"),
}
"""The request of each topic, and the body's field that lists orders."""

REASONS = {
    "erase": "personal data of a customer are erased",
    "export": "what is held of a customer is listed for the operator",
    "erase-shop": "personal data of all customers are erased, and the connection is off",
}


class Customer(Struct):
    """The customer that the request is about; without an account there is only the e-mail."""

    id: Id | None = None
    email: str | None = None


class RequestBody(Struct, forbid_unknown_fields=True):
    """The body of all three topics; shop/redact has the first two fields alone."""

    shop_id: Any
    shop_domain: str
    customer: Customer | None = None
    orders_to_redact: list[Id] | None = None
    orders_requested: list[Id] | None = None
    data_request: Any = None


_REQUEST = reading.decoder(RequestBody)


def translate(delivery: Delivery) -> DataDemand:
    """The request of a compliance delivery. Raises UnreadableDelivery."""
    topic = delivery.headers.get("x-shopify-topic", "")
    return _about_a_customer(delivery, topic) if topic in ABOUT_A_CUSTOMER else _about_the_shop(delivery)


def _about_a_customer(delivery: Delivery, topic: str) -> DataDemand:
    what, listing = ABOUT_A_CUSTOMER[topic]
    request, field_names = _read(delivery, topic)
    allowed = {"shop_id", "shop_domain", "customer", listing} | ({"data_request"} if what == "export" else set())
    customer = request.customer
    if not field_names <= allowed or customer is None or not (customer.id or customer.email):
        raise _not_one_of(topic)
    orders = tuple(order.text for order in getattr(request, listing) or ())
    account = delivery.identities.buyer(customer.id.text, None) if customer.id else ""
    hashed = delivery.identities.email_hash(customer.email)
    return DataDemand(REASONS[what], what=what, account=account, email_hash=hashed, orders=orders)


def _about_the_shop(delivery: Delivery) -> DataDemand:
    _, field_names = _read(delivery, "shop/redact")
    if field_names != {"shop_id", "shop_domain"}:
        raise _not_one_of("shop/redact")
    return DataDemand(REASONS["erase-shop"], what="erase-shop")


def _read(delivery: Delivery, topic: str) -> tuple[RequestBody, set[str]]:
    """The body, and the names of its fields."""
    try:
        return _REQUEST.decode(delivery.body), set(msgspec.json.decode(delivery.body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _not_one_of(topic) from None


def _not_one_of(topic: str) -> UnreadableDelivery:
    return UnreadableDelivery(f"the body must be one of {topic}, with the fields that Shopify documents and no other")
