"""Authentic deliveries that could not be processed: kept for 30 days with their reason, listed, replayed.

A delivery is a header, which is listed, and its compressed body: in the header while it is small, else in parts of
their own partition, which only a replay reads. The header is written last, so that a body that was cut off is never
listed. A delivery's id is its shard-independent sort key. Headers that were written before there were parts have their
body inside, and neither size nor digest; both are then worked out from it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from chalicelib.domain.core.calendar import DAY_S
from chalicelib.domain.errors import NotFound, TooLarge
from chalicelib.settings import MAX_DELIVERY_BYTES
from chalicelib.store import keys
from chalicelib.store.dynamodb.deflate import deflated, inflated
from chalicelib.store.dynamodb.dynamodb_errors import unavailable_on_error
from chalicelib.store.items import DeliveryItem, DeliveryPartItem

KEPT_S = 30 * DAY_S

INSIDE_BYTES = 32 * 1024
"""A compressed body of up to this size stands in the header: a page of headers stays below 13 MB."""

PART_BYTES = 350 * 1024
"""An item holds 400 kB."""

MAX_REASON = 500

CAUSES = ("busy", "internal", "partly_unreadable", "refused", "too_large", "unavailable", "unreadable")
"""Why a delivery is kept: the table or the secrets are busy or did not answer, a mistake of ours, one that is too large
or was not understood, wholly or in part, or one that the rules refuse.
"""

DELIVERY_ID = re.compile(r"[0-9]{15}-[0-9a-f]{16}")


class KeptDelivery(Struct, frozen=True):
    """The header of a kept delivery: its connection, why it could not be processed, and what was received.

    `cause` is one of CAUSES, and `reason` says it as a sentence. `size` and `digest` (SHA-256) are the body's.
    `whole`: the body was kept too, in so many `parts` or (0) beside it, as `content`, compressed.
    """

    id: str
    connection: str
    reason: str
    received_ms: int
    replayed_at: int
    headers: dict[str, str]
    size: int
    digest: str
    whole: bool
    parts: int = 0
    cause: str = ""
    content: bytes = b""

    @property
    def small_body(self) -> bytes:
        """The body of a delivery whose header has it; empty for one that stands in parts or was not kept."""
        return inflated(self.content, MAX_DELIVERY_BYTES) if self.content else b""


def is_id(text: str) -> bool:
    """Whether a text has the form of a delivery's id."""
    return DELIVERY_ID.fullmatch(text) is not None


@unavailable_on_error()
def keep(connection: str, headers: dict[str, str], body: bytes, reason: str, received_ms: int, cause: str = "") -> str:
    """Keep a delivery; returns its id. Of a body over MAX_DELIVERY_BYTES only the header is kept."""
    identity = msgspec.json.encode([connection, sorted(headers.items())]) + body
    key = keys.delivery(received_ms, hashlib.sha256(identity).hexdigest()[:16])
    ttl = received_ms // 1000 + KEPT_S
    content = deflated(body) if len(body) <= MAX_DELIVERY_BYTES else b""
    parts = _parts(content) if len(content) > INSIDE_BYTES else []
    for place, part in zip(keys.delivery_parts(key[1], len(parts)), parts, strict=True):
        DeliveryPartItem(*place, body=part, ttl=ttl).save(add_version_condition=False)
    header = DeliveryItem(
        *key,
        connection=connection,
        headers=headers,
        body=content if content and not parts else None,
        parts=len(parts) or None,
        size=len(body),
        digest=hashlib.sha256(body).hexdigest(),
        reason=reason[:MAX_REASON],
        cause=cause or None,
        received_ms=received_ms,
        ttl=ttl,
    )
    header.save(add_version_condition=False)
    return header.sk


@unavailable_on_error()
def newest(now: int, limit: int, before: str = "", *, waiting: bool = False) -> list[KeptDelivery]:
    """The newest `limit` deliveries older than the id `before`, newest first: replayed ones too, or only those that
    are `waiting`.
    """
    oldest = f"{(now - KEPT_S + 1) * 1000:015d}"
    newest_id = before or "9"
    items: list[DeliveryItem] = []
    condition = DeliveryItem.replayed_at.does_not_exist() if waiting else None
    if newest_id < oldest:
        return []
    for partition in keys.delivery_partitions():
        between = DeliveryItem.sk.between(oldest, newest_id)
        items += DeliveryItem.query(
            partition, between, filter_condition=condition, scan_index_forward=False, limit=limit + 1
        )
    newest_first = sorted((item for item in items if item.sk != before), key=lambda item: item.sk, reverse=True)
    return [_header(item) for item in newest_first[:limit]]


