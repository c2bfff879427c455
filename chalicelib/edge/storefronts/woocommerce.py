"""WooCommerce: the REST order of API v3, which its webhooks send whole.

Sources: https://woocommerce.github.io/woocommerce-rest-api-docs/ (orders, webhooks) and WooCommerce's own
`class-wc-webhook.php`. Totals are after discounts and always without tax; prices may have more decimals than the
currency. A line or a fee below zero is a discount on the goods, and on shipping where they are not enough. The order
lists all its refunds, by id and total only: they belong to the snapshot. The body is built when it is sent, so of two
with one stamp the one that is heard later is the newer. A completed order counts as delivered: WooCommerce knows no
parcels, and "completed" is what a shop sets when nothing is left to do. It knows no disputes either. Imports the domain
only.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Annotated, Any

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from chalicelib.domain.core import money
from chalicelib.domain.orders.facts import PRICE, TRASHED, Line, OrderFacts, Refund, Snapshot
from chalicelib.edge.storefronts import (
    TEST,
    TEST_TOPIC,
    Delivery,
    Ignored,
    OrderStatement,
    UnreadableDelivery,
    reading,
    signatures,
)
from chalicelib.edge.storefronts.prints import Fields, Traits, address, joined_if_all, prints, text
from chalicelib.edge.storefronts.reading import LENIENT, MAX_LINES, ZERO, Amount, Goods, Id, Instant, Number, order_name

ORDER_TOPICS = ("order.created", "order.updated", "order.restored")
BALANCE_KEY = "_ristourne_balance"
RENEWAL_KEY = "_subscription_renewal"
"""What WooCommerce Subscriptions writes on an order that renews a subscription: the subscription's id."""

ANONYMISED_KEY = "_anonymized"
"""What WooCommerce writes on an order whose personal data it has erased (class-wc-privacy-erasers.php)."""

DEPOSITS = frozenset({"partially-paid", "partial-payment", "pending-deposit", "scheduled-payment"})
"""Statuses of the plugins for deposits: a part was paid, and the order waits for the rest."""

NOT_PAID = frozenset({"pending", "on-hold", "failed", "checkout-draft", "auto-draft", "draft"}) | DEPOSITS
"""Statuses of an order that waits for money, whenever it was paid before."""

GIFT_CARD = re.compile(r"_?(pw_gift_card|wc_gift_card|ywgc)_", re.IGNORECASE)
"""How the metadata begins that plugins (PW, WooCommerce's own, YITH) write on a line which is a gift card."""

SPLIT_KEYS = frozenset({"has_sub_order", "has_mvx_sub_order", "has_wcmp_sub_order"})
"""What plugins for several vendors (Dokan, MultiVendorX) write on an order whose vendors have orders of their own."""

ADDRESS = Fields(street=("address_1", "address_2"), postcode="postcode")

_PING = re.compile(rb"\s*webhook_id=[0-9]{1,20}\s*")
_CODE_KEY = re.compile("ref|ristourne|session_entry", re.IGNORECASE)


class Meta(Struct):
    """Metadata of an order, written by a plugin; its value may be any JSON."""

    key: str | None = None
    value: Any = None


class LineItem(Struct):
    """One order line, a discount if its total is negative. Plugins that sell by weight have quantities such as 0.5."""

    id: Id
    quantity: Number = Number(1)
    total: Number | None = None
    total_tax: Number | None = Number(0)
    product_id: Id | None = None
    sku: str | None = None
    meta_data: Annotated[list[Meta] | None, LENIENT] = None
    subtotal: Annotated[Number | None, LENIENT] = None
    bundled_by: Any = None
    bundled_items: Any = None
    composite_parent: Any = None
    composite_children: Any = None

    def is_of_bundle(self) -> bool:
        """Whether it is a bundle, or a part of one: https://woocommerce.com/document/bundles-rest-api-reference"""
        return bool(self.bundled_by or self.bundled_items or self.composite_parent or self.composite_children)

    def pieces(self) -> int:
        """Its pieces, a part of one as a whole; of a bundle only what had a price before coupons."""
        if self.is_of_bundle() and not (self.total if self.subtotal is None else self.subtotal):
            return 0
        return int(abs(self.quantity).to_integral_value(ROUND_CEILING))

    def is_gift_card(self) -> bool:
        """Whether it sells a gift card: what is bought with that will earn."""
        return any(GIFT_CARD.match(meta.key or "") for meta in self.meta_data or ())


