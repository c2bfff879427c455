"""Shopify's refunds: the body of refunds/create, which an order repeats in `refunds`.

Source: https://shopify.dev/docs/api/admin-rest/latest/resources/refund. Imports the domain only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Annotated

from msgspec import Struct

from chalicelib.domain.orders import OrderFacts, Refund
from chalicelib.edge.storefronts import Delivery, Statement, Unreadable, reading
from chalicelib.edge.storefronts.reading import MAX_LINES, Amount, Id, Number, Quantity, Returned
from chalicelib.edge.storefronts.shopify_money import ZERO, Both, known, shop


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


_REFUND = reading.decoder(RefundBody)


def refunds(bodies: Iterable[RefundBody], currency: str) -> dict[str, Refund]:
    """An order's copies of its refunds, each equal to what refunds/create said of it."""
    return {
        each.id.text: _refund(each, next(_currencies(each), currency), f"refunds[{i}].")
        for i, each in enumerate(bodies)
    }


def lone_refund(delivery: Delivery) -> Statement:
    """The facts in refunds/create. Raises Unreadable."""
    refund = reading.read(_REFUND, delivery.body)
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
    lines = sum((shop(each.subtotal_amount_set, None) for each in refund.refund_shipping_lines), ZERO)
    return (adjusted, ZERO) if adjusted >= lines else (ZERO, lines)


def _returned_goods(line: RefundLineItem) -> Returned:
    return Returned(
        line=line.line_item_id.text,
        quantity=line.quantity,
        net=known(line.subtotal_set, line.subtotal),
        tax=shop(line.total_tax_set, line.total_tax),
    )


def _is_shipping(adjustment: Adjustment) -> bool:
    # Since API version 2024-10 `kind` is deprecated and the reason is what is left.
    return (adjustment.kind or adjustment.reason) in ("shipping_refund", "Shipping refund")


def _adjusted(adjustments: Iterable[Adjustment]) -> Decimal:
    amounts = (shop(each.amount_set, each.amount) + shop(each.tax_amount_set, each.tax_amount) for each in adjustments)
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
