"""Shopify: orders, refunds and disputes of the Admin REST shape, which its webhooks send.

Sources: https://shopify.dev/docs/api/webhooks, https://shopify.dev/docs/api/admin-rest/latest/resources/order, /refund,
/fulfillment and /dispute. Money is taken in the shop's currency (`shop_money`), never in the buyer's
(`presentment_money`). Imports the domain only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Struct

from chalicelib.domain.orders import Dispute, OrderFacts, Snapshot
from chalicelib.edge.storefronts import Delivery, Ignored, Statement, disputes, reading, signatures
from chalicelib.edge.storefronts.prints import Fields, Traits, address, prints, text, together
from chalicelib.edge.storefronts.reading import MAX_LINES, Amount, Goods, Id, Instant, Quantity
from chalicelib.edge.storefronts.shopify_money import ZERO, Both, known, shop
from chalicelib.edge.storefronts.shopify_refunds import RefundBody, lone_refund, refunds

BALANCE_NAME = "ristourne_balance"
ADDRESS = Fields(street=("address1", "address2"), postcode="zip", country=("country_code", "country"))

ORDER_TOPICS = frozenset(
    f"orders/{event}" for event in ("create", "paid", "updated", "cancelled", "partially_fulfilled", "fulfilled")
)
COMPLIANCE = frozenset({"customers/redact", "customers/data_request", "shop/redact"})
ACKNOWLEDGED = {
    "orders/edited": "an edit: the orders/updated that follows carries its result",
    "fulfillments/create": "a parcel does not say whether it is the whole order: orders/updated carries all of them",
    "fulfillments/update": "a parcel does not say whether it is the whole order: orders/updated carries all of them",
}


class TaxLine(Struct):
    """One tax on a line."""

    price: Amount | None = None
    price_set: Both[Amount] | None = None


class Allocation(Struct):
    """The share of a discount that falls on a line."""

    amount: Amount | None = None
    amount_set: Both[Amount] | None = None


class LineItem(Struct):
    """One order line, before discounts."""

    id: Id
    quantity: Quantity
    price: Amount
    price_set: Both[Amount] | None = None
    product_id: Id | None = None
    sku: str | None = None
    gift_card: bool = False
    tax_lines: list[TaxLine] = []
    discount_allocations: list[Allocation] = []


class ShippingLine(Struct):
    """One way of shipping; `discounted_price` already is less the discounts."""

    price: Amount
    price_set: Both[Amount] | None = None
    discounted_price: Amount | None = None
    discounted_price_set: Both[Amount] | None = None
    is_removed: bool = False
    tax_lines: list[TaxLine] = []
    discount_allocations: list[Allocation] = []


class Customer(Struct):
    """The shop's customer; guests have none."""

    id: Id | None = None
    email: str | None = None


class NoteAttribute(Struct):
    """What the theme or an app wrote on the cart."""

    name: str | None = None
    value: Any = None


class DiscountCode(Struct):
    """A code that the buyer entered."""

    code: str | None = None


class Fulfillment(Struct):
    """A parcel; `updated_at` of one that was delivered is when Shopify heard of it."""

    status: str | None = None
    shipment_status: str | None = None
    updated_at: Instant | None = None


class Order(Struct):
    """The body of the orders/* topics."""

    id: Id
    currency: str
    created_at: Instant
    updated_at: Instant
    line_items: Annotated[list[LineItem], MAX_LINES]
    processed_at: Instant | None = None
    cancelled_at: Instant | None = None
    financial_status: str | None = None
    name: str | None = None
    email: str | None = None
    contact_email: str | None = None
    customer: Customer | None = None
    taxes_included: bool = False
    shipping_lines: list[ShippingLine] = []
    note_attributes: list[NoteAttribute] = []
    discount_codes: list[DiscountCode] = []
    landing_site: str | None = None
    landing_site_ref: str | None = None
    refunds: list[RefundBody] = []
    fulfillment_status: str | None = None
    fulfillments: list[Fulfillment] = []
    phone: Any = None
    shipping_address: Any = None
    billing_address: Any = None
    client_details: Any = None


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
        """The dispute as the domain knows it.

        No stamp says when it last changed, but it goes one way only: inquiry, chargeback, closed. An inquiry has the
        earliest stamp even when it was finalised, for it may yet become a chargeback.
        """
        if self.type == "inquiry":
            return disputes.dispute(disputes.INQUIRY, self.amount, self.currency, self.initiated_at.ms)
        stamp_ms = self.finalized_on.ms if self.finalized_on else self.initiated_at.ms + 1
        return disputes.dispute(disputes.STANDINGS[self.status], self.amount, self.currency, stamp_ms)


class Deleted(Struct):
    """The body of orders/delete."""

    id: Id


_ORDER = reading.decoder(Order)
_DISPUTE = reading.decoder(Disputed)
_DELETED = reading.decoder(Deleted)


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:  # noqa: ARG001
    """Whether the app's client secret signed this body; Shopify signs no time."""
    return signatures.signed_in_base64(secrets, headers, "x-shopify-hmac-sha256", body)


