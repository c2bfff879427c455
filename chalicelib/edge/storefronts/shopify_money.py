"""Shopify's amounts: in the shop's currency (`shop_money`), beside the one that the buyer saw, which is not read.

Imports the domain only.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct

from chalicelib.edge.storefronts.reading import Number

N = TypeVar("N", bound=Number)
ZERO = Decimal(0)


class Price(Struct, Generic[N]):
    """An amount in one currency."""

    amount: N
    currency_code: str | None = None


class Both(Struct, Generic[N]):
    """An amount in the shop's currency; the presentment beside it is not read."""

    shop_money: Price[N] | None = None


def known(both: Both[N] | None, plain: N | None) -> N | None:
    """The amount in the shop's currency, if it is stated at all."""
    return both.shop_money.amount if both and both.shop_money else plain


def shop(both: Both[N] | None, plain: N | None) -> Decimal:
    """The same, or zero."""
    amount = known(both, plain)
    return ZERO if amount is None else amount
