"""Queries of one partition by the transport and the codec, for pages that are looked at often: PynamoDB makes an object
of each item, which costs more than the answer itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.store.codec import record_of
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.dynamodb_errors import reason_of

EVERYTHING = (" ", "\N{REPLACEMENT CHARACTER}")
"""Below and above every sort key; DynamoDB takes no empty one."""


def newest(partition: str, first: str, last: str, limit: int) -> list[Any]:
    """The records whose sort keys are from `first` to `last`, the last first, at most `limit` of them, strongly
    consistent. Raises Unavailable.
    """
    records: list[Any] = []
    start: Any = None
    while len(records) < limit:
        more = {"Limit": limit - len(records), "ScanIndexForward": False, "ConsistentRead": True}
        reply = page(partition, more, start, (first, last))
        records += map(record_of, reply["Items"])
        start = reply.get("LastEvaluatedKey")
        if not start:
            break
    return records


def page(
    partition: str,
    request: Mapping[str, Any],
    start: Any = None,
    between: tuple[str, str] = EVERYTHING,
) -> Any:
    """The reply to one query of a partition, from the key `start` on, with sort keys between two.

    `request`: what is asked besides; its names and values are its own but for `#pk`, `#sk`, `:pk`, `:first` and
    `:last`. Raises Unavailable.
    """
    values = dict(zip((":pk", ":first", ":last"), ({"S": text} for text in (partition, *between)), strict=True))
    body = {
        "TableName": settings.table(),
        "KeyConditionExpression": "#pk = :pk AND #sk BETWEEN :first AND :last",
        **request,
        "ExpressionAttributeNames": {"#pk": "pk", "#sk": "sk", **request.get("ExpressionAttributeNames", {})},
        "ExpressionAttributeValues": values | dict(request.get("ExpressionAttributeValues", {})),
    }
    try:
        return transport.dynamodb("Query", body | ({"ExclusiveStartKey": start} if start else {}))
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("the table cannot be read: %(error)s", error=reason_of(error)) from error
