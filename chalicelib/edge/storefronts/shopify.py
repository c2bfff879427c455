"""Shopify: orders and refunds of the Admin REST shape, which its webhooks send.

Sources: https://shopify.dev/docs/api/webhooks, https://shopify.dev/docs/api/admin-rest/latest/resources/order and
/refund. Money is taken in the shop's currency (`shop_money`), never in the buyer's (`presentment_money`). What a
refund gave back stands in up to four places; `_refund` says which of them count. Imports the domain only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from msgspec import Struct

from chalicelib.domain.orders import OrderFacts, Refund, Snapshot
from chalicelib.edge.storefronts import Delivery, Ignored, Statement, Unreadable, reading, signatures
from chalicelib.edge.storefronts.reading import MAX_LINES, Amount, Goods, Id, Instant, Number, Quantity, Returned

N = TypeVar("N", bound=Number)
ZERO = Decimal(0)
BALANCE_NAME = "ristourne_balance"

ORDER_TOPICS = frozenset(
    f"orders/{event}" for event in ("create", "paid", "updated", "cancelled", "partially_fulfilled", "fulfilled")
)
ACKNOWLEDGED = {
    "orders/edited": "an edit: the orders/updated that follows carries its result",
    "shop/redact": "acknowledged: orders carry no personal data here",
}


class Price(Struct, Generic[N]):
    """An amount in one currency."""

    amount: N
    currency_code: str | None = None


class Both(Struct, Generic[N]):
    """An amount in the shop's currency; the presentment beside it is not read."""

    shop_money: Price[N] | None = None


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


class RefundLineItem(Struct):
    """What of a line was refunded. The subtotal contains the tax where the shop's prices do."""

    line_item_id: Id
    quantity: Quantity
    subtotal: Amount | None = None
    subtotal_set: Both[Amount] | None = None
    total_tax: Amount | None = None
    total_tax_set: Both[Amount] | None = None


class RefundShipping(Struct):
    """Refunded shipping. It contains the tax where the shop's prices do; how much tax is not stated."""

    subtotal_amount_set: Both[Amount] | None = None


class Adjustment(Struct):
    """Refunded shipping (negative), or the difference between the goods returned and the money given back.

    The tax comes on top of the amount.
    """

    amount: Number | None = None
    amount_set: Both[Number] | None = None
    tax_amount: Number | None = None
    tax_amount_set: Both[Number] | None = None
    kind: str | None = None
    reason: str | None = None


class Transaction(Struct):
    """A movement of money, in the currency that the buyer paid in."""

    amount: Amount | None = None
    currency: str | None = None
    kind: str | None = None
    status: str | None = None


class RefundBody(Struct):
    """The body of refunds/create; an order repeats it in `refunds`."""

    id: Id
    order_id: Id | None = None
    refund_line_items: Annotated[list[RefundLineItem], MAX_LINES] = []
    refund_shipping_lines: list[RefundShipping] = []
    order_adjustments: list[Adjustment] = []
    transactions: list[Transaction] = []
    total_duties_set: Both[Amount] | None = None


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


class Deleted(Struct):
    """The body of orders/delete."""

    id: Id


_ORDER = reading.decoder(Order)
_REFUND = reading.decoder(RefundBody)
_DELETED = reading.decoder(Deleted)


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:  # noqa: ARG001
    """Whether the app's client secret signed this body; Shopify signs no time."""
    return signatures.signed_in_base64(secrets, headers, "x-shopify-hmac-sha256", body)


@reading.readable
def translate(delivery: Delivery) -> Statement | Ignored:
    """The facts in a delivery, by its topic."""
    topic = delivery.headers.get("x-shopify-topic", "")
    if topic in ORDER_TOPICS:
        return _order(reading.read(_ORDER, delivery.body), delivery)
    if topic == "refunds/create":
        return _lone_refund(reading.read(_REFUND, delivery.body))
    if topic == "orders/delete":
        return Statement(reading.read(_DELETED, delivery.body).id.text, OrderFacts(deleted=True))
    if topic.startswith("customers/"):
        return Ignored("acknowledged: customers are known by their orders")
    if topic in ACKNOWLEDGED:
        return Ignored(ACKNOWLEDGED[topic])
    return Ignored(f"unknown topic {topic[:60]!r}", unknown=True)


def _order(order: Order, delivery: Delivery) -> Statement:
    customer = order.customer or Customer()
    email = order.email or customer.email or order.contact_email
    lines, shipping_net, shipping_tax = reading.order_lines(
        [_goods(order, i) for i in range(len(order.line_items))],
        _shipping(order),
        order.currency,
    )
    snapshot = Snapshot(
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
    )
    return Statement(order.id.text, OrderFacts(sources={"order": snapshot}, refunds=_refunds(order)))


def _goods(order: Order, i: int) -> Goods:
    line = order.line_items[i]
    tax = _taxes(line.tax_lines)
    gross = _shop(line.price_set, line.price) * line.quantity - _discounts(line.discount_allocations)
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
    discounted = _known(line.discounted_price_set, line.discounted_price)
    if discounted is not None:
        return discounted
    return _shop(line.price_set, line.price) - _discounts(line.discount_allocations)


