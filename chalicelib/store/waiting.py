"""What waits for a person, for the console's first page: bonuses without a verdict, and kept deliveries.

Each is spread over several partition keys, and one query reads one of them. Only what the page shows is transferred: of
the bonuses their number, of a kept delivery no body.
"""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.store import keys, transport
from chalicelib.store.deliveries import KEPT_S
from chalicelib.store.dynamodb_errors import reason_of
from chalicelib.store.items import REVIEW, DeliveryItem

VERDICT = str(REVIEW.verdict.attr_name)
CONNECTION, REASON, REPLAYED_AT = (
    str(attribute.attr_name) for attribute in (DeliveryItem.connection, DeliveryItem.reason, DeliveryItem.replayed_at)
)


class KeptDeliveries(Struct, frozen=True):
    """How many kept deliveries wait, and of the newest of them the connection and the reason."""

    count: int = 0
    connection: str = ""
    reason: str = ""


def reviews() -> int:
    """How many bonuses have no verdict. Raises Unavailable."""
    count = 0
    condition = {
        "FilterExpression": "attribute_not_exists(#a)",
        "ExpressionAttributeNames": {"#k": "pk", "#a": VERDICT},
    }
    for partition in keys.review_partitions():
        start: Any = None
        while True:
            reply = _query(partition, {**condition, "Select": "COUNT", "ConsistentRead": True}, start)
            count += reply["Count"]
            start = reply.get("LastEvaluatedKey")
            if not start:
                break
    return count


def kept_deliveries(now: int, most: int) -> KeptDeliveries:
    """Kept deliveries that were not processed since, of at most the newest `most` of each key. Raises Unavailable."""
    oldest = f"{(now - KEPT_S + 1) * 1000:015d}"
    names = {"#k": "pk", "#s": "sk", "#c": CONNECTION, "#w": REASON, "#a": REPLAYED_AT}
    rows: list[Any] = []
    for partition in keys.delivery_partitions():
        request = {
            "ExpressionAttributeNames": names,
            "ProjectionExpression": "#s, #c, #w",
            "FilterExpression": "attribute_not_exists(#a)",
            "ScanIndexForward": False,
            "Limit": most,
        }
        rows += _query(partition, request, None, oldest)["Items"]
    if not rows:
        return KeptDeliveries()
    newest = max(rows, key=lambda row: row["sk"]["S"])
    return KeptDeliveries(len(rows), newest[CONNECTION]["S"], newest[REASON]["S"])


def _query(partition: str, request: dict[str, Any], start: Any, since: str = "") -> Any:
    """One page of a partition's items, with sort keys from `since` on."""
    values = {":k": {"S": partition}} | ({":s": {"S": since}} if since else {})
    key = "#k = :k" + (" AND #s >= :s" if since else "")
    body = {
        "TableName": settings.table(),
        "KeyConditionExpression": key,
        "ExpressionAttributeValues": values,
        **request,
        **({"ExclusiveStartKey": start} if start else {}),
    }
    try:
        return transport.dynamodb("Query", body)
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("the table cannot be read: %(error)s", error=reason_of(error)) from error
