"""Reads records by reference and items by key, strongly consistent, up to 100 in one round trip."""

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
    stored = items(by_key)
    return {ref: record_of(stored[key]) if key in stored else None for key, ref in by_key.items()}


def items(places: Collection[Key]) -> dict[Key, Raw]:
    """The items at some keys, as DynamoDB writes them; a key that has none is not named. Raises Unavailable."""
    name, pending, stored = settings.table(), list(places), dict[Key, Raw]()
    for _ in range(len(pending) // MAX_KEYS + MORE_ROUNDS):
        if not pending:
            return stored
        asked = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in pending[:MAX_KEYS]]
        try:
            reply = transport.dynamodb(
                "BatchGetItem", {"RequestItems": {name: {"Keys": asked, "ConsistentRead": True}}}
            )
        except (BotoCoreError, ClientError) as error:
            raise Unavailable("the table cannot be read: %(error)s", error=reason_of(error)) from error
        stored |= {_key(item): item for item in reply["Responses"].get(name, [])}
        unprocessed = reply.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
        pending = [_key(key) for key in unprocessed] + pending[MAX_KEYS:]
    raise Unavailable("the table is asked for more than it gives; try again")


def _key(item: Raw) -> Key:
    return item["pk"]["S"], item["sk"]["S"]