class Fee(Struct):
    """A fee; a negative one is a discount, or the part of the price that was paid with balance."""

    total: Number | None = Number(0)
    total_tax: Number | None = Number(0)

    @property
    def net(self) -> Decimal:
        """The fee without its tax."""
        return self.total or ZERO

    @property
    def tax(self) -> Decimal:
        """The tax on it."""
        return self.total_tax or ZERO

    @property
    def gross(self) -> Decimal:
        """The fee with its tax."""
        return self.net + self.tax

    def is_priced(self) -> bool:
        """Whether net and tax are stated."""
        return self.total is not None and self.total_tax is not None


class Coupon(Struct):
    """A coupon that the buyer entered."""

    code: str | None = None


class RefundTotal(Struct):
    """A refund as the order lists it: negative, tax included."""

    id: Id
    total: Number


class Billing(Struct):
    """The billing address; all but the e-mail only leaves prints."""

    email: Annotated[str | None, LENIENT] = None
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
    line_items: Annotated[list[LineItem], MAX_LINES] | None
    date_modified_gmt: Instant | None = None
    date_created_gmt: Instant | None = None
    date_completed_gmt: Instant | None = None
    date_paid_gmt: Instant | None = None
    number: Annotated[str | None, LENIENT] = None
    customer_id: Id | None = None
    billing: Annotated[Billing, LENIENT] = field(default_factory=Billing)
    shipping_total: Amount | None = Amount(0)
    shipping_tax: Amount | None = Amount(0)
    discount_total: Number = Number(0)
    discount_tax: Number = Number(0)
    fee_lines: list[Fee] | None = []
    coupon_lines: Annotated[list[Coupon], LENIENT] = []
    meta_data: Annotated[list[Meta] | None, LENIENT] = None
    refunds: list[RefundTotal] | None = None
    total: Annotated[Number | None, LENIENT] = None
    shipping: Any = None
    customer_ip_address: Any = None
    customer_user_agent: Any = None

    def modified(self) -> Instant:
        """The time of the last change: the latest of its dates where it is not stated. Raises UnreadableDelivery."""
        dates = (self.date_created_gmt, self.date_paid_gmt, self.date_completed_gmt)
        dates_given = [date for date in dates if date is not None]
        if self.date_modified_gmt is None and not dates_given:
            raise UnreadableDelivery("date_modified_gmt is missing")
        return self.date_modified_gmt or max(dates_given, key=lambda date: date.ms)

    def is_paid(self) -> bool:
        """Whether the whole order is paid. The date of the payment stays where lines are added later."""
        if self.state() in NOT_PAID:
            return False
        return self.date_paid_gmt is not None or self.state() in ("completed", "refunded")

    def state(self) -> str:
        """The status without the prefix of its stored name, which some plugins send along."""
        return self.status.removeprefix("wc-")

    def is_anonymised(self) -> bool:
        """Whether the shop has erased the order's personal data."""
        return any(meta.key == ANONYMISED_KEY and meta.value in ("yes", True, 1, "1") for meta in self.meta_data or ())

    def is_split(self) -> bool:
        """Whether each vendor's part of it is an order of its own, which tells of the same goods once more."""
        return any(
            meta.key in SPLIT_KEYS and meta.value not in (None, "", "0", 0, False) for meta in self.meta_data or ()
        )

    def silent(self) -> tuple[str, ...]:
        """The snapshot fields that the body does not state: lines, though it has a price; refunds or metadata (absent
        or null); null amounts.

        Negative lines and fees lower the lines, and shipping where these are not enough: the base must be known.
        """
        feeless = self.fee_lines is None or not all(fee.is_priced() for fee in self.fee_lines)
        lineless = not self.line_items and (self.total is None or self.total > 0)
        unsure = bool(self._unpriced())
        shippingless = self.shipping_total is None or self.shipping_tax is None
        empty = {
            "lines": feeless or lineless or unsure,
            "refunds": self.refunds is None,
            "deduction": feeless or self.meta_data is None,
            "shipping": feeless or shippingless or ((lineless or unsure) and self._lowers()),
            "fees": feeless,
            PRICE: feeless or self._is_unpriced(),
        }
        return tuple(name for name, is_silent in empty.items() if is_silent)

    def unsure(self) -> tuple[str, ...]:
        """The ids of lines that do not state their tax, if everything else about the lines is known."""
        return () if PRICE in self.silent() or self._lowers() else self._unpriced()

    def _is_unpriced(self) -> bool:
        return any(line.total is None for line in self.line_items or ())

    def _unpriced(self) -> tuple[str, ...]:
        lines = self.line_items or ()
        return tuple(line.id.text for line in lines if line.total is None or line.total_tax is None)

    def _lowers(self) -> bool:
        """Whether a line or a fee is negative."""
        entries = (*(self.line_items or ()), *(self.fee_lines or ()))
        return any((entry.total or ZERO) < 0 or (entry.total_tax or ZERO) < 0 for entry in entries)