def header(delivery: str, now: int) -> KeptDelivery:
    """The header of a kept delivery. Raises NotFound, also after its 30 days."""
    return _header(_item(delivery, now))


def find(delivery: str, now: int) -> tuple[KeptDelivery, bytes]:
    """A kept delivery and its body. Raises NotFound, also after its 30 days, and TooLarge if its body was not kept."""
    item = _item(delivery, now)
    header = _header(item)
    if not header.whole:
        raise TooLarge("its body of %(size)s bytes was too large to be kept", size=header.size)
    return header, _body(item)


def all_with_bodies(now: int) -> Iterator[tuple[KeptDelivery, bytes]]:
    """Every kept delivery of the last 30 days with its body, replayed ones too; an empty body where none was kept.

    Raises Unavailable.
    """
    oldest = f"{(now - KEPT_S + 1) * 1000:015d}"
    with unavailable_on_error():
        for partition in keys.delivery_partitions():
            for item in DeliveryItem.query(partition, DeliveryItem.sk >= oldest, consistent_read=True):
                header = _header(item)
                yield header, _body(item) if header.whole else b""


@unavailable_on_error()
def forget(delivery: KeptDelivery) -> None:
    """Delete a kept delivery, its header last. Idempotent."""
    for place in keys.delivery_parts(delivery.id, delivery.parts):
        DeliveryPartItem(*place).delete(add_version_condition=False)
    partition, _ = keys.delivery(0, delivery.id.rpartition("-")[2])
    DeliveryItem(partition, delivery.id).delete(add_version_condition=False)


def _body(item: DeliveryItem) -> bytes:
    content: bytes | None = item.body
    return inflated(_joined(item.sk, item.parts) if content is None else content, MAX_DELIVERY_BYTES)


@unavailable_on_error()
def mark_replayed(delivery: str, now: int) -> None:
    """Store the time of a successful replay in a kept delivery."""
    item = _item(delivery, now)
    item.update(
        actions=[DeliveryItem.replayed_at.set(now)], condition=DeliveryItem.sk.exists(), add_version_condition=False
    )


@unavailable_on_error()
def mark_refused(delivery: str, reason: str, now: int, cause: str) -> None:
    """Replace a kept delivery's reason and cause by those of its newest failed replay."""
    item = _item(delivery, now)
    item.update(
        actions=[DeliveryItem.reason.set(reason[:MAX_REASON]), DeliveryItem.cause.set(cause)],
        condition=DeliveryItem.sk.exists(),
        add_version_condition=False,
    )


@unavailable_on_error()
def _item(delivery: str, now: int) -> DeliveryItem:
    partition, _ = keys.delivery(0, delivery.rpartition("-")[2])
    try:
        item = DeliveryItem.get(partition, delivery, consistent_read=True) if is_id(delivery) else None
    except DeliveryItem.DoesNotExist:
        item = None
    if item is None or item.ttl <= now:
        raise NotFound("there is no kept delivery %(delivery)s", delivery=delivery)
    return item


def _parts(content: bytes) -> list[bytes]:
    return [content[start : start + PART_BYTES] for start in range(0, len(content), PART_BYTES)]


@unavailable_on_error()
def _joined(delivery: str, parts: int) -> bytes:
    """A delivery's compressed body, joined from its parts. Raises NotFound if a part is missing."""
    wanted = keys.delivery_parts(delivery, parts)
    bodies = {item.sk: item.body for item in DeliveryPartItem.query(wanted[0][0], consistent_read=True)}
    if any(sk not in bodies for _, sk in wanted):
        raise NotFound("a part of the body of the kept delivery %(delivery)s is missing", delivery=delivery)
    return b"".join(bodies[sk] for _, sk in wanted)


def _header(item: DeliveryItem) -> KeptDelivery:
    content: bytes | None = item.body
    size: int | None = item.size
    digest: str | None = item.digest
    if content is not None and (size is None or digest is None):
        body = inflated(content, MAX_DELIVERY_BYTES)
        size, digest = len(body), hashlib.sha256(body).hexdigest()
    return KeptDelivery(
        id=item.sk,
        connection=item.connection,
        reason=item.reason,
        received_ms=item.received_ms,
        replayed_at=item.replayed_at or 0,
        headers=item.headers or {},
        size=size or 0,
        digest=digest or "",
        whole=content is not None or bool(item.parts),
        parts=item.parts or 0,
        cause=item.cause or "",
        content=content or b"",
    )
