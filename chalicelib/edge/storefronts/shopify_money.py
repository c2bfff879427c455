"""Shopify's amounts: in the shop's currency (`shop_money`), beside the one that the buyer saw (`presentment_money`).

Only transactions are in the buyer's currency alone. Imports the domain only.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from msgspec import Struct

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.orders.facts import NO_PRESENTMENT, Presentment
from chalicelib.edge.storefronts import reading
from chalicelib.edge.storefronts.reading import LENIENT, ZERO, Amount, Number

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


def shop(both: Both[N] | None, plain: N | None) -> Decimal:
    """The amount in the shop's currency; zero if it is not stated."""
    amount = known(both, plain)
    return ZERO if amount is None else amount
