"""A table is put back to a copy of it, but for what must not go back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from infra import restore as restoring
from infra.audit.dynamodb import Table, TableError
from infra.restore import Tally, functions_off, restore
from tests.conftest import TABLE

COPY, LIVE = Table("the-copy", "eu-west-1"), Table(TABLE, "eu-west-1")


@pytest.fixture
def copy(moto_table: str) -> Iterator[str]:
    """An empty second table beside the live one."""
    client = boto3.client("dynamodb")
    keys = {"pk": "HASH", "sk": "RANGE"}
    client.create_table(
        TableName=COPY.name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
    )
    yield COPY.name
    client.delete_table(TableName=COPY.name)


def put(table: Table, partition: str, value: str) -> None:
    item = {"pk": {"S": partition}, "sk": {"S": "X"}, "value": {"S": value}}
    boto3.client("dynamodb").put_item(TableName=table.name, Item=item)


def items(table: Table) -> dict[str, str]:
    """The value of each item by its partition."""
    return {item["pk"]["S"]: item["value"]["S"] for page in table.scan(0, 1) for item in page}


def test_the_live_table_has_what_the_copy_has(copy: str) -> None:
    for number in range(30):
        put(COPY, f"MEMBER#{number}", "then")
        put(LIVE, f"MEMBER#{number + 10}", "now")
    assert restore(COPY, LIVE) == Tally(written=30, deleted=10)
    assert items(LIVE) == items(COPY) == {f"MEMBER#{number}": "then" for number in range(30)}
    assert restore(COPY, LIVE) == Tally(written=30, deleted=0)


def test_a_revoked_key_stays_revoked_and_a_new_one_good(copy: str) -> None:
    put(COPY, "KEY#revoked", "then")
    put(COPY, "KEY#kept", "then")
    put(LIVE, "KEY#kept", "now")
    put(LIVE, "KEY#new", "now")
    restore(COPY, LIVE)
    assert items(LIVE) == {"KEY#kept": "now", "KEY#new": "now"}


def test_deliveries_and_requests_that_came_since_stay(copy: str) -> None:
    put(COPY, "DELIVERIES#0", "waits again: what its replay did is gone")
    since = {"DELIVERIES#0": "replayed", "DELIVERIES#1": "new", "DELIVERY#x": "new", "REQUESTS": "an erasure"}
    for partition, value in since.items():
        put(LIVE, partition, value)
    restore(COPY, LIVE)
    assert items(LIVE) == since | {"DELIVERIES#0": "waits again: what its replay did is gone"}


def test_what_a_busy_table_leaves_undone_is_asked_again(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB answers 200 to a batch of which it did only a part."""
    ask, batches = Table.ask, list[int]()
    monkeypatch.setattr(restoring, "PAUSE_S", 0)

    def busy(table: Table, operation: str, request: Any) -> Any:
        if operation == "BatchWriteItem":
            (requests,) = request["RequestItems"].values()
            batches.append(len(requests))
            done, undone = requests[:10], requests[10:]
            ask(table, operation, {"RequestItems": {table.name: done}})
            return {"UnprocessedItems": {table.name: undone} if undone else {}}
        if operation == "BatchGetItem":
            keys = request["RequestItems"][table.name]["Keys"]
            request["RequestItems"][table.name]["Keys"] = keys[:10]
            return ask(table, operation, request) | {
                "UnprocessedKeys": {table.name: {"Keys": keys[10:]}} if keys[10:] else {}
            }
        return ask(table, operation, request)

    for number in range(30):
        put(COPY, f"MEMBER#{number}", "then")
        put(LIVE, f"MEMBER#{number}", "now")
    monkeypatch.setattr(Table, "ask", busy)
    assert restore(COPY, LIVE) == Tally(written=30, deleted=0)
    assert batches == [25, 15, 5, 5]
    assert items(LIVE) == items(COPY)


def test_a_copy_that_is_not_there_changes_nothing(moto_table: str) -> None:
    put(LIVE, "MEMBER#1", "now")
    with pytest.raises(TableError, match="the-copy"):
        restore(COPY, LIVE)
    assert items(LIVE) == {"MEMBER#1": "now"}


class Functions:
    """What Lambda was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int | None]] = []

    def put_function_concurrency(self, FunctionName: str, ReservedConcurrentExecutions: int) -> None:  # noqa: N803
        self.asked.append((FunctionName, ReservedConcurrentExecutions))

    def delete_function_concurrency(self, FunctionName: str) -> None:  # noqa: N803
        self.asked.append((FunctionName, None))


def test_functions_are_on_again_whatever_happens() -> None:
    asked = Functions()

    def fail() -> None:
        with functions_off(asked, ["api", "settle"], wait_s=0):
            assert asked.asked == [("api", 0), ("settle", 0)]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert asked.asked[2:] == [("api", None), ("settle", None)]
