"""The table itself, by signed requests of our own: botocore's signer and connections, msgspec for the answers.

Reads only, always with strong consistency. A busy table is asked again for a while. Knows nothing of records.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
import msgspec
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import HTTPClientError
from botocore.httpsession import URLLib3Session
from msgspec import Struct, field

from chalicelib.store.codec import Raw

ATTEMPTS = 10
LONGEST_S = 5.0
TIMEOUT_S = 30
AGAIN = ("Throttling", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "InternalServerError", "Unavailable")


class TableError(OSError):
    """The table did not give what was asked; says why."""


class Page(Struct):
    """A page of a scan or a query; `last` is where the next one begins after."""

    items: list[Raw] = field(name="Items", default_factory=list)
    last: dict[str, Any] | None = field(name="LastEvaluatedKey", default=None)


class Found(Struct):
    """One item, if it is there."""

    item: Raw | None = field(name="Item", default=None)


class Described(Struct):
    """What DynamoDB says of a table; it counts its items about every six hours."""

    table: dict[str, Any] = field(name="Table")


class Refused(Struct):
    """Why a request was refused."""

    kind: str = field(name="__type", default="")
    message: str = field(name="message", default="")


class Table(Struct, frozen=True):
    """A table in a region."""

    name: str
    region: str

    def scan(self, segment: int, total: int) -> Iterator[list[Raw]]:
        """The pages of one of `total` segments."""
        return self._pages("Scan", {"Segment": segment, "TotalSegments": total})

    def query(self, partition: str) -> list[Raw]:
        """All items of a partition, by their sort keys."""
        values = {":pk": {"S": partition}}
        asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}
        return [item for page in self._pages("Query", asked) for item in page]

    def get(self, key: tuple[str, str]) -> Raw | None:
        """One item, None if it is not there."""
        asked = {"Key": dict(zip(("pk", "sk"), ({"S": part} for part in key), strict=True)), "ConsistentRead": True}
        return msgspec.json.decode(self._ask("GetItem", asked), type=Found).item

    def count(self) -> int:
        """About how many items there are."""
        described = msgspec.json.decode(self._ask("DescribeTable", {}), type=Described)
        return int(described.table.get("ItemCount", 0))

    def _pages(self, operation: str, asked: Mapping[str, Any]) -> Iterator[list[Raw]]:
        body = {**asked, "ConsistentRead": True}
        while True:
            page = _page(self._ask(operation, body))
            yield page.items
            if page.last is None:
                return
            body["ExclusiveStartKey"] = page.last

    def _ask(self, operation: str, asked: Mapping[str, Any]) -> bytes:
        """The answer's body. Raises TableError."""
        body = msgspec.json.encode({**asked, "TableName": self.name})
        refused = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(random.uniform(0, min(LONGEST_S, 0.1 * 2**attempt)))  # noqa: S311 (a pause, no secret)
            try:
                reply = _http().send(self._signed(operation, body))
            except HTTPClientError as error:
                refused = str(error)
                continue
            if reply.status_code == 200:
                return bytes(reply.content)
            refused = _reason(reply.content) or str(reply.status_code)
            if reply.status_code < 500 and not any(each in refused for each in AGAIN):
                break
        raise TableError(f"{self.name} refused {operation}: {refused}")

    def _signed(self, operation: str, body: bytes) -> Any:
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        request = AWSRequest(method="POST", url=_endpoint(self.region), data=body, headers=headers)
        SigV4Auth(_credentials(), "dynamodb", self.region).add_auth(request)
        return request.prepare()


_page = msgspec.json.Decoder(Page).decode


@cache
def _credentials() -> Any:
    """The ordinary ones of AWS; they renew themselves."""
    found = botocore.session.get_session().get_credentials()
    if found is None:
        raise TableError("no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    return found


@cache
def _http() -> Any:
    return URLLib3Session(timeout=TIMEOUT_S)


def _endpoint(region: str) -> str:
    stated = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
    return stated or f"https://dynamodb.{region}.amazonaws.com/"


def _reason(content: bytes) -> str:
    try:
        refused = msgspec.json.decode(content, type=Refused)
    except msgspec.DecodeError:
        return ""
    return f"{refused.kind.partition('#')[2]} {refused.message}".strip()
