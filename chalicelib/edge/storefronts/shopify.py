"""Shopify: orders, refunds and disputes of the Admin REST shape, which its webhooks send.

Sources: https://shopify.dev/docs/api/webhooks, https://shopify.dev/docs/api/admin-rest/latest/resources/order, /refund,
/fulfillment and /dispute. Money is taken in the shop's currency (`shop_money`), never in the buyer's
(`presentment_money`). Imports the domain only.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Struct, field
from msgspec.structs import replace

from chalicelib.domain.orders.facts import NO_PRESENTMENT, PRICE, Dispute, OrderFacts, Refund, Snapshot
from chalicelib.edge.storefronts import (
    TEST,
    Delivery,
    Ignored,
    OrderStatement,
    disputes,
    reading,
    shopify_lines,
    shopify_refunds,
    signatures,
)
from chalicelib.edge.storefronts.prints import Fields, Traits, address, joined_if_all, prints, text
from chalicelib.edge.storefronts.reading import LENIENT, MAX_LINES, ZERO, Amount, Id, Instant, Number, order_name
from chalicelib.edge.storefronts.shopify_lines import Charges, LineItem, RefundedParts, ShippingLine, Total
from chalicelib.edge.storefronts.shopify_refunds import Context, RefundBody, lone_refund, named_back, refunds

BALANCE_NAME = "ristourne_balance"
DEVICE = ("browser_ip", "user_agent")
ADDRESS = Fields(street=("address1", "address2"), postcode="zip", country=("country_code", "country"))

ORDER_TOPICS = frozenset(
    f"orders/{event}" for event in ("create", "paid", "updated", "cancelled", "partially_fulfilled", "fulfilled")
)
OWING = frozenset({"pending", "authorized", "expired"})
"""Financial statuses of an order of which nothing is paid. `processed_at` is when it was placed, and never moves."""

COMPLIANCE = frozenset({"customers/redact", "customers/data_request", "shop/redact"})
ACKNOWLEDGED = {
    "ristourne/test": TEST.reason,
    "orders/edited": "an edit: the orders/updated that follows carries its result",
    "fulfillments/create": "a parcel does not say whether it is the whole order: orders/updated carries all of them",
    "fulfillments/update": "a parcel does not say whether it is the whole order: orders/updated carries all of them",
}


class Customer(Struct):
    """The order's customer; a guest's order has none."""

    id: Id | None = None
    email: Annotated[str | None, LENIENT] = None


class NoteAttribute(Struct):
    """A cart attribute, written by the theme or an app."""

    name: str | None = None
    value: Any = None


class DiscountCode(Struct):
    """A code that the buyer entered."""

    code: str | None = None


class Fulfillment(Struct):
    """A parcel; for a delivered one `updated_at` is when Shopify was told of the delivery."""

    status: str | None = None
    shipment_status: str | None = None
    updated_at: Instant | None = None


class Order(Charges, kw_only=True):
    """The body of the orders/* topics."""

    id: Id
    currency: str
    updated_at: Instant
    line_items: Annotated[list[LineItem], MAX_LINES] | None
    created_at: Instant | None = None
    processed_at: Instant | None = None
    cancelled_at: Instant | None = None
    financial_status: str | None = None
    total_outstanding: Number | None = None
    current_total_price: Annotated[Number | None, LENIENT] = None
    total_price: Annotated[Number | None, LENIENT] = None
    test: bool | None = None
    name: Annotated[str | None, LENIENT] = None
    email: Annotated[str | None, LENIENT] = None
    contact_email: Annotated[str | None, LENIENT] = None
    customer: Customer | None = None
    taxes_included: bool | None = None
    shipping_lines: list[ShippingLine] | None = field(default_factory=list)
    total_price_set: Annotated[Total | None, LENIENT] = None
    note_attributes: Annotated[list[NoteAttribute] | None, LENIENT] = None
    discount_codes: Annotated[list[DiscountCode], LENIENT] = field(default_factory=list)
    landing_site: Annotated[str | None, LENIENT] = None
    landing_site_ref: Annotated[str | None, LENIENT] = None
    refunds: list[RefundBody] | None = None
    fulfillment_status: Annotated[str | None, LENIENT] = None
    fulfillments: Annotated[list[Fulfillment], LENIENT] = field(default_factory=list)
    phone: Any = None
    shipping_address: Any = None
    billing_address: Any = None
    client_details: Any = None

    def unstated(self, back: RefundedParts | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The snapshot fields that the body does not state, and the ids of lines whose whole price it does not: none
        where it does not say whether prices contain taxes, so that no line has a certain price.

        `back`: the parts that its refunds name; None where refunds are not stated.
        """
        lines = self.line_items or []
        unsure = tuple(item.id.text for item in lines if not (item.is_tip() or item.is_sure(back)))
        empty = {
            "lines": not lines or self.taxes_included is None or bool(unsure),
            "deduction": self.note_attributes is None,
            "test": self.test is None,
            "shipping": self.shipping_lines is None or not all(line.is_sure() for line in self.shipping_lines),
            "fees": not lines or not all(tip.is_sure(back) for tip in lines if tip.is_tip()),
            # Discounts or removed pieces may not be stated, so that a price may be too high.
            PRICE: any(None in (item.current_quantity, item.discount_allocations) for item in lines)
            or any(not line.is_removed and line.discount_allocations is None for line in self.shipping_lines or ()),
        }
        silent = tuple(name for name, is_silent in empty.items() if is_silent)
        return silent, () if self.taxes_included is None else unsure

    def is_paid(self) -> bool:
        """Whether the whole order is paid; an edit can add lines to a paid order, which is then unpaid again.

        A paid order of which everything is outstanding contradicts itself, as Shopify's own samples do: its status says
        more than a sum.
        """
        if self.financial_status not in ("paid", "partially_refunded", "refunded"):
            return False
        outstanding = self.total_outstanding or ZERO
        everything = self.current_total_price or self.total_price
        contradicts = everything is not None and outstanding >= everything and not self.refunds
        return outstanding <= 0 or (contradicts and self.financial_status == "paid")


class Disputed(Struct):
    """The body of disputes/create and disputes/update, for shops that take cards by Shopify Payments."""

    id: Id
    type: Literal["inquiry", "chargeback"]
    status: disputes.Chargeback
    amount: Amount
    currency: str
    initiated_at: Instant
    finalized_on: Instant | None = None
    order_id: Id | None = None

    def dispute(self) -> Dispute:
        """The domain's Dispute.

        No stamp says when it last changed, but it goes one way only: inquiry, chargeback, closed. An inquiry has the
        earliest stamp even when it was finalised, for it may yet become a chargeback.
        """
        if self.type == "inquiry":
            return disputes.dispute(disputes.INQUIRY, self.amount, self.currency, self.initiated_at.ms)
        stamp_ms = self.finalized_on.ms if self.finalized_on else self.initiated_at.ms + 1
        return disputes.dispute(disputes.POSITIONS[self.status], self.amount, self.currency, stamp_ms)


class Deleted(Struct, forbid_unknown_fields=True):
    """The body of orders/delete, nothing but the id: the topic is not signed, so the body of an order is refused."""

    id: Id
    admin_graphql_api_id: Any = None


_ORDER = reading.decoder(Order)
_DISPUTE = reading.decoder(Disputed)
_DELETED = reading.decoder(Deleted)


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:  # noqa: ARG001
    """Whether the app's client secret signed this body; Shopify signs no time."""
    given = headers.get("x-shopify-hmac-sha256", "").encode(errors="replace")
    return signatures.is_signed(body, [secret.encode() for secret in secrets], [given], b64encode)


@reading.readable
def translate(delivery: Delivery) -> OrderStatement | Ignored:
    """The facts in a delivery, by its topic."""
    topic = delivery.headers.get("x-shopify-topic", "")
    if translator := _TOPICS.get(topic):
        return translator(delivery)
    if topic in COMPLIANCE:
        from chalicelib.edge.storefronts import shopify_privacy

        return shopify_privacy.translate(delivery)
    if topic == "customers/merge":
        from chalicelib.edge.storefronts import shopify_customers

        return shopify_customers.merged(delivery)
    if topic.startswith("customers/"):
        return Ignored("acknowledged: customers are known by their orders")
    if topic in ACKNOWLEDGED:
        return Ignored(ACKNOWLEDGED[topic])
    return reading.unknown_topic(topic, "X-Shopify-Topic")


def _order(delivery: Delivery) -> OrderStatement:
    order = reading.read(_ORDER, delivery.body)
    snapshot, presentment = _snapshot(order, delivery), NO_PRESENTMENT
    if order.total_price_set:
        presentment = order.total_price_set.presentment(order.updated_at.ms, order.currency)
    if not order.refunds:
        return OrderStatement(order.id.text, OrderFacts({"order": snapshot}, presentment=presentment))
    tips = frozenset(item.id.text for item in order.line_items or () if item.is_tip())
    given_back, left_out = refunds(order.refunds, Context(order.currency, tips, buyers=presentment.currency))
    snapshot = replace(snapshot, unreceived=_unreceived(order, given_back))
    return OrderStatement(order.id.text, OrderFacts({"order": snapshot}, given_back, presentment=presentment), left_out)


def _unreceived(order: Order, given_back: Mapping[str, Refund]) -> int:
    """What of a paid order's total its buyer paid with goods that came back for no money, in minor units.

    Shopify's outstanding sum is negative while the shop owes money for such goods:
    https://shopify.dev/docs/api/admin-graphql/latest/objects/Order#field-Order.fields.totalOutstandingSet
    """
    swapped = sum(refund.worth(bool(order.taxes_included)) for refund in given_back.values() if refund.unpaid)
    outstanding, paid_out = order.total_outstanding, shopify_refunds.paid_out(order.refunds or (), order.currency)
    if not swapped or outstanding is None or paid_out is None or not order.is_paid():
        return 0
    return max(swapped - reading.minor(paid_out - min(outstanding, ZERO), order.currency), 0)


def _deleted(delivery: Delivery) -> OrderStatement:
    return OrderStatement(reading.read(_DELETED, delivery.body).id.text, OrderFacts(deleted=True))


def _dispute(delivery: Delivery) -> OrderStatement | Ignored:
    dispute = reading.read(_DISPUTE, delivery.body)
    if dispute.order_id is None:
        return Ignored("a dispute of a payment without an order")
    return OrderStatement(dispute.order_id.text, OrderFacts(disputes={dispute.id.text: dispute.dispute()}))


def _snapshot(order: Order, delivery: Delivery) -> Snapshot:
    customer, included = order.customer or Customer(), bool(order.taxes_included)
    email = reading.mailbox(order.email or customer.email or order.contact_email)
    listed, paid = order.line_items or [], order.is_paid()
    goods, shipping = shopify_lines.goods(listed, taxes_included=included), (ZERO, ZERO)
    if order.shipping_lines:
        shipping = shopify_lines.shipping(order.shipping_lines, taxes_included=included)
    lines, shipping_net, shipping_tax = reading.order_lines(goods, shipping, order.currency)
    back = None
    if order.refunds is not None:
        back = named_back(order.refunds) if order.refunds else RefundedParts()
        if any(item.current_quantity not in (UNSET, None, item.quantity) for item in listed):
            lines = shopify_lines.without_removed(lines, listed, back.pieces)
    silent, unsure = order.unstated(back)
    fees = shopify_lines.fees(order, listed, back, taxes_included=included)
    items = [item for item in listed if not item.is_tip()]
    discounted = shopify_lines.discounted(items, order.shipping_lines or (), back)
    by_balance = [attribute.value for attribute in order.note_attributes or () if attribute.name == BALANCE_NAME]
    candidates = [attribute.value for attribute in order.note_attributes or ()]
    candidates += [code.code for code in order.discount_codes]
    candidates += [*(reading.query_values(order.landing_site) if order.landing_site else ()), order.landing_site_ref]
    return Snapshot(
        stamp_ms=order.updated_at.ms,
        currency=order.currency,
        at=(order.processed_at or order.created_at or order.updated_at).s,
        placed=paid or order.financial_status in OWING,
        paid=paid,
        void=order.cancelled_at is not None or order.financial_status in ("refunded", "voided"),
        name=order_name(order.name),
        buyer=delivery.identities.buyer(customer.id.text if customer.id else None, email),
        email_hash=delivery.identities.email_hash(email) if email else "",
        code=reading.first_code(candidates) if any(candidates) else "",
        lines=lines,
        shipping_net=shipping_net,
        shipping_tax=shipping_tax,
        tax_included=included,
        fees=reading.minor(fees, order.currency),
        deduction=reading.minor(reading.balance(by_balance), order.currency) if by_balance else 0,
        claimed=True,  # carts' attributes, and that there is none, are what the shopper's browser made of them
        discounted=reading.minor(discounted, order.currency),
        test=bool(order.test),
        silent=silent,
        unsure=unsure,
        delivered_at=_delivered_at(order) if order.fulfillment_status == "fulfilled" else 0,
        prints=prints(_traits(order, email), delivery.identities),
    )


def _delivered_at(order: Order) -> int:
    """When the last parcel of a wholly fulfilled order was delivered, in seconds; 0 while one is under way."""
    parcels = [parcel for parcel in order.fulfillments if parcel.status not in ("cancelled", "error", "failure")]
    deliveries = [
        parcel.updated_at.s for parcel in parcels if parcel.shipment_status == "delivered" and parcel.updated_at
    ]
    return max(deliveries, default=0) if len(deliveries) == len(parcels) else 0


def _traits(order: Order, email: str | None) -> Traits:
    places = [place for place in (order.shipping_address, order.billing_address) if place]
    phones = (text(place, "phone") for place in places)
    return Traits(
        email=email,
        addresses=tuple(address(place, ADDRESS) for place in places),
        phones=(*phones, order.phone if isinstance(order.phone, str) else ""),
        device=joined_if_all(text(order.client_details, name) for name in DEVICE) if order.client_details else "",
    )


_TOPICS: dict[str, Callable[[Delivery], OrderStatement | Ignored]] = {
    **dict.fromkeys(ORDER_TOPICS, _order),
    "orders/delete": _deleted,
    "refunds/create": lone_refund,
    "disputes/create": _dispute,
    "disputes/update": _dispute,
}
