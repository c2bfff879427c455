"""Shopify's amounts, and its order lines, shipping, tips, duties and fees, which are stated in them.

Amounts are in the shop's currency (`shop_money`), beside the one that the buyer saw (`presentment_money`); only
transactions are in the buyer's currency alone. A tip is an order line; duties, additional fees and cash rounding stand
beside the lines. None of them are goods. Imports the domain only.

Sources: https://shopify.dev/docs/api/admin-rest/latest/resources/order and the webhook samples of API 2026-01.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Generic, TypeVar

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import replace

from chalicelib.domain.core import money
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.orders.facts import NO_PRESENTMENT, Line, Presentment
from chalicelib.edge.storefronts import UnreadableDelivery, reading
from chalicelib.edge.storefronts.reading import LENIENT, ZERO, Amount, Goods, Id, Number, Quantity

N = TypeVar("N", bound=Number)


class Price(Struct, Generic[N]):
    """An amount in one currency."""

    amount: N | None = None
    currency_code: str | None = None


class Both(Struct, Generic[N]):
    """An amount in the shop's currency; the presentment beside it is not read."""

    shop_money: Price[N] | None = None


class Total(Struct):
    """An amount in both currencies, from which the rate between them follows."""

    shop_money: Annotated[Price[Amount] | None, LENIENT] = None
    presentment_money: Annotated[Price[Amount] | None, LENIENT] = None

    def presentment(self, stamp_ms: int, currency: str) -> Presentment:
        """The price in the buyer's currency and in the shop's, as the domain keeps it; of one currency nothing."""
        prices = self._prices()
        if prices is None or prices[0] == currency:
            return NO_PRESENTMENT
        try:
            price, worth = reading.minor(prices[1], prices[0]), reading.minor(prices[2], currency)
        except InvalidInput:
            return NO_PRESENTMENT
        return Presentment(stamp_ms, prices[0], price, worth) if price and worth else NO_PRESENTMENT

    def _prices(self) -> tuple[str, Amount, Amount] | None:
        shops, buyers = self.shop_money, self.presentment_money
        if not (shops and buyers and buyers.currency_code and shops.amount and buyers.amount):
            return None
        return buyers.currency_code, buyers.amount, shops.amount


class Bought(Both[Amount]):
    """An amount in the shop's currency, and in the one that the buyer paid in."""

    presentment_money: Annotated[Price[Amount] | None, LENIENT] = None

    def in_buyers(self, currency: str) -> Decimal | None:
        """The amount in the buyer's `currency`; None if it is not stated in that."""
        buyers = self.presentment_money
        return buyers.amount if buyers and buyers.currency_code == currency else None


def known(both: Both[N] | None, plain: N | None) -> N | None:
    """The amount in the shop's currency; None if it is not stated."""
    return both.shop_money.amount if both and both.shop_money and both.shop_money.amount is not None else plain


class Allocation(Struct):
    """The share of a discount that falls on a line."""

    amount: Amount | None = None
    amount_set: Both[Amount] | None = None


class TaxLine(Struct):
    """One tax on a line."""

    amount: Amount | None = field(default=None, name="price")
    amount_set: Both[Amount] | None = field(default=None, name="price_set")


def total(parts: Iterable[TaxLine] | Iterable[Allocation] | None) -> Decimal:
    """The sum of taxes, or of shares of discounts."""
    return sum((known(part.amount_set, part.amount) or ZERO for part in parts or ()), ZERO)


class Duty(Struct):
    """A duty on a line that the shop collects for the buyer's country."""

    price_set: Both[Amount] | None = None
    price: Both[Amount] | None = None


class AdditionalFee(Struct):
    """A fee beside the lines, such as for taking goods back."""

    price_set: Both[Amount] | None = None


class Marked(Struct):
    """The fields that mark a line as a tip: `tip_payment_gateway` is present on tips only, and null even there.

    https://github.com/nozzlegear/ShopifySharp/issues/811 and https://community.shopify.com/t/topic/410117
    """

    tip: Annotated[Any, LENIENT] = None
    tip_payment_gateway: Any | UnsetType = UNSET

    def is_tip(self) -> bool:
        """Whether the line is money for the staff."""
        return self.tip is not None or self.tip_payment_gateway is not UNSET


class RefundedParts(Struct, frozen=True):
    """The parts that an order's refunds name: pieces by line, duties and fees."""

    pieces: Mapping[str, int] = {}
    duties: Decimal = ZERO
    fees: Decimal = ZERO