@reading.readable
def translate(delivery: Delivery) -> Statement | Ignored:
    """The facts in a delivery, by its topic."""
    topic = delivery.headers.get("x-shopify-topic", "")
    if heard := _TOPICS.get(topic):
        return heard(delivery)
    if topic in COMPLIANCE:
        from chalicelib.edge.storefronts import shopify_privacy

        return shopify_privacy.translate(delivery)
    if topic.startswith("customers/"):
        return Ignored("acknowledged: customers are known by their orders")
    if topic in ACKNOWLEDGED:
        return Ignored(ACKNOWLEDGED[topic])
    return Ignored(f"unknown topic {topic[:60]!r}", unknown=True)


def _order(delivery: Delivery) -> Statement:
    order = reading.read(_ORDER, delivery.body)
    given_back = refunds(order.refunds, order.currency)
    return Statement(order.id.text, OrderFacts(sources={"order": _snapshot(order, delivery)}, refunds=given_back))


def _deleted(delivery: Delivery) -> Statement:
    return Statement(reading.read(_DELETED, delivery.body).id.text, OrderFacts(deleted=True))


def _dispute(delivery: Delivery) -> Statement | Ignored:
    said = reading.read(_DISPUTE, delivery.body)
    if said.order_id is None:
        return Ignored("a dispute of a payment without an order")
    return Statement(said.order_id.text, OrderFacts(disputes={said.id.text: said.dispute()}))


def _snapshot(order: Order, delivery: Delivery) -> Snapshot:
    customer = order.customer or Customer()
    email = order.email or customer.email or order.contact_email
    lines, shipping_net, shipping_tax = reading.order_lines(
        [_goods(order, i) for i in range(len(order.line_items))],
        _shipping(order),
        order.currency,
    )
    return Snapshot(
        stamp_ms=order.updated_at.ms,
        currency=order.currency,
        at=(order.processed_at or order.created_at).s,
        paid=order.financial_status in ("paid", "partially_refunded", "refunded"),
        void=order.cancelled_at is not None or order.financial_status in ("refunded", "voided"),
        name=order.name or "",
        buyer=reading.buyer(delivery, customer.id, email),
        email_hash=delivery.identities.email_hash(email),
        code=reading.first_code(_code_candidates(order)),
        lines=lines,
        shipping_net=shipping_net,
        shipping_tax=shipping_tax,
        tax_included=order.taxes_included,
        deduction=reading.minor(reading.balance(_paid_with_balance(order)), order.currency),
        delivered_at=_delivered_at(order),
        prints=prints(_traits(order, email), delivery.identities),
    )


def _delivered_at(order: Order) -> int:
    """When the last parcel of a wholly fulfilled order was delivered; 0 while one is still under way."""
    parcels = [each for each in order.fulfillments if each.status not in ("cancelled", "error", "failure")]
    stated = [each.updated_at.s for each in parcels if each.shipment_status == "delivered" and each.updated_at]
    whole = order.fulfillment_status == "fulfilled" and len(stated) == len(parcels)
    return max(stated, default=0) if whole else 0


def _traits(order: Order, email: str | None) -> Traits:
    places = (order.shipping_address, order.billing_address)
    phones = (text(place, "phone") for place in places)
    return Traits(
        email=email,
        addresses=tuple(address(place, ADDRESS) for place in places),
        phones=(*phones, order.phone if isinstance(order.phone, str) else ""),
        device=together(text(order.client_details, name) for name in ("browser_ip", "user_agent")),
    )


def _goods(order: Order, i: int) -> Goods:
    line = order.line_items[i]
    tax = _taxes(line.tax_lines)
    gross = shop(line.price_set, line.price) * line.quantity - _discounts(line.discount_allocations)
    return Goods(
        id=line.id.text,
        product=line.product_id.text if line.product_id else "",
        sku=line.sku or "",
        quantity=line.quantity,
        net=reading.net_of(gross, tax, f"line_items[{i}].price", includes_tax=order.taxes_included),
        tax=tax,
        earns=not line.gift_card,
    )


def _shipping(order: Order) -> tuple[Decimal, Decimal]:
    lines = [line for line in order.shipping_lines if not line.is_removed]
    tax = sum((_taxes(line.tax_lines) for line in lines), ZERO)
    gross = sum((_shipping_price(line) for line in lines), ZERO)
    return reading.net_of(gross, tax, "shipping_lines", includes_tax=order.taxes_included), tax


def _shipping_price(line: ShippingLine) -> Decimal:
    discounted = known(line.discounted_price_set, line.discounted_price)
    if discounted is not None:
        return discounted
    return shop(line.price_set, line.price) - _discounts(line.discount_allocations)


def _taxes(lines: Iterable[TaxLine]) -> Decimal:
    return sum((shop(line.price_set, line.price) for line in lines), ZERO)


def _discounts(allocations: Iterable[Allocation]) -> Decimal:
    return sum((shop(each.amount_set, each.amount) for each in allocations), ZERO)


def _code_candidates(order: Order) -> Iterator[object]:
    yield from (each.value for each in order.note_attributes)
    yield from (each.code for each in order.discount_codes)
    yield from reading.query_values(order.landing_site)
    yield order.landing_site_ref


def _paid_with_balance(order: Order) -> Iterator[object]:
    return (each.value for each in order.note_attributes if each.name == BALANCE_NAME)


_TOPICS: dict[str, Callable[[Delivery], Statement | Ignored]] = {
    **dict.fromkeys(ORDER_TOPICS, _order),
    "orders/delete": _deleted,
    "refunds/create": lone_refund,
    "disputes/create": _dispute,
    "disputes/update": _dispute,
}
