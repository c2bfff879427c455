"""What each kind of storefront sends, verified and said again as the same facts.

A kind is a module with two functions:

    verify(secrets, headers, body, now) -> bool      constant time, over the raw bytes, before any parsing
    translate(delivery) -> Statement | Ignored       or raises Unreadable

Only the module of the kind that a request needs is imported. Imports the domain only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Literal, Protocol, cast

from msgspec import Struct

from chalicelib.domain.core.identity import Identities
from chalicelib.domain.orders.facts import OrderFacts

KINDS = ("shopify", "woocommerce", "stripe", "standard")

ORDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~#-]{0,99}")
"""Order, line and refund ids that we accept; they become keys."""


class Delivery(Struct, frozen=True):
    """One authentic delivery. `headers` have lower-case names."""

    headers: Mapping[str, str]
    body: bytes
    identities: Identities


class Statement(Struct, frozen=True):
    """What a delivery says of one order; `aside`: what in it could not be understood, and was left out."""

    order: str
    facts: OrderFacts
    aside: tuple[str, ...] = ()


class Ignored(Struct, frozen=True):
    """A delivery that needs nothing done; `unknown` is True for a topic we do not know (answered 2xx and counted)."""

    reason: str
    unknown: bool = False


class DataDemand(Ignored, frozen=True, kw_only=True):
    """A delivery that says nothing of an order and asks for personal data: to erase or to list those of a customer (the
    `account`'s member id, the e-mail's hash, the orders), or to erase all of a shop.
    """

    what: Literal["erase", "export", "erase-shop"]
    account: str = ""
    email_hash: str = ""
    orders: tuple[str, ...] = ()


class Merge(Ignored, frozen=True, kw_only=True):
    """A delivery that says nothing of an order, but that the storefront has merged one customer into another."""

    survivor: str
    merged: str


class Unreadable(Exception):
    """An authentic delivery that we cannot understand; the text names the field and what was expected of it."""


class Kind(Protocol):
    """What a storefront module offers."""

    def verify(self, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:
        """Whether one of the live secrets signed these very bytes."""

    def translate(self, delivery: Delivery) -> Statement | Ignored:
        """The facts in a delivery. Raises Unreadable."""


def kind(name: str) -> Kind:
    """The module of a storefront kind (one of KINDS)."""
    return cast(Kind, import_module(f"{__name__}.{name}"))
