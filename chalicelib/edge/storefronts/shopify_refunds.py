"""Shopify's refunds: the body of refunds/create, which an order repeats in `refunds`.

Source: https://shopify.dev/docs/api/admin-rest/latest/resources/refund. Imports the domain only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated

from msgspec import Struct

from chalicelib.domain.orders.facts import OrderFacts, Refund
from chalicelib.edge.storefronts import Delivery, Ignored, OrderStatement, UnreadableDelivery, reading
from chalicelib.edge.storefronts.reading import LENIENT, MAX_LINES, ZERO, Amount, Id, Number, Quantity, Returned
from chalicelib.edge.storefronts.shopify_lines import Both, Bought, Marked, RefundedParts, known

PENDING = "a refund of which no money has moved yet: the orders/updated that follows carries it once it has"
FAILED = "a refund of which no money has moved: its transactions did not succeed"


class Context(Struct, frozen=True):
    """The context of a refund: the shop's currency (empty: not stated), the ids of tips, the buyer's currency.

    `buyers` is the currency other than the shop's in which the order states its price, empty if there is none; None for
    a refund of its own, whose order is not at hand.
    """

    currency: str
    tips: frozenset[str] = frozenset()
    buyers: str | None = None


class RefundLineItem(Struct):
    """The refund of a line. The subtotal contains the tax where the shop's prices do."""

    line_item_id: Id
    quantity: Quantity
    line_item: Annotated[Marked | None, LENIENT] = None
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


class Reimbursed(Struct):
    """A refunded duty or fee."""

    amount_set: Bought | None = None


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
    transactions: list[Transaction] | None = None
    duties: list[Reimbursed] = []
    total_duties_set: Bought | None = None
    additional_fees: list[Reimbursed] = []

    def is_itemised(self) -> bool:
        """Whether it says what was given back, beside duties and fees."""
        return bool(self.refund_line_items or self.refund_shipping_lines or self.order_adjustments)

    def is_unmoved(self) -> bool:
        """Whether it is about money alone, of which none has been given back: its transactions wait or failed."""
        if self.is_itemised() or _reimbursed(self) or not self.transactions:
            return False
        return not any(
            transaction.kind == "refund" and transaction.status == "success" for transaction in self.transactions
        )


_REFUND = reading.decoder(RefundBody)


def refunds(bodies: Iterable[RefundBody], context: Context) -> tuple[dict[str, Refund], tuple[str, ...]]:
    """The refunds in an order's body, each equal to that of its refunds/create, and why others are left out."""
    given_back, left_out = dict[str, Refund](), []
    for i, body in enumerate(bodies):
        own = Context(next(_currencies(body), context.currency), context.tips, context.buyers)
        try:
            given_back[body.id.text] = _refund(body, own, f"refunds[{i}].")
        except UnreadableDelivery as problem:
            left_out.append(f"a refund was left out: {problem}")
    return given_back, tuple(left_out)


def named_back(bodies: Iterable[RefundBody]) -> RefundedParts:
    """The parts that an order's refunds name."""
    pieces, duties, fees = Counter[str](), ZERO, ZERO
    for body in bodies:
        for line in body.refund_line_items:
            pieces[line.line_item_id.text] += line.quantity
        duties += _duties_back(body)
        fees += _fees_back(body)
    return RefundedParts(pieces, duties, fees)


def paid_out(bodies: Iterable[RefundBody], currency: str) -> Decimal | None:
    """The money that refunds gave back which state nothing else; None where some of it is in another currency."""
    moved = [transaction for body in bodies if not body.is_itemised() for _, transaction in _succeeded(body)]
    if any(transaction.currency not in (None, currency) for transaction in moved):
        return None
    return sum((transaction.amount or ZERO for transaction in moved), ZERO)