class LineItem(Marked, kw_only=True):
    """One order line, before discounts. `current_quantity` is without what was refunded, or removed by an edit."""

    id: Id
    quantity: Quantity
    price: Amount | None = None
    price_set: Both[Amount] | None = None
    current_quantity: Quantity | UnsetType | None = UNSET
    product_id: Id | None = None
    sku: str | None = None
    gift_card: bool = False
    tax_lines: list[TaxLine] | None = []
    discount_allocations: list[Allocation] | None = []
    duties: list[Duty] = []

    def gross(self) -> Decimal:
        """The price of the whole line after discounts."""
        return (known(self.price_set, self.price) or ZERO) * self.quantity - total(self.discount_allocations)

    def share_left(self, back: RefundedParts | None) -> Fraction:
        """Which part of it no edit has removed. `back` is None where no refunds are stated: then it is not known."""
        pieces = self.current_quantity
        if back is None or not isinstance(pieces, int) or not self.quantity:
            return Fraction(1)
        return Fraction(min(pieces + back.pieces.get(self.id.text, 0), self.quantity), self.quantity)

    def is_sure(self, back: RefundedParts | None) -> bool:
        """Whether the whole price is stated; removed pieces are known only where refunds are stated too.

        A null is not stated. A sender without the field does not support it.
        """
        if None in (self.tax_lines, self.current_quantity, self.discount_allocations):
            return False
        return back is not None or self.current_quantity in (UNSET, self.quantity)


class ShippingLine(Struct):
    """One way of shipping; `discounted_price` is less the discounts, unless these stand in the allocations only."""

    price: Amount | None = None
    price_set: Both[Amount] | None = None
    discounted_price: Amount | None = None
    discounted_price_set: Both[Amount] | None = None
    is_removed: bool = False
    tax_lines: list[TaxLine] | None = []
    discount_allocations: list[Allocation] | None = []

    def gross(self) -> Decimal:
        """The price after discounts."""
        full, off = known(self.price_set, self.price), total(self.discount_allocations)
        discounted = known(self.discounted_price_set, self.discounted_price)
        if full is None:
            return discounted or ZERO
        return full - off if discounted is None else min(max(full - off, ZERO), discounted)

    def discounted(self) -> Decimal:
        """The discounts on the price."""
        full = known(self.price_set, self.price)
        return total(self.discount_allocations) if full is None else full - self.gross()

    def is_sure(self) -> bool:
        """Whether the whole price is stated; a null is not."""
        return self.is_removed or (self.tax_lines is not None and self.discount_allocations is not None)

    def is_priced(self) -> bool:
        """Whether the price is stated, or the line was removed."""
        full, discounted = known(self.price_set, self.price), known(self.discounted_price_set, self.discounted_price)
        return self.is_removed or full is not None or discounted is not None


class Charges(Struct, kw_only=True):
    """The charges of an order beside its lines and shipping: duties, fees, rounding of cash."""

    original_total_duties_set: Both[Amount] | None = None
    current_total_duties_set: Both[Amount] | None = None
    original_total_additional_fees_set: Both[Amount] | None = None
    current_total_additional_fees_set: Both[Amount] | None = None
    additional_fees: list[AdditionalFee] = []
    total_cash_rounding_payment_adjustment_set: Both[Number] | None = None
    total_tip_received: Annotated[Number | None, LENIENT] = None


def goods(listed: Sequence[LineItem], *, taxes_included: bool) -> list[Goods]:
    """The goods among an order's lines, in the shop's decimals. Raises UnreadableDelivery where a line has no price."""
    unpriced = next((i for i, line in enumerate(listed) if known(line.price_set, line.price) is None), None)
    if unpriced is not None:
        raise UnreadableDelivery(f"line_items[{unpriced}].price is missing")
    bought = []
    for i, line in enumerate(listed):
        if line.is_tip():
            continue
        gross = line.gross()
        if gross < 0:
            raise UnreadableDelivery(f"line_items[{i}].price must not be less than its discounts")
        net, tax = reading.net_and_tax(gross, total(line.tax_lines), includes_tax=taxes_included)
        product = line.product_id.text if line.product_id else ""
        bought.append(Goods(line.id.text, product, line.sku or "", line.quantity, net, tax, earns=not line.gift_card))
    return bought


