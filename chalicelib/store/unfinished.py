"""What was begun and is not done: a referrer's conversions without settlement, and erasures that were interrupted."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.records import DataRequest
from chalicelib.store import keys
from chalicelib.store.dynamodb.dynamodb_errors import unavailable_on_error
from chalicelib.store.items import CONVERSION, DATA_REQUEST


@unavailable_on_error()
def friends(referrer: str) -> list[str]:
    """The friends of a referrer whose conversions are unsettled (`todo`), the earliest first."""
    items: list[Any] = []
    for partition in keys.friends_partitions(referrer):
        items += CONVERSION.query(partition, filter_condition=CONVERSION.todo == 1, consistent_read=True)
    return [item.sk for item in sorted(items, key=lambda item: (item.at or 0, item.sk))]


@unavailable_on_error()
def erasures() -> list[DataRequest]:
    """Erasures that are not done, the oldest first."""
    items = DATA_REQUEST.query(
        keys.REQUESTS, filter_condition=DATA_REQUEST.done_at.does_not_exist(), consistent_read=True
    )
    return [record for record in (item.record() for item in items) if record.what != "export"]