def lone_refund(delivery: Delivery) -> OrderStatement | Ignored:
    """The facts in refunds/create. Raises UnreadableDelivery."""
    refund = reading.read(_REFUND, delivery.body)
    if refund.order_id is None:
        raise UnreadableDelivery("order_id is missing")
    if refund.is_unmoved():
        statuses = {transaction.status for transaction in refund.transactions or ()}
        return Ignored(FAILED if statuses <= {"failure", "error"} else PENDING)
    context = Context(next(_currencies(refund), ""))
    return OrderStatement(refund.order_id.text, OrderFacts(refunds={refund.id.text: _refund(refund, context, "")}))


def _currencies(refund: RefundBody) -> Iterator[str]:
    """The shop's currency wherever a refund names it. Transactions do not: theirs is the buyer's."""
    goods = [both for line in refund.refund_line_items for both in (line.subtotal_set, line.total_tax_set)]
    shipping = [line.subtotal_amount_set for line in refund.refund_shipping_lines]
    adjusted = [both for change in refund.order_adjustments for both in (change.amount_set, change.tax_amount_set)]
    fees = [reimbursed.amount_set for reimbursed in (*refund.duties, *refund.additional_fees)]
    for both in (refund.total_duties_set, *goods, *shipping, *adjusted, *fees):
        if both and both.shop_money and both.shop_money.currency_code:
            yield both.shop_money.currency_code


def _refund(refund: RefundBody, context: Context, where: str) -> Refund:
    """The domain's Refund, from every field in which Shopify states a part of it.

    Goods that came back count in full even if less money was given for them (a positive discrepancy, as when a fee for
    restocking is kept, or when the money is given later by a refund of its own). What was given back beyond goods,
    shipping, tips, duties and fees is the rest of the discrepancies. Only where nothing else is itemised do the
    transactions speak, in their own currency.
    """
    itemised = refund.is_itemised()
    currency = context.currency if itemised else _currency_paid_back(refund, context, where)
    if not currency:
        raise UnreadableDelivery(
            "no *_set names the shop's currency (transactions are in the buyer's): "
            "the orders/updated that follows carries this refund"
        )
    if currency != context.currency:
        return _in_buyers_money(refund, currency, where)
    tips = [line for line in refund.refund_line_items if _is_tip(line, context)]
    goods = [line for line in refund.refund_line_items if not _is_tip(line, context)]
    fees = sum((known(line.subtotal_set, line.subtotal) or ZERO for line in tips), ZERO) + _reimbursed(refund)
    shipping, shipping_net = _returned_shipping(refund)
    beyond = _beyond(refund) if itemised else _paid_back(refund) - fees
    return Refund(
        lines=reading.refund_lines([_returned_goods(line) for line in goods], context.currency),
        shipping=reading.minor(shipping, context.currency),
        shipping_net=reading.minor(shipping_net, context.currency),
        amount=reading.minor(max(beyond, ZERO), context.currency),
        currency=context.currency,
        fees=reading.minor(fees, context.currency),
        withheld=reading.minor(max(-beyond, ZERO), context.currency) if itemised else 0,
        lowers=bool(itemised) and beyond > 0,
        unpaid=bool(goods or shipping or shipping_net) and not refund.order_adjustments and refund.transactions == [],
    )


def _beyond(refund: RefundBody) -> Decimal:
    """The money given back beyond the returned parts; negative where less was, as for shipping charged again."""
    shipping = _adjusted(change for change in refund.order_adjustments if _is_shipping(change))
    return -max(shipping, ZERO) - _adjusted(change for change in refund.order_adjustments if not _is_shipping(change))


def _is_tip(line: RefundLineItem, context: Context) -> bool:
    return line.line_item_id.text in context.tips or bool(line.line_item and line.line_item.is_tip())


def _reimbursed(refund: RefundBody) -> Decimal:
    """The duties and fees that were given back."""
    return _duties_back(refund) + _fees_back(refund)


def _duties_back(refund: RefundBody) -> Decimal:
    listed = sum((known(duty.amount_set, None) or ZERO for duty in refund.duties), ZERO)
    return max(known(refund.total_duties_set, None) or ZERO, listed)


