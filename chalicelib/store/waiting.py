"""What waits for a person, for the console's first page: bonuses without a verdict, and kept deliveries.

Each is spread over several partition keys, and one query reads one of them. Only what the page shows is transferred: of
the bonuses their number, of a kept delivery no body.
"""

from __future__ import annotations

from msgspec import Struct

from chalicelib.store import keys
from chalicelib.store.deliveries import KEPT_S
from chalicelib.store.dynamodb.partition_query import page
from chalicelib.store.items import REVIEW, DeliveryItem

VERDICT = str(REVIEW.verdict.attr_name)
CONNECTION, CAUSE, REPLAYED_AT = (
    str(attribute.attr_name) for attribute in (DeliveryItem.connection, DeliveryItem.cause, DeliveryItem.replayed_at)
)


class KeptDeliveries(Struct, frozen=True):
    """How many kept deliveries wait, and of the newest of them the connection and the cause."""

    count: int = 0
    connection: str = ""
    cause: str = ""


def reviews() -> int:
    """How many bonuses have no verdict. Raises Unavailable."""
    request = {
        "Select": "COUNT",
        "FilterExpression": "attribute_not_exists(#verdict)",
        "ExpressionAttributeNames": {"#verdict": VERDICT},
        "ConsistentRead": True,
    }
    count = 0
    for partition in keys.review_partitions():
        reply = page(partition, request)
        count += reply["Count"]
        while "LastEvaluatedKey" in reply:
            reply = page(partition, request, reply["LastEvaluatedKey"])
            count += reply["Count"]
    return count


def kept_deliveries(now: int, most: int) -> KeptDeliveries:
    """Kept deliveries that were not processed since, of at most the newest `most` of each key. Raises Unavailable."""
    request = {
        "ProjectionExpression": "#sk, #connection, #cause",
        "FilterExpression": "attribute_not_exists(#replayed)",
        "ExpressionAttributeNames": {"#connection": CONNECTION, "#cause": CAUSE, "#replayed": REPLAYED_AT},
        "ScanIndexForward": False,
        "Limit": most,
    }
    since = f"{(now - KEPT_S + 1) * 1000:015d}", "9"
    rows = [row for partition in keys.delivery_partitions() for row in page(partition, request, None, since)["Items"]]
    if not rows:
        return KeptDeliveries()
    newest = max(rows, key=lambda row: row["sk"]["S"])
    return KeptDeliveries(len(rows), newest[CONNECTION]["S"], newest.get(CAUSE, {}).get("S", ""))