def without_removed(lines: Iterable[Line], items: Iterable[LineItem], refunded: Mapping[str, int]) -> tuple[Line, ...]:
    """The lines without the pieces that an edit has removed and no refund names. `refunded`: pieces by line."""
    counts = {item.id.text: item.current_quantity for item in items if isinstance(item.current_quantity, int)}
    return tuple(
        _with_quantity(line, counts[line.id] + refunded.get(line.id, 0)) if line.id in counts else line
        for line in lines
    )


def _with_quantity(line: Line, quantity: int) -> Line:
    removed = line.quantity - quantity
    if removed <= 0:
        return line
    pieces = [quantity, removed]
    net, tax = money.allocate(line.net, pieces)[0], money.allocate(line.tax, pieces)[0]
    return replace(line, quantity=quantity, net=net, tax=tax)


def shipping(lines: Iterable[ShippingLine], *, taxes_included: bool) -> tuple[Decimal, Decimal]:
    """The net price of all shipping and the tax on it."""
    listed = list(lines)
    unpriced = next((i for i, line in enumerate(listed) if not line.is_priced()), None)
    if unpriced is not None:
        raise UnreadableDelivery(f"shipping_lines[{unpriced}].price is missing")
    charged = [line for line in listed if not line.is_removed]
    if any(line.gross() < 0 for line in charged):
        raise UnreadableDelivery("shipping_lines must not be less than their discounts")
    gross = sum((line.gross() for line in charged), ZERO)
    tax = sum((total(line.tax_lines) for line in charged), ZERO)
    return reading.net_and_tax(gross, tax, includes_tax=taxes_included)


def discounted(
    items: Iterable[LineItem], shipping_lines: Iterable[ShippingLine], back: RefundedParts | None
) -> Decimal:
    """The discounts on lines and shipping, without what an edit removed and no refund names, as for goods."""
    of_lines = ZERO
    for item in items:
        amount = total(item.discount_allocations)
        is_whole = item.current_quantity in (UNSET, None, item.quantity)
        of_lines += amount if is_whole else _part(amount, item.share_left(back))
    return of_lines + sum((line.discounted() for line in shipping_lines if not line.is_removed), ZERO)


def fees(charges: Charges, items: Iterable[LineItem], back: RefundedParts | None, *, taxes_included: bool) -> Decimal:
    """The charges that are neither goods nor shipping, taxes included: tips, duties, fees, cash rounding.

    Without what an edit has removed and no refund names, as for goods. `back` is None where no refunds are stated.
    """
    lines = list(items)
    of_tips = [item for item in lines if item.is_tip()]
    tips = (_tip(item, back, taxes_included=taxes_included) for item in of_tips)
    beside_lines = (charges.total_tip_received or ZERO) - sum((item.gross() for item in of_tips), ZERO)
    of_lines = (known(duty.price_set or duty.price, None) or ZERO for item in lines for duty in item.duties)
    duties: Decimal | None = known(charges.current_total_duties_set, None)
    extra: Decimal | None = known(charges.current_total_additional_fees_set, None)
    if charges.original_total_duties_set:
        duties = _standing(charges.original_total_duties_set, duties, back.duties if back else None)
    if charges.original_total_additional_fees_set:
        extra = _standing(charges.original_total_additional_fees_set, extra, back.fees if back else None)
    listed = (known(fee.price_set, None) or ZERO for fee in charges.additional_fees)
    return (
        sum(tips, ZERO)
        + max(beside_lines, ZERO)
        + (sum(of_lines, ZERO) if duties is None else duties)
        + (sum(listed, ZERO) if extra is None else extra)
        + max(known(charges.total_cash_rounding_payment_adjustment_set, None) or ZERO, ZERO)
    )


def _part(amount: Decimal, share: Fraction) -> Decimal:
    return amount * share.numerator / share.denominator


def _tip(item: LineItem, back: RefundedParts | None, *, taxes_included: bool) -> Decimal:
    """A tip with its tax, without the part that an edit removed and no refund names."""
    whole = item.gross() + (ZERO if taxes_included else total(item.tax_lines))
    return _part(whole, item.share_left(back))


def _standing(original: Both[Amount], now: Decimal | None, back: Decimal | None) -> Decimal | None:
    """The original charge without what an edit removed and no refund names; `now` is less refunds and edits."""
    first = known(original, None)
    if first is None or now is None or back is None:
        return now if first is None else first
    return min(first, now + back)
