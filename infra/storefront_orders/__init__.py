"""A storefront's own list of its orders: from a file that it exported, or page by page from its API.

What is listed stays the very bytes that came, so that no number is read as a float and written again. Imports nothing
of the application.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct


class OrderListError(Exception):
    """The list cannot be read to its end; the text names what to fix."""


class ListedOrder(NamedTuple):
    """One order of the list, unchanged, and its place there (`where`, such as `line 17`)."""

    where: str
    raw: bytes


class Page(Struct):
    """A page of Shopify's API."""

    orders: list[Raw]


def orders_in(document: bytes) -> list[Raw]:
    """The orders of a JSON list, or of a page of Shopify's API. Raises msgspec.DecodeError for anything else."""
    if document.lstrip().startswith(b"["):
        return msgspec.json.decode(document, type=list[Raw])
    return msgspec.json.decode(document, type=Page).orders