def _fees_back(refund: RefundBody) -> Decimal:
    return sum((known(fee.amount_set, None) or ZERO for fee in refund.additional_fees), ZERO)


def _returned_shipping(refund: RefundBody) -> tuple[Decimal, Decimal]:
    """Refunded shipping as (with its tax, 0), or as (0, in the terms of the shop's prices).

    It stands in an adjustment, in shipping lines or, for some API versions, in both: it counts once.
    """
    adjusted = -_adjusted(change for change in refund.order_adjustments if _is_shipping(change))
    lines = sum((known(line.subtotal_amount_set, None) or ZERO for line in refund.refund_shipping_lines), ZERO)
    return (adjusted, ZERO) if adjusted >= lines else (ZERO, lines)


def _returned_goods(line: RefundLineItem) -> Returned:
    return Returned(
        line=line.line_item_id.text,
        quantity=line.quantity,
        net=known(line.subtotal_set, line.subtotal),
        tax=known(line.total_tax_set, line.total_tax) or ZERO,
    )


def _is_shipping(adjustment: Adjustment) -> bool:
    # Since API version 2024-10 `kind` is deprecated and the reason is what is left.
    return (adjustment.kind or adjustment.reason) in ("shipping_refund", "Shipping refund")


def _adjusted(adjustments: Iterable[Adjustment]) -> Decimal:
    amounts = (
        (known(adjustment.amount_set, adjustment.amount) or ZERO)
        + (known(adjustment.tax_amount_set, adjustment.tax_amount) or ZERO)
        for adjustment in adjustments
    )
    return sum(amounts, ZERO)


def _paid_back(refund: RefundBody) -> Decimal:
    return sum((transaction.amount or ZERO for _, transaction in _succeeded(refund)), ZERO)


def _succeeded(refund: RefundBody) -> Iterator[tuple[int, Transaction]]:
    """The transactions that gave money back, with their places in the list."""
    for i, transaction in enumerate(refund.transactions or ()):
        if transaction.kind == "refund" and transaction.status == "success" and transaction.amount:
            yield i, transaction


def _currency_paid_back(refund: RefundBody, context: Context, where: str) -> str:
    """The only currency of the transactions, the shop's if there are none. Raises UnreadableDelivery."""
    currencies = {transaction.currency or context.currency: i for i, transaction in _succeeded(refund)}
    if len(currencies) > 1:
        raise UnreadableDelivery(f"{where}transactions must be in one currency: no amount is itemised")
    for currency, i in currencies.items():
        if currency != context.currency and context.buyers not in (None, currency):
            raise UnreadableDelivery(
                f"{where}transactions[{i}].currency must be the shop's, or that of the order's price for the buyer "
                "(total_price_set): no amount is itemised"
            )
    return next(iter(currencies), context.currency)


def _in_buyers_money(refund: RefundBody, currency: str, where: str) -> Refund:
    """A refund that its transactions alone state, in the buyer's currency: the domain knows the order's rate."""
    duties = _in_buyers(refund.duties, currency, where)
    if refund.total_duties_set:
        duties = max(duties, _in_buyers([Reimbursed(refund.total_duties_set)], currency, where))
    fees = duties + _in_buyers(refund.additional_fees, currency, where)
    amount = max(_paid_back(refund) - fees, ZERO)
    return Refund(amount=reading.minor(amount, currency), currency=currency, fees=reading.minor(fees, currency))


def _in_buyers(parts: Iterable[Reimbursed], currency: str, where: str) -> Decimal:
    """The sum of refunded duties or fees in the buyer's currency. Raises UnreadableDelivery."""
    total = ZERO
    for both in (part.amount_set for part in parts if known(part.amount_set, None)):
        amount = both.in_buyers(currency) if both else None
        if amount is None:
            raise UnreadableDelivery(f"{where}duties and additional_fees must be stated in the buyer's currency too")
        total += amount
    return total
