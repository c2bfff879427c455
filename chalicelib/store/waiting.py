"""What waits for a person: bonuses without a verdict, and kept deliveries, counted beside them in an item of its own.

Both are spread over several partition keys, and one query reads one of them: too much for a page that is looked at
often. The table's stream has them counted again, all of them, whenever one of them has changed, and so does the daily
round: what was lost on the way, and deliveries that are too old since, are right again then. Only what the first page
shows is transferred: of the bonuses their number, of a kept delivery no body.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from pynamodb.exceptions import PutError

from chalicelib.domain.errors import Unavailable
from chalicelib.store import keys, table
from chalicelib.store.codec import Raw
from chalicelib.store.deliveries import KEPT_S
from chalicelib.store.dynamodb.dynamodb_errors import CONDITION_FAILED, reason_of, unavailable_on_error
from chalicelib.store.items import REVIEW, DeliveryItem, Item, WaitingItem
from chalicelib.store.partition_query import page

MOST_COUNTED = 100
"""So many kept deliveries are counted of each key, the newest; beyond them there are simply many."""

ATTEMPTS = 4
"""So often it is counted anew because another process has done so meanwhile."""

STATE, VERDICT = str(WaitingItem.state.attr_name), str(REVIEW.verdict.attr_name)
CONNECTION, CAUSE, REPLAYED_AT = (
    str(attribute.attr_name) for attribute in (DeliveryItem.connection, DeliveryItem.cause, DeliveryItem.replayed_at)
)


class Waiting(Struct, frozen=True):
    """How many bonuses and kept deliveries wait, and of the newest delivery the connection and the cause."""

    bonuses: int = 0
    deliveries: int = 0
    connection: str = ""
    cause: str = ""


def waiting_of(item: Raw | None, now: int) -> Waiting:
    """What an item says; where there is none yet, it is counted. Raises Unavailable."""
    if item is None:
        return count(now)
    return msgspec.json.decode(item[STATE]["S"], type=Waiting)


@unavailable_on_error()
def recount(now: int) -> None:
    """Count what waits, and write that down unless another process has counted since. Raises Unavailable."""
    for _ in range(ATTEMPTS):
        stored = table.items([keys.WAITING])
        item: Any = Item.from_raw_data(stored[keys.WAITING]) if stored else WaitingItem(*keys.WAITING)
        item.state = count(now)
        try:
            item.save()
            return
        except PutError as error:
            if reason_of(error) != CONDITION_FAILED:
                raise
    raise Unavailable("what waits is being counted by others; try again")


def count(now: int) -> Waiting:
    """What waits at an instant, in eight queries or more. Raises Unavailable."""
    newest = _kept_deliveries(now)
    if not newest:
        return Waiting(_bonuses())
    last = max(newest, key=lambda row: row["sk"]["S"])
    return Waiting(_bonuses(), len(newest), last[CONNECTION]["S"], last.get(CAUSE, {}).get("S", ""))


def _bonuses() -> int:
    """How many bonuses have no verdict."""
    request = {
        "Select": "COUNT",
        "FilterExpression": "attribute_not_exists(#verdict)",
        "ExpressionAttributeNames": {"#verdict": VERDICT},
        "ConsistentRead": True,
    }
    total = 0
    for partition in keys.review_partitions():
        reply = page(partition, request)
        total += reply["Count"]
        while "LastEvaluatedKey" in reply:
            reply = page(partition, request, reply["LastEvaluatedKey"])
            total += reply["Count"]
    return total


def _kept_deliveries(now: int) -> list[Raw]:
    """Kept deliveries that were not processed since, of the newest of each key."""
    request = {
        "ProjectionExpression": "#sk, #connection, #cause",
        "FilterExpression": "attribute_not_exists(#replayed)",
        "ExpressionAttributeNames": {"#connection": CONNECTION, "#cause": CAUSE, "#replayed": REPLAYED_AT},
        "ScanIndexForward": False,
        "Limit": MOST_COUNTED,
        "ConsistentRead": True,
    }
    since = f"{(now - KEPT_S + 1) * 1000:015d}", "9"
    return [row for partition in keys.delivery_partitions() for row in page(partition, request, None, since)["Items"]]
