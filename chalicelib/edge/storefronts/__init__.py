"""Adapters of the kinds of storefronts: each verifies a delivery's signature and translates its body into order facts.

A kind is a module with two functions:

    verify(secrets, headers, body, now) -> bool      constant time, over the raw bytes, before any parsing; raises
                                                     Unauthenticated for a match whose time is too far away
    translate(delivery) -> OrderStatement | Ignored       or raises UnreadableDelivery

Only the module of the kind that a request needs is imported. Imports the domain only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Literal, Protocol, cast

from msgspec import Struct

from chalicelib.domain.core.identity import Identities
from chalicelib.domain.errors import Unreadable
from chalicelib.domain.orders.facts import OrderFacts

KINDS = ("shopify", "woocommerce", "stripe", "standard")

ORDER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:~#-]{0,99}")
"""Order, line and refund ids that we accept; they become keys."""


class Delivery(Struct, frozen=True):
    """One authentic delivery. `headers` have lower-case names."""

    headers: Mapping[str, str]
    body: bytes
    identities: Identities


class OrderStatement(Struct, frozen=True):
    """The facts of one order in a delivery; `left_out`: why parts of it that could not be read are not among them;
    `notes`: what its sender may have meant otherwise.
    """

    order: str
    facts: OrderFacts
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Ignored(Struct, frozen=True):
    """A delivery that requires no action; `unknown` is True for an unknown topic (answered 2xx and counted)."""

    reason: str
    unknown: bool = False


TEST_TOPIC = "ristourne.test"
"""The topic, or type, of the delivery that `connection test` signs; Shopify's is written with a slash."""

TEST = Ignored("a test of the connection, which changes nothing")


class DataDemand(Ignored, frozen=True, kw_only=True):
    """A compliance delivery: erase or list a customer's personal data (the `account`'s member id, the e-mail's hash,
    the orders), or erase a whole shop's.
    """

    what: Literal["erase", "export", "erase-shop"]
    account: str = ""
    email_hash: str = ""
    orders: tuple[str, ...] = ()


class Merge(Ignored, frozen=True, kw_only=True):
    """A delivery about a merge of two customers in the storefront."""

    survivor: str
    merged: str


class UnreadableDelivery(Unreadable):
    """An authentic delivery that cannot be read; the text names the field and what was expected of it."""


class PartlyUnreadable(UnreadableDelivery):
    """An authentic delivery of which a part cannot be read; the rest was recorded."""


class Storefront(Protocol):
    """The interface of a storefront module."""

    def verify(self, secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> bool:
        """Whether one of the live secrets signed these bytes. Raises Unauthenticated where its time is too far away."""

    def translate(self, delivery: Delivery) -> OrderStatement | Ignored:
        """The facts in a delivery. Raises UnreadableDelivery."""


@cache
def kind(name: str) -> Storefront:
    """The module of a storefront kind (one of KINDS)."""
    return cast(Storefront, import_module(f"{__name__}.{name}"))
