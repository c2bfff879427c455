"""Kept deliveries of any size: in one item or in parts, listed by their headers, found whole again or not at all."""

import hashlib
import random
import zlib
from typing import Any

import boto3
import pytest

from chalicelib.domain.errors import NotFound, TooLarge, Unavailable
from chalicelib.settings import MAX_DELIVERY_BYTES
from chalicelib.store import deliveries, keys
from chalicelib.store.deliveries import INSIDE_BYTES, KEPT_S, MAX_REASON, PART_BYTES
from chalicelib.store.items import DeliveryItem
from tests.conftest import TABLE
from tests.world.builders import NOW
from tests.world.faults import Call, intercepted, timed_out
from tests.world.meter import item_size, metered

HEADERS = {"x-shopify-topic": "orders/paid"}


def noise(size: int) -> bytes:
    """Bytes that cannot be compressed: they end a little longer than they were."""
    return random.Random(size).randbytes(size)  # noqa: S311 (a test's own noise)


def keep(body: bytes, at: int = NOW, reason: str = "why") -> str:
    return deliveries.keep("acme", HEADERS, body, reason, at * 1000)


def items() -> list[dict[str, Any]]:
    """Everything in the table, page by page."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    return [item for page in pages for item in page["Items"]]


def parts() -> list[dict[str, Any]]:
    return [item for item in items() if item["k"]["S"] == "delivery-part"]


@pytest.mark.parametrize(
    ("body", "stored_in"),
    [
        (b"", 0),
        (b" " * MAX_DELIVERY_BYTES, 0),
        (noise(INSIDE_BYTES // 2), 0),
        (noise(INSIDE_BYTES + 1), 1),
        (noise(PART_BYTES + 1), 2),
        (noise(MAX_DELIVERY_BYTES), 18),
    ],
    ids=["empty", "6-mb-of-spaces", "small", "over-32-kb", "over-350-kb", "6-mb-of-noise"],
)
def test_a_delivery_of_any_size_comes_back_as_it_was(store: str, body: bytes, stored_in: int) -> None:
    delivery = keep(body)
    header, content = deliveries.find(delivery, NOW)
    assert content == body
    assert (header.id, header.connection, header.reason, header.headers) == (delivery, "acme", "why", HEADERS)
    assert (header.size, header.digest, header.whole) == (len(body), hashlib.sha256(body).hexdigest(), True)
    assert deliveries.newest(NOW, 10) == [header]
    assert len(parts()) == stored_in
    for item in items():
        assert int(item["ttl"]["N"]) == NOW + KEPT_S
        assert item_size(item) < 400 * 1000


def test_of_a_body_that_is_too_large_size_and_digest_are_kept(moto_table: str) -> None:
    body = noise(MAX_DELIVERY_BYTES + 1)
    delivery = keep(body, reason="too large")
    (header,) = deliveries.newest(NOW, 10)
    assert (header.size, header.digest, header.whole) == (len(body), hashlib.sha256(body).hexdigest(), False)
    assert header.reason == "too large"
    assert parts() == []
    with pytest.raises(TooLarge, match=f"its body of {len(body)} bytes"):
        deliveries.find(delivery, NOW)


def test_a_compressed_body_of_32_kb_is_still_in_the_header(moto_table: str) -> None:
    body = noise(INSIDE_BYTES)
    while len(zlib.compress(body)) > INSIDE_BYTES:
        body = body[:-1]
    keep(body)
    assert parts() == []
    keep(body + b"x", NOW + 1)
    assert len(parts()) == 1


def test_the_listing_reads_no_part(moto_table: str) -> None:
    for number in range(3):
        keep(noise(3 * PART_BYTES + number), NOW + number)
    with metered() as meter:
        headers = deliveries.newest(NOW + 3, 10)
    assert [header.size for header in headers] == [3 * PART_BYTES + number for number in (2, 1, 0)]
    assert meter.operations == ["Query"] * keys.DELIVERY_SHARDS
    listed = [item for item in items() if item["pk"]["S"].startswith("DELIVERIES#")]
    assert sum(map(item_size, listed)) < 3 * 1024


def test_a_delivery_whose_header_could_not_be_written_is_not_listed(moto_table: str) -> None:
    written = []

    def the_header_is_lost(operation: str, call: Call) -> Any:
        written.append(operation)
        if operation == "PutItem" and written.count("PutItem") == 3:
            raise timed_out()
        return call()

    body = noise(PART_BYTES + 1)
    with intercepted(the_header_is_lost), pytest.raises(Unavailable):
        keep(body)
    assert len(parts()) == 2
    assert deliveries.newest(NOW, 10) == []
    assert deliveries.find(keep(body), NOW)[1] == body


def test_a_delivery_without_one_of_its_parts_is_not_found(moto_table: str) -> None:
    delivery = keep(noise(3 * PART_BYTES))
    pk, sk = keys.delivery_parts(delivery, 3)[1]
    boto3.client("dynamodb").delete_item(TableName=TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    with pytest.raises(NotFound, match="a part of the body"):
        deliveries.find(delivery, NOW)
    assert len(deliveries.newest(NOW, 10)) == 1


def test_a_delivery_that_was_kept_before_there_were_parts_is_read(moto_table: str) -> None:
    body = b'{"id": 5}'
    pk, sk = keys.delivery(NOW * 1000, "0123456789abcdef")
    attributes: dict[str, Any] = {
        "cn": {"S": "acme"},
        "h": {"S": '{"x-shopify-topic":"orders/paid"}'},
        "why": {"S": "old"},
    }
    attributes |= {"b": {"B": zlib.compress(body)}, "at": {"N": str(NOW * 1000)}, "ttl": {"N": str(NOW + KEPT_S)}}
    item = {"pk": {"S": pk}, "sk": {"S": sk}, "k": {"S": "delivery"}, **attributes}
    boto3.client("dynamodb").put_item(TableName=TABLE, Item=item)
    header, content = deliveries.find(sk, NOW)
    assert content == body
    assert [header] == deliveries.newest(NOW, 10)
    assert (header.size, header.digest, header.whole) == (len(body), hashlib.sha256(body).hexdigest(), True)


def test_a_body_that_inflates_to_more_than_a_delivery_is_not_read(moto_table: str) -> None:
    delivery = keep(b"{}")
    item = DeliveryItem.get(keys.delivery(0, delivery.rpartition("-")[2])[0], delivery)
    item.update(actions=[DeliveryItem.body.set(zlib.compress(b" " * (MAX_DELIVERY_BYTES + 1)))])
    with pytest.raises(ValueError, match="inflates to more than"):
        deliveries.find(delivery, NOW)


def test_a_mark_says_what_came_of_the_newest_replay(moto_table: str) -> None:
    delivery = keep(b"{}", reason="first")
    deliveries.mark_refused(delivery, "n" * (MAX_REASON + 1), NOW, "unreadable")
    header = deliveries.find(delivery, NOW)[0]
    assert (header.reason, header.cause) == ("n" * MAX_REASON, "unreadable")
    deliveries.mark_replayed(delivery, NOW + 5)
    header = deliveries.find(delivery, NOW)[0]
    assert (header.replayed_at, header.reason) == (NOW + 5, "n" * MAX_REASON)


def test_what_is_gone_cannot_be_marked(moto_table: str) -> None:
    delivery = keep(b"{}")
    with pytest.raises(NotFound):
        deliveries.mark_replayed(delivery, NOW + KEPT_S)
    with pytest.raises(NotFound):
        deliveries.mark_refused(delivery, "why", NOW + KEPT_S, "unreadable")
