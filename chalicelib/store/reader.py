"""Reads records by reference, strongly consistent, up to 100 in one round trip."""

from __future__ import annotations

from collections.abc import Collection

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import Record, Ref
from chalicelib.store.codec import Raw, record_of
from chalicelib.store.dynamodb import transport
from chalicelib.store.dynamodb.dynamodb_errors import reason_of
from chalicelib.store.keys import Key, key_of

MAX_KEYS = 100
MORE_ROUNDS = 8
"""Further requests for keys that DynamoDB left unprocessed; after so many it is throttled, and the caller backs off."""


def load(refs: Collection[Ref]) -> dict[Ref, Record | None]:
    """The record of each reference, None where there is none. Raises Unavailable."""
    by_key = {key_of(ref): ref for ref in refs}
    records: dict[Ref, Record | None] = dict.fromkeys(refs)
    pending, name = list(by_key), settings.table()
    for _ in range(len(pending) // MAX_KEYS + MORE_ROUNDS):
        if not pending:
            return records
        keys = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in pending[:MAX_KEYS]]
        try:
            reply = transport.dynamodb("BatchGetItem", {"RequestItems": {name: {"Keys": keys, "ConsistentRead": True}}})
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("the table cannot be read: %(error)s", error=reason_of(error)) from error
        records |= {by_key[_key(item)]: record_of(item) for item in reply["Responses"].get(name, [])}
        unprocessed = reply.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        pending = [*map(_key, unprocessed), *pending[MAX_KEYS:]]
    raise Unavailable("the table is asked for more than it gives; try again")


def _key(item: Raw) -> Key:
    return item["pk"]["S"], item["sk"]["S"]