class Deleted(Struct, forbid_unknown_fields=True):
    """The body of order.deleted, nothing but the id: the topic is not signed, so the body of an order is refused."""

    id: Id


_ORDER = reading.decoder(Order)
_DELETED = reading.decoder(Deleted)


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:  # noqa: ARG001
    """Whether the webhook's secret signed this body; WooCommerce signs no time."""
    given = headers.get("x-wc-webhook-signature", "").encode(errors="replace")
    return signatures.is_signed(body, [secret.encode() for secret in secrets], [given], b64encode)


def is_ping(body: bytes) -> bool:
    """Whether the body is the ping that WooCommerce sends when a webhook is saved. It is unsigned and names no order.

    It must be answered with 200 all the same, or the webhook stays off.
    """
    return _PING.fullmatch(body) is not None


@reading.readable
def translate(delivery: Delivery) -> OrderStatement | Ignored:
    """The facts in a delivery, by its topic."""
    topic = delivery.headers.get("x-wc-webhook-topic", "")
    if is_ping(delivery.body):
        return Ignored("the ping of a new webhook")
    if topic in ORDER_TOPICS:
        return _order(reading.read(_ORDER, delivery.body), delivery, restored=topic == "order.restored")
    if topic == "order.deleted":
        return OrderStatement(reading.read(_DELETED, delivery.body).id.text, OrderFacts(trashed=TRASHED))
    if topic == TEST_TOPIC:
        return TEST
    return reading.unknown_topic(topic, "X-WC-Webhook-Topic")


def _order(order: Order, delivery: Delivery, *, restored: bool) -> OrderStatement:
    facts = OrderFacts(sources={"order": _snapshot(order, delivery)}, restored=restored)
    return OrderStatement(order.id.text, facts)


def _snapshot(order: Order, delivery: Delivery) -> Snapshot:
    modified = order.modified()
    paid_at = order.date_paid_gmt or order.date_completed_gmt or order.date_created_gmt or modified
    priced = _priced(order)
    email = None if order.is_anonymised() else reading.mailbox(order.billing.email)
    customer = order.customer_id.text if order.customer_id else None
    stated_balance = reading.balance(_stated_balance(order))
    shown = stated_balance or _negative_fees(order)
    return Snapshot(
        stamp_ms=modified.ms,
        currency=order.currency,
        at=paid_at.s,
        paid=order.is_paid(),
        void=order.state() in ("cancelled", "failed", "refunded", "trash"),
        declined=order.state() == "failed",
        name=order_name(order.number),
        buyer="" if order.is_anonymised() else delivery.identities.buyer(customer, email),
        email_hash=delivery.identities.email_hash(email),
        code=reading.first_code(_code_candidates(order)),
        lines=priced.lines,
        shipping_net=priced.shipping_net,
        shipping_tax=priced.shipping_tax,
        fees=reading.minor(sum((max(fee.gross, ZERO) for fee in order.fee_lines or ()), ZERO), order.currency),
        deduction=reading.minor(shown, order.currency),
        claimed=shown > stated_balance,  # a fee below zero may be any discount
        discounted=priced.discounted,
        refunds={refund.id.text: _refund(refund, order.currency) for refund in order.refunds or ()},
        silent=order.silent(),
        unsure=order.unsure(),
        delivered_at=order.date_completed_gmt.s if order.state() == "completed" and order.date_completed_gmt else 0,
        live=True,
        split=order.is_split(),
        prints=() if order.is_anonymised() else prints(_traits(order), delivery.identities),
    )


