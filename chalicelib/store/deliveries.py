"""Authentic deliveries that could not be processed: kept for 30 days with their reason, listed, replayed.

The body is compressed; the table is encrypted at rest. A delivery's id is its shard-independent sort key.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from chalicelib.domain.errors import NotFound
from chalicelib.store import keys
from chalicelib.store.items import DeliveryItem
from chalicelib.store.outages import noticed
from chalicelib.store.table import table

KEPT_S = 30 * 86_400

_ID = re.compile(r"\d{15}-[0-9a-f]{16}")


class KeptDelivery(Struct, frozen=True):
    """A kept delivery: which connection, why it is here, and what was received."""

    id: str
    connection: str
    reason: str
    received_ms: int
    replayed_at: int
    headers: dict[str, str]
    body: bytes


def is_id(text: str) -> bool:
    """Whether a text has the form of a delivery's id."""
    return _ID.fullmatch(text) is not None


@noticed()
def keep(connection: str, headers: dict[str, str], body: bytes, reason: str, received_ms: int) -> str:
    """Keep a delivery; returns its id."""
    table()
    said = msgspec.json.encode([connection, sorted(headers.items())]) + body
    digest = hashlib.sha256(said).hexdigest()[:16]
    item = DeliveryItem(
        *keys.delivery(received_ms, digest),
        connection=connection,
        headers=headers,
        body=zlib.compress(body),
        reason=reason[:500],
        received_ms=received_ms,
        ttl=received_ms // 1000 + KEPT_S,
    )
    item.save(add_version_condition=False)
    return item.sk


@noticed()
def kept(now: int, limit: int, before: str = "") -> list[KeptDelivery]:
    """The newest `limit` deliveries older than the id `before`, newest first, replayed ones too."""
    table()
    oldest = f"{(now - KEPT_S + 1) * 1000:015d}"
    newest = before or "9"
    found: list[DeliveryItem] = []
    if newest < oldest:
        return []
    for partition in keys.delivery_partitions():
        between = DeliveryItem.sk.between(oldest, newest)
        found += DeliveryItem.query(partition, between, scan_index_forward=False, limit=limit + 1)
    items = sorted((item for item in found if item.sk != before), key=lambda item: item.sk, reverse=True)
    return [_of(item) for item in items[:limit]]


def every(now: int) -> Iterator[KeptDelivery]:
    """Every kept delivery whose 30 days are not over, replayed ones too, one after another. Raises Unavailable."""
    oldest = f"{(now - KEPT_S + 1) * 1000:015d}"
    with noticed():
        table()
        for partition in keys.delivery_partitions():
            for item in DeliveryItem.query(partition, DeliveryItem.sk >= oldest, consistent_read=True):
                yield _of(item)


@noticed()
def forget(delivery: str) -> None:
    """Delete a kept delivery; one that is gone already stays gone."""
    table()
    partition, _ = keys.delivery(0, delivery.rpartition("-")[2])
    DeliveryItem(partition, delivery).delete(add_version_condition=False)


def find(delivery: str, now: int) -> KeptDelivery:
    """One delivery. Raises NotFound, also when its 30 days are over."""
    return _of(_item(delivery, now))


@noticed()
def mark_replayed(delivery: str, now: int) -> None:
    """Remember that a replay of it succeeded."""
    item = _item(delivery, now)
    item.update(
        actions=[DeliveryItem.replayed_at.set(now)], condition=DeliveryItem.sk.exists(), add_version_condition=False
    )


@noticed()
def _item(delivery: str, now: int) -> DeliveryItem:
    table()
    partition, _ = keys.delivery(0, delivery.rpartition("-")[2])
    try:
        item = DeliveryItem.get(partition, delivery, consistent_read=True) if is_id(delivery) else None
    except DeliveryItem.DoesNotExist:
        item = None
    if item is None or item.ttl <= now:
        raise NotFound(f"there is no kept delivery {delivery}")
    return item


def _of(item: DeliveryItem) -> KeptDelivery:
    return KeptDelivery(
        item.sk,
        item.connection,
        item.reason,
        item.received_ms,
        item.replayed_at or 0,
        item.headers or {},
        zlib.decompress(item.body),
    )
