"""What the demo's storefront sells, and its orders: paid, with or without balance, and returned.

This is the part of a shop's server that Ristourne asks for: a hold before the shopper pays with balance, an order that
says so, and each webhook signed. An order is bought once, however often its button is pressed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from threading import Lock
from typing import Protocol

from chalicelib.domain.errors import InvalidInput
from chalicelib.edge import words
from infra.api import ApiError

BAD_AMOUNT = InvalidInput.code
"""What the API calls a hold that the programme does not allow of an order."""

FIRST_ORDER = 100
"""The number of the first order of the storefront; the story has those before it."""


@dataclass(frozen=True, slots=True)
class Product:
    """What is sold: its SKU, its price in euros, and its name by language."""

    sku: str
    price: Decimal
    names: Mapping[str, str]

    @property
    def cents(self) -> int:
        """The price in minor units."""
        return int(self.price * 100)

    def shown(self, lang: str) -> str:
        """The price as people write it."""
        return words.of(lang).amount(self.cents, "EUR/2")


PRODUCTS = (
    Product("TEA-1", Decimal("18.00"), {"en": "Green tea", "fr": "Thé vert"}),
    Product("COFFEE-1", Decimal("20.00"), {"en": "Bag of coffee", "fr": "Paquet de café"}),
    Product("TEA-GIFT-BOX", Decimal("45.00"), {"en": "Gift box", "fr": "Coffret cadeau"}),
)


@dataclass(frozen=True, slots=True)
class TillOrder:
    """An order of one piece: how much of its price, in cents, balance has paid, and whether it was returned."""

    number: str
    product: Product
    balance: int = 0
    is_returned: bool = False

    @property
    def rest(self) -> int:
        """What was paid otherwise, in cents."""
        return self.product.cents - self.balance


class RefusedSale(Exception):
    """Nothing was bought or returned; `reason` is the name of its text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Server(Protocol):
    """What sends the shop's requests and signed webhooks to the API, for the customer who is signed in."""

    def usable(self) -> int:
        """How much of the balance can be used, in cents."""

    def payable(self, total: int) -> int:
        """The most that balances may pay of an order that costs `total` cents, by the programme in force."""

    def set_apart(self, number: str, amount: int, total: int) -> None:
        """Set so much of the balance apart for an order that costs `total` cents; its payment captures it."""

    def sell(self, number: str, price: Decimal, sku: str, balance: Decimal) -> None:
        """Send that an order was paid, and how much of it with balance."""

    def take_back(self, number: str, price: Decimal, money: Decimal) -> None:
        """Send that an order was refunded: its goods, and what money went back."""


@dataclass(slots=True)
class Till:
    """The orders of the storefront. Raises RefusedSale; what the API refuses is its own error, and changes nothing."""

    server: Server
    orders: dict[str, TillOrder] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_ORDER))
    _given: set[str] = field(default_factory=set)
    _held: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def new_number(self) -> str:
        """The number of the order that a page's buttons make."""
        number = str(next(self._numbers))
        self._given.add(number)
        return number

    def buy(self, number: str, product: Product, *, with_balance: bool) -> TillOrder:
        """Buy one piece under a number; what was bought under it already is not bought again."""
        with self._lock:
            if number not in self._given:
                raise RefusedSale("old")
            if number not in self.orders:
                balance = self._hold(number, product) if with_balance else 0
                self.server.sell(number, product.price, product.sku, Decimal(balance).scaleb(-2))
                self.orders[number] = TillOrder(number, product, balance)
            return self.orders[number]

    def give_back(self, number: str) -> TillOrder:
        """Return an order; one that was returned is not returned again."""
        with self._lock:
            bought = self.orders.get(number)
            if bought is None:
                raise RefusedSale("old")
            if not bought.is_returned:
                self.server.take_back(number, bought.product.price, Decimal(bought.rest).scaleb(-2))
                bought = self.orders[number] = replace(bought, is_returned=True)
            return bought

    def last(self) -> str:
        """The number of the latest order, if it can be returned; else empty."""
        bought = next(reversed(self.orders.values()), None)
        return bought.number if bought and not bought.is_returned else ""

    def _hold(self, number: str, product: Product) -> int:
        """Hold what balance can pay of a product, in cents."""
        if number not in self._held:
            usable = self.server.usable()
            if not usable:
                raise RefusedSale("empty")
            amount = min(usable, product.cents, self.server.payable(product.cents))
            if not amount:
                raise RefusedSale("unpayable")
            self._set_apart(number, amount, product.cents)
            self._held[number] = amount
        return self._held[number]

    def _set_apart(self, number: str, amount: int, total: int) -> None:
        try:
            self.server.set_apart(number, amount, total)
        except ApiError as error:
            # What else can be wrong with it is the programme's: a share that is too small, or rules changed just now.
            if error.code == BAD_AMOUNT:
                raise RefusedSale("unpayable") from error
            raise