def _taxes(lines: Iterable[TaxLine]) -> Decimal:
    return sum((_shop(line.price_set, line.price) for line in lines), ZERO)


def _discounts(allocations: Iterable[Allocation]) -> Decimal:
    return sum((_shop(each.amount_set, each.amount) for each in allocations), ZERO)


def _known(both: Both[N] | None, plain: N | None) -> N | None:
    """The amount in the shop's currency, if it is stated at all."""
    return both.shop_money.amount if both and both.shop_money else plain


def _shop(both: Both[N] | None, plain: N | None) -> Decimal:
    amount = _known(both, plain)
    return ZERO if amount is None else amount


def _code_candidates(order: Order) -> Iterator[object]:
    yield from (each.value for each in order.note_attributes)
    yield from (each.code for each in order.discount_codes)
    yield from reading.query_values(order.landing_site)
    yield order.landing_site_ref


def _paid_with_balance(order: Order) -> Iterator[object]:
    return (each.value for each in order.note_attributes if each.name == BALANCE_NAME)


def _refunds(order: Order) -> dict[str, Refund]:
    """The order's copies of its refunds, each equal to what refunds/create said of it."""
    return {
        each.id.text: _refund(each, next(_currencies(each), order.currency), f"refunds[{i}].")
        for i, each in enumerate(order.refunds)
    }


def _lone_refund(refund: RefundBody) -> Statement:
    if refund.order_id is None:
        raise Unreadable("order_id is missing")
    currency = next(_currencies(refund), None)
    if currency is None:
        raise Unreadable(
            "no *_set names the shop's currency (transactions are in the buyer's): "
            "the orders/updated that follows carries this refund"
        )
    return Statement(refund.order_id.text, OrderFacts(refunds={refund.id.text: _refund(refund, currency, "")}))


def _currencies(refund: RefundBody) -> Iterator[str]:
    """Where a refund itself names the shop's currency. Transactions do not: theirs is the one the buyer paid in."""
    goods = [both for line in refund.refund_line_items for both in (line.subtotal_set, line.total_tax_set)]
    shipping = [line.subtotal_amount_set for line in refund.refund_shipping_lines]
    adjusted = [both for each in refund.order_adjustments for both in (each.amount_set, each.tax_amount_set)]
    for both in (refund.total_duties_set, *goods, *shipping, *adjusted):
        if both and both.shop_money and both.shop_money.currency_code:
            yield both.shop_money.currency_code


def _refund(refund: RefundBody, currency: str, where: str) -> Refund:
    """One fact from all places that a refund's money can stand in.

    Goods that came back count in full even if less money was given for them (a positive discrepancy). What was given
    back beyond goods and shipping is the rest of the discrepancies. Only where nothing is itemised do the transactions
    speak.
    """
    discrepancy = _adjusted(each for each in refund.order_adjustments if not _is_shipping(each))
    itemised = refund.refund_line_items or refund.refund_shipping_lines or refund.order_adjustments
    amount = max(-discrepancy, ZERO) if itemised else _paid_back(refund.transactions, currency, where)
    shipping, shipping_net = _returned_shipping(refund)
    return Refund(
        lines=reading.refund_lines([_returned_goods(line) for line in refund.refund_line_items], currency),
        shipping=reading.minor(shipping, currency),
        shipping_net=reading.minor(shipping_net, currency),
        amount=reading.minor(amount, currency),
        currency=currency,
    )


def _returned_shipping(refund: RefundBody) -> tuple[Decimal, Decimal]:
    """The shipping with its tax, or else as the shop's prices are.

    It stands in an adjustment, in shipping lines or, for some API versions, in both: it counts once.
    """
    adjusted = -_adjusted(each for each in refund.order_adjustments if _is_shipping(each))
    lines = sum((_shop(each.subtotal_amount_set, None) for each in refund.refund_shipping_lines), ZERO)
    return (adjusted, ZERO) if adjusted >= lines else (ZERO, lines)


def _returned_goods(line: RefundLineItem) -> Returned:
    return Returned(
        line=line.line_item_id.text,
        quantity=line.quantity,
        net=_known(line.subtotal_set, line.subtotal),
        tax=_shop(line.total_tax_set, line.total_tax),
    )


def _is_shipping(adjustment: Adjustment) -> bool:
    # Since API version 2024-10 `kind` is deprecated and the reason is what is left.
    return (adjustment.kind or adjustment.reason) in ("shipping_refund", "Shipping refund")


def _adjusted(adjustments: Iterable[Adjustment]) -> Decimal:
    amounts = (
        _shop(each.amount_set, each.amount) + _shop(each.tax_amount_set, each.tax_amount) for each in adjustments
    )
    return sum(amounts, ZERO)


def _paid_back(transactions: Sequence[Transaction], currency: str, where: str) -> Decimal:
    total = ZERO
    for i, each in enumerate(transactions):
        if each.kind != "refund" or each.status != "success":
            continue
        if each.currency not in (None, currency):
            raise Unreadable(
                f"{where}transactions[{i}].currency must be the shop's ({currency}): no amount is itemised"
            )
        total += each.amount or ZERO
    return total
