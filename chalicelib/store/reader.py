"""Read records by reference, strongly consistent, all of them in one round trip."""

from __future__ import annotations

from collections.abc import Collection

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import settings
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.records import Record, Ref
from chalicelib.store import transport
from chalicelib.store.codec import Raw, record_of
from chalicelib.store.dynamodb_errors import reason_of
from chalicelib.store.keys import Key, key_of

MAX_KEYS = 100
MORE_ROUNDS = 8
"""Requests for what DynamoDB left unread; if so many are not enough, it is throttled, and waiting is the caller's."""


def load(refs: Collection[Ref]) -> dict[Ref, Record | None]:
    """The record of each reference, None where there is none. Raises Unavailable."""
    by_key = {key_of(ref): ref for ref in refs}
    found: dict[Ref, Record | None] = dict.fromkeys(refs)
    wanted = list(by_key)
    for _ in range(len(wanted) // MAX_KEYS + MORE_ROUNDS):
        if not wanted:
            return found
        items, left = _batch(wanted[:MAX_KEYS])
        found |= {by_key[_key(item)]: record_of(item) for item in items}
        wanted = left + wanted[MAX_KEYS:]
    raise Unavailable("the table is asked for more than it gives; try again")


def _batch(keys: list[Key]) -> tuple[list[Raw], list[Key]]:
    """What came of one request: the items, and the keys that DynamoDB left for another one."""
    name = settings.table()
    asked = {"Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys], "ConsistentRead": True}
    try:
        reply = transport.dynamodb("BatchGetItem", {"RequestItems": {name: asked}})
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(f"the table cannot be read: {reason_of(error)}") from error
    left = reply.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
    return reply["Responses"].get(name, []), [_key(each) for each in left]


def _key(item: Raw) -> Key:
    return item["pk"]["S"], item["sk"]["S"]