def _traits(order: Order) -> Traits:
    device = {"ip": order.customer_ip_address, "agent": order.customer_user_agent}
    places = (order.shipping, asdict(order.billing))
    return Traits(
        email=order.billing.email,
        addresses=tuple(address(place, ADDRESS) for place in places),
        phones=tuple(text(place, "phone") for place in places),
        device=joined_if_all(text(device, name) for name in device),
    )


class Priced(Struct, frozen=True):
    """Lines and shipping in minor units after every discount; `discounted`: what discounts took, with tax."""

    lines: tuple[Line, ...]
    shipping_net: int
    shipping_tax: int
    discounted: int


def _priced(order: Order) -> Priced:
    """The prices of lines and shipping after coupons and after negative lines and fees."""
    fees = [fee for fee in order.fee_lines or () if fee.net < 0 or fee.tax < 0]
    goods = [_goods(line) for line in order.line_items or ()]
    below = [Goods(f"fee {i}", "", "", 0, min(fee.net, ZERO), min(fee.tax, ZERO)) for i, fee in enumerate(fees)]
    shipping = (order.shipping_total or ZERO, order.shipping_tax or ZERO)
    lines, shipping_net, shipping_tax = reading.order_lines([*goods, *below], shipping, order.currency)
    nets, net_off = _lowered([*(line.net for line in lines), shipping_net])
    taxes, tax_off = _lowered([*(line.tax for line in lines), shipping_tax])
    kept_lines = tuple(
        replace(line, net=net, tax=tax)
        for line, net, tax in zip(lines[: len(goods)], nets, taxes, strict=False)
        if net or tax or not (line.net < 0 or line.tax < 0)
    )
    coupons = reading.minor(max(order.discount_total + order.discount_tax, ZERO), order.currency)
    return Priced(kept_lines, nets[-1], taxes[-1], net_off + tax_off + coupons)


def _lowered(amounts: list[int]) -> tuple[list[int], int]:
    """Non-negative amounts of lines and (the last) shipping, and what the negative ones took off: from lines first."""
    positive = [max(amount, 0) for amount in amounts]
    off = min(sum(positive) - sum(amounts), sum(positive))
    of_lines = min(off, sum(positive[:-1]))
    shares = [*money.allocate(of_lines, positive[:-1]), off - of_lines]
    return [amount - share for amount, share in zip(positive, shares, strict=True)], off


def _goods(line: LineItem) -> Goods:
    # A product that was deleted since has the id 0.
    product = line.product_id.text if line.product_id and line.product_id.text != "0" else ""
    earns = not line.is_gift_card()
    tax = line.total_tax or ZERO
    return Goods(line.id.text, product, line.sku or "", line.pieces(), line.total or ZERO, tax, earns=earns)


def _code_candidates(order: Order) -> Iterator[object]:
    """Meta data that speaks of a referral, the page on which WooCommerce saw the visit begin, coupons."""
    for meta in order.meta_data or ():
        if _CODE_KEY.search(meta.key or "") and isinstance(meta.value, str):
            yield meta.value
            yield from reading.query_values(meta.value)
    yield from (coupon.code for coupon in order.coupon_lines)


def _stated_balance(order: Order) -> Iterator[object]:
    """What the shop says of balance in the order's meta data. WooCommerce Subscriptions copies the first order's to
    each renewal, of which the books alone know what was paid with balance.
    """
    is_renewal = any(meta.key == RENEWAL_KEY for meta in order.meta_data or ())
    return (meta.value for meta in order.meta_data or () if meta.key == BALANCE_KEY and not is_renewal)


def _negative_fees(order: Order) -> Decimal:
    """The sum of negative fees, with tax, as a positive amount: discounts, and what was paid with balance."""
    return -sum((min(fee.gross, ZERO) for fee in order.fee_lines or ()), ZERO)


def _refund(refund: RefundTotal, currency: str) -> Refund:
    return Refund(amount=reading.minor(abs(refund.total), currency), currency=currency)
