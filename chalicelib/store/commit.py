"""Write a decision: one transaction, every record asserting the version it was read at. All or nothing.

Only puts are used, so that DynamoDB's cancellation reasons stand in the order of the changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import Record
from chalicelib.store import transport
from chalicelib.store.codec import VERSION, item_of
from chalicelib.store.dynamodb_errors import reason_of

MAX_OPERATIONS = 100

_LOST_RACE = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_LATER = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})


class Stale(Exception):
    """Somebody else wrote one of the records, or is writing it; nothing was written. Read and decide again."""


def commit(changes: Sequence[Record]) -> None:
    """Write all changes, or none. Raises Stale, or Unavailable when the table did not answer."""
    assert 0 < len(changes) <= MAX_OPERATIONS, f"{len(changes)} changes in one transaction"
    name = settings.table()
    puts = [{"Put": _put(change, name)} for change in changes]
    try:
        transport.dynamodb("TransactWriteItems", {"TransactItems": puts, "ClientRequestToken": uuid4().hex})
    except (BotoCoreError, ClientError) as error:
        raise _cause(error) from error


def _put(change: Record, name: str) -> dict[str, Any]:
    """A put that holds only while nobody else has written since the record was read."""
    item = item_of(change)
    read = item.get(VERSION)
    put = {"TableName": name, "Item": item | {VERSION: _next(read)}, "ExpressionAttributeNames": {"#v": VERSION}}
    if read is None:
        return put | {"ConditionExpression": "attribute_not_exists(#v)"}
    return put | {"ConditionExpression": "#v = :v", "ExpressionAttributeValues": {":v": read}}


def _next(version: dict[str, str] | None) -> dict[str, str]:
    return {"N": str(int(version["N"]) + 1 if version else 1)}


def _cause(error: BotoCoreError | ClientError) -> Exception:
    """What a cancelled transaction means: a lost race is the engine's business, the rest is the caller's."""
    code, reasons = reason_of(error), set(_reasons(error))
    if reasons & _LOST_RACE or code in ("TransactionConflictException", "TransactionInProgressException"):
        return Stale()
    if code == "ValidationException":
        return AssertionError(f"DynamoDB does not take the transaction: {error}")
    if reasons & _LATER or not reasons:
        return Unavailable(f"the table cannot be written: {code}")
    return AssertionError(f"the transaction was refused: {sorted(reasons)}")


def _reasons(error: BotoCoreError | ClientError) -> Iterator[str]:
    """Why single records of the transaction were refused."""
    response: Any = error.response if isinstance(error, ClientError) else {}
    for each in response.get("CancellationReasons", ()):
        if each.get("Code", "None") != "None":
            yield each["Code"]
