"""Reads a table for an operator's command: pages of scans and queries, single items, a count.

Reads with strong consistency; only `infra/restore.py` asks for writes. A busy table is asked again for a while. Knows
nothing of records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from chalicelib.store.codec import Raw
from chalicelib.store.dynamodb import transport


class TableError(OSError):
    """The table refused a request or did not answer; the text says why."""


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
        condition = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": values}
        return [item for page in self._pages("Query", condition) for item in page]

    def get(self, key: tuple[str, str]) -> Raw | None:
        """One item, None if there is none."""
        names = dict(zip(("pk", "sk"), ({"S": part} for part in key), strict=True))
        item: Raw | None = self._ask("GetItem", {"Key": names, "ConsistentRead": True}).get("Item")
        return item

    def count(self) -> int:
        """The approximate number of items, which DynamoDB updates about every six hours."""
        return int(self._ask("DescribeTable", {})["Table"].get("ItemCount", 0))

    def arn(self) -> str:
        """What names this table alone; as `name` DynamoDB takes it too."""
        return str(self._ask("DescribeTable", {})["Table"]["TableArn"])

    def _pages(self, operation: str, parameters: Mapping[str, Any]) -> Iterator[list[Raw]]:
        request = {**parameters, "ConsistentRead": True}
        while True:
            page = self._ask(operation, request)
            yield page.get("Items", [])
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _ask(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The table's answer to a request about it alone. Raises TableError."""
        return self.ask(operation, {**parameters, "TableName": self.name})

    def ask(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """DynamoDB's answer to any request, which names the table itself. Raises TableError."""
        try:
            answer: dict[str, Any] = transport.ask(
                transport.DYNAMODB, operation, request, transport.OPERATOR_POLICY, self.region
            )
        except ClientError as error:
            refusal = error.response["Error"]
            raise TableError(f"{self.name} refused {operation}: {refusal['Code']} {refusal['Message']}") from error
        except BotoCoreError as error:
            raise TableError(f"{self.name} did not answer {operation}: {error}") from error
        return answer
