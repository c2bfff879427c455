"""Builds, from a listed order, the webhook delivery that its storefront would have sent.

Shopify's and WooCommerce's APIs list the very objects that their webhooks send, refunds included. An order of our own
format may stand bare or in its envelope (`{"type": ..., "data": ...}`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from chalicelib.settings import MAX_DELIVERY_BYTES
from infra.storefront_orders import ListedOrder

MAX_ORDER_BYTES = MAX_DELIVERY_BYTES
"""What Ristourne takes in one delivery."""

TOPICS = {"shopify": "orders/updated", "woocommerce": "order.updated", "standard": "order.updated"}
"""The kinds that can be reconciled, and what their deliveries say that they are about; Standard says it in the body."""


class Unusable(Exception):
    """No delivery can be built from a listed order; the text says why."""


class OrderDelivery(NamedTuple):
    """A delivery, unsigned: an order's id, its number for people, when it changed last (None: not stated), the rest."""

    order: str
    label: str
    changed_at: datetime | None
    topic: str
    body: bytes


class Head(Struct):
    """The identifying fields of an order of any kind."""

    id: int | str | None = None
    name: str | None = None
    number: int | str | None = None
    updated_at: str | None = None
    date_modified_gmt: str | None = None


class Envelope(Struct):
    """A message of Standard Webhooks; a bare order has neither."""

    type: str | None = None
    data: Raw = Raw()


def delivery_of(kind: str, listed: ListedOrder) -> OrderDelivery:
    """The delivery of a listed order. Raises Unusable."""
    if len(listed.raw) > MAX_ORDER_BYTES:
        raise Unusable(f"is over {MAX_ORDER_BYTES // 1024**2} MB, more than any webhook may carry")
    try:
        order, body = _enveloped(listed.raw) if kind == "standard" else (listed.raw, listed.raw)
        head = msgspec.json.decode(order, type=Head)
    except msgspec.ValidationError as error:
        raise Unusable(f"is not an order: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable(f"must be JSON: {error}") from None
    if head.id in (None, ""):
        raise Unusable("has no id")
    changed_at = _instant(head.updated_at or head.date_modified_gmt)
    label = str(head.name or head.number or "")
    return OrderDelivery(str(head.id), label, changed_at, TOPICS[kind], body)


def _enveloped(raw: bytes) -> tuple[bytes, bytes]:
    """The order itself, and its message: the one around it, or a new one."""
    message = msgspec.json.decode(raw, type=Envelope)
    if message.type and bytes(message.data):
        return bytes(message.data), raw
    return raw, b'{"type":"order.updated","data":' + raw + b"}"


def _instant(stamp: str | None) -> datetime | None:
    """A storefront's time stamp, in UTC without an offset; None for anything else, which the API will refuse."""
    try:
        instant = datetime.fromisoformat(stamp or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
