"""Reads the items of some kinds from the whole table, for a function that may take minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.store.codec import Raw
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.dynamodb_errors import reason_of

Passed = Callable[[int], object]
"""Called with progress: how many items of all kinds were passed so far."""


def items(kinds: Sequence[str], passed: Passed) -> Iterator[Raw]:
    """Every item of these kinds, strongly consistent, in no order; DynamoDB passes over the others. Raises Unavailable
    where the table does not answer for a while.
    """
    names = {f":{number}": {"S": kind} for number, kind in enumerate(kinds)}
    request: dict[str, Any] = {
        "TableName": settings.table(),
        "ConsistentRead": True,
        "FilterExpression": f"#kind IN ({', '.join(names)})",
        "ExpressionAttributeNames": {"#kind": "k"},
        "ExpressionAttributeValues": names,
    }
    count = 0
    while True:
        page = _page(request)
        yield from page.get("Items", [])
        count += page["ScannedCount"]
        passed(count)
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _page(request: dict[str, Any]) -> dict[str, Any]:
    try:
        page: dict[str, Any] = transport.ask(transport.DYNAMODB, "Scan", request, transport.OPERATOR_POLICY)
    except (BotoCoreError, ClientError) as error:
        raise Unavailable("the table did not answer: %(error)s", error=reason_of(error)) from error
    return page
