"""Write a decision: one transaction, every record asserting the version it was read at. All or nothing.

Only puts are used, so DynamoDB's cancellation reasons stand in the order of the changes (PynamoDB would regroup
checks, deletes, puts and updates).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pynamodb.exceptions import TransactWriteError

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import Record
from chalicelib.store.codec import VERSION, item_of
from chalicelib.store.outages import reason_of
from chalicelib.store.table import connection, table

MAX_OPERATIONS = 100

_LOST_RACE = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_LATER = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})


class Stale(Exception):
    """Somebody else wrote one of the records, or is writing it; nothing was written. Read and decide again."""


def commit(changes: Sequence[Record]) -> None:
    """Write all changes, or none. Raises Stale, or Unavailable when the table did not answer."""
    assert 0 < len(changes) <= MAX_OPERATIONS, f"{len(changes)} changes in one transaction"
    name = table().table_name
    try:
        connection().transact_write_items((), (), [_put(change, name) for change in changes], ())
    except TransactWriteError as error:
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


def _cause(error: TransactWriteError) -> Exception:
    """What a cancelled transaction means: a lost race is the engine's business, the rest is the caller's."""
    codes = {reason.code for reason in error.cancellation_reasons if reason}
    if codes & _LOST_RACE or reason_of(error) in ("TransactionConflictException", "TransactionInProgressException"):
        return Stale()
    if reason_of(error) == "ValidationException":
        return AssertionError(f"DynamoDB does not take the transaction: {error}")
    if codes & _LATER or not codes:
        return Unavailable(f"the table cannot be written: {reason_of(error)}")
    return AssertionError(f"the transaction was refused: {sorted(codes)}")
