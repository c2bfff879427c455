"""WooCommerce: the REST order of API v3, which its webhooks send whole.

Sources: https://woocommerce.github.io/woocommerce-rest-api-docs/ (orders, webhooks) and WooCommerce's own
`class-wc-webhook.php`. Totals are after discounts and always without tax; prices may have more decimals than the
currency. The order lists all its refunds, by id and total only: they belong to the snapshot. A completed order counts
as delivered: WooCommerce knows no parcels, and "completed" is what a shop sets when nothing is left to do. It knows no
disputes either. Imports the domain only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Any

from msgspec import Struct, field
from msgspec.structs import asdict

from chalicelib.domain.orders import OrderFacts, Refund, Snapshot
from chalicelib.edge.storefronts import Delivery, Ignored, Statement, reading, signatures
from chalicelib.edge.storefronts.prints import Fields, Traits, address, prints, text, together
from chalicelib.edge.storefronts.reading import MAX_LINES, Amount, Goods, Id, Instant, Number

ZERO = Decimal(0)
ORDER_TOPICS = ("order.created", "order.updated", "order.restored")
BALANCE_KEY = "_ristourne_balance"
ADDRESS = Fields(street=("address_1", "address_2"), postcode="postcode")

_PING = re.compile(rb"\s*webhook_id=[0-9]{1,20}\s*")
_CODE_KEY = re.compile("ref|ristourne|session_entry", re.IGNORECASE)


class Meta(Struct):
    """What a plugin wrote on the order; its value may be any JSON."""

    key: str | None = None
    value: Any = None


class LineItem(Struct):
    """One order line. Plugins that sell by weight have quantities such as 0.5."""

    id: Id
    quantity: Amount
    total: Amount
    total_tax: Amount = Amount(0)
    product_id: Id | None = None
    sku: str | None = None


class Fee(Struct):
    """A fee; a negative one is a part of the price that was paid otherwise."""

    total: Number
    total_tax: Number = Number(0)

    @property
    def gross(self) -> Decimal:
        """The fee with its tax."""
        return self.total + self.total_tax


class Coupon(Struct):
    """A coupon that the buyer entered."""

    code: str | None = None


class RefundTotal(Struct):
    """A refund as the order lists it: negative, tax included."""

    id: Id
    total: Number


class Billing(Struct):
    """The billing address; all but the e-mail only leaves prints."""

    email: str | None = None
    phone: Any = None
    address_1: Any = None
    address_2: Any = None
    city: Any = None
    postcode: Any = None
    country: Any = None


class Order(Struct):
    """The body of order.created, order.updated and order.restored."""

    id: Id
    status: str
    currency: str
    date_modified_gmt: Instant
    line_items: Annotated[list[LineItem], MAX_LINES]
    date_created_gmt: Instant | None = None
    date_completed_gmt: Instant | None = None
    date_paid_gmt: Instant | None = None
    number: str | None = None
    customer_id: Id | None = None
    billing: Billing = field(default_factory=Billing)
    shipping_total: Amount = Amount(0)
    shipping_tax: Amount = Amount(0)
    fee_lines: list[Fee] = []
    coupon_lines: list[Coupon] = []
    meta_data: list[Meta] = []
    refunds: list[RefundTotal] = []
    shipping: Any = None
    customer_ip_address: Any = None
    customer_user_agent: Any = None


class Deleted(Struct):
    """The body of order.deleted."""

    id: Id


_ORDER = reading.decoder(Order)
_DELETED = reading.decoder(Deleted)


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:  # noqa: ARG001
    """Whether the webhook's secret signed this body; WooCommerce signs no time."""
    return signatures.signed_in_base64(secrets, headers, "x-wc-webhook-signature", body)


def is_ping(body: bytes) -> bool:
    """Whether this is what WooCommerce sends when a webhook is saved. It is unsigned and says nothing of any order.

    It must be answered with 200 all the same, or the webhook stays off.
    """
    return _PING.fullmatch(body) is not None


@reading.readable
def translate(delivery: Delivery) -> Statement | Ignored:
    """The facts in a delivery, by its topic."""
    topic = delivery.headers.get("x-wc-webhook-topic", "")
    if is_ping(delivery.body):
        return Ignored("the ping of a new webhook")
    if topic in ORDER_TOPICS:
        return _order(reading.read(_ORDER, delivery.body), delivery)
    if topic == "order.deleted":
        return Statement(reading.read(_DELETED, delivery.body).id.text, OrderFacts(deleted=True))
    return Ignored(f"unknown topic {topic[:60]!r}", unknown=True)


def _order(order: Order, delivery: Delivery) -> Statement:
    paid_at = order.date_paid_gmt or order.date_completed_gmt or order.date_created_gmt or order.date_modified_gmt
    lines, shipping_net, shipping_tax = reading.order_lines(
        [_goods(line) for line in order.line_items], (order.shipping_total, order.shipping_tax), order.currency
    )
    snapshot = Snapshot(
        stamp_ms=order.date_modified_gmt.ms,
        currency=order.currency,
        at=paid_at.s,
        paid=order.date_paid_gmt is not None or order.status in ("completed", "refunded"),
        void=order.status in ("cancelled", "failed", "refunded", "trash"),
        declined=order.status == "failed",
        name=order.number or "",
        buyer=reading.buyer(delivery, order.customer_id, order.billing.email),
        email_hash=delivery.identities.email_hash(order.billing.email),
        code=reading.first_code(_code_candidates(order)),
        lines=lines,
        shipping_net=shipping_net,
        shipping_tax=shipping_tax,
        fees=reading.minor(sum((max(fee.gross, ZERO) for fee in order.fee_lines), ZERO), order.currency),
        deduction=reading.minor(_deduction(order), order.currency),
        refunds={each.id.text: _refund(each, order.currency) for each in order.refunds},
        delivered_at=order.date_completed_gmt.s if order.status == "completed" and order.date_completed_gmt else 0,
        prints=prints(_traits(order), delivery.identities),
    )
    return Statement(order.id.text, OrderFacts(sources={"order": snapshot}))


def _traits(order: Order) -> Traits:
    device = {"ip": order.customer_ip_address, "agent": order.customer_user_agent}
    places = (order.shipping, asdict(order.billing))
    return Traits(
        email=order.billing.email,
        addresses=tuple(address(place, ADDRESS) for place in places),
        phones=tuple(text(place, "phone") for place in places),
        device=together(text(device, name) for name in device),
    )


def _goods(line: LineItem) -> Goods:
    # A product that was deleted since has the id 0.
    product = line.product_id.text if line.product_id and line.product_id.text != "0" else ""
    quantity = int(line.quantity.to_integral_value(ROUND_CEILING))
    return Goods(line.id.text, product, line.sku or "", quantity, line.total, line.total_tax)


def _code_candidates(order: Order) -> Iterator[object]:
    """Meta data that speaks of a referral, the page on which WooCommerce saw the visit begin, coupons."""
    for meta in order.meta_data:
        if _CODE_KEY.search(meta.key or "") and isinstance(meta.value, str):
            yield meta.value
            yield from reading.query_values(meta.value)
    yield from (coupon.code for coupon in order.coupon_lines)


def _deduction(order: Order) -> Decimal:
    negative = sum((min(fee.gross, ZERO) for fee in order.fee_lines), ZERO)
    return reading.balance(meta.value for meta in order.meta_data if meta.key == BALANCE_KEY) - negative


def _refund(refund: RefundTotal, currency: str) -> Refund:
    return Refund(amount=reading.minor(abs(refund.total), currency), currency=currency)
