"""The table as commands see it: `load` reads records by reference, `items` by key, `commit` writes those of a decision.

Reads are strongly consistent, up to 100 records in one round trip. A decision is one transaction under optimistic
concurrency: each record asserts the version it was read at. Only puts are used, so that DynamoDB's cancellation reasons
are in the order of the changes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import settings
from chalicelib.domain.errors import LostRace, Unavailable
from chalicelib.domain.records import Record, Ref
from chalicelib.store.codec import VERSION, Key, Raw, item_of, key_of, record_of
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.dynamodb_errors import reason_of

MAX_KEYS = 100
MORE_ROUNDS = 8
"""Further requests for keys that DynamoDB left unprocessed; after so many it is throttled, and the caller backs off."""

MAX_OPERATIONS = 100

_LOST_RACE = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_LATER = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})


class Stale(LostRace):
    """A record's version is not the one that was read, or another transaction is writing it. Nothing was written."""


def load(refs: Collection[Ref]) -> dict[Ref, Record | None]:
    """The record of each reference, None where there is none. Raises Unavailable."""
    by_key = {key_of(ref): ref for ref in refs}
    stored = items(by_key)
    return {ref: record_of(stored[key]) if key in stored else None for key, ref in by_key.items()}


def items(places: Collection[Key]) -> dict[Key, Raw]:
    """The items at some keys, as DynamoDB writes them; a key that has none is not named. Raises Unavailable."""
    name, pending, stored = settings.table(), list(places), dict[Key, Raw]()
    for _ in range(len(pending) // MAX_KEYS + MORE_ROUNDS):
        if not pending:
            return stored
        keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in pending[:MAX_KEYS]]
        try:
            reply = transport.dynamodb("BatchGetItem", {"RequestItems": {name: {"Keys": keys, "ConsistentRead": True}}})
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("the table cannot be read: %(error)s", error=reason_of(error)) from error
        stored |= {(item["pk"]["S"], item["sk"]["S"]): item for item in reply["Responses"].get(name, [])}
        unprocessed = reply.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        pending = [*((key["pk"]["S"], key["sk"]["S"]) for key in unprocessed), *pending[MAX_KEYS:]]
    raise Unavailable("the table is asked for more than it gives; try again")


def commit(changes: Sequence[Record]) -> None:
    """Write all changes or none: each put is conditional on the version that its record was read at, still that one or
    still no item. Raises Stale on a lost race, Unavailable when the table did not answer.
    """
    assert 0 < len(changes) <= MAX_OPERATIONS, f"{len(changes)} changes in one transaction"
    name = settings.table()
    puts = []
    for change in changes:
        item = item_of(change)
        read = item.get(VERSION)
        item[VERSION] = {"N": str(int(read["N"]) + 1 if read else 1)}
        put = {"TableName": name, "Item": item, "ExpressionAttributeNames": {"#v": VERSION}}
        if read is None:
            put["ConditionExpression"] = "attribute_not_exists(#v)"
        else:
            put |= {"ConditionExpression": "#v = :v", "ExpressionAttributeValues": {":v": read}}
        puts.append({"Put": put})
    try:
        transport.dynamodb("TransactWriteItems", {"TransactItems": puts, "ClientRequestToken": uuid4().hex})
    except (BotoCoreError, ClientError) as error:
        raise cause_of(error) from error


def cause_of(error: BotoCoreError | ClientError) -> Exception:
    """The exception for a failed transaction: Stale for a lost race, Unavailable for a throttled or silent table,
    AssertionError for a request that no retry can mend.
    """
    code, reasons = reason_of(error), set(_reasons(error))
    if reasons & _LOST_RACE or code in ("TransactionConflictException", "TransactionInProgressException"):
        return Stale()
    if code == "ValidationException":
        return AssertionError(f"DynamoDB does not take the transaction: {error}")
    if reasons & _LATER or not reasons:
        return Unavailable("the table cannot be written: %(code)s", code=code)
    return AssertionError(f"the transaction was refused: {sorted(reasons)}")


def _reasons(error: BotoCoreError | ClientError) -> Iterator[str]:
    """The cancellation codes of a transaction's items; one that did not fail has none."""
    response: Any = error.response if isinstance(error, ClientError) else {}
    for reason in response.get("CancellationReasons", ()):
        if reason.get("Code", "None") != "None":
            yield reason["Code"]
